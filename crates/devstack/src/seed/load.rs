//! From a seed to projects.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::tokens::{self, Planted};
use super::{BranchSeed, ConfigurationSeed, FileSeed, ProjectSeed, Seed, TableSeed};
use crate::file_storage::StoreError;
use crate::project::configuration::{Configuration, Place};
use crate::project::file::StoredFile;
use crate::project::table::{ExportLayout, Table, TableError};
use crate::project::version::Content;
use crate::project::{Branch, Project};
use crate::provider::Provider;
use crate::sync::lock;
use crate::world::World;
use crate::{moment, random};

/// Rows of a slice when a seed does not say.
const SLICE_ROWS: usize = 1000;

/// What the versions of a seeded configuration say, all with the same content.
const SEEDED_CHANGES: [&str; 3] = ["Configuration created", "Update code", "Update parameters"];

/// Why a seed cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a seed.
    #[error("{path} is not a seed: {source}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// No project, so no page and no token.
    #[error("a seed needs at least one project")]
    Empty,
    /// Both or none of two ways to give content.
    #[error("{what} needs exactly one of {ways}")]
    Content {
        /// The table or file.
        what: String,
        /// The two fields.
        ways: &'static str,
    },
    /// A branch that the project does not have.
    #[error("the configuration \"{name}\" is in branch {branch}, which the project does not have")]
    Branch {
        /// The configuration.
        name: String,
        /// The branch.
        branch: u64,
    },
    /// A table that is none.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The object store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the announcement needs to know of a planted project.
#[derive(Debug, Clone)]
pub(crate) struct Seeded {
    pub(crate) project: u64,
    pub(crate) provider: Provider,
    pub(crate) stack: String,
    pub(crate) tokens: Planted,
    /// Secrets of the tokens that the seed names.
    pub(crate) more_tokens: BTreeMap<String, String>,
    /// Page URLs by name.
    pub(crate) pages: BTreeMap<String, String>,
    /// The page of its first configuration.
    pub(crate) page: Option<String>,
}

/// Puts `seed` into `world`; a project that is already there gains what the seed adds.
pub(crate) async fn plant(world: &World, seed: Seed) -> Result<Vec<Seeded>, SeedError> {
    if let Some(delay) = seed.export_delay_ms {
        world.set_export_delay(Duration::from_millis(delay));
    }
    let mut planted = Vec::new();
    for project in seed.projects {
        planted.push(plant_project(world, seed.stack.as_deref(), project).await?);
    }
    if planted.is_empty() {
        return Err(SeedError::Empty);
    }
    Ok(planted)
}

/// The cloud and the stack of a project: its own, or those that it was seeded with before.
fn home(world: &World, stack: Option<&str>, seed: &ProjectSeed) -> (Provider, String) {
    let projects = lock(&world.projects);
    if let Some(known) = projects.iter().find(|project| project.id == seed.id) {
        return (known.provider, known.stack.clone());
    }
    let stack = match seed.provider {
        Provider::Aws => stack,
        // The stack of the seed is the first project's; other clouds have their own.
        Provider::Azure | Provider::Gcp => None,
    };
    let stack = seed.stack.as_deref().or(stack);
    let stack = stack.unwrap_or_else(|| seed.provider.stack());
    (seed.provider, stack.to_owned())
}

async fn plant_project(
    world: &World,
    stack: Option<&str>,
    seed: ProjectSeed,
) -> Result<Seeded, SeedError> {
    let (provider, stack) = home(world, stack, &seed);
    // Everything that can fail comes before the first change.
    let tables: Vec<Table> = seed
        .tables
        .into_iter()
        .map(table)
        .collect::<Result<_, _>>()?;
    let mut files = Vec::new();
    for file in seed.files {
        files.push(stored(world, provider, seed.id, file).await?);
    }
    check_branches(world, &seed.branches, seed.id, &seed.configurations)?;
    let mut projects = lock(&world.projects);
    let known = projects.iter().position(|project| project.id == seed.id);
    let at = match known {
        Some(at) => at,
        None => {
            let (tokens, _) = tokens::standard(world, seed.id);
            projects.push(Project {
                id: seed.id,
                name: seed.name,
                provider,
                stack: stack.clone(),
                features: seed.features,
                created: moment::now(),
                branches: vec![production(world)],
                tokens,
                configurations: Vec::new(),
                buckets: Vec::new(),
                tables: Vec::new(),
                files: Vec::new(),
                jobs: Vec::new(),
                queue_jobs: Vec::new(),
                events: Vec::new(),
            });
            projects.len() - 1
        }
    };
    let project = projects.get_mut(at).ok_or(SeedError::Empty)?;
    for branch in seed.branches {
        let created = moment::now();
        project.branches.push(Branch {
            id: branch.id,
            name: branch.name,
            is_default: false,
            created,
        });
    }
    let mut pages = BTreeMap::new();
    let mut first = None;
    for configuration in seed.configurations {
        let (page, url, configuration) = configured(project, &stack, configuration);
        first.get_or_insert_with(|| url.clone());
        pages.entry(page).or_insert(url);
        project.configurations.retain(|own| {
            own.id != configuration.id
                || own.component != configuration.component
                || own.branch != configuration.branch
        });
        project.configurations.push(configuration);
    }
    let root = format!("https://{stack}/admin/projects/{}", project.id);
    pages.insert(
        "configurations".to_owned(),
        format!("{root}/components/configurations"),
    );
    for table in tables {
        project.keep_table(table);
    }
    project.files.extend(files);
    let mut more_tokens = BTreeMap::new();
    for token in seed.tokens {
        let token = tokens::seeded(world, project.id, token);
        more_tokens.insert(token.name.clone(), token.secret.clone());
        project.tokens.push(token);
    }
    Ok(Seeded {
        project: project.id,
        provider,
        tokens: standard_of(project),
        more_tokens,
        pages,
        page: first,
        stack,
    })
}

