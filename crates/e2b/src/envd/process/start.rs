//! Starts a process, and joins one that runs.

use std::collections::BTreeMap;
use std::fmt;

use http::header;
use serde::Serialize;
use transport::{Http, Timeout};

use super::{ProcessEvents, SERVICE, Selector};
use crate::connect::encode;
use crate::envd::call::{SHORT, json};
use crate::{Envd, EnvdError};

/// What to start.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ProcessStart {
    /// Program, by path or by name.
    pub cmd: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Environment, added to the sandbox's own. Readable by every process in the sandbox.
    pub envs: BTreeMap<String, String>,
    /// Working directory, which must exist; `None` is the template's own.
    pub cwd: Option<String>,
    /// A name to find it by.
    pub tag: Option<String>,
    /// Whether its standard input stays open for [`Envd::send_stdin`]. An envd before 0.3.0 keeps it
    /// open anyhow.
    pub stdin: bool,
}

impl ProcessStart {
    /// A line for the shell of a login, as the official clients run commands.
    #[must_use]
    pub fn shell(line: impl Into<String>) -> Self {
        Self {
            cmd: "/bin/bash".to_owned(),
            args: vec!["-l".to_owned(), "-c".to_owned(), line.into()],
            ..Self::default()
        }
    }
}

// The values of the environment may be secrets.
impl fmt::Debug for ProcessStart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProcessStart")
            .field("cmd", &self.cmd)
            .field("args", &self.args)
            .field("envs", &self.envs.keys())
            .field("cwd", &self.cwd)
            .field("tag", &self.tag)
            .field("stdin", &self.stdin)
            .finish()
    }
}

