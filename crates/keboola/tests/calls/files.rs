//! Files: prepared, described, listed, deleted.

use futures::executor::block_on;
use keboola::{Federation, FileName, FileQuery, KeboolaError, PrepareFile, ReadAccess};
use transport::testing::Script;

use crate::{plain, storage, with_body};

const PREPARED: &str = r#"{
    "id": 4712, "name": "seattle-weather.csv", "region": "eu-central-1", "provider": "aws",
    "url": "https://x.test/?X-Amz-Signature=s", "sizeBytes": 48219, "tags": ["zoo"],
    "uploadParams": {
        "key": "exp-15/33/files/2026/03/14/4712.seattle-weather.csv", "bucket": "kbc-sapi-files",
        "acl": "private", "x-amz-server-side-encryption": "AES256",
        "credentials": {"AccessKeyId": "ASIATESTONLY", "SecretAccessKey": "secret",
            "SessionToken": "session", "Expiration": "2026-03-15T03:09:26+00:00"}
    }
}"#;

fn prepare(http: &Script, content_type: &str) -> Result<keboola::PreparedFile, KeboolaError> {
    let file = PrepareFile {
        name: &FileName::parse("seattle-weather.csv").unwrap(),
        bytes: 48219,
        content_type,
        tags: &["zoo".to_owned(), "kbc-e2b-writer".to_owned()],
    };
    block_on(storage(http, None).prepare_file(&file))
}

#[test]
fn prepare_a_file_on_s3() {
    let http = Script::new().reply(201, PREPARED);
    let prepared = prepare(&http, "text/csv").unwrap();
    assert_eq!((prepared.id, prepared.tags), (4712, vec!["zoo".to_owned()]));
    let now = std::time::Duration::from_secs(1_773_500_966);
    let begin = prepared.upload.begin(now, "text/csv").unwrap();
    let host = "https://kbc-sapi-files.s3.eu-central-1.amazonaws.com/";
    assert!(begin.url.starts_with(host), "{}", begin.url);
    let body = r#"{"name":"seattle-weather.csv","sizeBytes":48219,"contentType":"text/csv","tags":["zoo","kbc-e2b-writer"],"federationToken":true}"#;
    assert_eq!(
        http.written(),
        [with_body("branch/default/files/prepare", body)]
    );
}

