//! A request that cannot arrive, and one that is stopped.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

use wasm_bindgen_test::*;
use webext::xhr::{Body, SendError, send};

wasm_bindgen_test_configure!(run_in_browser);

/// Nobody listens there.
const NOWHERE: &str = "https://127.0.0.1:1/x";

fn blob(bytes: usize) -> web_sys::Blob {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::new_with_length(bytes as u32));
    web_sys::Blob::new_with_u8_array_sequence(&parts).unwrap()
}

#[wasm_bindgen_test]
async fn a_host_that_does_not_answer_is_a_failed_connection() {
    let blob = blob(10);
    for body in [Body::Blob(&blob), Body::Text("text"), Body::Empty] {
        let (_sending, reply) = send("PUT", NOWHERE, &[], body, |_| ()).unwrap();
        assert_eq!(reply.await, Err(SendError::Network), "{body:?}");
    }
}

#[wasm_bindgen_test]
async fn a_stopped_request_says_so() {
    let (sending, reply) = send("PUT", NOWHERE, &[], Body::Blob(&blob(10)), |_| ()).unwrap();
    sending.abort();
    assert_eq!(reply.await, Err(SendError::Aborted));
}

#[wasm_bindgen_test]
fn a_header_that_no_request_can_carry_is_refused_at_once() {
    let headers = [("bad name".to_owned(), "x".to_owned())];
    assert_eq!(
        send("PUT", NOWHERE, &headers, Body::Empty, |_| ()).err(),
        Some(SendError::Refused)
    );
}
