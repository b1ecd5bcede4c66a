//! Uploads to S3 in parts.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use rusty_s3::S3Action;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::client::Running;
use crate::sign::Signed;

const MIB: usize = 1024 * 1024;

/// An upload that was begun with SHA-256 as the checksum of its parts.
pub(crate) struct Upload<'a> {
    running: &'a Running,
    pub(crate) file: Value,
    id: String,
}

/// What the completing request says of a part.
#[derive(Clone)]
pub(crate) struct Named {
    number: usize,
    e_tag: String,
    sha256: Option<String>,
}

async fn prepared(running: &Running, more: Value) -> Value {
    let mut body = json!({"name": "big.csv", "federationToken": true, "isEncrypted": true});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let token = &running.told().keboola.token;
    running.post("files/prepare", token, body).await.1
}

fn sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

/// What stands between `<name>` and `</name>`.
fn element(name: &str, xml: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.to_owned())
}

async fn send(running: &Running, signed: &Signed) -> (u16, String, Option<String>) {
    let response = signed.build(&running.client).send().await.unwrap();
    let e_tag = response.headers().get("etag");
    let e_tag = e_tag.map(|value| value.to_str().unwrap().to_owned());
    (
        response.status().as_u16(),
        response.text().await.unwrap(),
        e_tag,
    )
}

fn create(file: &Value) -> Signed {
    Signed {
        method: Method::POST,
        query: vec![("uploads", String::new())],
        headers: vec![("x-amz-checksum-algorithm", "SHA256".to_owned())],
        ..Signed::put(file, b"")
    }
}

impl<'a> Upload<'a> {
    pub(crate) async fn begin(running: &'a Running) -> Self {
        let file = prepared(running, json!({})).await;
        let (status, xml, _) = send(running, &create(&file)).await;
        assert_eq!(status, 200, "{xml}");
        let id = element("UploadId", &xml).unwrap();
        Self { running, file, id }
    }

    pub(crate) fn part(&self, number: usize, content: &[u8]) -> Signed {
        Signed {
            acl: None,
            encryption: None,
            query: vec![
                ("partNumber", number.to_string()),
                ("uploadId", self.id.clone()),
            ],
            headers: vec![("x-amz-checksum-sha256", sha256(content))],
            ..Signed::put(&self.file, content)
        }
    }

    pub(crate) async fn put(&self, number: usize, content: &[u8]) -> Named {
        let (status, body, e_tag) = send(self.running, &self.part(number, content)).await;
        assert_eq!(status, 200, "{body}");
        Named {
            number,
            e_tag: e_tag.unwrap(),
            sha256: Some(sha256(content)),
        }
    }

    pub(crate) fn completion(&self, parts: &[Named]) -> Signed {
        let mut body = String::from("<CompleteMultipartUpload>");
        for part in parts {
            write!(
                body,
                "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>",
                part.number, part.e_tag
            )
            .unwrap();
            if let Some(sha256) = &part.sha256 {
                write!(body, "<ChecksumSHA256>{sha256}</ChecksumSHA256>").unwrap();
            }
            body.push_str("</Part>");
        }
        body.push_str("</CompleteMultipartUpload>");
        Signed {
            method: Method::POST,
            acl: None,
            encryption: None,
            query: vec![("uploadId", self.id.clone())],
            ..Signed::put(&self.file, body.as_bytes())
        }
    }

    pub(crate) async fn object(&self) -> (u16, Value) {
        let path = format!("/objects/{}", self.file["id"]);
        self.running.control(Method::GET, &path, None).await
    }
}

#[tokio::test]
async fn parts_in_any_order_become_one_object_when_they_are_completed() {
    let running = Running::start().await;
    let upload = Upload::begin(&running).await;
    let (first, last) = (vec![b'a'; 5 * MIB], vec![b'b'; 123]);
    let second = upload.put(7, &last).await;
    upload.put(2, b"overwritten by the next").await;
    let first_named = upload.put(2, &first).await;
    assert_eq!(upload.object().await.0, 404, "parts are no object");
    let parts = [first_named, second];
    let (status, xml, _) = send(&running, &upload.completion(&parts)).await;
    assert_eq!(status, 200, "{xml}");
    assert!(element("ETag", &xml).unwrap().contains("-2"), "{xml}");
    let mut of_checksums = Sha256::new();
    of_checksums.update(Sha256::digest(&first));
    of_checksums.update(Sha256::digest(&last));
    assert_eq!(
        element("ChecksumSHA256", &xml).unwrap(),
        format!("{}-2", STANDARD.encode(of_checksums.finalize()))
    );
    let whole = [first, last].concat();
    let (_, object) = upload.object().await;
    assert_eq!(object["bytes"], whole.len());
    let got = running.client.get(upload.file["url"].as_str().unwrap());
    let got = got.header("range", "bytes=5242878-5242881");
    let got = got.send().await.unwrap();
    assert_eq!(got.status(), 206);
    assert_eq!(got.bytes().await.unwrap(), "aabb");
    let (status, xml, _) = send(&running, &upload.completion(&parts)).await;
    assert_eq!(status, 404, "the upload is over: {xml}");
}

