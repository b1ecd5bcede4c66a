//! The jail of a script: its own `/data`, the host's programs, no network, nothing else of the host.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::Work;
use super::lab::Python;

/// Where a script finds its environment.
const ENVIRONMENT: &str = "/opt/venv";

/// The command that runs the script on this data folder.
pub(super) fn command(work: &Work<'_>, data: &Path, python: &Python) -> Command {
    let mut command = Command::new("bwrap");
    programs(&mut command);
    // The folders of the dev stack may lie below `/tmp`: what is lent comes after it.
    command.args(["--tmpfs", "/tmp", "--tmpfs", "/home/default"]);
    for folder in lent(python) {
        command.arg("--ro-bind").arg(&folder).arg(&folder);
    }
    for (name, path) in &python.accounts {
        command
            .arg("--ro-bind")
            .arg(path)
            .arg(Path::new("/etc").join(name));
    }
    let mut program = python.program.clone();
    let mut path = "/usr/local/bin:/usr/bin:/bin".to_owned();
    if let Some(environment) = &python.environment {
        command.arg("--ro-bind").arg(environment).arg(ENVIRONMENT);
        command.args(["--setenv", "VIRTUAL_ENV", ENVIRONMENT]);
        program = Path::new(ENVIRONMENT).join("bin/python");
        path = format!("{ENVIRONMENT}/bin:{path}");
    }
    command.args(["--proc", "/proc", "--dev", "/dev", "--bind"]);
    command.arg(data).arg("/data");
    command.args(["--unshare-all", "--uid", "1000", "--gid", "1000"]);
    command.args(["--die-with-parent", "--new-session", "--chdir", "/data"]);
    for (name, value) in variables(work) {
        command.args(["--setenv", name, &value]);
    }
    command.args(["--setenv", "PATH", &path]);
    // What is set goes to the script alone: bubblewrap itself has nothing to look up.
    command.env_clear().env("PATH", host_path());
    command
        .arg("--")
        .arg(program)
        .args(["-u", "/data/script.py"]);
    command
}

fn host_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

fn programs(command: &mut Command) {
    command.args(["--clearenv", "--ro-bind", "/usr", "/usr"]);
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
}

/// The folders of an interpreter outside `/usr`: where it is said to be, and where it is.
fn lent(python: &Python) -> Vec<PathBuf> {
    let linked = python.environment.as_ref().and_then(|environment| {
        let link = std::fs::read_link(environment.join("bin/python"));
        link.ok()
    });
    let said = linked.unwrap_or_else(|| python.program.clone());
    let real = std::fs::canonicalize(&said).ok();
    let mut all: Vec<PathBuf> = Vec::new();
    for program in [Some(said), real].into_iter().flatten() {
        // `bin` of its prefix.
        let Some(prefix) = program.parent().and_then(Path::parent) else {
            continue;
        };
        let is_own = prefix.is_absolute() && prefix.parent().is_some();
        if is_own && !prefix.starts_with("/usr") && !all.iter().any(|it| it == prefix) {
            all.push(prefix.to_owned());
        }
    }
    all
}

/// What the runner sets (reference/keboola.md section 8.3).
fn variables(work: &Work<'_>) -> Vec<(&'static str, String)> {
    let caller = &work.caller.storage;
    let project = caller.with(work.world, |project| {
        Ok((project.features.join(","), project.stack.clone()))
    });
    let (features, stack) = project.unwrap_or_default();
    let mode = if work.task.is_debug { "debug" } else { "run" };
    let mut all = vec![
        ("HOME", "/home/default".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("KBC_RUNID", work.task.id.to_string()),
        ("KBC_PROJECTID", caller.project.to_string()),
        ("KBC_DATADIR", "/data/".to_owned()),
        ("KBC_CONFIGID", work.place.id.clone()),
        ("KBC_COMPONENTID", work.place.component.clone()),
        ("KBC_STACKID", stack),
        (
            "KBC_STAGING_FILE_PROVIDER",
            caller.provider.name().to_owned(),
        ),
        ("KBC_PROJECT_FEATURE_GATES", features),
        ("KBC_COMPONENT_RUN_MODE", mode.to_owned()),
    ];
    let version = work.version.map(|version| version.to_string());
    all.extend(version.map(|version| ("KBC_CONFIGVERSION", version)));
    let branch = work.task.branch.map(|branch| branch.to_string());
    all.extend(branch.map(|branch| ("KBC_BRANCHID", branch)));
    all
}
