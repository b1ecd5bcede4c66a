//! The whole archive: each file behind its header, and the directory at the end.

use crate::entry::Entry;
use crate::field::{Record, is_long, short};

/// A part of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The content of the entry with this number, from 0.
    Content(usize),
}

/// The archive of these files, in their order.
#[must_use]
pub fn pieces(entries: &[Entry]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(entries.len() * 2 + 1);
    let mut directory = Vec::new();
    let mut offset = 0_u64;
    for (number, entry) in entries.iter().enumerate() {
        directory.extend(entry.central_header(offset));
        let header = entry.local_header();
        offset += header.len() as u64 + entry.bytes();
        pieces.push(Piece::Bytes(header));
        pieces.push(Piece::Content(number));
    }
    let end = end(entries.len() as u64, directory.len() as u64, offset);
    directory.extend(end);
    pieces.push(Piece::Bytes(directory));
    pieces
}

/// Size of the archive in bytes.
#[must_use]
pub fn size(pieces: &[Piece], entries: &[Entry]) -> u64 {
    let sizes = pieces.iter().map(|piece| match piece {
        Piece::Bytes(bytes) => bytes.len() as u64,
        Piece::Content(number) => entries.get(*number).map_or(0, Entry::bytes),
    });
    sizes.sum()
}

/// The records behind the directory (APPNOTE 4.3.14 to 4.3.16), which begins at `offset`.
fn end(entries: u64, bytes: u64, offset: u64) -> Vec<u8> {
    let few = u16::try_from(entries).unwrap_or(u16::MAX);
    let mut records = Vec::new();
    if few == u16::MAX || is_long(bytes) || is_long(offset) {
        let zip64 = Record::new(0x0606_4b50)
            // What follows in this record.
            .u64(44)
            .u16((3 << 8) | 45)
            .u16(45)
            .u32(0)
            .u32(0)
            .u64(entries)
            .u64(entries)
            .u64(bytes)
            .u64(offset);
        let locator = Record::new(0x0706_4b50).u32(0).u64(offset + bytes).u32(1);
        records.extend(zip64.into_bytes());
        records.extend(locator.into_bytes());
    }
    let end = Record::new(0x0605_4b50)
        .u16(0)
        .u16(0)
        .u16(few)
        .u16(few)
        .u32(short(bytes))
        .u32(short(offset))
        .u16(0);
    records.extend(end.into_bytes());
    records
}
