//! Which keys are there, in the few words that a head has room for.

use messages::worker::{Keys, TokenReport};

/// Where the keys stand, and whether a run can begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyWords {
    /// `Keys ready`, or what is missing.
    pub text: String,
    /// Whether both keys are there and lack nothing.
    pub ready: bool,
}

/// The words for the keys of a configuration.
#[must_use]
pub fn of_keys(keys: &Keys) -> KeyWords {
    let token = keys.token.as_ref();
    let refused = token.is_some_and(|token| token.refused);
    let lacks = token.is_some_and(TokenReport::lacks_rights);
    let text = match (&keys.e2b_key, &keys.token) {
        // What worked and does not any more comes first.
        (_, Some(_)) if refused => "Token refused",
        (None, None) => "No keys yet",
        (None, Some(_)) => "No e2b key yet",
        (Some(_), None) => "No Storage token yet",
        (Some(_), Some(_)) if lacks => "Token lacks rights",
        (Some(_), Some(_)) => "Keys ready",
    };
    KeyWords {
        text: text.to_owned(),
        ready: keys.e2b_key.is_some() && keys.token.is_some() && !lacks && !refused,
    }
}

/// What is missing before a run can begin, each with the place to get it; empty when nothing is.
#[must_use]
pub fn missing(keys: &Keys) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if keys.e2b_key.is_none() {
        missing.push("an e2b API key");
    }
    if keys.token.is_none() {
        missing.push("a Storage token of this project");
    }
    missing
}

#[cfg(test)]
mod tests {
    use messages::worker::{Held, KeyHint, Purpose, Right};

    use super::*;

    fn hint() -> KeyHint {
        KeyHint {
            last4: "9f3a".to_owned(),
        }
    }

    fn token(held: Held) -> TokenReport {
        TokenReport {
            hint: hint(),
            description: "for e2b".to_owned(),
            made_by: None,
            person: None,
            project_name: "Sales".to_owned(),
            project: "33".to_owned(),
            expires: None,
            ends_at: None,
            is_master: false,
            refused: false,
            rights: vec![Right {
                purpose: Purpose::ReadInputTables,
                held,
            }],
        }
    }

    fn refused() -> TokenReport {
        TokenReport {
            refused: true,
            ..token(Held::No)
        }
    }

    #[test]
    fn the_head_names_what_is_missing() {
        let cases = [
            (None, None, "No keys yet", 2),
            (Some(hint()), None, "No Storage token yet", 1),
            (None, Some(token(Held::Yes)), "No e2b key yet", 1),
            (Some(hint()), Some(token(Held::No)), "Token lacks rights", 0),
            (Some(hint()), Some(refused()), "Token refused", 0),
            (None, Some(refused()), "Token refused", 1),
            (Some(hint()), Some(token(Held::Unknown)), "Keys ready", 0),
            (Some(hint()), Some(token(Held::Yes)), "Keys ready", 0),
        ];
        for (e2b_key, token, text, missing_keys) in cases {
            let keys = Keys {
                e2b_key,
                token,
                tokens: 0,
            };
            assert_eq!(of_keys(&keys).text, text);
            assert_eq!(of_keys(&keys).ready, text == "Keys ready");
            assert_eq!(missing(&keys).len(), missing_keys, "{text}");
        }
    }
}
