//! Tokens: who is let in, and how far.

use serde_json::json;

use crate::client::Running;

#[tokio::test]
async fn a_call_without_a_good_token_is_401_with_the_reason() {
    let running = Running::start().await;
    let keboola = &running.told().keboola;
    for (token, code, text) in [
        ("", "storage.tokenNotSet", "Access token must be set"),
        (
            "1234-1-wrong",
            "storage.tokenInvalid",
            "Invalid access token",
        ),
        (
            keboola.expired_token.as_str(),
            "storage.tokenExpired",
            "expired",
        ),
    ] {
        for path in [
            "tokens/verify",
            "branch/default/tokens/verify",
            "files",
            "jobs/1",
        ] {
            let (status, body) = running.get(path, token).await;
            assert_eq!(
                (status, body["code"].as_str()),
                (401, Some(code)),
                "{path}: {body}"
            );
            assert!(body["error"].as_str().unwrap().contains(text), "{body}");
            assert!(body["exceptionId"].is_string());
        }
    }
}

#[tokio::test]
async fn verify_tells_project_and_rights() {
    let running = Running::start().await;
    let keboola = &running.told().keboola;
    let (status, full) = running.get("tokens/verify", &keboola.token).await;
    assert_eq!((status, &full["owner"]["id"]), (200, &json!(1234)));
    assert_eq!(full["owner"]["fileStorageProvider"], "aws");
    assert_eq!(
        full["componentAccess"],
        json!(["kds-team.app-custom-python"])
    );
    assert_eq!(full["bucketPermissions"], json!({"in.c-main": "write"}));
    assert_eq!(
        (&full["isMasterToken"], full.get("admin")),
        (&json!(false), None)
    );
    let (_, master) = running
        .get("branch/default/tokens/verify", &keboola.master_token)
        .await;
    assert!(master["isMasterToken"] == true && master["admin"].is_object());
    let (_, weak) = running.get("tokens/verify", &keboola.weak_token).await;
    assert_eq!(
        (&weak["bucketPermissions"], &weak["componentAccess"]),
        (&json!([]), &json!([]))
    );
    let (_, foreign) = running.get("tokens/verify", &keboola.foreign_token).await;
    assert_ne!(foreign["owner"]["id"], 1234);
}

#[tokio::test]
async fn a_token_can_end_while_it_is_used() {
    let running = Running::start().await;
    let token = running.told().keboola.token.clone();
    assert_eq!(running.get("tokens/verify", &token).await.0, 200);
    let expire = running
        .control(reqwest::Method::POST, "/tokens/full/expire", None)
        .await;
    assert_eq!(expire.0, 204);
    assert_eq!(running.get("tokens/verify", &token).await.0, 401);
}

#[tokio::test]
async fn the_rights_of_a_token_can_change_while_it_is_used() {
    let running = Running::start().await;
    let token = running.told().keboola.weak_token.clone();
    let may_read = async || running.get("tables/in.c-main.airports", &token).await.0;
    assert_eq!(may_read().await, 403);
    let rights = json!({"bucketPermissions": {"in.c-main": "read"}});
    let changed = running
        .control(reqwest::Method::POST, "/tokens/weak/rights", Some(rights))
        .await;
    assert_eq!(changed.0, 204);
    assert_eq!(may_read().await, 200);
}

#[tokio::test]
async fn the_index_needs_no_token_and_names_the_services_of_its_host() {
    let running = Running::start().await;
    let (status, index) = running.get("?exclude=components", "").await;
    assert_eq!((status, index.get("components")), (200, None));
    let queue = index["services"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["id"] == "queue")
        .unwrap();
    assert_eq!(queue["url"], "https://queue.eu-central-1.keboola.com");
    let other = running
        .client
        .get("https://scheduler.eu-central-1.keboola.com/schedules")
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), 503);
}
