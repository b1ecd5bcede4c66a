//! `chrome.storage.session` (memory, gone with the browser) and `chrome.storage.local` (disk).
//!
//! Values are texts: what they mean is their owner's business.

use js_sys::{Array, Object};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

use crate::chrome::{LOCAL, SESSION, StorageArea};
use crate::runtime::{describe, get, object, settle};

/// One of the two areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Memory only; cleared when the browser closes.
    Session,
    /// On disk. Nothing secret belongs here.
    Local,
}

/// Why an area did not do what was asked; in Chrome's words.
#[derive(Debug, thiserror::Error)]
#[error("extension storage: {0}")]
pub struct StorageError(String);

impl Area {
    /// The text at `key`.
    ///
    /// # Errors
    /// When the area cannot be read.
    pub async fn read(self, key: &str) -> Result<Option<String>, StorageError> {
        let promise = match self {
            Self::Session => SESSION.with(|area| area.get(&key.into())),
            Self::Local => LOCAL.with(|area| area.get(&key.into())),
        };
        let items = settle(promise)
            .await
            .map_err(|error| StorageError(describe(&error)))?;
        Ok(get(&items, key).as_string())
    }

    /// Every key of the area with its text.
    ///
    /// # Errors
    /// When the area cannot be read.
    pub async fn read_all(self) -> Result<Vec<(String, String)>, StorageError> {
        let promise = match self {
            Self::Session => SESSION.with(|area| area.get(&JsValue::NULL)),
            Self::Local => LOCAL.with(|area| area.get(&JsValue::NULL)),
        };
        let items = settle(promise)
            .await
            .map_err(|error| StorageError(describe(&error)))?;
        let keys = Object::keys(&Object::from(items.clone()));
        Ok(keys
            .iter()
            .filter_map(|key| key.as_string())
            .filter_map(|key| get(&items, &key).as_string().map(|value| (key, value)))
            .collect())
    }

    /// Writes the text at `key`.
    ///
    /// # Errors
    /// When the area is full or cannot be written.
    pub async fn write(self, key: &str, value: &str) -> Result<(), StorageError> {
        let items = object(&[(key, value.into())]);
        let promise = match self {
            Self::Session => SESSION.with(|area| area.set(&items)),
            Self::Local => LOCAL.with(|area| area.set(&items)),
        };
        settle(promise)
            .await
            .map(drop)
            .map_err(|error| StorageError(describe(&error)))
    }

    /// Calls `changed` whenever a key that begins with `prefix` was written or removed, by whichever
    /// context, for as long as the document lives.
    pub fn watch(self, prefix: &'static str, changed: impl Fn() + 'static) {
        let listener = Closure::<dyn Fn(Object)>::new(move |changes: Object| {
            let keys = Object::keys(&changes);
            if keys
                .iter()
                .filter_map(|key| key.as_string())
                .any(|key| key.starts_with(prefix))
            {
                changed();
            }
        });
        let event = match self {
            Self::Session => SESSION.with(StorageArea::on_changed),
            Self::Local => LOCAL.with(StorageArea::on_changed),
        };
        event.add_listener(&listener.into_js_value());
    }

    /// Removes keys.
    ///
    /// # Errors
    /// When the area cannot be written.
    pub async fn remove(self, keys: &[&str]) -> Result<(), StorageError> {
        let list: Array = keys.iter().map(|key| JsValue::from_str(key)).collect();
        let promise = match self {
            Self::Session => SESSION.with(|area| area.remove(&list)),
            Self::Local => LOCAL.with(|area| area.remove(&list)),
        };
        settle(promise)
            .await
            .map(drop)
            .map_err(|error| StorageError(describe(&error)))
    }
}
