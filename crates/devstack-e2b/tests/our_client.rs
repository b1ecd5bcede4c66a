//! Our own client, on the cases that the official ones go through (tests/conformance), against the same
//! stack: both must agree. Each case also runs against OpenKruise with its old envd, by path.

#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

mod support;

use std::collections::BTreeMap;

use devstack_e2b::Service;
use e2b::{
    ApiKey, Control, CreateSandbox, DownloadRequest, E2bError, Endpoint, EntryKind, Envd,
    EnvdError, FolderChangeKind, ProcessEvent, ProcessStart, Profile, Sandbox, Selector, Signal,
    UploadRequest, WrittenFile, read_upload,
};
use futures::StreamExt as _;
use support::TestStack;
use transport::{Http as _, NativeHttp};

/// A stack, and how our client reaches it.
struct Client {
    stack: TestStack,
    endpoint: Endpoint,
    key: ApiKey,
    http: NativeHttp,
}

impl Client {
    async fn of(service: Service) -> Self {
        let stack = TestStack::start_as(service).await;
        let profile = match service {
            Service::E2b => Profile::FixedBase {
                api_url: stack.api.clone(),
                sandbox_url: stack.gateway.clone(),
            },
            Service::OpenKruise => Profile::Custom {
                api_url: format!("{}/kruise/api", stack.one_host),
                sandbox_url: format!("{}/kruise/{{id}}/{{port}}", stack.one_host),
                domain: String::new(),
                routing_headers: false,
            },
        };
        Self {
            endpoint: Endpoint::of(&profile).unwrap(),
            key: ApiKey::parse(&stack.key).unwrap(),
            http: NativeHttp::new().unwrap(),
            stack,
        }
    }

    fn control(&self) -> Control<'_, NativeHttp> {
        Control::new(&self.http, &self.endpoint, &self.key)
    }

    fn envd(&self, sandbox: &Sandbox) -> Envd<'_, NativeHttp> {
        Envd::new(&self.http, sandbox.envd(&self.endpoint, None))
    }

    async fn sandbox(&self, mark: &str) -> Sandbox {
        self.control().create(&wanted(mark)).await.unwrap()
    }
}

fn wanted(mark: &str) -> CreateSandbox {
    CreateSandbox {
        template: "base".to_owned(),
        life_seconds: 60,
        metadata: marks(mark),
        env_vars: [("GLOBAL".to_owned(), "everywhere".to_owned())].into(),
        internet: true,
    }
}

fn marks(mark: &str) -> BTreeMap<String, String> {
    [("a&b".to_owned(), mark.to_owned())].into()
}

