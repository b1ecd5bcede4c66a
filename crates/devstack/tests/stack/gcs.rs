//! Files of a project on Google's cloud.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::client::{Running, answer};
use crate::cloud::Cloud;

const KIB_256: usize = 256 * 1024;
const CONTENT: &[u8] = b"iata,name\nANC,Anchorage\n";

/// CRC32C bit by bit, from its definition: the check on the stack must not come from the crate
/// that the stack itself is built on.
fn crc32c(bytes: &[u8]) -> String {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = crc & 1;
            crc = (crc >> 1) ^ (0x82f6_3b78 & carry.wrapping_neg());
        }
    }
    STANDARD.encode((!crc).to_be_bytes())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The single upload that `files/prepare` asks for.
fn put(running: &Running, file: &Value, suffix: &str, content: &'static [u8]) -> RequestBuilder {
    let params = &file["gcsUploadParams"];
    let url = format!(
        "https://storage.googleapis.com/{}/{}{suffix}",
        text(&params["bucket"]),
        text(&params["key"])
    );
    running
        .client
        .put(url)
        .bearer_auth(text(&params["access_token"]))
        .body(content)
}

/// A resumable session for a prepared file.
async fn session(running: &Running, file: &Value, metadata: &Value) -> String {
    let response = begin(running, file, metadata).await;
    assert_eq!(response.status(), 200);
    response.headers()["location"].to_str().unwrap().to_owned()
}

async fn begin(running: &Running, file: &Value, metadata: &Value) -> Response {
    let params = &file["gcsUploadParams"];
    let name = text(&params["key"]).replace('/', "%2F").replace(' ', "%20");
    let url = format!(
        "https://storage.googleapis.com/upload/storage/v1/b/{}/o?uploadType=resumable&name={name}",
        text(&params["bucket"])
    );
    running
        .client
        .post(url)
        .bearer_auth(text(&params["access_token"]))
        .header("content-type", "application/json")
        .header("x-upload-content-type", "text/csv")
        .body(metadata.to_string())
        .send()
        .await
        .unwrap()
}

/// A request to a session: status, `Range` of the answer, body.
async fn send(
    running: &Running,
    session: &str,
    range: &str,
    body: Vec<u8>,
) -> (u16, Option<String>, String) {
    let request = running.client.put(session).header("content-range", range);
    let response = request.body(body).send().await.unwrap();
    let range = response.headers().get("range");
    let range = range.map(|range| range.to_str().unwrap().to_owned());
    (
        response.status().as_u16(),
        range,
        response.text().await.unwrap(),
    )
}

fn pattern(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at / 1000) as u8).collect()
}