/// Every branch that a configuration names must be there, or be seeded with it.
fn check_branches(
    world: &World,
    seeded: &[BranchSeed],
    project: u64,
    configurations: &[ConfigurationSeed],
) -> Result<(), SeedError> {
    let projects = lock(&world.projects);
    let known = projects.iter().find(|p| p.id == project);
    let is_there = |id: u64| {
        seeded.iter().any(|branch| branch.id == id)
            || known.is_some_and(|project| project.branches.iter().any(|branch| branch.id == id))
    };
    let lost = configurations
        .iter()
        .find_map(|c| c.branch.filter(|id| !is_there(*id)).map(|id| (c, id)));
    match lost {
        None => Ok(()),
        Some((configuration, branch)) => Err(SeedError::Branch {
            name: configuration.name.clone(),
            branch,
        }),
    }
}

fn standard_of(project: &Project) -> Planted {
    let secret = |name: &str| {
        let found = project.tokens.iter().find(|token| token.name == name);
        found.map(|token| token.secret.clone()).unwrap_or_default()
    };
    Planted {
        full: secret("full"),
        master: secret("master"),
        weak: secret("weak"),
        expired: secret("expired"),
    }
}

fn production(world: &World) -> Branch {
    Branch {
        id: world.next_id(),
        name: "Main".to_owned(),
        is_default: true,
        created: moment::now(),
    }
}

fn table(seed: TableSeed) -> Result<Table, SeedError> {
    let csv = content(
        &format!("the table {}", seed.id),
        "csv, csv_text",
        seed.csv,
        seed.csv_text,
    )?;
    let layout = match seed.sliced {
        Some(false) => ExportLayout::Whole,
        Some(true) | None => ExportLayout::Sliced {
            rows: seed.slice_rows.unwrap_or(SLICE_ROWS),
        },
    };
    Ok(Table::from_csv(&seed.id, &csv, seed.primary_key, layout)?)
}

async fn stored(
    world: &World,
    provider: Provider,
    project: u64,
    seed: FileSeed,
) -> Result<StoredFile, SeedError> {
    let bytes = content(
        &format!("the file {}", seed.name),
        "path, text",
        seed.path,
        seed.text,
    )?;
    let id = world.next_id();
    let storage = world.files(provider);
    let key = storage.key(project, id, &seed.name, seed.permanent);
    let size = bytes.len() as u64;
    storage.open(&key).await?;
    storage.put(&key, bytes).await?;
    Ok(StoredFile {
        id,
        name: seed.name,
        provider,
        key,
        created: moment::now(),
        is_sliced: false,
        is_encrypted: true,
        is_permanent: seed.permanent,
        is_public: false,
        size_bytes: Some(size),
        tags: seed.tags,
        run_id: None,
        creator: 1,
        creator_token: developer(),
    })
}

/// `creatorToken` of all that is seeded.
fn developer() -> Value {
    json!({"id": 1, "description": "developer@devstack.test"})
}

fn content(
    what: &str,
    ways: &'static str,
    path: Option<PathBuf>,
    text: Option<String>,
) -> Result<Vec<u8>, SeedError> {
    match (path, text) {
        (Some(path), None) => {
            std::fs::read(&path).map_err(|source| SeedError::Read { path, source })
        }
        (None, Some(text)) => Ok(text.into_bytes()),
        _ => Err(SeedError::Content {
            what: what.to_owned(),
            ways,
        }),
    }
}

fn configured(
    project: &Project,
    stack: &str,
    seed: ConfigurationSeed,
) -> (String, String, Configuration) {
    let branch = seed.branch.unwrap_or_else(|| project.default_branch());
    let id = seed.id.unwrap_or_else(random::ulid);
    let segment = seed
        .branch
        .map(|id| format!("/branch/{id}"))
        .unwrap_or_default();
    let url = format!(
        "https://{stack}/admin/projects/{}{segment}/components/{}/{id}",
        project.id, seed.component
    );
    let page = seed.page.unwrap_or_else(|| slug(&seed.name));
    let place = Place {
        branch,
        component: seed.component,
        id,
    };
    let content = Content {
        name: seed.name,
        description: seed.description,
        configuration: seed.configuration,
        is_disabled: false,
        is_deleted: false,
    };
    let [first, rest @ ..] = SEEDED_CHANGES;
    let mut configuration =
        Configuration::new(place, content.clone(), first.to_owned(), developer());
    for change in rest {
        configuration.change(content.clone(), change.to_owned(), developer());
    }
    if !seed.state.is_null() {
        configuration.state = seed.state;
    }
    (page, url, configuration)
}

/// `Airports per state` → `airports_per_state`.
fn slug(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}
