//! What holds for every provider.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// 2026-03-14 15:09:26 UTC.
const NOW: Duration = Duration::from_secs(1_773_500_966);

// A signature of no account.
pub(super) const AZURE_SIGNATURE: &str =
    "sv=2021-12-02&sp=rwl&sr=c&se=2026-03-15T03%3A09%3A26Z&sig=te%2Fst%3D";

pub(super) fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let headers = headers.iter().map(|(name, value)| header(name, *value));
    Reply {
        status,
        headers: headers.collect(),
        body: body.to_owned(),
    }
}

/// A request as text: method and URL, then its headers.
pub(super) fn written(request: &ProviderRequest) -> Vec<String> {
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| format!("{name}: {value}"));
    let line = format!("{} {}", request.method, request.url);
    std::iter::once(line).chain(headers).collect()
}

fn s3_block(key: &str) -> Value {
    json!({
        "key": key, "bucket": "kbc-sapi-files", "acl": "private",
        "x-amz-server-side-encryption": "AES256",
        "credentials": {
            "AccessKeyId": "ASIATESTONLY", "SecretAccessKey": "test/secret+only",
            "SessionToken": "session/token+test==", "Expiration": "2026-03-15T03:09:26+00:00",
        },
    })
}

pub(super) fn azure_block(blob: &str) -> Value {
    let connection = format!(
        "BlobEndpoint=https://kbcfshc.blob.core.windows.net;SharedAccessSignature={AZURE_SIGNATURE}"
    );
    json!({
        "blobName": blob, "accountName": "kbcfshc", "container": "exp-15-files",
        "absCredentials": {
            "SASConnectionString": connection, "expiration": "2026-03-15T03:09:26+00:00",
        },
    })
}

pub(super) fn gcs_block(key: &str) -> Value {
    json!({
        "projectId": "kbc-fs-project", "bucket": "kbc-fs", "key": key,
        "access_token": "ya29.test-only", "expires_in": 3599, "token_type": "Bearer",
    })
}

/// What must be shown nowhere.
const SECRETS: [&str; 6] = [
    "test/secret+only",
    "session/token",
    "Signature=",
    "te%2Fst%3D",
    "ya29",
    "upload_id",
];

fn read(blocks: Blocks) -> Result<Upload, KeboolaError> {
    let announced = Announced {
        content_type: "text/csv",
        bytes: Some(9),
    };
    Upload::read(blocks, &announced)
}

/// One of each provider.
fn uploads(key: &str) -> [Upload; 3] {
    let none = Blocks::default;
    [
        Blocks {
            s3: Some(s3_block(key)),
            region: Some("eu-central-1".to_owned()),
            ..none()
        },
        Blocks {
            azure: Some(azure_block(key)),
            ..none()
        },
        Blocks {
            gcs: Some(gcs_block(key)),
            ..none()
        },
    ]
    .map(|blocks| read(blocks).unwrap())
}

fn checksum(upload: &Upload) -> Checksum {
    let kind = upload.checksum_kind();
    let length = match kind {
        ChecksumKind::Sha256 => 32,
        ChecksumKind::Md5 => 16,
        ChecksumKind::Crc32c => 4,
    };
    Checksum {
        kind,
        bytes: vec![7; length],
    }
}

fn begun(upload: &Upload) -> Session {
    let uri = "https://storage.googleapis.com/upload/storage/v1/b/b/o?upload_id=test";
    let body = "<InitiateMultipartUploadResult><UploadId>id</UploadId>";
    upload
        .read_begun(&reply(200, &[("location", uri)], body))
        .unwrap()
}

#[test]
fn the_provider_is_told_by_the_block_that_is_there() {
    let [s3, azure, gcs] = uploads("k");
    assert!(matches!(s3, Upload::S3(_)));
    assert!(matches!(azure, Upload::Azure(_)));
    assert!(matches!(gcs, Upload::Gcs(_)));
    let expires = [&s3, &azure, &gcs].map(|upload| upload.expires_at_ms(1_000));
    assert_eq!(
        expires,
        [1_773_544_166_000, 1_773_544_166_000, 3_600_000].map(Some)
    );
    for (blocks, words) in [
        (Blocks::default(), "names no provider"),
        (
            Blocks {
                gcs: Some(json!({"bucket": "b"})),
                ..Blocks::default()
            },
            "has another shape",
        ),
        (
            Blocks {
                s3: Some(s3_block("k")),
                ..Blocks::default()
            },
            "the region is missing",
        ),
        (
            Blocks {
                azure: Some(azure_block("a/../k")),
                ..Blocks::default()
            },
            "the object's key",
        ),
    ] {
        let error = read(blocks).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn requests_go_where_the_browser_was_asked_for() {
    for upload in uploads("a b.csv") {
        let host = upload.hosts();
        let host = host.trim_start_matches("https://").trim_end_matches("/*");
        let session = begun(&upload);
        let sum = checksum(&upload);
        for request in [
            Some(upload.whole(NOW, "text/csv", &sum)),
            upload.begin(NOW, "text/csv"),
            upload.finish(NOW, &session, &[]),
            upload.position(&session, 9),
            upload.cancel(&session),
        ]
        .into_iter()
        .flatten()
        {
            let rest = request.url.strip_prefix("https://").unwrap();
            let (own, _) = rest.split_once('/').unwrap();
            assert!(own.ends_with(host.trim_start_matches('*')), "{own} {host}");
        }
    }
}

/// The bytes that a request brings, told by the provider's own means.
fn range(request: &ProviderRequest) -> Option<(u64, u64, u64)> {
    let (_, value) = request
        .headers
        .iter()
        .find(|(name, _)| name == "content-range")?;
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?, total.parse().ok()?))
}

