//! Failures on demand, and sandboxes that vanish.

mod support;

use reqwest::Method;
use serde_json::json;
use support::{Outcome, TestStack, bash, told};

#[tokio::test]
async fn a_sandbox_that_vanishes_cuts_its_streams_and_is_gone() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let mut frames = sandbox.start(&bash("echo on; sleep 60")).await;
    let mut outcome = Outcome::default();
    frames.until(&mut outcome, "on").await;
    stack.vanish(&sandbox).await;
    let outcome = frames.rest(outcome).await;
    assert_eq!(
        (outcome.trailer, outcome.end),
        (None, json!(null)),
        "the stream ends without its end frame"
    );
    assert_eq!(told(sandbox.request(Method::GET, "/health")).await.0, 502);
    assert_eq!(
        told(stack.request(Method::GET, &format!("/sandboxes/{}", sandbox.id)))
            .await
            .0,
        404
    );
    let (_, left) = told(stack.http.get(format!("{}/sandboxes", stack.control))).await;
    assert_eq!(left, json!([]));
}

#[tokio::test]
async fn ordered_failures_happen_once_each_and_where_they_were_ordered() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    stack.fault(&json!({ "target": "api", "action": "status", "status": 429, "message": "Rate limit exceeded", "retry_after": 2 })).await;
    let refused = stack
        .request(Method::GET, "/v2/sandboxes")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            refused.status().as_u16(),
            refused.headers()["retry-after"].to_str().unwrap()
        ),
        (429, "2")
    );
    assert_eq!(
        told(stack.request(Method::GET, "/v2/sandboxes")).await.0,
        200
    );

    stack.fault(&json!({ "target": "envd", "action": "status", "status": 507, "path": "/files", "method": "POST" })).await;
    assert_eq!(sandbox.run("echo unharmed").await.out(), "unharmed\n");
    assert_eq!(sandbox.upload("path=x", "x").await.0, 507);
    assert_eq!(sandbox.upload("path=x", "x").await.0, 200);

    stack
        .fault(&json!({ "target": "envd", "action": "reset", "path": "/health" }))
        .await;
    assert!(
        sandbox
            .request(Method::GET, "/health")
            .send()
            .await
            .is_err()
    );
    assert_eq!(told(sandbox.request(Method::GET, "/health")).await.0, 204);

    stack.fault(&json!({ "target": "envd", "action": "cut-stream-after-bytes", "bytes": 100, "path": "Start" })).await;
    let cut = sandbox
        .run("for n in 1 2 3 4; do echo $n; sleep 0.05; done")
        .await;
    assert_eq!((cut.out().starts_with('1'), cut.trailer), (true, None));

    stack
        .fault(&json!({ "target": "envd", "action": "stall", "count": 5 }))
        .await;
    let stalled = sandbox
        .request(Method::GET, "/health")
        .timeout(std::time::Duration::from_millis(300))
        .send()
        .await;
    assert!(stalled.unwrap_err().is_timeout());
    let cleared = stack.http.delete(format!("{}/faults", stack.control));
    assert_eq!(told(cleared).await.0, 204);
    assert_eq!(told(sandbox.request(Method::GET, "/health")).await.0, 204);
    stack.stop().await;
}
