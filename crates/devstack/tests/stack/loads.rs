//! Tables from files: `tables-async` and `import-async`, beyond what the official Python client asks for.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Running;
use crate::sign::Signed;

const TABLE: &str = "tables/in.c-main.t";

/// A stack with a table of two columns and a primary key.
async fn with_table() -> Running {
    let table = json!({
        "id": "in.c-main.t", "csv_text": "id,name\n1,one\n2,two\n", "primary_key": ["id"],
    });
    Running::seeded(&json!({"projects": [{"id": 7, "name": "p", "tables": [table]}]})).await
}

/// A file with this content, uploaded as its only object, or as slices with their manifest.
async fn file(running: &Running, name: &str, slices: Option<&[&str]>, whole: &str) -> u64 {
    let body = json!({"name": name, "federationToken": true, "isSliced": slices.is_some()});
    let token = &running.told().keboola.token;
    let (_, prepared) = running.post("files/prepare", token, body).await;
    let root = Signed::put(&prepared, b"");
    let bucket = prepared["uploadParams"]["bucket"].as_str().unwrap();
    let mut objects = Vec::new();
    match slices {
        None => objects.push((String::new(), whole.to_owned())),
        Some(slices) => {
            let mut entries = Vec::new();
            for (index, slice) in slices.iter().enumerate() {
                let url = format!("s3://{bucket}/{}part{index}", root.key);
                entries.push(json!({"url": url}));
                objects.push((format!("part{index}"), (*slice).to_owned()));
            }
            let manifest = json!({"entries": entries}).to_string();
            objects.push(("manifest".to_owned(), manifest));
        }
    }
    for (suffix, content) in objects {
        let signed = Signed {
            key: format!("{}{suffix}", root.key),
            body: content.into_bytes(),
            ..root.clone()
        };
        let answer = signed.build(&running.client).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    prepared["id"].as_u64().unwrap()
}

/// Posts and follows the job to its end.
async fn load(running: &Running, path: &str, body: Value) -> Value {
    let token = &running.told().keboola.master_token;
    let (status, job) = running.post(path, token, body).await;
    assert_eq!((status, &job["status"]), (202, &json!("waiting")), "{job}");
    ended(running, &job).await
}

async fn ended(running: &Running, job: &Value) -> Value {
    loop {
        let path = format!("jobs/{}", job["id"]);
        let (_, job) = running.get(&path, &running.told().keboola.token).await;
        if matches!(job["status"].as_str(), Some("success" | "error")) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn preview(running: &Running, query: &str) -> String {
    let path = format!("{TABLE}/data-preview{query}");
    let (_, text) = running.get(&path, &running.told().keboola.token).await;
    text.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn slices_are_loaded_with_the_columns_that_the_request_names() {
    let running = with_table().await;
    let sliced = file(&running, "s.csv", Some(&["three,3\n", "four,4\n"]), "").await;
    let body = json!({"dataFileId": sliced, "columns": ["name", "id"]});
    let job = load(&running, &format!("{TABLE}/import-async"), body).await;
    assert_eq!(job["status"], "success", "{job}");
    assert_eq!(job["operationParams"]["source"]["fileId"], sliced);
    assert_eq!(job["results"]["totalRowsCount"], 2);
    let expected = "\"id\",\"name\"\n\"3\",\"three\"\n\"4\",\"four\"\n";
    assert_eq!(preview(&running, "").await, expected);
}

#[tokio::test]
async fn only_rows_that_an_incremental_load_changed_are_new_since_it() {
    let running = with_table().await;
    // Times are given to the second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let added = file(&running, "a.csv", None, "id,name\n1,one\n2,zwei\n3,drei\n").await;
    let body = json!({"dataFileId": added, "incremental": true});
    load(&running, &format!("{TABLE}/import-async"), body).await;
    let (_, detail) = running.get(TABLE, &running.told().keboola.token).await;
    let last = detail["lastImportDate"]
        .as_str()
        .unwrap()
        .replace('+', "%2B");
    assert_ne!(detail["created"], detail["lastImportDate"]);
    let recent = preview(&running, &format!("?changedSince={last}")).await;
    assert_eq!(recent, "\"id\",\"name\"\n\"2\",\"zwei\"\n\"3\",\"drei\"\n");
}

#[tokio::test]
async fn loads_of_one_table_happen_in_the_order_in_which_they_were_asked_for() {
    let running = with_table().await;
    let path = format!("{TABLE}/import-async");
    let mut jobs = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let file = file(&running, "o.csv", None, &format!("id,name\n1,{name}\n")).await;
        jobs.push(json!({"dataFileId": file}));
    }
    let token = &running.told().keboola.token;
    let mut posted = Vec::new();
    for body in jobs {
        posted.push(running.post(&path, token, body).await.1);
    }
    let mut ends = Vec::new();
    for job in &posted {
        ends.push(
            ended(&running, job).await["endTime"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert!(ends.is_sorted(), "{ends:?}");
    assert_eq!(
        preview(&running, "").await,
        "\"id\",\"name\"\n\"1\",\"d\"\n"
    );
}

#[tokio::test]
async fn a_load_that_fails_says_what_is_missing() {
    let running = with_table().await;
    let other = file(&running, "o.csv", None, "id,neu\n1,n\n").await;
    let job = load(
        &running,
        &format!("{TABLE}/import-async"),
        json!({"dataFileId": other}),
    )
    .await;
    assert_eq!(
        (&job["status"], &job["error"]["code"]),
        (&json!("error"), &json!("csvImport.columnsNotMatch"))
    );
    assert_eq!(
        job["results"],
        json!({"missingColumns": ["name"], "expectedColumns": ["id", "name"]})
    );
    let text = preview(&running, "").await;
    assert_eq!(text, "\"id\",\"name\"\n\"1\",\"one\"\n\"2\",\"two\"\n");
}

#[tokio::test]
async fn a_file_that_is_not_what_it_says_fails_the_job_by_its_code() {
    let running = with_table().await;
    let packed = file(&running, "plain.csv.gz", None, "id,name\n1,one\n").await;
    let headless = file(&running, "s.csv", Some(&["3,three\n"]), "").await;
    let foreign = {
        let body = json!({"name": "f.csv", "federationToken": true, "isSliced": true});
        let (_, prepared) = running
            .post("files/prepare", &running.told().keboola.token, body)
            .await;
        let root = Signed::put(&prepared, b"");
        let signed = Signed {
            key: format!("{}manifest", root.key),
            body: br#"{"entries": [{"url": "s3://devstack-file-storage/exp-15/other"}]}"#.to_vec(),
            ..root
        };
        assert_eq!(
            signed.build(&running.client).send().await.unwrap().status(),
            200
        );
        prepared["id"].as_u64().unwrap()
    };
    for (file, code) in [
        (packed, "csvImport.invalidSourceData"),
        (headless, "csvImport.columnsNotMatch"),
        (foreign, "csvImport.invalidManifest"),
    ] {
        let job = load(
            &running,
            &format!("{TABLE}/import-async"),
            json!({"dataFileId": file}),
        )
        .await;
        assert_eq!(job["error"]["code"], code, "{job}");
    }
}

#[tokio::test]
async fn what_a_load_cannot_be_told_is_refused_at_once() {
    let running = with_table().await;
    let file = file(&running, "f.csv", None, "id,name\n").await;
    let import = format!("{TABLE}/import-async");
    let create = "buckets/in.c-main/tables-async";
    for (path, body, code) in [
        (&*import, json!({}), "storage.tables.validation"),
        (
            &import,
            json!({"dataFileId": file, "dataUrl": "https://x"}),
            "storage.tables.validation",
        ),
        (
            &import,
            json!({"dataFileId": file, "enclosure": "\"", "escapedBy": "\\"}),
            "invalidCsv",
        ),
        (
            &import,
            json!({"dataFileId": file, "escapedBy": "\\"}),
            "invalidCsv",
        ),
        (
            &import,
            json!({"dataFileId": file, "enclosure": "''"}),
            "invalidCsv",
        ),
        (
            create,
            json!({"name": "n", "dataFileId": file, "primaryKey": ["id"]}),
            "storage.validation.primaryKey",
        ),
        (
            create,
            json!({"dataFileId": file}),
            "storage.tables.validation",
        ),
    ] {
        let token = &running.told().keboola.token;
        let (status, answer) = running.post(path, token, body.clone()).await;
        assert_eq!(
            (status, &answer["code"]),
            (400, &json!(code)),
            "{path} {body}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_table_that_is_made_twice_at_once_is_made_once() {
    let running = with_table().await;
    let file = file(&running, "n.csv", None, "id\n1\n").await;
    let body = json!({"name": "new", "dataFileId": file, "primaryKey": "id"});
    let token = &running.told().keboola.token;
    let path = "buckets/in.c-main/tables-async";
    let (_, first) = running.post(path, token, body.clone()).await;
    let (_, second) = running.post(path, token, body.clone()).await;
    let (first, second) = (
        ended(&running, &first).await,
        ended(&running, &second).await,
    );
    assert_eq!(first["results"]["id"], "in.c-main.new", "{first}");
    assert_eq!(
        second["error"]["code"], "storage.buckets.tableAlreadyExists",
        "{second}"
    );
    let (status, third) = running.post(path, token, body).await;
    assert_eq!(
        (status, &third["code"]),
        (400, &json!("storage.buckets.tableAlreadyExists"))
    );
}

#[tokio::test]
async fn a_table_and_a_bucket_may_be_deleted_by_a_job() {
    let running = with_table().await;
    let master = &running.told().keboola.master_token;
    let delete = async |path: &str| {
        running
            .storage(reqwest::Method::DELETE, path, master, None)
            .await
    };
    assert_eq!(delete("buckets/in.c-main").await.0, 400);
    let (status, job) = delete(&format!("{TABLE}?async=true")).await;
    assert_eq!(
        (status, &job["operationName"]),
        (202, &json!("tableDelete"))
    );
    assert_eq!(running.get(TABLE, master).await.0, 404);
    let (status, job) = delete("buckets/in.c-main?async=1").await;
    assert_eq!(
        (status, &job["operationName"]),
        (202, &json!("bucketDelete"))
    );
    assert_eq!(running.get("buckets/in.c-main", master).await.0, 404);
}
