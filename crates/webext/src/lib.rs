//! Thin bindings on chrome.*, fetch, XHR and IndexedDB.