fn query<'a>(request: &'a ProviderRequest, name: &str) -> Option<&'a str> {
    let (_, query) = request.url.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(own, value)| (own == name).then_some(value))
}

fn any_key() -> impl Strategy<Value = String> {
    // A segment that is only dots is refused; the letter keeps clear of it.
    prop::collection::vec("k[^/]{0,12}", 1..4).prop_map(|parts| parts.join("/"))
}

proptest! {
    #[test]
    fn parts_cover_the_file_exactly(total in 1_u64..5_000_000, steps in 1_u64..8) {
        for upload in uploads("k") {
            let limits = upload.limits();
            let size = limits.part_multiple.max(100_000) * steps;
            let session = begun(&upload);
            let sum = checksum(&upload);
            let mut names = BTreeSet::new();
            let mut receipts = Vec::new();
            let count = total.div_ceil(size);
            for index in 0..count {
                let offset = index * size;
                let part = Part {
                    index: u32::try_from(index).unwrap(),
                    offset,
                    length: size.min(total - offset),
                    total,
                    checksum: sum.clone(),
                };
                let request = upload.part(NOW, &session, &part);
                prop_assert_eq!(&request.body, &Body::File);
                let end = part.end();
                match &upload {
                    Upload::S3(_) => {
                        let number = query(&request, "partNumber").unwrap().to_owned();
                        prop_assert_eq!(&number, &(index + 1).to_string());
                        names.insert(number);
                    }
                    Upload::Azure(_) => {
                        let id = query(&request, "blockid").unwrap();
                        let plain = BASE64_STANDARD.decode(id).unwrap();
                        prop_assert_eq!(plain, format!("{index:06}").into_bytes());
                        names.insert(id.to_owned());
                    }
                    Upload::Gcs(_) => {
                        prop_assert_eq!(range(&request), Some((offset, end - 1, total)));
                        prop_assert!(end == total || end.is_multiple_of(limits.part_multiple));
                        names.insert(offset.to_string());
                    }
                }
                let range = format!("bytes=0-{}", end - 1);
                let object = format!(r#"{{"size":"{total}"}}"#);
                let answer = match &upload {
                    Upload::S3(_) => reply(200, &[("etag", "\"e\"")], ""),
                    Upload::Azure(_) => reply(201, &[], ""),
                    Upload::Gcs(_) if end < total => reply(308, &[("range", &range)], ""),
                    Upload::Gcs(_) => reply(200, &[], &object),
                };
                receipts.push(upload.read_part(&part, &answer).unwrap());
            }
            prop_assert_eq!(names.len() as u64, count);
            if let Some(request) = upload.finish(NOW, &session, &receipts) {
                let Body::Text(document) = request.body else { panic!("no list of parts") };
                let named = document.matches("<Part>").count() + document.matches("<Latest>").count();
                prop_assert_eq!(named as u64, count);
            }
        }
    }

    #[test]
    fn permission_survives_the_way_to_the_engine_and_is_not_shown(key in any_key()) {
        for upload in uploads(&key) {
            let text = serde_json::to_string(&upload).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Upload>(&text).unwrap(), &upload);
            let sum = checksum(&upload);
            let session = begun(&upload).expecting(&sum);
            let text = serde_json::to_string(&session).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Session>(&text).unwrap(), &session);
            let part = Part { index: 0, offset: 0, length: 9, total: 9, checksum: sum.clone() };
            let requests = [
                Some(upload.whole(NOW, "text/csv", &sum)),
                upload.begin(NOW, "text/csv"),
                Some(upload.part(NOW, &session, &part)),
                upload.position(&session, 9),
                upload.finish(NOW, &session, &[]),
                upload.cancel(&session),
            ];
            let shown = format!("{upload:?} {session:?} {requests:?}");
            for secret in SECRETS {
                prop_assert!(!shown.contains(secret), "{} in {}", secret, shown);
            }
        }
    }

    #[test]
    fn no_answer_makes_it_panic(
        status in 200_u16..600,
        name in prop::sample::select(vec!["range", "location", "retry-after", "etag", "content-md5"]),
        value in ".{0,40}",
        body in prop::sample::select(vec![
            "", "<Error>", "<Code></Code>", "{}", "[]", "null", r#"{"error":3}"#, r#"{"size":-1}"#,
        ]),
    ) {
        let answer = reply(status, &[(name, &value)], body);
        for upload in uploads("k") {
            let part = Part { index: 0, offset: 0, length: 9, total: 9, checksum: checksum(&upload) };
            let _ = upload.read_begun(&answer);
            let _ = upload.read_part(&part, &answer);
            let _ = upload.read_position(&answer, 9);
            let _ = upload.read_finished(&answer);
        }
    }
}
