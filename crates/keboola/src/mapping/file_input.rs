//! Input files of the mapping, and the search that finds them (reference §7.3).

use std::time::Duration;

use serde_json::Value;

use super::error::{MappingError, MappingRule};
use super::options::Options;
use super::since::Since;
use super::state::InputState;
use crate::list_files::{FileQuery, tag_term};
use crate::read_file::StorageFile;
use crate::wire;

// `filter_by_run_id` is not among them: the runner answers "Unrecognized option" (reference §7.3).
const KNOWN: &[&str] = &[
    "tags",
    "source",
    "query",
    "changed_since",
    "limit",
    "file_ids",
    "overwrite",
    "processed_tags",
];

/// Files that a run gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInput {
    /// How they are found.
    pub selector: FileSelector,
    /// Largest number of files; Storage's own default is 100.
    pub limit: Option<u64>,
    since: Option<Since>,
    since_id: Option<u64>,
}

/// How input files are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSelector {
    /// These.
    Ids(Vec<u64>),
    /// Those that a search finds, each of which has and lacks these tags.
    Search {
        /// In the language of Storage's search.
        query: Option<String>,
        /// The tags.
        tags: Vec<FileTag>,
    },
}

/// A tag that a file must have, or must not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTag {
    /// The tag.
    pub name: String,
    /// Whether the file must lack it.
    pub exclude: bool,
}

impl FileTag {
    /// A tag as the state of a configuration writes it.
    pub(super) fn of_state(value: &Value) -> Option<Self> {
        Some(Self {
            name: value.get("name")?.as_str()?.to_owned(),
            exclude: value.get("match").and_then(Value::as_str) == Some("exclude"),
        })
    }
}

impl FileInput {
    pub(super) fn parse(
        value: &Value,
        place: String,
        state: &InputState,
    ) -> Result<Self, MappingError> {
        let options = Options::read(value, place, KNOWN)?;
        let broken = |rule| MappingError::Rule {
            place: options.place().to_owned(),
            rule,
        };
        if options.flag("overwrite")? == Some(false) {
            return Err(broken(MappingRule::OverwriteOff));
        }
        let query = options.text("query")?;
        let changed_since = options.text("changed_since")?;
        let tags = tags(&options)?;
        let ids = ids(&options)?;
        if query.is_some() && changed_since.is_some() {
            return Err(broken(MappingRule::QueryAndChangedSince));
        }
        let limit = options.number("limit")?;
        let filtered = query.is_some() || changed_since.is_some() || !tags.is_empty();
        let selector = match (ids.is_empty(), filtered) {
            (false, true) => return Err(broken(MappingRule::FileIdsNotAlone)),
            (false, false) => FileSelector::Ids(ids),
            (true, _) if query.is_none() && tags.is_empty() => {
                return Err(broken(MappingRule::NoFileSelector));
            }
            (true, _) => FileSelector::Search { query, tags },
        };
        let adaptive = changed_since.as_deref() == Some("adaptive");
        let since_id = match &selector {
            FileSelector::Search { tags, .. } if adaptive => state.last_file_of(tags),
            _ => None,
        };
        let since = match changed_since.filter(|_| !adaptive) {
            None => None,
            Some(text) => {
                Some(Since::parse(&text).ok_or_else(|| broken(MappingRule::ChangedSince(text)))?)
            }
        };
        Ok(Self {
            selector,
            limit,
            since,
            since_id,
        })
    }

    /// The search that finds the files. `now` is the time since 1970.
    #[must_use]
    pub fn query(&self, now: Duration) -> FileQuery {
        let q = match &self.selector {
            FileSelector::Ids(ids) => {
                let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
                format!("id:({})", ids.join(" OR "))
            }
            FileSelector::Search { query, tags } => {
                let terms: Vec<String> = tags.iter().map(term).collect();
                let terms = terms.join(" AND ");
                let found = match (query, tags.as_slice()) {
                    (Some(query), []) => query.clone(),
                    (Some(query), _) => format!("{query} AND ({terms})"),
                    (None, _) => terms,
                };
                match &self.since {
                    None => found,
                    Some(since) => format!("({found}) AND created:[\"{}\" TO *]", since.iso(now)),
                }
            }
        };
        FileQuery {
            q: Some(q),
            since_id: self.since_id,
            limit: self.limit,
            offset: None,
        }
    }

