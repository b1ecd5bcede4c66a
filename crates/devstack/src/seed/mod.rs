//! The seed: what the stack holds at its start, as documented JSON. Unknown fields are refused, so
//! a misspelt one cannot pass unseen.

mod load;
mod tokens;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

pub use load::SeedError;
pub(crate) use load::{Seeded, plant};

use crate::project::CUSTOM_PYTHON;
use crate::project::token::Rights;
use crate::provider::Provider;

const BUILTIN: &str = include_str!("builtin.json");

/// A seed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seed {
    /// The host of the stack of the projects on AWS; `connection.eu-central-1.keboola.com` when
    /// absent.
    #[serde(default)]
    pub stack: Option<String>,
    /// How long an export job takes, in milliseconds; 150 when absent.
    #[serde(default)]
    pub export_delay_ms: Option<u64>,
    /// The projects. The first is the one of the announced tokens and pages.
    pub projects: Vec<ProjectSeed>,
}

/// A project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectSeed {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whose cloud its files lie in; AWS when absent. A project that is there keeps its own.
    #[serde(default)]
    pub provider: Provider,
    /// The host of its stack; the seed's, or the public one of its cloud in Europe, when absent.
    #[serde(default)]
    pub stack: Option<String>,
    /// Features that `tokens/verify` shows.
    #[serde(default)]
    pub features: Vec<String>,
    /// Development branches; production is always there.
    #[serde(default)]
    pub branches: Vec<BranchSeed>,
    /// Further tokens; `full`, `master`, `weak` and `expired` are always there.
    #[serde(default)]
    pub tokens: Vec<TokenSeed>,
    /// Tables.
    #[serde(default)]
    pub tables: Vec<TableSeed>,
    /// Files.
    #[serde(default)]
    pub files: Vec<FileSeed>,
    /// Configurations.
    #[serde(default)]
    pub configurations: Vec<ConfigurationSeed>,
}

/// A development branch.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BranchSeed {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
}

/// A token; its secret is made at the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenSeed {
    /// How the announcement names it.
    pub name: String,
    /// Its rights, named as in the API.
    #[serde(default)]
    pub rights: Rights,
    /// Seconds until it expires; never when absent, already expired for 0.
    #[serde(default)]
    pub expires_in_s: Option<u64>,
}

/// A table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableSeed {
    /// `in.c-bucket.table`.
    pub id: String,
    /// CSV file with a header row, relative to the seed file.
    #[serde(default)]
    pub csv: Option<PathBuf>,
    /// The CSV itself, instead of `csv`.
    #[serde(default)]
    pub csv_text: Option<String>,
    /// Primary key.
    #[serde(default)]
    pub primary_key: Vec<String>,
    /// Whether exports are sliced, without a header; true when absent.
    #[serde(default)]
    pub sliced: Option<bool>,
    /// Rows of a slice at most; 1000 when absent.
    #[serde(default)]
    pub slice_rows: Option<usize>,
}

/// A file of Storage.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileSeed {
    /// Its name.
    pub name: String,
    /// The bytes, from a file relative to the seed file.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// The bytes as text, instead of `path`.
    #[serde(default)]
    pub text: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Kept for ever instead of 15 days.
    #[serde(default)]
    pub permanent: bool,
}

/// A configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigurationSeed {
    /// Its id; a new ULID when absent.
    #[serde(default)]
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its description.
    #[serde(default)]
    pub description: String,
    /// How `pages` of the announcement names it; made from the name when absent.
    #[serde(default)]
    pub page: Option<String>,
    /// Its component; Custom Python when absent.
    #[serde(default = "custom_python")]
    pub component: String,
    /// A development branch; production when absent.
    #[serde(default)]
    pub branch: Option<u64>,
    /// The configuration, verbatim: order and the spelling of numbers are kept.
    pub configuration: Value,
    /// Its state.
    #[serde(default)]
    pub state: Value,
}

fn custom_python() -> String {
    CUSTOM_PYTHON.to_owned()
}

impl Seed {
    /// Reads a seed; relative paths in it start at the folder of `path`.
    ///
    /// # Errors
    /// When the file cannot be read, or is not a seed.
    pub(crate) fn read(path: &Path) -> Result<Self, SeedError> {
        let text = std::fs::read_to_string(path).map_err(|source| SeedError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut seed: Self = serde_json::from_str(&text).map_err(|source| SeedError::Format {
            path: path.to_owned(),
            source,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for project in &mut seed.projects {
            let tables = project.tables.iter_mut().filter_map(|t| t.csv.as_mut());
            let files = project.files.iter_mut().filter_map(|f| f.path.as_mut());
            for relative in tables.chain(files) {
                *relative = folder.join(&*relative);
            }
        }
        Ok(seed)
    }

    /// The small seed that is used when none is given.
    ///
    /// # Errors
    /// Never, unless the built-in seed is broken, which a test would show.
    pub(crate) fn builtin() -> Result<Self, SeedError> {
        serde_json::from_str(BUILTIN).map_err(|source| SeedError::Format {
            path: PathBuf::from("(built in)"),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_seed_is_a_seed() {
        let seed = Seed::builtin().unwrap();
        let providers: Vec<Provider> = seed.projects.iter().map(|p| p.provider).collect();
        assert_eq!(providers, [Provider::Aws, Provider::Azure, Provider::Gcp]);
        assert!(seed.projects[0].configurations.len() >= 6);
    }

    #[test]
    fn an_unknown_field_is_refused_by_name() {
        let text = r#"{"projects":[{"id":1,"name":"a","table":[]}]}"#;
        let error = serde_json::from_str::<Seed>(text).unwrap_err().to_string();
        assert!(error.contains("unknown field `table`"), "{error}");
    }
}
