//! A stack on loopback for one test, and a small client that shows the wire as it is.

// Each test file is a program of its own and uses a part of this; all of it is test code.
#![allow(dead_code, clippy::expect_used)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use devstack_e2b::{E2b, E2bOptions, Service};
use futures::StreamExt as _;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) struct TestStack {
    pub(crate) e2b: Arc<E2b>,
    pub(crate) api: String,
    pub(crate) gateway: String,
    pub(crate) control: String,
    pub(crate) one_host: String,
    pub(crate) key: String,
    pub(crate) blocked_key: String,
    pub(crate) http: Client,
    pub(crate) state: TempDir,
}

pub(crate) struct TestSandbox {
    pub(crate) id: String,
    pub(crate) token: String,
    gateway: String,
    http: Client,
}

/// What a whole stream said.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) pid: u64,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) largest: usize,
    pub(crate) keepalives: usize,
    pub(crate) end: Value,
    /// The end frame; `None` when the connection broke before it.
    pub(crate) trailer: Option<Value>,
}

impl Outcome {
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// The frames of one stream.
pub(crate) struct Frames {
    response: futures::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    buffer: Vec<u8>,
}

impl Frames {
    pub(crate) fn new(response: Response) -> Frames {
        Frames {
            response: response.bytes_stream().boxed(),
            buffer: Vec::new(),
        }
    }

    /// Flags and message; `None` when the body is over or broken.
    pub(crate) async fn next(&mut self) -> Option<(u8, Value)> {
        loop {
            if let Some((&[flags, a, b, c, d], rest)) = self.buffer.split_first_chunk::<5>() {
                let length = u32::from_be_bytes([a, b, c, d]) as usize;
                if let Some(message) = rest.get(..length) {
                    let message = serde_json::from_slice(message).expect("a frame holds JSON");
                    self.buffer.drain(..5 + length);
                    return Some((flags, message));
                }
            }
            self.buffer.extend(self.response.next().await?.ok()?);
        }
    }

    /// Waits for output that holds the text.
    pub(crate) async fn until(&mut self, outcome: &mut Outcome, text: &str) {
        while !outcome.out().contains(text) {
            let (flags, message) = self.next().await.expect("the stream goes on");
            note(outcome, flags, &message);
        }
    }

    /// Reads to the end.
    pub(crate) async fn rest(mut self, mut outcome: Outcome) -> Outcome {
        while let Some((flags, message)) = self.next().await {
            note(&mut outcome, flags, &message);
        }
        outcome
    }

    pub(crate) async fn all(self) -> Outcome {
        self.rest(Outcome::default()).await
    }
}

fn note(outcome: &mut Outcome, flags: u8, message: &Value) {
    if flags == 2 {
        outcome.trailer = Some(message.clone());
        return;
    }
    let event = &message["event"];
    if let Some(pid) = event["start"]["pid"].as_u64() {
        outcome.pid = pid;
    }
    for (name, target) in [
        ("stdout", &mut outcome.stdout),
        ("stderr", &mut outcome.stderr),
    ] {
        if let Some(data) = event["data"][name].as_str() {
            let bytes = STANDARD.decode(data).expect("output is base64");
            outcome.largest = outcome.largest.max(bytes.len());
            target.extend(bytes);
        }
    }
    if event.get("keepalive").is_some() {
        outcome.keepalives += 1;
    }
    if let Some(end) = event.get("end") {
        outcome.end = end.clone();
    }
}

/// The one envelope of a request.
pub(crate) fn envelope(message: &Value) -> Vec<u8> {
    let message = message.to_string();
    let mut envelope = vec![0];
    envelope.extend(
        u32::try_from(message.len())
            .expect("a short message")
            .to_be_bytes(),
    );
    envelope.extend(message.as_bytes());
    envelope
}

pub(crate) fn bash(script: &str) -> Value {
    json!({ "process": { "cmd": "/bin/bash", "args": ["-l", "-c", script] }, "stdin": false })
}

impl TestStack {
    pub(crate) async fn start() -> TestStack {
        Self::start_as(Service::E2b).await
    }

