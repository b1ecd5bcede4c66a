//! Keys, creation, lists and the end of life, over HTTP.

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use support::{TestStack, eventually, told};

#[tokio::test]
async fn only_a_good_key_in_its_own_header_is_answered() {
    let stack = TestStack::start().await;
    let url = format!("{}/v2/sandboxes?limit=1", stack.api);
    let unknown = format!("e2b_{}", "ff".repeat(20));
    for (name, value, expected, text) in [
        (
            "accept",
            "*/*".to_owned(),
            401,
            "authorization header is missing",
        ),
        (
            "authorization",
            format!("Bearer {}", stack.key),
            401,
            "authorization header is missing",
        ),
        ("x-api-key", unknown, 401, "Invalid API key"),
        (
            "x-api-key",
            format!(" {} x", stack.key),
            401,
            "Invalid API key",
        ),
        ("x-api-key", "sk_e2b_00".to_owned(), 401, "Invalid API key"),
        ("x-api-key", "e2b_".to_owned(), 401, "Invalid API key"),
        (
            "x-api-key",
            stack.blocked_key.clone(),
            403,
            "team is blocked",
        ),
    ] {
        let (status, body) = told(stack.http.get(&url).header(name, &value)).await;
        assert_eq!(
            (status, &body["code"]),
            (expected, &json!(expected)),
            "{name}"
        );
        assert!(
            body["message"].as_str().unwrap().contains(text),
            "{name}: {body}"
        );
    }
    let answer = stack
        .request(Method::GET, "/v2/sandboxes?limit=1")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["x-total-running"].to_str().unwrap()
        ),
        (200, "0")
    );
    assert_eq!(
        told(stack.http.get(format!("{}/health", stack.api)))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn creation_refuses_what_the_service_refuses() {
    let stack = TestStack::start().await;
    for (body, expected, text) in [
        (
            json!({ "templateID": "python-3.13" }),
            404,
            "template 'python-3.13' not found",
        ),
        (
            json!({ "templateID": "Base!" }),
            400,
            "Invalid template reference",
        ),
        (json!({}), 400, "templateID"),
        (
            json!({ "templateID": "base", "timeout": 3601 }),
            400,
            "Timeout cannot be greater than 1 hours",
        ),
        (
            json!({ "templateID": "base", "timeout": 0 }),
            400,
            "Timeout must be greater than 0",
        ),
        (
            json!({ "templateID": "base", "timeout": "60" }),
            400,
            "doesn't match schema",
        ),
        (
            json!({ "templateID": "base", "metadata": { "run": 7 } }),
            400,
            "doesn't match schema",
        ),
        (
            json!({ "templateID": "base", "envVars": ["A=1"] }),
            400,
            "doesn't match schema",
        ),
        (
            json!({ "templateID": "base", "secure": "yes" }),
            400,
            "doesn't match schema",
        ),
        (
            json!({ "templateID": "base", "volumeMounts": [{ "name": "v", "path": "/v" }] }),
            400,
            "volumeMounts",
        ),
        (
            json!({ "templateID": "base", "network": { "denyOut": ["0.0.0.0/0"] } }),
            400,
            "network.denyOut",
        ),
    ] {
        let (status, answer) = stack.try_create(&body).await;
        assert_eq!(
            (status, &answer["code"]),
            (expected, &json!(expected)),
            "{body}: {answer}"
        );
        assert!(
            answer["message"].as_str().unwrap().contains(text),
            "{body}: {answer}"
        );
    }
    let untyped = stack
        .request(Method::POST, "/sandboxes")
        .body(r#"{"templateID":"base"}"#);
    assert_eq!(told(untyped).await.0, 400, "a body without content type");
    assert_eq!(
        told(stack.request(Method::PATCH, "/sandboxes")).await.0,
        405
    );
    assert_eq!(
        told(stack.request(Method::GET, "/files")).await.0,
        404,
        "the control plane carries no files"
    );
}

#[tokio::test]
async fn the_two_forms_of_creation_differ_in_their_defaults() {
    let stack = TestStack::start().await;
    for (path, life, secure) in [("/sandboxes", 15.0, false), ("/v2/sandboxes", 300.0, true)] {
        let body = json!({ "templateID": "base", "later": { "field": 1 } });
        let (status, made) = told(stack.request(Method::POST, path).json(&body)).await;
        assert_eq!(
            (status, made.get("envdAccessToken").is_some()),
            (201, secure),
            "{made}"
        );
        let path = format!("/sandboxes/{}", made["sandboxID"].as_str().unwrap());
        let (_, detail) = told(stack.request(Method::GET, &path)).await;
        let time = |name: &str| {
            detail[name]
                .as_str()
                .unwrap()
                .parse::<jiff::Timestamp>()
                .unwrap()
        };
        let lives = time("endAt")
            .duration_since(time("startedAt"))
            .as_secs_f64();
        assert!((lives - life).abs() < 1.0, "{lives} s");
    }
    stack.stop().await;
}

#[tokio::test]
async fn the_twenty_first_sandbox_is_one_too_many() {
    let stack = TestStack::start().await;
    let body = json!({ "templateID": "base", "timeout": 60 });
    for _ in 0..20 {
        assert_eq!(stack.try_create(&body).await.0, 201);
    }
    let (status, answer) = stack.try_create(&body).await;
    assert_eq!(status, 429);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("maximum number of concurrent E2B sandboxes (20)"),
        "{answer}"
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_life_really_ends_at_its_end() {
    let stack = TestStack::start().await;
    let sandbox = stack
        .create(json!({ "templateID": "base", "timeout": 2 }))
        .await;
    let running = sandbox.start(&support::bash("echo on; sleep 60")).await;
    let directory = stack.state.path().join("sandboxes").join(&sandbox.id);
    assert!(directory.exists());
    let outcome = running.all().await;
    assert_eq!(
        (outcome.out().as_str(), outcome.trailer),
        ("on\n", None),
        "a stream is cut, not ended"
    );
    let path = format!("/sandboxes/{}", sandbox.id);
    let (status, answer) = told(stack.request(Method::GET, &path)).await;
    let text = format!(
        "Sandbox \"{}\" doesn't exist or you don't have access to it",
        sandbox.id
    );
    assert_eq!(
        (status, answer["message"].as_str()),
        (404, Some(text.as_str()))
    );
    assert_eq!(told(stack.request(Method::DELETE, &path)).await.0, 404);
    let (status, answer) = told(sandbox.request(Method::GET, "/health")).await;
    assert_eq!(
        (status, answer),
        (
            502,
            json!({ "sandboxId": sandbox.id, "message": "The sandbox was not found", "code": 502 })
        )
    );
    assert!(
        eventually(async || !directory.exists()).await,
        "its files stayed"
    );
}

#[tokio::test]
async fn the_end_moves_as_each_call_says() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let left = async || {
        let (_, detail) =
            told(stack.request(Method::GET, &format!("/sandboxes/{}", sandbox.id))).await;
        let end: jiff::Timestamp = detail["endAt"].as_str().unwrap().parse().unwrap();
        end.duration_since(jiff::Timestamp::now()).as_secs_f64()
    };
    for (call, body, status, expected) in [
        ("timeout", json!({ "timeout": 500 }), 204, 500.0),
        ("timeout", json!({ "timeout": 100 }), 204, 100.0),
        ("refreshes", json!({ "duration": 30 }), 204, 100.0),
        ("refreshes", json!({ "duration": 200 }), 204, 200.0),
        ("connect", json!({ "timeout": 50 }), 200, 200.0),
        ("connect", json!({ "timeout": 300 }), 200, 300.0),
        ("timeout", json!({ "timeout": 3601 }), 400, 300.0),
        ("connect", json!({}), 400, 300.0),
    ] {
        let request = stack
            .request(Method::POST, &format!("/sandboxes/{}/{call}", sandbox.id))
            .json(&body);
        let (answered, answer) = told(request).await;
        assert_eq!(answered, status, "{call} {body}: {answer}");
        let left = left().await;
        assert!(
            (left - expected).abs() < 2.0,
            "{call} {body}: {left} s are left"
        );
    }
    let over = stack
        .request(Method::POST, &format!("/sandboxes/{}/timeout", sandbox.id))
        .json(&json!({ "timeout": -1 }));
    assert_eq!(told(over).await.0, 204);
    assert!(
        eventually(async || told(sandbox.request(Method::GET, "/health")).await.0 == 502).await
    );
}

#[tokio::test]
async fn pausing_is_told_honestly() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let call = async |call: &str, body: Value| {
        told(
            stack
                .request(Method::POST, &format!("/sandboxes/{}/{call}", sandbox.id))
                .json(&body),
        )
        .await
        .0
    };
    for (name, body, expected) in [
        ("resume", json!({ "timeout": 60 }), 409),
        ("pause", json!({}), 204),
        ("pause", json!({}), 409),
        ("timeout", json!({ "timeout": 60 }), 409),
    ] {
        assert_eq!(call(name, body).await, expected, "{name}");
    }
    assert_eq!(told(sandbox.request(Method::GET, "/health")).await.0, 502);
    let (_, paused) = told(stack.request(Method::GET, "/v2/sandboxes?state=paused")).await;
    assert_eq!(paused[0]["sandboxID"], sandbox.id);
    assert_eq!(
        told(stack.request(Method::GET, "/sandboxes")).await.1,
        json!([])
    );
    assert_eq!(call("connect", json!({ "timeout": 60 })).await, 201);
    assert_eq!(sandbox.run("echo back").await.out(), "back\n");
    stack.stop().await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let stack = TestStack::start().await;
    let mut made = Vec::new();
    for number in 0..3 {
        made.push(stack.create(json!({ "templateID": "base", "timeout": 60, "metadata": { "n": number.to_string() } })).await.id);
    }
    let (mut token, mut found) = (String::new(), Vec::new());
    for page in 1.. {
        let path = format!("/v2/sandboxes?limit=2&order=asc&nextToken={token}");
        let answer = stack.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.headers()["x-total-running"], "3");
        let next = answer
            .headers()
            .get("x-next-token")
            .map(|next| next.to_str().unwrap().to_owned());
        let items: Vec<Value> = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        found.extend(
            items
                .iter()
                .map(|item| item["sandboxID"].as_str().unwrap().to_owned()),
        );
        match next {
            Some(next) => token = next,
            None => {
                assert_eq!(page, 2);
                break;
            }
        }
    }
    assert_eq!(found, made);
    let (_, one) = told(stack.request(Method::GET, "/sandboxes?metadata=n%3D1")).await;
    assert_eq!(
        (one.as_array().unwrap().len(), &one[0]["sandboxID"]),
        (1, &json!(made[1]))
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_plain_page_may_send_the_documented_headers_only() {
    let stack = TestStack::start().await;
    let preflight = |base: &str, asked: &str| {
        stack
            .http
            .request(Method::OPTIONS, format!("{base}/sandboxes"))
            .header("Origin", "https://connection.keboola.com")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", asked)
            .send()
    };
    let api = preflight(&stack.api, "x-api-key").await.unwrap();
    let allowed = api.headers()["access-control-allow-headers"]
        .to_str()
        .unwrap()
        .to_ascii_lowercase();
    assert_eq!(api.headers()["access-control-allow-origin"], "*");
    assert!(
        allowed.split(',').any(|name| name == "x-api-key") && !allowed.contains("x-own"),
        "{allowed}"
    );
    let gateway = preflight(&stack.gateway, "x-access-token,x-own")
        .await
        .unwrap();
    assert_eq!(
        gateway.headers()["access-control-allow-headers"],
        "x-access-token,x-own"
    );
    let refused = stack
        .http
        .get(format!("{}/sandboxes", stack.api))
        .send()
        .await
        .unwrap();
    assert_eq!(
        refused.headers()["access-control-allow-origin"],
        "*",
        "errors are readable too"
    );
}
