//! Fields, versions and changes in words.

use messages::worker::{FieldChange, SaveReview, VersionView, Wanted};
use ui::format::ago;

/// A field as people know it.
#[must_use]
pub fn field(name: &str) -> String {
    match name {
        "code" => "Code".to_owned(),
        "packages" => "Packages".to_owned(),
        "venv" => "Python environment".to_owned(),
        "storage" => "Input and output mapping".to_owned(),
        "name" => "Name".to_owned(),
        "description" => "Description".to_owned(),
        "state" => "State".to_owned(),
        other => match other.strip_prefix("user_properties.") {
            Some(parameter) => format!("Parameter {parameter}"),
            None => other.to_owned(),
        },
    }
}

/// Who made a version, when, and what was said of it.
#[must_use]
pub fn version(it: &VersionView, now_ms: u64) -> String {
    let mut text = format!("Version {}", it.version);
    if let Some(by) = it.by.as_deref().filter(|by| !by.is_empty()) {
        text.push_str(" by ");
        text.push_str(by);
    }
    if let Some(at) = it.at {
        text.push_str(", ");
        text.push_str(&ago(at, now_ms));
    }
    text
}

/// The description of a change that a person would write, at most four fields long.
#[must_use]
pub fn description(review: &SaveReview, wanted: Wanted) -> String {
    let mine = review.conflicts.iter().map(|it| it.field.as_str());
    let names: Vec<String> = review
        .changes
        .iter()
        .map(|it| it.field.as_str())
        .chain(mine)
        .map(in_a_sentence)
        .collect();
    let verb = match wanted.edits {
        true => "Edited",
        false => "Synced",
    };
    match names.as_slice() {
        [] => String::new(),
        [one] => format!("{verb} {one}"),
        [first @ .., last] if first.len() < 4 => {
            format!("{verb} {} and {last}", first.join(", "))
        }
        [first, second, third, rest @ ..] => {
            format!("{verb} {first}, {second}, {third} and {} more", rest.len())
        }
        _ => String::new(),
    }
}

/// A field among others: a parameter by its own name.
fn in_a_sentence(name: &str) -> String {
    match name.strip_prefix("user_properties.") {
        Some(parameter) => parameter.to_owned(),
        None => field(name).to_lowercase(),
    }
}

/// Whether the page behind the panel may hold edits that are not saved: something was typed there at
/// `typed`, and the newest version was made at `saved`, both in milliseconds since 1970. Storage tells
/// whole seconds, so what was typed in that second may be in the version.
#[must_use]
pub fn is_page_edited(typed: Option<u64>, saved: Option<u64>) -> bool {
    match (typed, saved) {
        (Some(typed), Some(saved)) => typed > saved + 999,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// What happens to a field.
#[must_use]
pub fn kind(change: &FieldChange) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "new",
        (_, None) => "removed",
        _ => "changed",
    }
}

/// Whether a text is best shown as lines, not in a row.
#[must_use]
pub fn is_long(text: &str) -> bool {
    text.len() > 60 || text.contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(version: u64, at: Option<u64>, by: Option<&str>) -> VersionView {
        VersionView {
            version,
            at,
            by: by.map(str::to_owned),
            description: None,
        }
    }

    #[test]
    fn a_version_is_told_by_what_is_known_of_it() {
        let now = 1_800_000_000_000;
        for (it, text) in [
            (view(3, None, None), "Version 3"),
            (view(3, None, Some("")), "Version 3"),
            (
                view(3, Some(now - 300_000), Some("anna@x.test")),
                "Version 3 by anna@x.test, 5 minutes ago",
            ),
        ] {
            assert_eq!(version(&it, now), text);
        }
    }

    #[test]
    fn what_was_typed_before_the_newest_version_may_be_in_it() {
        for (typed, saved, edited) in [
            (None, None, false),
            (None, Some(5), false),
            (Some(5), None, true),
            (Some(5_000), Some(4_000), true),
            (Some(4_999), Some(4_000), false),
            (Some(5_000), Some(6_000), false),
        ] {
            assert_eq!(is_page_edited(typed, saved), edited, "{typed:?} {saved:?}");
        }
    }

    #[test]
    fn the_description_names_what_changes() {
        let of = |fields: &[&str]| SaveReview {
            current: view(1, None, None),
            base_version: None,
            changes: fields
                .iter()
                .map(|field| FieldChange {
                    field: (*field).to_owned(),
                    before: None,
                    after: None,
                })
                .collect(),
            conflicts: Vec::new(),
            encrypted: Vec::new(),
        };
        let edits = Wanted {
            edits: true,
            ..Wanted::default()
        };
        for (fields, wanted, text) in [
            (&[][..], edits, ""),
            (&["code"], edits, "Edited code"),
            (&["code", "packages"], edits, "Edited code and packages"),
            (&["user_properties.DB"], Wanted::default(), "Synced DB"),
            (
                &["code", "packages", "venv", "storage", "state"],
                edits,
                "Edited code, packages, python environment and 2 more",
            ),
            (
                &["code", "code", "code", "code", "code", "code"],
                edits,
                "Edited code, code, code and 3 more",
            ),
        ] {
            assert_eq!(description(&of(fields), wanted), text);
        }
    }
}
