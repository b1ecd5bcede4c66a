//! What our client does beyond the cases that it shares with the official ones.

use devstack_e2b::Service;
use e2b::{ApiKey, Control, E2bError, EnvdError, ProcessStart};

use super::client::{BOTH, Client, now_ms, wanted};
use super::files::{get, put, told_by};

#[tokio::test]
async fn refusals_of_the_service_are_told_apart() {
    for service in BOTH {
        let client = Client::alone(service).await;
        let mut eternal = wanted("x");
        eternal.life_seconds = 100 * 86_400;
        assert!(matches!(
            client.control().create(&eternal).await,
            Err(E2bError::LifeTooLong { .. })
        ));
        if service == Service::E2b {
            let key = &client.stack.as_ref().unwrap().blocked_key;
            let blocked = ApiKey::parse(key).unwrap();
            let blocked = Control::new(&client.http, &client.endpoint, &blocked);
            assert!(matches!(
                blocked.check_key().await,
                Err(E2bError::Blocked { .. })
            ));
        }
        client.stop().await;
    }
}

#[tokio::test]
async fn files_go_in_by_lots_and_parts_which_are_summed_joined_and_packed() {
    for service in BOTH {
        let client = Client::alone(service).await;
        let sandbox = client.sandbox("lots").await;
        let envd = client.envd(&sandbox);
        let lot = envd.upload_many_request(["/data/in put/a \"b\".csv", "/data/ž"], "XX");
        let written = put(&client, lot.unwrap(), &[b"1\r\n--X", b""]).await;
        assert_eq!(written[0].path, "/data/in put/a \"b\".csv");
        let read = envd.read_file("/data/in put/a \"b\".csv").await.unwrap();
        assert_eq!(read, "1\r\n--X");

        let parts: Vec<String> = (0..3).map(|at| format!("/tmp/.kbc-e2b/u/{at}")).collect();
        // Once more: what is there is replaced as a whole.
        for content in [b"first", b"x"] as [&[u8]; 2] {
            for path in &parts {
                let request = envd.upload_request(path, "XX").unwrap();
                put(&client, request, &[content]).await;
            }
            envd.join(&parts, "/data/deep/er/large.bin").await.unwrap();
        }
        let sums = envd.sha256_of(["/data/deep/er/large.bin", "/nowhere", "/data/ž"]);
        let xxx = "cd2eb0837c9b4c962c22d2ff8b5441b7b45805887f051d39bf133b583baf6860";
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(
            sums.await.unwrap(),
            [Some(xxx.to_owned()), None, Some(empty.to_owned())]
        );
        assert!(matches!(
            envd.join(&parts, "/data/deep/er/large.bin").await,
            Err(EnvdError::NotFound { .. } | EnvdError::Refused { .. })
        ));
        let still = envd.read_file("/data/deep/er/large.bin").await.unwrap();
        assert_eq!(still, "xxx");

        let packed = envd.pack("/data/deep", "/tmp/.kbc-e2b/archives/d.tar.gz");
        assert_eq!(packed.await, Ok(false), "nothing changed");
        let list = "tar -tzf /tmp/.kbc-e2b/archives/d.tar.gz | sort";
        assert_eq!(
            told_by(&client, &sandbox, list).await,
            "deep/\ndeep/er/\ndeep/er/large.bin\n"
        );
        let missing = envd
            .pack("/nowhere", "/tmp/.kbc-e2b/archives/n.tar.gz")
            .await;
        assert!(matches!(missing, Err(EnvdError::Refused { .. })));
        client.stop().await;
    }
}

#[tokio::test]
async fn parts_are_joined_in_a_folder_of_root_and_are_the_users() {
    for service in BOTH {
        let client = Client::alone(service).await;
        let sandbox = client.sandbox("root").await;
        let root = client.envd_as(&sandbox, "root");
        let made = ProcessStart::shell("mkdir -m 755 /opt/of-root");
        assert_eq!(root.run_to_end(&made).await.unwrap().ended.exit_code, 0);
        let envd = client.envd(&sandbox);
        let part = "/tmp/.kbc-e2b/u/0".to_owned();
        let request = envd.upload_request(&part, "XX").unwrap();
        put(&client, request, &[b"x"]).await;
        envd.join(&[part], "/opt/of-root/whole").await.unwrap();
        let line = "cat /opt/of-root/whole; stat -c ' %U %G' /opt/of-root/whole";
        assert_eq!(
            told_by(&client, &sandbox, line).await,
            "x user user\n",
            "{service:?}"
        );
        client.stop().await;
    }
}

#[tokio::test]
async fn a_folder_is_packed_while_somebody_writes_in_it() {
    let client = Client::alone(Service::E2b).await;
    let sandbox = client.sandbox("writer").await;
    let envd = client.envd(&sandbox);
    let line = "mkdir -p /tmp/w && head -c 8000000 /dev/urandom > /tmp/w/large
        while :; do echo more >> /tmp/w/large; sleep 0.005; done";
    let writer = envd.start(&ProcessStart::shell(line)).await.unwrap();
    let large = async || {
        let entry = envd.stat("/tmp/w/large").await.unwrap();
        entry.is_some_and(|it| it.bytes > 8_000_000)
    };
    assert!(super::support::eventually(large).await);
    assert_eq!(envd.pack("/tmp/w", "/tmp/w.tar.gz").await, Ok(true));
    drop(writer);
    let listed = told_by(&client, &sandbox, "tar -tzf /tmp/w.tar.gz").await;
    assert_eq!(listed, "w/\nw/large\n");
    client.stop().await;
}

#[tokio::test]
async fn a_token_that_was_revoked_opens_nothing_and_connect_tells_the_new_one() {
    for service in BOTH {
        let client = Client::alone(service).await;
        let sandbox = client.sandbox("revoked").await;
        let stack = client.stack.as_ref().unwrap();
        let url = format!("{}/sandboxes/{}/revoke-token", stack.control, sandbox.id);
        let (status, _) = super::support::told(stack.http.post(url)).await;
        assert_eq!(status, 204);
        let refused = client.envd(&sandbox).stat("/tmp").await;
        assert!(
            matches!(refused, Err(EnvdError::Unauthorized { .. })),
            "{refused:?}"
        );
        let again = client.control().connect(&sandbox.id, 60).await.unwrap();
        assert_ne!(again.access_token, sandbox.access_token);
        assert!(client.envd(&again).stat("/tmp").await.unwrap().is_some());
        client.stop().await;
    }
}

#[tokio::test]
async fn signatures_are_held_against_the_sandboxs_clock_which_it_tells() {
    let client = Client::alone(Service::E2b).await;
    let stack = client.stack.as_ref().unwrap();
    for ahead in [7_200_i64, -7_200] {
        let clock = stack.http.post(format!("{}/clock", stack.control));
        let clock = clock.json(&serde_json::json!({ "ahead_s": ahead }));
        assert_eq!(super::support::told(clock).await.0, 204);
        let sandbox = client.sandbox("clock").await;
        let envd = client.envd(&sandbox);
        let file = vec![("/tmp/a".to_owned(), bytes::Bytes::from("x"))];
        envd.write_files(file).await.unwrap();
        let now = envd.now().unwrap();
        let differs = i64::try_from(now).unwrap() - i64::try_from(now_ms() / 1_000).unwrap();
        assert!((differs - ahead).abs() < 5, "{differs}");
        for (expires_at, status) in [(now + 60, 200), (now - 60, 401)] {
            let request = envd.download_request("/tmp/a", expires_at).unwrap();
            assert_eq!(get(&client, request).await.status(), status, "{ahead}");
        }
    }
    client.stop().await;
}
