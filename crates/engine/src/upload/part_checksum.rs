//! The checksum that the provider checks on a request's body.

use keboola::upload::{Checksum, ChecksumKind};
use transfer::checksum::{StreamingCrc32c, StreamingMd5, StreamingSha256};
use web_sys::Blob;
use webext::blob::{Pieces, ReadBuffers};

/// How much of a part is in wasm's memory at a time, in bytes.
const STEP: u32 = 1024 * 1024;

/// Up to so many bytes the browser hashes by itself, all of them in memory. Only files of more than
/// 160 GB have larger parts.
const AT_ONCE: f64 = 16.0 * 1024.0 * 1024.0;

/// The checksum of a part; `None` when it cannot be read.
pub(super) async fn part_checksum(
    blob: &Blob,
    kind: ChecksumKind,
    buffers: &ReadBuffers,
) -> Option<Checksum> {
    let bytes = match kind {
        ChecksumKind::Sha256 if blob.size() <= AT_ONCE => {
            webext::digest::sha256(blob, buffers).await?.to_vec()
        }
        ChecksumKind::Sha256 => {
            let mut sha256 = StreamingSha256::new();
            each_piece(blob, buffers, |piece| sha256.update(piece)).await?;
            sha256.bytes().to_vec()
        }
        ChecksumKind::Md5 => {
            let mut md5 = StreamingMd5::default();
            each_piece(blob, buffers, |piece| md5.update(piece)).await?;
            md5.bytes().to_vec()
        }
        ChecksumKind::Crc32c => {
            let mut crc = StreamingCrc32c::default();
            each_piece(blob, buffers, |piece| crc.update(piece)).await?;
            crc.bytes().to_vec()
        }
    };
    Some(Checksum { kind, bytes })
}

/// Reads a blob piece by piece; `None` when it cannot be read.
pub(super) async fn each_piece(
    blob: &Blob,
    buffers: &ReadBuffers,
    mut take: impl FnMut(&[u8]),
) -> Option<()> {
    let mut pieces = Pieces::of(blob, STEP, buffers).ok()?;
    while let Some(piece) = pieces.next().await.ok()? {
        take(piece);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use js_sys::{Array, Uint8Array};
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn every_kind_of_a_part_that_takes_several_pieces() {
        let buffers = ReadBuffers::default();
        let bytes = vec![0_u8; 17 * 1024 * 1024 + 1];
        let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
        let blob = Blob::new_with_u8_array_sequence(&parts).unwrap();
        let mut md5 = StreamingMd5::default();
        md5.update(&bytes);
        let mut crc = StreamingCrc32c::default();
        crc.update(&bytes);
        let mut sha256 = StreamingSha256::new();
        sha256.update(&bytes);
        for (kind, expected) in [
            (ChecksumKind::Sha256, sha256.bytes().to_vec()),
            (ChecksumKind::Md5, md5.bytes().to_vec()),
            (ChecksumKind::Crc32c, crc.bytes().to_vec()),
        ] {
            let found = part_checksum(&blob, kind, &buffers).await.unwrap();
            assert_eq!(found.bytes, expected, "{kind:?}");
        }
    }

    #[wasm_bindgen_test]
    async fn sha256_by_the_browser_is_that_of_wasm() {
        let bytes = vec![7_u8; 1024 * 1024 + 1];
        let blob =
            Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes.as_slice())));
        let mut sha256 = StreamingSha256::new();
        sha256.update(&bytes);
        let buffers = ReadBuffers::default();
        let found = part_checksum(&blob.unwrap(), ChecksumKind::Sha256, &buffers).await;
        assert_eq!(found.unwrap().bytes, sha256.bytes().to_vec());
    }
}
