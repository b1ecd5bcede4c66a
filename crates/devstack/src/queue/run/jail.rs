//! The script in its jail: its own `/data`, the host's programs, no network, nothing else of the host.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;

use super::{Failure, Work};
use crate::project::event::EventKind;
use crate::sync::lock;

/// Lines of the error output that the message of a failed job has.
const TOLD_LINES: usize = 1000;

/// Runs the script to its end; its output becomes events, line by line.
pub(super) async fn run(work: &Work<'_>, data: &Path) -> Result<(), Failure> {
    let packages = packages(work.parameters());
    let environment = tempfile::Builder::new()
        .prefix("venv-")
        .tempdir_in(&work.world.queue.lab.folder)?;
    let own = environment.path().join("venv");
    let tell = |text: &str| work.tell(EventKind::Info, text);
    let python = work
        .world
        .queue
        .lab
        .interpreter(&own, &packages, &tell)
        .await?;
    let mut command = Command::new("bwrap");
    jail(&mut command, data, &python);
    for (name, value) in variables(work) {
        command.args(["--setenv", name, &value]);
    }
    command
        .arg("--")
        .arg(&python)
        .args(["-u", "/data/script.py"]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let last: Mutex<VecDeque<String>> = Mutex::default();
    let out = child
        .stdout
        .take()
        .ok_or_else(|| std::io::Error::other("no stdout"))?;
    let err = child
        .stderr
        .take()
        .ok_or_else(|| std::io::Error::other("no stderr"))?;
    let ((), (), status) = tokio::join!(
        lines(out, |line| work.tell(EventKind::Info, line)),
        lines(err, |line| {
            work.tell(EventKind::Error, line);
            let mut last = lock(&last);
            last.push_back(line.to_owned());
            if last.len() > TOLD_LINES {
                last.pop_front();
            }
        }),
        child.wait(),
    );
    if status?.success() {
        return Ok(());
    }
    let told: Vec<String> = lock(&last).drain(..).collect();
    Err(Failure::User(format!(
        "Script execution failed.\n{}",
        told.join("\n")
    )))
}

async fn lines(from: impl AsyncRead + Unpin, take: impl Fn(&str)) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while let Ok(1..) = from.read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        // Events without words are not kept.
        if !text.trim().is_empty() {
            take(text);
        }
        line.clear();
    }
}

fn packages(parameters: &Value) -> Vec<String> {
    let list = parameters.get("packages").and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn jail(command: &mut Command, data: &Path, python: &Path) {
    command.args(["--ro-bind", "/usr", "/usr"]);
    for name in ["/bin", "/lib", "/lib32", "/lib64", "/sbin"] {
        let path = Path::new(name);
        match std::fs::read_link(path) {
            Ok(target) => {
                command.arg("--symlink").arg(target).arg(path);
            }
            Err(_) if path.is_dir() => {
                command.args(["--ro-bind", name, name]);
            }
            Err(_) => {}
        }
    }
    for name in ["/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime"] {
        command.args(["--ro-bind-try", name, name]);
    }
    // Before what is lent: that may lie below the host's own `/tmp`.
    command.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
    for lent in lent(python) {
        command.arg("--ro-bind").arg(&lent).arg(&lent);
    }
    command.arg("--bind").arg(data).arg("/data");
    command.args(["--unshare-all", "--uid", "1000", "--gid", "1000"]);
    command.args([
        "--die-with-parent",
        "--new-session",
        "--clearenv",
        "--chdir",
        "/data",
    ]);
}

/// The folders of an interpreter outside `/usr`: its environment, and what that stands on.
fn lent(python: &Path) -> Vec<PathBuf> {
    let prefix = |python: &Path| python.parent().and_then(Path::parent).map(Path::to_owned);
    let mut all: Vec<PathBuf> = Vec::new();
    all.extend(prefix(python));
    all.extend(
        std::fs::canonicalize(python)
            .ok()
            .as_deref()
            .and_then(prefix),
    );
    all.retain(|path| path.is_absolute() && !path.starts_with("/usr") && path.parent().is_some());
    all
}

/// What the runner sets (section 8.3).
fn variables(work: &Work<'_>) -> Vec<(&'static str, String)> {
    let caller = &work.caller.storage;
    let features = caller.with(work.world, |project| Ok(project.features.join(",")));
    let mode = if work.task.is_debug { "debug" } else { "run" };
    let mut all = vec![
        ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("HOME", "/tmp".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("KBC_RUNID", work.task.id.to_string()),
        ("KBC_PROJECTID", caller.project.to_string()),
        ("KBC_DATADIR", "/data/".to_owned()),
        ("KBC_CONFIGID", work.place.id.clone()),
        ("KBC_COMPONENTID", work.place.component.clone()),
        ("KBC_STACKID", caller.host.clone()),
        (
            "KBC_STAGING_FILE_PROVIDER",
            caller.provider.name().to_owned(),
        ),
        ("KBC_PROJECT_FEATURE_GATES", features.unwrap_or_default()),
        ("KBC_COMPONENT_RUN_MODE", mode.to_owned()),
    ];
    all.extend(
        work.version
            .map(|version| ("KBC_CONFIGVERSION", version.to_string())),
    );
    all.extend(
        work.task
            .branch
            .map(|branch| ("KBC_BRANCHID", branch.to_string())),
    );
    all
}
