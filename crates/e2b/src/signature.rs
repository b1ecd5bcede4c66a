//! Signatures of file URLs: leave to read or write one path for a while (reference/e2b.md §3.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::EnvdToken;

/// What a signed URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOperation {
    /// Download.
    Read,
    /// Upload.
    Write,
}

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct FileSignature<'a> {
    /// The exact value of the `path` query, before percent-encoding; empty for a bare upload URL.
    pub path: &'a str,
    /// What is allowed.
    pub operation: FileOperation,
    /// The value of the `username` query; `None` when the URL has none.
    pub user: Option<&'a str>,
    /// End of validity in seconds since 1970, the value of the `signature_expiration` query.
    pub expires_at: Option<u64>,
}

/// The value of the `signature` query. Its base64 has the standard alphabet, so it must still be
/// percent-encoded. Never send `X-Access-Token` with a signed URL: envd would check that instead.
#[must_use]
pub fn sign(signature: FileSignature<'_>, token: &EnvdToken) -> String {
    let FileSignature {
        path,
        operation,
        user,
        expires_at,
    } = signature;
    let operation = match operation {
        FileOperation::Read => "read",
        FileOperation::Write => "write",
    };
    let mut hash = Sha256::new();
    for part in [
        path,
        ":",
        operation,
        ":",
        user.unwrap_or_default(),
        ":",
        token.expose(),
    ] {
        hash.update(part);
    }
    if let Some(expires_at) = expires_at {
        hash.update(format!(":{expires_at}"));
    }
    format!("v1_{}", STANDARD_NO_PAD.encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of reference/e2b.md §3.7.
    #[test]
    fn signatures_agree_with_the_official_client() {
        let token = EnvdToken::parse("tok123").unwrap();
        let with_user = FileSignature {
            path: "/home/user/a b.csv",
            operation: FileOperation::Write,
            user: Some("user"),
            expires_at: None,
        };
        assert_eq!(
            sign(with_user, &token),
            "v1_zervTwc7U1nevtfbXbF8cmzRi/ODo5QtXmV8DiCRCRI"
        );
        let with_end = FileSignature {
            path: "out/result.csv",
            operation: FileOperation::Read,
            user: None,
            expires_at: Some(1_800_000_000),
        };
        assert_eq!(
            sign(with_end, &token),
            "v1_6GS0EI2h0KMzCFp0eoT9q8O9fH82jZ+NRO24Dg7P3cA"
        );
    }
}
