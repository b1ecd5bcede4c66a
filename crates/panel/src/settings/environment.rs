//! The rows of environment variables, checked before they are kept.

use std::collections::BTreeMap;

/// A row as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Name of the variable.
    pub name: String,
    /// Its value, as it is: blanks count.
    pub value: String,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Number of the row, from 0.
    pub row: usize,
    /// Why and what to do, in a sentence.
    pub why: String,
}

/// The variables of the rows; rows without a name and a value are passed over.
///
/// # Errors
/// The first row that no variable can be made of.
pub fn variables(rows: &[Row]) -> Result<BTreeMap<String, String>, BadRow> {
    let mut variables = BTreeMap::new();
    for (number, row) in rows.iter().enumerate() {
        let name = row.name.trim();
        if name.is_empty() && row.value.is_empty() {
            continue;
        }
        if let Some(why) = refusal(name) {
            return Err(BadRow { row: number, why });
        }
        let before = variables.insert(name.to_owned(), row.value.clone());
        if before.is_some() {
            return Err(BadRow {
                row: number,
                why: format!("{name} is there twice. Keep one of them."),
            });
        }
    }
    Ok(variables)
}

fn refusal(name: &str) -> Option<String> {
    let begins_well = name
        .chars()
        .next()
        .is_some_and(|it| it.is_ascii_alphabetic() || it == '_');
    let goes_on_well = name
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || it == '_');
    if name.is_empty() {
        Some("A value needs a name. Enter one, or remove the row.".to_owned())
    } else if !begins_well || !goes_on_well {
        Some(format!(
            "{name} is no name of a variable. Use letters, digits and _, and begin with no digit."
        ))
    } else if name.starts_with("KBC_") {
        Some(format!(
            "{name} is set by the run itself, as in a real job. Choose another name."
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[(&str, &str)]) -> Vec<Row> {
        rows.iter()
            .map(|(name, value)| Row {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
            })
            .collect()
    }

    #[test]
    fn names_lose_their_blanks_and_values_keep_them() {
        let variables = variables(&rows(&[(" A ", " x "), ("", ""), ("_b1", "")])).unwrap();
        let expected = [("A", " x "), ("_b1", "")];
        assert!(
            variables
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .eq(expected)
        );
    }

    #[test]
    fn a_bad_row_is_named_with_its_number() {
        for (given, row, word) in [
            (rows(&[("A", "1"), ("", "x")]), 1, "needs a name"),
            (rows(&[("1A", "")]), 0, "no name of a variable"),
            (rows(&[("A-B", "")]), 0, "no name of a variable"),
            (rows(&[("Ř", "")]), 0, "no name of a variable"),
            (rows(&[("A", "1"), ("A", "2")]), 1, "twice"),
            (rows(&[("KBC_RUNID", "1")]), 0, "set by the run"),
        ] {
            let bad = variables(&given).unwrap_err();
            assert_eq!(bad.row, row, "{given:?}");
            assert!(bad.why.contains(word), "{}", bad.why);
        }
    }
}
