//! Lists the sandboxes of the key, all pages.

use std::collections::BTreeMap;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use transport::Http;

use super::{Control, parse};
use crate::{E2bError, SandboxId, time};

/// A sandbox as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSandbox {
    /// Its id.
    pub id: SandboxId,
    /// The template's alias, or its id when it has none.
    pub template: String,
    /// Begin of its life in milliseconds since 1970; 0 when the service does not say.
    pub started_at: u64,
    /// End of its life in milliseconds since 1970; 0 when the service does not say.
    pub ends_at: u64,
    /// Life that was left when the service answered, in milliseconds, when it told its time: its clock
    /// may not agree with ours.
    pub left_ms: Option<u64>,
    /// Whether it is kept on disk instead of running.
    pub paused: bool,
    /// The marks it was created with.
    pub metadata: BTreeMap<String, String>,
    /// vCPUs and memory in MB, when the service says so.
    pub size: Option<(u32, u32)>,
}

/// More pages than any plan has sandboxes: the service goes round in circles.
const MAX_PAGES: usize = 50;

impl<H: Http> Control<'_, H> {
    /// Every sandbox of the key, running and paused.
    ///
    /// # Errors
    /// See [`E2bError`].
    pub async fn list(&self) -> Result<Vec<ListedSandbox>, E2bError> {
        self.list_with(&BTreeMap::new()).await
    }

    /// Every sandbox of the key that has all of `metadata`.
    ///
    /// # Errors
    /// See [`E2bError`].
    pub async fn list_with(
        &self,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Vec<ListedSandbox>, E2bError> {
        let mut found = Vec::new();
        let mut next = None;
        for _ in 0..MAX_PAGES {
            let path = page(metadata, next.as_deref());
            let reply = self.call(Method::GET, &path).await?;
            if !reply.status().is_success() {
                return Err(E2bError::of_reply(&reply));
            }
            let items: Vec<Wire> = parse(&reply)?;
            found.extend(items.into_iter().map(|item| {
                let mut sandbox = ListedSandbox::from(item);
                sandbox.left_ms = time::left_ms(reply.headers(), sandbox.ends_at);
                sandbox
            }));
            let token = reply
                .headers()
                .get("x-next-token")
                .and_then(|token| token.to_str().ok());
            match token.filter(|token| !token.is_empty()) {
                Some(token) => next = Some(token.to_owned()),
                None => {
                    // A service that does not know the filter answers all it has.
                    found.retain(|sandbox| sandbox.has_all(metadata));
                    return Ok(found);
                }
            }
        }
        Err(E2bError::UnexpectedReply {
            what: format!("a list of more than {MAX_PAGES} pages"),
        })
    }
}

impl ListedSandbox {
    fn has_all(&self, metadata: &BTreeMap<String, String>) -> bool {
        metadata
            .iter()
            .all(|(key, value)| self.metadata.get(key) == Some(value))
    }
}

/// All but what RFC 3986 leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The server undoes one escape for the query, one for the filter as a whole, and one for each key
/// and value (reference/e2b.md §2.4); so those are escaped twice before the filter is.
fn page(metadata: &BTreeMap<String, String>, next: Option<&str>) -> String {
    let mut path = "/v2/sandboxes?limit=100".to_owned();
    if !metadata.is_empty() {
        let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let twice = |text: &str| encode(&encode(text));
        let form: Vec<String> = metadata
            .iter()
            .map(|(key, value)| format!("{}={}", twice(key), twice(value)))
            .collect();
        path.push_str("&metadata=");
        path.push_str(&encode(&form.join("&")));
    }
    if let Some(next) = next {
        path.push_str("&nextToken=");
        path.extend(utf8_percent_encode(next, ENCODED));
    }
    path
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "sandboxID")]
    sandbox_id: SandboxId,
    #[serde(rename = "templateID", default)]
    template_id: String,
    #[serde(default)]
    alias: Option<String>,
    #[serde(default)]
    started_at: Option<String>,
    #[serde(default)]
    end_at: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    metadata: Option<BTreeMap<String, String>>,
    #[serde(default)]
    cpu_count: Option<u32>,
    #[serde(rename = "memoryMB", default)]
    memory_mb: Option<u32>,
}

