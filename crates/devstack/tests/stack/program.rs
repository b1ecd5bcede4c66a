//! The program itself: one line out, and nothing left behind.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::client::{azurite, certificate};

#[test]
fn it_announces_itself_in_one_line_and_ends_with_its_standard_input() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_devstack"))
        .arg("--exit-with-stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = Vec::new();
    let mut out = child.stdout.take().unwrap();
    while line.last() != Some(&b'\n') {
        let mut byte = [0];
        out.read_exact(&mut byte).unwrap();
        line.extend(byte);
    }
    let announced: Value = serde_json::from_slice(&line).unwrap();
    let ca = Path::new(announced["ca_file"].as_str().unwrap()).to_owned();
    assert!(ca.exists());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    assert!(!ca.parent().unwrap().exists(), "the state folder is gone");
}

/// Processes with this text among their arguments.
fn processes_with(text: &str) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines
        .filter(|line| String::from_utf8_lossy(line).contains(text))
        .count()
}

#[tokio::test]
async fn azurite_does_not_outlive_it_even_when_it_is_killed() {
    let state = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_devstack"))
        .arg("--azurite")
        .arg(azurite())
        .arg("--state")
        .arg(state.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let announced: Value = serde_json::from_str(&line).unwrap();
    let folder = state.path().join("objects/azure");
    let folder = folder.to_str().unwrap();
    assert_eq!(processes_with(folder), 0, "it is started when it is needed");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let client = reqwest::Client::builder()
        .no_proxy()
        .add_root_certificate(certificate(Path::new(&text(&announced["ca_file"]))))
        .build()
        .unwrap();
    let keboola = &announced["keboola"];
    let url = format!("{}/v2/storage/files/prepare", text(&keboola["storage_url"]));
    let prepared = client
        .post(url)
        .header("x-storageapi-token", text(&keboola["azure"]["token"]))
        .header("content-type", "application/json")
        .body(r#"{"name": "a.csv", "federationToken": true}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(prepared.status(), 201);
    assert_eq!(processes_with(folder), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    for _ in 0..200 {
        if processes_with(folder) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("azurite is still there");
}

#[test]
fn a_seed_that_is_none_ends_it_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seed.json");
    for (text, reason) in [
        (Some("{"), "is not a seed"),
        (Some(r#"{"projects":[]}"#), "at least one project"),
        (
            Some(r#"{"projects":[{"id":1,"name":"p","tabels":[]}]}"#),
            "unknown field `tabels`",
        ),
        (None, "cannot be read"),
    ] {
        let _ = std::fs::remove_file(&file);
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let output = Command::new(env!("CARGO_BIN_EXE_devstack"))
            .arg("--seed")
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(reason), "{said}");
        assert_eq!(output.stdout, b"");
    }
}
