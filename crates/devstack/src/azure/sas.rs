//! Shared access signatures, as Azure's documentation defines them for version 2017-11-09, which
//! Keboola's PHP library still signs.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};

use super::ACCOUNT;
use super::error::Refusal;
use crate::sync::lock;
use crate::{moment, random};

const VERSION: &str = "2017-11-09";
/// Of the stack's own requests to azurite.
const ACCOUNT_VERSION: &str = "2018-03-28";
/// As Keboola's live.
const LIFE: Duration = Duration::hours(12);
/// What a query leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':');

/// What a signature allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    /// Reading and listing.
    Read,
    /// Writing, too; not deleting.
    Write,
}

impl Rights {
    fn text(self) -> &'static str {
        match self {
            Self::Read => "rl",
            Self::Write => "rwl",
        }
    }
}

/// A signature as a query, and when it ends.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub(super) query: String,
    pub(super) expires: OffsetDateTime,
}

/// The account's key, and the signatures that were handed out by it.
pub(super) struct Signer {
    key: Vec<u8>,
    /// By `sig`: the container, and the moment from which on it is no longer valid.
    handed_out: Mutex<HashMap<String, (String, OffsetDateTime)>>,
    /// How many were made.
    made: AtomicI64,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    pub(super) fn new() -> Self {
        Self {
            key: random::bytes(64),
            handed_out: Mutex::default(),
            made: AtomicI64::new(0),
        }
    }

    /// The key as azurite takes it.
    pub(super) fn key_base64(&self) -> String {
        STANDARD.encode(&self.key)
    }

    /// A signature that a client gets for a container, and that can be ended.
    pub(super) fn hand_out(&self, container: &str, rights: Rights) -> Signature {
        let signature = self.sign(container, rights);
        if let Some(sig) = value(&signature.query, "sig") {
            let known = (container.to_owned(), signature.expires);
            lock(&self.handed_out).insert(sig, known);
        }
        signature
    }

    /// A signature for a container.
    pub(super) fn sign(&self, container: &str, rights: Rights) -> Signature {
        let now = moment::now();
        let expires = now + LIFE;
        // Two of the same second would be the same, and end together.
        let made = self.made.fetch_add(1, Ordering::Relaxed) % 3600;
        let start = moment::zulu(now - Duration::minutes(5) - Duration::seconds(made));
        let fields = Fields {
            rights: rights.text(),
            start: &start,
            expiry: &moment::zulu(expires),
            resource: &format!("/blob/{ACCOUNT}/{container}"),
            ..Fields::default()
        };
        let sig = self.mac(&fields.to_sign());
        let query = format!(
            "sv={VERSION}&sr=c&st={}&se={}&sp={}&sig={}",
            fields.start,
            fields.expiry,
            fields.rights,
            utf8_percent_encode(&sig, UNRESERVED)
        );
        Signature { query, expires }
    }

    /// A signature for the whole account, which only the stack itself uses.
    pub(super) fn own(&self) -> String {
        let now = moment::now();
        let start = moment::zulu(now - Duration::minutes(5));
        let expiry = moment::zulu(now + Duration::hours(1));
        let rights = "rwdlac";
        let to_sign =
            format!("{ACCOUNT}\n{rights}\nb\nsco\n{start}\n{expiry}\n\n\n{ACCOUNT_VERSION}\n");
        format!(
            "sv={ACCOUNT_VERSION}&ss=b&srt=sco&sp={rights}&st={start}&se={expiry}&sig={}",
            utf8_percent_encode(&self.mac(&to_sign), UNRESERVED)
        )
    }

    /// Ends the signatures that were handed out for `container`. Returns how many.
    pub(super) fn expire(&self, container: &str) -> usize {
        let mut all = lock(&self.handed_out);
        let hit = all.values_mut().filter(|(own, _)| own == container);
        hit.map(|(_, end)| *end = moment::now()).count()
    }

