//! The program itself: one line out, and nothing left behind.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

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
