//! Turns a request into a child process: account, directory, environment, standard streams.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;

use tokio::process::{Child, Command};

use super::messages::StartRequest;
use super::terminal::Terminal;
use crate::envd::account::Account;
use crate::envd::config::{Config, Ids};
use crate::envd::connect::{Code, RpcError};
use crate::envd::path;

/// A child that runs, and its terminal if it has one.
pub(super) struct Spawned {
    pub(super) child: Child,
    pub(super) terminal: Option<Terminal>,
}

/// Starts what the request asks for. It stays in envd's process group, as on the service.
pub(super) fn spawn(
    request: &StartRequest,
    account: Account,
    config: &Config,
) -> Result<Spawned, RpcError> {
    let invalid = |message: String| RpcError::new(Code::InvalidArgument, message);
    let directory = path::resolve(request.process.cwd.as_deref().unwrap_or(""), account)
        .map_err(|error| invalid(error.to_string()))?;
    if !directory.exists() {
        return Err(invalid(format!(
            "cwd '{}' does not exist",
            directory.display()
        )));
    }
    let line = std::iter::once(&request.process.cmd)
        .chain(&request.process.args)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    let failed = |error: io::Error| {
        invalid(format!(
            "error starting process '{line}': fork/exec: {error}"
        ))
    };
    match attempt(request, &directory, account, config, false) {
        // envd starts commands through a shell that execs them; what cannot be run is therefore a
        // process that prints why and exits 127 or 126, not an error of Start.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
            ) =>
        {
            attempt(request, &directory, account, config, true).map_err(failed)
        }
        other => other.map_err(failed),
    }
}

fn attempt(
    request: &StartRequest,
    directory: &Path,
    account: Account,
    config: &Config,
    by_shell: bool,
) -> io::Result<Spawned> {
    let mut command = if by_shell {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", r#"exec "$@""#, "--", request.process.cmd.as_str()]);
        shell
    } else {
        Command::new(&request.process.cmd)
    };
    command
        .args(&request.process.args)
        .current_dir(directory)
        .env_clear()
        .env("PATH", &config.path)
        .env("HOME", account.home)
        .env("USER", account.name)
        .env("LOGNAME", account.name)
        .envs(&config.envs)
        .envs(&request.process.envs);
    if config.ids == Ids::Real {
        command.uid(account.uid).gid(account.gid);
    }
    let terminal = match request.pty {
        Some(pty) => {
            let (terminal, slave) = Terminal::open(pty.size, account, config.ids)?;
            attach(&mut command, slave)?;
            Some(terminal)
        }
        None => {
            // The flag is unknown to an old envd, which leaves it open.
            let wanted = request.stdin.unwrap_or(true) || !config.version.has_stdin_flag();
            let stdin = if wanted {
                Stdio::piped()
            } else {
                Stdio::null()
            };
            command
                .stdin(stdin)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            None
        }
    };
    Ok(Spawned {
        child: command.spawn()?,
        terminal,
    })
}

/// Makes the terminal the controlling one of a new session, as a login does.
fn attach(command: &mut Command, slave: OwnedFd) -> io::Result<()> {
    command
        .stdin(slave.try_clone()?)
        .stdout(slave.try_clone()?)
        .stderr(slave);
    // SAFETY: between fork and exec only two system calls run, both async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            rustix::process::setsid()?;
            rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
            Ok(())
        });
    }
    Ok(())
}
