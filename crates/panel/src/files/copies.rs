//! Whether a chosen file is in Storage already: the same SHA-256 and the same size.

use std::collections::{HashMap, HashSet};

use messages::worker::StoredFile;

/// The earlier files by their content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Copies {
    by_content: HashMap<(String, u64), StoredFile>,
    sizes: HashSet<u64>,
}

impl Copies {
    /// Of these files; one without a checksum or a size is the copy of none.
    #[must_use]
    pub fn of(earlier: &[StoredFile]) -> Self {
        let mut copies = Self::default();
        for file in earlier {
            if let (Some(sha256), Some(bytes)) = (&file.sha256, file.bytes) {
                copies.sizes.insert(bytes);
                let newest = copies
                    .by_content
                    .entry((sha256.clone(), bytes))
                    .or_insert_with(|| file.clone());
                if newest.id < file.id {
                    *newest = file.clone();
                }
            }
        }
        copies
    }

    /// The newest file with this content.
    #[must_use]
    pub fn find(&self, sha256: &str, bytes: u64) -> Option<&StoredFile> {
        self.by_content.get(&(sha256.to_owned(), bytes))
    }

    /// Whether a file of this size may be one of them. Where none can, an upload need not wait for
    /// its checksum.
    #[must_use]
    pub fn may_have(&self, bytes: u64) -> bool {
        self.sizes.contains(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(id: u64, sha256: Option<&str>, bytes: Option<u64>) -> StoredFile {
        StoredFile {
            id,
            name: "a.csv".to_owned(),
            bytes,
            created: None,
            max_age_days: None,
            sha256: sha256.map(str::to_owned),
            tags: Vec::new(),
            attached: false,
        }
    }

    #[test]
    fn only_the_same_checksum_and_the_same_size_is_a_copy() {
        let copies = Copies::of(&[
            stored(1, Some("aa"), Some(5)),
            stored(3, Some("aa"), Some(5)),
            stored(2, Some("aa"), Some(5)),
            stored(4, Some("aa"), Some(6)),
            stored(5, Some("bb"), Some(5)),
            stored(6, None, Some(7)),
            stored(7, Some("cc"), None),
        ]);
        for (sha256, bytes, id) in [
            ("aa", 5, Some(3)),
            ("aa", 6, Some(4)),
            ("bb", 5, Some(5)),
            ("bb", 6, None),
            ("cc", 0, None),
            ("dd", 7, None),
        ] {
            let found = copies.find(sha256, bytes).map(|it| it.id);
            assert_eq!(found, id, "{sha256} {bytes}");
        }
        assert!(copies.may_have(6));
        assert!(!copies.may_have(7));
        assert!(!Copies::of(&[]).may_have(5));
    }
}