    /// Refuses a query that no service signature of this account for this path is in, or one that
    /// is not valid now.
    pub(super) fn check(&self, query: &str, container: &str, blob: &str) -> Result<(), Refusal> {
        let field = |name: &str| value(query, name).unwrap_or_default();
        let (start, expiry, sig) = (field("st"), field("se"), field("sig"));
        let resource = match field("sr").as_str() {
            "c" => format!("/blob/{ACCOUNT}/{container}"),
            "b" => format!("/blob/{ACCOUNT}/{container}/{blob}"),
            _ => return Err(Refusal::unauthenticated("sr is mandatory. Cannot be empty")),
        };
        let version = field("sv");
        let to_sign = Fields {
            rights: &field("sp"),
            start: &start,
            expiry: &expiry,
            resource: &resource,
            identifier: &field("si"),
            addresses: &field("sip"),
            protocols: &field("spr"),
            headers: ["rscc", "rscd", "rsce", "rscl", "rsct"].map(field),
        }
        .to_sign();
        if version != VERSION || sig != self.mac(&to_sign) {
            let shown = to_sign.replace('\n', "\\n");
            return Err(Refusal::unauthenticated(&format!(
                "Signature did not match. String to sign used was {shown}"
            )));
        }
        let now = moment::now();
        let from = moment::from_zulu(&start);
        let ended = lock(&self.handed_out).get(&sig).map(|(_, end)| *end);
        let until = ended.or_else(|| moment::from_zulu(&expiry));
        let is_valid =
            from.is_some_and(|from| from <= now) && until.is_some_and(|until| now < until);
        if is_valid {
            return Ok(());
        }
        Err(Refusal::unauthenticated(&format!(
            "Signature not valid in the specified time frame: Start [{}] - Expiry [{}] - Current [{}]",
            from.map(moment::http).unwrap_or_default(),
            until.map(moment::http).unwrap_or_default(),
            moment::http(now)
        )))
    }

    fn mac(&self, text: &str) -> String {
        match Hmac::<Sha256>::new_from_slice(&self.key) {
            Ok(mut mac) => {
                mac.update(text.as_bytes());
                STANDARD.encode(mac.finalize().into_bytes())
            }
            // Every length is a key.
            Err(_) => String::new(),
        }
    }
}

/// What is signed.
#[derive(Debug, Default)]
struct Fields<'a> {
    rights: &'a str,
    start: &'a str,
    expiry: &'a str,
    /// `/blob/{account}/{container}`, and the blob's name for one blob.
    resource: &'a str,
    identifier: &'a str,
    addresses: &'a str,
    protocols: &'a str,
    /// `rscc`, `rscd`, `rsce`, `rscl`, `rsct`.
    headers: [String; 5],
}

impl Fields<'_> {
    fn to_sign(&self) -> String {
        format!(
            "{}\n{}\n{}\n{}\n{}\n{}\n{}\n{VERSION}\n{}",
            self.rights,
            self.start,
            self.expiry,
            self.resource,
            self.identifier,
            self.addresses,
            self.protocols,
            self.headers.join("\n")
        )
    }
}

/// A parameter of a query, decoded.
pub(super) fn value(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(own, _)| *own == name)?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_opens_its_container_until_it_is_ended() {
        let signer = Signer::new();
        let own = signer.hand_out("c-1", Rights::Write).query;
        let url = signer.sign("c-1", Rights::Read).query;
        signer.check(&own, "c-1", "any.csv").unwrap();
        for (what, query, container) in [
            ("another container", own.clone(), "c-2"),
            ("more rights", own.replace("sp=rwl", "sp=rwdl"), "c-1"),
            ("a longer life", own.replace("se=2", "se=3"), "c-1"),
            ("another version", own.replace("2017", "2018"), "c-1"),
            ("no signature", own.replace("&sig=", "&gis="), "c-1"),
            ("the account's", signer.own(), "c-1"),
        ] {
            assert!(signer.check(&query, container, "").is_err(), "{what}");
        }
        assert_eq!(signer.expire("c-1"), 1);
        signer.check(&own, "c-1", "any.csv").unwrap_err();
        signer.check(&url, "c-1", "any.csv").unwrap();
    }
}
