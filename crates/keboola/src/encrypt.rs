//! Encrypting secrets before they are written (reference §5). Storage keeps a `#` value as it is
//! sent, so whatever is not ciphertext here would stand there in clear.
//!
//! Only the secrets themselves are sent, and whatever the service answers is held against what was
//! asked: there is no way past a failure to the configuration.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Map, Value};
use thiserror::Error;
use transport::Http;

use crate::client::{escape, parse, read};
use crate::component::is_ciphertext;
use crate::document::replace_scalars;
use crate::error::KeboolaError;
use crate::fields::{Change, Field};

/// The Encryption API, for the secrets of one configuration.
#[derive(Debug)]
pub struct Encryption<'a, H> {
    /// The carrier.
    pub http: &'a H,
    /// Where the service is, without a slash at its end.
    pub url: String,
    /// For which component the secrets are.
    pub component: &'a str,
    /// Of which project.
    pub project: &'a str,
    /// Of which configuration.
    pub configuration: &'a str,
}

/// Why secrets could not be encrypted. No text in it holds one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncryptError {
    /// The call did not work.
    #[error("{0}")]
    Call(#[from] KeboolaError),
    /// The answer is not the ciphertext of what was sent.
    #[error("the encryption service gave no ciphertext for {0}")]
    NoCiphertext(String),
}

/// A plaintext secret: where it stands, and what it says.
struct Secret {
    path: String,
    value: Value,
}

/// The paths of the plaintext secrets in changes, which have to be encrypted before they are written.
#[must_use]
pub fn plaintext_secrets(changes: &[Change]) -> Vec<String> {
    secrets(changes).into_iter().map(|it| it.path).collect()
}

fn secrets(changes: &[Change]) -> Vec<Secret> {
    let mut found = Vec::new();
    for (name, value) in values(changes) {
        replace_scalars(value, name, &mut |path, key, text| {
            found.extend(plaintext(key, text).map(|value| Secret {
                path: path.to_owned(),
                value,
            }));
            None
        });
    }
    found
}

fn values(changes: &[Change]) -> impl Iterator<Item = (&str, &str)> {
    changes.iter().filter_map(|change| match &change.field {
        Field::Parameter(key) => Some((key.as_str(), change.after.as_deref()?)),
        Field::Code | Field::Packages | Field::Venv => None,
    })
}

/// A scalar that is to be encrypted, which the service makes a text of in its own way; `None` of what
/// is no secret, or ciphertext already. Nothing and the name of a variable are no secrets (reference §5).
fn plaintext(key: &str, scalar: &str) -> Option<Value> {
    if !key.starts_with('#') {
        return None;
    }
    let value = serde_json::from_str::<Value>(scalar).ok()?;
    let text = match &value {
        Value::String(text) => text,
        Value::Null => return None,
        _ => return Some(value),
    };
    let variable = text.strip_prefix("{{").and_then(|it| it.strip_suffix("}}"));
    let is_variable = variable.is_some_and(|it| !it.contains(['{', '}']) && !it.trim().is_empty());
    (!text.is_empty() && !is_variable && !is_ciphertext(text)).then_some(value)
}

