//! Reading blobs through memory that is used over and over.
//!
//! `Blob.arrayBuffer()` gives a new buffer each time, which the collector takes back when it likes: a
//! file of gigabytes makes hundreds of MiB of them, and twice as many when they are detached by
//! hand, because then nothing tells the collector of their size [tested]. A reader that brings its
//! own buffer takes no more than that, and is quicker.

use std::cell::RefCell;

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, ReadableStream};

use crate::runtime::{get, object};

/// Buffers that wait for the next use.
#[derive(Default)]
pub struct ReadBuffers(RefCell<Vec<ArrayBuffer>>);

impl ReadBuffers {
    fn take(&self, bytes: u32) -> ArrayBuffer {
        let mut all = self.0.borrow_mut();
        let fits = all.iter().position(|it| it.byte_length() >= bytes);
        fits.map_or_else(|| ArrayBuffer::new(bytes), |at| all.swap_remove(at))
    }

    fn put(&self, buffer: ArrayBuffer) {
        self.0.borrow_mut().push(buffer);
    }

    /// Lets the memory go, and with it what was read last.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

#[wasm_bindgen]
extern "C" {
    /// `web_sys` has it without the option `min`.
    #[wasm_bindgen(js_name = ReadableStreamBYOBReader)]
    type ByobReader;

    #[wasm_bindgen(constructor, catch, js_class = "ReadableStreamBYOBReader")]
    fn new(stream: &ReadableStream) -> Result<ByobReader, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn read(this: &ByobReader, view: &Uint8Array, options: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method)]
    fn cancel(this: &ByobReader) -> Promise;
}

/// A blob that is being read through a buffer that was lent for it.
struct Reader<'a> {
    reader: ByobReader,
    buffers: &'a ReadBuffers,
    buffer: Option<ArrayBuffer>,
    left: f64,
}

impl<'a> Reader<'a> {
    fn open(blob: &Blob, step: u32, buffers: &'a ReadBuffers) -> Result<Self, JsValue> {
        Ok(Self {
            reader: ByobReader::new(&blob.stream())?,
            buffers,
            buffer: Some(buffers.take(step)),
            left: blob.size(),
        })
    }

    /// The next `step` bytes, or what is left; `None` after the end. Valid until the next call.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most `step`
    async fn next(&mut self, step: u32) -> Result<Option<Uint8Array>, JsValue> {
        let bytes = self.left.min(f64::from(step)) as u32;
        let Some(buffer) = self.buffer.take().filter(|_| bytes > 0) else {
            return Ok(None);
        };
        let view = Uint8Array::new_with_byte_offset_and_length(&buffer, 0, bytes);
        let options = object(&[("min", bytes.into())]);
        let chunk = JsFuture::from(self.reader.read(&view, &options)?).await?;
        let view: Uint8Array = get(&chunk, "value").dyn_into()?;
        if view.length() < bytes {
            return Err(JsError::new("the blob is shorter than its size").into());
        }
        self.left -= f64::from(bytes);
        // Reading took the buffer away and brought its memory back in another one.
        self.buffer = Some(view.buffer());
        Ok(Some(view))
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(buffer) = self.buffer.take() {
            self.buffers.put(buffer);
        }
        let cancelled = self.reader.cancel();
        spawn_local(async move {
            // Of a stream that broke it is refused, which is nobody's concern.
            let _ = JsFuture::from(cancelled).await;
        });
    }
}

/// A blob's bytes in pieces, in wasm's memory one at a time.
pub struct Pieces<'a> {
    reader: Reader<'a>,
    step: u32,
    piece: Vec<u8>,
}

impl<'a> Pieces<'a> {
    /// Begins to read; a piece has `step` bytes, the last one what is left.
    ///
    /// # Errors
    /// What the browser throws.
    pub fn of(blob: &Blob, step: u32, buffers: &'a ReadBuffers) -> Result<Self, JsValue> {
        Ok(Self {
            reader: Reader::open(blob, step, buffers)?,
            step,
            piece: Vec::new(),
        })
    }

