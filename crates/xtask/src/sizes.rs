//! How large the wasm of each place is, as it lies there and as it would travel.

use std::io::Write as _;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use serde::Serialize;

use crate::error::{AtPath as _, XtaskError};
use crate::wasm::PLACES;

/// Sizes of one wasm, in bytes.
#[derive(Debug, Serialize)]
pub(crate) struct Size {
    place: &'static str,
    bytes: usize,
    gzip: usize,
}

/// Measures every wasm of a built extension.
pub(crate) fn measure(out: &Path) -> Result<Vec<Size>, XtaskError> {
    PLACES
        .into_iter()
        .map(|place| {
            let path = out.join(place.wasm_file());
            let wasm = std::fs::read(&path).at(&path)?;
            Ok(Size {
                place: place.name,
                bytes: wasm.len(),
                gzip: gzip_size(&wasm).at(&path)?,
            })
        })
        .collect()
}

fn gzip_size(bytes: &[u8]) -> std::io::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// Prints the sizes for a person.
#[allow(clippy::print_stdout, reason = "what the command was asked for")]
pub(crate) fn print(sizes: &[Size]) {
    println!("{:<10} {:>10} {:>10}", "wasm", "bytes", "gzip");
    for size in sizes {
        println!("{:<10} {:>10} {:>10}", size.place, size.bytes, size.gzip);
    }
}

/// Prints the sizes for a program.
#[allow(clippy::print_stdout, reason = "what the command was asked for")]
pub(crate) fn print_json(sizes: &[Size]) -> Result<(), XtaskError> {
    let text = serde_json::to_string(sizes).map_err(|source| XtaskError::Json {
        path: "sizes".into(),
        source,
    })?;
    println!("{text}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_counts_what_would_travel() {
        let zeros = vec![0; 100_000];
        assert!(gzip_size(&zeros).unwrap() < 200);
    }

    #[test]
    fn a_missing_wasm_is_named() {
        let out = tempfile::tempdir().unwrap();
        let error = measure(out.path()).unwrap_err().to_string();
        assert!(error.contains("_bg.wasm"), "{error}");
    }
}
