//! Where a chosen file stood, and the name that it has in Storage.
//!
//! Storage keeps flat names, and a run writes a file to `in/files/{id}_{name}`: a slash in a name
//! would lead into a folder that nobody made. The folders are kept in the name instead, apart at
//! `__`: `weather/2026/rain.csv` is `weather__2026__rain.csv`. Where two files come to the same
//! name that way, their ids tell them apart, as with all files of Storage.

use keboola::{FileName, FileNameError};

/// What stands for the slash.
pub const SEPARATOR: &str = "__";

/// The path of a chosen file below the folder's parent, slashes between: `weather/2026/rain.csv`,
/// or only the name of a file that was chosen by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(String);

impl Place {
    /// Of a path as the browser tells it; a leading slash is of no meaning.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(path.trim_start_matches('/').to_owned())
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0
    }

    /// The file's own name.
    #[must_use]
    pub fn file(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it stood in a folder that was chosen.
    #[must_use]
    pub fn is_in_folder(&self) -> bool {
        self.0.contains('/')
    }

    /// The name that it gets in Storage.
    #[must_use]
    pub fn stored_name(&self) -> String {
        self.0.replace('/', SEPARATOR)
    }

    /// Why it cannot be a name in Storage.
    ///
    /// # Errors
    /// Of the name that it would get: too long, or with characters that Storage must not have.
    pub fn check(&self) -> Result<(), FileNameError> {
        for segment in self.0.split('/') {
            FileName::parse(segment)?;
        }
        FileName::parse(&self.stored_name()).map(|_| ())
    }

    /// Whether the system put it there by itself: a folder's look or its thumbnails, which nobody
    /// wants to upload.
    #[must_use]
    pub fn is_of_the_system(&self) -> bool {
        let name = self.file();
        matches!(
            name.to_ascii_lowercase().as_str(),
            ".ds_store" | "thumbs.db" | "ehthumbs.db" | "desktop.ini" | ".localized"
        ) || name.starts_with("._")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_kept_in_the_name() {
        for (path, name, file, in_folder) in [
            ("rain.csv", "rain.csv", "rain.csv", false),
            ("/rain.csv", "rain.csv", "rain.csv", false),
            (
                "weather/2026/rain.csv",
                "weather__2026__rain.csv",
                "rain.csv",
                true,
            ),
            ("a b/ö.csv", "a b__ö.csv", "ö.csv", true),
        ] {
            let place = Place::new(path);
            assert_eq!(place.stored_name(), name);
            assert_eq!(place.file(), file);
            assert_eq!(place.is_in_folder(), in_folder);
            assert_eq!(place.check(), Ok(()));
        }
    }

    #[test]
    fn what_cannot_be_a_name_says_why() {
        assert_eq!(Place::new("").check(), Err(FileNameError::Empty));
        assert_eq!(Place::new("a/../b").check(), Err(FileNameError::Folder));
        assert_eq!(
            Place::new("a\\b").check(),
            Err(FileNameError::Separator('\\'))
        );
        // Each folder is short enough, all of them together are not.
        let deep = vec!["folder"; 40].join("/");
        assert_eq!(
            Place::new(&deep).check(),
            Err(FileNameError::TooLong { bytes: 318 })
        );
    }

    #[test]
    fn what_the_system_left_in_folders_is_known() {
        for path in [
            ".DS_Store",
            "a/.DS_Store",
            "a/Thumbs.db",
            "a/desktop.ini",
            "a/._rain.csv",
        ] {
            assert!(Place::new(path).is_of_the_system(), "{path}");
        }
        for path in [".gitignore", "a/.env", "thumbs.db/rain.csv", "a/_rain.csv"] {
            assert!(!Place::new(path).is_of_the_system(), "{path}");
        }
    }
}
