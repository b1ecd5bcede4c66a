//! A project on another cloud, as a test calls its Storage API.

use std::time::Duration;

use devstack::CloudAnnouncement;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Running;

/// A project of the built-in seed.
pub(crate) struct Cloud<'a> {
    pub(crate) running: &'a Running,
    pub(crate) told: &'a CloudAnnouncement,
}

impl<'a> Cloud<'a> {
    pub(crate) fn gcp(running: &'a Running) -> Self {
        let told = running.told().keboola.gcp.as_ref().unwrap();
        Self { running, told }
    }

    pub(crate) fn azure(running: &'a Running) -> Self {
        let told = running.told().keboola.azure.as_ref().unwrap();
        Self { running, told }
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let (stack, token) = (&self.told.stack, &self.told.token);
        self.running
            .storage_of(stack, method, path, token, body)
            .await
    }

    /// A new file, sliced or not.
    pub(crate) async fn prepared(&self, is_sliced: bool) -> Value {
        let body = json!({
            "name": "big file.csv", "federationToken": true, "isSliced": is_sliced,
        });
        let (status, file) = self.call(Method::POST, "files/prepare", Some(body)).await;
        assert_eq!(status, 201, "{file}");
        file
    }

    pub(crate) async fn detail(&self, file: &Value) -> Value {
        let path = format!("files/{}?federationToken=1", file["id"]);
        self.call(Method::GET, &path, None).await.1
    }

    /// What the control API says of a file's object.
    pub(crate) async fn object(&self, file: &Value) -> (u16, Value) {
        let path = format!("/objects/{}", file["id"]);
        self.running.control(Method::GET, &path, None).await
    }

    /// Something that the control API does to a file.
    pub(crate) async fn inflict(&self, file: &Value, what: &str, body: Option<Value>) -> Value {
        let path = format!("/files/{}/{what}", file["id"]);
        self.running.control(Method::POST, &path, body).await.1
    }

    /// The file of an export of the seeded table.
    pub(crate) async fn exported(&self) -> Value {
        let path = "tables/in.c-main.airports/export-async";
        let body = json!({"gzip": true, "columns": "iata"});
        let (_, mut job) = self.call(Method::POST, path, Some(body)).await;
        for _ in 0..1000 {
            if job["status"] == "success" {
                return self.detail(&job["results"]["file"]).await;
            }
            assert_ne!(job["status"], "error", "{job}");
            tokio::time::sleep(Duration::from_millis(20)).await;
            let path = format!("jobs/{}", job["id"]);
            job = self.call(Method::GET, &path, None).await.1;
        }
        panic!("{job}");
    }
}
