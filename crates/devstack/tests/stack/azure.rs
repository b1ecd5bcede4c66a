//! Files of a project on Azure, with azurite behind the gateway.

use std::fmt::Write;
use std::io::Read;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::client::Running;
use crate::cloud::Cloud;

const CONTENT: &[u8] = b"iata,name\nANC,Anchorage\n";
/// MD5 of the content, calculated elsewhere.
const MD5: &str = "Eqm8pAMX+vGYZKrxenD3CA==";

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Endpoint and signature of a connection string.
fn sas(credentials: &Value) -> (String, String) {
    let fields = text(&credentials["SASConnectionString"]);
    let (endpoint, signature) = fields.split_once(';').unwrap();
    (
        endpoint.strip_prefix("BlobEndpoint=").unwrap().to_owned(),
        signature
            .strip_prefix("SharedAccessSignature=")
            .unwrap()
            .to_owned(),
    )
}

/// The address of a prepared file's blob, with its signature.
fn address(file: &Value, suffix: &str) -> String {
    let params = &file["absUploadParams"];
    let (endpoint, signature) = sas(&params["absCredentials"]);
    format!(
        "{endpoint}/{}/{}{suffix}?{signature}",
        text(&params["container"]),
        text(&params["blobName"])
    )
}

fn put(running: &Running, file: &Value) -> RequestBuilder {
    running
        .client
        .put(address(file, ""))
        .header("x-ms-blob-type", "BlockBlob")
        .body(CONTENT)
}

fn block_id(number: usize) -> String {
    STANDARD.encode(format!("{number:06}"))
}

fn put_block(running: &Running, file: &Value, number: usize, content: Vec<u8>) -> RequestBuilder {
    let id = block_id(number).replace('+', "%2B").replace('=', "%3D");
    let url = format!("{}&comp=block&blockid={id}", address(file, ""));
    running.client.put(url).body(content)
}

fn put_list(running: &Running, file: &Value, numbers: &[usize]) -> RequestBuilder {
    let mut list = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
    for number in numbers {
        write!(list, "<Latest>{}</Latest>", block_id(*number)).unwrap();
    }
    list.push_str("</BlockList>");
    let url = format!("{}&comp=blocklist", address(file, ""));
    running.client.put(url).body(list)
}

/// Status and error code of the answer.
async fn send(request: RequestBuilder) -> (u16, String, String) {
    let response = request.send().await.unwrap();
    let code = response.headers().get("x-ms-error-code");
    let code = code.map(|code| code.to_str().unwrap().to_owned());
    (
        response.status().as_u16(),
        code.unwrap_or_default(),
        response.text().await.unwrap(),
    )
}

#[tokio::test]
async fn what_was_put_is_what_url_and_signature_give() {
    let running = Running::with_azurite().await;
    let cloud = Cloud::azure(&running);
    let (_, verified) = cloud.call(Method::GET, "tokens/verify", None).await;
    assert_eq!(verified["owner"]["fileStorageProvider"], "azure");
    let file = cloud.prepared(false).await;
    assert_eq!(
        (&file["provider"], &file["region"]),
        (&json!("azure"), &json!("north-europe"))
    );
    let (endpoint, signature) = sas(&file["absUploadParams"]["absCredentials"]);
    assert_eq!(endpoint, "https://kbcfsdevstack.blob.core.windows.net");
    assert!(signature.contains("&sp=rwl&"), "{signature}");
    let sent = put(&running, &file).header("content-md5", MD5);
    let (status, _, body) = send(sent.header("content-type", "text/csv")).await;
    assert_eq!(status, 201, "{body}");
    let url = text(&file["url"]);
    assert!(url.contains("&sp=rl&"), "{url}");
    let got = running.client.get(url).send().await.unwrap();
    assert_eq!(got.headers()["content-type"], "text/csv");
    assert_eq!(got.bytes().await.unwrap(), CONTENT);
    let detail = cloud.detail(&file).await;
    let (endpoint, signature) = sas(&detail["absCredentials"]);
    let path = &detail["absPath"];
    let url = format!(
        "{endpoint}/{}/{}?{signature}",
        text(&path["container"]),
        text(&path["name"])
    );
    let part = running.client.get(&url).header("range", "bytes=5-8");
    let part = part.send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await.unwrap(), "name");
    let write = running.client.put(&url).body(CONTENT);
    let (status, code, _) = send(write.header("x-ms-blob-type", "BlockBlob")).await;
    assert_eq!(
        (status, code.as_str()),
        (403, "AuthorizationPermissionMismatch")
    );
    assert_eq!(cloud.object(&file).await.1["bytes"], CONTENT.len());
    let gone = cloud
        .call(Method::DELETE, &format!("files/{}", file["id"]), None)
        .await;
    assert_eq!(gone.0, 204);
    let got = running.client.get(text(&file["url"])).send().await.unwrap();
    assert_eq!(got.status(), 404);
}

