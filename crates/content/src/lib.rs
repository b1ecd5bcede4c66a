//! The content script: detects a configuration page, places the button, mounts the panel's frame.
//!
//! It holds no secret, calls no API and decides nothing that a page could profit from; the frame
//! itself and the floating button are drawn by `extension/content/mount.js`, which also serves the
//! pages whose CSP refuses wasm. Everything that is placed belongs to one [`visit::Visit`] and goes
//! with it.
#![cfg(target_arch = "wasm32")]

mod anchor;
mod mount;
mod visit;

use std::cell::RefCell;

use keboola::page::ConfigurationUrl;
use visit::Visit;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static VISIT: RefCell<Option<Visit>> = const { RefCell::new(None) };
}

/// The page's address is now `href`. Called by the loader on load and on every navigation.
///
/// Staying on the same configuration (another tail, another query) changes nothing; another
/// configuration starts over; any other page removes everything.
#[wasm_bindgen]
pub fn arrived(href: &str) {
    let configuration = ConfigurationUrl::parse(href);
    VISIT.with_borrow_mut(|visit| {
        if visit.as_ref().map(Visit::configuration) == configuration.as_ref() {
            return;
        }
        *visit = None; // removes what the last visit placed, before anything new is
        *visit = configuration.map(Visit::begin);
    });
}
