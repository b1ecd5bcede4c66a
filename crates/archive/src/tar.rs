//! A tar archive, for what is unpacked as soon as it arrives: no checksum has to be known, and the
//! program that unpacks it is on every Unix.
//!
//! The crate `tar` writes the headers, with GNU's entries for long names; contents are only named.

use std::io::empty;

use thiserror::Error;

use crate::Piece;

/// All of a tar archive is in blocks of so many bytes.
const BLOCK: u64 = 512;

/// Two blocks of nothing are the end.
const END: usize = 1024;

/// A file of a tar archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TarEntry<'a> {
    /// Path, slashes between; it stays below the folder that the archive is unpacked into.
    pub name: &'a str,
    /// Size of its content in bytes.
    pub bytes: u64,
}

/// Why a file cannot be in a tar archive: its name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name:?} cannot be a name in an archive")]
pub struct TarNameError {
    /// The name.
    pub name: String,
}

/// The archive of these files, in their order. Owner and time are whoever unpacks it and when.
///
/// # Errors
/// For a name with control characters, or one that leads out of the archive.
pub fn tar_pieces(entries: &[TarEntry<'_>]) -> Result<Vec<Piece>, TarNameError> {
    let mut pieces = Vec::with_capacity(entries.len() * 2 + 1);
    let mut padding = 0;
    for (number, entry) in entries.iter().enumerate() {
        let mut bytes = vec![0; padding];
        bytes.extend(header(entry)?);
        pieces.push(Piece::Bytes(bytes));
        pieces.push(Piece::Content(number));
        padding = padding_after(entry.bytes);
    }
    pieces.push(Piece::Bytes(vec![0; padding + END]));
    Ok(pieces)
}

fn header(entry: &TarEntry<'_>) -> Result<Vec<u8>, TarNameError> {
    let refused = || TarNameError {
        name: entry.name.to_owned(),
    };
    let leads_out = |segment: &str| matches!(segment, "" | "." | "..");
    if entry.name.contains(char::is_control) || entry.name.split('/').any(leads_out) {
        return Err(refused());
    }
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(entry.bytes);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    let mut builder = tar::Builder::new(Vec::new());
    // Without its content, which follows by reference.
    let written = builder.append_data(&mut header, entry.name, empty());
    written.map_err(|_| refused())?;
    let bytes = builder.get_ref().clone();
    Ok(bytes)
}

fn padding_after(bytes: u64) -> usize {
    usize::try_from(bytes.next_multiple_of(BLOCK) - bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read as _;

    use proptest::prelude::*;

    use super::*;

    /// The bytes of an archive whose contents are these.
    fn archive(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, TarNameError> {
        let entries: Vec<TarEntry<'_>> = files
            .iter()
            .map(|(name, content)| TarEntry {
                name,
                bytes: content.len() as u64,
            })
            .collect();
        let mut bytes = Vec::new();
        for piece in tar_pieces(&entries)? {
            match piece {
                Piece::Bytes(header) => bytes.extend(header),
                Piece::Content(number) => bytes.extend(&files[number].1),
            }
        }
        Ok(bytes)
    }

    fn unpacked(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut reader = tar::Archive::new(archive);
        let entries = reader.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            let name = entry.path_bytes().into_owned();
            (String::from_utf8(name).unwrap(), content)
        });
        entries.collect()
    }

    fn odd_files() -> Vec<(String, Vec<u8>)> {
        let long = format!("{}/{}.csv", "folder".repeat(30), "ž".repeat(120));
        [
            ("a", 0),
            ("-rf", 1),
            ("--checkpoint-action=exec=sh", 511),
            ("with space/and \"quotes\" *?[x].csv", 512),
            (".hidden/ž 日本.csv", 513),
            (&long, 3_000),
        ]
        .map(|(name, bytes)| (name.to_owned(), vec![b'x'; bytes]))
        .into()
    }

    #[test]
    fn names_and_contents_come_back() {
        let files = odd_files();
        let bytes = archive(&files).unwrap();
        assert_eq!(bytes.len() % 512, 0);
        assert_eq!(unpacked(&bytes), files);
        assert_eq!(archive(&[]).unwrap(), [0; 1024]);
    }

    #[test]
    fn the_program_unpacks_them() {
        let folder = tempfile::tempdir().unwrap();
        let files = odd_files();
        let path = folder.path().join("a.tar");
        std::fs::write(&path, archive(&files).unwrap()).unwrap();
        let into = folder.path().join("into");
        std::fs::create_dir(&into).unwrap();
        let ended = std::process::Command::new("tar")
            .args(["-x", "-m", "-o", "-f"])
            .arg(&path)
            .arg("-C")
            .arg(&into)
            .status();
        assert!(ended.unwrap().success());
        for (name, content) in &files {
            assert_eq!(&std::fs::read(into.join(name)).unwrap(), content, "{name}");
        }
    }

    #[test]
    fn a_name_that_leads_out_or_has_control_characters_is_refused() {
        for name in [
            "", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\nb", "a\0",
        ] {
            let files = [(name.to_owned(), Vec::new())];
            assert!(archive(&files).is_err(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_files_are_they_come_back(
            files in prop::collection::btree_map(
                "[a-ž ]{1,90}(/[-a-ž.]{0,90}x){0,3}",
                prop::collection::vec(any::<u8>(), 0..2000),
                0..6,
            ),
        ) {
            let files: Vec<_> = files.into_iter().collect();
            if let Ok(bytes) = archive(&files) {
                let back: BTreeMap<_, _> = unpacked(&bytes).into_iter().collect();
                prop_assert_eq!(back, files.into_iter().collect::<BTreeMap<_, _>>());
            }
        }
    }
}