impl From<Wire> for ListedSandbox {
    fn from(wire: Wire) -> Self {
        let ms = |text: Option<String>| text.as_deref().and_then(time::unix_ms).unwrap_or(0);
        Self {
            id: wire.sandbox_id,
            template: wire
                .alias
                .filter(|alias| !alias.is_empty())
                .unwrap_or(wire.template_id),
            started_at: ms(wire.started_at),
            ends_at: ms(wire.end_at),
            left_ms: None,
            paused: wire.state.as_deref() == Some("paused"),
            metadata: wire.metadata.unwrap_or_default(),
            size: wire.cpu_count.zip(wire.memory_mb),
        }
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::control::testing::with;

    fn item(id: &str, run: &str) -> String {
        format!(
            r#"{{"sandboxID":"{id}","templateID":"t1","alias":"base","startedAt":"2026-11-22T16:02:00Z","endAt":"2026-11-22T16:03:00Z","state":"running","cpuCount":2,"memoryMB":512,"metadata":{{"run":"{run}"}}}}"#
        )
    }

    #[test]
    fn every_page_is_read() {
        let script = Script::new()
            .reply_with(
                200,
                &[("x-next-token", "a+/=")],
                format!("[{}]", item("i01", "1")),
            )
            .reply_with(
                200,
                &[("x-next-token", "")],
                format!("[{}]", item("i02", "2")),
            );
        let list = with(&script, async |control| control.list().await).unwrap();
        let ids: Vec<_> = list.iter().map(|sandbox| sandbox.id.as_str()).collect();
        assert_eq!(ids, ["i01", "i02"]);
        assert_eq!(list[0].ends_at, 1_795_363_380_000);
        assert_eq!(list[0].template, "base");
        assert_eq!(list[0].size, Some((2, 512)));
        let lines: Vec<_> = script
            .requests()
            .iter()
            .map(|r| r.uri().to_string())
            .collect();
        assert_eq!(
            lines,
            [
                "https://api.e2b.app/v2/sandboxes?limit=100",
                "https://api.e2b.app/v2/sandboxes?limit=100&nextToken=a%2B%2F%3D"
            ]
        );
    }

    #[test]
    fn a_filter_is_escaped_as_the_server_undoes_it_and_checked_again() {
        let all = format!("[{},{}]", item("i01", "a b&c"), item("i02", "2"));
        let script = Script::new().reply(200, all);
        let wanted = [("run".to_owned(), "a b&c".to_owned())].into();
        let list = with(&script, async |control| control.list_with(&wanted).await).unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].id.as_str(), "i01");
        assert_eq!(
            script.requests()[0].uri().query(),
            Some("limit=100&metadata=run%3Da%252520b%252526c")
        );
    }

    #[test]
    fn a_service_that_turns_in_circles_is_left() {
        let mut script = Script::new();
        for _ in 0..=MAX_PAGES {
            script = script.reply_with(200, &[("x-next-token", "again")], "[]");
        }
        let error = with(&script, async |control| control.list().await).unwrap_err();
        assert!(matches!(error, E2bError::UnexpectedReply { .. }));
        assert_eq!(script.left(), 1);
    }

    #[test]
    fn a_lean_service_may_leave_fields_out() {
        let script = Script::new().reply(
            200,
            r#"[{"sandboxID":"ns--b","metadata":null,"state":"paused"}]"#,
        );
        let list = with(&script, async |control| control.list().await).unwrap();
        assert!(list[0].paused);
        assert_eq!((list[0].ends_at, list[0].size), (0, None));
    }
}
