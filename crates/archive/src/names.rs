//! Names of files in one archive: no two the same.

use std::collections::HashSet;

/// The names, each once: a later one that is there already gets a number before its ending,
/// `rain (2).csv`. Names that differ only in case count as the same, as on Windows and macOS.
#[must_use]
pub fn distinct(names: &[String]) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut distinct = Vec::with_capacity(names.len());
    for name in names {
        let mut free = name.clone();
        let mut number = 2_u64;
        while taken.contains(&free.to_lowercase()) {
            free = numbered(name, number);
            number += 1;
        }
        taken.insert(free.to_lowercase());
        distinct.push(free);
    }
    distinct
}

fn numbered(name: &str, number: u64) -> String {
    let (folder, file) = match name.rsplit_once('/') {
        Some((folder, file)) => (format!("{folder}/"), file),
        None => (String::new(), name),
    };
    match file.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{folder}{stem} ({number}).{ending}"),
        _ => format!("{folder}{file} ({number})"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
        distinct(&names)
    }

    #[test]
    fn a_name_that_is_there_gets_a_number() {
        assert_eq!(
            of(&["a.csv", "a.csv", "A.csv", "a (2).csv"]),
            ["a.csv", "a (2).csv", "A (3).csv", "a (2) (2).csv"]
        );
        assert_eq!(of(&["x/.env", "x/.env"]), ["x/.env", "x/.env (2)"]);
        assert_eq!(of(&["x.d/a", "x.d/a"]), ["x.d/a", "x.d/a (2)"]);
    }

    proptest! {
        #[test]
        fn all_differ_and_none_that_was_alone_changes(
            names in prop::collection::vec("[ab]{1,2}(\\.c)?", 0..20),
        ) {
            let result = distinct(&names);
            let lower: HashSet<String> = result.iter().map(|it| it.to_lowercase()).collect();
            prop_assert_eq!(lower.len(), names.len());
            for (before, after) in names.iter().zip(&result) {
                if names.iter().filter(|it| *it == before).count() == 1 {
                    prop_assert_eq!(before, after);
                }
            }
        }
    }
}
