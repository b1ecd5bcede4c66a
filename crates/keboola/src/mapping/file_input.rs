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
    let Some(source) = options.value("source") else {
        let include = |name| FileTag {
            name,
            exclude: false,
        };
        return Ok(plain.into_iter().map(include).collect());
    };
    if source.as_array().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let source = Options::read(source, format!("{}.source", options.place()), &["tags"])?;
    let list = source.list("tags")?;
    if !plain.is_empty() && !list.is_empty() {
        return Err(MappingError::Rule {
            place: options.place().to_owned(),
            rule: MappingRule::TagsTwice,
        });
    }
    if list.is_empty() {
        return Ok(plain
            .into_iter()
            .map(|name| FileTag {
                name,
                exclude: false,
            })
            .collect());
    }
    list.iter()
        .enumerate()
        .map(|(index, value)| source_tag(value, format!("{}.tags[{index}]", source.place())))
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
