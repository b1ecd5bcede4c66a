//! A job from its start to its outputs.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stand::{COMPONENT, Stand, id};

/// Reads all that it is given, and leaves all that can be left.
const SCRIPT: &str = r#"
import csv, glob, json, os
config = json.load(open('/data/config.json'))
state = json.load(open('/data/in/state.json'))
print('config', json.dumps(config))
print('state', json.dumps(state))
print('env', json.dumps({k: v for k, v in os.environ.items() if k.startswith('KBC_')}))
print('cwd', os.getcwd(), os.getuid(), os.path.expanduser('~'))
rows = list(csv.DictReader(open('/data/in/tables/people.csv')))
print('rows', json.dumps(rows))
manifest = json.load(open('/data/in/tables/people.csv.manifest'))
print('manifest', manifest['id'], manifest['primary_key'], manifest['columns'])
for path in sorted(glob.glob('/data/in/files/*_notes.txt')):
    print('file', open(path).read(), json.load(open(path + '.manifest'))['tags'])
with open('/data/out/tables/mapped.csv', 'w') as out:
    out.write('id,name\n')
    for row in rows:
        out.write(f"{row['id']},{row['name'].upper()}\n")
open('/data/out/tables/plain.csv', 'w').write('a\n1\n')
open('/data/out/tables/headless', 'w').write('1;x\n2;y\n')
json.dump({'destination': 'out.c-main.headless', 'columns': ['id', 'v'], 'delimiter': ';',
           'primary_key': ['id'], 'incremental': True}, open('/data/out/tables/headless.manifest', 'w'))
os.mkdir('/data/out/tables/sliced')
open('/data/out/tables/sliced/1', 'w').write('1\n')
open('/data/out/tables/sliced/2', 'w').write('2\n')
json.dump({'destination': 'out.c-main.sliced', 'columns': ['id']}, open('/data/out/tables/sliced.manifest', 'w'))
open('/data/out/files/report.txt', 'w').write('a report')
open('/data/out/files/other.txt', 'w').write('other')
json.dump({'tags': ['of-manifest'], 'is_permanent': True}, open('/data/out/files/other.txt.manifest', 'w'))
json.dump({'seen': len(rows)}, open('/data/out/state.json', 'w'))
"#;

async fn stand() -> Stand {
    let stand = Stand::open().await;
    let people = "id,name,city\n1,ann,Brno\n2,ben,Praha\n3,cyd,Brno\n";
    let table = json!({"id": "in.c-main.people", "csv_text": people, "primary_key": ["id"]});
    let file =
        |name: &str, text: &str, tags: Value| json!({"name": name, "text": text, "tags": tags});
    stand
        .seed(json!({"tables": [table], "files": [
            file("notes.txt", "first", json!(["notes"])),
            file("notes.txt", "second", json!(["notes", "old"])),
        ]}))
        .await;
    let configuration = json!({
        "parameters": {
            "source": "code", "venv": "3.13", "packages": [], "code": SCRIPT,
            "user_properties": {"a": 1.0, "empty": ""},
        },
        "storage": {
            "input": {
                "tables": [{
                    "source": "in.c-main.people", "destination": "people.csv", "columns": ["id", "name"],
                    "where_column": "city", "where_values": ["Brno"], "where_operator": "eq", "limit": 5,
                }],
                "files": [{"source": {"tags": [{"name": "notes"}, {"name": "old", "match": "exclude"}]}}],
            },
            "output": {
                "tables": [{"source": "mapped.csv", "destination": "out.c-main.mapped", "primary_key": ["id"]}],
                "files": [{"source": "report.txt", "tags": ["report"]}],
            },
        },
        "runtime": {"safe": true}, "processors": {"before": []},
    });
    stand
        .configuration("all", configuration, json!({"component": {"seen": 7}}))
        .await;
    stand
}

