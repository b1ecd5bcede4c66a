//! Planning a run: the configuration as it is saved now, with the edits on it that are not saved when
//! these are wanted, turned into what the runner needs.
//!
//! Everything that the real job would refuse is refused here, before a sandbox costs anything.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::try_join_all;
use futures::try_join;
use keboola::component::{self, RunContext};
use keboola::page::CUSTOM_PYTHON;
use keboola::{Configuration, ConfigurationError, CustomPython, KeboolaError, Source, Storage};
use messages::engine::RunOf;
use messages::worker::{PlanRun, PlannedRun, Secret};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use serde_json::{Value, json};
use wasm_bindgen_futures::spawn_local;
use webext::clock;
use webext::fetch::Fetch;

use crate::configuration::draft;
use crate::configuration::lay_over::lay_over;
use crate::jobs::replay;
use crate::keboola_problem::problem;
use crate::plan_table::plan_table;
use crate::run_facts::{self, Facts, Tables};
use crate::{cloud_hosts, context, secrets, settings, storage_token};

/// The one environment that the runner makes so far.
const BASE: &str = "base";

/// Plans a run.
pub(crate) async fn plan(call: &PlanRun) -> Result<PlannedRun, Problem> {
    let url = &call.configuration;
    let token = storage_token::load(url).await?;
    let storage = Storage::new(&Fetch, &url.stack, url.branch.as_deref(), &token);
    let (mut configuration, facts, mut tables, settings, attached) = try_join!(
        read_configuration(&storage, url),
        run_facts::facts(&storage, url, &token),
        async { Ok(Tables::of_last_run(&storage, url).await) },
        settings::of(url),
        settings::attached(url),
    )?;
    remember(url, &configuration);
    let mut archive = None;
    match &call.of {
        RunOf::Saved => {}
        RunOf::Unsaved => lay_over(&mut configuration, draft::of_run(url, &call.run).await?)?,
        RunOf::DebugJob(job) => {
            let replay = replay::of(url, &token, job).await?;
            configuration = replay.configuration;
            archive = Some(replay.archive);
        }
    }
    let python = CustomPython::parse(&configuration).map_err(|error| refused(&error))?;
    let Source::Code { code, packages } = &python.source else {
        return Err(ProblemCode::GitSource.into());
    };
    if python.venv != BASE {
        return Err(Problem::with(
            ProblemCode::VenvUnsupported,
            format!("venv: {}", python.venv),
        ));
    }
    let (user_properties, mask) = with_secrets(url, &python).await?;
    if archive.is_none() && !python.mapping.input_tables.is_empty() {
        // The list of an export's slices is read from there.
        cloud_hosts::check(facts.token.file_storage_provider.as_deref()).await?;
    }
    let inputs = match archive {
        None => python.mapping.input_tables.as_slice(),
        Some(_) => &[],
    };
    let named: Vec<&str> = inputs.iter().map(|input| input.source.as_str()).collect();
    let ((), files) = try_join!(
        async {
            tables.complete(&storage, url, &named).await;
            Ok(())
        },
        async {
            match archive {
                None => input_files(&storage, &python, attached).await,
                Some(_) => Ok(Vec::new()),
            }
        }
    )?;
    let tables = inputs
        .iter()
        .map(|input| plan_table(url, input, &tables))
        .collect::<Result<_, _>>()?;
    Ok(PlannedRun {
        name: configuration.name.clone(),
        version: configuration.version,
        code: code.clone(),
        venv: python.venv.clone(),
        packages: component::packages(packages),
        config_json: component::config_json(&configuration.raw, &user_properties),
        state_json: state_json(&configuration),
        environment: environment(call, &configuration, &python, &facts, &settings.environment),
        mask,
        tables,
        files,
        archive,
        settings,
        output_mapping: output_mapping(&configuration),
    })
}

