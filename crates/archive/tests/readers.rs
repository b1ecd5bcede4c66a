//! Archives are read back by programs that know nothing of us: Rust's `zip`, Python's `zipfile` and
//! Info-ZIP's `unzip`.
#![allow(clippy::unwrap_used)] // the functions here are the tests' own

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::Command;

use archive::{Entry, Modified, Piece, pieces, size};
use proptest::prelude::*;

const MODIFIED: Modified = Modified {
    unix_seconds: 1_795_953_598,
    year: 2026,
    month: 11,
    day: 29,
    hour: 11,
    minute: 59,
    second: 58,
};

fn entry(name: &str, content: &[u8]) -> Entry {
    let crc32 = crc32fast::hash(content);
    Entry::new(name, content.len() as u64, crc32, MODIFIED).unwrap()
}

/// The archive's bytes, as a browser would put them together.
fn put_together(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<Entry> = files
        .iter()
        .map(|(name, content)| entry(name, content))
        .collect();
    let pieces = pieces(&entries);
    let bytes: Vec<u8> = pieces
        .iter()
        .flat_map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.clone(),
            Piece::Content(number) => files[*number].1.clone(),
        })
        .collect();
    assert_eq!(bytes.len() as u64, size(&pieces, &entries));
    bytes
}

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Runs a program over the archive; the answer is what it printed.
fn run(program: &str, arguments: &[&str], path: &Path) -> String {
    let mut command = Command::new(program);
    for argument in arguments {
        command.arg(argument);
    }
    let output = command.arg(path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {text}{error}");
    text
}

/// Prints each name with its size, its mode and the SHA-256 of its content.
const LIST: &str = "
import hashlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for info in archive.infolist():
        content = hashlib.sha256(archive.read(info)).hexdigest()[:8]
        print(info.filename, info.file_size, oct(info.external_attr >> 16), info.date_time, content)
";

fn files(list: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    list.iter()
        .map(|(name, content)| ((*name).to_owned(), content.to_vec()))
        .collect()
}

#[test]
fn python_and_unzip_read_what_zip_reads() {
    let files = files(&[
        ("weather/2026/rain.csv", b"date,rain\n"),
        ("weather/empty", b""),
        ("žluťoučký kůň 数据.txt", "ö".as_bytes()),
    ]);
    let archive = written(&put_together(&files));
    let listed = run("python3", &["-c", LIST], archive.path());
    let when = "(2026, 11, 29, 11, 59, 58)";
    assert_eq!(
        listed.lines().collect::<Vec<_>>(),
        [
            format!("weather/2026/rain.csv 10 0o100644 {when} ddbd747d"),
            format!("weather/empty 0 0o100644 {when} e3b0c442"),
            format!("žluťoučký kůň 数据.txt 2 0o100644 {when} 6dbd11fd"),
        ]
    );
    let tested = run("unzip", &["-t"], archive.path());
    assert!(tested.contains("No errors detected"), "{tested}");
}

#[test]
fn no_file_at_all_is_an_archive_too() {
    let archive = written(&put_together(&[]));
    assert_eq!(run("python3", &["-c", LIST], archive.path()), "");
}

#[test]
fn a_wrong_checksum_is_found() {
    let content = b"right";
    let wrong = Entry::new("a", 5, crc32fast::hash(b"wrong"), MODIFIED).unwrap();
    let bytes: Vec<u8> = pieces(&[wrong])
        .into_iter()
        .flat_map(|piece| match piece {
            Piece::Bytes(bytes) => bytes,
            Piece::Content(_) => content.to_vec(),
        })
        .collect();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut out = Vec::new();
    let refused = archive.by_index(0).unwrap().read_to_end(&mut out);
    assert!(refused.is_err());
}

#[test]
fn more_entries_than_the_old_format_counts() {
    let files: Vec<_> = (0..65_600)
        .map(|number| (format!("many/{number}"), Vec::new()))
        .collect();
    let bytes = put_together(&files);
    let archive = written(&bytes);
    let mut read = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(read.len(), 65_600);
    assert_eq!(read.by_index(65_599).unwrap().name(), "many/65599");
    let count = "import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))";
    let counted = run("python3", &["-c", count], archive.path());
    assert_eq!(counted, "65600\n");
}

/// A file that is larger than 4 GiB, and one that begins beyond.
#[test]
fn sizes_and_offsets_beyond_four_gibibytes() {
    let large = u64::from(u32::MAX) + 10;
    // The contents are zeros that take no room on the disk, and nobody reads the large one.
    let entries = [
        Entry::new("large", large, 0, MODIFIED).unwrap(),
        Entry::new("sign", u64::from(u32::MAX), 0, MODIFIED).unwrap(),
        entry("small", b"small"),
    ];
    let archive = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    let mut file: File = archive.reopen().unwrap();
    for piece in pieces(&entries) {
        match piece {
            Piece::Bytes(bytes) => file.write_all(&bytes).unwrap(),
            Piece::Content(2) => file.write_all(b"small").unwrap(),
            Piece::Content(number) => {
                let skipped = i64::try_from(entries[number].bytes()).unwrap();
                file.seek(SeekFrom::Current(skipped)).unwrap();
            }
        }
    }
    let list = "import sys, zipfile\narchive = zipfile.ZipFile(sys.argv[1])\n\
                for it in archive.infolist(): print(it.filename, it.file_size)\n\
                print(archive.read('small'))";
    assert_eq!(
        run("python3", &["-c", list], archive.path()),
        "large 4294967305\nsign 4294967295\nsmall 5\nb'small'\n"
    );
    let mut read = zip::ZipArchive::new(archive.reopen().unwrap()).unwrap();
    assert_eq!(read.by_name("large").unwrap().size(), large);
    let mut small = String::new();
    let mut entry = read.by_name("small").unwrap();
    entry.read_to_string(&mut small).unwrap();
    assert_eq!(small, "small");
    drop(entry);
    let listed = run("unzip", &["-l"], archive.path());
    assert!(
        listed.contains("4294967305") && listed.contains("3 files"),
        "{listed}"
    );
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(
        contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..12),
        folder in "[a-zä]{1,8}",
    ) {
        let files: Vec<_> = contents
            .into_iter()
            .enumerate()
            .map(|(number, content)| (format!("{folder}/{number}.bin"), content))
            .collect();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(put_together(&files))).unwrap();
        prop_assert_eq!(archive.len(), files.len());
        for (number, (name, content)) in files.iter().enumerate() {
            let mut entry = archive.by_index(number).unwrap();
            prop_assert_eq!(entry.name(), name);
            let mut out = Vec::new();
            entry.read_to_end(&mut out).unwrap();
            prop_assert_eq!(&out, content);
        }
    }
}
