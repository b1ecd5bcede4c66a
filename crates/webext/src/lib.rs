//! Thin bindings on `chrome.*`, fetch, XHR and IndexedDB.
//!
//! Nothing here knows of Keboola or e2b. What a browser cannot do natively is kept out of the
//! native build, so that crates above it still compile and test there.
#![cfg(target_arch = "wasm32")]

pub mod batch;
pub mod blob;
pub mod calls;
mod chrome;
pub mod clipboard;
pub mod clock;
pub mod digest;
pub mod download;
pub mod fetch;
pub mod file_sums;
mod file_worker;
pub mod frame;
pub mod gzip;
pub mod offscreen;
pub mod permissions;
pub mod port;
pub mod records;
pub mod runtime;
pub mod scripting;
pub mod storage;
pub mod tabs;
pub mod timer;
pub mod turns;
pub mod visibility;
pub mod wrapping_key;
pub mod xhr;

pub use frame::{close_frame, typed_on_page_at};
