//! Changing configurations: versions, the trash, branches, beyond what the official Python client
//! asks for.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Running;

const OWN: &str = "components/kds-team.app-custom-python/configs/236606822";

/// A call with the limited token; its answer must have this status.
async fn call(running: &Running, method: Method, path: &str, body: Value, status: u16) -> Value {
    let body = (method != Method::GET).then_some(body);
    let token = &running.told().keboola.token;
    let (got, answer) = running.storage(method, path, token, body).await;
    assert_eq!(got, status, "{path}: {answer}");
    answer
}

async fn put(running: &Running, path: &str, body: Value) -> Value {
    call(running, Method::PUT, path, body, 200).await
}

async fn get(running: &Running, path: &str) -> Value {
    call(running, Method::GET, path, Value::Null, 200).await
}

#[tokio::test]
async fn every_update_is_a_version_and_a_state_is_none() {
    let running = Running::start().await;
    let seeded = get(&running, OWN).await;
    let changed = put(
        &running,
        OWN,
        json!({"configuration": {"a": 1.0, "b": {}}, "changeDescription": "why"}),
    )
    .await;
    assert_eq!(changed["configuration"].to_string(), r#"{"a":1.0,"b":[]}"#);
    assert_eq!(
        (&changed["version"], &changed["changeDescription"]),
        (&json!(4), &json!("why"))
    );
    assert_eq!(changed["name"], seeded["name"]);
    assert_ne!(
        changed["currentVersion"]["versionIdentifier"],
        seeded["currentVersion"]["versionIdentifier"]
    );
    for path in [OWN.to_owned(), format!("{OWN}/state")] {
        let with_state = put(&running, &path, json!({"state": {"seen": path}})).await;
        assert_eq!(
            (&with_state["version"], &with_state["state"]["seen"]),
            (&json!(4), &json!(path))
        );
    }
    let list = get(&running, &format!("{OWN}/versions?limit=2&offset=1")).await;
    let numbers: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["version"].clone())
        .collect();
    assert_eq!(numbers, [3, 2]);
    let before = get(&running, &format!("{OWN}/versions/3")).await;
    assert_eq!(before["configuration"], seeded["configuration"]);
    call(
        &running,
        Method::GET,
        &format!("{OWN}/versions/9"),
        Value::Null,
        404,
    )
    .await;
}

#[tokio::test]
async fn a_rollback_keeps_the_state() {
    let running = Running::start().await;
    let seeded = get(&running, OWN).await;
    put(
        &running,
        OWN,
        json!({"name": "other", "configuration": {}, "state": {"seen": 1}}),
    )
    .await;
    let path = format!("{OWN}/versions/3/rollback");
    let back = call(&running, Method::POST, &path, json!({}), 201).await;
    assert_eq!(back, json!({"version": 5}));
    let now = get(&running, OWN).await;
    assert_eq!(
        (&now["name"], &now["configuration"]),
        (&seeded["name"], &seeded["configuration"])
    );
    assert_eq!(
        (&now["state"], &now["changeDescription"]),
        (&json!({"seen": 1}), &json!("Rollback to version 3"))
    );
}

#[tokio::test]
async fn the_trash_gives_back_by_restoring_and_by_the_same_id() {
    let running = Running::start().await;
    let delete = async |status| call(&running, Method::DELETE, OWN, Value::Null, status).await;
    delete(204).await;
    call(&running, Method::GET, OWN, Value::Null, 404).await;
    call(&running, Method::PUT, OWN, json!({"name": "n"}), 404).await;
    let restored = call(
        &running,
        Method::POST,
        &format!("{OWN}/restore"),
        json!({}),
        201,
    )
    .await;
    assert_eq!(
        (&restored["version"], &restored["isDeleted"]),
        (&json!(5), &json!(false))
    );
    call(
        &running,
        Method::POST,
        &format!("{OWN}/restore"),
        json!({}),
        404,
    )
    .await;
    delete(204).await;
    let (all, _) = OWN.rsplit_once('/').unwrap();
    let body = json!({"name": "again", "configurationId": "236606822"});
    let again = call(&running, Method::POST, all, body, 201).await;
    assert_eq!(
        (&again["version"], &again["name"]),
        (&json!(7), &json!("again"))
    );
    delete(204).await;
    delete(204).await;
    delete(404).await;
}

#[tokio::test]
async fn a_development_branch_keeps_what_is_current_in_production() {
    let running = Running::start().await;
    let production = get(&running, OWN).await;
    let in_branch = format!("branch/901/{OWN}");
    let changed = put(&running, &in_branch, json!({"name": "mine"})).await;
    assert_eq!(
        (&changed["version"], &changed["name"]),
        (&json!(4), &json!("mine"))
    );
    assert_eq!(changed["currentVersion"], production["currentVersion"]);
    assert_eq!(get(&running, OWN).await, production);
    call(
        &running,
        Method::POST,
        &format!("{in_branch}/versions/9/rollback"),
        json!({}),
        404,
    )
    .await;
    call(&running, Method::DELETE, &in_branch, Value::Null, 204).await;
    call(&running, Method::DELETE, &in_branch, Value::Null, 404).await;
    assert_eq!(get(&running, OWN).await, production);
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_and_leaves_the_version() {
    let running = Running::start().await;
    let large = json!({"configuration": {"code": "x".repeat(4_000_000)}});
    for (body, code) in [
        (large, "storage.components.validation"),
        (json!({"name": ""}), "storage.components.validation"),
        (
            json!({"rowsSortOrder": ["1"]}),
            "storage.components.validation",
        ),
        (
            json!({"configuration": [1]}),
            "validation.invalidConfigurationFormat",
        ),
        (
            json!({"state": "{"}),
            "validation.invalidConfigurationFormat",
        ),
    ] {
        let answer = call(&running, Method::PUT, OWN, body, 400).await;
        assert_eq!(answer["code"], code, "{answer}");
    }
    assert_eq!(get(&running, OWN).await["version"], 3);
}
