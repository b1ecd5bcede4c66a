//! How fast a log becomes lines: `cargo bench -p runtime`. Fails below 50 MB/s.
#![allow(clippy::print_stdout, missing_docs)]

use std::time::Instant;

use runtime::log::{LogDecoder, Stream};
use runtime::mask::Masker;

/// The size of a chunk of output as the runner sends it at most, in bytes.
const CHUNK: usize = 64 * 1024;
const TOTAL: usize = 64 * 1024 * 1024;
const LEAST_MB_PER_S: f64 = 50.0;

fn main() {
    let secrets: Vec<String> = (0..20)
        .map(|number| format!("s3cret-{number}-{}", "x1y2".repeat(number)))
        .collect();
    let short = "2026-11-22 16:03:00,123 INFO processed 1,000 rows of table in.c-main.orders\n";
    let accents = "Žluťoučký kůň úpěl ďábelské ódy, s3cret-, €\n";
    let bar = "\r 42%|████▏     | 420/1000 [00:01<00:02, 290.11it/s]";
    let mut slowest = f64::INFINITY;
    for (name, text) in [
        ("short lines", short),
        ("no ASCII", accents),
        ("a bar", bar),
        ("no newline", "x"),
    ] {
        let bytes = text
            .as_bytes()
            .iter()
            .copied()
            .cycle()
            .take(TOTAL)
            .collect::<Vec<u8>>();
        let mut decoder = LogDecoder::new(Masker::new(&secrets));
        let began = Instant::now();
        let mut lines = 0;
        for chunk in bytes.chunks(CHUNK) {
            lines += decoder.push(0, Stream::Stdout, chunk).len();
        }
        lines += decoder.flush(0).len();
        #[allow(clippy::cast_precision_loss)] // a rate
        let rate = TOTAL as f64 / 1e6 / began.elapsed().as_secs_f64();
        println!("{name}: {rate:.0} MB/s, {lines} lines");
        slowest = slowest.min(rate);
    }
    assert!(
        slowest >= LEAST_MB_PER_S,
        "{slowest:.0} MB/s is below {LEAST_MB_PER_S}"
    );
}
