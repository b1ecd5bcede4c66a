//! The program inside the sandbox: `devstack envd --socket PATH`, its configuration on standard input.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use thiserror::Error;
use tokio::net::UnixListener;

use super::config::Config;

#[derive(Debug, Error)]
enum EnvdError {
    #[error("usage: envd --socket PATH, with the configuration as JSON on standard input")]
    Usage,
    #[error("envd: cannot read its configuration from standard input: {0}")]
    Configuration(String),
    #[error("envd: {0}")]
    Io(#[from] std::io::Error),
}

/// Runs envd until the sandbox is killed. `args` are those after `envd`. Returns a failure when it
/// cannot start; the reason is on standard error.
pub fn envd_main(args: impl Iterator<Item = String>) -> ExitCode {
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: impl Iterator<Item = String>) -> Result<(), EnvdError> {
    let socket = match (args.next().as_deref(), args.next(), args.next()) {
        (Some("--socket"), Some(path), None) => PathBuf::from(path),
        _ => return Err(EnvdError::Usage),
    };
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let config: Config =
        serde_json::from_str(&text).map_err(|error| EnvdError::Configuration(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = UnixListener::bind(&socket)?;
        axum::serve(listener, super::router(config)).await?;
        Ok(())
    })
}