#[tokio::test]
async fn a_job_reads_its_inputs_and_its_outputs_are_in_the_project() {
    let stand = stand().await;
    let asked = json!({"component": COMPONENT, "config": "all", "tag": "1.2.3"});
    let new = stand.start_with(asked).await;
    let number = id(&new).to_owned();
    let keboola = &stand.told().keboola;
    for (field, wanted) in [
        ("status", json!("created")),
        ("desiredStatus", json!("processing")),
        ("isFinished", json!(false)),
        ("runId", json!(number)),
        ("mode", json!("run")),
        ("component", json!(COMPONENT)),
        ("config", json!("all")),
        ("tag", json!("1.2.3")),
        ("branchId", Value::Null),
        ("startTime", Value::Null),
        ("endTime", Value::Null),
        ("durationSeconds", Value::Null),
        ("result", json!([])),
        (
            "url",
            json!(format!(
                "https://queue.eu-central-1.keboola.com/jobs/{number}"
            )),
        ),
        (
            "project",
            json!({"id": keboola.project.to_string(), "name": "Dev stack"}),
        ),
    ] {
        assert_eq!(new[field], wanted, "{field} of {new}");
    }
    assert_eq!(new["token"]["description"], "Dev stack: full");
    assert!(new["createdTime"].as_str().unwrap().ends_with("+00:00"));

    let job = stand.ended(&new).await;
    assert_eq!(job["status"], "success", "{job}");
    assert!(job["startTime"].is_string() && job["endTime"].is_string());
    assert!(job["durationSeconds"].is_u64());
    let result = &job["result"];
    assert_eq!(result["message"], "Component processing finished.");
    assert_eq!(result["configVersion"], "1");
    assert!(result.get("error").is_none());
    assert_eq!(result["input"]["tables"][0]["id"], "in.c-main.people");
    assert_eq!(
        result["input"]["tables"][0]["columns"],
        json!([{"name": "id"}, {"name": "name"}])
    );
    let written: Vec<&str> = (result["output"]["tables"].as_array().unwrap().iter())
        .map(|table| table["id"].as_str().unwrap())
        .collect();
    let by_default = "in.c-kds-team-app-custom-python-all.plain";
    let wanted = [
        "out.c-main.headless",
        "out.c-main.mapped",
        by_default,
        "out.c-main.sliced",
    ];
    assert_eq!(written, wanted);

    let table = async |id: &str| stand.table(id).await.replace('"', "");
    assert_eq!(table("out.c-main.mapped").await, "id,name\n1,ANN\n3,CYD\n");
    assert_eq!(table(by_default).await, "a\n1\n");
    assert_eq!(table("out.c-main.headless").await, "id,v\n1,x\n2,y\n");
    assert_eq!(table("out.c-main.sliced").await, "id\n1\n2\n");
    let mapped = stand.get("tables/out.c-main.mapped").await;
    assert_eq!(mapped["primaryKey"], json!(["id"]));

    let report = stand.files(&["report"]).await;
    assert_eq!(stand.bytes(&report[0]).await, b"a report");
    let tags = report[0]["tags"].clone();
    let run = format!("runId: {number}");
    let component = format!("componentId: {COMPONENT}");
    assert_eq!(
        tags,
        json!(["report", component, "configurationId: all", run])
    );
    assert_eq!(report[0]["maxAgeDays"], 15);
    let other = stand.files(&["of-manifest"]).await;
    assert_eq!(other[0]["maxAgeDays"], Value::Null);

    let stored = stand
        .get(&format!("components/{COMPONENT}/configs/all"))
        .await;
    assert_eq!(stored["state"], json!({"component": {"seen": 2}}));
    assert_eq!(stored["version"], 1, "a state makes no version");
}

#[tokio::test]
async fn the_script_finds_what_the_real_one_would() {
    let stand = stand().await;
    let job = stand.run("all").await;
    let said = stand.said(&job, "info").await;
    let after = |word: &str| -> Vec<String> {
        let lines = said.iter().filter_map(|it| it.strip_prefix(word));
        lines.map(|it| it.trim().to_owned()).collect()
    };
    let json_after = |word: &str| -> Value { serde_json::from_str(&after(word)[0]).unwrap() };
    let config = json_after("config");
    assert_eq!(config["parameters"], json!({"a": 1.0, "empty": ""}));
    assert_eq!(config["action"], "run");
    assert!(config.get("runtime").is_none() && config.get("processors").is_none());
    assert_eq!(
        config["storage"]["output"]["files"][0]["source"],
        "report.txt"
    );
    assert_eq!(json_after("state"), json!({"seen": 7}));
    assert_eq!(after("cwd"), ["/data 1000 /home/default"]);
    assert_eq!(
        json_after("rows"),
        json!([{"id": "1", "name": "ann"}, {"id": "3", "name": "cyd"}])
    );
    assert_eq!(
        after("manifest"),
        ["in.c-main.people ['id'] ['id', 'name']"]
    );
    assert_eq!(after("file"), ["first ['notes']"]);
    let keboola = &stand.told().keboola;
    assert_eq!(
        json_after("env"),
        json!({
            "KBC_RUNID": id(&job), "KBC_PROJECTID": keboola.project.to_string(),
            "KBC_DATADIR": "/data/", "KBC_CONFIGID": "all", "KBC_CONFIGVERSION": "1",
            "KBC_COMPONENTID": COMPONENT, "KBC_STACKID": keboola.stack,
            "KBC_STAGING_FILE_PROVIDER": "aws", "KBC_PROJECT_FEATURE_GATES": "queuev2",
            "KBC_COMPONENT_RUN_MODE": "run",
        })
    );
}

