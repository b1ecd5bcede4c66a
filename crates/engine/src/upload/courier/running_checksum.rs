//! The CRC32C of a file from its first byte to any other, for a provider that checks the whole object
//! only: every byte is read once while the parts go in order.

use std::collections::BTreeMap;

use keboola::upload::{Checksum, ChecksumKind};
use transfer::checksum::StreamingCrc32c;
use web_sys::File;
use webext::blob::ReadBuffers;

use crate::upload::part_checksum::each_piece;
use crate::upload::request::slice;

/// How many ends of parts are remembered: a part that is sent again begins at one of the last.
const REMEMBERED: usize = 4;

/// What was read so far.
#[derive(Default)]
pub(super) struct RunningChecksum {
    /// The state behind so many bytes.
    states: BTreeMap<u64, StreamingCrc32c>,
}

impl RunningChecksum {
    /// The checksum of the file's first `end` bytes; `None` when it cannot be read.
    pub(super) async fn up_to(
        &mut self,
        file: &File,
        end: u64,
        buffers: &ReadBuffers,
    ) -> Option<Checksum> {
        let (from, state) = self
            .states
            .range(..=end)
            .next_back()
            .map_or_else(Default::default, |(at, state)| (*at, *state));
        let mut crc = state;
        let rest = slice(file, from, end - from)?;
        each_piece(&rest, buffers, |piece| crc.update(piece)).await?;
        self.states.insert(end, crc);
        while self.states.len() > REMEMBERED {
            self.states.pop_first();
        }
        Some(Checksum {
            kind: ChecksumKind::Crc32c,
            bytes: crc.bytes().to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use js_sys::{Array, Uint8Array};
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn of_any_beginning_in_any_order() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|at| at.to_le_bytes()[0]).collect();
        let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
        let file = File::new_with_u8_array_sequence(&parts, "a.bin").unwrap();
        let buffers = ReadBuffers::default();
        let mut running = RunningChecksum::default();
        for end in [0, 10, 20_000, 30_000, 40_000, 50_000, 30_000, 5, 100_000] {
            let mut whole = StreamingCrc32c::default();
            whole.update(&bytes[..end]);
            let sum = running.up_to(&file, end as u64, &buffers).await.unwrap();
            assert_eq!(sum.bytes, whole.bytes().to_vec(), "{end}");
        }
    }
}
