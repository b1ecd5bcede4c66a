//! Writing into the configuration: what would change, and doing it.

use serde::{Deserialize, Serialize};

use super::versions::VersionView;
use crate::ConfigurationUrl;

/// What of this panel's goes into the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The edits of the stored draft: code, packages, user parameters.
    pub edits: bool,
    /// `e2b_template`, `e2b_timeout` and `e2b_uploaded_files`.
    pub settings: bool,
    /// `#e2b_api_key`, encrypted.
    pub key: bool,
}

/// Reads the configuration fresh and tells what saving would change. Nothing is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReviewSave {
    /// Which configuration.
    pub configuration: ConfigurationUrl,
    /// What is to go into it.
    pub wanted: Wanted,
}

/// What saving would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveReview {
    /// The version as it is now, with who made it and when.
    pub current: VersionView,
    /// The version from which the edits began, when it is an earlier one.
    pub base_version: Option<u64>,
    /// What is written.
    pub changes: Vec<FieldChange>,
    /// What was changed here and by somebody else: a person must choose.
    pub conflicts: Vec<FieldConflict>,
    /// Names of `#` values that are encrypted first.
    pub encrypted: Vec<String>,
}

/// A field that is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// `code`, `packages`, or `user_properties.{name}`.
    pub field: String,
    /// As it is now; `None` where there is none. Secrets stand as dots.
    pub before: Option<String>,
    /// As it is going to be; `None` removes it. Secrets stand as dots.
    pub after: Option<String>,
}

/// A field that was changed on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldConflict {
    /// As [`FieldChange::field`].
    pub field: String,
    /// What both began from.
    pub base: Option<String>,
    /// What is in Storage now.
    pub theirs: Option<String>,
    /// What would be written.
    pub mine: Option<String>,
}

/// Which side of a conflict is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What is in Storage stays.
    Theirs,
    /// What is here is written.
    Mine,
}

/// Writes what was reviewed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaveConfiguration {
    /// Which configuration.
    pub configuration: ConfigurationUrl,
    /// What is to go into it.
    pub wanted: Wanted,
    /// [`SaveReview::current`]: when Storage has another version by now, nothing is written.
    pub reviewed: u64,
    /// One choice for each conflict.
    pub choices: Vec<(String, Side)>,
    /// The description of the change, for the list of versions.
    pub description: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveOutcome {
    /// Storage had all of it already; nothing was written.
    Unchanged,
    /// Written and read back.
    Saved {
        /// The new version.
        version: u64,
    },
    /// Storage changed since the review, or a choice is missing; nothing was written.
    Review(SaveReview),
    /// Somebody wrote at the same moment. All versions are kept by Storage.
    Overtaken(Overtaken),
}

/// Two wrote at the same moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overtaken {
    /// The version that was written here, when it is known.
    pub own: Option<u64>,
    /// The versions of others, newest first.
    pub others: Vec<VersionView>,
    /// Fields of others that this save replaced, or that replaced this save.
    pub fields: Vec<String>,
}
