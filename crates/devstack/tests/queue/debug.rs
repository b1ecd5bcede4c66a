//! Debug jobs: nothing is written but the two archives.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use serde_json::{Value, json};

use crate::stand::{COMPONENT, Stand, id};

const SCRIPT: &str = r#"
import json, os
print('mode', os.environ['KBC_COMPONENT_RUN_MODE'])
open('/data/out/tables/t.csv', 'w').write('a\n1\n')
open('/data/out/files/f.txt', 'w').write('x')
json.dump({'#token': 'fresh', 'n': 1}, open('/data/out/state.json', 'w'))
"#;

async fn archive(stand: &Stand, file: &Value) -> BTreeMap<String, String> {
    let bytes = stand.bytes(file).await;
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    let mut all = BTreeMap::new();
    for name in names {
        let mut text = String::new();
        let mut entry = archive.by_name(&name).unwrap();
        entry.read_to_string(&mut text).unwrap();
        all.insert(name, text);
    }
    all
}

#[tokio::test]
async fn a_debug_job_leaves_its_two_archives_and_nothing_else() {
    let stand = Stand::open().await;
    let url = format!(
        "https://encryption.eu-central-1.keboola.com/encrypt?componentId={COMPONENT}&projectId={}",
        stand.told().keboola.project
    );
    let request = stand.client.post(url).header("content-type", "text/plain");
    let sealed = request.body("hunter2").send().await.unwrap();
    let sealed = sealed.text().await.unwrap();
    let configuration = json!({
        "parameters": {
            "source": "code", "venv": "base", "code": SCRIPT,
            "user_properties": {"#key": sealed, "plain": "seen"},
        },
        "storage": {"input": {"tables": [{"source": "in.c-main.airports", "destination": "a.csv"}]}},
    });
    let state = json!({"component": {"#before": sealed, "m": 2}});
    stand.configuration("d", configuration, state.clone()).await;
    let asked = json!({"component": COMPONENT, "config": "d", "mode": "debug"});
    let job = stand.start_with(asked).await;
    let job = stand.ended(&job).await;
    assert_eq!(
        (&job["status"], &job["mode"]),
        (&json!("success"), &json!("debug"))
    );
    assert_eq!(job["result"]["output"]["tables"], json!([]));
    assert!(
        stand
            .said(&job, "info")
            .await
            .contains(&"mode debug".to_owned())
    );
    assert!(!stand.has_table("in.c-kds-team-app-custom-python-d.t").await);
    let stored = stand
        .get(&format!("components/{COMPONENT}/configs/d"))
        .await;
    assert_eq!(stored["state"], state);

    let of_job = format!("jobId:{}", id(&job));
    let mut files = stand.files(&[&of_job]).await;
    files.sort_by_key(|file| file["name"].as_str().unwrap().to_owned());
    let names: Vec<&Value> = files.iter().map(|file| &file["name"]).collect();
    assert_eq!(names, ["stage_0.zip", "stage_output.zip"]);
    for file in &files {
        assert_eq!(file["tags"], json!(["debug", COMPONENT, of_job, "rowId:"]));
        assert_eq!(file["maxAgeDays"], 15);
    }
    let before = archive(&stand, &files[0]).await;
    let after = archive(&stand, &files[1]).await;
    let names = |all: &BTreeMap<String, String>| -> Vec<String> {
        all.keys()
            .filter(|name| !name.ends_with('/'))
            .cloned()
            .collect()
    };
    let inputs = [
        "config.json",
        "in/state.json",
        "in/tables/a.csv",
        "in/tables/a.csv.manifest",
    ];
    assert_eq!(names(&before), inputs);
    assert!(before["in/tables/a.csv"].starts_with("\"iata\",\"name\""));
    assert!(before.contains_key("out/files/"), "{:?}", before.keys());
    let more = [
        "out/files/f.txt",
        "out/state.json",
        "out/tables/t.csv",
        "script.py",
    ];
    assert_eq!(names(&after), [&inputs[..], &more[..]].concat());

    let json = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let config = json(&before["config.json"]);
    // Before the component begins its parameters are the whole ones, after it those of the script.
    assert_eq!(config["parameters"]["code"], SCRIPT);
    let properties = json!({"#key": "*****", "plain": "seen"});
    assert_eq!(config["parameters"]["user_properties"], properties);
    assert_eq!(json(&after["config.json"])["parameters"], properties);
    assert_eq!(
        json(&before["in/state.json"]),
        json!({"#before": "*****", "m": 2})
    );
    assert_eq!(
        json(&after["out/state.json"]),
        json!({"#token": "*****", "n": 1})
    );
    for all in [&before, &after] {
        assert!(!all.values().any(|text| text.contains("hunter2")));
    }
}
