//! The `q` parameter of the file list: the part of the search language that clients use
//! (reference/keboola.md section 3.3). Anything else is refused, so that no client believes in an
//! answer that is none.

use time::OffsetDateTime;

use super::error::StorageError;
use crate::moment;
use crate::project::file::StoredFile;

/// Terms that must all hold.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct FileQuery(Vec<Term>);

#[derive(Debug, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, PartialEq)]
enum Test {
    Tag(String),
    Name(String),
    /// `created:["A" TO B]`; `*` is open.
    Created(Option<OffsetDateTime>, Option<OffsetDateTime>),
    /// Free text in the name or a tag.
    Text(String),
}

impl FileQuery {
    /// Reads `tags:"a" AND NOT tags:"b" AND created:["…" TO *]`.
    pub(crate) fn parse(text: &str) -> Result<Self, StorageError> {
        let refused = || {
            let text = format!("The dev stack does not understand this file query: {text}");
            StorageError::invalid("storage.files.query", text)
        };
        let terms = split(text).ok_or_else(refused)?;
        terms
            .iter()
            .map(|term| term_of(term).ok_or_else(refused))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(crate) fn matches(&self, file: &StoredFile) -> bool {
        self.0
            .iter()
            .all(|term| term.test.holds(file) != term.negated)
    }
}

impl Test {
    fn holds(&self, file: &StoredFile) -> bool {
        match self {
            Self::Tag(tag) => file.tags.contains(tag),
            Self::Name(name) => file.name == *name,
            Self::Created(from, to) => {
                from.is_none_or(|at| file.created >= at) && to.is_none_or(|at| file.created <= at)
            }
            Self::Text(text) => {
                file.name.contains(text) || file.tags.iter().any(|t| t.contains(text))
            }
        }
    }
}

/// Splits at ` AND ` outside of quotes.
fn split(text: &str) -> Option<Vec<String>> {
    let mut terms = vec![String::new()];
    for (index, piece) in text.split('"').enumerate() {
        let quoted = index % 2 == 1;
        let mut parts = if quoted {
            vec![piece]
        } else {
            piece.split(" AND ").collect()
        };
        let first = parts.remove(0);
        let last = terms.last_mut()?;
        match quoted {
            true => last.push_str(&format!("\"{first}\"")),
            false => last.push_str(first),
        }
        terms.extend(parts.into_iter().map(str::to_owned));
    }
    (text.matches('"').count().is_multiple_of(2)).then_some(terms)
}

fn term_of(text: &str) -> Option<Term> {
    let text = text
        .trim()
        .trim_start_matches('(')
        .trim_end_matches(')')
        .trim();
    let (negated, text) = match text.strip_prefix("NOT ") {
        Some(rest) => (true, rest.trim()),
        None => (false, text),
    };
    if text.is_empty() || text.contains(" OR ") {
        return None;
    }
    let test = match text.split_once(':') {
        Some(("tags", value)) => Test::Tag(unquoted(value)?),
        Some(("name", value)) => Test::Name(unquoted(value)?),
        Some(("created", value)) => {
            let range = value.strip_prefix('[')?.strip_suffix(']')?;
            let (from, to) = range.split_once(" TO ")?;
            Test::Created(bound(from)?, bound(to)?)
        }
        Some(_) => return None,
        None => Test::Text(unquoted(text)?),
    };
    Some(Term { negated, test })
}

fn unquoted(text: &str) -> Option<String> {
    let text = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => text,
    };
    (!text.is_empty() && !text.contains('"')).then(|| text.to_owned())
}

fn bound(text: &str) -> Option<Option<OffsetDateTime>> {
    match unquoted(text.trim())?.as_str() {
        "*" => Some(None),
        moment => moment::parse(moment, moment::now()).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn file(name: &str, tags: &[&str]) -> StoredFile {
        StoredFile {
            id: 1,
            provider: crate::provider::Provider::Aws,
            name: name.to_owned(),
            key: String::new(),
            created: moment::now(),
            is_sliced: false,
            is_encrypted: false,
            is_permanent: false,
            is_public: false,
            size_bytes: None,
            tags: tags.iter().map(|t| (*t).to_owned()).collect(),
            run_id: None,
            creator: 1,
            creator_token: Value::Null,
        }
    }

    #[test]
    fn terms_must_all_hold() {
        let file = file("a.csv", &["x", "two words"]);
        for (query, expected) in [
            (r#"tags:"x""#, true),
            ("tags:x", true),
            (r#"tags:"x" AND tags:"two words""#, true),
            (r#"tags:"x" AND NOT tags:"two words""#, false),
            (
                r#"tags:"x" AND created:["2020-01-01T00:00:00+0000" TO *]"#,
                true,
            ),
            (
                r#"tags:"x" AND created:["2999-01-01T00:00:00+0000" TO *]"#,
                false,
            ),
            ("name:a.csv", true),
            ("csv", true),
            ("nothing", false),
        ] {
            assert_eq!(
                FileQuery::parse(query).unwrap().matches(&file),
                expected,
                "{query}"
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for query in [
            "tags:a OR tags:b",
            r#"tags:"a"#,
            "size:5",
            "created:yesterday",
            "",
        ] {
            assert!(FileQuery::parse(query).is_err(), "{query}");
        }
    }
}
