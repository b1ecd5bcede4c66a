//! The object store: what signatures and temporary credentials open, and what they do not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, Version};
use rusty_s3::S3Action;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::client::Running;
use crate::sign::Signed;

const CONTENT: &[u8] = b"iata,name\nANC,Anchorage\n";

async fn prepared(running: &Running, more: Value) -> Value {
    let mut body = json!({"name": "airports.csv", "federationToken": true});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    running
        .post("files/prepare", &running.told().keboola.token, body)
        .await
        .1
}

async fn send(running: &Running, signed: &Signed) -> (u16, String) {
    let response = signed.build(&running.client).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn what_was_put_is_what_the_signed_url_and_read_credentials_give() {
    let running = Running::start().await;
    let file = prepared(&running, json!({"isEncrypted": true})).await;
    assert_eq!(send(&running, &Signed::put(&file, CONTENT)).await.0, 200);
    let got = running
        .client
        .get(file["url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(got.bytes().await.unwrap(), CONTENT);
    let path = format!("files/{}?federationToken=1", file["id"]);
    let (_, detail) = running.get(&path, &running.told().keboola.token).await;
    let (status, body) = send(&running, &Signed::get(&detail)).await;
    assert_eq!((status, body.as_bytes()), (200, CONTENT));
    let (_, object) = running
        .control(Method::GET, &format!("/objects/{}", file["id"]), None)
        .await;
    assert_eq!(object["bytes"], CONTENT.len());
}

#[tokio::test]
async fn every_bent_upload_is_refused_and_leaves_nothing() {
    type Bend = fn(&mut Signed);
    let running = Running::start().await;
    let bends: [(&str, Bend, u16, &str); 10] = [
        (
            "wrong secret",
            |s| s.secret.push('x'),
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "wrong access key",
            |s| s.access_key.push('X'),
            403,
            "InvalidAccessKeyId",
        ),
        (
            "tampered session token",
            |s| s.session_token.push('x'),
            400,
            "InvalidToken",
        ),
        ("another key", |s| s.key.push('x'), 403, "AccessDenied"),
        (
            "another region",
            |s| s.region = "us-east-1".to_owned(),
            400,
            "AuthorizationHeaderMalformed",
        ),
        ("no acl", |s| s.acl = None, 403, "AccessDenied"),
        (
            "a public acl",
            |s| s.acl = Some("public-read"),
            403,
            "AccessDenied",
        ),
        (
            "no encryption",
            |s| s.encryption = None,
            403,
            "AccessDenied",
        ),
        ("reading", |s| s.method = Method::GET, 403, "AccessDenied"),
        (
            "deleting",
            |s| s.method = Method::DELETE,
            403,
            "AccessDenied",
        ),
    ];
    for (what, bend, expected, code) in bends {
        let file = prepared(&running, json!({"isEncrypted": true})).await;
        let mut signed = Signed::put(&file, CONTENT);
        bend(&mut signed);
        let (status, body) = send(&running, &signed).await;
        assert_eq!(status, expected, "{what}: {body}");
        assert!(
            body.contains(&format!("<Code>{code}</Code>")),
            "{what}: {body}"
        );
        let left = running
            .control(Method::GET, &format!("/objects/{}", file["id"]), None)
            .await;
        assert_eq!(left.0, 404, "{what}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_was_signed_is_refused() {
    let running = Running::start().await;
    let file = prepared(&running, json!({})).await;
    let mut request = Signed::put(&file, CONTENT)
        .build(&running.client)
        .build()
        .unwrap();
    *request.body_mut() = Some(b"iata,name\nANC,Anchorago\n".to_vec().into());
    let response = running.client.execute(request).await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("<Code>XAmzContentSHA256Mismatch</Code>")
    );
    let left = running
        .control(Method::GET, &format!("/objects/{}", file["id"]), None)
        .await;
    assert_eq!(left.0, 404);
}

#[tokio::test]
async fn expired_credentials_and_anonymous_callers_are_refused() {
    let running = Running::start().await;
    let file = prepared(&running, json!({})).await;
    let path = format!("/files/{}/expire-credentials", file["id"]);
    let (_, expired) = running.control(Method::POST, &path, None).await;
    assert_eq!(expired["expired"], 1);
    let (status, body) = send(&running, &Signed::put(&file, CONTENT)).await;
    assert!(
        status == 400 && body.contains("<Code>ExpiredToken</Code>"),
        "{status}: {body}"
    );
    let url = file["url"].as_str().unwrap();
    let (address, _) = url.split_once('?').unwrap();
    let anonymous = running.client.get(address).send().await.unwrap();
    assert_eq!(anonymous.status(), 403);
    let last = if url.ends_with('0') { "1" } else { "0" };
    let bent = format!("{}{last}", url.strip_suffix(|_: char| true).unwrap());
    let tampered = running.client.get(bent).send().await.unwrap();
    assert_eq!(tampered.status(), 403);
}

#[tokio::test]
async fn a_slice_is_written_and_read_under_the_prefix_only() {
    let running = Running::start().await;
    let file = prepared(&running, json!({"isSliced": true})).await;
    for (suffix, content) in [
        ("part_0", CONTENT),
        ("manifest", b"{\"entries\":[]}".as_slice()),
    ] {
        let mut signed = Signed::put(&file, content);
        signed.key.push_str(suffix);
        assert_eq!(send(&running, &signed).await.0, 200, "{suffix}");
    }
    let manifest = running
        .client
        .get(file["url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(manifest.text().await.unwrap(), "{\"entries\":[]}");
    let mut outside = Signed::put(&file, CONTENT);
    outside.key = outside.key.replace("exp-15", "exp-16");
    assert_eq!(send(&running, &outside).await.0, 403);
}

#[tokio::test]
async fn a_header_that_was_not_signed_is_refused() {
    let running = Running::start().await;
    let file = prepared(&running, json!({})).await;
    let request = Signed::put(&file, CONTENT).build(&running.client);
    let response = request
        .header("x-amz-storage-class", "STANDARD")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 403);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("x-amz-storage-class")
    );
}

/// The upload as the extension does it: presigned, with the digest of the content in a header.
#[tokio::test]
async fn a_presigned_upload_is_checked_against_the_digest_it_announces() {
    let running = Running::start().await;
    for (announced, status, code) in [(CONTENT, 200, ""), (b"other".as_slice(), 400, "BadDigest")] {
        let file = prepared(&running, json!({})).await;
        let params = &file["uploadParams"];
        let text = |name: &str| params["credentials"][name].as_str().unwrap();
        let bucket = rusty_s3::Bucket::new(
            "https://s3.eu-central-1.amazonaws.com".parse().unwrap(),
            rusty_s3::UrlStyle::VirtualHost,
            params["bucket"].as_str().unwrap().to_owned(),
            "eu-central-1",
        );
        let credentials = rusty_s3::Credentials::new_with_token(
            text("AccessKeyId"),
            text("SecretAccessKey"),
            text("SessionToken"),
        );
        let bucket = bucket.unwrap();
        let mut put = bucket.put_object(Some(&credentials), params["key"].as_str().unwrap());
        let headers = [
            ("x-amz-acl", "private".to_owned()),
            (
                "x-amz-checksum-sha256",
                STANDARD.encode(Sha256::digest(announced)),
            ),
        ];
        for (name, value) in &headers {
            put.headers_mut().insert(*name, value.as_str());
        }
        let url = put.sign(std::time::Duration::from_secs(60));
        let mut request = running.client.put(url.as_str()).body(CONTENT);
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        let body = response.text().await.unwrap();
        assert!(body.contains(code), "{body}");
        let left = running
            .control(Method::GET, &format!("/objects/{}", file["id"]), None)
            .await;
        assert_eq!(left.0, if status == 200 { 200 } else { 404 });
    }
}

/// A browser says all of its body before it reads the answer.
#[tokio::test]
async fn a_refusal_reaches_who_is_still_writing_and_each_cloud_speaks_its_protocol() {
    let running = Running::start().await;
    for (url, status, version) in [
        (
            "https://devstack-file-storage.s3.eu-central-1.amazonaws.com/key",
            403,
            Version::HTTP_11,
        ),
        (
            "https://kbcfsdevstack.blob.core.windows.net/container/blob",
            401,
            Version::HTTP_11,
        ),
        (
            "https://storage.googleapis.com/bucket/key",
            403,
            Version::HTTP_2,
        ),
    ] {
        for _ in 0..5 {
            let put = running.client.put(url).body(vec![b'x'; 8_000_000]);
            let refused = put.send().await.unwrap();
            assert_eq!(
                (refused.status().as_u16(), refused.version()),
                (status, version),
                "{url}"
            );
        }
    }
}