    /// The next piece; `None` after the last one.
    ///
    /// # Errors
    /// What the browser throws when the blob cannot be read: it is gone from the disk, or it was
    /// changed since it was chosen.
    pub async fn next(&mut self) -> Result<Option<&[u8]>, JsValue> {
        let Some(view) = self.reader.next(self.step).await? else {
            return Ok(None);
        };
        self.piece.resize(view.length() as usize, 0);
        view.copy_to(&mut self.piece);
        Ok(Some(&self.piece))
    }
}

/// The first bytes of a blob, at most `most`; `None` when it cannot be read.
#[allow(clippy::cast_precision_loss)] // callers read little
pub async fn read_first(blob: &Blob, most: u64) -> Option<Vec<u8>> {
    let first = blob.slice_with_i32_and_f64(0, most as f64).ok()?;
    let buffer = JsFuture::from(first.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// Below it a buffer of its own is cheaper than a stream.
const SMALL: f64 = 256.0 * 1024.0;

/// Gives all of a blob to the browser's own hash.
///
/// # Errors
/// As [`Pieces::next`].
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // callers keep it far below
pub(crate) async fn with_all<T>(
    blob: &Blob,
    buffers: &ReadBuffers,
    work: impl AsyncFnOnce(&Uint8Array) -> T,
) -> Result<T, JsValue> {
    if blob.size() < SMALL {
        let buffer = JsFuture::from(blob.array_buffer()).await?;
        return Ok(work(&Uint8Array::new(&buffer)).await);
    }
    let bytes = blob.size() as u32;
    let mut reader = Reader::open(blob, bytes, buffers)?;
    let view = reader.next(bytes).await?.ok_or(JsValue::UNDEFINED)?;
    Ok(work(&view).await)
}

#[cfg(test)]
mod tests {
    use js_sys::Array;
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    fn blob(bytes: &[u8]) -> Blob {
        Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes))).unwrap()
    }

    fn bytes(count: u32) -> Vec<u8> {
        (0..count).map(|at| (at / 7).to_le_bytes()[0]).collect()
    }

    #[wasm_bindgen_test]
    async fn pieces_are_full_but_the_last_and_all_there_is() {
        let buffers = ReadBuffers::default();
        for (count, step, wanted) in [
            (0, 10, vec![]),
            (10, 10, vec![10]),
            (25, 10, vec![10, 10, 5]),
            (
                3_000_000,
                1 << 20,
                vec![1 << 20, 1 << 20, 3_000_000 - (2 << 20)],
            ),
        ] {
            let all = bytes(count);
            let blob = blob(&all);
            let mut pieces = Pieces::of(&blob, step, &buffers).unwrap();
            let (mut seen, mut lengths) = (Vec::new(), Vec::new());
            while let Some(piece) = pieces.next().await.unwrap() {
                seen.extend_from_slice(piece);
                lengths.push(piece.len());
            }
            assert_eq!(lengths, wanted, "{count}");
            assert!(seen == all, "{count}");
        }
    }

    #[wasm_bindgen_test]
    async fn a_buffer_is_used_again_and_does_not_show_what_was_in_it() {
        let buffers = ReadBuffers::default();
        for count in [600_000, 300_000, 600_000, 10] {
            let all = bytes(count);
            let read = with_all(&blob(&all), &buffers, async |view| view.to_vec()).await;
            assert!(read.unwrap() == all, "{count}");
        }
        assert_eq!(buffers.0.borrow().len(), 1);
        assert_eq!(buffers.0.borrow()[0].byte_length(), 600_000);
        buffers.clear();
        assert!(buffers.0.borrow().is_empty());
    }

    #[wasm_bindgen_test]
    async fn the_first_bytes_are_read_alone() {
        let blob = blob(&bytes(1_000));
        for (most, count) in [(0, 0), (10, 10), (5_000, 1_000)] {
            let first = read_first(&blob, most).await.unwrap();
            assert_eq!(first, bytes(count), "{most}");
        }
    }

    #[wasm_bindgen_test]
    async fn what_is_left_in_the_middle_gives_its_buffer_back() {
        let buffers = ReadBuffers::default();
        let blob = blob(&bytes(1_000_000));
        let mut pieces = Pieces::of(&blob, 1000, &buffers).unwrap();
        assert_eq!(pieces.next().await.unwrap().unwrap().len(), 1000);
        drop(pieces);
        assert_eq!(buffers.0.borrow().len(), 1);
    }
}
