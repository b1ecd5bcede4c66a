//! The process behind the gateway: started when it is first needed, ended with the stack, even when
//! that is killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::Mutex;

use super::ACCOUNT;
use crate::file_storage::StoreError;

/// It says this when it is up.
const LISTENS: &str = "successfully listens on http://127.0.0.1:";
/// It is up in a second or two, on a busy machine in some more.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Code that node runs before it: azurite does not care for its standard input, whose other end
/// closes with the stack's process.
const END_WITH_STDIN: &str = "--import=data:text/javascript,\
                              process.stdin.resume().on(%27end%27,()=>process.exit())";

/// azurite, running or not.
#[derive(Debug)]
pub(super) struct Azurite {
    program: Option<PathBuf>,
    folder: PathBuf,
    key: String,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    port: u16,
    child: Child,
}

impl Azurite {
    /// One that is not running. `key` is the account's, in base64.
    pub(super) fn new(program: Option<PathBuf>, folder: &Path, key: String) -> Self {
        Self {
            program,
            folder: folder.to_owned(),
            key,
            running: Mutex::default(),
        }
    }

    /// The port that it listens on; starts it when it is not running.
    pub(super) async fn port(&self) -> Result<u16, StoreError> {
        let mut running = self.running.lock().await;
        if let Some(running) = &mut *running
            && let Ok(None) = running.child.try_wait()
        {
            return Ok(running.port);
        }
        let started = tokio::time::timeout(START_LIMIT, self.start()).await;
        let started = started.map_err(|_| failed("it did not come up in a minute"))??;
        Ok(running.insert(started).port)
    }

    /// Ends it.
    pub(super) async fn stop(&self) {
        if let Some(mut running) = self.running.lock().await.take()
            && let Err(error) = running.child.kill().await
        {
            eprintln!("devstack: azurite could not be ended: {error}");
        }
    }

    async fn start(&self) -> Result<Running, StoreError> {
        let program = self.program.as_ref().ok_or(StoreError::NoAzurite)?;
        std::fs::create_dir_all(&self.folder)?;
        let mut child = Command::new(program)
            .args(["--silent", "--skipApiVersionCheck"])
            .args(["--blobHost", "127.0.0.1", "--blobPort", "0"])
            .arg("--location")
            .arg(&self.folder)
            .env("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{}", self.key))
            .env("NODE_OPTIONS", END_WITH_STDIN)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(&format!("{}: {error}", program.display())))?;
        let out = child.stdout.take().ok_or_else(|| failed("it is mute"))?;
        let port = listening(out).await?;
        Ok(Running { port, child })
    }
}

/// Reads what it says up to its port; the rest is read and forgotten, so that it never waits.
async fn listening(out: ChildStdout) -> Result<u16, StoreError> {
    let mut lines = BufReader::new(out).lines();
    let mut said = String::new();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.split_once(LISTENS) {
            let port = port.trim().parse();
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return port.map_err(|_| failed(&line));
        }
        said.push_str(&line);
        said.push('\n');
    }
    Err(failed(&format!("it ended: {said}")))
}

fn failed(why: &str) -> StoreError {
    StoreError::Azurite(why.to_owned())
}
