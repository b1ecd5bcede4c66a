//! Files on Azure's and Google's storage: prepared, refreshed, read slice by slice.

use std::time::Duration;

use futures::executor::block_on;
use keboola::upload::Upload;
use keboola::{Federation, FileName, KeboolaError, PrepareFile, SignedRequest};
use transport::testing::Script;

use crate::{plain, storage};

// No account has this signature or this token.
const SIGNATURE: &str = "sv=2021-12-02&sp=rl&sr=c&se=2026-03-15T03%3A09%3A26Z&sig=te%2Fst%3D";

const NOW: Duration = Duration::from_secs(1_773_500_966);

fn azure_credentials() -> String {
    format!(
        r#"{{"SASConnectionString":"BlobEndpoint=https://kbcfshc.blob.core.windows.net;SharedAccessSignature={SIGNATURE}",
            "expiration":"2026-03-15T03:09:26+00:00"}}"#
    )
}

const GCS_CREDENTIALS: &str =
    r#""access_token":"ya29.test-only","expires_in":3599,"token_type":"Bearer""#;

fn on_azure() -> String {
    let credentials = azure_credentials();
    format!(
        r#"{{"id":"4712","region":"north-europe","provider":"azure","tags":["zoo"],"uploadParams":null,
            "absUploadParams":{{"blobName":"4712.a.csv","accountName":"kbcfshc",
            "container":"exp-15-files","absCredentials":{credentials}}}}}"#
    )
}

fn on_google() -> String {
    format!(
        r#"{{"id":4712,"region":"europe-west3","provider":"gcp","sizeBytes":48219,"tags":[],
            "gcsUploadParams":{{"projectId":"p","bucket":"kbc-fs","key":"exp-15/4712.a.csv",
            {GCS_CREDENTIALS}}}}}"#
    )
}

fn prepare(body: String) -> Upload {
    let http = Script::new().reply(201, body);
    let file = PrepareFile {
        name: &FileName::parse("a.csv").unwrap(),
        bytes: 48219,
        content_type: "text/csv",
        tags: &[],
    };
    block_on(storage(&http, None).prepare_file(&file))
        .unwrap()
        .upload
}

#[test]
fn what_storage_was_told_is_told_to_the_provider() {
    let azure = prepare(on_azure());
    let list = azure.finish(NOW, &keboola::upload::Session::none(), &[]);
    let kind = ("x-ms-blob-content-type".to_owned(), "text/csv".to_owned());
    assert!(list.unwrap().headers.contains(&kind));
    let gcs = prepare(on_google());
    let begin = gcs.begin(NOW, "text/csv").unwrap();
    let length = ("x-upload-content-length".to_owned(), "48219".to_owned());
    assert!(begin.headers.contains(&length), "{:?}", begin.headers);
}

#[test]
fn refresh_a_file_on_google_s_storage() {
    let http = Script::new()
        .reply(200, on_google().replace("ya29.test-only", "ya29.another"))
        .reply(
            422,
            r#"{"error":"Only for GCS.","code":"storage.files.refreshCredentials"}"#,
        );
    let storage = storage(&http, Some("77"));
    let upload = block_on(storage.refresh_file(4712)).unwrap();
    let begin = upload.begin(NOW, "text/csv").unwrap();
    let token = ("authorization".to_owned(), "Bearer ya29.another".to_owned());
    assert!(begin.headers.contains(&token));
    let length = ("x-upload-content-length".to_owned(), "48219".to_owned());
    assert!(begin.headers.contains(&length));
    let refused = block_on(storage.refresh_file(4712)).unwrap_err();
    assert!(
        matches!(refused, KeboolaError::Refused { status: 422, .. }),
        "{refused:?}"
    );
    let one = plain("PUT", "branch/77/files/4712/refresh");
    assert_eq!(http.written(), [one.clone(), one]);
}

/// The request for the first slice of a sliced file.
fn first_slice(blocks: &str, slice: &str) -> SignedRequest {
    let file = format!(
        r#"{{"id":4712,"name":"a.csv","isSliced":true,"region":"r","url":"https://x.test/manifest?s",{blocks}}}"#
    );
    let http = Script::new()
        .reply(200, file)
        .reply(200, format!(r#"{{"entries":[{{"url":"{slice}"}}]}}"#));
    let storage = storage(&http, None);
    let file = block_on(storage.read_file(4712, Federation::Credentials)).unwrap();
    let slices = block_on(storage.read_slices(&file)).unwrap();
    // The manifest is opened by its URL alone: no credential of ours travels there.
    assert_eq!(http.written()[1], "GET https://x.test/manifest?s");
    file.access.unwrap().sign_slice(&slices[0], NOW).unwrap()
}

#[test]
fn slices_are_opened_by_the_credentials_of_their_file() {
    let credentials = azure_credentials();
    let blocks = format!(
        r#""absPath":{{"container":"exp-15-files","name":"4712.a.csv"}},"absCredentials":{credentials}"#
    );
    let host = "kbcfshc.blob.core.windows.net/exp-15-files";
    let azure = first_slice(&blocks, &format!("azure://{host}/4712.a.csv/part 0.gz"));
    assert_eq!(
        azure.url,
        format!("https://{host}/4712.a.csv/part%200.gz?{SIGNATURE}")
    );
    assert!(azure.headers.is_empty());

    let blocks = format!(
        r#""gcsPath":{{"bucket":"kbc-fs","key":"exp-15/4712.a.csv"}},
           "gcsCredentials":{{{GCS_CREDENTIALS},"projectId":"p"}}"#
    );
    let gcs = first_slice(&blocks, "gs://kbc-fs/exp-15/4712.a.csv/part0.gz");
    assert_eq!(
        gcs.url,
        "https://storage.googleapis.com/kbc-fs/exp-15/4712.a.csv/part0.gz"
    );
    let token = "Bearer ya29.test-only".to_owned();
    assert_eq!(gcs.headers, [("authorization".to_owned(), token)]);
}

#[test]
fn another_cloud_of_azure_is_refused_in_words() {
    let credentials = azure_credentials().replace("core.windows.net", "core.chinacloudapi.cn");
    let file = format!(
        r#"{{"id":1,"name":"b","absPath":{{"container":"c","name":"n"}},"absCredentials":{credentials}}}"#
    );
    let http = Script::new().reply(200, file);
    let error = block_on(storage(&http, None).read_file(1, Federation::Credentials)).unwrap_err();
    assert!(error.to_string().contains("public cloud"), "{error}");
    assert!(!error.to_string().contains("sig="), "{error}");
}

#[test]
fn a_file_without_credentials_has_no_access() {
    let http = Script::new().reply(200, r#"{"id":1,"name":"b","absPath":null}"#);
    let file = block_on(storage(&http, None).read_file(1, Federation::None)).unwrap();
    assert_eq!(file.access, None);
}