impl<H: Http> Encryption<'_, H> {
    /// The changes with ciphertext in place of every plaintext secret.
    ///
    /// # Errors
    /// When one of them is not ciphertext in the end.
    pub async fn encrypt(&self, changes: Vec<Change>) -> Result<Vec<Change>, EncryptError> {
        let secrets = secrets(&changes);
        if secrets.is_empty() {
            return Ok(changes);
        }
        let ciphertexts = self.ask(&secrets).await?;
        let encrypted: Vec<Change> = changes
            .into_iter()
            .map(|change| with_ciphertexts(change, &ciphertexts))
            .collect();
        match plaintext_secrets(&encrypted).first() {
            None => Ok(encrypted),
            Some(path) => Err(EncryptError::NoCiphertext(path.clone())),
        }
    }

    async fn ask(&self, secrets: &[Secret]) -> Result<Map<String, Value>, EncryptError> {
        // Each key must begin with `#` for its value to be encrypted.
        let body: Map<String, Value> = secrets
            .iter()
            .map(|secret| (asked_as(&secret.path), secret.value.clone()))
            .collect();
        let url = format!(
            "{}/encrypt?componentId={}&projectId={}&configId={}",
            self.url,
            escape(self.component),
            escape(self.project),
            escape(self.configuration),
        );
        let request = http::Request::post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(Bytes::from(Value::Object(body).to_string()))
            .map_err(|error| KeboolaError::Unreachable(error.to_string()))?;
        let reply = self.http.send(request).await.map_err(KeboolaError::from)?;
        let reply = read(reply, None).map_err(without_words)?;
        let answer: Map<String, Value> = parse(&reply, "answer of the encryption service")?;
        for secret in secrets {
            let text = answer.get(&asked_as(&secret.path)).and_then(Value::as_str);
            let is_new = |text: &str| is_ciphertext(text) && !holds(text, &secret.value);
            if !text.is_some_and(is_new) {
                return Err(EncryptError::NoCiphertext(secret.path.clone()));
            }
        }
        if answer.len() != secrets.len() {
            let what = "the encryption service answered more than it was asked";
            return Err(KeboolaError::unexpected(what).into());
        }
        Ok(answer)
    }
}

/// From this length on, in bytes, a secret does not stand in a ciphertext by chance.
const TELLING: usize = 8;

/// Whether a text with a ciphertext's prefix has the secret in it.
fn holds(text: &str, secret: &Value) -> bool {
    let written = secret.to_string();
    let secret = secret.as_str().unwrap_or(&written);
    let is_all = text.rsplit_once("::").is_some_and(|(_, it)| it == secret);
    is_all || (secret.len() >= TELLING && text.contains(secret))
}

/// The service may quote what it was sent.
fn without_words(error: KeboolaError) -> KeboolaError {
    let message = "the encryption service refused".to_owned();
    match error {
        KeboolaError::Refused {
            status,
            code,
            exception_id,
            retry_after,
            ..
        } => KeboolaError::Refused {
            status,
            message,
            code,
            exception_id,
            retry_after,
        },
        KeboolaError::Forbidden { .. } => KeboolaError::Forbidden { message },
        KeboolaError::NotFound { code, .. } => KeboolaError::NotFound { message, code },
        other => other,
    }
}

fn asked_as(path: &str) -> String {
    format!("#{path}")
}