#[tokio::test]
async fn an_incremental_load_adds_and_a_full_one_replaces() {
    let stand = Stand::open().await;
    let code = r#"
import json, os
state = json.load(open('/data/in/state.json'))
turn = state.get('turn', 0)
for name, incremental in (('full', False), ('more', True)):
    open(f'/data/out/tables/{name}.csv', 'w').write(f'id,turn\nx,{turn}\ny{turn},{turn}\n')
    manifest = {'destination': f'out.c-main.{name}', 'primary_key': ['id'], 'incremental': incremental}
    json.dump(manifest, open(f'/data/out/tables/{name}.csv.manifest', 'w'))
json.dump({'turn': turn + 1}, open('/data/out/state.json', 'w'))
"#;
    stand.script("turns", code).await;
    for _ in 0..2 {
        assert_eq!(stand.run("turns").await["status"], "success");
    }
    let table = async |id: &str| stand.table(id).await.replace('"', "");
    assert_eq!(table("out.c-main.full").await, "id,turn\nx,1\ny1,1\n");
    assert_eq!(table("out.c-main.more").await, "id,turn\nx,1\ny0,0\ny1,1\n");
}

#[tokio::test]
async fn a_job_in_a_development_branch_writes_beside_production() {
    let stand = Stand::open().await;
    let code = r#"
import os, json
print('branch', os.environ.get('KBC_BRANCHID'))
print('read', open('/data/in/tables/t.csv').read().splitlines()[1])
open('/data/out/tables/t.csv', 'w').write('a\nof the branch\n')
json.dump({'destination': 'out.c-main.t'}, open('/data/out/tables/t.csv.manifest', 'w'))
open('/data/out/files/f.txt', 'w').write('x')
json.dump({'tags': ['mine']}, open('/data/out/files/f.txt.manifest', 'w'))
json.dump({'n': 1}, open('/data/out/state.json', 'w'))
"#;
    let table = |id: &str, value: &str| json!({"id": id, "csv_text": format!("a\n{value}\n")});
    stand
        .seed(json!({"tables": [table("out.c-main.t", "of production")]}))
        .await;
    let configuration = json!({
        "parameters": {"code": code},
        "storage": {"input": {"tables": [{"source": "out.c-main.t", "destination": "t.csv"}]}},
    });
    stand.configuration("b", configuration, json!({})).await;
    let asked = json!({"component": COMPONENT, "config": "b", "branchId": "901"});
    for read in ["\"of production\"", "\"of the branch\""] {
        let job = stand.start_with(asked.clone()).await;
        assert_eq!(job["branchId"], "901");
        let job = stand.ended(&job).await;
        assert_eq!(job["status"], "success", "{job}");
        let said = stand.said(&job, "info").await;
        assert!(said.contains(&"branch 901".to_owned()), "{said:?}");
        assert!(said.contains(&format!("read {read}")), "{said:?}");
    }
    assert!(stand.table("out.c-main.t").await.contains("of production"));
    assert!(
        stand
            .table("out.c-901-main.t")
            .await
            .contains("of the branch")
    );
    assert_eq!(stand.files(&["901-mine"]).await.len(), 2);
    let path = format!("components/{COMPONENT}/configs/b");
    assert_eq!(stand.get(&path).await["state"], json!([]));
    let in_branch = stand.get(&format!("branch/901/{path}")).await;
    assert_eq!(in_branch["state"], json!({"component": {"n": 1}}));
}

#[tokio::test]
async fn a_job_runs_the_newest_version_or_what_it_is_sent_instead() {
    let stand = Stand::open().await;
    stand.start_delay(300).await;
    stand.script("v", "print('one')").await;
    let first = stand.start("v").await;
    let body = json!({"configuration": {"parameters": {"code": "print('two')"}}});
    let path = format!("components/{COMPONENT}/configs/v");
    let (status, _) = stand
        .storage(Method::PUT, &path, stand.token(), Some(body))
        .await;
    assert_eq!(status, 200);
    let job = stand.ended(&first).await;
    assert_eq!(job["result"]["configVersion"], "2");
    assert!(stand.said(&job, "info").await.contains(&"two".to_owned()));

    stand.start_delay(0).await;
    let code = "import os; print('three', len(os.environ['KBC_CONFIGID']))\n\
                open('/data/out/state.json', 'w').write('{\"lost\": 1}')";
    let data = json!({"parameters": {"code": code}});
    for (config, said) in [(Some("v"), "three 1"), (None, "three 40")] {
        let asked = json!({"component": COMPONENT, "config": config, "configData": data});
        let job = stand.start_with(asked).await;
        let job = stand.ended(&job).await;
        assert_eq!(job["status"], "success", "{job}");
        let all = stand.said(&job, "info").await;
        assert!(all.contains(&said.to_owned()), "{all:?}");
    }
}
