//! The stack as OpenKruise Agents: a part of the API, an envd of 2025, one host, no CORS.

mod support;

use devstack_e2b::Service;
use reqwest::Method;
use serde_json::{Value, json};
use support::{Frames, TestStack, bash, told};

#[tokio::test]
async fn any_key_opens_what_there_is_and_the_rest_is_not_there() {
    let stack = TestStack::start_as(Service::OpenKruise).await;
    let sandbox = stack.sandbox().await;
    assert!(sandbox.id.starts_with("default--agent-"), "{}", sandbox.id);
    let with_any_key = |method: Method, path: &str| {
        let url = format!("{}{path}", stack.api);
        stack.http.request(method, url).header("X-API-Key", "x")
    };
    let id = &sandbox.id;
    for (method, path, status) in [
        (Method::GET, "/v2/sandboxes?limit=1".to_owned(), 200),
        (Method::GET, format!("/sandboxes/{id}"), 200),
        (Method::GET, "/templates".to_owned(), 200),
        (Method::GET, "/sandboxes".to_owned(), 405),
        (Method::POST, "/v2/sandboxes".to_owned(), 405),
        (Method::GET, format!("/sandboxes/{id}/metrics"), 404),
        (Method::POST, format!("/sandboxes/{id}/refreshes"), 404),
        (Method::POST, format!("/v2/sandboxes/{id}/connect"), 404),
    ] {
        let (told, body) = told(with_any_key(method.clone(), &path)).await;
        assert_eq!(told, status, "{method} {path}: {body}");
    }
    let (_, detail) = told(with_any_key(Method::GET, &format!("/sandboxes/{id}"))).await;
    assert_eq!(detail["envdVersion"], "0.2.10");
    let (status, _) = told(stack.http.get(format!("{}/v2/sandboxes", stack.api))).await;
    assert_eq!(status, 401, "a key must be sent all the same");
    stack.stop().await;
}

#[tokio::test]
async fn errors_have_its_own_form_and_lives_its_own_limits() {
    let stack = TestStack::start_as(Service::OpenKruise).await;
    let (status, error) = stack
        .try_create(&json!({ "templateID": "moon", "timeout": 60 }))
        .await;
    assert_eq!(status, 400);
    assert_eq!(error["message"], "Template or Checkpoint not found");
    assert_eq!(error["code"], 400);
    assert!(error["request_id"].is_string(), "{error}");
    assert_eq!(error["headers"], json!({}));
    for (timeout, status) in [(29, 400), (30, 201), (86_400, 201), (31 * 86_400, 400)] {
        let body = json!({ "templateID": "base", "timeout": timeout });
        let (told, answer) = stack.try_create(&body).await;
        assert_eq!(told, status, "{timeout}");
        if status == 400 {
            let message = &answer["message"];
            assert_eq!(message, "timeout should between 30 and 2592000");
        }
    }
    // At `timeout` it calls the same a fault of its own, and it never looks whether a sandbox is to be
    // kept from the internet.
    let body = json!({ "templateID": "base", "timeout": 60, "allow_internet_access": false });
    let (_, made) = stack.try_create(&body).await;
    let id = made["sandboxID"].as_str().unwrap();
    let path = format!("/sandboxes/{id}/timeout");
    let request = stack.request(Method::POST, &path);
    let (status, error) = told(request.json(&json!({ "timeout": 5 }))).await;
    assert_eq!(status, 500);
    assert_eq!(error["message"], "timeout should between 30 and 2592000");
    let path = format!("/sandboxes/{id}");
    let (_, read) = told(stack.request(Method::GET, &path)).await;
    assert_eq!(read.get("allowInternetAccess"), None);
    stack.stop().await;
}

#[tokio::test]
async fn its_envd_knows_nothing_that_came_later() {
    let stack = TestStack::start_as(Service::OpenKruise).await;
    let sandbox = stack.sandbox().await;
    let post = |path: &str| sandbox.request(Method::POST, path);
    let form = |path: &str| {
        let body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"/tmp/a\"\r\n\r\nx\r\n--b--\r\n";
        post(path)
            .header("Content-Type", "multipart/form-data; boundary=b")
            .body(body)
    };
    let (status, error) = told(form("/files")).await;
    assert_eq!((status, &error["code"]), (400, &json!(400)), "{error}");
    let (status, written) = told(form("/files?username=user")).await;
    assert_eq!(status, 200, "{written}");
    let (status, _) = sandbox.upload("path=/tmp/b&username=user", "x").await;
    assert!(status >= 400, "no raw bodies yet");
    let parts = json!({ "source_paths": ["/tmp/a"], "destination": "/tmp/c", "username": "user" });
    assert_eq!(sandbox.rpc("/files/compose", &parts).await.0, 404);
    // Without a user nothing is started.
    let refused = sandbox.run("true").await.trailer.unwrap_or_default();
    assert_eq!(refused["error"]["code"], "unauthenticated", "{refused}");
    let as_user = sandbox
        .stream("/process.Process/Start", &bash("echo hi"))
        .header("Authorization", "Basic dXNlcjo=");
    let started = Frames::new(as_user.send().await.unwrap()).all().await;
    assert_eq!(started.out(), "hi\n");
    stack.stop().await;
}

#[tokio::test]
async fn one_host_leads_to_all_by_path_and_to_nothing_by_cors() {
    let stack = TestStack::start_as(Service::OpenKruise).await;
    let sandbox = stack.sandbox().await;
    let at = |path: &str| format!("{}{path}", stack.one_host);
    let listed = stack.http.get(at("/kruise/api/v2/sandboxes"));
    let (status, list) = told(listed.header("X-API-Key", "x")).await;
    assert_eq!((status, list.as_array().map(Vec::len)), (200, Some(1)));
    let health = at(&format!("/kruise/{}/49983/health", sandbox.id));
    let answer = stack
        .http
        .get(&health)
        .header("Origin", "https://page.test")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    let opened = answer
        .headers()
        .keys()
        .any(|name| name.as_str().starts_with("access-control-"));
    assert!(!opened, "{:?}", answer.headers());
    let preflight = stack
        .http
        .request(Method::OPTIONS, &health)
        .header("Origin", "https://page.test")
        .header("Access-Control-Request-Method", "GET")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 405);
    let entries = at(&format!(
        "/kruise/{}/49983/filesystem.Filesystem/ListDir",
        sandbox.id
    ));
    let list = stack
        .http
        .post(entries)
        .header("X-Access-Token", &sandbox.token)
        .header("Authorization", "Basic dXNlcjo=")
        .json(&json!({ "path": "/", "depth": 1 }));
    let (status, entries) = told(list).await;
    assert_eq!(status, 200, "{entries}");
    for path in ["/", "/kruise/", "/kruise/x", "/other"] {
        let status = stack.http.get(at(path)).send().await.unwrap().status();
        assert!(status == 404 || status == 502, "{path}: {status}");
    }
    let gone: Value = told(stack.http.get(at("/kruise/default--none/49983/health")))
        .await
        .1;
    assert_eq!(gone["code"], 502);
    stack.stop().await;
}
