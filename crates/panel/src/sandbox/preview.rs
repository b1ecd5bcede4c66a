//! The beginning of a file, as text where it is one.

use std::fmt::Write as _;

/// How much of a file is read for it, in bytes.
pub const READ: u64 = 64 * 1024;

/// Bytes of a binary file that are shown.
const SHOWN_BINARY: usize = 512;

/// What is shown of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preview {
    /// It has no bytes.
    Empty,
    /// Its text; whether there is more of it.
    Text(String, bool),
    /// Its first bytes in hex and ASCII, sixteen a line.
    Binary(String),
}

impl Preview {
    /// Of the first bytes of a file of `whole` bytes.
    #[must_use]
    pub fn of(bytes: &[u8], whole: u64) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        let more = whole > bytes.len() as u64;
        match text(bytes, more) {
            Some(text) => Self::Text(text.to_owned(), more),
            None => Self::Binary(dump(bytes.get(..SHOWN_BINARY).unwrap_or(bytes))),
        }
    }
}

/// UTF-8 without the characters that no text has. A character that was cut at the end is left out.
fn text(bytes: &[u8], cut: bool) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if cut && error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let odd = |it: char| it.is_control() && !matches!(it, '\n' | '\r' | '\t' | '\u{1b}');
    (!text.chars().any(odd)).then_some(text)
}

fn dump(bytes: &[u8]) -> String {
    let mut lines = String::new();
    for (at, line) in bytes.chunks(16).enumerate() {
        let mut hex = String::new();
        let mut ascii = String::new();
        for byte in line {
            let _ = write!(hex, "{byte:02x} ");
            let is_shown = byte.is_ascii_graphic() || *byte == b' ';
            ascii.push(if is_shown { char::from(*byte) } else { '.' });
        }
        let _ = writeln!(lines, "{:08x}  {hex:<48} {ascii}", at * 16);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_as_text_also_when_a_character_is_cut() {
        assert_eq!(Preview::of(b"", 0), Preview::Empty);
        assert_eq!(
            Preview::of("a,ž\n".as_bytes(), 5),
            Preview::Text("a,ž\n".to_owned(), false)
        );
        let cut = "až".as_bytes();
        assert_eq!(
            Preview::of(&cut[..2], 9),
            Preview::Text("a".to_owned(), true)
        );
    }

    #[test]
    fn other_bytes_are_shown_in_hex() {
        let Preview::Binary(dump) = Preview::of(b"\x89PNG\r\n\x1a\n\0", 9) else {
            panic!("binary");
        };
        assert_eq!(
            dump,
            "00000000  89 50 4e 47 0d 0a 1a 0a 00                       .PNG.....\n"
        );
        // A cut that is none is no text.
        assert!(matches!(Preview::of(&[b'a', 0xc5], 2), Preview::Binary(_)));
        let Preview::Binary(dump) = Preview::of(&[0; 1000], 5_000_000) else {
            panic!("binary");
        };
        assert_eq!(dump.lines().count(), 32);
    }
}
