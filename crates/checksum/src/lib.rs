//! Checksums of files, for a Web Worker: hashing a gigabyte takes seconds in which a page could draw
//! nothing.
//!
//! `extension/file-worker.js` is the script; `webext::file_sums` asks it. WebCrypto would
//! hash quicker, but only what is in memory as a whole.
#![cfg(target_arch = "wasm32")]

use js_sys::{Function, Object, Reflect};
use transfer::checksum::{StreamingCrc32, StreamingSha256};
use wasm_bindgen::prelude::*;
use web_sys::Blob;
use webext::blob::{Pieces, ReadBuffers};

/// How much of the file is in memory at a time, in bytes.
const STEP: u32 = 1024 * 1024;

/// SHA-256 and CRC-32 of a blob: `{sha256, crc32}`, the first in lower-case hex. `read` is called
/// with the bytes read so far; when it answers `false`, the answer is `undefined`.
///
/// # Errors
/// What the browser throws when the blob cannot be read: it is gone from the disk, or it was changed
/// since it was chosen.
#[wasm_bindgen]
pub async fn sums(blob: Blob, read: Function) -> Result<JsValue, JsValue> {
    let (mut sha256, mut crc32) = (StreamingSha256::new(), StreamingCrc32::default());
    let buffers = ReadBuffers::default();
    let mut pieces = Pieces::of(&blob, STEP, &buffers)?;
    let mut at = 0.0;
    while let Some(piece) = pieces.next().await? {
        sha256.update(piece);
        crc32.update(piece);
        at += f64::from(u32::try_from(piece.len()).unwrap_or(u32::MAX));
        if read.call1(&JsValue::NULL, &at.into())?.is_falsy() {
            return Ok(JsValue::UNDEFINED);
        }
    }
    let sums = Object::new();
    Reflect::set(&sums, &"sha256".into(), &sha256.hex().into())?;
    Reflect::set(&sums, &"crc32".into(), &crc32.value().into())?;
    Ok(sums.into())
}

#[cfg(test)]
mod tests {
    use js_sys::{Array, Uint8Array};
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    fn blob(bytes: &[u8]) -> Blob {
        Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes))).unwrap()
    }

    fn field(sums: &JsValue, name: &str) -> JsValue {
        Reflect::get(sums, &name.into()).unwrap()
    }

    #[wasm_bindgen_test]
    async fn of_nothing_of_a_word_and_of_more_than_one_step() {
        let go_on = Function::new_no_args("return true");
        for (bytes, sha256, crc32) in [
            (
                Vec::new(),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                0,
            ),
            (
                b"abc".to_vec(),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                0x3524_41c2_u32,
            ),
            (
                vec![b'a'; 5 * 1024 * 1024],
                "a29968fad2e782aa9f2040a35f05adb97ed8979eb1f572c8c8ea78637e275f3c",
                CRC32_OF_5_MIB,
            ),
        ] {
            let found = sums(blob(&bytes), go_on.clone()).await.unwrap();
            assert_eq!(field(&found, "sha256"), sha256);
            assert_eq!(field(&found, "crc32"), crc32);
        }
    }

    /// `zlib.crc32(b"a" * 5 * 1024 * 1024)` in Python.
    const CRC32_OF_5_MIB: u32 = 0xaffc_c16f;

    #[wasm_bindgen_test]
    async fn who_says_no_gets_nothing() {
        let stop = Function::new_no_args("return false");
        assert!(sums(blob(b"abc"), stop).await.unwrap().is_undefined());
    }
}
