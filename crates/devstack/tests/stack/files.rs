//! File resources.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Running;

async fn prepare(running: &Running, token: &str, body: Value) -> (u16, Value) {
    running
        .post("branch/default/files/prepare", token, body)
        .await
}

#[tokio::test]
async fn prepare_asks_for_a_name_and_federation() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    for (body, word) in [
        (json!({"name": "a"}), "federationToken"),
        (
            json!({"name": "a", "federationToken": false}),
            "federationToken",
        ),
        (
            json!({"name": "a", "federationToken": "perhaps"}),
            "federationToken",
        ),
        (json!({"federationToken": true}), "name"),
        (json!({"name": " ", "federationToken": true}), "name"),
        (
            json!({"name": "a", "federationToken": true, "sizeBytes": -1}),
            "sizeBytes",
        ),
        (json!([1]), "JSON object"),
    ] {
        let (status, answer) = prepare(&running, token, body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(
            answer["error"].as_str().unwrap().contains(word),
            "{body}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_prepared_file_exists_before_its_bytes_do() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    let body = json!({
        "name": "ž ¼.csv", "federationToken": true, "tags": ["x", "y"], "sizeBytes": 3, "isEncrypted": true,
    });
    let (status, file) = prepare(&running, token, body).await;
    assert_eq!(
        (status, &file["provider"], &file["region"]),
        (201, &json!("aws"), &json!("eu-central-1"))
    );
    assert_eq!(
        file["uploadParams"]["x-amz-server-side-encryption"],
        "AES256"
    );
    assert_eq!(
        (&file["name"], &file["tags"]),
        (&json!("ž ¼.csv"), &json!(["x", "y"]))
    );
    let id = &file["id"];
    let (status, detail) = running
        .get(&format!("files/{id}?federationToken=1"), token)
        .await;
    assert_eq!(
        (status, &detail["sizeBytes"], &detail["maxAgeDays"]),
        (200, &json!(3), &json!(15))
    );
    assert!(
        detail["credentials"]["SessionToken"].is_string() && detail["s3Path"]["key"].is_string()
    );
    assert!(detail.get("uploadParams").is_none());
    let missing = running
        .client
        .get(detail["url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), 404);
    assert!(
        missing
            .text()
            .await
            .unwrap()
            .contains("<Code>NoSuchKey</Code>")
    );
    let (plain, _) = running.get(&format!("files/{id}"), token).await;
    assert_eq!(plain, 200);
}

#[tokio::test]
async fn the_form_encoding_of_older_clients_is_read_too() {
    let running = Running::start().await;
    let response = running
        .client
        .post(running.url("/v2/storage/files/prepare"))
        .header("x-storageapi-token", &running.told().keboola.token)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("name=a.csv&federationToken=1&tags%5B%5D=x&tags%5B%5D=y+z&isPermanent=true")
        .send()
        .await
        .unwrap();
    let (status, file) = crate::client::answer(response).await;
    assert_eq!(
        (status, &file["tags"]),
        (201, &json!(["x", "y z"])),
        "{file}"
    );
    assert_eq!(file["maxAgeDays"], Value::Null);
}

#[tokio::test]
async fn files_of_others_are_seen_only_with_the_right_to_all() {
    let running = Running::start().await;
    let keboola = &running.told().keboola;
    let make = json!({"name": "own.csv", "federationToken": true, "tags": ["own"]});
    let (_, full) = prepare(&running, &keboola.token, make.clone()).await;
    let (_, weak) = prepare(&running, &keboola.weak_token, make).await;
    let names = async |token: &str, query: &str| {
        let (_, list) = running.get(&format!("files?{query}"), token).await;
        list.as_array()
            .unwrap()
            .iter()
            .map(|f| f["id"].to_string())
            .collect::<Vec<_>>()
    };
    let (full, weak) = (full["id"].to_string(), weak["id"].to_string());
    assert_eq!(names(&keboola.weak_token, "").await, [weak.as_str()]);
    assert_eq!(
        names(&keboola.token, "tags[]=own").await,
        [weak.as_str(), full.as_str()]
    );
    assert_eq!(
        names(&keboola.token, "tags[]=own&limit=1&offset=1").await,
        [full.as_str()]
    );
    let query = "q=tags%3A%22own%22%20AND%20name%3A%22own.csv%22&limit=1";
    assert_eq!(names(&keboola.token, query).await, [weak.as_str()]);
    assert_eq!(names(&keboola.token, "q=NOT%20tags%3Aown").await.len(), 1);
    assert_eq!(running.get("files?q=size:1", &keboola.token).await.0, 400);
    assert_eq!(
        running
            .get(&format!("files/{full}"), &keboola.weak_token)
            .await
            .0,
        403
    );
    assert_eq!(
        running
            .get(&format!("files/{full}"), &keboola.foreign_token)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn tags_come_and_go_and_a_deleted_file_is_gone_with_its_bytes() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    let (_, list) = running.get("files?tags[]=reference", token).await;
    let file = &list[0];
    let path = format!("files/{}", file["id"]);
    let url = file["url"].as_str().unwrap();
    assert_eq!(running.client.get(url).send().await.unwrap().status(), 200);
    assert_eq!(
        running
            .post(&format!("{path}/tags"), token, json!({"tag": "new"}))
            .await
            .0,
        204
    );
    let removed = running
        .storage(
            Method::DELETE,
            &format!("{path}/tags/reference"),
            token,
            None,
        )
        .await;
    assert_eq!(removed.0, 204);
    assert_eq!(running.get(&path, token).await.1["tags"], json!(["new"]));
    assert_eq!(
        running.storage(Method::DELETE, &path, token, None).await.0,
        204
    );
    assert_eq!(running.get(&path, token).await.0, 404);
    assert_eq!(running.client.get(url).send().await.unwrap().status(), 404);
    assert_eq!(
        running.storage(Method::DELETE, &path, token, None).await.0,
        404
    );
}

#[tokio::test]
async fn a_file_may_be_deleted_by_a_job() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    let (_, list) = running.get("files", token).await;
    let path = format!("files/{}?async=true", list[0]["id"]);
    let (status, job) = running.storage(Method::DELETE, &path, token, None).await;
    assert_eq!((status, &job["status"]), (202, &json!("waiting")));
    let (_, job) = running.get(&format!("jobs/{}", job["id"]), token).await;
    assert_eq!(job["status"], "success");
}
