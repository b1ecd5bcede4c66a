//! Reading replies that may not be what they should: JSON, or a proxy's page.

use std::time::Duration;

use http::HeaderMap;
use serde::Deserialize;

/// What an error body says. Absent fields are empty: bodies of proxies have their own shapes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// In the service's words, on one line, 300 characters at most; empty for an HTML page.
    pub(crate) message: String,
    /// `error_code` of the control plane, or the `code` of Connect when it is a word.
    pub(crate) code: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    error_code: Option<String>,
    #[serde(default)]
    code: Option<serde_json::Value>,
}

impl Refusal {
    /// Reads the body of a reply whose status is an error.
    pub(crate) fn read(body: &[u8]) -> Self {
        if let Ok(wire) = serde_json::from_slice::<Wire>(body) {
            let word = match wire.code {
                Some(serde_json::Value::String(word)) => Some(word),
                _ => None,
            };
            return Self {
                message: one_line(&wire.message.unwrap_or_default()),
                code: wire.error_code.or(word),
            };
        }
        match std::str::from_utf8(body) {
            // A gateway's plain text may explain; a page of HTML never does in a line of text.
            Ok(text) if !is_markup(text) => Self {
                message: one_line(text),
                code: None,
            },
            _ => Self::default(),
        }
    }

    /// The message, or `otherwise` when there is none.
    pub(crate) fn message_or(self, otherwise: &str) -> String {
        if self.message.is_empty() {
            otherwise.to_owned()
        } else {
            self.message
        }
    }

    pub(crate) fn says(&self, words: &str) -> bool {
        self.message.to_ascii_lowercase().contains(words)
    }
}

/// What a body is that is not the JSON it should be, for an error text.
pub(crate) fn kind_of(body: &[u8]) -> &'static str {
    match std::str::from_utf8(body).map(str::trim_start) {
        Ok("") => "an empty body",
        Ok(text) if is_markup(text) => "an HTML page",
        Ok(text) if text.starts_with(['{', '[']) => "JSON of another shape",
        Ok(_) => "plain text",
        Err(_) => "binary data",
    }
}

/// `Retry-After` in whole seconds; the form with a date is not sent by these services.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

fn is_markup(text: &str) -> bool {
    text.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('<')
}

fn one_line(text: &str) -> String {
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty());
    let mut line = words.collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(300) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bodies_of_every_shape_are_read() {
        for (body, message, code) in [
            (
                r#"{"code":404,"message":"template 'x' not found"}"#,
                "template 'x' not found",
                None,
            ),
            (
                r#"{"code":"not_found","message":"gone"}"#,
                "gone",
                Some("not_found"),
            ),
            (
                r#"{"code":503,"message":"busy","error_code":"sandbox_placement_timeout"}"#,
                "busy",
                Some("sandbox_placement_timeout"),
            ),
            (r#"{"message":"a\n b\t\u0007c"}"#, "a b c", None),
            (r#"{"error":"other"}"#, "", None),
            (r#"{"message":null,"code":null}"#, "", None),
            ("upstream connect error", "upstream connect error", None),
            ("  <!DOCTYPE html><p>secret page</p>", "", None),
            ("\u{feff}<html>", "", None),
            ("", "", None),
        ] {
            let refusal = Refusal::read(body.as_bytes());
            assert_eq!(refusal.message, message, "{body}");
            assert_eq!(refusal.code.as_deref(), code, "{body}");
        }
        assert_eq!(Refusal::read(&[0xff, 0xfe]), Refusal::default());
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let refusal = Refusal::read("é".repeat(400).as_bytes());
        assert_eq!(refusal.message.chars().count(), 301);
        assert!(refusal.message.ends_with('…'));
    }

    #[test]
    fn retry_after_is_whole_seconds() {
        for (value, seconds) in [
            ("3", Some(3)),
            (" 10 ", Some(10)),
            ("soon", None),
            ("-1", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(http::header::RETRY_AFTER, value.parse().unwrap());
            assert_eq!(
                retry_after(&headers),
                seconds.map(Duration::from_secs),
                "{value:?}"
            );
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
