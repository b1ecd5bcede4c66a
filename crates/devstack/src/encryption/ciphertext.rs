//! Ciphertexts: a prefix, and what this process alone can read, bound to stack, component, project
//! and configuration.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::scope::Scope;
use crate::hosts;
use crate::provider::Provider;
use crate::random;

const NONCE: usize = 12;
/// Real ciphertexts are compressed by zlib, so that all begin with `eJ`.
const ZLIB: [u8; 3] = [0x78, 0x9c, 0x01];

/// The key of this process; it ends with it.
pub(crate) struct EncryptionKey(Aes256Gcm);

impl std::fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EncryptionKey")
    }
}

impl Default for EncryptionKey {
    fn default() -> Self {
        let mut key = aes_gcm::Key::<Aes256Gcm>::default();
        key.copy_from_slice(&random::bytes(32));
        Self(Aes256Gcm::new(&key))
    }
}

/// Why a value cannot be decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecryptError {
    /// It is no ciphertext: plaintext under a `#` key.
    #[error("is not an encrypted value")]
    NotEncrypted,
    /// It is a ciphertext of another stack, component, project or configuration.
    #[error("cannot be decrypted here: it was encrypted for something else")]
    Foreign,
}

/// Whether a text is a ciphertext, by the practical test of reference/keboola.md section 5.
pub(super) fn is_ciphertext(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("KBC::") else {
        return false;
    };
    if let Some((kind, value)) = rest.split_once("::") {
        return kind.contains("Secure") && !value.is_empty();
    }
    let old = [
        "Encrypted==",
        "ComponentEncrypted==",
        "ComponentProjectEncrypted==",
    ];
    old.iter().any(|kind| rest.starts_with(kind))
}

/// Encrypts for a scope of a stack (`connection.…`).
pub(super) fn encrypt(
    key: &EncryptionKey,
    text: &str,
    stack: &str,
    scope: &Scope<'_>,
) -> Option<String> {
    let prefix = scope.prefix(cloud(stack))?;
    let bytes = random::bytes(NONCE);
    let mut nonce = Nonce::default();
    nonce.copy_from_slice(&bytes);
    let payload = Payload {
        msg: text.as_bytes(),
        aad: &scope.bound_to(hosts::without_port(stack)),
    };
    let sealed = key.0.encrypt(&nonce, payload).ok()?;
    let whole = [&ZLIB[..], &bytes, &sealed].concat();
    Some(format!("{prefix}{}", STANDARD.encode(whole)))
}

/// Encrypts for the jobs of one configuration, as the runner does with the secrets of a state. What is
/// ciphertext stays; `None` when it cannot be done.
pub(crate) fn encrypt_for_configuration(
    key: &EncryptionKey,
    text: &str,
    stack: &str,
    component: &str,
    project: &str,
    configuration: &str,
) -> Option<String> {
    if is_ciphertext(text) {
        return Some(text.to_owned());
    }
    let scope = Scope {
        component: Some(component),
        project: Some(project),
        configuration: Some(configuration),
        branch_type: None,
    };
    encrypt(key, text, stack, &scope)
}

/// What a ciphertext says to a job of a configuration. `stack` is the host of the Storage API. An
/// empty text and a pure `{{ variable }}` are for the caller to let pass.
pub(crate) fn decrypt(
    key: &EncryptionKey,
    text: &str,
    stack: &str,
    component: &str,
    project: &str,
    configuration: &str,
) -> Result<String, DecryptError> {
    if !is_ciphertext(text) {
        return Err(DecryptError::NotEncrypted);
    }
    let end = text.rfind("::").ok_or(DecryptError::Foreign)? + 2;
    let (prefix, body) = text.split_at(end);
    let whole = STANDARD.decode(body).map_err(|_| DecryptError::Foreign)?;
    let sealed = whole.strip_prefix(&ZLIB).unwrap_or_default();
    let (nonce_bytes, sealed) = sealed
        .split_at_checked(NONCE)
        .ok_or(DecryptError::Foreign)?;
    let mut nonce = Nonce::default();
    nonce.copy_from_slice(nonce_bytes);
    let reader = Scope {
        component: Some(component),
        project: Some(project),
        configuration: Some(configuration),
        branch_type: None,
    };
    let scopes = reader.of_prefix(prefix, cloud(stack));
    let opened = scopes.iter().find_map(|scope| {
        let aad = scope.bound_to(hosts::without_port(stack));
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        key.0.decrypt(&nonce, payload).ok()
    });
    let opened = opened.ok_or(DecryptError::Foreign)?;
    String::from_utf8(opened).map_err(|_| DecryptError::Foreign)
}

/// The cloud that a stack is on.
fn cloud(stack: &str) -> Provider {
    hosts::cloud_of(stack).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACK: &str = "connection.europe-west3.gcp.keboola.com";

    fn sealed(key: &EncryptionKey, scope: Scope<'_>) -> String {
        encrypt(key, "hunter2", STACK, &scope).unwrap()
    }

    #[test]
    fn only_what_it_was_encrypted_for_reads_it() {
        let key = EncryptionKey::default();
        let of_configuration = Scope {
            component: Some("c"),
            project: Some("1"),
            configuration: Some("9"),
            branch_type: None,
        };
        let narrow = sealed(&key, of_configuration);
        assert!(
            narrow.starts_with("KBC::ConfigSecureGKMS::eJwB"),
            "{narrow}"
        );
        assert!(!narrow.contains("hunter2"));
        let wide = Scope {
            configuration: None,
            ..of_configuration
        };
        let wide = sealed(&key, wide);
        let branch = Scope {
            branch_type: Some("dev"),
            ..of_configuration
        };
        let branch = sealed(&key, branch);
        let read = |text: &str, stack, project, configuration| {
            decrypt(&key, text, stack, "c", project, configuration)
        };
        for text in [&narrow, &wide, &branch] {
            assert_eq!(read(text, STACK, "1", "9").as_deref(), Ok("hunter2"));
            assert_eq!(read(text, STACK, "2", "9"), Err(DecryptError::Foreign));
            let other = "connection.us-east4.gcp.keboola.com";
            assert_eq!(read(text, other, "1", "9"), Err(DecryptError::Foreign));
            let aws = "connection.keboola.com";
            assert_eq!(read(text, aws, "1", "9"), Err(DecryptError::Foreign));
        }
        assert_eq!(read(&wide, STACK, "1", "8").as_deref(), Ok("hunter2"));
        assert_eq!(read(&narrow, STACK, "1", "8"), Err(DecryptError::Foreign));
        let other_process = EncryptionKey::default();
        let elsewhere = decrypt(&other_process, &narrow, STACK, "c", "1", "9");
        assert_eq!(elsewhere, Err(DecryptError::Foreign));
    }

    #[test]
    fn plaintext_is_told_from_what_cannot_be_read() {
        let key = EncryptionKey::default();
        for (text, why) in [
            ("hunter2", DecryptError::NotEncrypted),
            ("", DecryptError::NotEncrypted),
            ("KBC::hunter2", DecryptError::NotEncrypted),
            ("KBC::ProjectSecure::", DecryptError::NotEncrypted),
            ("KBC::ProjectSecure::no base64", DecryptError::Foreign),
            ("KBC::ProjectSecure::eJwB", DecryptError::Foreign),
            ("KBC::Encrypted==x", DecryptError::Foreign),
        ] {
            let read = decrypt(&key, text, "connection.keboola.com", "c", "1", "9");
            assert_eq!(read, Err(why), "{text}");
        }
    }
}
