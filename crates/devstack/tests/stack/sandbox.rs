//! The e2b side is mounted, and its sandboxes get the stack's way out.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Running, answer};

#[tokio::test]
async fn the_control_plane_answers_good_keys_only() {
    let running = Running::start().await;
    let e2b = &running.told().e2b;
    let list = async |key: &str| {
        let url = format!("{}/v2/sandboxes", e2b.api_url);
        running
            .client
            .get(url)
            .header("x-api-key", key)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(list(&e2b.api_key).await, 200);
    assert_eq!(list(&e2b.blocked_key).await, 403);
    assert_eq!(list("e2b_0").await, 401);
}

#[tokio::test]
async fn a_sandbox_starts_and_ends_with_the_stack() {
    let running = Running::start().await;
    let e2b = running.told().e2b.clone();
    let request = running
        .client
        .request(Method::POST, format!("{}/sandboxes", e2b.api_url))
        .header("x-api-key", &e2b.api_key)
        .header("content-type", "application/json")
        .body(json!({"templateID": "base", "secure": true}).to_string());
    let (status, sandbox): (u16, Value) = answer(request.send().await.unwrap()).await;
    assert_eq!(status, 201, "{sandbox}");
    let health = running
        .client
        .get(format!("{}/health", e2b.sandbox_url))
        .header("e2b-sandbox-id", sandbox["sandboxID"].as_str().unwrap())
        .header("e2b-sandbox-port", "49983")
        .send()
        .await
        .unwrap();
    assert_eq!(health.status(), 204);
    let state = running.told().ca_file.parent().unwrap().to_owned();
    running.stack.stop().await;
    assert!(
        !state.exists(),
        "the state folder is removed with the stack"
    );
}
