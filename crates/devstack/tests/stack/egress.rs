//! The proxy of the sandboxes, and the package index behind it.

use devstack::StackOptions;
use reqwest::{Client, Method, Proxy};
use serde_json::json;

use crate::client::{Running, certificate};

/// A client that lives in a sandbox: it knows the proxy and nothing else.
fn inside(running: &Running) -> Client {
    Client::builder()
        .proxy(Proxy::all(&running.told().proxy).unwrap())
        .add_root_certificate(certificate(&running.told().ca_file))
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_proxy_leads_to_the_stack_and_nowhere_else() {
    let running = Running::start().await;
    let client = inside(&running);
    let index = client.get(running.url("/v2/storage")).send().await.unwrap();
    assert_eq!(index.status(), 200);
    assert!(client.get("https://example.test/").send().await.is_err());
    let plain = client.get("http://example.test/").send().await.unwrap();
    assert_eq!(plain.status(), 403);
    let (_, seen) = running.control(Method::GET, "/egress", None).await;
    let seen: Vec<_> = seen
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            (
                e["host"].as_str().unwrap(),
                e["port"].as_u64().unwrap(),
                e["allowed"] == true,
            )
        })
        .collect();
    let stack = running.told().keboola.stack.as_str();
    assert_eq!(
        seen,
        [
            (stack, 443, true),
            ("example.test", 443, false),
            ("example.test", 80, false)
        ]
    );
}

#[tokio::test]
async fn a_host_can_be_allowed() {
    let running = Running::start().await;
    let client = inside(&running);
    // The Storage listener on its own port is no host of the proxy's table: it stands for outside.
    let url = format!("{}/v2/storage", running.told().keboola.storage_url);
    assert!(client.get(&url).send().await.is_err());
    let allow = json!({"host": "127.*"});
    assert_eq!(
        running
            .control(Method::POST, "/egress/allow", Some(allow))
            .await
            .0,
        204
    );
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn wheels_are_listed_with_their_hashes_and_served() {
    let wheels = tempfile::tempdir().unwrap();
    let name = "Keboola_Component-1.0-py3-none-any.whl";
    std::fs::write(wheels.path().join(name), b"wheel").unwrap();
    std::fs::write(wheels.path().join("secret.txt"), b"secret").unwrap();
    let options = StackOptions {
        wheels: Some(wheels.path().to_owned()),
        ..StackOptions::default()
    };
    let running = Running::start_with(options).await;
    let client = inside(&running);
    let get = async |path: &str| {
        let url = format!("https://packages.devstack.test{path}");
        let response = client.get(url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (_, page) = get("/simple/keboola-component/").await;
    let hash = "#sha256=";
    assert!(page.contains(name) && page.contains(hash), "{page}");
    assert_eq!(
        get(&format!("/files/{name}")).await,
        (200, "wheel".to_owned())
    );
    assert_eq!(get("/simple/keboola.component").await.0, 200, "by redirect");
    assert_eq!(get("/simple/pandas/").await.0, 404);
    assert_eq!(get("/files/secret.txt").await.0, 404);
    assert_eq!(get("/files/..%2Fsecret.txt").await.0, 404);
}
