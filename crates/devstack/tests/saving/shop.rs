//! A dev stack on which one interleaving after the other is played.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use devstack::{Stack, StackOptions};
use keboola::fields::{Edit, Field, Keep};
use keboola::page::StackHost;
use keboola::{Document, EncryptError, Encryption, Save, SaveError, Saved, Storage, StorageToken};
use serde_json::{Value, json};
use transport::{Http, HttpError, NativeHttp};

use crate::scenario::Scenario;

const COMPONENT: &str = "kds-team.app-custom-python";
/// How often a person looks at what has changed meanwhile, before they give up.
const REVIEWS: usize = 4;

/// What came of an interleaving.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    pub(crate) ending: Result<Saved, SaveError>,
    /// The version that was reviewed before the last save.
    pub(crate) reviewed: u64,
    /// The stored versions, the oldest first.
    pub(crate) versions: Vec<Stored>,
    /// Requests whose body has the secret: host and path.
    pub(crate) with_secret: Vec<String>,
}

/// A version as the dev stack stores it.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) number: u64,
    pub(crate) is_ours: bool,
    pub(crate) text: String,
}

impl Played {
    /// The same, as a client would tell it that says nothing of what was replaced; `None` when there
    /// was nothing to say.
    pub(crate) fn silenced(&self) -> Option<Self> {
        let mut silent = self.clone();
        match &mut silent.ending {
            Ok(Saved::Overtaken(told)) if !told.replaced.is_empty() => told.replaced.clear(),
            _ => return None,
        }
        Some(silent)
    }
}

/// The carrier of our client, which waits shorter than it is asked to.
struct Hasty(NativeHttp);

impl Http for Hasty {
    type Body = <NativeHttp as Http>::Body;

    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        self.0.send(request).await
    }

    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Self::Body>, HttpError> {
        self.0.open(request).await
    }

    async fn pause(&self, _: Duration) -> bool {
        tokio::time::sleep(Duration::from_millis(2)).await;
        true
    }
}

pub(crate) struct Shop {
    stack: Stack,
    http: Hasty,
    control: reqwest::Client,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let envd = PathBuf::from(env!("CARGO_BIN_EXE_devstack"));
        let options = StackOptions {
            envd,
            ..StackOptions::default()
        };
        let stack = Stack::start(options).await.unwrap();
        let told = stack.announcement();
        let address: SocketAddr = told.https.parse().unwrap();
        let authority = std::fs::read(&told.ca_file).unwrap();
        let http = NativeHttp::builder()
            .trust(&authority)
            .unwrap()
            .resolve("*.keboola.com", address)
            .build()
            .unwrap();
        Self {
            http: Hasty(http),
            control: reqwest::Client::builder().no_proxy().build().unwrap(),
            stack,
        }
    }

    pub(crate) async fn close(self) {
        self.stack.stop().await;
    }

    async fn control(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}{path}", self.stack.announcement().control);
        let mut request = self.control.request(method, url);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let reply = request.send().await.unwrap();
        assert!(reply.status().is_success(), "{path}: {body:?}");
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or_default()
    }

    async fn order(&self, path: &str, body: &Value) {
        self.control(reqwest::Method::POST, path, Some(body)).await;
    }

    /// Plays it on a configuration of its own.
    pub(crate) async fn play(&self, scenario: &Scenario) -> Played {
        let told = &self.stack.announcement().keboola;
        let id = format!("two-writers-{}", scenario.seed);
        let configuration = json!({
            "parameters": {
                "source": "code", "code": "print(1)\n",
                "user_properties": {"a": 0, "b": 0, "c": 0, "#s": ""},
            },
            "storage": {"input": {}}, "n": 1.0,
        });
        let seeded = json!({"id": id, "name": id, "configuration": configuration});
        let project = json!({"id": told.project, "name": "Dev stack", "configurations": [seeded]});
        self.order("/seed", &json!({"projects": [project]})).await;

        let host = StackHost::parse(&told.stack).unwrap();
        let token = StorageToken::parse(&told.token).unwrap();
        let storage = Storage::new(&self.http, &host, None, &token);
        let base = storage.read_configuration(COMPONENT, &id).await.unwrap();
        self.control(reqwest::Method::DELETE, "/requests", None)
            .await;
        for writer in &scenario.writers {
            self.order(&format!("/configurations/{id}/write"), writer)
                .await;
        }
        for fault in &scenario.faults {
            self.order("/faults", fault).await;
        }
        let (ending, reviewed) = self.save(&storage, &id, &base.document, scenario).await;
        let (version, reviewed) = (base.version, reviewed);
        self.control(reqwest::Method::DELETE, "/faults", None).await;
        self.control(reqwest::Method::DELETE, "/writers", None)
            .await;
        Played {
            ending,
            reviewed: reviewed.unwrap_or(version),
            versions: self.versions(&id).await,
            with_secret: self.with_secret(&scenario.secret).await,
        }
    }

    /// Saves as a person does: reviews, chooses, and again when it has moved.
    async fn save(
        &self,
        storage: &Storage<'_, Hasty>,
        id: &str,
        base: &Document,
        scenario: &Scenario,
    ) -> (Result<Saved, SaveError>, Option<u64>) {
        let edits: Vec<Edit> = scenario
            .edits
            .iter()
            .map(|(key, value)| (Field::Parameter((*key).to_owned()), Some(value.clone())))
            .collect();
        let told = &self.stack.announcement().keboola;
        let suffix = told.stack.strip_prefix("connection.").unwrap();
        let encryption = Encryption {
            http: &self.http,
            url: format!("https://encryption.{suffix}"),
            component: COMPONENT,
            project: &told.project.to_string(),
            configuration: id,
        };
        let first = storage.review(COMPONENT, id, base, &edits).await;
        let mut reviewed = match first {
            Ok(review) => review.current.version,
            Err(error) => return (Err(error.into()), None),
        };
        let keep = match scenario.keeps_mine {
            true => Keep::Mine,
            false => Keep::Theirs,
        };
        let mut ending = Err(SaveError::Encrypt(
            EncryptError::NoCiphertext(String::new()),
        ));
        for _ in 0..REVIEWS {
            let save = Save {
                base,
                edits: &edits,
                reviewed,
                choice: &|_| Some(keep),
                description: "Saved by us",
            };
            ending = storage
                .save_configuration(COMPONENT, id, &save, &encryption)
                .await;
            match &ending {
                Ok(Saved::Moved(review)) => reviewed = review.current.version,
                _ => break,
            }
        }
        (ending, Some(reviewed))
    }

    async fn versions(&self, id: &str) -> Vec<Stored> {
        let path = format!("/configurations/{id}/versions");
        let all = self.control(reqwest::Method::GET, &path, None).await;
        let all = all.as_array().unwrap().iter().rev();
        all.map(|version| Stored {
            number: version["version"].as_u64().unwrap(),
            is_ours: version["description"] == "Saved by us",
            text: version["text"].as_str().unwrap().to_owned(),
        })
        .collect()
    }

    async fn with_secret(&self, secret: &str) -> Vec<String> {
        let all = self.control(reqwest::Method::GET, "/requests", None).await;
        let all = all.as_array().unwrap().iter();
        all.filter(|request| request.to_string().contains(secret))
            .map(|it| {
                format!(
                    "{}{}",
                    it["host"].as_str().unwrap(),
                    it["path"].as_str().unwrap()
                )
            })
            .collect()
    }
}
