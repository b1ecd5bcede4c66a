//! What the queue refuses, and how it fails on order.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stand::{COMPONENT, Stand, id};

#[tokio::test]
async fn a_job_that_cannot_be_is_refused_in_the_queues_shape() {
    let stand = Stand::open().await;
    stand.script("good", "pass").await;
    stand.script("gone", "pass").await;
    let path = format!("components/{COMPONENT}/configs/gone");
    let deleted = stand
        .storage(Method::DELETE, &path, stand.token(), None)
        .await;
    assert_eq!(deleted.0, 204);
    let keboola = &stand.told().keboola;
    let rights = json!({"isMasterToken": true, "readOnly": true});
    let made = stand
        .seed(json!({"tokens": [{"name": "reads", "rights": rights}]}))
        .await;
    let reads = made["tokens"]["reads"].as_str().unwrap();
    let good = json!({"component": COMPONENT, "config": "good"});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let full = keboola.token.as_str();
    let master = keboola.master_token.as_str();
    for (token, body, status) in [
        ("", good.clone(), 401),
        ("1-2-nonsense", good.clone(), 401),
        (&keboola.expired_token, good.clone(), 401),
        (&keboola.weak_token, good.clone(), 403),
        (reads, good.clone(), 403),
        (&keboola.foreign_token, good.clone(), 404),
        (full, with("config", json!("missing")), 404),
        (full, with("config", json!("gone")), 404),
        (full, with("component", json!("keboola.ex-http")), 403),
        (master, with("component", json!("keboola.unknown")), 404),
        (full, json!({"config": "good"}), 400),
        (full, json!({"component": COMPONENT}), 400),
        (full, with("mode", json!("fast")), 400),
        (full, with("configRowIds", json!(["1"])), 400),
        (full, with("branchId", json!("77")), 400),
        (full, with("branchId", json!("main")), 400),
        (full, with("priority", json!(1)), 400),
        (full, json!([]), 400),
    ] {
        let answer = stand
            .queue(Method::POST, "jobs", token, Some(body.clone()))
            .await;
        assert_eq!(answer.0, status, "{body}: {}", answer.1);
        let told = &answer.1;
        assert_eq!(
            (&told["code"], &told["status"]),
            (&json!(status), &json!("error"))
        );
        assert!(
            told["error"].is_string() && told["exceptionId"].is_string(),
            "{told}"
        );
    }
    let (_, jobs) = stand.queue(Method::GET, "search/jobs", full, None).await;
    assert_eq!(jobs, json!([]));
}

#[tokio::test]
async fn whatever_the_queue_may_be_told_beside_is_told_back() {
    let stand = Stand::open().await;
    stand.script("good", "pass").await;
    let values = json!({"values": [{"name": "a", "value": "b"}]});
    let job = stand
        .start_with(json!({
            "component": COMPONENT, "config": "good", "mode": "forceRun", "tag": "1.0.0",
            "configRowIds": [], "variableValuesData": values, "backend": {"type": "small"},
            "parallelism": null, "branchId": null, "configData": null,
        }))
        .await;
    for (field, wanted) in [
        ("mode", json!("forceRun")),
        ("tag", json!("1.0.0")),
        ("variableValuesData", values),
        ("backend", json!({"type": "small"})),
        ("configData", json!([])),
    ] {
        assert_eq!(job[field], wanted, "{field}");
    }
    assert_eq!(stand.ended(&job).await["status"], "success");
}

#[tokio::test]
async fn a_job_is_its_projects_own() {
    let stand = Stand::open().await;
    stand.script("own", "pass").await;
    let job = stand.run("own").await;
    let foreign = &stand.told().keboola.foreign_token;
    let path = format!("jobs/{}", id(&job));
    for (method, path, token, status) in [
        (Method::GET, path.clone(), foreign.as_str(), 404),
        (Method::POST, format!("{path}/kill"), foreign, 404),
        (Method::GET, "jobs/1".to_owned(), stand.token(), 404),
        (Method::GET, "jobs/abc".to_owned(), stand.token(), 404),
        (Method::POST, format!("{path}/kill"), stand.token(), 400),
        (Method::GET, path.clone(), "", 401),
        (Method::DELETE, path.clone(), stand.token(), 404),
        (Method::GET, "components".to_owned(), stand.token(), 404),
    ] {
        let (told, answer) = stand.queue(method, &path, token, None).await;
        assert_eq!((told, &answer["code"]), (status, &json!(status)), "{path}");
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_one_job() {
    let stand = Stand::open().await;
    stand.script("lost", "pass").await;
    let rule = json!({"host": "queue.*", "path": "/jobs", "method": "POST", "kind": "lost_answer"});
    stand.control(Method::POST, "/faults", Some(rule)).await;
    let asked = json!({"component": COMPONENT, "config": "lost"});
    assert!(stand.try_start(asked).await.is_err());
    let (_, jobs) = stand
        .queue(Method::GET, "search/jobs?config=lost", stand.token(), None)
        .await;
    assert_eq!(jobs.as_array().unwrap().len(), 1);
    assert_eq!(stand.ended(&jobs[0]).await["status"], "success");
}

#[tokio::test]
async fn faults_are_told_in_the_queues_words() {
    let stand = Stand::open().await;
    for (kind, status, wait) in [
        ("too_many_requests", 429, Some("1")),
        ("server_error", 500, None),
        ("unavailable", 503, Some("1")),
        ("maintenance", 503, Some("1")),
    ] {
        let rule = json!({"host": "queue.*", "kind": kind});
        stand.control(Method::POST, "/faults", Some(rule)).await;
        let answer = stand.try_start(json!({})).await.unwrap();
        let told = answer.headers().get("retry-after").cloned();
        assert_eq!(told.as_ref().map(|it| it.to_str().unwrap()), wait, "{kind}");
        assert_eq!(answer.status(), status);
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(
            (&body["code"], &body["status"]),
            (&json!(status), &json!("error"))
        );
    }
}
