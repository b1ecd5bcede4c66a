//! What jobs run with: a Python with `keboola.component`, made once, and packages for those that want
//! more (reference/keboola.md section 8.2).

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::Failure;

/// What every job can import.
const COMPONENT: &str = "keboola.component";

/// Who the script is, as programs look it up.
const ACCOUNTS: [(&str, &str); 2] = [
    (
        "passwd",
        "root:x:0:0:root:/root:/bin/sh\ndefault:x:1000:1000::/home/default:/bin/bash\n",
    ),
    ("group", "root:x:0:\ndefault:x:1000:\n"),
];

/// The programs and the folder of the jobs.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) folder: PathBuf,
    pub(crate) python: Option<PathBuf>,
    pub(crate) uv: Option<PathBuf>,
    pub(crate) wheels: Option<PathBuf>,
    /// The environment of jobs without packages, once it is made.
    pub(crate) base: Mutex<Option<PathBuf>>,
}

/// What runs a script.
#[derive(Debug)]
pub(super) struct Python {
    /// The host's interpreter.
    pub(super) program: PathBuf,
    /// An environment of it.
    pub(super) environment: Option<PathBuf>,
    /// Files of `/etc`.
    pub(super) accounts: Vec<(&'static str, PathBuf)>,
}

impl Lab {
    /// The folder of a job, below which its `data` lies. It goes when it is dropped.
    pub(super) fn job_folder(&self, id: u64) -> Result<TempDir, Failure> {
        std::fs::create_dir_all(&self.folder)?;
        let name = format!("{id}-");
        Ok(tempfile::Builder::new()
            .prefix(&name)
            .tempdir_in(&self.folder)?)
    }

    /// The Python of a job with these packages. `own` is where its environment may be.
    pub(super) async fn python(
        &self,
        own: &Path,
        packages: &[String],
        tell: &(impl Fn(&str) + Sync),
    ) -> Result<Python, Failure> {
        let mut accounts = Vec::new();
        for (name, text) in ACCOUNTS {
            let path = self.folder.join(name);
            std::fs::write(&path, text)?;
            accounts.push((name, path));
        }
        Ok(Python {
            program: self.program(),
            environment: self.environment(own, packages, tell).await?,
            accounts,
        })
    }

    fn program(&self) -> PathBuf {
        let named = self.python.clone();
        named.unwrap_or_else(|| PathBuf::from("/usr/bin/python3"))
    }

    /// `None` when the stack was started without what makes one.
    async fn environment(
        &self,
        own: &Path,
        packages: &[String],
        tell: &(impl Fn(&str) + Sync),
    ) -> Result<Option<PathBuf>, Failure> {
        let (Some(uv), Some(wheels)) = (&self.uv, &self.wheels) else {
            return match packages.first() {
                None => Ok(None),
                Some(package) => Err(Failure::User(format!(
                    "The dev stack was started without --uv or --wheels: no {package}."
                ))),
            };
        };
        let tools = Tools { uv, wheels };
        if !packages.is_empty() {
            self.make(&tools, own).await?;
            let is_named = packages.iter().any(|package| package == COMPONENT);
            let first = (!is_named).then_some(COMPONENT);
            // One after the other, as the real one does: the order counts.
            for package in first.into_iter().chain(packages.iter().map(String::as_str)) {
                tell(&format!("Installing package: {package}"));
                self.install(&tools, own, package).await.map_err(|why| {
                    Failure::User(format!("Failed to install package: {package}\n{why}"))
                })?;
            }
            return Ok(Some(own.to_owned()));
        }
        let mut base = self.base.lock().await;
        if base.is_none() {
            let folder = self.folder.join("base");
            self.make(&tools, &folder).await?;
            self.install(&tools, &folder, COMPONENT)
                .await
                .map_err(|why| Failure::Broken(format!("There is no {COMPONENT}: {why}")))?;
            *base = Some(folder);
        }
        Ok(base.clone())
    }

    async fn make(&self, tools: &Tools<'_>, folder: &Path) -> Result<(), Failure> {
        let mut make = Command::new(tools.uv);
        make.args(["venv", "--quiet", "--clear", "--no-config", "--python"])
            .arg(self.program())
            .arg(folder);
        self.run(make).await.map_err(Failure::Broken)
    }

    async fn install(&self, tools: &Tools<'_>, folder: &Path, package: &str) -> Result<(), String> {
        let mut install = Command::new(tools.uv);
        install
            .args(["pip", "install", "--quiet", "--no-config"])
            .args(["--offline", "--no-index", "--find-links"])
            .arg(tools.wheels)
            .arg("--python")
            .arg(folder.join("bin/python"))
            .args(["--", package]);
        self.run(install).await
    }

    async fn run(&self, mut command: Command) -> Result<(), String> {
        // Settings of whoever started the stack are not the jobs'.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("UV_") {
                command.env_remove(name);
            }
        }
        let done = command
            .env_remove("VIRTUAL_ENV")
            .env("UV_CACHE_DIR", self.folder.join("uv-cache"))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| error.to_string())?;
        match done.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
        }
    }
}

/// What makes environments.
struct Tools<'a> {
    uv: &'a Path,
    wheels: &'a Path,
}