#[tokio::test]
async fn a_part_is_refused_for_what_it_says_of_itself() {
    type Bend = fn(&mut Signed);
    let running = Running::start().await;
    let upload = Upload::begin(&running).await;
    let bends: [(&str, Bend, u16, &str); 8] = [
        (
            "a wrong checksum",
            |s| s.headers[0].1 = sha256(b"other"),
            400,
            "BadDigest",
        ),
        ("no checksum", |s| s.headers.clear(), 400, "InvalidRequest"),
        (
            "a wrong MD5",
            |s| {
                s.headers
                    .push(("content-md5", STANDARD.encode(b"0123456789abcdef")));
            },
            400,
            "BadDigest",
        ),
        (
            "number 0",
            |s| s.query[0].1 = "0".to_owned(),
            400,
            "InvalidArgument",
        ),
        (
            "number 10001",
            |s| s.query[0].1 = "10001".to_owned(),
            400,
            "InvalidArgument",
        ),
        (
            "an unknown upload",
            |s| s.query[1].1.push('x'),
            404,
            "NoSuchUpload",
        ),
        ("another key", |s| s.key.push('x'), 403, "AccessDenied"),
        (
            "an encryption of its own",
            |s| s.encryption = Some("AES256"),
            400,
            "InvalidArgument",
        ),
    ];
    for (what, bend, expected, code) in bends {
        let mut signed = upload.part(1, b"content");
        bend(&mut signed);
        let (status, body, _) = send(&running, &signed).await;
        assert_eq!(status, expected, "{what}: {body}");
        assert_eq!(element("Code", &body).as_deref(), Some(code), "{what}");
    }
    let mut request = upload
        .part(1, b"content")
        .build(&running.client)
        .build()
        .unwrap();
    *request.body_mut() = Some(b"CONTENT".to_vec().into());
    let response = running.client.execute(request).await.unwrap();
    assert_eq!(
        response.status(),
        400,
        "a body that its signature does not cover"
    );
    let nothing = Named {
        number: 1,
        e_tag: "\"9a0364b9e99bb480dd25e1f0284c8555\"".to_owned(),
        sha256: Some(sha256(b"content")),
    };
    let (status, body, _) = send(&running, &upload.completion(&[nothing])).await;
    assert_eq!(
        (status, element("Code", &body).as_deref()),
        (400, Some("InvalidPart")),
        "none of them was kept"
    );
}

#[tokio::test]
async fn an_upload_that_is_completed_wrongly_stays_open() {
    let running = Running::start().await;
    let upload = Upload::begin(&running).await;
    let good = [
        upload.put(1, &vec![b'a'; 5 * MIB]).await,
        upload.put(2, b"small").await,
        upload.put(3, b"last").await,
    ];
    let other_e_tag = Named {
        e_tag: good[1].e_tag.clone(),
        ..good[0].clone()
    };
    let other_checksum = Named {
        sha256: good[1].sha256.clone(),
        ..good[0].clone()
    };
    let no_checksum = Named {
        sha256: None,
        ..good[0].clone()
    };
    let missing = Named {
        number: 9,
        ..good[1].clone()
    };
    let [first, small, last] = good.clone();
    for (what, parts, code) in [
        ("no part at all", vec![], "MalformedXML"),
        (
            "the wrong order",
            vec![last.clone(), first.clone()],
            "InvalidPartOrder",
        ),
        (
            "a part twice",
            vec![first.clone(), first.clone()],
            "InvalidPartOrder",
        ),
        ("a wrong entity tag", vec![other_e_tag], "InvalidPart"),
        ("a wrong checksum", vec![other_checksum], "InvalidPart"),
        ("a checksum left out", vec![no_checksum], "InvalidRequest"),
        (
            "a part that never came",
            vec![first.clone(), missing],
            "InvalidPart",
        ),
        (
            "a small part in the middle",
            vec![first.clone(), small, last.clone()],
            "EntityTooSmall",
        ),
    ] {
        let (status, body, _) = send(&running, &upload.completion(&parts)).await;
        assert_eq!(
            (status, element("Code", &body).as_deref()),
            (400, Some(code)),
            "{what}: {body}"
        );
        assert_eq!(upload.object().await.0, 404, "{what}");
    }
    let (status, body, _) = send(&running, &upload.completion(&[first, last])).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(upload.object().await.1["bytes"], 5 * MIB + 4);
}

