//! The service worker: the vault and every control-plane call.