#[tokio::test]
async fn every_bent_upload_is_refused_and_leaves_nothing() {
    type Bend = fn(&str) -> String;
    let running = Running::with_azurite().await;
    let cloud = Cloud::azure(&running);
    let file = cloud.prepared(false).await;
    let other = cloud.prepared(false).await;
    let urls: [(&str, Bend, u16, &str); 5] = [
        (
            "a tampered signature",
            |url| url.replace("&sig=", "&sig=x"),
            403,
            "AuthenticationFailed",
        ),
        (
            "more rights",
            |url| url.replace("sp=rwl", "sp=rwdl"),
            403,
            "AuthenticationFailed",
        ),
        (
            "a longer life",
            |url| url.replace("&se=2", "&se=3"),
            403,
            "AuthenticationFailed",
        ),
        (
            "no signature",
            |url| url.split('?').next().unwrap().to_owned(),
            401,
            "NoAuthenticationInformation",
        ),
        (
            "no container of ours",
            |url| url.replace("/exp-15-files", "/exp-16-files"),
            403,
            "AuthenticationFailed",
        ),
    ];
    for (what, bend, status, code) in urls {
        let request = running.client.put(bend(&address(&file, ""))).body(CONTENT);
        let sent = send(request.header("x-ms-blob-type", "BlockBlob")).await;
        assert_eq!(
            (sent.0, sent.1.as_str()),
            (status, code),
            "{what}: {}",
            sent.2
        );
    }
    for (what, request, status, code) in [
        (
            "a wrong MD5",
            put(&running, &file).header("content-md5", STANDARD.encode([7; 16])),
            400,
            "Md5Mismatch",
        ),
        (
            "no MD5 at all",
            put(&running, &file).header("content-md5", "AAAA"),
            400,
            "InvalidMd5",
        ),
        (
            "no kind of blob",
            running.client.put(address(&file, "")).body(CONTENT),
            400,
            "MissingRequiredHeader",
        ),
        (
            "a key of the account's",
            put(&running, &file).header("authorization", "SharedKey kbcfsdevstack:x"),
            403,
            "AuthenticationFailed",
        ),
        (
            "deleting",
            running.client.delete(address(&file, "")),
            403,
            "AuthorizationPermissionMismatch",
        ),
    ] {
        let sent = send(request).await;
        assert_eq!(
            (sent.0, sent.1.as_str()),
            (status, code),
            "{what}: {}",
            sent.2
        );
    }
    let container = text(&other["absUploadParams"]["container"]);
    let own = text(&file["absUploadParams"]["container"]);
    let foreign = address(&file, "").replace(own, container);
    let request = running.client.put(foreign).body(CONTENT);
    let sent = send(request.header("x-ms-blob-type", "BlockBlob")).await;
    assert_eq!((sent.0, sent.1.as_str()), (403, "AuthenticationFailed"));
    assert_eq!(cloud.object(&file).await.0, 404);
    assert_eq!(cloud.object(&other).await.0, 404);
}

#[tokio::test]
async fn blocks_become_a_blob_with_their_list_and_in_its_order() {
    let running = Running::with_azurite().await;
    let cloud = Cloud::azure(&running);
    let file = cloud.prepared(false).await;
    let block = |number| put_block(&running, &file, number, vec![b'0' + number as u8; 3]);
    for number in [2, 1] {
        let (status, _, body) = send(block(number)).await;
        assert_eq!(status, 201, "{body}");
    }
    let wrong = block(3).header("content-md5", STANDARD.encode([7; 16]));
    let sent = send(wrong).await;
    assert_eq!((sent.0, sent.1.as_str()), (400, "Md5Mismatch"));
    assert_eq!(cloud.object(&file).await.0, 404, "blocks are no blob");
    let blocks = format!("{}&comp=blocklist&blocklisttype=all", address(&file, ""));
    let (status, _, list) = send(running.client.get(blocks)).await;
    assert_eq!(status, 200);
    assert!(
        list.contains(&block_id(1)) && !list.contains(&block_id(3)),
        "{list}"
    );
    let sent = send(put_list(&running, &file, &[1, 2, 3])).await;
    assert_eq!((sent.0, sent.1.as_str()), (400, "InvalidBlockList"));
    let wrong = put_list(&running, &file, &[1, 2]);
    let sent = send(wrong.header("content-md5", STANDARD.encode([7; 16]))).await;
    assert_eq!((sent.0, sent.1.as_str()), (400, "Md5Mismatch"));
    assert_eq!(cloud.object(&file).await.0, 404, "no list was taken");
    let list = put_list(&running, &file, &[2, 1]).header("x-ms-blob-content-type", "text/csv");
    let (status, _, body) = send(list).await;
    assert_eq!(status, 201, "{body}");
    let got = running.client.get(text(&file["url"])).send().await.unwrap();
    assert_eq!(got.headers()["content-type"], "text/csv");
    assert_eq!(got.text().await.unwrap(), "222111");
}

