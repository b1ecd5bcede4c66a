//! Cases of a sandbox's files.

use e2b::{
    DownloadRequest, EntryKind, EnvdError, FileOperation, FileSignature, FolderChangeKind,
    ProcessStart, UploadRequest, WrittenFile, read_upload, sign,
};
use transport::Http as _;

use super::client::{Client, now_ms};

pub(crate) async fn files_are_written_read_and_listed(client: &Client) {
    let sandbox = client.sandbox("files").await;
    let envd = client.envd(&sandbox);
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let files = vec![
        ("~/a b/ž.bin".to_owned(), bytes.clone().into()),
        ("~/a b/deep/empty".to_owned(), bytes::Bytes::new()),
    ];
    let written = envd.write_files(files).await.unwrap();
    assert_eq!(written[0].path, "/home/user/a b/ž.bin");
    let path = &written[0].path;
    assert_eq!(envd.read_file(path).await.unwrap(), bytes);
    assert!(
        envd.read_file("/home/user/a b/deep/empty")
            .await
            .unwrap()
            .is_empty()
    );
    let names = async |depth| {
        let entries = envd.list_dir("/home/user/a b", depth).await.unwrap();
        let mut facts: Vec<_> = entries
            .into_iter()
            .map(|it| (it.name, it.kind, it.bytes))
            .filter(|(_, kind, _)| *kind != EntryKind::Directory)
            .map(|(name, _, bytes)| (name, bytes))
            .collect();
        facts.sort_unstable();
        facts
    };
    let large = ("ž.bin".to_owned(), 70_000);
    assert_eq!(names(1).await, std::slice::from_ref(&large));
    assert_eq!(names(2).await, [("empty".to_owned(), 0), large]);
    client.end(&sandbox).await;
}

pub(crate) async fn files_are_known_moved_and_removed(client: &Client) {
    let sandbox = client.sandbox("moved").await;
    let envd = client.envd(&sandbox);
    let old = vec![("~/old".to_owned(), bytes::Bytes::from("x"))];
    envd.write_files(old).await.unwrap();
    let known = envd.stat("/home/user/old").await.unwrap().unwrap();
    assert_eq!(
        (
            &*known.name,
            known.kind,
            known.bytes,
            &*known.owner,
            &*known.permissions
        ),
        ("old", EntryKind::File, 1, "user", "-rw-r--r--")
    );
    let of_root = client.envd_as(&sandbox, "root").stat("/root").await;
    let of_root = of_root.unwrap().unwrap();
    assert_eq!(
        (of_root.kind, &*of_root.owner),
        (EntryKind::Directory, "root")
    );

    assert_eq!(envd.make_dir("/home/user/deep/er").await, Ok(true));
    assert_eq!(envd.make_dir("/home/user/deep/er").await, Ok(false));
    let moved = envd
        .rename("/home/user/old", "/home/user/deep/er/new")
        .await;
    assert_eq!(moved.unwrap().path, "/home/user/deep/er/new");
    assert_eq!(envd.stat("/home/user/old").await, Ok(None));
    envd.remove("/home/user/deep").await.unwrap();
    envd.remove("/home/user/deep").await.unwrap();
    assert!(matches!(
        envd.read_file("/home/user/deep/er/new").await,
        Err(EnvdError::NotFound { .. })
    ));
    assert!(matches!(
        envd.read_file("/home/user").await,
        Err(EnvdError::Invalid { .. })
    ));
    client.end(&sandbox).await;
}

/// Sends files as the engine does, with the texts around them.
pub(crate) async fn put(
    client: &Client,
    request: UploadRequest,
    files: &[&[u8]],
) -> Vec<WrittenFile> {
    let mut body = Vec::new();
    for (at, text) in request.around.iter().enumerate() {
        body.extend_from_slice(text.as_bytes());
        body.extend_from_slice(files.get(at).copied().unwrap_or_default());
    }
    let mut post = http::Request::post(request.url);
    for (name, value) in request.headers {
        post = post.header(name, value);
    }
    let post = post.body(body.into()).unwrap();
    let reply = client.http.send(post).await.unwrap();
    let text = String::from_utf8(reply.body().to_vec()).unwrap();
    read_upload(reply.status().as_u16(), &[], &text).unwrap()
}

pub(crate) async fn get(client: &Client, request: DownloadRequest) -> http::Response<bytes::Bytes> {
    let mut get = http::Request::get(request.url);
    for (name, value) in request.headers {
        get = get.header(name, value);
    }
    let get = get.body(bytes::Bytes::new()).unwrap();
    client.http.send(get).await.unwrap()
}

