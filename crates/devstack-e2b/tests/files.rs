//! Uploads, downloads and joining, with their owners and errors.

mod support;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use support::{TestSandbox, TestStack, told};

async fn post_form(
    sandbox: &TestSandbox,
    query: &str,
    parts: &[(&str, &str, &str)],
) -> (u16, Value) {
    let mut body = String::new();
    for (name, file, content) in parts {
        body += &format!(
            "--cut\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\r\n{content}\r\n"
        );
    }
    body += "--cut--\r\n";
    let request = sandbox.request(Method::POST, &format!("/files{query}"));
    told(
        request
            .header("Content-Type", "multipart/form-data; boundary=cut")
            .body(body),
    )
    .await
}

#[tokio::test]
async fn an_upload_makes_its_folders_and_belongs_to_the_user() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let written = sandbox
        .upload("path=/data/in/tables/a%20b.csv", "id\n1\n")
        .await;
    assert_eq!(
        written,
        (
            200,
            json!([{ "path": "/data/in/tables/a b.csv", "name": "a b.csv", "type": "file" }])
        )
    );
    let owners = sandbox.run("stat -c '%U:%G %a %n' /data /data/in/tables '/data/in/tables/a b.csv'; echo 2 >> '/data/in/tables/a b.csv'; mkdir /data/out").await;
    assert_eq!(
        owners.out(),
        "user:user 755 /data\nuser:user 755 /data/in/tables\nuser:user 644 /data/in/tables/a b.csv\n",
        "{}",
        owners.err()
    );
    assert_eq!(owners.err(), "");
    let root = sandbox.upload("path=/srv/x&username=root", "x").await;
    assert_eq!(root.0, 200);
    assert_eq!(sandbox.run("stat -c %U /srv/x").await.out(), "root\n");
    stack.stop().await;
}

#[tokio::test]
async fn a_form_names_its_files_with_their_folders() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let parts = [
        ("file", "in/a.txt", "A"),
        ("note", "b.txt", "B"),
        ("file", "/tmp/c/ü%22.txt", "C"),
    ];
    let (status, written) = post_form(&sandbox, "", &parts).await;
    let paths: Vec<&str> = written
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        (status, paths),
        (200, vec!["/home/user/in/a.txt", "/tmp/c/ü%22.txt"])
    );
    assert_eq!(
        sandbox.run("cat in/a.txt /tmp/c/*; ls").await.out(),
        "ACin\n"
    );
    assert_eq!(
        post_form(&sandbox, "?path=one", &[("file", "ignored", "1")])
            .await
            .0,
        200
    );
    assert_eq!(sandbox.run("cat one").await.out(), "1");
    let twice = post_form(&sandbox, "", &[("file", "x", "1"), ("file", "./x", "2")]).await;
    assert_eq!(twice.0, 400);
    assert!(
        twice.1["message"]
            .as_str()
            .unwrap()
            .starts_with("you cannot upload multiple files to the same path '/home/user/x'")
    );
    stack.stop().await;
}

#[tokio::test]
async fn uploads_and_downloads_are_refused_in_envds_words() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    for (query, status, text) in [
        (
            "",
            400,
            "path query parameter is required for raw body upload",
        ),
        ("path=/home/user", 400, "path is a directory: /home/user"),
        ("path=~root/x", 400, "cannot expand user-specific home dir"),
        (
            "path=x&username=nobody",
            401,
            "error looking up user 'nobody'",
        ),
    ] {
        let (answered, body) = sandbox.upload(query, "x").await;
        assert_eq!(
            (answered, &body["code"]),
            (status, &json!(status)),
            "{query}: {body}"
        );
        assert!(
            body["message"].as_str().unwrap().contains(text),
            "{query}: {body}"
        );
    }
    let typed = sandbox
        .request(Method::POST, "/files?path=x")
        .header("Content-Type", "text/plain")
        .body("x");
    assert_eq!(told(typed).await.0, 400);
    for (query, status, text) in [
        ("path=/nope", 404, "path '/nope' does not exist"),
        ("path=/tmp", 400, "path '/tmp' is a directory"),
        (
            "path=x&username=nobody",
            401,
            "error looking up user 'nobody'",
        ),
    ] {
        let (answered, body) = told(sandbox.request(Method::GET, &format!("/files?{query}"))).await;
        assert_eq!(answered, status, "{query}: {body}");
        assert!(
            body["message"].as_str().unwrap().contains(text),
            "{query}: {body}"
        );
    }
    let (status, body) = told(sandbox.bare(Method::GET, "/files?path=/tmp/x")).await;
    assert_eq!(
        (status, &body["message"]),
        (401, &json!("missing signature query parameter"))
    );
    stack.stop().await;
}