#[tokio::test]
async fn the_project_lives_on_its_own_stack() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let (status, verified) = cloud.call(Method::GET, "tokens/verify", None).await;
    assert_eq!(
        (status, &verified["owner"]["fileStorageProvider"]),
        (200, &json!("gcp"))
    );
    assert_eq!(verified["owner"]["region"], "europe-west3");
    let (_, index) = cloud.call(Method::GET, "?exclude=components", None).await;
    assert_eq!(
        index["services"][2]["url"],
        "https://queue.europe-west3.gcp.keboola.com"
    );
    let on_aws = running.get("tokens/verify", &cloud.told.token).await;
    assert_eq!(on_aws.0, 401, "another stack knows nothing of its token");
    let page = cloud.told.page.as_ref().unwrap();
    let expected =
        "https://connection.europe-west3.gcp.keboola.com/admin/projects/3456/components/";
    assert!(page.starts_with(expected), "{page}");
    assert_eq!(running.client.get(page).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn what_was_put_is_what_url_and_token_give() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let file = cloud.prepared(false).await;
    assert_eq!(
        (&file["provider"], &file["region"]),
        (&json!("gcp"), &json!("europe-west3"))
    );
    assert_eq!(file["gcsUploadParams"]["expires_in"], 3599);
    assert_eq!(file.get("uploadParams"), None);
    let hash = format!("crc32c={}", crc32c(CONTENT));
    let sent = put(&running, &file, "", CONTENT)
        .header("x-goog-hash", &hash)
        .header("content-type", "text/csv")
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 200);
    let hashes = sent.headers().get_all("x-goog-hash");
    assert!(hashes.iter().any(|own| own.to_str().unwrap() == hash));
    assert_eq!(sent.headers()["x-goog-stored-content-length"], "24");
    let got = running.client.get(text(&file["url"])).send().await.unwrap();
    assert_eq!(got.headers()["content-type"], "text/csv");
    assert_eq!(got.bytes().await.unwrap(), CONTENT);
    let detail = cloud.detail(&file).await;
    let token = text(&detail["gcsCredentials"]["access_token"]);
    let path = &detail["gcsPath"];
    let url = format!(
        "https://storage.googleapis.com/{}/{}",
        text(&path["bucket"]),
        text(&path["key"])
    );
    let part = running.client.get(&url).bearer_auth(token);
    let part = part.header("range", "bytes=5-8").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], "bytes 5-8/24");
    assert_eq!(part.bytes().await.unwrap(), "name");
    let name = text(&path["key"]).replace('/', "%2F");
    let by_json = format!(
        "https://storage.googleapis.com/storage/v1/b/{}/o/{name}",
        text(&path["bucket"])
    );
    let resource = running.client.get(&by_json).bearer_auth(token);
    let (_, resource) = answer(resource.send().await.unwrap()).await;
    assert_eq!(
        (&resource["size"], &resource["crc32c"]),
        (&json!("24"), &json!(crc32c(CONTENT)))
    );
    let media = running.client.get(format!("{by_json}?alt=media"));
    let media = media.bearer_auth(token).send().await.unwrap();
    assert_eq!(media.bytes().await.unwrap(), CONTENT);
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
    type Bend = fn(RequestBuilder) -> RequestBuilder;
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let bends: [(&str, Bend, u16, &str); 5] = [
        (
            "a wrong CRC32C",
            |r| r.header("x-goog-hash", "crc32c=AAAAAA=="),
            400,
            "BadDigest",
        ),
        (
            "a wrong MD5",
            |r| r.header("content-md5", STANDARD.encode([7; 16])),
            400,
            "BadDigest",
        ),
        (
            "no hash at all",
            |r| r.header("x-goog-hash", "crc32c=AA"),
            400,
            "InvalidDigest",
        ),
        (
            "a tampered token",
            |r| r.header("authorization", "Bearer ya29.x"),
            401,
            "AuthenticationRequired",
        ),
        (
            "a query",
            |r| r.query(&[("uploads", "")]),
            501,
            "NotImplemented",
        ),
    ];
    for (what, bend, status, code) in bends {
        let file = cloud.prepared(false).await;
        let mut request = bend(put(&running, &file, "", CONTENT)).build().unwrap();
        if what == "a tampered token" {
            let headers = request.headers_mut();
            headers.remove("authorization");
            headers.insert("authorization", "Bearer ya29.x".parse().unwrap());
        }
        let response = running.client.execute(request).await.unwrap();
        assert_eq!(response.status(), status, "{what}");
        let body = response.text().await.unwrap();
        assert!(
            body.contains(&format!("<Code>{code}</Code>")),
            "{what}: {body}"
        );
        assert_eq!(cloud.object(&file).await.0, 404, "{what}");
    }
}

