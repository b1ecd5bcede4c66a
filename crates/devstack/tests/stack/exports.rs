//! Tables and their exports.

use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::client::Running;
use crate::sign::Signed;

const AIRPORTS: &str = "branch/default/tables/in.c-main.airports";

/// Runs an export to its end; returns the job and the statuses that were seen.
async fn export(running: &Running, table: &str, body: Value) -> (Value, Vec<String>) {
    let token = &running.told().keboola.token;
    let (status, mut job) = running
        .post(&format!("{table}/export-async"), token, body)
        .await;
    assert_eq!(status, 202, "{job}");
    let mut seen = vec![job["status"].as_str().unwrap().to_owned()];
    while !matches!(seen.last().map(String::as_str), Some("success" | "error")) {
        tokio::time::sleep(Duration::from_millis(10)).await;
        job = running.get(&format!("jobs/{}", job["id"]), token).await.1;
        let status = job["status"].as_str().unwrap();
        if seen.last().unwrap() != status {
            seen.push(status.to_owned());
        }
    }
    (job, seen)
}

/// The result of an export: the text of each slice, or of the whole file.
async fn download(running: &Running, job: &Value) -> Vec<String> {
    let path = format!("files/{}?federationToken=1", job["results"]["file"]["id"]);
    let (_, file) = running.get(&path, &running.told().keboola.token).await;
    let first = running
        .client
        .get(file["url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    let first = first.bytes().await.unwrap().to_vec();
    if file["isSliced"] == false {
        return vec![unpacked(&first)];
    }
    let manifest: Value = serde_json::from_slice(&first).unwrap();
    let mut slices = Vec::new();
    for entry in manifest["entries"].as_array().unwrap() {
        let (_, key) = entry["url"]
            .as_str()
            .unwrap()
            .split_once("storage/")
            .unwrap();
        let signed = Signed {
            key: key.to_owned(),
            ..Signed::get(&file)
        };
        let slice = signed.build(&running.client).send().await.unwrap();
        assert_eq!(slice.status(), 200, "{key}");
        slices.push(unpacked(&slice.bytes().await.unwrap()));
    }
    slices
}

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn an_export_waits_works_and_ends_in_slices_without_a_header() {
    let running = Running::start().await;
    let (job, seen) = export(
        &running,
        AIRPORTS,
        json!({"gzip": true, "columns": "state,iata"}),
    )
    .await;
    assert_eq!(seen, ["waiting", "processing", "success"]);
    let slices = download(&running, &job).await;
    let rows: Vec<usize> = slices.iter().map(|slice| slice.lines().count()).collect();
    assert_eq!(rows, [5, 5, 2]);
    assert!(slices[0].starts_with("\"AK\",\"ANC\"\n"), "{}", slices[0]);
}

#[tokio::test]
async fn filters_and_limits_are_honoured() {
    let running = Running::start().await;
    for (body, expected) in [
        (
            json!({"whereFilters": [{"column": "state", "operator": "eq", "values": ["NY"]}]}),
            "\"JFK\"\n\"LGA\"\n",
        ),
        (
            json!({"whereColumn": "iata", "whereValues": ["LAX"]}),
            "\"LAX\"\n",
        ),
        (json!({"limit": 1}), "\"ANC\"\n"),
        (
            json!({"changedSince": "-7 days", "limit": 2}),
            "\"ANC\"\n\"FAI\"\n",
        ),
        (json!({"changedUntil": "-7 days"}), ""),
    ] {
        let mut wanted = json!({"gzip": true, "columns": ["iata"]});
        wanted
            .as_object_mut()
            .unwrap()
            .extend(body.as_object().unwrap().clone());
        let (job, _) = export(&running, AIRPORTS, wanted).await;
        assert_eq!(download(&running, &job).await.concat(), expected, "{body}");
    }
}

#[tokio::test]
async fn a_table_may_be_exported_whole_with_its_header() {
    let table = json!({"id": "in.c-a.t", "csv_text": "a,b\n1,\"x, y\"\n", "sliced": false});
    let seed =
        json!({"export_delay_ms": 0, "projects": [{"id": 7, "name": "p", "tables": [table]}]});
    let running = Running::seeded(&seed).await;
    let (job, _) = export(&running, "tables/in.c-a.t", json!({"gzip": true})).await;
    assert_eq!(
        download(&running, &job).await,
        ["\"a\",\"b\"\n\"1\",\"x, y\"\n"]
    );
}

#[tokio::test]
async fn a_table_that_is_missing_or_closed_is_said_so() {
    let running = Running::start().await;
    let keboola = &running.told().keboola;
    let (status, body) = running
        .get("tables/in.c-main.not_there", &keboola.token)
        .await;
    assert_eq!(
        (status, &body["code"]),
        (404, &json!("storage.tables.notFound"))
    );
    assert!(
        body["error"]
            .as_str()
            .unwrap()
            .contains("in.c-main.not_there")
    );
    for path in [AIRPORTS.to_owned(), format!("{AIRPORTS}/data-preview")] {
        assert_eq!(
            running.get(&path, &keboola.weak_token).await.0,
            403,
            "{path}"
        );
    }
    let export = format!("{AIRPORTS}/export-async");
    assert_eq!(
        running
            .post(&export, &keboola.weak_token, json!({}))
            .await
            .0,
        403
    );
    for body in [
        json!({"columns": "nothing"}),
        json!({"fileType": "parquet"}),
        json!({"whereFilters": [{"column": "state"}]}),
    ] {
        assert_eq!(
            running.post(&export, &keboola.token, body.clone()).await.0,
            400,
            "{body}"
        );
    }
}

#[tokio::test]
async fn detail_and_preview_describe_the_table() {
    let running = Running::start().await;
    let token = &running.told().keboola.token;
    let (_, table) = running.get(AIRPORTS, token).await;
    assert_eq!(
        (&table["rowsCount"], &table["primaryKey"]),
        (&json!(12), &json!(["iata"]))
    );
    assert_eq!(table["bucket"]["id"], "in.c-main");
    let (_, text) = running
        .get(
            &format!("{AIRPORTS}/data-preview?limit=1&columns=iata"),
            token,
        )
        .await;
    assert_eq!(text, "\"iata\"\n\"ANC\"\n");
    let path = format!("{AIRPORTS}/data-preview?limit=1&columns=iata&format=json");
    let (_, preview) = running.get(&path, token).await;
    assert_eq!(preview["rows"][0][0]["value"], "ANC");
}
