//! Permissions to go on with an upload, sealed so that they may lie on a disk.
//!
//! An upload may outlive the browser, and the credentials of most providers cannot be had a second
//! time; but no secret may be on a disk in a form that what is on the disk can open. So the key is
//! derived from the Storage token, which is never there: after a restart the person enters it again,
//! and whoever has it could make such credentials anyway.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use keboola::StorageToken;
use messages::worker::{OpenPermission, SealPermission, UploadPermission};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::storage_token;
use crate::vault::fill_random;

/// What the derived key is for.
const PURPOSE: &[u8] = b"kbc-e2b-writer upload permission 1";
/// Bytes of an AES-GCM nonce.
const NONCE: usize = 12;

/// Seals it.
pub(crate) async fn seal(call: &SealPermission) -> Result<String, Problem> {
    let token = storage_token::load(&call.configuration).await?;
    let plain = serde_json::to_vec(&call.permission).map_err(|_| broken("writing"))?;
    sealed(&token, &place(&call.configuration, call.file), &plain)
}

/// Opens it.
pub(crate) async fn open(call: &OpenPermission) -> Result<Option<UploadPermission>, Problem> {
    let token = storage_token::load(&call.configuration).await?;
    let plain = opened(&token, &place(&call.configuration, call.file), &call.sealed);
    Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
}

/// Of which file; authenticated with the text, so that it opens for no other.
fn place(configuration: &ConfigurationUrl, file: u64) -> String {
    let (stack, project) = (configuration.stack.as_str(), &configuration.project);
    format!("{stack}/{project}/{file}")
}

fn cipher(token: &StorageToken) -> Result<Aes256Gcm, Problem> {
    let mut key = Zeroizing::new([0_u8; 32]);
    Hkdf::<Sha256>::new(None, token.expose().as_bytes())
        .expand(PURPOSE, key.as_mut_slice())
        .map_err(|_| broken("deriving the key"))?;
    Aes256Gcm::new_from_slice(key.as_slice()).map_err(|_| broken("the key"))
}

fn sealed(token: &StorageToken, place: &str, plain: &[u8]) -> Result<String, Problem> {
    let mut nonce = [0_u8; NONCE];
    fill_random(&mut nonce)?;
    let payload = Payload {
        msg: plain,
        aad: place.as_bytes(),
    };
    let sealed = cipher(token)?
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| broken("sealing"))?;
    Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
}

fn opened(token: &StorageToken, place: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = STANDARD.decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
    let payload = Payload {
        msg: sealed,
        aad: place.as_bytes(),
    };
    let plain = cipher(token).ok()?.decrypt(&Nonce::from(*nonce), payload);
    plain.ok().map(Zeroizing::new)
}

fn broken(what: &str) -> Problem {
    Problem::with(ProblemCode::Internal, format!("permission: {what}"))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn only_the_same_token_opens_it_and_only_for_the_same_file() {
        let token = |text| StorageToken::parse(text).unwrap();
        let own = token("33-555-abcdef1234");
        let text = sealed(&own, "connection.keboola.com/33/4712", b"permission").unwrap();
        let open = |token: &StorageToken, place: &str, text: &str| opened(token, place, text);
        let plain = open(&own, "connection.keboola.com/33/4712", &text).unwrap();
        assert_eq!(plain.as_slice(), b"permission");
        let other = token("33-555-abcdef1235");
        assert!(open(&other, "connection.keboola.com/33/4712", &text).is_none());
        assert!(open(&own, "connection.keboola.com/33/4713", &text).is_none());
        assert!(open(&own, "connection.keboola.com/33/4712", "AAAA").is_none());
        let again = sealed(&own, "connection.keboola.com/33/4712", b"permission").unwrap();
        assert_ne!(text, again, "a nonce is used once");
    }
}
