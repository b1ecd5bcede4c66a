//! A PUT that cannot arrive, and one that is stopped.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

use wasm_bindgen_test::*;
use webext::xhr::{PutError, put};

wasm_bindgen_test_configure!(run_in_browser);

fn blob(bytes: usize) -> web_sys::Blob {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::new_with_length(bytes as u32));
    web_sys::Blob::new_with_u8_array_sequence(&parts).unwrap()
}

#[wasm_bindgen_test]
async fn a_host_that_does_not_answer_is_a_failed_connection() {
    let (_handle, reply) = put("https://127.0.0.1:1/x", &[], &blob(10), |_| ()).unwrap();
    assert_eq!(reply.await, Err(PutError::Network));
}

#[wasm_bindgen_test]
async fn a_stopped_put_says_so() {
    let (handle, reply) = put("https://127.0.0.1:1/x", &[], &blob(10), |_| ()).unwrap();
    handle.abort();
    assert_eq!(reply.await, Err(PutError::Aborted));
}

#[wasm_bindgen_test]
fn a_header_that_no_request_can_carry_is_refused_at_once() {
    let headers = [("bad name".to_owned(), "x".to_owned())];
    assert_eq!(
        put("https://127.0.0.1:1/x", &headers, &blob(1), |_| ()).err(),
        Some(PutError::Refused)
    );
}
