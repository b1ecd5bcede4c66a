//! Cases of a sandbox's processes.

use std::time::{Duration, Instant};

use devstack_e2b::Service;
use e2b::{
    Ended, Envd, EnvdError, ProcessEvent, ProcessEvents, ProcessStart, Selector, Signal,
    TerminalSize,
};
use futures::StreamExt as _;
use transport::{Http, NativeHttp};

use super::client::Client;

type Events = ProcessEvents<<NativeHttp as Http>::Body>;

/// All that it wrote, and how it ended.
async fn to_the_end(mut events: Events) -> (String, Ended) {
    let mut written = Vec::new();
    while let Some(event) = events.next().await {
        match event.unwrap() {
            ProcessEvent::Stdout(bytes) | ProcessEvent::Terminal(bytes) => written.extend(bytes),
            ProcessEvent::End(ended) => return (String::from_utf8(written).unwrap(), ended),
            ProcessEvent::Stderr(_) | ProcessEvent::Keepalive => {}
        }
    }
    panic!("it has no end");
}

/// Reads on until it wrote this.
async fn until_told(events: &mut Events, wanted: &str) -> String {
    let mut written = String::new();
    while !written.contains(wanted) {
        let event = events.next().await.unwrap().unwrap();
        if let ProcessEvent::Stdout(bytes) | ProcessEvent::Terminal(bytes) = event {
            written.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    written
}

async fn said(envd: &Envd<'_, NativeHttp>, process: &ProcessStart) -> String {
    let completed = envd.run_to_end(process).await.unwrap();
    String::from_utf8(completed.stdout).unwrap()
}

pub(crate) async fn a_command_streams_its_lines_as_they_come(client: &Client) {
    let sandbox = client.sandbox("lines").await;
    let line = "for n in 1 2 3; do echo $n; sleep 0.3; done; echo oops >&2";
    let envd = client.envd(&sandbox);
    let mut events = envd.start(&ProcessStart::shell(line)).await.unwrap();
    let begun = Instant::now();
    let (mut lines, mut oops, mut ended) = (Vec::new(), Vec::new(), None);
    while let Some(event) = events.next().await {
        match event.unwrap() {
            ProcessEvent::Stdout(bytes) => lines.push((bytes, begun.elapsed())),
            ProcessEvent::Stderr(bytes) => oops.extend(bytes),
            ProcessEvent::End(end) => ended = Some(end.exit_code),
            ProcessEvent::Terminal(_) | ProcessEvent::Keepalive => {}
        }
    }
    let texts: Vec<_> = lines.iter().map(|(bytes, _)| &bytes[..]).collect();
    assert_eq!(texts, [b"1\n", b"2\n", b"3\n"]);
    assert_eq!((&oops[..], ended), (&b"oops\n"[..], Some(0)));
    for pair in lines.windows(2) {
        let apart = pair[1].1.saturating_sub(pair[0].1);
        assert!(apart > Duration::from_millis(200), "{lines:?}");
    }
    client.end(&sandbox).await;
}

pub(crate) async fn a_non_zero_exit_is_told_with_its_output(client: &Client) {
    let sandbox = client.sandbox("exit").await;
    let envd = client.envd(&sandbox);
    for (line, code) in [
        ("echo out; echo err >&2; exit 7", 7),
        ("no-such-program", 127),
    ] {
        let completed = envd.run_to_end(&ProcessStart::shell(line)).await.unwrap();
        assert_eq!(
            (completed.ended.exit_code, completed.ended.exited),
            (code, true)
        );
        if code == 7 {
            assert_eq!(
                (&*completed.stdout, &*completed.stderr),
                (&b"out\n"[..], &b"err\n"[..])
            );
        }
    }
    client.end(&sandbox).await;
}

pub(crate) async fn a_command_gets_its_environment_folder_and_user(client: &Client) {
    let sandbox = client.sandbox("environment").await;
    let envd = client.envd(&sandbox);
    let mut process = ProcessStart::shell("echo $GLOBAL $OWN; pwd; whoami");
    process.envs = [("OWN".to_owned(), "here".to_owned())].into();
    process.cwd = Some("/tmp".to_owned());
    assert_eq!(said(&envd, &process).await, "everywhere here\n/tmp\nuser\n");
    let who = ProcessStart::shell("whoami; echo $HOME");
    let root = client.envd_as(&sandbox, "root");
    assert_eq!(said(&root, &who).await, "root\n/root\n");
    let mut lost = ProcessStart::shell("true");
    lost.cwd = Some("/not/there".to_owned());
    assert!(matches!(
        envd.run_to_end(&lost).await,
        Err(EnvdError::Invalid { .. })
    ));
    let nobody = client.envd_as(&sandbox, "nobody");
    let refused = nobody.run_to_end(&who).await.unwrap_err();
    assert!(
        refused.to_string().contains("invalid username: 'nobody'"),
        "{refused}"
    );
    client.end(&sandbox).await;
}

pub(crate) async fn a_command_goes_on_in_the_background_and_is_stopped(client: &Client) {
    let sandbox = client.sandbox("background").await;
    let envd = client.envd(&sandbox);
    let mut ticking = ProcessStart::shell("while :; do echo tick; sleep 0.05; done");
    ticking.tag = Some("ticking".to_owned());
    let first = envd.start(&ticking).await.unwrap();
    let (pid, tag) = (first.pid, Selector::Tag("ticking".to_owned()));
    drop(first);
    let running = envd.list().await.unwrap();
    let known = running.iter().find(|it| it.pid == pid).unwrap();
    assert_eq!(
        (known.tag.as_deref(), &*known.cmd),
        (Some("ticking"), "/bin/bash")
    );
    let mut joined = envd.connect(&tag).await.unwrap();
    assert!(until_told(&mut joined, "tick").await.starts_with("tick"));
    envd.send_signal(&Selector::Pid(pid), Signal::Kill)
        .await
        .unwrap();
    let (_, ended) = to_the_end(joined).await;
    assert_eq!(
        (ended.exit_code, ended.exited, &*ended.status),
        (-1, false, "signal: killed")
    );
    let again = envd.send_signal(&Selector::Pid(pid), Signal::Kill).await;
    assert!(
        matches!(again, Err(EnvdError::NotFound { .. })),
        "{again:?}"
    );
    let gone = envd.connect(&Selector::Pid(999_999)).await;
    assert!(matches!(gone, Err(EnvdError::NotFound { .. })));
    client.end(&sandbox).await;
}

/// Ours has no limit of envd's, which ends the leader alone: whoever sets one ends the group.
pub(crate) async fn a_command_that_outlives_its_limit_is_ended(client: &Client) {
    let sandbox = client.sandbox("limit").await;
    let envd = client.envd(&sandbox);
    let line = "exec setsid sh -c 'trap \"echo stopped; exit 3\" TERM; sleep 30 & wait'";
    let events = envd.start(&ProcessStart::shell(line)).await.unwrap();
    let (pid, begun) = (events.pid, Instant::now());
    tokio::time::sleep(Duration::from_millis(600)).await;
    envd.signal_group(pid, Signal::Term).await.unwrap();
    let (written, ended) = to_the_end(events).await;
    assert_eq!(
        (&*written, ended.exit_code),
        ("stopped\n", 3),
        "its last words are heard"
    );
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(envd.list().await.unwrap().iter().all(|it| it.pid != pid));
    client.end(&sandbox).await;
}

pub(crate) async fn standard_input_is_fed_and_closed(client: &Client) {
    let sandbox = client.sandbox("stdin").await;
    let envd = client.envd(&sandbox);
    let process = ProcessStart {
        stdin: true,
        ..ProcessStart::shell("cat; echo end")
    };
    let mut events = envd.start(&process).await.unwrap();
    let cat = Selector::Pid(events.pid);
    envd.send_stdin(&cat, b"first\n").await.unwrap();
    envd.send_stdin(&cat, b"second\n").await.unwrap();
    until_told(&mut events, "second\n").await;
    let closed = envd.close_stdin(&cat).await;
    match client.service {
        Service::E2b => {
            closed.unwrap();
            assert_eq!(to_the_end(events).await.0, "end\n");
            let none = ProcessStart::shell("cat; echo at once");
            assert_eq!(said(&envd, &none).await, "at once\n");
        }
        // Its envd knows no way to.
        Service::OpenKruise => {
            assert!(
                matches!(closed, Err(EnvdError::Invalid { .. })),
                "{closed:?}"
            );
            envd.send_signal(&cat, Signal::Kill).await.unwrap();
        }
    }
    client.end(&sandbox).await;
}

pub(crate) async fn a_terminal_is_opened_and_resized(client: &Client) {
    let sandbox = client.sandbox("terminal").await;
    let envd = client.envd(&sandbox);
    let size = |columns, rows| TerminalSize { columns, rows };
    let own = [("OWN".to_owned(), "here".to_owned())].into();
    let events = envd.start_terminal("shell", size(80, 24), &own).await;
    let events = events.unwrap();
    let shell = Selector::Pid(events.pid);
    envd.resize(&shell, size(101, 33)).await.unwrap();
    let line = b"stty size; tty; echo [$OWN]; exit\n";
    envd.type_in(&shell, line).await.unwrap();
    let (shown, ended) = to_the_end(events).await;
    for expected in ["33 101", "/dev/pts/", "[here]"] {
        assert!(shown.contains(expected), "{expected} is not in {shown}");
    }
    assert!(ended.exited);
    let typed = envd.type_in(&shell, b"late").await;
    assert!(
        matches!(typed, Err(EnvdError::NotFound { .. })),
        "{typed:?}"
    );
    client.end(&sandbox).await;
}

pub(crate) async fn a_sandbox_that_is_killed_during_a_command_is_told(client: &Client) {
    let sandbox = client.sandbox("doomed").await;
    let envd = client.envd(&sandbox);
    let mut events = envd.start(&ProcessStart::shell("sleep 30")).await.unwrap();
    client.end(&sandbox).await;
    let told = events.next().await.unwrap();
    assert!(
        matches!(told, Err(EnvdError::Dropped(_))),
        "never taken for an end: {told:?}"
    );
    assert_eq!(envd.health().await, Err(EnvdError::SandboxGone));
}
