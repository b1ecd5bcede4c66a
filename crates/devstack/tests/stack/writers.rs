//! Other people who write into a configuration, at once and in the middle of a client's own work.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Running;

const ID: &str = "236606822";
const OWN: &str = "components/kds-team.app-custom-python/configs/236606822";

async fn another_writes(running: &Running, body: Value) -> (u16, Value) {
    let path = format!("/configurations/{ID}/write");
    running.control(Method::POST, &path, Some(body)).await
}

async fn read(running: &Running) -> Value {
    let (status, answer) = running.get(OWN, &running.told().keboola.token).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn put(running: &Running, configuration: &Value) -> Value {
    let body = json!({"configuration": configuration, "changeDescription": "mine"});
    let token = &running.told().keboola.token;
    let (status, answer) = running.storage(Method::PUT, OWN, token, Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// All versions as they are stored, the newest first.
async fn stored(running: &Running) -> Vec<Value> {
    let path = format!("/configurations/{ID}/versions");
    let (status, all) = running.control(Method::GET, &path, None).await;
    assert_eq!(status, 200, "{all}");
    all.as_array().unwrap().clone()
}

#[tokio::test]
async fn a_version_has_its_author_and_its_text() {
    let running = Running::start().await;
    let body = json!({
        "configuration": {"n": 1.0, "o": {}}, "set": {"o.a": "x"},
        "author": "anna@x.test", "description": "why",
    });
    assert_eq!(
        another_writes(&running, body).await,
        (201, json!({"version": 4}))
    );
    let newest = stored(&running).await.remove(0);
    let told = |name: &str| newest[name].as_str().unwrap().to_owned();
    assert_eq!(
        (told("author"), told("description"), told("text")),
        (
            "anna@x.test".into(),
            "why".into(),
            r#"{"n":1.0,"o":{"a":"x"}}"#.into()
        )
    );
    let (_, list) = running
        .get(
            &format!("{OWN}/versions?limit=1"),
            &running.told().keboola.token,
        )
        .await;
    assert_eq!(list[0]["creatorToken"]["description"], "anna@x.test");
    assert_eq!(list[0]["changeDescription"], "why");
}

#[tokio::test]
async fn another_writes_at_the_moment_that_was_ordered() {
    let running = Running::start().await;
    for when in ["after_read", "before_write", "after_write"] {
        let rule = json!({"set": {"by": when}, "when": when});
        assert_eq!(another_writes(&running, rule).await.0, 202);
        let (_, waiting) = running.control(Method::GET, "/writers", None).await;
        assert_eq!(waiting[0]["when"], when);
        let before = read(&running).await;
        let first = before["version"].as_u64().unwrap();
        let answer = put(&running, &json!({"mine": when})).await;
        // The answer tells of the own version, whoever came after it.
        let own = if when == "after_write" {
            first + 1
        } else {
            first + 2
        };
        assert_eq!(answer["version"], own, "{when}");
        let all = stored(&running).await;
        assert_eq!(all[0]["version"], first + 2);
        let at = all.iter().position(|it| it["version"] == own).unwrap();
        assert_eq!(all[at]["description"], "mine", "{when}");
        assert_eq!(all[1 - at]["description"], "Edited by hand", "{when}");
        assert_eq!(
            running.control(Method::GET, "/writers", None).await.1,
            json!([])
        );
    }
}

#[tokio::test]
async fn an_old_page_replaces_what_came_since() {
    let running = Running::start().await;
    put(&running, &json!({"a": 1})).await;
    put(&running, &json!({"a": 2, "b": 1})).await;
    let old = json!({"from_version": 4, "set": {"c": 1}});
    assert_eq!(
        another_writes(&running, old).await,
        (201, json!({"version": 6}))
    );
    assert_eq!(
        read(&running).await["configuration"],
        json!({"a": 1, "c": 1})
    );
}

#[tokio::test]
async fn a_configuration_can_be_renamed_and_deleted_meanwhile() {
    let running = Running::start().await;
    another_writes(&running, json!({"name": "other"})).await;
    assert_eq!(read(&running).await["name"], "other");
    another_writes(&running, json!({"delete": true, "when": "before_write"})).await;
    let token = &running.told().keboola.token;
    let body = json!({"configuration": {}});
    let refused = running.storage(Method::PUT, OWN, token, Some(body)).await;
    assert_eq!(refused.0, 404, "{refused:?}");
    assert_eq!(stored(&running).await[0]["is_deleted"], true);
}

#[tokio::test]
async fn a_delayed_writer_comes_later() {
    let running = Running::start().await;
    let rule = json!({"set": {"late": 1}, "delay_ms": 50});
    assert_eq!(another_writes(&running, rule).await.0, 202);
    assert_eq!(read(&running).await["version"], 3);
    for _ in 0..100 {
        if read(&running).await["version"] == 4 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("it never came");
}

#[tokio::test]
async fn what_cannot_be_ordered_is_refused() {
    let running = Running::start().await;
    for (body, status) in [
        (json!({"sett": {}}), 422),
        (json!({"when": "some_day"}), 422),
        (json!({"from_version": 9}), 422),
        (json!({"configuration": {"a": 5}, "set": {"a.b": 1}}), 422),
        (json!({"branch": 5}), 404),
    ] {
        assert_eq!(
            another_writes(&running, body.clone()).await.0,
            status,
            "{body}"
        );
    }
    let path = "/configurations/nothing/write";
    let unknown = running.control(Method::POST, path, Some(json!({}))).await;
    assert_eq!(unknown.0, 404);
    assert_eq!(read(&running).await["version"], 3);
}

#[tokio::test]
async fn a_branch_can_end_and_a_reader_changes_nothing() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    let in_branch = format!("branch/901/{OWN}");
    assert_eq!(running.get(&in_branch, token).await.0, 200);
    assert_eq!(
        running
            .control(Method::DELETE, "/branches/901", None)
            .await
            .0,
        204
    );
    assert_eq!(running.get(&in_branch, token).await.0, 404);
    assert_eq!(
        running
            .control(Method::DELETE, "/branches/901", None)
            .await
            .0,
        404
    );
    let rights = json!({"componentAccess": ["kds-team.app-custom-python"], "readOnly": true});
    running
        .control(Method::POST, "/tokens/full/rights", Some(rights))
        .await;
    assert_eq!(read(&running).await["version"], 3);
    for (method, path) in [
        (Method::PUT, OWN.to_owned()),
        (Method::DELETE, OWN.to_owned()),
        (Method::POST, format!("{OWN}/versions/1/rollback")),
    ] {
        let body = Some(json!({"configuration": {}}));
        let refused = running.storage(method, &path, token, body).await;
        assert_eq!(refused.0, 403, "{path}: {}", refused.1);
    }
}