#[test]
fn a_file_without_a_type_is_bytes() {
    let http = Script::new().reply(201, PREPARED);
    prepare(&http, "").unwrap();
    assert!(http.written()[0].contains(r#""contentType":"application/octet-stream""#));
}

#[test]
fn an_entry_that_nothing_can_be_sent_to_is_deleted() {
    for (body, what) in [
        (
            r#"{"id":4712}"#,
            "the prepared file names no provider to send it to",
        ),
        (
            r#"{"id":4712,"gcsUploadParams":{"bucket":"b"}}"#,
            "the permission to send the file has another shape",
        ),
        (
            &PREPARED.replace("\"region\": \"eu-central-1\"", "\"region\": null"),
            "the region is missing or not a region's name",
        ),
        (
            &PREPARED.replace("exp-15/33", ".."),
            "the object's key cannot be part of a URL",
        ),
    ] {
        let http = Script::new().reply(201, body).reply(204, "");
        let error = prepare(&http, "").unwrap_err();
        assert_eq!(
            error,
            KeboolaError::UnexpectedReply {
                what: what.to_owned()
            }
        );
        assert_eq!(
            http.written()[1],
            plain("DELETE", "branch/default/files/4712")
        );
    }
}

const FILE: &str = r#"{"id":4712,"name":"a.csv","isSliced":true,"region":"eu-central-1","tags":[],
    "url":"https://kbc-sapi-files.s3.eu-central-1.amazonaws.com/exp/a.csvmanifest?X-Amz-Signature=s",
    "s3Path":{"bucket":"kbc-sapi-files","key":"exp/a.csv"},
    "credentials":{"AccessKeyId":"ASIATESTONLY","SecretAccessKey":"s","SessionToken":"t"}}"#;

#[test]
fn read_a_file_with_and_without_its_credentials() {
    let http = Script::new()
        .reply(200, FILE)
        .reply(200, r#"{"id":4712,"name":"a.csv","url":"https://x.test/"}"#);
    let storage = storage(&http, Some("77"));
    let read = |federation| block_on(storage.read_file(4712, federation)).unwrap();
    assert!(matches!(
        read(Federation::Credentials).access,
        Some(ReadAccess::S3(_))
    ));
    assert_eq!(read(Federation::None).access, None);
    assert_eq!(
        http.written(),
        [
            plain("GET", "branch/77/files/4712?federationToken=1"),
            plain("GET", "branch/77/files/4712"),
        ]
    );
}

#[test]
fn the_token_does_not_travel_to_the_slices() {
    let http = Script::new().reply(200, FILE).reply(
        200,
        r#"{"entries":[{"url":"s3://kbc-sapi-files/exp/a.csv0001.gz"}]}"#,
    );
    let storage = storage(&http, None);
    let file = block_on(storage.read_file(4712, Federation::Credentials)).unwrap();
    let slices = block_on(storage.read_slices(&file)).unwrap();
    assert_eq!(slices[0].name(), "a.csv0001.gz");
    assert_eq!(
        http.written()[1],
        "GET https://kbc-sapi-files.s3.eu-central-1.amazonaws.com/exp/a.csvmanifest?X-Amz-Signature=s"
    );
    let Some(ReadAccess::S3(access)) = file.access else {
        panic!("another provider");
    };
    let now = std::time::Duration::from_secs(1_773_500_966);
    let get = access.sign_slice(&slices[0], now).unwrap();
    assert!(get.url.contains("/exp/a.csv0001.gz?"), "{}", get.url);
}

#[test]
fn a_manifest_that_expired_is_an_error() {
    let http = Script::new()
        .reply(200, FILE)
        .reply(403, "<Error><Code>AccessDenied</Code></Error>");
    let storage = storage(&http, None);
    let file = block_on(storage.read_file(4712, Federation::None)).unwrap();
    let error = block_on(storage.read_slices(&file)).unwrap_err();
    assert_eq!(
        error,
        KeboolaError::Forbidden {
            message: "Forbidden".to_owned()
        }
    );
}

#[test]
fn delete_a_file_also_one_that_is_gone() {
    let http = Script::new()
        .reply(204, "")
        .reply(
            404,
            r#"{"error":"File not found","code":"storage.files.notFound"}"#,
        )
        .reply(403, r#"{"error":"Not yours"}"#);
    let storage = storage(&http, None);
    assert_eq!(block_on(storage.delete_file(4712)), Ok(()));
    assert_eq!(block_on(storage.delete_file(4712)), Ok(()));
    assert!(matches!(
        block_on(storage.delete_file(4712)),
        Err(KeboolaError::Forbidden { .. })
    ));
    let one = plain("DELETE", "branch/default/files/4712");
    assert_eq!(http.written(), [one.clone(), one.clone(), one]);
}

#[test]
fn tag_a_file() {
    let http = Script::new().reply(204, "");
    assert_eq!(
        block_on(storage(&http, None).tag_file(4712, "sha256:ab")),
        Ok(())
    );
    let request = with_body("branch/default/files/4712/tags", r#"{"tag":"sha256:ab"}"#);
    assert_eq!(http.written(), [request]);
}

#[test]
fn list_files() {
    for (query, path) in [
        (FileQuery::default(), "files"),
        (
            FileQuery::tagged(&["kbc-e2b-writer", "a\"b"]),
            "files?q=tags%3A%22kbc-e2b-writer%22%20AND%20tags%3A%22a%5C%22b%22",
        ),
        (
            FileQuery {
                q: Some("a+b&c".to_owned()),
                since_id: Some(7),
                limit: Some(10),
                offset: Some(20),
            },
            "files?q=a%2Bb%26c&sinceId=7&limit=10&offset=20",
        ),
    ] {
        let http = Script::new().reply(200, r#"[{"id":1,"name":"a"},{"id":"2","name":"b"}]"#);
        let files = block_on(storage(&http, None).list_files(&query)).unwrap();
        assert_eq!(files.iter().map(|file| file.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(
            http.written(),
            [plain("GET", &format!("branch/default/{path}"))]
        );
    }
}
