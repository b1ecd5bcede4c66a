//! Faults on order.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Running;
use crate::cloud::Cloud;
use crate::multipart::Upload;

const S3: &str = "*.amazonaws.com";

async fn order(running: &Running, rule: Value) {
    let (status, answer) = running.control(Method::POST, "/faults", Some(rule)).await;
    assert_eq!(status, 201, "{answer}");
}

#[tokio::test]
async fn faults_strike_as_often_as_ordered_and_then_the_service_answers() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    for (kind, status, header) in [
        ("too_many_requests", 429, Some("7")),
        ("maintenance", 503, Some("7")),
        ("unavailable", 503, Some("7")),
        ("server_error", 500, None),
    ] {
        let rule = json!({"path": "*/tokens/verify", "kind": kind, "retry_after_s": 7});
        assert_eq!(
            running.control(Method::POST, "/faults", Some(rule)).await.0,
            201
        );
        assert_eq!(
            running.get("dev-branches", token).await.0,
            200,
            "{kind} hits one path only"
        );
        let url = running.url("/v2/storage/tokens/verify");
        let call = || {
            running
                .client
                .get(&url)
                .header("x-storageapi-token", token)
                .send()
        };
        let hit = call().await.unwrap();
        let retry = hit
            .headers()
            .get("retry-after")
            .map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(
            (hit.status().as_u16(), retry.as_deref()),
            (status, header),
            "{kind}"
        );
        assert_eq!(call().await.unwrap().status(), 200, "{kind} once");
    }
    let unknown = json!({"kind": "reset", "tiems": 2});
    assert_eq!(
        running
            .control(Method::POST, "/faults", Some(unknown))
            .await
            .0,
        422
    );
}

#[tokio::test]
async fn a_reset_ends_the_connection_and_a_stall_delays_the_answer() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    let order = async |rule: Value| running.control(Method::POST, "/faults", Some(rule)).await;
    order(json!({"kind": "reset", "method": "POST"})).await;
    let url = running.url("/v2/storage/files/prepare");
    let reset = running
        .client
        .post(url)
        .header("x-storageapi-token", token)
        .send()
        .await;
    assert!(reset.is_err());
    order(json!({"kind": "stall", "stall_ms": 300, "times": 2})).await;
    let begun = Instant::now();
    assert_eq!(running.get("tokens/verify", token).await.0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(
        running.control(Method::GET, "/faults", None).await.1[0]["times"],
        1
    );
    running.control(Method::DELETE, "/faults", None).await;
    let begun = Instant::now();
    assert_eq!(running.get("tokens/verify", token).await.0, 200);
    assert!(begun.elapsed() < Duration::from_millis(300));
}

/// Every service says in its own words that it cannot.
#[tokio::test]
async fn each_cloud_words_its_errors() {
    let running = Running::start().await;
    let s3 = "https://devstack-file-storage.s3.eu-central-1.amazonaws.com/key";
    let azure = "https://kbcfsdevstack.blob.core.windows.net/container/blob";
    let gcs = "https://storage.googleapis.com/bucket/key";
    let gcs_json =
        "https://storage.googleapis.com/upload/storage/v1/b/bucket/o?uploadType=resumable";
    for (url, kind, status, retry, words) in [
        (s3, "unavailable", 503, Some("2"), "<Code>SlowDown</Code>"),
        (
            s3,
            "too_many_requests",
            429,
            Some("2"),
            "<Code>SlowDown</Code>",
        ),
        (s3, "server_error", 500, None, "<Code>InternalError</Code>"),
        (
            s3,
            "error_in_ok",
            200,
            None,
            "<Error><Code>InternalError</Code>",
        ),
        (
            azure,
            "unavailable",
            503,
            Some("2"),
            "<Code>ServerBusy</Code>",
        ),
        (
            azure,
            "too_many_requests",
            429,
            Some("2"),
            "<Code>ServerBusy</Code>",
        ),
        (
            azure,
            "server_error",
            500,
            None,
            "<Code>InternalError</Code>",
        ),
        (
            gcs,
            "unavailable",
            503,
            Some("2"),
            "<Code>ServiceUnavailable</Code>",
        ),
        (
            gcs,
            "too_many_requests",
            429,
            Some("2"),
            "<Code>SlowDown</Code>",
        ),
        (
            gcs_json,
            "too_many_requests",
            429,
            Some("2"),
            "rateLimitExceeded",
        ),
        (gcs_json, "unavailable", 503, Some("2"), "backendError"),
        (gcs_json, "server_error", 500, None, "backendError"),
    ] {
        order(&running, json!({"kind": kind, "retry_after_s": 2})).await;
        let hit = running.client.put(url).body("x").send().await.unwrap();
        let after = hit.headers().get("retry-after").cloned();
        let after = after.as_ref().map(|value| value.to_str().unwrap());
        assert_eq!(
            (hit.status().as_u16(), after),
            (status, retry),
            "{url} {kind}"
        );
        if url == azure {
            assert!(hit.headers().contains_key("x-ms-error-code"), "{kind}");
        }
        let body = hit.text().await.unwrap();
        assert!(body.contains(words), "{url} {kind}: {body}");
    }
    order(
        &running,
        json!({"kind": "too_many_requests", "retry_after_s": null}),
    )
    .await;
    let hit = running.client.put(s3).body("x").send().await.unwrap();
    assert_eq!(
        (hit.status().as_u16(), hit.headers().get("retry-after")),
        (429, None)
    );
}