#[tokio::test]
async fn expired_signatures_and_forgotten_blocks() {
    let running = Running::with_azurite().await;
    let cloud = Cloud::azure(&running);
    let file = cloud.prepared(false).await;
    let sent = send(put_block(&running, &file, 1, vec![b'a'; 9])).await;
    assert_eq!(sent.0, 201);
    let forgotten = cloud.inflict(&file, "forget-uploads", None).await;
    assert_eq!(forgotten["forgotten"], 1, "{forgotten}");
    let sent = send(put_list(&running, &file, &[1])).await;
    assert_eq!((sent.0, sent.1.as_str()), (400, "InvalidBlockList"));
    let expired = cloud.inflict(&file, "expire-credentials", None).await;
    assert_eq!(expired["expired"], 1);
    let sent = send(put(&running, &file)).await;
    assert_eq!((sent.0, sent.1.as_str()), (403, "AuthenticationFailed"));
    assert!(
        sent.2
            .contains("Signature not valid in the specified time frame"),
        "{}",
        sent.2
    );
    let detail = cloud.detail(&file).await;
    let (endpoint, signature) = sas(&detail["absCredentials"]);
    let path = text(&detail["absPath"]["container"]);
    let url = format!("{endpoint}/{path}?restype=container&comp=list&{signature}");
    let (status, _, list) = send(running.client.get(url)).await;
    assert_eq!(status, 200, "new ones are not: {list}");
    let refresh = format!("files/{}/refresh", file["id"]);
    assert_eq!(cloud.call(Method::PUT, &refresh, None).await.0, 422);
}

#[tokio::test]
async fn an_export_is_written_to_the_same_cloud() {
    let running = Running::with_azurite().await;
    let cloud = Cloud::azure(&running);
    let file = cloud.exported().await;
    let manifest = running.client.get(text(&file["url"])).send().await.unwrap();
    let manifest: Value = serde_json::from_str(&manifest.text().await.unwrap()).unwrap();
    let entries = manifest["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 3);
    let (_, signature) = sas(&file["absCredentials"]);
    let mut rows = String::new();
    for entry in entries {
        let path = text(&entry["url"]).strip_prefix("azure://").unwrap();
        let slice = running.client.get(format!("https://{path}?{signature}"));
        let slice = slice.send().await.unwrap().bytes().await.unwrap();
        GzDecoder::new(&*slice).read_to_string(&mut rows).unwrap();
    }
    assert_eq!(rows.lines().count(), 12);
    let (_, object) = cloud.object(&file).await;
    assert_eq!(object["objects"].as_array().unwrap().len(), 4, "{object}");
}

#[tokio::test]
async fn large_blobs_stream_through() {
    let running = Running::with_azurite().await;
    let cloud = Cloud::azure(&running);
    let file = cloud.prepared(false).await;
    let large: Vec<u8> = (0..20_000_000_u32).map(|at| (at / 1000) as u8).collect();
    for (at, block) in large.chunks(8_000_000).enumerate() {
        let sent = send(put_block(&running, &file, at, block.to_vec())).await;
        assert_eq!(sent.0, 201, "{}", sent.2);
    }
    assert_eq!(send(put_list(&running, &file, &[0, 1, 2])).await.0, 201);
    let got = running.client.get(text(&file["url"])).send().await.unwrap();
    assert!(got.bytes().await.unwrap() == large);
}

#[tokio::test]
async fn a_broken_upload_leaves_nothing_and_the_next_one_works() {
    let running = Running::with_azurite().await;
    let cloud = Cloud::azure(&running);
    let file = cloud.prepared(false).await;
    let rule = json!({
        "host": "*.blob.core.windows.net", "method": "PUT", "kind": "reset", "accept_bytes": 100_000,
    });
    running.control(Method::POST, "/faults", Some(rule)).await;
    let large = vec![b'x'; 3_000_000];
    let request = put(&running, &file).body(large.clone());
    assert!(request.send().await.is_err());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(cloud.object(&file).await.0, 404);
    assert_eq!(send(put(&running, &file).body(large)).await.0, 201);
    assert_eq!(cloud.object(&file).await.1["bytes"], 3_000_000);
}

#[tokio::test]
async fn without_azurite_it_says_so() {
    let running = Running::start().await;
    let cloud = Cloud::azure(&running);
    let body = json!({"name": "a.csv", "federationToken": true});
    let (status, answer) = cloud.call(Method::POST, "files/prepare", Some(body)).await;
    assert_eq!(status, 501);
    assert!(text(&answer["error"]).contains("--azurite"), "{answer}");
}