    /// Whether a file that the search found really fits: the index may lag behind.
    #[must_use]
    pub fn fits(&self, file: &StorageFile) -> bool {
        match &self.selector {
            FileSelector::Ids(ids) => ids.contains(&file.id),
            FileSelector::Search { tags, .. } => tags
                .iter()
                .all(|tag| file.tags.contains(&tag.name) != tag.exclude),
        }
    }
}

fn term(tag: &FileTag) -> String {
    let term = tag_term(&tag.name);
    if tag.exclude {
        format!("NOT {term}")
    } else {
        term
    }
}

fn ids(options: &Options<'_>) -> Result<Vec<u64>, MappingError> {
    options
        .list("file_ids")?
        .iter()
        .map(|id| wire::whole(id).ok_or_else(|| options.kind("file_ids", "a list of file ids")))
        .collect()
}

/// The plain list, or the one under `source` that can also exclude.
fn tags(options: &Options<'_>) -> Result<Vec<FileTag>, MappingError> {
    let plain = options.texts("tags")?;
    let of_source = match options.value("source") {
        Some(Value::Array(list)) if list.is_empty() => Vec::new(),
        Some(source) => source_tags(source, format!("{}.source", options.place()))?,
        None => Vec::new(),
    };
    if plain.is_empty() {
        return Ok(of_source);
    }
    if !of_source.is_empty() {
        return Err(MappingError::Rule {
            place: options.place().to_owned(),
            rule: MappingRule::TagsTwice,
        });
    }
    let include = |name| FileTag {
        name,
        exclude: false,
    };
    Ok(plain.into_iter().map(include).collect())
}

fn source_tags(value: &Value, place: String) -> Result<Vec<FileTag>, MappingError> {
    let source = Options::read(value, place, &["tags"])?;
    let list = source.list("tags")?.iter().enumerate();
    list.map(|(index, value)| source_tag(value, format!("{}.tags[{index}]", source.place())))
        .collect()
}

