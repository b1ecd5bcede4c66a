//! Which keys are there, in the few words that a head has room for.

use messages::worker::Keys;

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
    let lacks = keys
        .token
        .as_ref()
        .is_some_and(|token| !token.lacks.is_empty());
    let text = match (&keys.e2b_key, &keys.token) {
        (None, None) => "No keys yet",
        (None, Some(_)) => "No e2b key yet",
        (Some(_), None) => "No Storage token yet",
        (Some(_), Some(_)) if lacks => "Token lacks rights",
        (Some(_), Some(_)) => "Keys ready",
    };
    KeyWords {
        text: text.to_owned(),
        ready: keys.e2b_key.is_some() && keys.token.is_some() && !lacks,
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
    use messages::worker::{KeyHint, TokenReport};

    use super::*;

    fn hint() -> KeyHint {
        KeyHint {
            last4: "9f3a".to_owned(),
        }
    }

    fn token(lacks: &[&str]) -> TokenReport {
        TokenReport {
            hint: hint(),
            description: "for e2b".to_owned(),
            project_name: "Sales".to_owned(),
            project: "33".to_owned(),
            expires: None,
            is_master: false,
            lacks: lacks.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    #[test]
    fn the_head_names_what_is_missing() {
        let cases = [
            (None, None, "No keys yet", 2),
            (Some(hint()), None, "No Storage token yet", 1),
            (None, Some(token(&[])), "No e2b key yet", 1),
            (
                Some(hint()),
                Some(token(&["read in.c-x"])),
                "Token lacks rights",
                0,
            ),
            (Some(hint()), Some(token(&[])), "Keys ready", 0),
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
