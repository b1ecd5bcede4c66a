//! Jobs that fail, and in which words.

use serde_json::{Value, json};

use crate::stand::{COMPONENT, Stand};

/// A configuration that leaves a table, with these fields in its mapping and parameters.
fn configuration(parameters: &Value, storage: &Value) -> Value {
    let mut all = json!({"source": "code", "venv": "base", "user_properties": {}, "code": "pass"});
    for (name, value) in parameters.as_object().unwrap() {
        all[name] = value.clone();
    }
    json!({"parameters": all, "storage": storage})
}

#[tokio::test]
async fn a_script_that_fails_is_a_user_error_with_its_last_words() {
    let stand = Stand::open().await;
    let code = r#"
import sys
open('/data/out/tables/lost.csv', 'w').write('a\n1\n')
open('/data/out/tables/kept.csv', 'w').write('a\n1\n')
open('/data/out/state.json', 'w').write('{"n": 1}')
print('said', flush=True)
print('to stderr', file=sys.stderr)
raise ValueError('no such airport')
"#;
    let kept =
        json!({"source": "kept.csv", "destination": "out.c-main.kept", "write_always": true});
    let storage = json!({"output": {"tables": [kept]}});
    let made = configuration(&json!({"code": code}), &storage);
    stand.configuration("f", made, json!({})).await;
    let job = stand.run("f").await;
    assert_eq!(job["status"], "error", "{job}");
    let result = &job["result"];
    assert_eq!(result["error"]["type"], "user");
    assert_eq!(result["configVersion"], "1");
    let message = result["message"].as_str().unwrap();
    assert!(message.starts_with("Script execution failed"), "{message}");
    assert!(message.contains("to stderr"), "{message}");
    assert!(
        message.ends_with("ValueError: no such airport"),
        "{message}"
    );
    let events = stand.events(&job).await;
    let at = |kind: &str, text: &str| {
        let is = |(own, said): &(String, String)| own == kind && said == text;
        events.iter().position(is)
    };
    assert!(at("info", "said").is_some(), "{events:?}");
    assert!(
        at("error", "ValueError: no such airport").is_some(),
        "{events:?}"
    );
    assert_eq!(
        events.last().unwrap(),
        &("error".to_owned(), message.to_owned())
    );
    // Of a failed job only what is always written is.
    assert!(stand.has_table("out.c-main.kept").await);
    assert!(
        !stand
            .has_table("in.c-kds-team-app-custom-python-f.lost")
            .await
    );
    let path = format!("components/{COMPONENT}/configs/f");
    assert_eq!(stand.get(&path).await["state"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_done_is_told_in_words() {
    let stand = Stand::open().await;
    let reads = |mapping: Value| json!({"input": {"tables": [mapping]}});
    let reads_files = |mapping: Value| json!({"input": {"files": [mapping]}});
    let writes = |mapping: Value| json!({"output": {"tables": [mapping]}});
    let none = json!({});
    for (number, (parameters, storage, words)) in [
        (
            json!({"source": "git"}),
            none.clone(),
            "The dev stack has no git",
        ),
        (
            json!({"code": " "}),
            none.clone(),
            "The configuration has no code.",
        ),
        (
            json!({"user_properties": [1]}),
            none.clone(),
            "user_properties must be an object.",
        ),
        (
            json!({"venv": "2.7"}),
            none.clone(),
            "There is no Python environment \"2.7\".",
        ),
        (
            json!({"packages": ["x"]}),
            none.clone(),
            "without --uv or --wheels: no x.",
        ),
        (
            json!({}),
            reads(json!({"source": "in.c-main.missing", "destination": "m.csv"})),
            "The table \"in.c-main.missing\" was not found",
        ),
        (
            json!({}),
            reads(json!({"source": "in.c-main.airports", "columns": ["none"]})),
            "Column \"none\" not found",
        ),
        (
            json!({}),
            reads(json!({"source": "in.c-main.airports", "destination": "../../x"})),
            "\"../../x\" is not a destination",
        ),
        (
            json!({}),
            reads_files(json!({"tags": ["a"], "filterByRunId": true})),
            "Unrecognized option \"filterByRunId\"",
        ),
        (json!({}), reads_files(json!({})), "Invalid file mapping"),
        (
            json!({}),
            reads_files(json!({"file_ids": [1]})),
            "File with id \"1\" not found.",
        ),
        (
            json!({}),
            writes(json!({"source": "absent.csv", "destination": "out.c-main.a"})),
            "Table sources not found: \"absent.csv\"",
        ),
        (
            json!({}),
            json!({"output": {"files": [{"source": "absent.txt"}]}}),
            "File not found: \"absent.txt\"",
        ),
        (
            json!({"code": "open('/data/out/tables/a.csv.manifest', 'w').write('{}')"}),
            none.clone(),
            "Found orphaned tables manifest: \"a.csv.manifest\"",
        ),
        (
            json!({"code": "open('/data/out/tables/a b.csv', 'w').write('a\\n')"}),
            none.clone(),
            "Failed to resolve destination",
        ),
        (
            json!({"code": "open('/data/out/tables/a.csv', 'w').write('a,b\\n1\\n')"}),
            none.clone(),
            "The file is not valid CSV",
        ),
        (
            json!({"code": "import os; os.symlink('/etc/passwd', '/data/out/files/link')"}),
            none.clone(),
            "neither file nor folder",
        ),
        (
            json!({"code": "open('/data/out/state.json', 'w').write('{')"}),
            none.clone(),
            "out/state.json is not JSON",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("w{number}");
        let made = configuration(&parameters, &storage);
        stand.configuration(&id, made.clone(), json!({})).await;
        let job = stand.run(&id).await;
        let message = job["result"]["message"].as_str().unwrap();
        assert_eq!(
            (&job["status"], &job["result"]["error"]["type"]),
            (&json!("error"), &json!("user")),
            "{made}: {job}"
        );
        assert!(message.contains(words), "{made}: {message}");
    }
}

#[tokio::test]
async fn the_token_of_a_job_needs_its_rights() {
    let stand = Stand::open().await;
    let rights =
        json!({"componentAccess": [COMPONENT], "bucketPermissions": {"in.c-main": "read"}});
    let made = stand
        .seed(json!({"tokens": [{"name": "reader", "rights": rights}]}))
        .await;
    let token = made["tokens"]["reader"].as_str().unwrap();
    let reads = json!({"input": {"tables": [{"source": "in.c-main.airports"}]}});
    let code = json!({"code": "open('/data/out/tables/a.csv', 'w').write('a\\n1\\n')"});
    stand
        .configuration("reads", configuration(&json!({}), &reads), json!({}))
        .await;
    stand
        .configuration("writes", configuration(&code, &json!({})), json!({}))
        .await;
    for (id, status) in [("reads", "success"), ("writes", "error")] {
        let asked = json!({"component": COMPONENT, "config": id});
        let (made, job) = stand
            .queue(reqwest::Method::POST, "jobs", token, Some(asked))
            .await;
        assert_eq!(made, 201, "{job}");
        let job = stand.ended(&job).await;
        assert_eq!(job["status"], status, "{job}");
    }
    let lost = "in.c-kds-team-app-custom-python-writes.a";
    assert!(!stand.has_table(lost).await);
}

#[tokio::test]
async fn a_script_that_takes_too_long_is_ended() {
    let stand = Stand::open().await;
    let mut made = configuration(&json!({"code": "import time; time.sleep(60)"}), &json!({}));
    made["runtime"] = json!({"process_timeout": 1});
    stand.configuration("slow", made, json!({})).await;
    let job = stand.run("slow").await;
    let message = job["result"]["message"].as_str().unwrap();
    assert!(message.contains("timeout of 1 seconds"), "{message}");
}
