//! What happens to processes: rights, output, signals, limits. Each case is a fact of
//! `reference/e2b.md` §3.5 that our own engine relies on.

mod support;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use support::{Frames, Outcome, TestStack, bash, eventually, told};

#[tokio::test]
async fn a_command_is_the_user_and_may_not_write_on_the_root() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let outcome = sandbox
        .run("whoami; pwd; mkdir /data; ls /root /run/envd; cat /proc/2/environ; touch /usr/x")
        .await;
    assert_eq!(outcome.out(), "user\n/home/user\n");
    assert_eq!(
        outcome.err().matches("ermission denied").count(),
        4,
        "{}",
        outcome.err()
    );
    assert!(
        outcome.err().contains("Read-only file system"),
        "{}",
        outcome.err()
    );
    assert_eq!(outcome.trailer, Some(json!({})));

    let root = sandbox.stream(
        "/process.Process/Start",
        &bash("mkdir /data && mount -o remount,rw /usr"),
    );
    let root = root
        .header("Authorization", "Basic cm9vdDo=")
        .send()
        .await
        .unwrap();
    let outcome = Frames::new(root).all().await;
    assert!(
        outcome.err().contains("mount:") && !outcome.err().contains("mkdir"),
        "{}",
        outcome.err()
    );
    assert_eq!(
        sandbox.run("stat -c '%U %a' /data").await.out(),
        "root 755\n"
    );
    stack.stop().await;
}

