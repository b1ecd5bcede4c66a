//! The wrapping key in a real browser: WebCrypto and IndexedDB.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

use wasm_bindgen_test::*;
use webext::wrapping_key::WrappingKey;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn what_was_wrapped_opens_with_the_key_that_is_kept_until_it_is_replaced() {
    let key = WrappingKey::replace().await.unwrap();
    let wrapped = key.wrap(b"data key").await.unwrap();
    assert!(!wrapped.windows(8).any(|window| window == b"data key"));

    let kept = WrappingKey::load().await.unwrap().unwrap();
    assert_eq!(kept.unwrap(&wrapped).await.unwrap(), b"data key");

    let mut changed = wrapped.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert!(kept.unwrap(&changed).await.is_err());
    assert!(kept.unwrap(b"short").await.is_err());

    WrappingKey::replace().await.unwrap();
    let other = WrappingKey::load().await.unwrap().unwrap();
    assert!(other.unwrap(&wrapped).await.is_err());
}

#[wasm_bindgen_test]
async fn equal_texts_are_wrapped_differently() {
    let key = WrappingKey::replace().await.unwrap();
    assert_ne!(key.wrap(b"x").await.unwrap(), key.wrap(b"x").await.unwrap());
}