fn source_tag(value: &Value, place: String) -> Result<FileTag, MappingError> {
    let options = Options::read(value, place, &["name", "match"])?;
    let name = options
        .text("name")?
        .ok_or_else(|| options.kind("name", "a text"))?;
    let exclude = match options.text("match")?.as_deref() {
        None | Some("include") => false,
        Some("exclude") => true,
        Some(other) => {
            return Err(MappingError::Rule {
                place: options.place().to_owned(),
                rule: MappingRule::TagMatch(other.to_owned()),
            });
        }
    };
    Ok(FileTag { name, exclude })
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    /// 2026-03-14 15:09:26 UTC.
    const NOW: Duration = Duration::from_secs(1_773_500_966);

    fn parse(value: &Value) -> Result<FileInput, MappingError> {
        let state = json!({"storage": {"input": {"files": [
            {"tags": [{"name": "zoo"}, {"name": "old", "match": "exclude"}], "lastImportId": "41"},
            {"tags": [{"name": "zoo"}], "lastImportId": 42},
        ]}}});
        let state = state.as_object().cloned().unwrap_or_else(Map::new);
        FileInput::parse(
            value,
            "storage.input.files[0]".to_owned(),
            &InputState::of(&state),
        )
    }

    #[test]
    fn the_search_that_each_mapping_asks_for() {
        for (mapping, q, since_id) in [
            (json!({"tags": ["zoo"]}), r#"tags:"zoo""#, None),
            (
                json!({"tags": ["zoo", "a b"]}),
                r#"tags:"zoo" AND tags:"a b""#,
                None,
            ),
            (
                json!({"tags": ["say \"hi\" \\"]}),
                r#"tags:"say \"hi\" \\""#,
                None,
            ),
            (
                json!({"source": {"tags": [{"name": "zoo"}, {"name": "old", "match": "exclude"}]}}),
                r#"tags:"zoo" AND NOT tags:"old""#,
                None,
            ),
            (json!({"query": "name:zoo*"}), "name:zoo*", None),
            (
                json!({"query": "name:zoo*", "source": {"tags": [{"name": "zoo", "match": "include"}]}}),
                r#"name:zoo* AND (tags:"zoo")"#,
                None,
            ),
            (
                json!({"tags": ["zoo"], "changed_since": "-1 day", "source": []}),
                r#"(tags:"zoo") AND created:["2026-03-13T15:09:26+00:00" TO *]"#,
                None,
            ),
            (
                json!({"tags": ["zoo"], "changed_since": "adaptive"}),
                r#"tags:"zoo""#,
                Some(42),
            ),
            (
                json!({"source": {"tags": [{"name": "zoo"}, {"name": "old", "match": "exclude"}]}, "changed_since": "adaptive"}),
                r#"tags:"zoo" AND NOT tags:"old""#,
                Some(41),
            ),
            (
                json!({"tags": ["new"], "changed_since": "adaptive"}),
                r#"tags:"new""#,
                None,
            ),
            (
                json!({"file_ids": [7, "8"], "overwrite": true}),
                "id:(7 OR 8)",
                None,
            ),
        ] {
            let input = parse(&mapping).unwrap_or_else(|error| panic!("{mapping}: {error}"));
            let query = input.query(NOW);
            assert_eq!(query.q.as_deref(), Some(q), "{mapping}");
            assert_eq!(query.since_id, since_id, "{mapping}");
            assert_eq!(query.limit, None);
        }
        let limited =
            parse(&json!({"tags": ["zoo"], "limit": 3, "processed_tags": ["done"]})).unwrap();
        assert_eq!(limited.query(NOW).limit, Some(3));
    }

    #[test]
    fn a_found_file_is_checked_again() {
        let file = |id: u64, tags: &[&str]| -> StorageFile {
            let wire = json!({"id": id, "name": "f", "tags": tags});
            serde_json::from_value::<crate::read_file::FileWire>(wire)
                .unwrap()
                .try_into()
                .unwrap()
        };
        let tagged = parse(&json!({"source": {"tags": [
            {"name": "zoo"}, {"name": "big"}, {"name": "old", "match": "exclude"},
        ]}}))
        .unwrap();
        assert!(tagged.fits(&file(1, &["big", "zoo", "x"])));
        assert!(!tagged.fits(&file(1, &["zoo"])));
        assert!(!tagged.fits(&file(1, &["zoo", "big", "old"])));
        let ids = parse(&json!({"file_ids": [7]})).unwrap();
        assert!(ids.fits(&file(7, &[])) && !ids.fits(&file(8, &[])));
    }

    #[test]
    fn what_a_job_refuses() {
        let source = json!({"tags": [{"name": "b"}]});
        for (mapping, rule) in [
            (json!({}), MappingRule::NoFileSelector),
            (
                json!({"tags": [], "query": "", "source": {"tags": []}}),
                MappingRule::NoFileSelector,
            ),
            (
                json!({"changed_since": "-1 day"}),
                MappingRule::NoFileSelector,
            ),
            (
                json!({"tags": ["a"], "source": source}),
                MappingRule::TagsTwice,
            ),
            (
                json!({"query": "a", "changed_since": "-1 day"}),
                MappingRule::QueryAndChangedSince,
            ),
            (
                json!({"file_ids": [1], "tags": ["a"]}),
                MappingRule::FileIdsNotAlone,
            ),
            (
                json!({"file_ids": [1], "query": "a"}),
                MappingRule::FileIdsNotAlone,
            ),
            (
                json!({"tags": ["a"], "overwrite": false}),
                MappingRule::OverwriteOff,
            ),
            (
                json!({"tags": ["a"], "changed_since": "whenever"}),
                MappingRule::ChangedSince("whenever".to_owned()),
            ),
        ] {
            let place = "storage.input.files[0]".to_owned();
            assert_eq!(
                parse(&mapping),
                Err(MappingError::Rule { place, rule }),
                "{mapping}"
            );
        }
    }

    #[test]
    fn what_is_of_another_kind_or_not_known_names_its_place() {
        for (mapping, error) in [
            (
                json!({"tags": ["a"], "filter_by_run_id": true}),
                "storage.input.files[0] has the option \"filter_by_run_id\", which a job does not know",
            ),
            (
                json!({"source": {"tags": [{"name": "a", "match": "maybe"}]}}),
                "storage.input.files[0].source.tags[0]: the match of a tag is \"maybe\"; it can be \"include\" or \"exclude\"",
            ),
            (
                json!({"source": {"tags": [{"match": "include"}]}}),
                "storage.input.files[0].source.tags[0].name is not a text",
            ),
            (
                json!({"source": "a"}),
                "storage.input.files[0].source is not an object",
            ),
            (
                json!({"file_ids": ["x"]}),
                "storage.input.files[0].file_ids is not a list of file ids",
            ),
            (
                json!({"tags": "a"}),
                "storage.input.files[0].tags is not a list",
            ),
        ] {
            assert_eq!(parse(&mapping).unwrap_err().to_string(), error);
        }
    }
}