fn now_ms() -> u64 {
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

const BOTH: [Service; 2] = [Service::E2b, Service::OpenKruise];

#[tokio::test]
async fn sandboxes_are_made_listed_extended_paused_woken_and_ended() {
    for service in BOTH {
        let client = Client::of(service).await;
        let control = client.control();
        assert!(control.check_key().await.is_ok());
        let made = client.sandbox("c=d e").await;
        let found = control.find_by_metadata(&marks("c=d e")).await.unwrap();
        assert_eq!(found.unwrap().0.id, made.id, "{service:?}");
        assert_eq!(control.find_by_metadata(&marks("nobody")).await, Ok(None));
        let listed = control.list().await.unwrap();
        assert_eq!(listed.len(), 1);
        let left = listed[0].left_ms.unwrap();
        assert!((50_000..=61_000).contains(&left), "{left} ms left");
        let kept = control.extend(&made.id, 30, now_ms()).await.unwrap();
        assert_eq!(kept.ends_at, Some(listed[0].ends_at), "never shortened");
        let longer = control.extend(&made.id, 600, now_ms()).await.unwrap();
        assert!(longer.ends_at.unwrap() > now_ms() + 590_000);
        // Another window moved it on further; what this one knows is stale.
        control.extend(&made.id, 1_200, now_ms()).await.unwrap();
        let kept = control.extend(&made.id, 300, now_ms()).await.unwrap();
        assert!(kept.ends_at.unwrap() > now_ms() + 1_100_000, "{service:?}");
        assert!(control.list().await.unwrap()[0].left_ms.unwrap() > 1_100_000);
        if service == Service::E2b {
            // As long as the plan allows, from the start; the service says nothing of the rest.
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            let cut = control.extend(&made.id, 3_600, now_ms()).await.unwrap();
            assert_eq!(cut.ends_at, Some(listed[0].started_at + 3_600_000));
        }

        control.pause(&made.id).await.unwrap();
        control.pause(&made.id).await.unwrap();
        assert!(control.list().await.unwrap()[0].paused);
        assert_eq!(
            client.envd(&made).health().await,
            Err(EnvdError::SandboxGone),
            "one that sleeps answers nothing"
        );
        let woken = control.connect(&made.id, 120).await.unwrap();
        assert_eq!(woken.id, made.id);
        assert_eq!(client.envd(&woken).health().await, Ok(()));

        let metrics = control.metrics(&made.id).await.unwrap();
        match service {
            Service::E2b => assert!(metrics.unwrap()[0].mem_total > 0),
            Service::OpenKruise => assert_eq!(metrics, None),
        }
        let templates = control.templates().await.unwrap().unwrap();
        assert!(
            templates
                .iter()
                .any(|it| it.name.as_deref() == Some("base"))
        );
        control.delete(&made.id).await.unwrap();
        control.delete(&made.id).await.unwrap();
        assert!(control.list().await.unwrap().is_empty());
        assert!(matches!(
            control.connect(&made.id, 120).await,
            Err(E2bError::NotFound { .. })
        ));
        client.stack.stop().await;
    }
}

#[tokio::test]
async fn what_is_refused_is_told_apart() {
    for service in BOTH {
        let client = Client::of(service).await;
        let control = client.control();
        let mut moon = wanted("x");
        moon.template = "moon".to_owned();
        assert!(matches!(
            control.create(&moon).await,
            Err(E2bError::TemplateMissing { .. })
        ));
        let mut eternal = wanted("x");
        eternal.life_seconds = 100 * 86_400;
        assert!(matches!(
            control.create(&eternal).await,
            Err(E2bError::LifeTooLong { .. })
        ));
        if service == Service::E2b {
            let unknown = ApiKey::parse(&format!("e2b_{}", "ff".repeat(20))).unwrap();
            let other = Control::new(&client.http, &client.endpoint, &unknown);
            assert_eq!(other.check_key().await, Err(E2bError::InvalidKey));
            let blocked = ApiKey::parse(&client.stack.blocked_key).unwrap();
            let blocked = Control::new(&client.http, &client.endpoint, &blocked);
            assert!(matches!(
                blocked.check_key().await,
                Err(E2bError::Blocked { .. })
            ));
        }
        let dead = client.sandbox("dead").await;
        control.delete(&dead.id).await.unwrap();
        let envd = client.envd(&dead);
        assert_eq!(envd.health().await, Err(EnvdError::SandboxGone));
        let read = envd.read_file("/etc/hostname").await;
        assert_eq!(read, Err(EnvdError::SandboxGone));
        client.stack.stop().await;
    }
}

#[tokio::test]
async fn files_go_in_and_out_and_folders_change() {
    for service in BOTH {
        let client = Client::of(service).await;
        let sandbox = client.sandbox("files").await;
        let envd = client.envd(&sandbox);
        let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
        let files = vec![
            ("~/a b/ž.bin".to_owned(), bytes.clone().into()),
            ("~/a b/empty".to_owned(), bytes::Bytes::new()),
        ];
        let written = envd.write_files(files).await.unwrap();
        assert_eq!(written[0].path, "/home/user/a b/ž.bin", "{service:?}");
        let path = &written[0].path;
        assert_eq!(envd.read_file(path).await.unwrap(), bytes);
        let tail = envd.read_file_part(path, 69_990, 100).await.unwrap();
        assert_eq!(tail, bytes[69_990..]);
        assert!(
            envd.read_file_part(path, 70_000, 100)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            envd.read_file_part(path, 99_999, 100)
                .await
                .unwrap()
                .is_empty()
        );

        let entries = envd.list_dir("/home/user/a b", 1).await.unwrap();
        let mut facts: Vec<_> = entries.iter().map(|it| (&*it.name, it.bytes)).collect();
        facts.sort_unstable();
        assert_eq!(facts, [("empty", 0), ("ž.bin", 70_000)]);

        assert_eq!(envd.make_dir("/home/user/deep/er").await, Ok(true));
        assert_eq!(envd.make_dir("/home/user/deep/er").await, Ok(false));
        let moved = envd.rename(path, "/home/user/deep/er/x.bin").await.unwrap();
        assert_eq!((moved.kind, moved.bytes), (EntryKind::File, 70_000));
        assert_eq!(envd.stat(path).await, Ok(None));
        envd.remove("/home/user/deep").await.unwrap();
        envd.remove("/home/user/deep").await.unwrap();
        assert_eq!(envd.stat("/home/user/deep/er/x.bin").await, Ok(None));
        assert!(matches!(
            envd.read_file("/home/user/none").await,
            Err(EnvdError::NotFound { .. })
        ));
        assert!(matches!(
            envd.read_file("/home/user").await,
            Err(EnvdError::Invalid { .. })
        ));
        client.stack.stop().await;
    }
}

/// Sends files as the engine does, with the texts around them.
async fn put(client: &Client, request: UploadRequest, files: &[&[u8]]) -> Vec<WrittenFile> {
    let mut body = Vec::new();
    for (at, text) in request.around.iter().enumerate() {
        body.extend_from_slice(text.as_bytes());
        body.extend_from_slice(files.get(at).copied().unwrap_or_default());
    }
    let mut post = http::Request::post(request.url);
    for (name, value) in request.headers {
        post = post.header(name, value);
    }
    let reply = client
        .http
        .send(post.body(body.into()).unwrap())
        .await
        .unwrap();
    let text = String::from_utf8(reply.body().to_vec()).unwrap();
    read_upload(reply.status().as_u16(), &[], &text).unwrap()
}

async fn get(client: &Client, request: DownloadRequest) -> http::Response<bytes::Bytes> {
    let mut get = http::Request::get(request.url);
    for (name, value) in request.headers {
        get = get.header(name, value);
    }
    let get = get.body(bytes::Bytes::new()).unwrap();
    client.http.send(get).await.unwrap()
}

#[tokio::test]
async fn files_of_any_size_go_in_by_parts_and_lots_and_out_by_signed_addresses() {
    for service in BOTH {
        let client = Client::of(service).await;
        let sandbox = client.sandbox("large").await;
        let envd = client.envd(&sandbox);
        let lot = envd.upload_many_request(["/data/in put/a \"b\".csv", "/data/ž"], "XX");
        let written = put(&client, lot.unwrap(), &[b"1\r\n--X", b""]).await;
        assert_eq!(written[0].path, "/data/in put/a \"b\".csv");
        let read = envd.read_file("/data/in put/a \"b\".csv").await.unwrap();
        assert_eq!(read, "1\r\n--X");

        let bytes: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
        let parts: Vec<String> = (0..3).map(|at| format!("/tmp/.kbc-e2b/u/{at}")).collect();
        for (path, part) in parts.iter().zip(bytes.chunks(1_000_000)) {
            let request = envd.upload_request(path, "XX").unwrap();
            put(&client, request, &[part]).await;
        }
        envd.join(&parts, "/data/deep/er/large.bin").await.unwrap();
        assert_eq!(envd.stat(&parts[0]).await, Ok(None));
        // Once more: what is there is replaced as a whole.
        for path in &parts {
            let request = envd.upload_request(path, "XX").unwrap();
            put(&client, request, &[b"x"]).await;
        }
        envd.join(&parts, "/data/deep/er/large.bin").await.unwrap();
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

        let later = now_ms() / 1_000 + 60;
        let request = envd
            .download_request("/data/deep/er/large.bin", later)
            .unwrap();
        assert_eq!(get(&client, request.clone()).await.body(), "xxx");
        if sandbox.access_token.is_some() {
            let other = DownloadRequest {
                url: request.url.replace("large", "other"),
                ..request
            };
            assert_eq!(get(&client, other).await.status(), 401);
            let past = envd.download_request("/data/ž", 1_000).unwrap();
            assert_eq!(get(&client, past).await.status(), 401);
        }

        envd.pack("/data/deep", "/tmp/.kbc-e2b/archives/d.tar.gz")
            .await
            .unwrap();
        let list = ProcessStart::shell("tar -tzf /tmp/.kbc-e2b/archives/d.tar.gz | sort");
        let listed = envd.run_to_end(&list).await.unwrap().stdout;
        assert_eq!(
            String::from_utf8(listed).unwrap(),
            "deep/\ndeep/er/\ndeep/er/large.bin\n"
        );
        let missing = envd
            .pack("/nowhere", "/tmp/.kbc-e2b/archives/n.tar.gz")
            .await;
        assert!(matches!(missing, Err(EnvdError::Refused { .. })));
        assert!(envd.usage().await.unwrap().mem_total > 0);
        client.stack.stop().await;
    }
}

#[tokio::test]
async fn a_folder_is_watched() {
    for service in BOTH {
        let client = Client::of(service).await;
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
        assert!(seen.contains(&created), "{service:?} {seen:?}");
        for (path, is_missing) in [("/home/user/none", true), ("/etc/hostname", false)] {
            let error = envd.watch(path, false).await.err().unwrap();
            let told = matches!(error, EnvdError::NotFound { .. });
            assert_eq!(told, is_missing, "{error:?}");
        }
        client.stack.stop().await;
    }
}

#[tokio::test]
async fn commands_run_are_joined_and_are_stopped() {
    for service in BOTH {
        let client = Client::of(service).await;
        let sandbox = client.sandbox("commands").await;
        let envd = client.envd(&sandbox);
        let mut process =
            ProcessStart::shell("echo $GLOBAL $OWN; pwd; whoami; echo no >&2; exit 3");
        process.envs = [("OWN".to_owned(), "here".to_owned())].into();
        process.cwd = Some("/tmp".to_owned());
        let completed = envd.run_to_end(&process).await.unwrap();
        let out = String::from_utf8(completed.stdout).unwrap();
        assert_eq!(out, "everywhere here\n/tmp\nuser\n", "{service:?}");
        assert_eq!(completed.stderr, b"no\n");
        assert_eq!(
            (completed.ended.exit_code, completed.ended.exited),
            (3, true)
        );
        let mut lost = ProcessStart::shell("true");
        lost.cwd = Some("/not/there".to_owned());
        assert!(matches!(
            envd.run_to_end(&lost).await,
            Err(EnvdError::Invalid { .. })
        ));

        let mut ticking =
            ProcessStart::shell("exec setsid sh -c 'while :; do echo tick; sleep 0.05; done'");
        ticking.tag = Some("ticking".to_owned());
        let first = envd.start(&ticking).await.unwrap();
        let group = first.pid;
        drop(first);
        let running = envd.list().await.unwrap();
        let known = running.iter().find(|it| it.pid == group).unwrap();
        assert_eq!(known.tag.as_deref(), Some("ticking"));
        let mut joined = envd
            .connect(&Selector::Tag("ticking".to_owned()))
            .await
            .unwrap();
        let mut heard = false;
        while let Some(event) = joined.next().await {
            match event.unwrap() {
                ProcessEvent::Stdout(bytes) if !heard => {
                    assert!(bytes.starts_with(b"tick"));
                    heard = true;
                    envd.signal_group(group, Signal::Term).await.unwrap();
                }
                ProcessEvent::End(ended) => {
                    assert!(!ended.exited, "ended by a signal");
                    break;
                }
                _ => {}
            }
        }
        assert!(heard);
        assert!(matches!(
            envd.connect(&Selector::Pid(999_999)).await,
            Err(EnvdError::NotFound { .. })
        ));
        client.stack.stop().await;
    }
}