#[tokio::test]
async fn a_token_writes_its_own_object_and_nothing_else() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let (file, other) = (cloud.prepared(false).await, cloud.prepared(false).await);
    let mut foreign = other.clone();
    foreign["gcsUploadParams"]["access_token"] = file["gcsUploadParams"]["access_token"].clone();
    let refused = put(&running, &foreign, "", CONTENT).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains("storage.objects.create")
    );
    let refused = begin(&running, &foreign, &json!({})).await;
    let (status, body) = answer(refused).await;
    assert_eq!(
        (status, &body["error"]["errors"][0]["reason"]),
        (403, &json!("forbidden"))
    );
    assert_eq!(
        put(&running, &file, "", CONTENT)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let params = &file["gcsUploadParams"];
    let token = text(&params["access_token"]);
    let bucket = text(&params["bucket"]);
    let object = format!(
        "https://storage.googleapis.com/{bucket}/{}",
        text(&params["key"])
    );
    let list = format!("https://storage.googleapis.com/storage/v1/b/{bucket}/o");
    for (method, url, permission) in [
        (Method::GET, &object, "storage.objects.get"),
        (Method::DELETE, &object, "storage.objects.delete"),
        (Method::GET, &list, "storage.objects.list"),
    ] {
        let request = running.client.request(method, url).bearer_auth(token);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 403, "{permission}");
        let body = response.text().await.unwrap();
        assert!(body.contains(permission), "{body}");
    }
    let anonymous = running.client.get(&object).send().await.unwrap();
    assert_eq!(anonymous.status(), 403);
}

#[tokio::test]
async fn an_expired_token_is_refused_until_it_is_refreshed() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let file = cloud.prepared(false).await;
    let expired = cloud.inflict(&file, "expire-credentials", None).await;
    assert_eq!(expired["expired"], 1);
    let refused = put(&running, &file, "", CONTENT).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert!(refused.headers().contains_key("www-authenticate"));
    let (status, body) = answer(begin(&running, &file, &json!({})).await).await;
    assert_eq!(
        (status, &body["error"]["errors"][0]["reason"]),
        (401, &json!("authError"))
    );
    let path = format!("files/{}/refresh", file["id"]);
    let (status, fresh) = cloud.call(Method::PUT, &path, None).await;
    assert_eq!((status, &fresh["id"]), (200, &file["id"]));
    let sent = put(&running, &fresh, "", CONTENT).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    cloud
        .inflict(&file, "age", Some(json!({"s": 43_201})))
        .await;
    assert_eq!(cloud.call(Method::PUT, &path, None).await.0, 422);
    let (_, on_aws) = running
        .post(
            "files/prepare",
            &running.told().keboola.token,
            json!({"name": "a", "federationToken": true}),
        )
        .await;
    let path = format!("files/{}/refresh", on_aws["id"]);
    let refused = running
        .storage(Method::PUT, &path, &running.told().keboola.token, None)
        .await;
    assert_eq!(refused.0, 422);
    let life = json!({"life_s": 1});
    running
        .control(Method::POST, "/gcs/tokens", Some(life))
        .await;
    let short = cloud.prepared(false).await;
    assert_eq!(short["gcsUploadParams"]["expires_in"], 1);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let refused = put(&running, &short, "", CONTENT).send().await.unwrap();
    assert_eq!(refused.status(), 401);
}

#[tokio::test]
async fn chunks_become_one_object_with_the_last_of_them() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let file = cloud.prepared(false).await;
    let whole = pattern(3 * KIB_256 + 7);
    let total = whole.len();
    let session = session(&running, &file, &json!({"crc32c": crc32c(&whole)})).await;
    let query = format!("bytes */{total}");
    assert_eq!(
        send(&running, &session, &query, Vec::new()).await,
        (308, None, String::new())
    );
    let chunk = |first: usize, last: usize| format!("bytes {first}-{last}/{total}");
    let two = 2 * KIB_256;
    let (status, range, _) = send(
        &running,
        &session,
        &chunk(0, two - 1),
        whole[..two].to_vec(),
    )
    .await;
    assert_eq!((status, range.as_deref()), (308, Some("bytes=0-524287")));
    assert_eq!(cloud.object(&file).await.0, 404, "it is no object yet");
    let (status, _, body) = send(
        &running,
        &session,
        &chunk(two, total - 1),
        whole[two..].to_vec(),
    )
    .await;
    assert_eq!(status, 200, "{body}");
    let resource: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&resource["size"], &resource["crc32c"]),
        (&json!(total.to_string()), &json!(crc32c(&whole)))
    );
    assert_eq!(resource["contentType"], "text/csv");
    let (status, _, again) = send(&running, &session, &query, Vec::new()).await;
    assert_eq!(
        (status, again),
        (200, body),
        "a lost answer can be asked for"
    );
    let got = running.client.get(text(&file["url"])).send().await.unwrap();
    assert_eq!(got.bytes().await.unwrap(), whole);
}

