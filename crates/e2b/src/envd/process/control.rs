//! The processes that run, and signals to them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use transport::Http;

use super::{Pid, ProcessStart, SERVICE, Selector};
use crate::{Envd, EnvdError};

/// A process that was started through envd and runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningProcess {
    /// Its number.
    pub pid: Pid,
    /// The tag it was started with.
    pub tag: Option<String>,
    /// Its program.
    pub cmd: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Signal {
    /// Please end.
    #[serde(rename = "SIGNAL_SIGTERM")]
    Term,
    /// End at once.
    #[serde(rename = "SIGNAL_SIGKILL")]
    Kill,
}

impl<H: Http> Envd<'_, H> {
    /// The processes that were started through envd and run.
    ///
    /// # Errors
    /// See [`EnvdError`].
    pub async fn list(&self) -> Result<Vec<RunningProcess>, EnvdError> {
        #[derive(Deserialize)]
        struct Reply {
            #[serde(default)]
            processes: Vec<Wire>,
        }
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default)]
            config: Config,
            #[serde(default)]
            pid: Pid,
            #[serde(default)]
            tag: Option<String>,
        }
        // The environment stands here too and is not read: it may hold secrets.
        #[derive(Default, Deserialize)]
        struct Config {
            #[serde(default)]
            cmd: String,
            #[serde(default)]
            args: Vec<String>,
        }
        let reply: Reply = self.unary(SERVICE, "List", &json!({})).await?;
        let process = |Wire {
                           config: Config { cmd, args },
                           pid,
                           tag,
                       }| RunningProcess {
            pid,
            tag: tag.filter(|tag| !tag.is_empty()),
            cmd,
            args,
        };
        Ok(reply.processes.into_iter().map(process).collect())
    }

    /// Sends a signal to one process, not to its children. envd stops reading the process's output
    /// at once (reference/e2b.md §3.5): to stop a script whose last words count, use
    /// [`Envd::signal_group`].
    ///
    /// # Errors
    /// [`EnvdError::NotFound`] when it runs no more; see [`EnvdError`].
    pub async fn send_signal(&self, process: &Selector, signal: Signal) -> Result<(), EnvdError> {
        let request = json!({ "process": process, "signal": signal });
        self.unary::<Value>(SERVICE, "SendSignal", &request)
            .await
            .map(|_| ())
    }

    /// Sends a signal to a whole process group by a command in the sandbox, so that its output is
    /// read to the end. The group's leader must have been started by `setsid`, which makes `leader`
    /// the number of the group.
    ///
    /// # Errors
    /// [`EnvdError::NotFound`] when the group is gone; see [`EnvdError`].
    pub async fn signal_group(&self, leader: Pid, signal: Signal) -> Result<(), EnvdError> {
        // To the shell's `kill`, 0 is its own group.
        if leader == 0 {
            let message = "no such group".to_owned();
            return Err(EnvdError::NotFound { message });
        }
        let name = match signal {
            Signal::Term => "TERM",
            Signal::Kill => "KILL",
        };
        // The shell's own `kill`: a slim image has no program of that name. No login: no profile
        // shall slow a Stop down.
        let line = format!("kill -{name} -- -{leader}");
        let process = ProcessStart {
            cmd: "/bin/bash".to_owned(),
            args: vec!["-c".to_owned(), line],
            ..ProcessStart::default()
        };
        let completed = self.run_to_end(&process).await?;
        if completed.ended.exit_code == 0 {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&completed.stderr);
        let message = words.trim().chars().take(300).collect();
        if words.contains("No such process") {
            return Err(EnvdError::NotFound { message });
        }
        Err(EnvdError::Refused {
            status: completed.ended.status,
            message,
        })
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::super::events::tests::{CLEAN, START, stream};
    use super::*;
    use crate::connect::encode;
    use crate::envd::testing::with;

    const FRAMED: &[(&str, &str)] = &[("content-type", "application/connect+json")];

    #[test]
    fn processes_are_listed_without_their_environment() {
        let script = Script::new().reply(
            200,
            r#"{"processes":[{"config":{"cmd":"/bin/bash","args":["-c","x"],"envs":{"A":"secret"}},"pid":7,"tag":"run-1"},{"config":{"cmd":"sh"},"pid":8}]}"#,
        );
        let list = with(&script, async |envd| envd.list().await).unwrap();
        assert_eq!(list[0].tag.as_deref(), Some("run-1"));
        assert_eq!(
            (list[1].pid, list[1].args.len(), &list[1].tag),
            (8, 0, &None)
        );
        assert!(!format!("{list:?}").contains("secret"));
    }

    #[test]
    fn a_signal_goes_to_a_process_by_number_or_tag() {
        let script = Script::new().reply(200, "{}").reply(
            404,
            r#"{"code":"not_found","message":"process with tag t not found"}"#,
        );
        let signal = |process| {
            with(&script, async |envd| {
                envd.send_signal(&process, Signal::Term).await
            })
        };
        assert_eq!(signal(Selector::Pid(7)), Ok(()));
        assert!(matches!(
            signal(Selector::Tag("t".into())),
            Err(EnvdError::NotFound { .. })
        ));
        let bodies: Vec<_> = script.requests().iter().map(|r| r.body().clone()).collect();
        assert_eq!(
            bodies[0],
            r#"{"process":{"pid":7},"signal":"SIGNAL_SIGTERM"}"#
        );
        assert_eq!(
            bodies[1],
            r#"{"process":{"tag":"t"},"signal":"SIGNAL_SIGTERM"}"#
        );
    }

    #[test]
    fn a_group_gets_its_signal_by_a_command() {
        let no_such = r#"{"event":{"data":{"stderr":"Tm8gc3VjaCBwcm9jZXNz"}}}"#;
        let good = r#"{"event":{"end":{"exited":true}}}"#;
        let bad = r#"{"event":{"end":{"exitCode":1,"exited":true,"status":"exit status 1"}}}"#;
        let script = Script::new()
            .reply_with(200, FRAMED, stream(&[START, good], CLEAN))
            .reply_with(200, FRAMED, stream(&[START, no_such, bad], CLEAN));
        let signal = || {
            with(&script, async |envd| {
                envd.signal_group(42, Signal::Kill).await
            })
        };
        assert_eq!(signal(), Ok(()));
        assert_eq!(
            signal(),
            Err(EnvdError::NotFound {
                message: "No such process".into()
            })
        );
        let nobody = with(&script, async |envd| {
            envd.signal_group(0, Signal::Kill).await
        });
        assert!(matches!(nobody, Err(EnvdError::NotFound { .. })));
        assert_eq!(script.requests().len(), 2, "no command for nobody");
        let json = br#"{"process":{"cmd":"/bin/bash","args":["-c","kill -KILL -- -42"],"envs":{}},"stdin":false}"#;
        assert_eq!(script.requests()[0].body(), &encode(json));
    }
}
