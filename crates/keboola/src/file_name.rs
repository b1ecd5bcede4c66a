//! The name of a file that goes to Storage and, from there, to the disk of a run or a job.

use std::fmt;

use thiserror::Error;

/// Longest name, in bytes of UTF-8. An input file is written as `{id}_{name}` with a manifest
/// `{id}_{name}.manifest` beside it, and a Linux name ends at 255 bytes.
pub const MAX_NAME_BYTES: usize = 230;

/// A name that Storage takes and that stays inside its folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileName(String);

/// Why a text cannot be the name of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FileNameError {
    /// Nothing, or blanks only.
    #[error("the name is empty")]
    Empty,
    /// More than [`MAX_NAME_BYTES`].
    #[error("the name is {bytes} bytes long; {MAX_NAME_BYTES} is the most")]
    TooLong {
        /// Its length in bytes of UTF-8.
        bytes: usize,
    },
    /// A character that is a command, not a sign, or that turns the writing direction to make a
    /// name look like another.
    #[error("the name holds the invisible character U+{code:04X}")]
    Invisible {
        /// The character's number.
        code: u32,
    },
    /// A slash or a backslash.
    #[error("the name holds {0}, which separates folders")]
    Separator(char),
    /// `.` or `..`.
    #[error("the name stands for a folder")]
    Folder,
}

impl FileName {
    /// Reads a name as the disk gives it.
    ///
    /// # Errors
    /// With the reason, when it cannot be used.
    pub fn parse(name: &str) -> Result<Self, FileNameError> {
        if name.trim().is_empty() {
            return Err(FileNameError::Empty);
        }
        if matches!(name, "." | "..") {
            return Err(FileNameError::Folder);
        }
        for sign in name.chars() {
            if matches!(sign, '/' | '\\') {
                return Err(FileNameError::Separator(sign));
            }
            if sign.is_control() || turns_direction(sign) {
                return Err(FileNameError::Invisible {
                    code: u32::from(sign),
                });
            }
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(FileNameError::TooLong { bytes: name.len() });
        }
        Ok(Self(name.to_owned()))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Line and paragraph separators and the embeddings, overrides and isolates of the bidirectional
/// algorithm. The plain marks (U+200E, U+200F) and joiners are part of real names and of emoji.
fn turns_direction(sign: char) -> bool {
    matches!(sign, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_writings_are_names() {
        for name in [
            "a",
            "seattle-weather.csv",
            "Über 100 %.csv",
            "数据.csv",
            "👩‍👩‍👧 family.json",
            "עברית.txt",
            "...",
            " leading and trailing ",
            "C:colon?*.csv",
        ] {
            assert_eq!(FileName::parse(name).unwrap().as_str(), name);
        }
        let longest = "é".repeat(MAX_NAME_BYTES / 2);
        assert!(FileName::parse(&longest).is_ok());
    }

    #[test]
    fn a_name_that_cannot_be_used_says_why() {
        for (name, error) in [
            ("", FileNameError::Empty),
            (" \u{3000}", FileNameError::Empty),
            (".", FileNameError::Folder),
            ("..", FileNameError::Folder),
            ("../etc/passwd", FileNameError::Separator('/')),
            ("a/b", FileNameError::Separator('/')),
            ("a\\b", FileNameError::Separator('\\')),
            ("a\0b", FileNameError::Invisible { code: 0 }),
            ("a\nb", FileNameError::Invisible { code: 10 }),
            ("a\u{7f}", FileNameError::Invisible { code: 0x7f }),
            (
                "a\u{202e}vsc.exe",
                FileNameError::Invisible { code: 0x202e },
            ),
        ] {
            assert_eq!(FileName::parse(name), Err(error), "{name:?}");
        }
        let long = "é".repeat(150);
        assert_eq!(
            FileName::parse(&long),
            Err(FileNameError::TooLong { bytes: 300 })
        );
    }
}
