//! What jobs run with: a Python with `keboola.component`, made once, and packages for those that want
//! more.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::Failure;

/// What every job can import (reference/keboola.md section 8.2).
const COMPONENT: &str = "keboola.component";

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

impl Lab {
    /// The folder that is `/data` of a job; it goes with the job.
    pub(super) fn job_folder(&self, id: u64) -> Result<TempDir, Failure> {
        std::fs::create_dir_all(&self.folder)?;
        let name = format!("{id}-");
        Ok(tempfile::Builder::new()
            .prefix(&name)
            .tempdir_in(&self.folder)?)
    }

    /// The interpreter for a job with these packages. `own` is a folder of the job's.
    pub(super) async fn interpreter(
        &self,
        own: &Path,
        packages: &[String],
        tell: &(impl Fn(&str) + Sync),
    ) -> Result<PathBuf, Failure> {
        let (Some(uv), Some(wheels)) = (&self.uv, &self.wheels) else {
            if let Some(package) = packages.first() {
                let text =
                    format!("The dev stack was started without --uv or --wheels: no {package}.");
                return Err(Failure::User(text));
            }
            return Ok(self.python());
        };
        if packages.is_empty() {
            let mut base = self.base.lock().await;
            if let Some(made) = base.as_ref() {
                return Ok(made.clone());
            }
            let made = self
                .environment(uv, wheels, &self.folder.join("base"), &[])
                .await?;
            return Ok(base.insert(made).clone());
        }
        tell(&format!("Installing packages: {}", packages.join(", ")));
        self.environment(uv, wheels, own, packages).await
    }

    fn python(&self) -> PathBuf {
        self.python
            .clone()
            .unwrap_or_else(|| PathBuf::from("python3"))
    }

    async fn environment(
        &self,
        uv: &Path,
        wheels: &Path,
        folder: &Path,
        packages: &[String],
    ) -> Result<PathBuf, Failure> {
        let mut make = Command::new(uv);
        make.args(["venv", "--quiet", "--no-config", "--python"])
            .arg(self.python())
            .arg(folder);
        self.installed(make).await.map_err(Failure::Broken)?;
        let python = folder.join("bin/python");
        let is_named = packages.iter().any(|package| package == COMPONENT);
        let first = (!is_named).then_some(COMPONENT);
        for package in first.into_iter().chain(packages.iter().map(String::as_str)) {
            let mut install = Command::new(uv);
            install
                .args([
                    "pip",
                    "install",
                    "--quiet",
                    "--no-config",
                    "--offline",
                    "--no-index",
                ])
                .arg("--find-links")
                .arg(wheels)
                .arg("--python")
                .arg(&python)
                .arg(package);
            self.installed(install).await.map_err(|why| {
                Failure::User(format!("Failed to install package: {package}\n{why}"))
            })?;
        }
        Ok(python)
    }

    async fn installed(&self, mut command: Command) -> Result<(), String> {
        let done = command
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
