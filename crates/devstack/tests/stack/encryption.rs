//! The Encryption API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Running, answer};

const QUERY: &str = "componentId=c&projectId=1234&configId=9";

async fn encrypt(
    running: &Running,
    suffix: &str,
    query: &str,
    kind: &str,
    body: &str,
) -> (u16, Value) {
    let url = format!("https://encryption.{suffix}/encrypt?{query}");
    let request = running.client.post(url).header("content-type", kind);
    answer(request.body(body.to_owned()).send().await.unwrap()).await
}

async fn read(running: &Running, text: &Value, configuration: &str) -> (u16, Value) {
    let body = json!({
        "text": text, "stack": running.told().keboola.stack,
        "component": "c", "project": "1234", "configuration": configuration,
    });
    running.control(Method::POST, "/decrypt", Some(body)).await
}

#[tokio::test]
async fn secrets_come_back_encrypted_and_all_else_as_it_was_sent() {
    let running = Running::start().await;
    let body = r##"{"#key":"hunter2","#n":5,"n":1.0,"#o":{"in":"clear","#p":"x"}}"##;
    let kind = "application/json";
    let (status, made) = encrypt(&running, "eu-central-1.keboola.com", QUERY, kind, body).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(
        (made["n"].to_string(), &made["#o"]["in"]),
        ("1.0".to_owned(), &json!("clear"))
    );
    for (secret, plain) in [
        (&made["#key"], "hunter2"),
        (&made["#n"], "5"),
        (&made["#o"]["#p"], "x"),
    ] {
        let text = secret.as_str().unwrap();
        assert!(text.starts_with("KBC::ConfigSecure::"), "{text}");
        assert_eq!(
            read(&running, secret, "9").await,
            (200, json!({"text": plain}))
        );
        let (status, refused) = read(&running, secret, "8").await;
        assert_eq!(status, 422, "{refused}");
    }
    // Once more: nothing changes.
    let again = encrypt(
        &running,
        "eu-central-1.keboola.com",
        QUERY,
        kind,
        &made.to_string(),
    )
    .await;
    assert_eq!(again, (200, made));
    let (status, refused) = read(&running, &json!("hunter2"), "9").await;
    assert_eq!(status, 422);
    assert!(!refused.to_string().contains("hunter2"));
}

#[tokio::test]
async fn every_cloud_has_its_prefix_and_a_text_is_one_secret() {
    let running = Running::start().await;
    for (suffix, query, prefix) in [
        (
            "eu-central-1.keboola.com",
            "componentId=c&projectId=1",
            "KBC::ProjectSecure::",
        ),
        (
            "north-europe.azure.keboola.com",
            "componentId=c&projectId=1",
            "KBC::ProjectSecureKV::",
        ),
        (
            "europe-west3.gcp.keboola.com",
            QUERY,
            "KBC::ConfigSecureGKMS::",
        ),
    ] {
        let (status, made) =
            encrypt(&running, suffix, query, "text/plain; charset=utf-8", "x").await;
        let made = made.as_str().unwrap();
        assert!(status == 200 && made.starts_with(prefix), "{made}");
    }
}

#[tokio::test]
async fn what_the_service_refuses() {
    let running = Running::start().await;
    let good = r##"{"#a":"x"}"##;
    for (query, kind, body, status) in [
        ("componentId=c&configId=9", "application/json", good, 400),
        ("", "application/json", good, 400),
        (QUERY, "application/json", "{}", 400),
        (QUERY, "application/json", "[]", 400),
        (QUERY, "application/json", "{", 400),
        (QUERY, "application/x-www-form-urlencoded", "a=b", 400),
        (QUERY, "text/plain", "", 400),
    ] {
        let made = encrypt(&running, "eu-central-1.keboola.com", query, kind, body).await;
        assert_eq!(
            (made.0, &made.1["code"]),
            (status, &json!(status)),
            "{query} {body}"
        );
    }
    let url = "https://encryption.eu-central-1.keboola.com/decrypt";
    assert_eq!(running.client.post(url).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn it_fails_on_order_and_can_give_the_plaintext_back() {
    let running = Running::start().await;
    let body = r##"{"#a":"hunter2"}"##;
    let ask = async || {
        encrypt(
            &running,
            "eu-central-1.keboola.com",
            QUERY,
            "application/json",
            body,
        )
        .await
    };
    for (kind, status) in [
        ("unavailable", 503),
        ("server_error", 500),
        ("plaintext_back", 200),
    ] {
        let rule = json!({"host": "encryption.*", "kind": kind});
        running.control(Method::POST, "/faults", Some(rule)).await;
        let (got, answer) = ask().await;
        assert_eq!(got, status);
        match status {
            200 => assert_eq!(answer, json!({"#a": "hunter2"})),
            _ => assert_eq!(answer["code"], status),
        }
    }
    let (status, made) = ask().await;
    assert!(status == 200 && made["#a"] != "hunter2", "{made}");
}