#[tokio::test]
async fn a_chunk_counts_as_far_as_it_came_and_from_where_it_begins() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let file = cloud.prepared(false).await;
    let whole = pattern(2 * KIB_256);
    let session = session(&running, &file, &json!({})).await;
    for (what, range, bytes, status, words) in [
        (
            "a small chunk",
            "bytes 0-499/700000",
            500,
            400,
            "equal or greater than 262144",
        ),
        (
            "nonsense",
            "bytes 0-/5",
            5,
            400,
            "Failed to parse Content-Range",
        ),
        (
            "another length",
            "bytes 0-9/10",
            9,
            400,
            "There were 9 byte(s)",
        ),
        (
            "a gap",
            "bytes 262144-524287/524288",
            KIB_256,
            503,
            "exceeds already uploaded size of 0 byte(s)",
        ),
    ] {
        let sent = send(&running, &session, range, whole[..bytes].to_vec()).await;
        assert_eq!(sent.0, status, "{what}: {}", sent.2);
        assert!(sent.2.contains(words), "{what}: {}", sent.2);
    }
    let crooked = KIB_256 + 5000;
    let range = format!("bytes 0-{}/*", crooked - 1);
    let (status, kept, _) = send(&running, &session, &range, whole[..crooked].to_vec()).await;
    assert_eq!(
        (status, kept.as_deref()),
        (308, Some("bytes=0-262143")),
        "only whole steps are kept"
    );
    let last = format!("bytes 200000-{}/{}", whole.len() - 1, whole.len());
    let (status, _, body) = send(&running, &session, &last, whole[200_000..].to_vec()).await;
    assert_eq!(status, 200, "what is there already is passed over: {body}");
    let got = running.client.get(text(&file["url"])).send().await.unwrap();
    assert_eq!(got.bytes().await.unwrap(), whole);
}

#[tokio::test]
async fn a_chunk_that_breaks_off_leaves_its_whole_steps() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let file = cloud.prepared(false).await;
    let whole = pattern(4 * KIB_256);
    let session = session(&running, &file, &json!({})).await;
    let rule = json!({
        "host": "storage.googleapis.com", "query": "*upload_id=*", "kind": "reset",
        "accept_bytes": KIB_256 + 9,
    });
    running.control(Method::POST, "/faults", Some(rule)).await;
    let range = format!("bytes 0-{}/{}", whole.len() - 1, whole.len());
    let request = running.client.put(&session).header("content-range", &range);
    assert!(request.body(whole.clone()).send().await.is_err());
    let query = format!("bytes */{}", whole.len());
    let (status, kept, _) = send(&running, &session, &query, Vec::new()).await;
    assert_eq!((status, kept.as_deref()), (308, Some("bytes=0-262143")));
    let rest = format!("bytes {KIB_256}-{}/{}", whole.len() - 1, whole.len());
    let (status, _, _) = send(&running, &session, &rest, whole[KIB_256..].to_vec()).await;
    assert_eq!(status, 200);
    assert_eq!(cloud.object(&file).await.1["bytes"], whole.len());
}