pub(crate) async fn large_bytes_go_up_and_down_in_pieces(client: &Client) {
    let sandbox = client.sandbox("large").await;
    let envd = client.envd(&sandbox);
    let bytes: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
    let parts: Vec<String> = (0..3).map(|at| format!("/tmp/.kbc-e2b/u/{at}")).collect();
    for (path, part) in parts.iter().zip(bytes.chunks(1_000_000)) {
        let request = envd.upload_request(path, "XX").unwrap();
        put(client, request, &[part]).await;
    }
    let whole = "/data/deep/er/large.bin";
    envd.join(&parts, whole).await.unwrap();
    assert_eq!(envd.stat(&parts[0]).await, Ok(None));
    for (from, expected) in [
        (0, &bytes[..]),
        (2_999_990, &bytes[2_999_990..]),
        (3_000_000, &[]),
        (4_000_000, &[]),
    ] {
        let read = envd.read_file_part(whole, from, 4_000_000).await.unwrap();
        assert!(read == expected, "from {from}");
    }
    let later = now_ms() / 1_000 + 60;
    let request = envd.download_request(whole, later).unwrap();
    assert!(get(client, request).await.body() == &bytes);
    client.end(&sandbox).await;
}

pub(crate) async fn links_to_upload_and_download_are_signed(client: &Client) {
    let sandbox = client.sandbox("signed").await;
    let envd = client.envd(&sandbox);
    let path = "/home/user/signed +&.txt";
    let files = vec![(path.to_owned(), bytes::Bytes::from("through a link"))];
    envd.write_files(files).await.unwrap();
    let later = now_ms() / 1_000 + 60;
    let request = envd.download_request(path, later).unwrap();
    let read = get(client, request.clone()).await;
    assert_eq!(
        (read.status().as_u16(), &read.body()[..]),
        (200, &b"through a link"[..])
    );
    let Some(token) = &sandbox.access_token else {
        panic!("every service secures its sandboxes");
    };
    for forged in [
        request.url.replace("signed%20", "other%20"),
        request.url.replace("v1%5F", "v1%5FA"),
    ] {
        assert_ne!(forged, request.url);
        let request = DownloadRequest {
            url: forged,
            ..request.clone()
        };
        assert_eq!(get(client, request).await.status(), 401);
    }
    let past = envd.download_request(path, 1_000).unwrap();
    assert_eq!(get(client, past).await.status(), 401);

    // The extension signs no upload; the signature is ours all the same.
    let user = envd.upload_request("/home/user/sent.txt", "XX").unwrap();
    let signature = sign(
        FileSignature {
            path: "/home/user/sent.txt",
            operation: FileOperation::Write,
            user: user.url.contains("username=user").then_some("user"),
            expires_at: Some(later),
        },
        token,
    );
    let encoded =
        percent_encoding::utf8_percent_encode(&signature, percent_encoding::NON_ALPHANUMERIC);
    let is_token = |name: &str| name.eq_ignore_ascii_case("x-access-token");
    let signed = UploadRequest {
        url: format!(
            "{}&signature={encoded}&signature_expiration={later}",
            user.url
        ),
        headers: user
            .headers
            .into_iter()
            .filter(|(name, _)| !is_token(name))
            .collect(),
        around: user.around,
    };
    put(client, signed, &[b"up"]).await;
    assert_eq!(envd.read_file("/home/user/sent.txt").await.unwrap(), "up");
    client.end(&sandbox).await;
}

pub(crate) async fn a_folder_is_watched(client: &Client) {
    let sandbox = client.sandbox("watched").await;
    let envd = client.envd(&sandbox);
    envd.make_dir("/home/user/watched/deep").await.unwrap();
    let mut changes = envd.watch("/home/user/watched", true).await.unwrap();
    let files = vec![("~/watched/deep/a".to_owned(), bytes::Bytes::from("1"))];
    envd.write_files(files).await.unwrap();
    envd.remove("/home/user/watched/deep/a").await.unwrap();
    let mut seen = Vec::new();
    while seen.last() != Some(&("deep/a".to_owned(), FolderChangeKind::Removed)) {
        let change = changes.next().await.unwrap();
        seen.push((change.name, change.kind));
    }
    let created = ("deep/a".to_owned(), FolderChangeKind::Created);
    assert!(seen.contains(&created), "{seen:?}");
    for (path, is_missing) in [("/home/user/none", true), ("/etc/hostname", false)] {
        let error = envd.watch(path, false).await.err().unwrap();
        let told = matches!(error, EnvdError::NotFound { .. });
        assert_eq!(told, is_missing, "{error:?}");
    }
    client.end(&sandbox).await;
}

/// Whether the sandbox's shell says so.
pub(crate) async fn told_by(client: &Client, sandbox: &e2b::Sandbox, line: &str) -> String {
    let process = ProcessStart::shell(line);
    let completed = client.envd(sandbox).run_to_end(&process).await.unwrap();
    String::from_utf8(completed.stdout).unwrap()
}
