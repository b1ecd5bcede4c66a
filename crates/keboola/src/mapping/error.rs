//! What the runner refuses about a mapping, and where it stands.

use thiserror::Error;

/// A mapping that the real job would refuse, or that cannot be mirrored.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MappingError {
    /// A value of another kind than the option takes.
    #[error("{place} is not {expected}")]
    Kind {
        /// Where, for example `storage.input.tables[0].limit`.
        place: String,
        /// What it takes.
        expected: &'static str,
    },
    /// An option that the runner does not know.
    #[error("{place} has the option \"{option}\", which a job does not know")]
    UnknownOption {
        /// Where, for example `storage.input.files[0]`.
        place: String,
        /// The option's name.
        option: String,
    },
    /// Options that do not go together.
    #[error("{place}: {rule}")]
    Rule {
        /// Where.
        place: String,
        /// Which rule is broken.
        rule: MappingRule,
    },
}

/// The rules of mappings (reference §7.3).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MappingRule {
    /// An input table that names no table.
    #[error("\"source\" is missing")]
    NoSource,
    /// An input table that is found by its metadata.
    #[error("tables found by \"source_search\" are not supported in a sandbox; name the table")]
    SourceSearch,
    /// Two ways to say the same.
    #[error("\"days\" and \"changed_since\" cannot both be set")]
    DaysAndChangedSince,
    /// A filter on no column.
    #[error("\"where_column\" is empty")]
    WhereColumnEmpty,
    /// A filter without values.
    #[error("\"where_column\" is set and \"where_values\" is not")]
    WhereValuesMissing,
    /// Neither `eq` nor `ne`.
    #[error("\"where_operator\" is \"{0}\"; it can be \"eq\" or \"ne\"")]
    WhereOperator(String),
    /// `columns` and `column_types` do not list the same.
    #[error("\"columns\" and \"column_types\" differ in \"{0}\"")]
    ColumnsDiffer(String),
    /// A format that the sandbox does not get.
    #[error("\"file_type\" is \"{0}\"; only \"csv\" is supported in a sandbox")]
    FileType(String),
    /// A place outside the folder.
    #[error("\"destination\" is \"{0}\", which leaves the folder in/tables")]
    Destination(String),
    /// An input file mapping that says nothing.
    #[error("one of \"tags\", \"source.tags\", \"query\" or \"file_ids\" must be set")]
    NoFileSelector,
    /// Two ways to say the same.
    #[error("\"tags\" and \"source.tags\" cannot both be set")]
    TagsTwice,
    /// Neither `include` nor `exclude`.
    #[error("the match of a tag is \"{0}\"; it can be \"include\" or \"exclude\"")]
    TagMatch(String),
    /// A query has its own way to say it.
    #[error("\"changed_since\" cannot be set beside \"query\"")]
    QueryAndChangedSince,
    /// Ids leave nothing to search for.
    #[error("\"file_ids\" cannot be set beside other filters")]
    FileIdsNotAlone,
    /// Local files are always overwritten.
    #[error("\"overwrite\" cannot be turned off")]
    OverwriteOff,
    /// Not a time.
    #[error("\"changed_since\" is \"{0}\", which is not understood as a time")]
    ChangedSince(String),
}