impl<H: Http> Envd<'_, H> {
    /// Starts a process; returns once it runs.
    ///
    /// No `Connect-Timeout-Ms` is sent: to envd it is the process's time to live, not the call's
    /// (reference/e2b.md §3.5). A process outlives the connection.
    ///
    /// # Errors
    /// [`EnvdError::Invalid`] for a missing working directory or program; see [`EnvdError`].
    pub async fn start(&self, process: &ProcessStart) -> Result<ProcessEvents<H::Body>, EnvdError> {
        #[derive(Serialize)]
        struct Request<'a> {
            process: Config<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            tag: Option<&'a str>,
            /// Left out, it would stay open, and a script that reads it would hang.
            stdin: bool,
        }
        #[derive(Serialize)]
        struct Config<'a> {
            cmd: &'a str,
            args: &'a [String],
            envs: &'a BTreeMap<String, String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            cwd: Option<&'a str>,
        }
        let ProcessStart {
            cmd,
            args,
            envs,
            cwd,
            tag,
            stdin,
        } = process;
        let config = Config {
            cmd,
            args,
            envs,
            cwd: cwd.as_deref(),
        };
        let request = Request {
            process: config,
            tag: tag.as_deref(),
            stdin: *stdin,
        };
        self.stream("Start", &request).await
    }

    /// Joins a process that runs: its events from now on. What it wrote before does not come again.
    ///
    /// # Errors
    /// [`EnvdError::NotFound`] when it runs no more; see [`EnvdError`].
    pub async fn connect(&self, process: &Selector) -> Result<ProcessEvents<H::Body>, EnvdError> {
        #[derive(Serialize)]
        struct Request<'a> {
            process: &'a Selector,
        }
        self.stream("Connect", &Request { process }).await
    }

    pub(super) async fn stream(
        &self,
        method: &str,
        message: &impl Serialize,
    ) -> Result<ProcessEvents<H::Body>, EnvdError> {
        let request = self
            .rpc_request(SERVICE, method)
            .header(header::CONTENT_TYPE, "application/connect+json")
            // Seconds. Proxies on the way drop a silent connection after some minutes.
            .header("Keepalive-Ping-Interval", "50")
            .extension(Timeout(SHORT));
        ProcessEvents::begin(self.open(request, encode(&json(message)?)).await?).await
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::StreamExt as _;
    use transport::testing::Script;

    use super::super::ProcessEvent;
    use super::super::events::tests::{CLEAN, END, START, stream};
    use super::*;
    use crate::envd::testing::{with, with_access};
    use crate::{EnvdAccess, EnvdVersion};

    const FRAMED: &[(&str, &str)] = &[("content-type", "application/connect+json")];

    #[test]
    fn a_start_has_the_headers_of_the_protocol_and_no_time_to_live() {
        let script = Script::new().reply_with(200, FRAMED, stream(&[START, END], CLEAN));
        let process = ProcessStart {
            envs: [("KBC_DATADIR".to_owned(), "/data/".to_owned())].into(),
            cwd: Some("/data".into()),
            tag: Some("run-1".into()),
            ..ProcessStart::shell("exec setsid true")
        };
        let mut events = with(&script, async |envd| envd.start(&process).await).unwrap();
        assert_eq!(events.pid, 7);
        let end = futures::executor::block_on(events.next());
        assert!(matches!(end, Some(Ok(ProcessEvent::End(_)))));
        let request = &script.requests()[0];
        assert_eq!(
            request.uri(),
            "https://49983-i01.e2b.app/process.Process/Start"
        );
        let headers: Vec<_> = request
            .headers()
            .keys()
            .map(http::HeaderName::as_str)
            .collect();
        assert_eq!(
            headers,
            [
                "accept",
                "x-access-token",
                "connect-protocol-version",
                "content-type",
                "keepalive-ping-interval"
            ]
        );
        let json = br#"{"process":{"cmd":"/bin/bash","args":["-l","-c","exec setsid true"],"envs":{"KBC_DATADIR":"/data/"},"cwd":"/data"},"tag":"run-1","stdin":false}"#;
        assert_eq!(request.body(), &encode(json));
    }

    #[test]
    fn a_user_is_named_by_basic_credentials() {
        let script = Script::new().reply_with(200, FRAMED, stream(&[START, END], CLEAN));
        let access = EnvdAccess {
            url: "http://e.test".into(),
            token: None,
            version: EnvdVersion::read("0.2.10"),
            user: None,
            routed_to: None,
        };
        let tag = Selector::Tag("run-1".into());
        with_access(&script, access, async |envd| {
            envd.connect(&tag).await.map(|_| ())
        })
        .unwrap();
        let request = &script.requests()[0];
        assert_eq!(request.headers()["authorization"], "Basic dXNlcjo=");
        assert_eq!(request.body(), &encode(br#"{"process":{"tag":"run-1"}}"#));
        assert_eq!(request.uri().path(), "/process.Process/Connect");
    }

    #[test]
    fn an_answer_that_is_no_stream_is_an_error_of_its_own() {
        let html: &[(&str, &str)] = &[("content-type", "text/html")];
        let script = Script::new()
            .reply(502, r#"{"message":"The sandbox was not found","code":502}"#)
            .reply(
                400,
                r#"{"code":"invalid_argument","message":"cwd '/x' does not exist"}"#,
            )
            .reply_with(200, html, "<html>hello</html>")
            .chunks(502, html, vec![Ok(Bytes::from("<p>"))]);
        let mut errors = Vec::new();
        while script.left() > 0 {
            let result = with(&script, async |envd| {
                envd.start(&ProcessStart::shell("x")).await.map(|_| ())
            });
            errors.push(result.unwrap_err());
        }
        assert_eq!(
            errors,
            [
                EnvdError::SandboxGone,
                EnvdError::Invalid {
                    message: "cwd '/x' does not exist".into()
                },
                EnvdError::UnexpectedReply {
                    what: "an HTML page instead of a stream".into()
                },
                EnvdError::Unavailable {
                    message: "Bad Gateway".into(),
                    retry_after: None,
                },
            ]
        );
    }

    #[test]
    fn debug_keeps_the_values_of_the_environment() {
        let process = ProcessStart {
            envs: [("TOKEN".to_owned(), "hunter2".to_owned())].into(),
            ..ProcessStart::shell("true")
        };
        let text = format!("{process:?}");
        assert!(
            text.contains("TOKEN") && !text.contains("hunter2"),
            "{text}"
        );
    }
}
