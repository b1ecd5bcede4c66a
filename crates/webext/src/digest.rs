//! SHA-256 by the browser itself: quicker than wasm, and the bytes stay out of it.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, Crypto};

use crate::blob::{ReadBuffers, with_all};
use crate::runtime::{get, settle};

/// SHA-256 of a blob, all of which is in memory for a moment. `None` when it cannot be read: gone
/// from the disk, or changed since it was chosen.
pub async fn sha256(blob: &Blob, buffers: &ReadBuffers) -> Option<[u8; 32]> {
    let crypto: Crypto = get(&js_sys::global(), "crypto").dyn_into().ok()?;
    let digest = with_all(blob, buffers, async |bytes| {
        let subtle = crypto.subtle();
        settle(subtle.digest_with_str_and_buffer_source("SHA-256", bytes)).await
    });
    let digest = digest.await.ok()?.ok()?;
    Uint8Array::new(&digest).to_vec().try_into().ok()
}

#[cfg(test)]
mod tests {
    use js_sys::Array;
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn the_vector_of_fips_180_holds() {
        let parts = Array::of1(&Uint8Array::from(b"abc".as_slice()));
        let blob = Blob::new_with_u8_array_sequence(&parts).unwrap();
        let digest = sha256(&blob, &ReadBuffers::default()).await.unwrap();
        assert_eq!(digest[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(digest[28..], [0xf2, 0x00, 0x15, 0xad]);
    }
}
