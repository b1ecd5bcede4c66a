//! Reading configurations, by branch and by right.

use serde_json::json;

use crate::client::Running;

const CONFIGURATION: &str = "components/kds-team.app-custom-python/configs";

#[tokio::test]
async fn a_configuration_comes_as_it_was_seeded_but_through_php() {
    let text = r#"{"parameters":{"z":1.0,"user_properties":{},"a":12345678901234567890,"code":"x"},"runtime":{}}"#;
    let seed = format!(
        r#"{{"projects":[{{"id":7,"name":"p","configurations":[{{"id":"1","name":"n","configuration":{text}}}]}}]}}"#
    );
    let running = Running::seeded(&serde_json::from_str(&seed).unwrap()).await;
    let path = format!("branch/default/{CONFIGURATION}/1");
    let (status, body) = running.get(&path, &running.told().keboola.token).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        body["configuration"].to_string(),
        r#"{"parameters":{"z":1.0,"user_properties":[],"a":12345678901234567890,"code":"x"},"runtime":[]}"#
    );
    assert_eq!(
        (&body["version"], &body["rows"], &body["state"]),
        (&json!(3), &json!([]), &json!([]))
    );
    assert_eq!(
        body["currentVersion"]["versionIdentifier"]
            .as_str()
            .unwrap()
            .len(),
        26
    );
}

#[tokio::test]
async fn who_may_not_read_is_403_and_what_is_not_there_404() {
    let running = Running::start().await;
    let keboola = &running.told().keboola;
    let own = format!("{CONFIGURATION}/236606822");
    for (token, path, expected) in [
        (&keboola.token, own.clone(), 200),
        (&keboola.master_token, format!("branch/default/{own}"), 200),
        (&keboola.weak_token, own.clone(), 403),
        (&keboola.foreign_token, own.clone(), 404),
        (&keboola.token, format!("{CONFIGURATION}/nothing"), 404),
        (&keboola.token, format!("branch/5/{own}"), 404),
        (
            &keboola.token,
            "components/keboola.ex-http/configs/554433221".to_owned(),
            403,
        ),
        (&keboola.token, "components/not.there".to_owned(), 404),
    ] {
        let (status, body) = running.get(&path, token).await;
        assert_eq!(status, expected, "{path}: {body}");
        if expected >= 400 {
            assert!(
                body["error"].is_string() && body["code"].is_string(),
                "{body}"
            );
        }
    }
}

#[tokio::test]
async fn a_development_branch_sees_its_own_and_those_of_production() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    let (_, branches) = running.get("dev-branches", token).await;
    let ids: Vec<_> = branches
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["isDefault"].clone())
        .collect();
    assert_eq!(ids, [json!(true), json!(false)]);
    let count = async |branch: &str| {
        let (_, all) = running
            .get(&format!("branch/{branch}/{CONFIGURATION}"), token)
            .await;
        all.as_array().unwrap().len()
    };
    assert_eq!((count("default").await, count("901").await), (6, 7));
    let in_branch = format!("branch/901/{CONFIGURATION}/236606827");
    assert_eq!(running.get(&in_branch, token).await.0, 200);
    assert_eq!(
        running
            .get(&format!("{CONFIGURATION}/236606827"), token)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn custom_python_gets_no_token_from_the_runner() {
    let running = Running::start().await;
    let path = "branch/default/components/kds-team.app-custom-python";
    let (_, component) = running.get(path, &running.told().keboola.token).await;
    assert_eq!(component["data"]["forward_token"], false);
    assert_eq!(component["name"], "Custom Python");
}