#[tokio::test]
async fn the_credentials_write_parts_and_nothing_else() {
    let running = Running::start().await;
    let upload = Upload::begin(&running).await;
    upload.put(1, b"content").await;
    let id = || vec![("uploadId", upload.id.clone())];
    let bare = |method| Signed {
        method,
        acl: None,
        encryption: None,
        ..Signed::put(&upload.file, b"")
    };
    let in_upload = |method| Signed {
        query: id(),
        ..bare(method)
    };
    for (what, signed) in [
        ("AbortMultipartUpload", in_upload(Method::DELETE)),
        ("ListParts", in_upload(Method::GET)),
        ("HeadObject", bare(Method::HEAD)),
        ("GetObject", bare(Method::GET)),
        ("DeleteObject", bare(Method::DELETE)),
    ] {
        let (status, body, _) = send(&running, &signed).await;
        assert_eq!(status, 403, "{what}: {body}");
    }
    for (what, bend) in [
        (
            "without the acl",
            (|s: &mut Signed| s.acl = None) as fn(&mut Signed),
        ),
        ("without encryption", |s| s.encryption = None),
        ("another key", |s| s.key.push('x')),
    ] {
        let mut signed = create(&upload.file);
        bend(&mut signed);
        assert_eq!(send(&running, &signed).await.0, 403, "{what}");
    }
    let expire = format!("/files/{}/expire-credentials", upload.file["id"]);
    running.control(Method::POST, &expire, None).await;
    let (status, body, _) = send(&running, &upload.part(2, b"late")).await;
    assert_eq!(
        (status, element("Code", &body).as_deref()),
        (400, Some("ExpiredToken"))
    );
}

#[tokio::test]
async fn uploads_can_be_forgotten_as_if_they_had_been_aborted() {
    let running = Running::start().await;
    let upload = Upload::begin(&running).await;
    let part = upload.put(1, b"content").await;
    let path = format!("/files/{}/forget-uploads", upload.file["id"]);
    let (_, answer) = running.control(Method::POST, &path, None).await;
    assert_eq!(answer["forgotten"], 1);
    let (status, body, _) = send(&running, &upload.completion(&[part])).await;
    assert_eq!(
        (status, element("Code", &body).as_deref()),
        (404, Some("NoSuchUpload"))
    );
}

/// The calls as the extension makes them: presigned, the checksum in a signed header.
#[tokio::test]
async fn presigned_calls_do_the_same() {
    let running = Running::start().await;
    let file = prepared(&running, json!({"isEncrypted": false})).await;
    let params = &file["uploadParams"];
    let text = |name: &str| params["credentials"][name].as_str().unwrap();
    let bucket = rusty_s3::Bucket::new(
        "https://s3.eu-central-1.amazonaws.com".parse().unwrap(),
        rusty_s3::UrlStyle::VirtualHost,
        params["bucket"].as_str().unwrap().to_owned(),
        "eu-central-1",
    )
    .unwrap();
    let credentials = rusty_s3::Credentials::new_with_token(
        text("AccessKeyId"),
        text("SecretAccessKey"),
        text("SessionToken"),
    );
    let key = params["key"].as_str().unwrap();
    let minute = std::time::Duration::from_secs(60);
    let mut create = bucket.create_multipart_upload(Some(&credentials), key);
    create.headers_mut().insert("x-amz-acl", "private");
    let url = create.sign(minute);
    let created = running
        .client
        .post(url.as_str())
        .header("x-amz-acl", "private");
    let xml = created.send().await.unwrap().text().await.unwrap();
    let id = element("UploadId", &xml).unwrap();
    let put = bucket.upload_part(Some(&credentials), key, 1, &id);
    let put = running
        .client
        .put(put.sign(minute).as_str())
        .body("iata\nANC\n");
    let put = put.send().await.unwrap();
    assert_eq!(put.status(), 200);
    let e_tag = put.headers()["etag"].to_str().unwrap().to_owned();
    let complete = bucket.complete_multipart_upload(
        Some(&credentials),
        key,
        &id,
        std::iter::once(e_tag.as_str()),
    );
    let url = complete.sign(minute);
    let done = running.client.post(url.as_str()).body(complete.body());
    let done = done.send().await.unwrap();
    assert_eq!(done.status(), 200, "{}", done.text().await.unwrap());
    let got = running.client.get(file["url"].as_str().unwrap());
    let got = got.send().await.unwrap().text().await.unwrap();
    assert_eq!(got, "iata\nANC\n");
}
