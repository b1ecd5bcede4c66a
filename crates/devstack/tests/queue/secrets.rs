//! Secrets of a job: in clear for the script alone.

use serde_json::{Value, json};

use crate::stand::{COMPONENT, Stand};

/// What the Encryption API makes of a text for this configuration.
async fn encrypted(stand: &Stand, configuration: &str, text: &str) -> String {
    let project = stand.told().keboola.project;
    let url = format!(
        "https://encryption.eu-central-1.keboola.com/encrypt?componentId={COMPONENT}\
         &projectId={project}&configId={configuration}"
    );
    let request = stand.client.post(url).header("content-type", "text/plain");
    let answer = request.body(text.to_owned()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

const TELLS: &str = r#"
import json
properties = json.load(open('/data/config.json'))['parameters']
state = json.load(open('/data/in/state.json'))
print('told', json.dumps([properties, state]))
json.dump({'#kept': properties['#key'], 'plain': 1}, open('/data/out/state.json', 'w'))
"#;

fn with(properties: &Value) -> Value {
    json!({"parameters": {"code": TELLS, "user_properties": properties}})
}

#[tokio::test]
async fn a_ciphertext_arrives_in_clear_and_one_in_a_state_is_encrypted_again() {
    let stand = Stand::open().await;
    let sealed = encrypted(&stand, "s", "hunter2").await;
    let properties = json!({
        "#key": sealed, "deep": [{"#too": sealed}], "#empty": "", "#variable": "{{ vault.a }}",
    });
    stand.configuration("s", with(&properties), json!({})).await;
    let clear = json!({
        "#key": "hunter2", "deep": [{"#too": "hunter2"}], "#empty": "", "#variable": "{{ vault.a }}",
    });
    for state in [json!({}), json!({"#kept": "hunter2", "plain": 1})] {
        let job = stand.run("s").await;
        assert_eq!(job["status"], "success", "{job}");
        let said = stand.said(&job, "info").await;
        let told = said.iter().find_map(|it| it.strip_prefix("told ")).unwrap();
        let told: Value = serde_json::from_str(told).unwrap();
        assert_eq!(told, json!([clear, state]));
    }
    let stored = stand
        .get(&format!("components/{COMPONENT}/configs/s"))
        .await;
    let kept = stored["state"]["component"]["#kept"].as_str().unwrap();
    assert!(kept.starts_with("KBC::ConfigSecure::"), "{kept}");
    assert_eq!(stored["state"]["component"]["plain"], 1);
}

#[tokio::test]
async fn what_is_no_ciphertext_of_this_configuration_fails_the_job_before_it_runs() {
    let stand = Stand::open().await;
    let foreign = encrypted(&stand, "other", "hunter2").await;
    for (id, properties, words) in [
        (
            "p1",
            json!({"#x": "hunter2"}),
            "Invalid cipher text for key #x Value \"hunter2\" is not an encrypted value."
                .to_owned(),
        ),
        (
            "p2",
            json!({"deep": {"list": [{"#y": 5}]}}),
            "Invalid cipher text for key #y Value \"5\" is not an encrypted value.".to_owned(),
        ),
        (
            "p3",
            json!({"#z": "a {{ variable }}"}),
            "Invalid cipher text for key #z Value \"a {{ variable }}\" is not an encrypted value."
                .to_owned(),
        ),
        (
            "p4",
            json!({"#f": foreign}),
            "Invalid cipher text for key #f".to_owned(),
        ),
    ] {
        stand.configuration(id, with(&properties), json!({})).await;
        let job = stand.run(id).await;
        let result = &job["result"];
        let message = result["message"].as_str().unwrap();
        assert!(message.starts_with(&words), "{message}");
        assert_eq!(result["error"]["type"], "user");
        let events = stand.events(&job).await;
        assert_eq!(events, [("error".to_owned(), message.to_owned())]);
    }
}
