//! What the host lends to every sandbox: its programs, a Python, `uv`, and trusted certificates.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::process::Command;

use crate::envd::config::Ids;
use crate::options::E2bOptions;

/// Where every sandbox finds the certificates that it trusts: the host's and the dev stack's.
pub const SANDBOX_CA_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Where distributions keep their bundle.
const HOST_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Why no sandbox can be made on this host.
#[derive(Debug, Error)]
pub(crate) enum HostError {
    #[error(
        "bubblewrap is missing: no `bwrap` in PATH. Install it (Debian and Ubuntu: `apt-get install bubblewrap`)."
    )]
    NoBubblewrap,
    #[error("cannot use {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{python} does not work as a Python interpreter: {why}")]
    Python { python: PathBuf, why: String },
}

/// The parts, found once.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) bwrap: PathBuf,
    pub(crate) ids: Ids,
    pub(crate) envd: PathBuf,
    /// `sys.base_prefix`, unless it lies in `/usr` which sandboxes have anyway.
    pub(crate) python: Option<PathBuf>,
    pub(crate) uv: Option<PathBuf>,
    pub(crate) ca_bundle: PathBuf,
    /// An empty file that hides a program of the host.
    pub(crate) nothing: PathBuf,
}

impl Host {
    pub(crate) async fn find(options: &E2bOptions) -> Result<Host, HostError> {
        let real = |path: &Path| {
            fs::canonicalize(path).map_err(|source| HostError::File {
                path: path.to_owned(),
                source,
            })
        };
        fs::create_dir_all(&options.state_dir).map_err(|source| HostError::File {
            path: options.state_dir.clone(),
            source,
        })?;
        let state = real(&options.state_dir)?;
        let write = |name: &str, content: &[u8]| {
            let path = state.join(name);
            fs::write(&path, content).map_err(|source| HostError::File {
                path: path.clone(),
                source,
            })?;
            Ok(path)
        };
        let python = match &options.python {
            Some(python) => {
                Some(base_prefix(python).await?).filter(|prefix| !prefix.starts_with("/usr"))
            }
            None => None,
        };
        Ok(Host {
            bwrap: find_program("bwrap").ok_or(HostError::NoBubblewrap)?,
            ids: if rustix::process::geteuid().is_root() {
                Ids::Real
            } else {
                Ids::Single
            },
            envd: real(&options.envd_binary)?,
            python: python.as_deref().map(real).transpose()?,
            uv: options.uv.as_deref().map(real).transpose()?,
            ca_bundle: write("ca-bundle.pem", &bundle(&options.ca_file)?)?,
            nothing: write("nothing", b"")?,
        })
    }
}

fn bundle(own: &Path) -> Result<Vec<u8>, HostError> {
    let mut bundle = HOST_BUNDLES
        .iter()
        .find_map(|path| fs::read(path).ok())
        .unwrap_or_default();
    if !bundle.is_empty() {
        bundle.push(b'\n');
    }
    bundle.extend(fs::read(own).map_err(|source| HostError::File {
        path: own.to_owned(),
        source,
    })?);
    Ok(bundle)
}

fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|candidate| candidate.is_file())
}

async fn base_prefix(python: &Path) -> Result<PathBuf, HostError> {
    let broken = |why: String| HostError::Python {
        python: python.to_owned(),
        why,
    };
    let output = Command::new(python)
        .args(["-I", "-c", "import sys; print(sys.base_prefix)"])
        .output()
        .await
        .map_err(|error| broken(error.to_string()))?;
    if !output.status.success() {
        return Err(broken(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}