#[tokio::test]
async fn downloads_come_whole_in_part_or_packed() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    assert_eq!(sandbox.upload("path=big.bin", content.clone()).await.0, 200);
    let get = async |headers: &[(&'static str, &'static str)]| {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect();
        let answer = sandbox
            .request(Method::GET, "/files?path=big.bin")
            .headers(headers)
            .send()
            .await
            .unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        (status, headers, answer.bytes().await.unwrap())
    };
    let (status, headers, body) = get(&[]).await;
    assert_eq!(
        (status, headers["content-length"].to_str().unwrap()),
        (200, "1200000")
    );
    assert!(body == content);
    let (status, headers, body) = get(&[("range", "bytes=4-11")]).await;
    assert_eq!(
        (status, headers["content-range"].to_str().unwrap()),
        (206, "bytes 4-11/1200000")
    );
    assert!(body == content[4..12]);
    assert_eq!(get(&[("range", "bytes=1200000-")]).await.0, 416);
    assert_eq!(get(&[("accept-encoding", "identity;q=0")]).await.0, 406);
    let (status, headers, body) = get(&[("accept-encoding", "gzip")]).await;
    assert_eq!(
        (status, headers["content-encoding"].to_str().unwrap()),
        (200, "gzip")
    );
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(body.as_ref()), &mut plain)
        .unwrap();
    assert!(plain == content);
    stack.stop().await;
}

#[tokio::test]
async fn parts_are_joined_into_one_file_and_removed() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    for (number, text) in ["one,", "two,", "three"].into_iter().enumerate() {
        assert_eq!(
            sandbox
                .upload(&format!("path=/tmp/part{number}"), text)
                .await
                .0,
            200
        );
    }
    let parts = json!(["/tmp/part0", "/tmp/part1", "/tmp/part2"]);
    let compose = async |body: Value| sandbox.rpc("/files/compose", &body).await;
    for (body, status) in [
        (json!({ "source_paths": [], "destination": "/data/x" }), 400),
        (
            json!({ "source_paths": ["/tmp/part0"], "destination": "/tmp/part0" }),
            400,
        ),
        (
            json!({ "source_paths": ["/tmp"], "destination": "/data/x" }),
            400,
        ),
        (
            json!({ "source_paths": ["/tmp/none"], "destination": "/data/x" }),
            404,
        ),
        (
            json!({ "source_paths": parts, "destination": "/data/x", "username": "nobody" }),
            401,
        ),
    ] {
        assert_eq!(compose(body.clone()).await.0, status, "{body}");
    }
    let joined = compose(json!({ "source_paths": parts, "destination": "/data/in/x" })).await;
    assert_eq!(
        joined,
        (
            200,
            json!({ "path": "/data/in/x", "name": "x", "type": "file" })
        )
    );
    let seen = sandbox
        .run("cat /data/in/x; stat -c ' %U' /data/in/x; ls /tmp; ls /data/in")
        .await;
    assert_eq!(seen.out(), "one,two,three user\nx\n");
    stack.stop().await;
}

#[tokio::test]
async fn the_tree_is_listed_and_changed() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    sandbox.upload("path=/data/out/tables/r.csv", "12345").await;
    sandbox
        .run("ln -s tables /data/out/link; mkdir -p /data/out/a/b/c")
        .await;
    let call = async |method: &str, body: Value| {
        sandbox
            .rpc(&format!("/filesystem.Filesystem/{method}"), &body)
            .await
    };
    let (_, listed) = call("ListDir", json!({ "path": "/data/out", "depth": 2 })).await;
    let paths: Vec<&str> = listed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        paths,
        [
            "/data/out/a",
            "/data/out/a/b",
            "/data/out/link",
            "/data/out/tables",
            "/data/out/tables/r.csv"
        ]
    );
    let file = &listed["entries"][4];
    assert_eq!(
        (&file["size"], &file["type"], &file["owner"]),
        (&json!("5"), &json!("FILE_TYPE_FILE"), &json!("user"))
    );
    assert_eq!(listed["entries"][2]["symlinkTarget"], "/data/out/tables");
    for (method, body, status) in [
        ("ListDir", json!({ "path": "/none" }), 404),
        ("ListDir", json!({ "path": "/data/out/tables/r.csv" }), 400),
        ("Stat", json!({ "path": "/none" }), 404),
        ("MakeDir", json!({ "path": "/data/out/a" }), 409),
        ("MakeDir", json!({ "path": "/data/out/tables/r.csv" }), 400),
        (
            "Move",
            json!({ "source": "/none", "destination": "/data/x" }),
            404,
        ),
        ("Remove", json!({ "path": "/none" }), 200),
        ("MakeDir", json!({ "path": "fresh/er" }), 200),
        ("Stat", json!({ "path": 7 }), 400),
    ] {
        let (answered, answer) = call(method, body.clone()).await;
        assert_eq!(answered, status, "{method} {body}: {answer}");
    }
    assert_eq!(
        call("ListDir", json!({ "path": "fresh/er" })).await,
        (200, json!({}))
    );
    stack.stop().await;
}
