//! The storage mapping of a configuration: what a run gets, and what it gives back
//! (reference §7.3).
//!
//! Read as strictly as the job runner reads it, so that a mapping that runs here runs there.

mod error;
mod file_input;
mod options;
mod output;
mod since;
mod state;
mod table_input;

use serde_json::{Map, Value};

pub use error::{MappingError, MappingRule};
pub use file_input::{FileInput, FileSelector, FileTag};
pub use output::{FileOutput, TableOutput};
pub use table_input::TableInput;

use options::Options;
use state::InputState;

/// The whole mapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The input tables.
    pub input_tables: Vec<TableInput>,
    /// The input files.
    pub input_files: Vec<FileInput>,
    /// The output tables.
    pub output_tables: Vec<TableOutput>,
    /// The output files.
    pub output_files: Vec<FileOutput>,
    /// Bucket of the output tables that no mapping and no manifest gives a place.
    pub default_bucket: Option<String>,
    /// `authoritative`, `hints` or `none`, when the configuration overrides the component.
    pub data_type_support: Option<String>,
}

impl Mapping {
    /// Reads `storage` of a configuration and the state that earlier jobs left.
    ///
    /// # Errors
    /// For what a job would refuse too, with its place.
    pub fn parse(
        storage: Option<&Value>,
        state: &Map<String, Value>,
    ) -> Result<Self, MappingError> {
        let state = InputState::of(state);
        let storage = section(storage, "storage")?;
        let input = section(storage.value("input"), "storage.input")?;
        let output = section(storage.value("output"), "storage.output")?;
        Ok(Self {
            input_tables: each(&input, "tables", |value, place| {
                TableInput::parse(value, place, &state)
            })?,
            input_files: each(&input, "files", |value, place| {
                FileInput::parse(value, place, &state)
            })?,
            output_tables: each(&output, "tables", TableOutput::parse)?,
            output_files: each(&output, "files", FileOutput::parse)?,
            default_bucket: output.text("default_bucket")?,
            data_type_support: output.text("data_type_support")?,
        })
    }
}

/// A part of the mapping. Sections of other stagings stand beside those read here, so any name is
/// known; a missing section and the `[]` of an empty one are an empty object.
fn section<'a>(value: Option<&'a Value>, place: &str) -> Result<Options<'a>, MappingError> {
    match value {
        None | Some(Value::Null) => Ok(Options::empty(place)),
        Some(Value::Array(list)) if list.is_empty() => Ok(Options::empty(place)),
        Some(value) => Options::read_any(value, place.to_owned()),
    }
}

/// Each mapping of a list, with its place.
fn each<T>(
    section: &Options<'_>,
    name: &str,
    parse: impl Fn(&Value, String) -> Result<T, MappingError>,
) -> Result<Vec<T>, MappingError> {
    section
        .list(name)?
        .iter()
        .enumerate()
        .map(|(index, value)| parse(value, format!("{}.{name}[{index}]", section.place())))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(storage: &Value) -> Result<Mapping, MappingError> {
        Mapping::parse(Some(storage), &Map::new())
    }

    #[test]
    fn the_whole_mapping_of_a_configuration() {
        let mapping = parse(&json!({
            "input": {
                "tables": [{"source": "in.c-main.zoo", "destination": "zoo.csv", "where_operator": "eq"}],
                "files": [{"tags": ["zoo"]}],
                "read_only_storage_access": false,
            },
            "output": {
                "tables": [{
                    "source": "result.csv", "destination": "out.c-main.result",
                    "incremental": true, "primary_key": ["id"], "delete_where_operator": "eq",
                }],
                "files": [{"source": "report.pdf", "tags": ["report"], "is_permanent": true}],
                "default_bucket": "out.c-main",
                "data_type_support": "hints",
            },
        }))
        .unwrap();
        assert_eq!(mapping.input_tables[0].path(), "in/tables/zoo.csv");
        assert_eq!(mapping.input_files.len(), 1);
        assert_eq!(
            mapping.output_tables,
            [TableOutput {
                source: "result.csv".to_owned(),
                destination: Some("out.c-main.result".to_owned()),
                incremental: true,
                primary_key: vec!["id".to_owned()],
                columns: Vec::new(),
                write_always: false,
            }]
        );
        assert_eq!(
            mapping.output_files,
            [FileOutput {
                source: "report.pdf".to_owned(),
                tags: vec!["report".to_owned()],
                is_permanent: true,
            }]
        );
        assert_eq!(mapping.default_bucket.as_deref(), Some("out.c-main"));
        assert_eq!(mapping.data_type_support.as_deref(), Some("hints"));
    }

    #[test]
    fn nothing_in_every_spelling() {
        for storage in [
            json!([]),
            json!({}),
            json!(null),
            json!({"input": [], "output": {}}),
            json!({"input": null, "output": {"tables": [], "files": {}}}),
        ] {
            assert_eq!(parse(&storage), Ok(Mapping::default()), "{storage}");
        }
        assert_eq!(Mapping::parse(None, &Map::new()), Ok(Mapping::default()));
    }

    #[test]
    fn a_mistake_names_its_place() {
        for (storage, error) in [
            (json!("x"), "storage is not an object"),
            (json!([1]), "storage is not an object"),
            (json!({"input": "x"}), "storage.input is not an object"),
            (
                json!({"input": {"tables": {"a": 1}}}),
                "storage.input.tables is not a list",
            ),
            (
                json!({"input": {"tables": [{"source": "a"}, {}]}}),
                "storage.input.tables[1]: \"source\" is missing",
            ),
            (
                json!({"output": {"tables": [{"destination": "out.c-a.b"}]}}),
                "storage.output.tables[0].source is not a text",
            ),
            (
                json!({"output": {"tables": [{"source": "a", "incremental": "yes"}]}}),
                "storage.output.tables[0].incremental is not true or false",
            ),
            (
                json!({"output": {"files": [{"source": "a", "tag": "b"}]}}),
                "storage.output.files[0] has the option \"tag\", which a job does not know",
            ),
        ] {
            assert_eq!(parse(&storage).unwrap_err().to_string(), error);
        }
    }
}
