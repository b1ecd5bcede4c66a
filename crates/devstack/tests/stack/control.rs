//! The control API: evidence, more seed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Running;

#[tokio::test]
async fn every_request_is_on_record_with_headers_and_body() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    let body = json!({"name": "a", "federationToken": true});
    running.post("files/prepare?x=1", token, body.clone()).await;
    let (_, all) = running.control(Method::GET, "/requests", None).await;
    let [seen] = all.as_array().unwrap().as_slice() else {
        panic!("{all}")
    };
    assert_eq!(
        (&seen["method"], &seen["status"]),
        (&json!("POST"), &json!(201))
    );
    assert_eq!(
        (&seen["host"], &seen["query"]),
        (&json!(running.told().keboola.stack), &json!("x=1"))
    );
    assert_eq!(seen["path"], "/v2/storage/files/prepare");
    assert_eq!(seen["body"], body.to_string());
    let headers = seen["headers"].as_array().unwrap();
    assert!(
        headers.contains(&json!(["x-storageapi-token", token])),
        "{headers:?}"
    );
    running.control(Method::DELETE, "/requests", None).await;
    assert_eq!(
        running.control(Method::GET, "/requests", None).await.1,
        json!([])
    );
}

#[tokio::test]
async fn a_long_body_is_recorded_up_to_64_kib_and_counted_in_full() {
    let running = Running::start().await;
    let name = "x".repeat(100_000);
    let body = json!({"name": name, "federationToken": true});
    let (status, _) = running
        .post("files/prepare", &running.told().keboola.token, body.clone())
        .await;
    assert_eq!(status, 201);
    let (_, all) = running.control(Method::GET, "/requests", None).await;
    assert_eq!(all[0]["body"].as_str().unwrap().len(), 64 * 1024);
    assert_eq!(all[0]["body_bytes"], body.to_string().len());
    let path = "/requests?bodies=false";
    let (_, heads) = running.control(Method::GET, path, None).await;
    assert_eq!(heads[0]["body"], "");
    assert_eq!(heads[0]["body_bytes"], all[0]["body_bytes"]);
}

#[tokio::test]
async fn more_can_be_seeded_and_what_is_wrong_changes_nothing() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    let project = |more: Value| {
        let mut project = json!({"id": 1234, "name": "Dev stack"});
        project
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"projects": [project]})
    };
    let good = project(json!({
        "tables": [{"id": "out.c-new.t", "csv_text": "a\n1\n"}],
        "configurations": [{"name": "Added later", "configuration": {}}],
        "tokens": [{"name": "reader", "rights": {"bucketPermissions": {"out.c-new": "read"}}}],
    }));
    let (status, answer) = running.control(Method::POST, "/seed", Some(good)).await;
    assert_eq!(status, 201, "{answer}");
    assert!(answer["pages"]["added_later"].is_string());
    let reader = answer["tokens"]["reader"].as_str().unwrap();
    assert_eq!(running.get("tables/out.c-new.t", reader).await.0, 200);
    assert_eq!(
        running.get("tables/in.c-main.airports", reader).await.0,
        403
    );
    for (bad, word) in [
        (
            json!({"tables": [{"id": "t", "csv_text": "a\n"}]}),
            "table id",
        ),
        (json!({"tables": [{"id": "in.c-a.lost"}]}), "exactly one of"),
        (
            json!({"tables": [{"id": "in.c-a.lost", "csv": "relative.csv"}]}),
            "absolute",
        ),
        (
            json!({"configurations": [{"name": "lost", "branch": 5, "configuration": {}}]}),
            "branch 5",
        ),
        (json!({"tabels": []}), "unknown field"),
    ] {
        let (status, answer) = running
            .control(Method::POST, "/seed", Some(project(bad.clone())))
            .await;
        assert_eq!(status, 400, "{bad}");
        assert!(answer["error"].as_str().unwrap().contains(word), "{answer}");
    }
    assert_eq!(running.get("tables/in.c-a.lost", token).await.0, 404);
}

#[tokio::test]
async fn the_storage_listener_serves_the_api_alone_whatever_the_host() {
    let running = Running::start().await;
    let keboola = &running.told().keboola;
    let call = async |path: &str| {
        let url = format!("{}{path}", keboola.storage_url);
        running
            .client
            .get(url)
            .header("x-storageapi-token", &keboola.token)
            .send()
            .await
            .unwrap()
    };
    let verified = call("/v2/storage/tokens/verify").await;
    assert_eq!(verified.status(), 200);
    assert_eq!(call("/admin").await.status(), 404);
    let (_, files) = running.control(Method::GET, "/files", None).await;
    assert_eq!(files[0]["name"], "states.json");
}
