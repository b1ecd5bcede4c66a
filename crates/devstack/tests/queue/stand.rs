//! A running stack, configurations with scripts on it, and their jobs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use devstack::{Announcement, Stack, StackOptions};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

pub(crate) const COMPONENT: &str = "kds-team.app-custom-python";

/// Every host that these tests speak to.
const HOSTS: [&str; 4] = [
    "connection.eu-central-1.keboola.com",
    "queue.eu-central-1.keboola.com",
    "encryption.eu-central-1.keboola.com",
    "devstack-file-storage.s3.eu-central-1.amazonaws.com",
];

pub(crate) struct Stand {
    pub(crate) stack: Stack,
    pub(crate) client: Client,
}

impl Stand {
    /// A stack whose jobs begin at once, and run with a Python alone.
    pub(crate) async fn open() -> Self {
        Self::with(StackOptions::default()).await
    }

    /// A stack whose jobs may install packages (`./build.sh setup`).
    pub(crate) async fn with_packages() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let uv = root.join("target/tools/uv/bin/uv");
        assert!(uv.is_file(), "run ./build.sh setup first");
        let options = StackOptions {
            uv: Some(uv),
            wheels: Some(root.join("target/wheels")),
            ..StackOptions::default()
        };
        Self::with(options).await
    }

    async fn with(options: StackOptions) -> Self {
        let options = StackOptions {
            envd: PathBuf::from(env!("CARGO_BIN_EXE_devstack")),
            python: Some(PathBuf::from("/usr/bin/python3")),
            ..options
        };
        let stack = Stack::start(options).await.unwrap();
        let told = stack.announcement();
        let address: SocketAddr = told.https.parse().unwrap();
        let authority = std::fs::read(&told.ca_file).unwrap();
        let authority = reqwest::Certificate::from_pem(&authority).unwrap();
        let mut builder = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(15))
            .add_root_certificate(authority);
        for host in HOSTS {
            builder = builder.resolve(host, address);
        }
        let client = builder.build().unwrap();
        let stand = Self { stack, client };
        stand.start_delay(0).await;
        stand
    }

    pub(crate) fn told(&self) -> &Announcement {
        self.stack.announcement()
    }

    pub(crate) fn token(&self) -> &str {
        &self.told().keboola.token
    }

    async fn send(
        &self,
        method: Method,
        url: String,
        token: &str,
        body: Option<Value>,
    ) -> Result<Response, reqwest::Error> {
        let mut request = self.client.request(method, url);
        if !token.is_empty() {
            request = request.header("x-storageapi-token", token);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        request.send().await
    }

    /// A call of the queue.
    pub(crate) async fn queue(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let url = format!("https://queue.eu-central-1.keboola.com/{path}");
        answer(self.send(method, url, token, body).await.unwrap()).await
    }

    /// As [`Self::queue`], when there may be no answer.
    pub(crate) async fn try_start(&self, body: Value) -> Result<Response, reqwest::Error> {
        let url = "https://queue.eu-central-1.keboola.com/jobs".to_owned();
        self.send(Method::POST, url, self.token(), Some(body)).await
    }

    pub(crate) async fn storage(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let host = &self.told().keboola.stack;
        let url = format!("https://{host}/v2/storage/{path}");
        answer(self.send(method, url, token, body).await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let token = &self.told().keboola.master_token;
        let (status, answer) = self.storage(Method::GET, path, token, None).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.told().control);
        let (status, answer) = answer(self.send(method, url, "", body).await.unwrap()).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    pub(crate) async fn start_delay(&self, ms: u64) {
        let body = json!({"start_delay_ms": ms});
        self.control(Method::POST, "/jobs", Some(body)).await;
    }

    /// Adds to the first project.
    pub(crate) async fn seed(&self, mut more: Value) -> Value {
        more["id"] = json!(self.told().keboola.project);
        more["name"] = json!("Dev stack");
        let body = json!({"projects": [more]});
        self.control(Method::POST, "/seed", Some(body)).await
    }

    /// A configuration whose script is this.
    pub(crate) async fn script(&self, id: &str, code: &str) {
        let parameters =
            json!({"source": "code", "venv": "base", "user_properties": {}, "code": code});
        self.configuration(id, json!({"parameters": parameters}), json!({}))
            .await;
    }

    pub(crate) async fn configuration(&self, id: &str, configuration: Value, state: Value) {
        let body = json!({
            "configurationId": id, "name": id, "configuration": configuration, "state": state,
        });
        let path = format!("components/{COMPONENT}/configs");
        let (status, answer) = self
            .storage(Method::POST, &path, self.token(), Some(body))
            .await;
        assert_eq!(status, 201, "{answer}");
    }

    /// Starts a job of a configuration.
    pub(crate) async fn start(&self, id: &str) -> Value {
        self.start_with(json!({"component": COMPONENT, "config": id}))
            .await
    }

    pub(crate) async fn start_with(&self, body: Value) -> Value {
        let (status, job) = self
            .queue(Method::POST, "jobs", self.token(), Some(body))
            .await;
        assert_eq!(status, 201, "{job}");
        job
    }

    pub(crate) async fn job(&self, job: &Value) -> Value {
        let path = format!("jobs/{}", id(job));
        let (status, job) = self.queue(Method::GET, &path, self.token(), None).await;
        assert_eq!(status, 200, "{job}");
        job
    }

    pub(crate) async fn kill(&self, job: &Value) -> (u16, Value) {
        let path = format!("jobs/{}/kill", id(job));
        self.queue(Method::POST, &path, self.token(), None).await
    }

    /// The job as soon as it has this status; it must not end with another.
    pub(crate) async fn until(&self, job: &Value, status: &str) -> Value {
        for _ in 0..1000 {
            let now = self.job(job).await;
            if now["status"] == status {
                return now;
            }
            assert_eq!(now["isFinished"], false, "{now}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{job} is never {status}");
    }

    /// The job when it is over.
    pub(crate) async fn ended(&self, job: &Value) -> Value {
        for _ in 0..1000 {
            let now = self.job(job).await;
            if now["isFinished"] == true {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{job} does not end");
    }

    /// Runs a configuration to its end.
    pub(crate) async fn run(&self, id: &str) -> Value {
        let job = self.start(id).await;
        self.ended(&job).await
    }

    /// Kind and message of the events of a job, the oldest first.
    pub(crate) async fn events(&self, job: &Value) -> Vec<(String, String)> {
        let all = self
            .get(&format!(
                "events?runId={}&sortOrder=asc&limit=1000",
                id(job)
            ))
            .await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let all = all.as_array().unwrap().iter();
        all.map(|event| (text(&event["type"]), text(&event["message"])))
            .collect()
    }

    /// The messages of the script's own lines.
    pub(crate) async fn said(&self, job: &Value, kind: &str) -> Vec<String> {
        let all = self.events(job).await.into_iter();
        all.filter(|(own, _)| own == kind)
            .map(|(_, text)| text)
            .collect()
    }

    /// Waits until the script has said this.
    pub(crate) async fn heard(&self, job: &Value, text: &str) {
        for _ in 0..1000 {
            if self.events(job).await.iter().any(|(_, own)| own == text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{job} never says {text}: {:?}", self.events(job).await);
    }

    /// A table as CSV with a header.
    pub(crate) async fn table(&self, id: &str) -> String {
        let all = self.get(&format!("tables/{id}/data-preview")).await;
        all.as_str().unwrap().to_owned()
    }

    pub(crate) async fn has_table(&self, id: &str) -> bool {
        let token = &self.told().keboola.master_token;
        let (status, _) = self
            .storage(Method::GET, &format!("tables/{id}"), token, None)
            .await;
        status == 200
    }

    /// The files with all of these tags.
    pub(crate) async fn files(&self, tags: &[&str]) -> Vec<Value> {
        let terms: Vec<String> = tags.iter().map(|tag| format!("tags:\"{tag}\"")).collect();
        let query = terms.join(" AND ").replace(' ', "%20").replace('"', "%22");
        let all = self.get(&format!("files?q={query}")).await;
        all.as_array().unwrap().clone()
    }

    pub(crate) async fn bytes(&self, file: &Value) -> Vec<u8> {
        let url = file["url"].as_str().unwrap();
        let answer = self.client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap().to_vec()
    }
}

pub(crate) fn id(job: &Value) -> &str {
    job["id"].as_str().unwrap()
}

async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, body)
}
