//! A few lines of shell in the sandbox, and what they say when they fail.

use transport::Http;

use super::{Completed, Envd, EnvdError, ProcessStart};

impl<H: Http> Envd<'_, H> {
    /// Runs a few lines of shell to their end and returns what they write.
    pub(super) async fn script<'p>(
        &self,
        script: &str,
        arguments: impl IntoIterator<Item = &'p str>,
    ) -> Result<Vec<u8>, EnvdError> {
        let completed = self.shell(script, arguments).await?;
        match completed.ended.exit_code {
            0 => Ok(completed.stdout),
            _ => Err(failed(&completed)),
        }
    }

    /// Runs a few lines of shell to their end, however they end.
    pub(super) async fn shell<'p>(
        &self,
        script: &str,
        arguments: impl IntoIterator<Item = &'p str>,
    ) -> Result<Completed, EnvdError> {
        let fixed = ["-c", script, "kbc-e2b"].map(str::to_owned);
        let process = ProcessStart {
            cmd: "/bin/sh".to_owned(),
            args: fixed
                .into_iter()
                .chain(arguments.into_iter().map(str::to_owned))
                .collect(),
            ..ProcessStart::default()
        };
        self.run_to_end(&process).await
    }
}

/// The error of a command that failed.
pub(super) fn failed(completed: &Completed) -> EnvdError {
    let said = String::from_utf8_lossy(&completed.stderr);
    let message: String = said.trim().chars().take(300).collect();
    match message.contains("No space left") {
        true => EnvdError::NoSpace { message },
        false => EnvdError::Refused {
            status: completed.ended.status.clone(),
            message,
        },
    }
}