#[tokio::test]
async fn a_session_ends_by_a_wrong_checksum_by_cancelling_and_by_age() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let file = cloud.prepared(false).await;
    let wrong = json!({"crc32c": crc32c(b"other")});
    let all = format!("bytes 0-{}/{}", CONTENT.len() - 1, CONTENT.len());
    let bad = session(&running, &file, &wrong).await;
    let (status, _, body) = send(&running, &bad, &all, CONTENT.to_vec()).await;
    assert_eq!(status, 400);
    assert!(body.contains("doesn't match calculated CRC32C"), "{body}");
    let in_header = session(&running, &file, &json!({})).await;
    let refused = running
        .client
        .put(&in_header)
        .header("x-goog-hash", format!("crc32c={}", crc32c(b"other")))
        .body(CONTENT);
    assert_eq!(refused.send().await.unwrap().status(), 400);
    let cancelled = session(&running, &file, &json!({})).await;
    let answer = running.client.delete(&cancelled).send().await.unwrap();
    assert_eq!(answer.status(), 499);
    let old = session(&running, &file, &json!({})).await;
    let forgotten = cloud.inflict(&file, "forget-uploads", None).await;
    assert_eq!(forgotten["forgotten"], 1);
    for (what, session) in [
        ("a wrong checksum", bad),
        ("cancelled", cancelled),
        ("old", old),
    ] {
        let sent = send(&running, &session, &all, CONTENT.to_vec()).await;
        assert_eq!(sent.0, 410, "{what}");
    }
    let known = session(&running, &file, &json!({})).await;
    let unknown = format!("{known}x");
    assert_eq!(
        send(&running, &unknown, "bytes */*", Vec::new()).await.0,
        404
    );
    assert_eq!(cloud.object(&file).await.0, 404);
    cloud.inflict(&file, "expire-credentials", None).await;
    let sent = send(&running, &known, &all, CONTENT.to_vec()).await;
    assert_eq!(sent.0, 200, "the session itself is the permission");
}

#[tokio::test]
async fn a_signed_url_cannot_be_changed() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let file = cloud.prepared(false).await;
    put(&running, &file, "", CONTENT).send().await.unwrap();
    let url = text(&file["url"]);
    for (from, to) in [
        ("X-Goog-Expires=3600", "X-Goog-Expires=7200"),
        ("big_file", "pig_file"),
    ] {
        let bent = url.replace(from, to);
        assert_ne!(bent, url);
        let refused = running.client.get(bent).send().await.unwrap();
        assert_eq!(refused.status(), 403);
        let body = refused.text().await.unwrap();
        assert!(body.contains("SignatureDoesNotMatch"), "{body}");
    }
}

#[tokio::test]
async fn an_export_is_written_to_the_same_cloud() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let file = cloud.exported().await;
    let manifest = running.client.get(text(&file["url"])).send().await.unwrap();
    let manifest: Value = serde_json::from_str(&manifest.text().await.unwrap()).unwrap();
    let entries = manifest["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 3);
    let token = text(&file["gcsCredentials"]["access_token"]);
    let mut rows = String::new();
    for entry in entries {
        let path = text(&entry["url"]).strip_prefix("gs://").unwrap();
        let url = format!("https://storage.googleapis.com/{path}");
        let slice = running.client.get(url).bearer_auth(token).send().await;
        let slice = slice.unwrap().bytes().await.unwrap();
        assert_eq!(entry["meta"]["content_length"], slice.len());
        GzDecoder::new(&*slice).read_to_string(&mut rows).unwrap();
    }
    assert_eq!(rows.lines().count(), 12);
    let (_, object) = cloud.object(&file).await;
    assert_eq!(object["objects"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn slices_are_written_under_the_prefix() {
    let running = Running::start().await;
    let cloud = Cloud::gcp(&running);
    let file = cloud.prepared(true).await;
    for suffix in ["part_0", "manifest"] {
        let sent = put(&running, &file, suffix, CONTENT).send().await.unwrap();
        assert_eq!(sent.status(), 200, "{suffix}");
    }
    let got = running.client.get(text(&file["url"])).send().await.unwrap();
    assert_eq!(got.bytes().await.unwrap(), CONTENT);
}
