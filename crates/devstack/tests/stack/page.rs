//! The admin page, as far as it is served; its behaviour in a browser is the end-to-end suite's.

use reqwest::Method;
use reqwest::header::CONTENT_SECURITY_POLICY;
use serde_json::{Value, json};

use crate::client::{Running, answer};

#[tokio::test]
async fn the_page_loads_all_that_it_names() {
    let running = Running::start().await;
    let page = running
        .client
        .get(&running.told().pages["configuration"])
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            page.status().as_u16(),
            page.headers().get(CONTENT_SECURITY_POLICY)
        ),
        (200, None)
    );
    let html = page.text().await.unwrap();
    assert!(
        html.contains("/admin/assets/app.js") && !html.contains("hostile"),
        "{html}"
    );
    for (name, kind) in [
        ("app.js", "text/javascript"),
        ("configuration.js", "text/javascript"),
        ("elements.js", "text/javascript"),
        ("app.css", "text/css"),
    ] {
        let url = running.url(&format!("/admin/assets/{name}"));
        let asset = running.client.get(url).send().await.unwrap();
        assert_eq!(
            (asset.status().as_u16(), &asset.headers()["content-type"]),
            (200, &kind.parse().unwrap())
        );
    }
}

#[tokio::test]
async fn the_page_reads_with_the_token_of_its_session() {
    let running = Running::start().await;
    let session = running
        .client
        .get(running.url("/admin/session?project=1234"))
        .send()
        .await
        .unwrap();
    let (status, session) = answer(session).await;
    assert_eq!((status, &session["dom"]), (200, &json!("usual")));
    let token = session["token"].as_str().unwrap();
    let (_, components) = running.get("branch/default/components", token).await;
    let names: Vec<&Value> = components
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["id"])
        .collect();
    assert_eq!(names, ["kds-team.app-custom-python", "keboola.ex-http"]);
    let foreign = running
        .client
        .get(running.url("/admin/session?project=5"))
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), 403);
}

#[tokio::test]
async fn policy_and_markup_can_be_switched_one_by_one() {
    let running = Running::start().await;
    let switch = async |body: Value| running.control(Method::POST, "/page", Some(body)).await;
    assert_eq!(
        switch(json!({"csp": "strict"})).await.1,
        json!({"csp": "strict", "dom": "usual"})
    );
    let page = running
        .client
        .get(&running.told().pages["configuration"])
        .send()
        .await
        .unwrap();
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains("script-src 'self';") && !policy.contains("wasm"),
        "{policy}"
    );
    assert_eq!(
        switch(json!({"dom": "hostile"})).await.1,
        json!({"csp": "strict", "dom": "hostile"})
    );
    let page = running
        .client
        .get(&running.told().pages["configuration"])
        .send()
        .await
        .unwrap();
    assert!(page.text().await.unwrap().contains("hostile.js"));
    assert_eq!(switch(json!({"csp": "lax"})).await.0, 422);
    assert_eq!(switch(json!({"cps": "none"})).await.0, 422);
}

#[tokio::test]
async fn whoever_is_logged_out_gets_the_form_and_no_token() {
    let running = Running::start().await;
    let page = &running.told().pages["configuration"];
    let by_query = running
        .client
        .get(format!("{page}?logged_out"))
        .send()
        .await
        .unwrap();
    assert!(by_query.text().await.unwrap().contains("type=\"password\""));
    let cookie = ("cookie", "devstack_logged_out=1");
    let by_cookie = running
        .client
        .get(page)
        .header(cookie.0, cookie.1)
        .send()
        .await
        .unwrap();
    assert!(
        by_cookie
            .text()
            .await
            .unwrap()
            .contains("type=\"password\"")
    );
    let session = running
        .client
        .get(running.url("/admin/session"))
        .header(cookie.0, cookie.1);
    assert_eq!(session.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn every_seeded_configuration_has_a_page() {
    let running = Running::start().await;
    let pages = &running.told().pages;
    for name in [
        "configuration",
        "no_code",
        "missing_table",
        "encrypted",
        "fails",
        "git",
    ] {
        assert!(
            pages[name].contains("/projects/1234/components/kds-team.app-custom-python/"),
            "{name}"
        );
    }
    assert!(pages["branch"].contains("/projects/1234/branch/901/components/"));
    assert!(pages["other_component"].contains("/components/keboola.ex-http/"));
    assert!(pages["configurations"].ends_with("/projects/1234/components/configurations"));
}
