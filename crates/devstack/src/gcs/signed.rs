//! Signed URLs, version 4. Google's own are signed with a service account's RSA key; these with the
//! other algorithm that it knows, HMAC, over the same canonical request.

use hmac::{Hmac, KeyInit, Mac};
use http::{StatusCode, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::error::Refusal;
use super::{ACCOUNT, BUCKET, HOST};
use crate::disk::hex;
use crate::{moment, random};

const ALGORITHM: &str = "GOOG4-HMAC-SHA256";
/// A file's `url` works for an hour.
const LIFE_S: i64 = 3600;
/// What a query leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// A path leaves its slashes, too.
const IN_PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// The key that URLs are signed with.
pub(super) struct Signer(String);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    pub(super) fn new() -> Self {
        Self(random::secret_access_key())
    }

    /// A URL that reads `key` for an hour.
    pub(super) fn url(&self, key: &str) -> String {
        let now = moment::now();
        let stamp = moment::compact(now);
        let credential = format!("{ACCOUNT}/{}/auto/storage/goog4_request", day(&stamp));
        let path = format!("/{BUCKET}/{}", utf8_percent_encode(key, IN_PATH));
        let query = [
            ("X-Goog-Algorithm", ALGORITHM),
            ("X-Goog-Credential", &credential),
            ("X-Goog-Date", &stamp),
            ("X-Goog-Expires", &LIFE_S.to_string()),
            ("X-Goog-SignedHeaders", "host"),
            ("response-content-disposition", "attachment"),
        ]
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, UNRESERVED)))
        .join("&");
        let signature = self.signature(&stamp, &path, &query);
        format!("https://{HOST}{path}?{query}&X-Goog-Signature={signature}")
    }

    /// Refuses a signed URL that was not made here, was changed, or has expired.
    pub(super) fn check(&self, uri: &Uri) -> Result<(), Refusal> {
        let query = uri.query().unwrap_or_default();
        let mut signed: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.starts_with("X-Goog-Signature="))
            .collect();
        signed.sort_unstable();
        let value = |name: &str| value(query, name).unwrap_or_default();
        let stamp = value("X-Goog-Date");
        let begun = moment::from_compact(&stamp);
        let life: Option<i64> = value("X-Goog-Expires").parse().ok();
        let (Some(begun), Some(life)) = (begun, life) else {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "MalformedSecurityHeader",
                "invalid",
                "Your request has a malformed header.",
            ));
        };
        if value("X-Goog-Signature") != self.signature(&stamp, uri.path(), &signed.join("&")) {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "SignatureDoesNotMatch",
                "forbidden",
                "The request signature we calculated does not match the signature you provided. \
                 Check your Google secret key and signing method.",
            ));
        }
        expired(begun + Duration::seconds(life))
    }

    fn signature(&self, stamp: &str, path: &str, query: &str) -> String {
        let canonical = format!("GET\n{path}\n{query}\nhost:{HOST}\n\nhost\nUNSIGNED-PAYLOAD");
        let scope = format!("{}/auto/storage/goog4_request", day(stamp));
        let to_sign = format!(
            "{ALGORITHM}\n{stamp}\n{scope}\n{}",
            hex(&Sha256::digest(canonical))
        );
        let mut key = format!("GOOG4{}", self.0).into_bytes();
        for part in [day(stamp), "auto", "storage", "goog4_request"] {
            key = mac(&key, part);
        }
        hex(&mac(&key, &to_sign))
    }
}

/// Whether a URL claims to be signed.
pub(super) fn is_signed(uri: &Uri) -> bool {
    value(uri.query().unwrap_or_default(), "X-Goog-Signature").is_some()
}

/// A parameter of a query, decoded.
pub(super) fn value(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(own, _)| *own == name)?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

fn expired(end: OffsetDateTime) -> Result<(), Refusal> {
    if moment::now() < end {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::BAD_REQUEST,
        "ExpiredToken",
        "expired",
        "Invalid argument.",
    ))
}

fn day(stamp: &str) -> &str {
    stamp.split('T').next().unwrap_or_default()
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        // Every length is a key.
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_opens_what_it_was_signed_for() {
        let signer = Signer::new();
        let url = signer.url("exp-15/a b.csv");
        let check = |url: &str| signer.check(&url.parse().unwrap());
        check(&url).unwrap();
        for (from, to) in [
            ("a%20b", "a%20c"),
            ("X-Goog-Expires=3600", "X-Goog-Expires=9999"),
            ("attachment", "inline"),
            ("X-Goog-Date=2", "X-Goog-Date=x"),
        ] {
            check(&url.replace(from, to)).unwrap_err();
        }
        Signer::new().check(&url.parse().unwrap()).unwrap_err();
    }
}
