//! The gateway's own answers (`reference/e2b.md` §3.6): JSON, or a page for a browser that did not ask
//! for JSON.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

/// Why there is nobody to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent<'a> {
    /// Ended, killed, paused, or never there.
    Sandbox { id: &'a str },
    /// The sandbox runs, but nothing listens on the port.
    Port { id: &'a str, port: u16 },
}

impl Absent<'_> {
    fn message(self) -> &'static str {
        match self {
            Absent::Sandbox { .. } => "The sandbox was not found",
            Absent::Port { .. } => "The sandbox is running but port is not open",
        }
    }

    fn json(self) -> Value {
        match self {
            Absent::Sandbox { id } => {
                json!({ "sandboxId": id, "message": self.message(), "code": 502 })
            }
            Absent::Port { id, port } => {
                json!({ "sandboxId": id, "message": self.message(), "port": port, "code": 502 })
            }
        }
    }

    /// The answer in the form that the caller reads.
    pub(super) fn answer(self, headers: &HeaderMap) -> Response {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or("")
        };
        let wants_page = text(header::USER_AGENT).starts_with("Mozilla/")
            && !text(header::ACCEPT).contains("application/json");
        if !wants_page {
            return (StatusCode::BAD_GATEWAY, axum::Json(self.json())).into_response();
        }
        let (Absent::Sandbox { id } | Absent::Port { id, .. }) = self;
        // Ids reach this point only when they are letters and digits, or came in a header.
        let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
        let page = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{message}</title>\
             <h1>{message}</h1><p>Sandbox <code>{id}</code></p></html>",
            message = self.message()
        );
        (StatusCode::BAD_GATEWAY, Html(page)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_browser_that_did_not_ask_for_json_gets_a_page() {
        for (agent, accept, expected) in [
            ("e2b-js-sdk/2.51.0", "*/*", "application/json"),
            ("Mozilla/5.0", "application/json", "application/json"),
            ("Mozilla/5.0", "*/*", "text/html; charset=utf-8"),
            ("", "", "application/json"),
        ] {
            let headers = HeaderMap::from_iter([
                (header::USER_AGENT, agent.parse().unwrap()),
                (header::ACCEPT, accept.parse().unwrap()),
            ]);
            let answer = Absent::Sandbox { id: "i1" }.answer(&headers);
            assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
            assert_eq!(
                answer.headers()[header::CONTENT_TYPE],
                expected,
                "{agent} {accept}"
            );
        }
        assert_eq!(
            Absent::Port {
                id: "i1",
                port: 8080
            }
            .json(),
            json!({ "sandboxId": "i1", "message": "The sandbox is running but port is not open", "port": 8080, "code": 502 })
        );
    }
}
