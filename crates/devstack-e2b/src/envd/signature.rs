//! Signed `/files` URLs and the token header (`reference/e2b.md` §3.2, §3.3).

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::config::AccessToken;

/// What a signature allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Read,
    Write,
}

impl Operation {
    const fn word(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Write => "write",
        }
    }
}

/// Why a `/files` call is refused with 401.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum SignatureError {
    #[error("access token present in header but does not match")]
    WrongToken,
    #[error("missing signature query parameter")]
    Missing,
    #[error("invalid signature")]
    Invalid,
    #[error("signature is already expired")]
    Expired,
}

/// The parts of a `/files` call that a signature covers, exactly as the query has them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    pub(crate) path: &'a str,
    pub(crate) operation: Operation,
    pub(crate) username: Option<&'a str>,
    pub(crate) signature: Option<&'a str>,
    pub(crate) expiration: Option<i64>,
}

/// `v1_` and the standard base64 of SHA-256 without padding.
pub(crate) fn sign(
    path: &str,
    operation: Operation,
    user: &str,
    token: &AccessToken,
    expiration: Option<i64>,
) -> String {
    let mut text = format!("{path}:{}:{user}:{}", operation.word(), token.0);
    if let Some(expiration) = expiration {
        text.push_str(&format!(":{expiration}"));
    }
    format!("v1_{}", STANDARD_NO_PAD.encode(Sha256::digest(text)))
}

/// Checks a `/files` call. A token header, if sent, is checked instead of the signature.
pub(crate) fn verify(
    token: Option<&AccessToken>,
    headers: &HeaderMap,
    call: Signed<'_>,
    now: i64,
) -> Result<(), SignatureError> {
    let Some(token) = token else { return Ok(()) };
    if let Some(header) = headers
        .get("x-access-token")
        .filter(|header| !header.is_empty())
    {
        return if equal(header.as_bytes(), token.0.as_bytes()) {
            Ok(())
        } else {
            Err(SignatureError::WrongToken)
        };
    }
    let signature = call.signature.ok_or(SignatureError::Missing)?;
    let expected = sign(
        call.path,
        call.operation,
        call.username.unwrap_or(""),
        token,
        call.expiration,
    );
    if !equal(expected.as_bytes(), signature.as_bytes()) {
        return Err(SignatureError::Invalid);
    }
    match call.expiration {
        Some(expiration) if expiration < now => Err(SignatureError::Expired),
        _ => Ok(()),
    }
}

/// Compares without telling by its duration where the difference is.
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_agree_with_the_reference_vectors() {
        let token = AccessToken("tok123".into());
        assert_eq!(
            sign("/home/user/a b.csv", Operation::Write, "user", &token, None),
            "v1_zervTwc7U1nevtfbXbF8cmzRi/ODo5QtXmV8DiCRCRI"
        );
        assert_eq!(
            sign(
                "out/result.csv",
                Operation::Read,
                "",
                &token,
                Some(1_800_000_000)
            ),
            "v1_6GS0EI2h0KMzCFp0eoT9q8O9fH82jZ+NRO24Dg7P3cA"
        );
    }

    #[test]
    fn a_call_is_allowed_by_token_or_by_signature_and_by_nothing_else() {
        let token = AccessToken("tok123".into());
        let good = sign("a", Operation::Read, "", &token, None);
        let dated = sign("a", Operation::Read, "", &token, Some(100));
        let call = |signature, expiration| Signed {
            path: "a",
            operation: Operation::Read,
            username: None,
            signature,
            expiration,
        };
        let with = |value: &'static str| {
            HeaderMap::from_iter([("x-access-token".parse().unwrap(), value.parse().unwrap())])
        };
        let none = HeaderMap::new();
        for (headers, call, now, expected) in [
            (&none, call(None, None), 0, Err(SignatureError::Missing)),
            (&none, call(Some(good.as_str()), None), 0, Ok(())),
            (
                &none,
                call(Some("v1_no"), None),
                0,
                Err(SignatureError::Invalid),
            ),
            (
                &none,
                call(Some(good.as_str()), Some(100)),
                0,
                Err(SignatureError::Invalid),
            ),
            (&none, call(Some(dated.as_str()), Some(100)), 100, Ok(())),
            (
                &none,
                call(Some(dated.as_str()), Some(100)),
                101,
                Err(SignatureError::Expired),
            ),
            (&with("tok123"), call(None, None), 0, Ok(())),
            (
                &with("other"),
                call(Some(good.as_str()), None),
                0,
                Err(SignatureError::WrongToken),
            ),
        ] {
            assert_eq!(
                verify(Some(&token), headers, call, now),
                expected,
                "{call:?}"
            );
        }
        assert_eq!(verify(None, &none, call(None, None), 0), Ok(()));
    }
}
