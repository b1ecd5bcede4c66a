//! A shell behind a terminal, and the standard input of any process (reference/e2b.md §3.5, §5).
//!
//! Browsers cannot stream the body of a request, so input goes by unary calls; who sends several must
//! wait for each, or they may overtake one another.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use transport::Http;

use super::{ProcessEvents, SERVICE, Selector};
use crate::{Envd, EnvdError};

/// Size of a terminal in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSize {
    /// Characters of a line, 1 at least.
    pub columns: u16,
    /// Lines, 1 at least.
    pub rows: u16,
}

impl TerminalSize {
    fn json(self) -> Value {
        json!({ "size": { "cols": self.columns.max(1), "rows": self.rows.max(1) } })
    }
}

impl<H: Http> Envd<'_, H> {
    /// Starts a shell of a login behind a terminal, as the official clients do. It outlives the
    /// connection. `environment` is added to the sandbox's own.
    ///
    /// # Errors
    /// See [`EnvdError`].
    pub async fn start_terminal(
        &self,
        tag: &str,
        size: TerminalSize,
        environment: &BTreeMap<String, String>,
    ) -> Result<ProcessEvents<H::Body>, EnvdError> {
        let own = [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("LC_ALL", "C.UTF-8"),
        ];
        let given = environment.iter().map(|(name, value)| (&**name, &**value));
        let envs: BTreeMap<&str, &str> = given.chain(own).collect();
        let request = json!({
            "process": { "cmd": "/bin/bash", "args": ["-i", "-l"], "envs": envs },
            "pty": size.json(),
            "tag": tag,
        });
        self.stream("Start", &request).await
    }

    /// Gives a terminal a new size.
    ///
    /// # Errors
    /// [`EnvdError::NotFound`] when the shell has ended; see [`EnvdError`].
    pub async fn resize(&self, process: &Selector, size: TerminalSize) -> Result<(), EnvdError> {
        let request = json!({ "process": process, "pty": size.json() });
        self.do_it("Update", &request).await
    }

    /// Types into a terminal.
    ///
    /// # Errors
    /// As [`Envd::resize`].
    pub async fn type_in(&self, process: &Selector, bytes: &[u8]) -> Result<(), EnvdError> {
        let input = json!({ "pty": STANDARD.encode(bytes) });
        let request = json!({ "process": process, "input": input });
        self.do_it("SendInput", &request).await
    }

    /// Writes to the standard input of a process that was started with an open one
    /// ([`ProcessStart::stdin`](super::ProcessStart::stdin)). The extension itself gives its processes
    /// an empty one: a run of Keboola has nobody who answers.
    ///
    /// # Errors
    /// As [`Envd::resize`].
    pub async fn send_stdin(&self, process: &Selector, bytes: &[u8]) -> Result<(), EnvdError> {
        let input = json!({ "stdin": STANDARD.encode(bytes) });
        let request = json!({ "process": process, "input": input });
        self.do_it("SendInput", &request).await
    }

    /// Ends the standard input of a process, which then reads its end.
    ///
    /// # Errors
    /// [`EnvdError::Invalid`] where envd is older than 0.5.2, for a terminal (type Ctrl+D instead), and
    /// as [`Envd::resize`].
    pub async fn close_stdin(&self, process: &Selector) -> Result<(), EnvdError> {
        if !self.access.version.has_close_stdin() {
            let message = "this envd cannot close a standard input".to_owned();
            return Err(EnvdError::Invalid { message });
        }
        self.do_it("CloseStdin", &json!({ "process": process }))
            .await
    }

    async fn do_it(&self, method: &str, request: &Value) -> Result<(), EnvdError> {
        self.unary::<Value>(SERVICE, method, request)
            .await
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;
    use transport::testing::Script;

    use super::super::events::tests::{CLEAN, START, stream};
    use super::*;
    use crate::envd::testing::{with, with_access};
    use crate::{EnvdAccess, EnvdVersion, ProcessEvent};

    #[test]
    fn a_standard_input_is_ended_where_envd_can() {
        let script = Script::new().reply(200, "{}");
        let cat = Selector::Pid(7);
        let close = |version| {
            let access = EnvdAccess {
                url: "http://e.test".into(),
                token: None,
                version,
                user: None,
                routed_to: None,
            };
            with_access(&script, access, async |envd| envd.close_stdin(&cat).await)
        };
        assert!(matches!(
            close(EnvdVersion::new(0, 5, 1)),
            Err(EnvdError::Invalid { .. })
        ));
        assert!(script.requests().is_empty(), "it is not even asked");
        assert_eq!(close(EnvdVersion::new(0, 5, 2)), Ok(()));
        let request = &script.requests()[0];
        assert_eq!(request.uri().path(), "/process.Process/CloseStdin");
        assert_eq!(request.body(), r#"{"process":{"pid":7}}"#);
    }

    #[test]
    fn a_terminal_tells_bytes_and_takes_them() {
        let told = r#"{"event":{"data":{"pty":"JCA="}}}"#;
        let script = Script::new()
            .reply_with(
                200,
                &[("content-type", "application/connect+json")],
                stream(&[START, told], CLEAN),
            )
            .reply(200, "{}")
            .reply(200, "{}")
            .reply(404, r#"{"code":"not_found","message":"no process"}"#);
        let size = TerminalSize {
            columns: 80,
            rows: 0,
        };
        let first = with(&script, async |envd| {
            let environment = [
                ("OWN".to_owned(), "here".to_owned()),
                ("TERM".to_owned(), "dumb".to_owned()),
            ];
            let started = envd.start_terminal("t", size, &environment.into()).await;
            let mut events = started.unwrap();
            assert_eq!(events.pid, 7);
            events.next().await.unwrap()
        });
        assert_eq!(first, Ok(ProcessEvent::Terminal(b"$ ".to_vec())));
        let shell = Selector::Pid(7);
        with(&script, async |envd| envd.type_in(&shell, b"ls\r").await).unwrap();
        with(&script, async |envd| envd.send_stdin(&shell, b"x").await).unwrap();
        let gone = with(&script, async |envd| envd.resize(&shell, size).await);
        assert!(matches!(gone, Err(EnvdError::NotFound { .. })));
        let bodies: Vec<String> = script
            .requests()
            .iter()
            .map(|it| String::from_utf8_lossy(it.body()).into_owned())
            .collect();
        assert!(
            bodies[0].contains(r#""pty":{"size":{"cols":80,"rows":1}}"#),
            "{}",
            bodies[0]
        );
        assert!(bodies[0].contains(r#""OWN":"here""#), "{}", bodies[0]);
        assert!(
            bodies[0].contains(r#""TERM":"xterm-256color""#),
            "{}",
            bodies[0]
        );
        assert_eq!(bodies[1], r#"{"process":{"pid":7},"input":{"pty":"bHMN"}}"#);
        assert_eq!(
            bodies[2],
            r#"{"process":{"pid":7},"input":{"stdin":"eA=="}}"#
        );
        assert_eq!(
            bodies[3],
            r#"{"process":{"pid":7},"pty":{"size":{"cols":80,"rows":1}}}"#
        );
    }
}
