//! Fields, versions and problems of a save as the panel shows them.

use keboola::fields::{Change, Conflict};
use keboola::{Difference, SaveError, Version, shown_value};
use messages::worker::{FieldChange, FieldConflict, VersionView};
use messages::{Problem, ProblemCode};

use crate::keboola_problem;

pub(super) fn change(it: &Change) -> FieldChange {
    let field = it.field.name();
    FieldChange {
        before: value(&field, it.before.as_deref()),
        after: value(&field, it.after.as_deref()),
        field,
    }
}

pub(super) fn conflict(it: &Conflict) -> FieldConflict {
    let field = it.field.name();
    FieldConflict {
        base: value(&field, it.base.as_deref()),
        theirs: value(&field, it.theirs.as_deref()),
        mine: value(&field, it.mine.as_deref()),
        field,
    }
}

pub(super) fn difference(it: &Difference) -> FieldChange {
    FieldChange {
        before: value(&it.name, it.before.as_deref()),
        after: value(&it.name, it.after.as_deref()),
        field: it.name.clone(),
    }
}

/// A value called by its own key: what stands under a `#` key is not shown.
fn value(field: &str, raw: Option<&str>) -> Option<String> {
    let name = field.strip_prefix("user_properties.").unwrap_or(field);
    raw.map(|raw| shown_value(name, raw))
}

pub(super) fn version(it: Version) -> VersionView {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    VersionView {
        version: it.number,
        at: it.created_ms,
        by: some(it.author),
        description: some(it.description),
    }
}

pub(super) fn problem(error: SaveError) -> Problem {
    match error {
        SaveError::Call(error) => configuration_problem(error, "save the configuration"),
        SaveError::Encrypt(error) => {
            Problem::with(ProblemCode::EncryptionFailed, error.to_string())
        }
        SaveError::Shape(error) => {
            Problem::with(ProblemCode::ConfigurationShape, error.to_string())
        }
        error @ SaveError::TooLarge(_) => {
            Problem::with(ProblemCode::ConfigurationTooLarge, error.to_string())
        }
        error @ (SaveError::Unknown(_) | SaveError::Unverified { .. }) => {
            Problem::with(ProblemCode::SaveUnknown, error.to_string())
        }
    }
}

/// As every problem of Storage, but that nothing found is the configuration that is gone.
pub(super) fn configuration_problem(error: keboola::KeboolaError, doing: &str) -> Problem {
    match error {
        keboola::KeboolaError::NotFound { message, .. } => {
            Problem::with(ProblemCode::ConfigurationMissing, message)
        }
        other => keboola_problem::problem(other, doing),
    }
}