    pub(crate) async fn start_as(service: Service) -> TestStack {
        let state = tempfile::tempdir().expect("a temporary directory");
        let ca_file = state.path().join("ca.pem");
        std::fs::write(&ca_file, "own authority\n").expect("the directory is ours");
        let (key, blocked_key) = (
            format!("e2b_{}", "0d".repeat(20)),
            format!("e2b_{}", "bd".repeat(20)),
        );
        let e2b = E2b::new(E2bOptions {
            state_dir: state.path().join("sandboxes"),
            envd_binary: env!("CARGO_BIN_EXE_e2b-stack").into(),
            api_keys: vec![key.clone()],
            blocked_keys: vec![blocked_key.clone()],
            extra_env: BTreeMap::from([
                ("PACKAGE_INDEX".into(), "http://index.test".into()),
                ("GIT_SSL_CAINFO".into(), ca_file.display().to_string()),
            ]),
            ca_file,
            python: None,
            uv: None,
            service,
            domain: "e2b.app".into(),
        });
        let mut bases = Vec::new();
        for router in [
            e2b.api_router(),
            e2b.gateway_router(),
            e2b.control_router(),
            e2b.one_host_router(),
        ] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .expect("loopback");
            bases.push(format!("http://{}", listener.local_addr().expect("bound")));
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        let [api, gateway, control, one_host] = bases.try_into().expect("four routers");
        TestStack {
            e2b,
            api,
            gateway,
            control,
            one_host,
            key,
            blocked_key,
            http: Client::new(),
            state,
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.api))
            .header("X-API-Key", &self.key)
    }

    pub(crate) async fn try_create(&self, body: &Value) -> (u16, Value) {
        told(self.request(Method::POST, "/sandboxes").json(body)).await
    }

    pub(crate) async fn create(&self, body: Value) -> TestSandbox {
        let (status, made) = self.try_create(&body).await;
        assert_eq!(status, 201, "{made}");
        TestSandbox {
            id: made["sandboxID"].as_str().expect("an id").into(),
            token: made["envdAccessToken"].as_str().unwrap_or("").into(),
            gateway: self.gateway.clone(),
            http: self.http.clone(),
        }
    }

    pub(crate) async fn sandbox(&self) -> TestSandbox {
        self.create(json!({ "templateID": "base", "timeout": 60, "secure": true }))
            .await
    }

    pub(crate) async fn fault(&self, order: &Value) {
        let (status, answer) = told(
            self.http
                .post(format!("{}/faults", self.control))
                .json(order),
        )
        .await;
        assert_eq!(status, 204, "{answer}");
    }

    pub(crate) async fn vanish(&self, sandbox: &TestSandbox) {
        let url = format!("{}/sandboxes/{}/vanish", self.control, sandbox.id);
        assert_eq!(told(self.http.post(url)).await.0, 204);
    }

    pub(crate) async fn stop(self) {
        self.e2b.shutdown().await;
    }
}

impl TestSandbox {
    /// A request by host name to another port than envd's.
    pub(crate) fn at_port(&self, port: u16) -> RequestBuilder {
        let host = format!("{port}-{}.e2b.app", self.id);
        self.http
            .get(format!("{}/", self.gateway))
            .header("Host", host)
    }

    /// A request to envd without the token.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.gateway))
            .header("E2b-Sandbox-Id", &self.id)
            .header("E2b-Sandbox-Port", "49983")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path)
            .header("X-Access-Token", &self.token)
    }

    pub(crate) async fn rpc(&self, path: &str, message: &Value) -> (u16, Value) {
        told(self.request(Method::POST, path).json(message)).await
    }

    pub(crate) fn stream(&self, path: &str, message: &Value) -> RequestBuilder {
        self.request(Method::POST, path)
            .header("Content-Type", "application/connect+json")
            .body(envelope(message))
    }

    pub(crate) async fn start(&self, message: &Value) -> Frames {
        Frames::new(
            self.stream("/process.Process/Start", message)
                .send()
                .await
                .expect("an answer"),
        )
    }

    /// Runs a script to its end.
    pub(crate) async fn run(&self, script: &str) -> Outcome {
        self.start(&bash(script)).await.all().await
    }

    pub(crate) async fn upload(&self, query: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let request = self.request(Method::POST, &format!("/files?{query}"));
        told(
            request
                .header("Content-Type", "application/octet-stream")
                .body(body),
        )
        .await
    }
}

/// Status and JSON; text that is no JSON becomes a JSON string.
pub(crate) async fn told(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.unwrap_or_default();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// Whether the condition becomes true within five seconds.
pub(crate) async fn eventually(mut condition: impl AsyncFnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(5);
    while Instant::now() < end {
        if condition().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}
