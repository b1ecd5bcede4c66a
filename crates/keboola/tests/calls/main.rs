//! Every call of [`keboola::Storage`], byte for byte: what it asks and how it reads the answer.

// The functions here are the tests' own, where clippy's allowance for tests does not reach.
#![allow(clippy::unwrap_used)]

mod file_providers;
mod files;
mod tables;

use futures::executor::block_on;
use keboola::page::StackHost;
use keboola::{Configuration, KeboolaError, Storage, StorageToken};
use transport::HttpError;
use transport::testing::Script;

const TOKEN: &str = "33-555-abcdef1234";
const BASE: &str = "https://connection.eu-central-1.keboola.com/v2/storage";
const COMPONENT: &str = "kds-team.app-custom-python";

fn storage<'a>(http: &'a Script, branch: Option<&str>) -> Storage<'a, Script> {
    let host = StackHost::parse("connection.eu-central-1.keboola.com").unwrap();
    Storage::new(http, &host, branch, &StorageToken::parse(TOKEN).unwrap())
}

/// The one request without a body.
fn plain(method: &str, path: &str) -> String {
    format!("{method} {BASE}/{path}\naccept: application/json\nx-storageapi-token: {TOKEN}")
}

/// The one request with a body.
fn with_body(path: &str, body: &str) -> String {
    format!(
        "POST {BASE}/{path}\naccept: application/json\ncontent-type: application/json\n\
         x-storageapi-token: {TOKEN}\n\n{body}"
    )
}

#[test]
fn verify_token() {
    let http = Script::new().reply(200, r#"{"id":"555","owner":{"id":33,"name":"Zoo"}}"#);
    let info = block_on(storage(&http, Some("77")).verify_token()).unwrap();
    assert_eq!((info.id.as_str(), info.project.as_str()), ("555", "33"));
    assert_eq!(http.written(), [plain("GET", "tokens/verify")]);
}

const CONFIGURATION: &str = r##"{
    "id": "01k7pkk4qg", "name": "Zoo", "version": 12, "isDisabled": false,
    "configuration": {"storage": [], "parameters": {"z": 1.0, "a": 12345678901234567890, "m": 1.50}},
    "state": [], "rows": [], "rowsSortOrder": []
}"##;

#[test]
fn read_configuration() {
    let http = Script::new().reply(200, CONFIGURATION);
    let read = block_on(storage(&http, None).read_configuration(COMPONENT, "01k7pkk4qg")).unwrap();
    let Configuration {
        id,
        name,
        version,
        raw,
        state,
        description,
        document,
    } = read;
    assert_eq!(
        (id.as_str(), name.as_str(), version),
        ("01k7pkk4qg", "Zoo", 12)
    );
    assert_eq!(
        serde_json::Value::Object(raw).to_string(),
        r#"{"storage":[],"parameters":{"z":1.0,"a":12345678901234567890,"m":1.50}}"#
    );
    assert_eq!(
        document.text(),
        r#"{"storage": [], "parameters": {"z": 1.0, "a": 12345678901234567890, "m": 1.50}}"#
    );
    assert_eq!(description, "");
    assert!(state.is_empty());
    let path = "branch/default/components/kds-team.app-custom-python/configs/01k7pkk4qg";
    assert_eq!(http.written(), [plain("GET", path)]);
}

#[test]
fn a_branch_and_ids_that_want_escaping() {
    let http = Script::new().reply(200, CONFIGURATION);
    block_on(storage(&http, Some("7/7")).read_configuration("a b", "../ü?#%")).unwrap();
    let path = "branch/7%2F7/components/a%20b/configs/..%2F%C3%BC%3F%23%25";
    assert_eq!(http.written(), [plain("GET", path)]);
}

#[test]
fn read_component_flags() {
    let http = Script::new()
        .reply(200, r#"{"id":"c","data":{"forward_token":true,"forward_token_details":false}}"#)
        .reply(200, r#"{"id":"c","data":[]}"#)
        .reply(
            200,
            r#"{"data":{"forward_token_details":true},"dataTypesConfiguration":{"dataTypesSupport":"hints"}}"#,
        );
    let storage = storage(&http, None);
    let read = || block_on(storage.read_component_flags(COMPONENT)).unwrap();
    let told: Vec<_> = [read(), read(), read()]
        .into_iter()
        .map(|it| {
            (
                it.forward_token,
                it.forward_token_details,
                it.data_types_support,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (true, false, None),
            (false, false, None),
            (false, true, Some("hints".to_owned()))
        ]
    );
    let path = "branch/default/components/kds-team.app-custom-python";
    assert_eq!(http.written()[0], plain("GET", path));
}

#[test]
fn no_answer_is_told_apart_from_a_bad_one() {
    let read = |http: Script| block_on(storage(&http, None).read_table("t")).unwrap_err();
    let unreachable = HttpError::Unreachable("no route".to_owned());
    assert_eq!(
        read(Script::new().fail(unreachable)),
        KeboolaError::Unreachable("no route".to_owned())
    );
    assert_eq!(
        read(Script::new().fail(HttpError::TimedOut)),
        KeboolaError::TimedOut
    );
    for (body, what) in [
        ("<html>", "is not JSON"),
        ("", "broke off"),
        (r#"{"id":"t","name""#, "broke off"),
        (
            r#"{"id":"t","name":"secret value"}"#,
            "lacks something or has another shape",
        ),
        ("302 text", "lacks something or has another shape"),
    ] {
        let error = read(Script::new().reply(200, body));
        let text = error.to_string();
        assert!(
            text.contains(&format!("the description of the table {what}")),
            "{body}: {text}"
        );
        assert!(!text.contains("secret"), "{text}");
    }
    let redirect = read(Script::new().reply_with(302, &[("location", "https://thief.test/")], ""));
    assert!(matches!(
        redirect,
        KeboolaError::Refused { status: 302, .. }
    ));
}

#[test]
fn debug_never_shows_the_token() {
    let http = Script::new().reply(401, r#"{"error":"Invalid access token"}"#);
    let storage = storage(&http, None);
    assert_eq!(
        block_on(storage.verify_token()),
        Err(KeboolaError::Unauthorized)
    );
    let request = &http.requests()[0];
    assert!(!format!("{storage:?}").contains("abcdef"));
    assert!(!format!("{request:?}").contains("abcdef"));
}
