//! Texts by name in IndexedDB: on disk, and there again when the browser is.
//!
//! For what must outlive the browser and is too much or too lively for `chrome.storage.local`. Never
//! for a secret in clear.

use idb::{Database, Factory, KeyRange, ObjectStoreParams, Query, TransactionMode};
use wasm_bindgen::JsValue;

const STORE: &str = "records";

/// Why records could not be read or written: a full disk, most of all.
#[derive(Debug, thiserror::Error)]
#[error("the browser's database: {0}")]
pub struct RecordsError(String);

/// The records of one database.
#[derive(Debug)]
pub struct Records(Database);

impl Records {
    /// Opens a database, new or not.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn open(name: &str) -> Result<Self, RecordsError> {
        let factory = Factory::new().map_err(failed)?;
        let mut request = factory.open(name, Some(1)).map_err(failed)?;
        request.on_upgrade_needed(|event| {
            use idb::DatabaseEvent as _;
            if let Ok(database) = event.database() {
                let _ = database.create_object_store(STORE, ObjectStoreParams::new());
            }
        });
        request.await.map(Self).map_err(failed)
    }

    /// Keeps `text` under `key`, in place of what was there.
    ///
    /// # Errors
    /// When the browser refuses, because the disk is full for example.
    pub async fn put(&self, key: &str, text: &str) -> Result<(), RecordsError> {
        let transaction = self
            .0
            .transaction(&[STORE], TransactionMode::ReadWrite)
            .map_err(failed)?;
        let store = transaction.object_store(STORE).map_err(failed)?;
        let key = JsValue::from_str(key);
        let put = store.put(&JsValue::from_str(text), Some(&key));
        put.map_err(failed)?.await.map_err(failed)?;
        transaction.await.map(|_| ()).map_err(failed)
    }

    /// Drops all whose key begins with one of `prefixes`.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn remove(&self, prefixes: &[&str]) -> Result<(), RecordsError> {
        let transaction = self
            .0
            .transaction(&[STORE], TransactionMode::ReadWrite)
            .map_err(failed)?;
        let store = transaction.object_store(STORE).map_err(failed)?;
        for prefix in prefixes {
            let delete = store.delete(Query::KeyRange(range(prefix)?));
            delete.map_err(failed)?.await.map_err(failed)?;
        }
        transaction.await.map(|_| ()).map_err(failed)
    }

    /// All whose key begins with `prefix`, in the order of their keys.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn all(&self, prefix: &str) -> Result<Vec<(String, String)>, RecordsError> {
        let transaction = self
            .0
            .transaction(&[STORE], TransactionMode::ReadOnly)
            .map_err(failed)?;
        let store = transaction.object_store(STORE).map_err(failed)?;
        let query = || range(prefix).map(Query::KeyRange);
        let keys = store.get_all_keys(Some(query()?), None).map_err(failed)?;
        let values = store.get_all(Some(query()?), None).map_err(failed)?;
        let keys = keys.await.map_err(failed)?;
        let values = values.await.map_err(failed)?;
        let texts = keys.iter().zip(&values);
        Ok(texts
            .filter_map(|(key, value)| Some((key.as_string()?, value.as_string()?)))
            .collect())
    }
}

fn range(prefix: &str) -> Result<KeyRange, RecordsError> {
    let (lower, upper) = (prefix.into(), format!("{prefix}\u{ffff}").into());
    KeyRange::bound(&lower, &upper, None, None).map_err(failed)
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn failed(error: idb::Error) -> RecordsError {
    RecordsError(error.to_string())
}
