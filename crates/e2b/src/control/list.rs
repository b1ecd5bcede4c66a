//! Lists the sandboxes of the key, all pages.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Response};
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
                return Err(E2bError::of_collection(&reply));
            }
            found.extend(read(&reply)?.into_iter().map(|item| {
                let mut sandbox = ListedSandbox::from(item);
                let told = (sandbox.ends_at > 0).then_some(sandbox.ends_at);
                sandbox.left_ms = told.and_then(|end| time::left_ms(reply.headers(), end));
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

/// E2B undoes two escapes of a key or value within the filter (reference/e2b.md §2.4), OpenKruise
/// one. So only marks that need none go into it; who asked looks at the others.
fn page(metadata: &BTreeMap<String, String>, next: Option<&str>) -> String {
    let mut path = "/v2/sandboxes?limit=100".to_owned();
    let is_plain = |text: &str| utf8_percent_encode(text, ENCODED).to_string() == text;
    let plain =
        |(key, value): &(&String, &String)| is_plain(key) && is_plain(value) && !value.is_empty();
    let form: Vec<String> = metadata
        .iter()
        .filter(plain)
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if !form.is_empty() {
        path.push_str("&metadata=");
        path.extend(utf8_percent_encode(&form.join("&"), ENCODED));
    }
    if let Some(next) = next {
        path.push_str("&nextToken=");
        path.extend(utf8_percent_encode(next, ENCODED));
    }
    path
}

/// The items of a page. One that is odd, which another client may have made, does not hide the others.
fn read(reply: &Response<Bytes>) -> Result<Vec<Wire>, E2bError> {
    let items: Vec<serde_json::Value> = parse(reply)?;
    let mut odd = None;
    let read: Vec<Wire> = items
        .into_iter()
        .filter_map(|item| {
            serde_json::from_value(item)
                .map_err(|error| odd = Some(error))
                .ok()
        })
        .collect();
    match odd {
        Some(error) if read.is_empty() => Err(E2bError::UnexpectedReply {
            what: format!("a list of something else ({error})"),
        }),
        _ => Ok(read),
    }
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
    metadata: Option<BTreeMap<String, Option<String>>>,
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
            metadata: (wire.metadata.into_iter().flatten())
                .filter_map(|(key, value)| Some((key, value?)))
                .collect(),
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
    fn a_filter_names_the_marks_that_need_no_escape_and_all_are_checked() {
        let all = format!("[{},{}]", item("i01", "a b&c"), item("i02", "2"));
        let script = Script::new().reply(200, all.clone()).reply(200, all);
        let mark = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        for (wanted, query, found) in [
            (mark("run", "a b&c"), "limit=100", "i01"),
            (mark("run", "2"), "limit=100&metadata=run%3D2", "i02"),
        ] {
            let wanted = [wanted].into();
            let list = with(&script, async |control| control.list_with(&wanted).await).unwrap();
            let ids: Vec<_> = list.iter().map(|sandbox| sandbox.id.as_str()).collect();
            assert_eq!(ids, [found]);
            let requests = script.requests();
            assert_eq!(requests[requests.len() - 1].uri().query(), Some(query));
        }
        let both = [mark("configuration", "host/1"), mark("run", "7")].into();
        assert_eq!(
            page(&both, None),
            "/v2/sandboxes?limit=100&metadata=run%3D7"
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
    fn an_odd_sandbox_does_not_hide_the_others() {
        let odd = r#"[{"sandboxID":"a/../b"},{"sandboxID":"i01","metadata":{"a":"1","b":null}},7]"#;
        let script = Script::new()
            .reply(200, odd)
            .reply(200, r#"[{"id":"other"}]"#);
        let list = with(&script, async |control| control.list().await).unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].metadata, [("a".to_owned(), "1".to_owned())].into());
        let error = with(&script, async |control| control.list().await).unwrap_err();
        assert!(matches!(error, E2bError::UnexpectedReply { .. }));
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
