//! Texts by name in IndexedDB: on disk, and there again when the browser is.
//!
//! For what must outlive the browser and is too much or too lively for `chrome.storage.local`. Never
//! for a secret in clear.
//!
//! A transaction takes milliseconds, whatever is in it, and each waits for the one before. So what is
//! asked for while one is being written goes together into the next.

use std::rc::Rc;

use futures::future::join_all;
use idb::{
    Database, Factory, KeyRange, ObjectStoreParams, Query, TransactionMode, TransactionResult,
};
use wasm_bindgen::JsValue;

use crate::batch::Batch;

const STORE: &str = "records";

/// Changes of one transaction at most.
const LOT: usize = 500;

/// Why records could not be read or written: a full disk, most of all.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the browser's database: {0}")]
pub struct RecordsError(String);

/// The records of one database.
pub struct Records {
    database: Rc<Database>,
    changes: Batch<Change, Result<(), RecordsError>>,
}

enum Change {
    Put { key: String, text: String },
    Remove { prefixes: Vec<String> },
}

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
        Ok(Self {
            database: Rc::new(request.await.map_err(failed)?),
            changes: Batch::of(LOT, 1),
        })
    }

    /// Keeps `text` under `key`, in place of what was there.
    ///
    /// # Errors
    /// When the browser refuses, because the disk is full for example.
    pub async fn put(&self, key: &str, text: &str) -> Result<(), RecordsError> {
        let (key, text) = (key.to_owned(), text.to_owned());
        self.write(Change::Put { key, text }).await
    }

    /// Drops all whose key begins with one of `prefixes`.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn remove(&self, prefixes: &[&str]) -> Result<(), RecordsError> {
        let prefixes = prefixes.iter().map(|&it| it.to_owned()).collect();
        self.write(Change::Remove { prefixes }).await
    }

    /// Changes are made in the order in which they were asked for.
    async fn write(&self, change: Change) -> Result<(), RecordsError> {
        let database = self.database.clone();
        let written = self.changes.add(change, async move |changes| {
            vec![commit(&database, &changes).await; changes.len()]
        });
        let lost = || Err(RecordsError("the writing was given up".to_owned()));
        written.await.unwrap_or_else(lost)
    }

    /// All whose key begins with `prefix`, in the order of their keys.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn all(&self, prefix: &str) -> Result<Vec<(String, String)>, RecordsError> {
        let transaction = self
            .database
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

/// Makes all changes or none.
async fn commit(database: &Database, changes: &[Change]) -> Result<(), RecordsError> {
    let transaction = database
        .transaction(&[STORE], TransactionMode::ReadWrite)
        .map_err(failed)?;
    let store = transaction.object_store(STORE).map_err(failed)?;
    let (mut puts, mut removals) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Put { key, text } => {
                let put = store.put(&JsValue::from_str(text), Some(&JsValue::from_str(key)));
                puts.push(put.map_err(failed)?.into_future());
            }
            Change::Remove { prefixes } => {
                for prefix in prefixes {
                    let delete = store.delete(Query::KeyRange(range(prefix)?));
                    removals.push(delete.map_err(failed)?.into_future());
                }
            }
        }
    }
    for end in join_all(puts).await {
        end.map_err(failed)?;
    }
    for end in join_all(removals).await {
        end.map_err(failed)?;
    }
    // A full disk shows only here: each request succeeded.
    match transaction.await.map_err(failed)? {
        TransactionResult::Committed => Ok(()),
        TransactionResult::Aborted => Err(RecordsError("the transaction was aborted".to_owned())),
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
