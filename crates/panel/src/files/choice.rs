//! What is asked of an upload before it starts: the file's size, the user's tags.

use messages::{Problem, ProblemCode};

use super::place::Place;

/// Largest file that one upload takes, in bytes: the largest object of S3 and of Google; Azure takes
/// more. Storage names no limit of its own (reference keboola §3).
pub const LARGEST_FILE: u64 = 5_497_558_138_880;

/// Why a file cannot be uploaded; `None` when it can.
#[must_use]
pub fn refusal(place: &Place, bytes: u64) -> Option<Problem> {
    if let Err(error) = place.check() {
        Some(Problem::with(
            ProblemCode::FileNameInvalid,
            error.to_string(),
        ))
    } else if bytes > LARGEST_FILE {
        Some(ProblemCode::FileTooLarge.into())
    } else {
        None
    }
}

/// The user's tags: apart at commas, without blanks around, none twice, none that is set anyway.
#[must_use]
pub fn tags(text: &str, always: &[&str]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(',').map(str::trim) {
        let known = always.contains(&tag) || tags.iter().any(|it| it == tag);
        if !tag.is_empty() && !known {
            tags.push(tag.to_owned());
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_at_the_limit_is_taken_and_one_beyond_is_not() {
        let code = |name, bytes| refusal(&Place::new(name), bytes).map(|it| it.code);
        assert_eq!(code("a.csv", 0), None);
        assert_eq!(code("a.csv", LARGEST_FILE), None);
        assert_eq!(
            code("a.csv", LARGEST_FILE + 1),
            Some(ProblemCode::FileTooLarge)
        );
        assert_eq!(code("  ", 1), Some(ProblemCode::FileNameInvalid));
    }

    #[test]
    fn the_limit_is_the_one_that_the_words_name() {
        let digits: String = ProblemCode::FileTooLarge
            .why()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        assert_eq!(digits, LARGEST_FILE.to_string());
    }

    #[test]
    fn tags_come_apart_at_commas() {
        for (text, expected) in [
            ("", vec![]),
            (" , ,", vec![]),
            ("a, b ,a", vec!["a", "b"]),
            ("two words,kbc-e2b-writer", vec!["two words"]),
        ] {
            assert_eq!(tags(text, &["kbc-e2b-writer"]), expected, "{text:?}");
        }
    }
}