#[tokio::test]
async fn the_environment_is_the_services_the_stacks_and_the_requests() {
    let stack = TestStack::start().await;
    let body = json!({ "templateID": "base", "timeout": 60, "secure": true, "envVars": { "GLOBAL": "g", "BOTH": "global" } });
    let sandbox = stack.create(body).await;
    let mut request = bash(
        "echo $E2B_SANDBOX $E2B_SANDBOX_ID $GLOBAL $BOTH $PACKAGE_INDEX $GIT_SSL_CAINFO; tail -n1 $SSL_CERT_FILE",
    );
    request["process"]["envs"] = json!({ "BOTH": "own" });
    let outcome = sandbox.start(&request).await.all().await;
    let bundle = devstack_e2b::SANDBOX_CA_BUNDLE;
    assert_eq!(
        outcome.out(),
        format!(
            "true {} g own http://index.test {bundle}\nown authority\n",
            sandbox.id
        )
    );
    let (_, envs) = told(sandbox.request(Method::GET, "/envs")).await;
    assert_eq!(
        (&envs["GLOBAL"], &envs["BOTH"]),
        (&json!("g"), &json!("global"))
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_secured_sandbox_wants_its_token() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let text =
        "unauthorized access, please provide a valid access token or method signing if supported";
    for token in [None, Some("wrong")] {
        let mut request = sandbox.bare(Method::GET, "/envs");
        if let Some(token) = token {
            request = request.header("X-Access-Token", token);
        }
        assert_eq!(
            told(request).await,
            (401, json!({ "code": 401, "message": text }))
        );
    }
    assert_eq!(told(sandbox.bare(Method::GET, "/health")).await.0, 204);
    for path in ["/init", "/upgrade"] {
        assert_eq!(
            told(sandbox.request(Method::POST, path)).await.0,
            404,
            "{path} is internal"
        );
    }
    let closed = json!({
        "sandboxId": sandbox.id,
        "message": "The sandbox is running but port is not open",
        "port": 8080,
        "code": 502,
    });
    assert_eq!(told(sandbox.at_port(8080)).await, (502, closed));
    stack.stop().await;
}

#[tokio::test]
async fn errors_come_where_the_protocol_puts_them() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let mut nowhere = bash("true");
    nowhere["process"]["cwd"] = json!("/nowhere");
    let outcome = sandbox.start(&nowhere).await.all().await;
    let error = json!({ "error": { "code": "invalid_argument", "message": "cwd '/nowhere' does not exist" } });
    assert_eq!(outcome.trailer, Some(error));
    let unknown = sandbox
        .stream("/process.Process/Start", &bash("true"))
        .header("Authorization", "Basic bm9ib2R5Og==");
    let outcome = Frames::new(unknown.send().await.unwrap()).all().await;
    assert_eq!(outcome.trailer.unwrap()["error"]["code"], "unauthenticated");
    let (status, error) = sandbox
        .rpc(
            "/process.Process/SendSignal",
            &json!({ "process": { "pid": 4711 }, "signal": "SIGNAL_SIGKILL" }),
        )
        .await;
    assert_eq!(
        (status, error),
        (
            404,
            json!({ "code": "not_found", "message": "process with pid 4711 not found" })
        )
    );
    assert_eq!(
        sandbox.rpc("/process.Process/Start", &bash("true")).await.0,
        415,
        "a stream needs its content type"
    );
    let missing = sandbox
        .start(&json!({ "process": { "cmd": "no-such-program" }, "stdin": false }))
        .await
        .all()
        .await;
    assert_eq!(
        (
            &missing.end["exitCode"],
            missing.err().contains("no-such-program")
        ),
        (&json!(127), true),
        "{missing:?}"
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_burst_comes_whole_in_chunks_of_at_most_32_kib() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let outcome = sandbox
        .run("head -c 10000000 /dev/zero | tr '\\0' x; printf 'h\\xc3' >&2")
        .await;
    assert_eq!(
        (outcome.stdout.len(), outcome.stderr.as_slice()),
        (10_000_000, &b"h\xc3"[..])
    );
    assert!(outcome.stdout.iter().all(|byte| *byte == b'x'));
    assert!(outcome.largest <= 32 << 10, "{}", outcome.largest);
    assert_eq!(
        outcome.end,
        json!({ "exited": true, "status": "exit status 0" })
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_process_outlives_its_client_and_its_exit_is_remembered() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let mut request = bash("echo begun; sleep 0.5; echo unseen; echo done > ~/done; exit 3");
    request["tag"] = json!("run-1");
    let mut frames = sandbox.start(&request).await;
    let mut outcome = Outcome::default();
    frames.until(&mut outcome, "begun").await;
    drop(frames);
    let (_, list) = sandbox.rpc("/process.Process/List", &json!({})).await;
    assert_eq!(
        (&list["processes"][0]["tag"], &list["processes"][0]["pid"]),
        (&json!("run-1"), &json!(outcome.pid))
    );
    assert!(eventually(async || sandbox.run("cat ~/done").await.out() == "done\n").await);
    assert!(
        eventually(async || sandbox.rpc("/process.Process/List", &json!({})).await.1 == json!({}))
            .await
    );
    for selector in [json!({ "tag": "run-1" }), json!({ "pid": outcome.pid })] {
        let late = sandbox
            .stream("/process.Process/Connect", &json!({ "process": selector }))
            .send()
            .await
            .unwrap();
        let late = Frames::new(late).all().await;
        assert_eq!(
            (late.pid, &late.end["exitCode"], late.out()),
            (outcome.pid, &json!(3), String::new())
        );
    }
    stack.stop().await;
}

#[tokio::test]
async fn the_limit_of_a_call_kills_the_leader_and_only_the_leader() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let script = "sleep 60 & echo $! > ~/child; echo $$ > ~/leader; wait";
    let begun = Instant::now();
    let limited = sandbox
        .stream("/process.Process/Start", &bash(script))
        .header("Connect-Timeout-Ms", "400");
    let outcome = Frames::new(limited.send().await.unwrap()).all().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(
        outcome.trailer.unwrap()["error"]["code"],
        "deadline_exceeded"
    );
    let alive = "for who in leader child; do kill -0 $(cat ~/$who) 2>/dev/null && echo $who; done";
    assert!(eventually(async || sandbox.run(alive).await.out() == "child\n").await);
    stack.stop().await;
}

#[tokio::test]
async fn a_signal_reaches_the_leader_and_its_parting_words_are_lost() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let mut frames = sandbox
        .start(&bash(
            "trap 'echo parting; exit 9' TERM; echo ready; while :; do sleep 0.05; done",
        ))
        .await;
    let mut outcome = Outcome::default();
    frames.until(&mut outcome, "ready").await;
    let signal = json!({ "process": { "pid": outcome.pid }, "signal": "SIGNAL_SIGTERM" });
    assert_eq!(
        sandbox.rpc("/process.Process/SendSignal", &signal).await,
        (200, json!({}))
    );
    let outcome = frames.rest(outcome).await;
    assert_eq!(
        (outcome.out().as_str(), &outcome.end["exitCode"]),
        ("ready\n", &json!(9))
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_group_of_its_own_is_stopped_by_a_second_command() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    // Without setsid a command shares the group of envd, so a group kill would end the sandbox.
    let shared = sandbox
        .run("cut -d' ' -f5 /proc/$$/stat; cut -d' ' -f5 /proc/2/stat")
        .await;
    let groups: Vec<String> = shared.out().lines().map(str::to_owned).collect();
    assert_eq!(groups[0], groups[1]);

    let script =
        "exec setsid bash -c 'sleep 60 & trap \"echo parting; exit 5\" TERM; echo ready; wait'";
    let mut frames = sandbox.start(&bash(script)).await;
    let mut outcome = Outcome::default();
    frames.until(&mut outcome, "ready").await;
    let kill = sandbox
        .run(&format!("kill -TERM -- -{}", outcome.pid))
        .await;
    assert_eq!(
        kill.end,
        json!({ "exited": true, "status": "exit status 0" }),
        "{}",
        kill.err()
    );
    let outcome = frames.rest(outcome).await;
    assert_eq!(
        (outcome.out().as_str(), &outcome.end["exitCode"]),
        ("ready\nparting\n", &json!(5)),
        "{outcome:?}"
    );
    stack.stop().await;
}

#[tokio::test]
async fn silence_is_filled_with_keepalives() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let quiet = sandbox
        .stream("/process.Process/Start", &bash("sleep 2.5"))
        .header("Keepalive-Ping-Interval", "1");
    let outcome = Frames::new(quiet.send().await.unwrap()).all().await;
    // A slow machine may fit in one more.
    assert!(
        (2..=3).contains(&outcome.keepalives),
        "{}",
        outcome.keepalives
    );
    stack.stop().await;
}

#[tokio::test]
async fn lines_are_sent_when_they_are_written() {
    let stack = TestStack::start().await;
    let sandbox = stack.sandbox().await;
    let begun = Instant::now();
    let mut frames = sandbox.start(&bash("echo one; sleep 1; echo two")).await;
    let mut outcome = Outcome::default();
    frames.until(&mut outcome, "one").await;
    assert!(
        begun.elapsed() < Duration::from_millis(700),
        "{:?}",
        begun.elapsed()
    );
    frames.until(&mut outcome, "two").await;
    assert!(
        begun.elapsed() > Duration::from_millis(950),
        "{:?}",
        begun.elapsed()
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_sandbox_without_internet_reaches_nobody() {
    let stack = TestStack::start().await;
    let port = stack.api.rsplit(':').next().unwrap();
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached");
    for (allowed, expected) in [(true, "reached\n"), (false, "")] {
        let body = json!({ "templateID": "base", "timeout": 60, "secure": true, "allow_internet_access": allowed });
        let sandbox = stack.create(body).await;
        assert_eq!(
            sandbox.run(&script).await.out(),
            expected,
            "allowed: {allowed}"
        );
    }
    stack.stop().await;
}
