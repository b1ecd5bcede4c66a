//! The name of an archive of several chosen files.

use messages::{Problem, ProblemCode};

use super::place::Place;

/// What the field holds at first: the folder that all files stood in, or `files.zip`.
#[must_use]
pub fn suggested<'a>(places: impl Iterator<Item = &'a Place>) -> String {
    let mut tops = places.map(|place| place.path().split_once('/').map(|(top, _)| top));
    match tops.next().flatten() {
        Some(top) if tops.all(|it| it == Some(top)) => format!("{top}.zip"),
        _ => "files.zip".to_owned(),
    }
}

/// The archive's name as it was typed, with its ending.
///
/// # Errors
/// `FileNameInvalid` with the reason.
pub fn of_field(text: &str) -> Result<Place, Problem> {
    let text = text.trim();
    let has_ending = text.to_ascii_lowercase().ends_with(".zip");
    let name = match text {
        "" => String::new(),
        text if has_ending => text.to_owned(),
        text => format!("{text}.zip"),
    };
    let invalid = |why: String| Problem::with(ProblemCode::FileNameInvalid, why);
    if name.contains('/') {
        return Err(invalid("an archive's name holds no slash".to_owned()));
    }
    let place = Place::new(&name);
    place.check().map_err(|error| invalid(error.to_string()))?;
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lends_its_name() {
        for (paths, name) in [
            (vec!["weather/a.csv", "weather/2026/b.csv"], "weather.zip"),
            (vec!["weather/a.csv", "b.csv"], "files.zip"),
            (vec!["a.csv", "weather/b.csv"], "files.zip"),
            (vec!["x/a.csv", "y/b.csv"], "files.zip"),
            (vec![], "files.zip"),
        ] {
            let places: Vec<Place> = paths.iter().map(|it| Place::new(it)).collect();
            assert_eq!(suggested(places.iter()), name);
        }
    }

    #[test]
    fn the_ending_is_added_once() {
        for (text, name) in [("a", "a.zip"), (" a.zip ", "a.zip"), ("A.ZIP", "A.ZIP")] {
            assert_eq!(
                of_field(text).map(|it| it.path().to_owned()),
                Ok(name.to_owned())
            );
        }
        for text in ["", "  ", "a/b", "a\\b", "a\u{7}"] {
            assert!(of_field(text).is_err(), "{text:?}");
        }
    }
}