async fn read_configuration(
    storage: &Storage<'_, Fetch>,
    url: &ConfigurationUrl,
) -> Result<Configuration, Problem> {
    storage
        .read_configuration(CUSTOM_PYTHON, &url.configuration)
        .await
        .map_err(|error| match error {
            KeboolaError::NotFound { message, .. } => {
                Problem::with(ProblemCode::ConfigurationMissing, message)
            }
            other => problem(other, "read the configuration"),
        })
}

/// Remembers the name for popup and panel, beside the run: it need not wait for that.
fn remember(url: &ConfigurationUrl, read: &Configuration) {
    let (url, name, version) = (url.clone(), read.name.clone(), read.version);
    spawn_local(async move { context::remember(&url, &name, version).await });
}

fn refused(error: &ConfigurationError) -> Problem {
    let code = match error {
        ConfigurationError::NoCode => return ProblemCode::NoCode.into(),
        ConfigurationError::UserPropertiesNotObject => ProblemCode::UserPropertiesInvalid,
        ConfigurationError::UnknownSource(_)
        | ConfigurationError::Kind { .. }
        | ConfigurationError::Mapping(_) => ProblemCode::MappingInvalid,
    };
    Problem::with(code, error.to_string())
}

/// The user parameters with the entered secrets in them, and what to mask in the log.
async fn with_secrets(
    url: &ConfigurationUrl,
    python: &CustomPython,
) -> Result<(serde_json::Map<String, Value>, Vec<Secret>), Problem> {
    let mut parameters = Value::Object(python.user_properties.clone());
    let entered = secrets::for_run(url, component::encrypted_paths(&parameters)).await?;
    let mut mask = component::plain_secrets(&parameters);
    mask.extend(entered.values().flatten().cloned());
    let open = component::fill_secrets(&mut parameters, &entered);
    match parameters {
        Value::Object(map) if open.is_empty() => Ok((map, mask.into_iter().map(Secret).collect())),
        _ => Err(Problem::with(ProblemCode::SecretsNeeded, open.join(", "))),
    }
}

/// Ids of the mapped files, then of those attached in the panel; each once.
async fn input_files(
    storage: &Storage<'_, Fetch>,
    python: &CustomPython,
    attached: Vec<u64>,
) -> Result<Vec<u64>, Problem> {
    let now = Duration::from_millis(clock::unix_ms());
    let found = try_join_all(python.mapping.input_files.iter().map(|input| async move {
        let files = storage
            .list_files(&input.query(now))
            .await
            .map_err(|error| problem(error, "search the input files"))?;
        Ok::<_, Problem>(
            files
                .into_iter()
                .filter(|file| input.fits(file))
                .map(|file| file.id),
        )
    }));
    let mut ids: Vec<u64> = found.await?.into_iter().flatten().collect();
    ids.extend(attached);
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(*id));
    Ok(ids)
}

fn environment(
    call: &PlanRun,
    configuration: &Configuration,
    python: &CustomPython,
    facts: &Facts,
    own: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut variables = component::environment(&RunContext {
        run: &call.run,
        stack: &call.configuration.stack,
        branch: call.configuration.branch.as_deref(),
        component: CUSTOM_PYTHON,
        flags: &facts.flags,
        configuration,
        data_type_support: python.mapping.data_type_support.as_deref(),
        token: &facts.token,
    });
    variables.extend(own.clone());
    variables
}

/// `in/state.json` gets the component's part of the state (reference keboola §8.4).
fn state_json(configuration: &Configuration) -> String {
    match configuration.state.get("component") {
        Some(state @ Value::Object(_)) => state.to_string(),
        _ => "{}".to_owned(),
    }
}

fn output_mapping(configuration: &Configuration) -> String {
    let output = configuration
        .raw
        .get("storage")
        .and_then(|storage| storage.get("output"));
    let list = |name| {
        output
            .and_then(|output| output.get(name))
            .cloned()
            .unwrap_or(json!([]))
    };
    json!({ "tables": list("tables"), "files": list("files") }).to_string()
}
