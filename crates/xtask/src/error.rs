//! What can go wrong in a build, with the file or the tool that it went wrong with.

use std::path::{Path, PathBuf};

/// Why the extension was not built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum XtaskError {
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path} is not the JSON that was expected: {source}")]
    Json {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{tool} could not be started: {source}")]
    Start {
        tool: &'static str,
        source: std::io::Error,
    },
    #[error("{tool} failed with {status}; its own words stand above")]
    Tool {
        tool: &'static str,
        status: std::process::ExitStatus,
    },
    #[error("wasm-bindgen refused {name}: {reason}")]
    Bindgen { name: &'static str, reason: String },
    #[error("manifest.json: {0}")]
    Manifest(String),
}

/// Adds the path to an IO error, which does not name it by itself.
pub(crate) trait AtPath<T> {
    fn at(self, path: &Path) -> Result<T, XtaskError>;
}

impl<T> AtPath<T> for std::io::Result<T> {
    fn at(self, path: &Path) -> Result<T, XtaskError> {
        self.map_err(|source| XtaskError::Io {
            path: path.to_owned(),
            source,
        })
    }
}
