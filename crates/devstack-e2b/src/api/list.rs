//! `GET /sandboxes` and `GET /v2/sandboxes` (`reference/e2b.md` §2.4).

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::error::ApiError;
use super::{Stack, view};
use crate::sandbox::{Sandbox, State};
use crate::template::Template;

const MAX_LIMIT: usize = 100;

/// A `+` is a blank and `%XX` a byte, as in a form.
fn unescape(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|pair| !pair.is_empty());
    parts
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (unescape(key), unescape(value)))
        .collect()
}

/// The filter of one `metadata` value, which is a query string that was escaped as a whole, of keys
/// and values that were escaped before. Clients therefore escape keys and values twice before the
/// value itself is put into the URL.
fn metadata_filter(value: &str) -> Result<Vec<(String, String)>, ApiError> {
    unescape(value)
        .split('&')
        .map(
            |pair| match pair.split('=').collect::<Vec<_>>().as_slice() {
                [key, value] => Ok((unescape(key), unescape(value))),
                _ => Err(ApiError::bad("invalid key value pair in query")),
            },
        )
        .collect()
}

fn has_metadata(sandbox: &Sandbox, filter: &[(String, String)]) -> bool {
    filter.iter().all(|(key, value)| {
        sandbox
            .traits
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.get(key))
            == Some(value)
    })
}

/// Deprecated list: running ones, no pages.
pub(super) async fn running(
    Shared(stack): Stack,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let mut filter = Vec::new();
    for (name, value) in pairs(query.as_deref().unwrap_or("")) {
        if name == "metadata" && !value.is_empty() {
            filter = metadata_filter(&value)?;
        }
    }
    let all = stack.all();
    let items = all
        .iter()
        .filter(|sandbox| sandbox.life().state == State::Running && has_metadata(sandbox, &filter));
    Ok(axum::Json(
        items
            .map(|sandbox| view::item(&stack, sandbox))
            .collect::<Value>(),
    )
    .into_response())
}

#[derive(Debug)]
struct Asked {
    limit: usize,
    after: Option<(Timestamp, String)>,
    states: Vec<State>,
    filter: Vec<(String, String)>,
    ascending: bool,
    started_after: Option<Timestamp>,
    template: Option<String>,
}

fn asked(query: &str) -> Result<Asked, ApiError> {
    let mut asked = Asked {
        limit: MAX_LIMIT,
        after: None,
        states: Vec::new(),
        filter: Vec::new(),
        ascending: false,
        started_after: None,
        template: None,
    };
    for (name, value) in pairs(query) {
        match name.as_str() {
            "limit" => {
                asked.limit = value
                    .parse()
                    .ok()
                    .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                    .ok_or_else(|| {
                        ApiError::bad(format!(
                            "parameter \"limit\" in query must be 1 to {MAX_LIMIT}: {value:?}"
                        ))
                    })?;
            }
            "nextToken" if !value.is_empty() => {
                asked.after =
                    Some(cursor(&value).ok_or_else(|| ApiError::bad("Invalid next token"))?);
            }
            "state" => {
                for state in value.split(',').filter(|state| !state.is_empty()) {
                    asked.states.push(match state {
                        "running" => State::Running,
                        "paused" => State::Paused,
                        _ => {
                            return Err(ApiError::bad(format!(
                                "parameter \"state\" in query is running or paused: {state:?}"
                            )));
                        }
                    });
                }
            }
            "metadata" if !value.is_empty() => asked.filter.extend(metadata_filter(&value)?),
            "order" => {
                asked.ascending = match value.as_str() {
                    "asc" => true,
                    "desc" => false,
                    _ => {
                        return Err(ApiError::bad(format!(
                            "parameter \"order\" in query is asc or desc: {value:?}"
                        )));
                    }
                };
            }
            "startedAfter" => {
                let time = value.parse().map_err(|_| {
                    ApiError::bad("parameter \"startedAfter\" in query must be a time of RFC 3339")
                })?;
                asked.started_after = Some(time);
            }
            "template" => asked.template = Some(value),
            _ => {}
        }
    }
    Ok(asked)
}

fn cursor(token: &str) -> Option<(Timestamp, String)> {
    let text = String::from_utf8(URL_SAFE.decode(token).ok()?).ok()?;
    let (time, id) = text.split_once("__")?;
    Some((time.parse().ok()?, id.to_owned()))
}

fn is_of_template(sandbox: &Sandbox, reference: &str) -> bool {
    Template::find(reference).is_ok_and(|template| template == sandbox.traits.template)
}

/// The list of today: running and paused ones, in pages.
pub(super) async fn paged(
    Shared(stack): Stack,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let asked = asked(query.as_deref().unwrap_or(""))?;
    let mut all = stack.all();
    let running = all
        .iter()
        .filter(|sandbox| sandbox.life().state == State::Running)
        .count();
    if asked.ascending {
        all.reverse();
    }
    let key = |sandbox: &Sandbox| (sandbox.started_at, sandbox.id.clone());
    let wanted: Vec<Arc<Sandbox>> = all
        .into_iter()
        .filter(|sandbox| {
            let state = sandbox.life().state;
            matches!(state, State::Running | State::Paused)
                && (asked.states.is_empty() || asked.states.contains(&state))
                && has_metadata(sandbox, &asked.filter)
                && asked
                    .started_after
                    .is_none_or(|after| sandbox.started_at > after)
                && asked
                    .template
                    .as_ref()
                    .is_none_or(|template| is_of_template(sandbox, template))
                && asked.after.as_ref().is_none_or(|after| {
                    if asked.ascending {
                        key(sandbox) > *after
                    } else {
                        key(sandbox) < *after
                    }
                })
        })
        .collect();
    let page = wanted.get(..asked.limit.min(wanted.len())).unwrap_or(&[]);
    let mut response = axum::Json(
        page.iter()
            .map(|sandbox| view::item(&stack, sandbox))
            .collect::<Value>(),
    )
    .into_response();
    let headers = response.headers_mut();
    headers.insert("x-total-running", HeaderValue::from(running));
    if let (true, Some(last)) = (wanted.len() > page.len(), page.last()) {
        let token = URL_SAFE.encode(format!("{}__{}", last.started_at, last.id));
        if let Ok(token) = HeaderValue::from_str(&token) {
            headers.insert("x-next-token", token);
        }
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metadata_filter_is_escaped_twice() {
        // What the SDK sends for {"a b": "c&d=e"}.
        let [(name, value)] = pairs("metadata=a%252520b%3Dc%252526d%25253De")
            .try_into()
            .unwrap();
        assert_eq!(name, "metadata");
        assert_eq!(
            metadata_filter(&value).unwrap(),
            [("a b".to_owned(), "c&d=e".to_owned())]
        );
        // Plain words need no escaping, and one that is missing shows.
        assert_eq!(
            metadata_filter("k=v").unwrap(),
            [("k".to_owned(), "v".to_owned())]
        );
        assert!(metadata_filter("novalue").is_err());
        assert!(metadata_filter("a=c%26d").is_err(), "escaped too few times");
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for query in [
            "limit=0",
            "limit=101",
            "limit=x",
            "nextToken=%21",
            "state=dead",
            "order=up",
            "startedAfter=now",
        ] {
            assert!(asked(query).is_err(), "{query}");
        }
        let asked = asked("limit=1&state=running,paused&order=asc&unknown=1").unwrap();
        assert_eq!(
            (asked.limit, asked.states, asked.ascending),
            (1, vec![State::Running, State::Paused], true)
        );
    }
}
