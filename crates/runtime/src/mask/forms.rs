//! The forms in which programs print a secret.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::SHORTEST;

/// A line of a longer secret, and a piece of base64, shorter than this may well be something else;
/// in characters.
const SHORTEST_PART: usize = 8;

/// Every form of `secret` to look for; none when it is too short to be one.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for value in [secret, secret.trim()] {
        if value.chars().count() >= SHORTEST && !value.trim().is_empty() {
            forms.push(value.to_owned());
            forms.extend(base64_forms(value));
            forms.extend(url_forms(value));
            forms.extend(escaped_forms(value));
        }
    }
    if !forms.is_empty() {
        let lines = secret.lines().map(str::trim);
        let long = lines.filter(|line| line.chars().count() >= SHORTEST_PART);
        forms.extend(long.map(str::to_owned));
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// As a value of its own, and within a longer one (`user:secret`), where it may begin anywhere in a
/// group of three bytes; then only the digits that it fills alone are looked for.
fn base64_forms(secret: &str) -> Vec<String> {
    let mut forms = vec![STANDARD.encode(secret), URL_SAFE.encode(secret)];
    forms.extend([
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ]);
    for before in 0..3_usize {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(secret.as_bytes());
        let own = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        for encoded in [
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            let piece = encoded.get(own.clone()).unwrap_or_default();
            if piece.len() >= SHORTEST_PART {
                forms.push(piece.to_owned());
            }
        }
    }
    forms
}

/// What JavaScript's `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &UNRESERVED
    .remove(b'!')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
/// What RFC 3986 leaves, and Python's `quote(safe="")`.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// What Python's `quote` leaves.
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');
/// What a form leaves (`application/x-www-form-urlencoded`).
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*');

fn url_forms(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for set in [COMPONENT, UNRESERVED, PATH, FORM] {
        let encoded = utf8_percent_encode(secret, set).to_string();
        forms.push(encoded.replace("%20", "+"));
        forms.push(encoded);
    }
    let lower: Vec<String> = forms.iter().map(|form| lower_hex(form)).collect();
    forms.extend(lower);
    forms
}

/// `%2F` as `%2f`.
fn lower_hex(encoded: &str) -> String {
    let mut digits = 0;
    let lower = |c: char| {
        if c == '%' {
            digits = 2;
        } else if digits > 0 {
            digits -= 1;
            return c.to_ascii_lowercase();
        }
        c
    };
    encoded.chars().map(lower).collect()
}

/// As JSON writes it, as Python's `json` does (ASCII only), and as Python's `repr` does.
fn escaped_forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json
        .trim_start_matches('"')
        .strip_suffix('"')
        .unwrap_or_default()
        .to_owned();
    let mut ascii = String::new();
    for c in json.chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    let repr = secret
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t");
    let quoted = repr.replace('\'', "\\'");
    vec![json, ascii, repr, quoted]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_the_forms_of_common_programs() {
        let found = forms("a/b \"ž\n2");
        for form in [
            "a/b \"ž\n2",
            r#"a/b \"ž\n2"#,
            r#"a/b \"\u017e\n2"#,
            r#"a/b "ž\n2"#,
            "a%2Fb%20%22%C5%BE%0A2",
            "a%2fb%20%22%c5%be%0a2",
            "a/b%20%22%C5%BE%0A2",
            "a%2Fb+%22%C5%BE%0A2",
            "YS9iICLFvgoy",
        ] {
            assert!(
                found.iter().any(|known| known == form),
                "{form} not in {found:?}"
            );
        }
    }

    #[test]
    fn no_form_is_shorter_than_the_shortest_secret() {
        for secret in [
            "abcd",
            "a\"b\n",
            " abcd ",
            "\u{10348}\u{10348}xy",
            "12345678\n1\nabcdefgh",
        ] {
            for form in forms(secret) {
                assert!(form.chars().count() >= SHORTEST, "{form:?} of {secret:?}");
            }
        }
        assert!(forms("abc").is_empty() && forms("    ").is_empty());
    }

    #[test]
    fn a_quote_at_the_begin_is_not_taken_for_jsons_own() {
        assert!(forms("\"ab\"").contains(&r#"\"ab\""#.to_owned()));
    }

    #[test]
    fn base64_is_found_wherever_it_begins_and_whatever_follows() {
        let secret = "correct horse";
        for before in ["", "u", "us", "use", "user"] {
            for after in ["", "x", "xy"] {
                let text = STANDARD.encode(format!("{before}{secret}{after}"));
                assert!(
                    forms(secret).iter().any(|form| text.contains(form)),
                    "{text}"
                );
            }
        }
    }
}
