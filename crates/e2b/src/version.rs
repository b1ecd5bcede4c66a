//! Version of a sandbox's envd, and what it can do (reference/e2b.md §3.4).
//!
//! A self-hosted service may run an envd a year older than the cloud's. What a call needs is asked
//! of the version that the create answer named, never tried out.

use std::fmt;

/// Version of envd. The order is that of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvdVersion {
    major: u32,
    minor: u32,
    patch: u32,
}

impl EnvdVersion {
    /// The oldest that official clients speak to; stands for a version that cannot be read.
    pub const OLDEST: Self = Self::new(0, 1, 0);

    /// A version by its numbers.
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// Reads `0.6.13`, `v0.6.13`, `0.6`, `0.6.13-rc.1`. What cannot be read is [`Self::OLDEST`], so
    /// that an unknown version is asked for nothing new.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let mut numbers = text
            .get(..end)
            .unwrap_or_default()
            .split('.')
            .map(str::parse::<u32>);
        let mut next = || numbers.next().and_then(Result::ok);
        match next() {
            Some(major) => Self::new(major, next().unwrap_or(0), next().unwrap_or(0)),
            None => Self::OLDEST,
        }
    }

    /// Secured sandboxes with an access token.
    #[must_use]
    pub fn has_secured_access(self) -> bool {
        self >= Self::new(0, 2, 0)
    }

    /// `stdin: false` on `Start` closes the process's standard input.
    #[must_use]
    pub fn has_stdin_flag(self) -> bool {
        self >= Self::new(0, 3, 0)
    }

    /// The template has a default user; older ones must be told one.
    #[must_use]
    pub fn has_default_user(self) -> bool {
        self >= Self::new(0, 4, 0)
    }

    /// `CloseStdin` ends the standard input of a process.
    #[must_use]
    pub fn has_close_stdin(self) -> bool {
        self >= Self::new(0, 5, 2)
    }

    /// `POST /files/compose` joins parts.
    #[must_use]
    pub fn has_compose(self) -> bool {
        self >= Self::new(0, 5, 5)
    }

    /// `POST /files` takes a raw body.
    #[must_use]
    pub fn has_raw_upload(self) -> bool {
        self >= Self::new(0, 5, 7)
    }
}

impl fmt::Display for EnvdVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_doubtful_ones_are_the_oldest() {
        for (text, version) in [
            ("0.9.1", EnvdVersion::new(0, 9, 1)),
            ("v0.6.13", EnvdVersion::new(0, 6, 13)),
            (" 0.2.10\n", EnvdVersion::new(0, 2, 10)),
            ("0.6.13-rc.1", EnvdVersion::new(0, 6, 13)),
            ("1", EnvdVersion::new(1, 0, 0)),
            ("", EnvdVersion::OLDEST),
            ("latest", EnvdVersion::OLDEST),
            (".5", EnvdVersion::OLDEST),
            ("99999999999.1.1", EnvdVersion::OLDEST),
        ] {
            assert_eq!(EnvdVersion::read(text), version, "{text:?}");
        }
    }

    #[test]
    fn each_gate_opens_at_its_version() {
        type Gate = fn(EnvdVersion) -> bool;
        let gates: [(&str, &str, Gate); 5] = [
            ("0.1.4", "0.2.0", EnvdVersion::has_secured_access),
            ("0.2.10", "0.3.0", EnvdVersion::has_stdin_flag),
            ("0.3.9", "0.4.0", EnvdVersion::has_default_user),
            ("0.5.4", "0.5.5", EnvdVersion::has_compose),
            ("0.5.6", "0.5.7", EnvdVersion::has_raw_upload),
        ];
        for (shut, open, gate) in gates {
            assert!(!gate(EnvdVersion::read(shut)), "{shut}");
            assert!(gate(EnvdVersion::read(open)), "{open}");
            assert!(gate(EnvdVersion::read("0.10.0")), "numbers, not texts");
        }
    }
}