#[tokio::test]
async fn the_second_of_three_parts_can_be_hit() {
    let running = Running::start().await;
    let upload = Upload::begin(&running).await;
    let rule = json!({
        "host": S3, "method": "PUT", "query": "*partNumber=*", "kind": "unavailable", "after": 1,
    });
    order(&running, rule).await;
    let mut statuses = Vec::new();
    for number in 1..4 {
        let part = upload.part(number, b"content").build(&running.client);
        statuses.push(part.send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 503, 200]);
    let only_two = json!({"query": "partNumber=2&*", "kind": "server_error"});
    order(&running, only_two).await;
    upload.put(1, b"content").await;
    let second = upload.part(2, b"content").build(&running.client);
    assert_eq!(second.send().await.unwrap().status(), 500);
}

#[tokio::test]
async fn a_completion_may_fail_in_an_answer_that_says_200() {
    let running = Running::start().await;
    let upload = Upload::begin(&running).await;
    let part = upload.put(1, b"content").await;
    order(
        &running,
        json!({"host": S3, "method": "POST", "kind": "error_in_ok"}),
    )
    .await;
    let complete = || {
        upload
            .completion(std::slice::from_ref(&part))
            .build(&running.client)
    };
    let hit = complete().send().await.unwrap();
    assert_eq!(hit.status(), 200);
    assert!(hit.text().await.unwrap().contains("<Error>"));
    assert_eq!(upload.object().await.0, 404, "nothing was completed");
    assert_eq!(complete().send().await.unwrap().status(), 200);
    assert_eq!(upload.object().await.0, 200);
}

#[tokio::test]
async fn an_answer_may_be_lost_after_the_work_is_done() {
    let running = Running::start().await;
    let upload = Upload::begin(&running).await;
    let part = upload.put(1, b"content").await;
    order(&running, json!({"host": S3, "kind": "lost_answer"})).await;
    let complete = upload.completion(&[part]).build(&running.client);
    assert!(complete.send().await.is_err());
    assert_eq!(upload.object().await.0, 200);
}

#[tokio::test]
async fn a_body_may_stall_or_break_on_its_way() {
    let running = Running::start().await;
    let upload = Upload::begin(&running).await;
    let content = vec![b'x'; 2_000_000];
    let stall = json!({"host": S3, "kind": "stall", "stall_ms": 300, "accept_bytes": 1_000_000});
    order(&running, stall).await;
    let begun = Instant::now();
    let part = upload.put(1, &content).await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
    order(
        &running,
        json!({"host": S3, "kind": "reset", "accept_bytes": 1_000_000}),
    )
    .await;
    let broken = upload.part(1, b"shorter than that").build(&running.client);
    assert!(broken.send().await.is_err(), "at its end it breaks, too");
    order(
        &running,
        json!({"host": S3, "kind": "reset", "accept_bytes": 1_000_000}),
    )
    .await;
    let broken = upload.part(2, &content).build(&running.client);
    assert!(broken.send().await.is_err());
    let (_, seen) = running.control(Method::GET, "/requests", None).await;
    let last = seen.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["fault"], &last["status"]),
        (&json!("Reset"), &Value::Null)
    );
    let replaced = upload.completion(&[part]).build(&running.client);
    let replaced = replaced.send().await.unwrap();
    assert_eq!(
        replaced.status(),
        400,
        "the part that came in full took the place of the first"
    );
}

#[tokio::test]
async fn a_download_may_stall_or_break_on_its_way() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let file = cloud.prepared(false).await;
    let params = &file["gcsUploadParams"];
    let text = |name: &str| params[name].as_str().unwrap();
    let url = format!(
        "https://storage.googleapis.com/{}/{}",
        text("bucket"),
        text("key")
    );
    let put = running.client.put(url).bearer_auth(text("access_token"));
    let content = vec![b'x'; 100_000];
    put.body(content.clone()).send().await.unwrap();
    let get = || running.client.get(file["url"].as_str().unwrap()).send();
    order(&running, json!({"kind": "reset", "answer_bytes": 50_000})).await;
    let broken = get().await.unwrap();
    assert_eq!(broken.status(), 200);
    assert!(broken.bytes().await.is_err());
    order(
        &running,
        json!({"kind": "stall", "stall_ms": 300, "answer_bytes": 50_000}),
    )
    .await;
    let begun = Instant::now();
    let stalled = get().await.unwrap();
    assert_eq!(stalled.bytes().await.unwrap(), content);
    assert!(begun.elapsed() >= Duration::from_millis(300));
}
