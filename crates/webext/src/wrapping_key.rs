//! A WebCrypto key that can be used and never read: it wraps the vault's key.
//!
//! It lives in IndexedDB as a non-extractable `CryptoKey`, apart from what it wraps, which lies in
//! `chrome.storage.session`. A copy of either store alone opens nothing; the key is replaced at
//! every browser start, when the session storage is empty.

use idb::{Database, Factory, ObjectStoreParams, TransactionMode};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use crate::runtime::{describe, get, object};

const DATABASE: &str = "vault";
const STORE: &str = "keys";
const RECORD: &str = "wrapping";
/// Bytes of an AES-GCM nonce.
const NONCE: usize = 12;

/// Why the key could not be made, kept or used.
#[derive(Debug, thiserror::Error)]
#[error("wrapping key: {0}")]
pub struct WrappingKeyError(String);

/// The key of this browser session.
#[derive(Debug)]
pub struct WrappingKey(CryptoKey);

impl WrappingKey {
    /// The key that is kept; `None` when there is none.
    ///
    /// # Errors
    /// When IndexedDB cannot be read.
    pub async fn load() -> Result<Option<Self>, WrappingKeyError> {
        let database = open().await?;
        let transaction = database
            .transaction(&[STORE], TransactionMode::ReadOnly)
            .map_err(database_error)?;
        let store = transaction.object_store(STORE).map_err(database_error)?;
        let found = store
            .get(JsValue::from_str(RECORD))
            .map_err(database_error)?;
        let found = found.await.map_err(database_error)?;
        database.close();
        Ok(found.and_then(|value| value.dyn_into().ok()).map(Self))
    }

    /// Makes a new key and replaces the one that is kept: whatever that one wrapped is lost.
    ///
    /// # Errors
    /// When WebCrypto or IndexedDB refuse.
    pub async fn replace() -> Result<Self, WrappingKeyError> {
        let algorithm = object(&[("name", "AES-GCM".into()), ("length", 256.into())]);
        let usages: Array = ["encrypt", "decrypt"]
            .iter()
            .map(|usage| JsValue::from_str(usage))
            .collect();
        let promise = subtle()?
            .generate_key_with_object(&algorithm, false, &usages)
            .map_err(|error| js_error(&error))?;
        let key: CryptoKey = JsFuture::from(promise)
            .await
            .map_err(|error| js_error(&error))?
            .unchecked_into();
        let database = open().await?;
        let transaction = database
            .transaction(&[STORE], TransactionMode::ReadWrite)
            .map_err(database_error)?;
        let store = transaction.object_store(STORE).map_err(database_error)?;
        let put = store
            .put(&key, Some(&JsValue::from_str(RECORD)))
            .map_err(database_error)?;
        put.await.map_err(database_error)?;
        let end = transaction.await.map_err(database_error)?;
        database.close();
        if !end.is_committed() {
            // A full disk shows only here: the request succeeded.
            let why = "the browser could not write its key (is the disk full?)";
            return Err(WrappingKeyError(why.to_owned()));
        }
        Ok(Self(key))
    }

    /// Wraps `plain`; the nonce comes first.
    ///
    /// # Errors
    /// When WebCrypto refuses.
    pub async fn wrap(&self, plain: &[u8]) -> Result<Vec<u8>, WrappingKeyError> {
        let mut nonce = [0_u8; NONCE];
        crypto()?
            .get_random_values_with_u8_array(&mut nonce)
            .map_err(|error| js_error(&error))?;
        let promise = subtle()?
            .encrypt_with_object_and_u8_array(&algorithm(&nonce), &self.0, plain)
            .map_err(|error| js_error(&error))?;
        let sealed = bytes(promise).await?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Self::wrap`] made.
    ///
    /// # Errors
    /// When it was wrapped by another key or was changed.
    pub async fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, WrappingKeyError> {
        let (nonce, sealed) = wrapped
            .split_at_checked(NONCE)
            .ok_or_else(|| WrappingKeyError("too short".to_owned()))?;
        let promise = subtle()?
            .decrypt_with_object_and_u8_array(&algorithm(nonce), &self.0, sealed)
            .map_err(|error| js_error(&error))?;
        bytes(promise).await
    }
}

async fn open() -> Result<Database, WrappingKeyError> {
    let factory = Factory::new().map_err(database_error)?;
    let mut request = factory.open(DATABASE, Some(1)).map_err(database_error)?;
    request.on_upgrade_needed(|event| {
        use idb::DatabaseEvent as _;
        if let Ok(database) = event.database() {
            let _ = database.create_object_store(STORE, ObjectStoreParams::new());
        }
    });
    request.await.map_err(database_error)
}

fn algorithm(nonce: &[u8]) -> js_sys::Object {
    object(&[
        ("name", "AES-GCM".into()),
        ("iv", Uint8Array::from(nonce).into()),
    ])
}

async fn bytes(promise: js_sys::Promise) -> Result<Vec<u8>, WrappingKeyError> {
    let buffer = JsFuture::from(promise)
        .await
        .map_err(|error| js_error(&error))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

fn crypto() -> Result<web_sys::Crypto, WrappingKeyError> {
    get(&js_sys::global(), "crypto")
        .dyn_into()
        .map_err(|_| WrappingKeyError("no WebCrypto here".to_owned()))
}

fn subtle() -> Result<SubtleCrypto, WrappingKeyError> {
    Ok(crypto()?.subtle())
}

fn js_error(error: &JsValue) -> WrappingKeyError {
    WrappingKeyError(describe(error))
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn database_error(error: idb::Error) -> WrappingKeyError {
    WrappingKeyError(error.to_string())
}