fn with_ciphertexts(mut change: Change, ciphertexts: &Map<String, Value>) -> Change {
    if let (Field::Parameter(name), Some(value)) = (&change.field, &change.after) {
        let value = replace_scalars(value, name, &mut |path, key, text| {
            plaintext(key, text)?;
            Some(ciphertexts.get(&asked_as(path))?.to_string())
        });
        change.after = Some(value);
    }
    change
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use transport::HttpError;
    use transport::testing::Script;

    use super::*;

    const CIPHER: &str = "KBC::ConfigSecure::eJwBYGCf";

    fn change(name: &str, value: &str) -> Change {
        Change {
            field: Field::Parameter(name.to_owned()),
            before: None,
            after: Some(value.to_owned()),
        }
    }

    fn encrypt(http: &Script, changes: Vec<Change>) -> Result<Vec<String>, EncryptError> {
        let service = Encryption {
            http,
            url: "https://encryption.keboola.com".to_owned(),
            component: "kds-team.app-custom-python",
            project: "33",
            configuration: "01k7",
        };
        let done = block_on(service.encrypt(changes))?;
        Ok(done.into_iter().filter_map(|it| it.after).collect())
    }

    #[test]
    fn what_is_a_plaintext_secret() {
        for (name, value, paths) in [
            ("#key", r#""hunter2""#, &["#key"][..]),
            ("#key", "5", &["#key"]),
            ("#key", "true", &["#key"]),
            ("#key", r#""""#, &[]),
            ("#key", "null", &[]),
            ("#key", r#""KBC::ProjectSecure::x""#, &[]),
            ("#key", r#""KBC::Encrypted==x""#, &[]),
            ("#key", r#""KBC::""#, &["#key"]),
            ("#key", r#""{{ vault.key }}""#, &[]),
            ("#key", r#""{{ a }} {{ b }}""#, &["#key"]),
            ("#key", r#""x{{ a }}""#, &["#key"]),
            ("key", r#""hunter2""#, &[]),
            (
                "db",
                r##"{"#p":"a","h":"b","l":[{"#q":"c"}]}"##,
                &["db.#p", "db.l.0.#q"],
            ),
            ("#o", r##"{"in":"clear","#p":"a"}"##, &["#o.#p"]),
            ("#l", r#"["a"]"#, &[]),
        ] {
            assert_eq!(
                plaintext_secrets(&[change(name, value)]),
                paths,
                "{name} {value}"
            );
        }
        let code = Change {
            field: Field::Code,
            before: None,
            after: Some(r##""#x""##.to_owned()),
        };
        assert!(plaintext_secrets(&[code]).is_empty());
    }

    #[test]
    fn only_the_secrets_are_sent_and_the_rest_stays_as_it_is() {
        let answer = format!(r###"{{"##key":"{CIPHER}1","#db.#p":"{CIPHER}2"}}"###);
        let http = Script::new().reply(200, answer);
        let changes = vec![
            change("#key", "5"),
            change("db", "{\"#p\" : \"hunter2\", \"n\":1e5}"),
            change("plain", "\"x\""),
        ];
        let done = encrypt(&http, changes).unwrap();
        assert_eq!(
            done,
            [
                format!("\"{CIPHER}1\""),
                format!("{{\"#p\" : \"{CIPHER}2\", \"n\":1e5}}"),
                "\"x\"".to_owned(),
            ]
        );
        assert_eq!(
            http.written(),
            [
                "POST https://encryption.keboola.com/encrypt?componentId=kds-team.app-custom-python\
              &projectId=33&configId=01k7\naccept: application/json\n\
              content-type: application/json\n\n{\"##key\":5,\"#db.#p\":\"hunter2\"}"
            ]
        );
    }

    #[test]
    fn without_secrets_nobody_is_asked() {
        let http = Script::new();
        let done = encrypt(&http, vec![change("#key", &format!("\"{CIPHER}\""))]);
        assert_eq!(done.unwrap(), [format!("\"{CIPHER}\"")]);
        assert!(http.requests().is_empty());
    }

    #[test]
    fn a_short_secret_may_stand_in_its_ciphertext_by_chance() {
        for (secret, answer, good) in [
            ("5", "KBC::ConfigSecure::eJwB5YGCf", true),
            ("5", "KBC::ConfigSecure::5", false),
            ("hunter22", "KBC::ConfigSecure::eJwhunter22B", false),
        ] {
            let answer = format!(r###"{{"##key":"{answer}"}}"###);
            let http = Script::new().reply(200, answer.as_str());
            let done = encrypt(&http, vec![change("#key", &format!("\"{secret}\""))]);
            assert_eq!(done.is_ok(), good, "{secret} {answer}");
        }
    }

    #[test]
    fn whatever_is_not_ciphertext_ends_it_without_a_word_of_the_secret() {
        for http in [
            Script::new().reply(200, r###"{"##key":"hunter2"}"###),
            Script::new().reply(200, r###"{"##key":"KBC::ProjectSecure::hunter2"}"###),
            Script::new().reply(200, r###"{"##key":""}"###),
            Script::new().reply(200, r###"{"##key":5}"###),
            Script::new().reply(200, r###"{"##key":"KBC::ConfigSecure::x","#a":"b"}"###),
            Script::new().reply(200, "{}"),
            Script::new().reply(200, "[]"),
            Script::new().reply(200, "hunter2"),
            Script::new().reply(500, r#"{"error":"cannot encrypt hunter2","code":500}"#),
            Script::new().reply(400, r#"{"error":"hunter2"}"#),
            Script::new().reply(403, r#"{"error":"hunter2"}"#),
            Script::new().reply(404, r#"{"error":"hunter2"}"#),
            Script::new().reply(503, "<html>hunter2"),
            Script::new().fail(HttpError::TimedOut),
        ] {
            let error = encrypt(&http, vec![change("#key", "\"hunter2\"")]).unwrap_err();
            assert!(
                !format!("{error} {error:?}").contains("hunter2"),
                "{error:?}"
            );
        }
    }
}
