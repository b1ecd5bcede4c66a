//! Several chosen files as one archive: headers of our own and the files' handles, put together as a
//! `Blob`. The contents stay on the disk until they are sent; they were read once for their CRC-32.

use archive::{Entry, Modified, Piece, distinct, pieces};
use js_sys::{Array, Date, Uint8Array};
use messages::{Problem, ProblemCode};
use wasm_bindgen::JsValue;
use web_sys::{File, FilePropertyBag};

use super::place::Place;

/// A file that goes into an archive.
pub(super) struct Content {
    pub(super) place: Place,
    pub(super) file: File,
    pub(super) bytes: u64,
    pub(super) crc32: u32,
}

/// The archive. The browser refuses to read it when one of the files changes afterwards.
///
/// # Errors
/// `ZipFailed` when a path cannot be in an archive.
pub(super) fn zip(name: &Place, contents: &[Content]) -> Result<File, Problem> {
    let paths: Vec<String> = contents
        .iter()
        .map(|it| it.place.path().to_owned())
        .collect();
    let entries: Vec<Entry> = contents
        .iter()
        .zip(distinct(&paths))
        .map(|(it, path)| {
            Entry::new(&path, it.bytes, it.crc32, modified(&it.file))
                .map_err(|error| failed(&format!("{path}: {error}")))
        })
        .collect::<Result<_, _>>()?;
    let parts = Array::new();
    for piece in pieces(&entries) {
        let part: JsValue = match piece {
            Piece::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
            Piece::Content(number) => contents[number].file.clone().into(),
        };
        parts.push(&part);
    }
    let options = FilePropertyBag::new();
    options.set_type("application/zip");
    // That of the newest: the same files make the same archive.
    let newest = contents.iter().map(|it| it.file.last_modified());
    options.set_last_modified(newest.fold(0.0, f64::max));
    File::new_with_blob_sequence_and_options(&parts, name.file(), &options)
        .map_err(|_| failed("the browser could not put it together"))
}

fn failed(why: &str) -> Problem {
    Problem::with(ProblemCode::ZipFailed, why)
}

#[allow(clippy::cast_possible_truncation)] // parts of a date, and seconds
fn modified(file: &File) -> Modified {
    let at = Date::new(&file.last_modified().into());
    let part = |value: u32| u16::try_from(value).unwrap_or_default();
    Modified {
        unix_seconds: (file.last_modified() / 1000.0).floor() as i64,
        year: part(at.get_full_year()),
        month: part(at.get_month() + 1),
        day: part(at.get_date()),
        hour: part(at.get_hours()),
        minute: part(at.get_minutes()),
        second: part(at.get_seconds()),
    }
}
