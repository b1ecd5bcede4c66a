//! The checksum that the provider checks on a request's body.

use js_sys::Uint8Array;
use keboola::upload::{Checksum, ChecksumKind};
use transfer::checksum::{StreamingCrc32c, StreamingMd5};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;
use webext::digest::give_back;

/// How much of a part is in wasm's memory at a time.
const STEP: f64 = 1024.0 * 1024.0;

/// The checksum of a part; `None` when it cannot be read.
pub(super) async fn part_checksum(blob: &Blob, kind: ChecksumKind) -> Option<Checksum> {
    let bytes = match kind {
        ChecksumKind::Sha256 => webext::digest::sha256(blob).await?.to_vec(),
        ChecksumKind::Md5 => {
            let mut md5 = StreamingMd5::default();
            each_piece(blob, |piece| md5.update(piece)).await?;
            md5.bytes().to_vec()
        }
        ChecksumKind::Crc32c => {
            let mut crc = StreamingCrc32c::default();
            each_piece(blob, |piece| crc.update(piece)).await?;
            crc.bytes().to_vec()
        }
    };
    Some(Checksum { kind, bytes })
}

/// Reads a blob piece by piece; `None` when it cannot be read.
pub(super) async fn each_piece(blob: &Blob, mut take: impl FnMut(&[u8])) -> Option<()> {
    let mut from = 0.0;
    while from < blob.size() {
        let to = (from + STEP).min(blob.size());
        let slice = blob.slice_with_f64_and_f64(from, to).ok()?;
        let buffer = JsFuture::from(slice.array_buffer()).await.ok()?;
        take(&Uint8Array::new(&buffer).to_vec());
        give_back(buffer.unchecked_ref());
        from = to;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use js_sys::Array;
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn every_kind_of_a_part_that_takes_several_pieces() {
        let bytes = vec![0_u8; 3 * 1024 * 1024 + 1];
        let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
        let blob = Blob::new_with_u8_array_sequence(&parts).unwrap();
        let mut md5 = StreamingMd5::default();
        md5.update(&bytes);
        let mut crc = StreamingCrc32c::default();
        crc.update(&bytes);
        for (kind, expected) in [
            (ChecksumKind::Md5, md5.bytes().to_vec()),
            (ChecksumKind::Crc32c, crc.bytes().to_vec()),
        ] {
            assert_eq!(part_checksum(&blob, kind).await.unwrap().bytes, expected);
        }
        let sha256 = part_checksum(&blob, ChecksumKind::Sha256).await.unwrap();
        assert_eq!(sha256.bytes.len(), 32);
    }
}
