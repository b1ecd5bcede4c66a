//! What a job leaves (reference/keboola.md section 7.3): tables, files, state.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::data::text;
use super::{Failure, Work, archive};
use crate::moment;
use crate::project::Project;
use crate::project::csv_file::{CsvFile, CsvFormat, Heading};
use crate::project::load::LoadKind;
use crate::project::table::Table;

const FORMAT: CsvFormat = CsvFormat {
    delimiter: b',',
    enclosure: Some(b'"'),
};

/// The name of an output, and what is said of it.
type Output = (String, Map<String, Value>);

/// Stores all of it; the entries of `result.output.tables`.
pub(super) async fn store(work: &Work<'_>, folder: &Path) -> Result<Vec<Value>, Failure> {
    let mut tables = Vec::new();
    let found = outputs(
        folder,
        "tables",
        work.mapping("output", "tables"),
        "Table sources not found: ",
    )?;
    for (name, settings) in found {
        tables.push(table(work, folder, &name, &settings)?);
    }
    let found = outputs(
        folder,
        "files",
        work.mapping("output", "files"),
        "File not found: ",
    )?;
    for (name, settings) in found {
        let bytes = fs::read(folder.join("out/files").join(&name))?;
        let tags = settings.get("tags").and_then(Value::as_array);
        let texts = tags.into_iter().flatten().filter_map(Value::as_str);
        let mut tags: Vec<String> = texts.map(str::to_owned).collect();
        tags.push(format!("componentId: {}", work.place.component));
        tags.push(format!("configurationId: {}", work.place.id));
        tags.push(format!("runId: {}", work.task.id));
        let permanent = settings.get("is_permanent") == Some(&json!(true));
        archive::keep(work, &name, bytes, tags, permanent).await?;
    }
    state(work, folder)?;
    Ok(tables)
}

/// Every output of a kind with its settings: those of the manifest, over which those of the mapping go.
fn outputs(
    folder: &Path,
    kind: &str,
    mappings: &[Value],
    missing: &str,
) -> Result<Vec<Output>, Failure> {
    let own = folder.join("out").join(kind);
    let mut names = Vec::new();
    for entry in fs::read_dir(&own)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            let text = format!("The dev stack does not store the folder out/{kind}/{name}.");
            return Err(Failure::User(text));
        }
        names.push(name);
    }
    names.sort();
    if let Some(mapping) = mappings
        .iter()
        .find(|it| !names.iter().any(|name| text(it, "source") == Some(name)))
    {
        let name = text(mapping, "source").unwrap_or_default();
        return Err(Failure::User(format!("{missing}\"{name}\"")));
    }
    let mut found = Vec::new();
    for name in names.iter().filter(|name| !name.ends_with(".manifest")) {
        let manifest = fs::read_to_string(own.join(format!("{name}.manifest")));
        let mut settings: Map<String, Value> = match manifest {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|error| Failure::User(format!("The manifest of {name}: {error}")))?,
            Err(_) => Map::new(),
        };
        let mapping = mappings.iter().find(|it| text(it, "source") == Some(name));
        if let Some(mapping) = mapping.and_then(Value::as_object) {
            if kind == "files" {
                settings.clear();
            }
            settings.extend(mapping.clone());
        }
        found.push((name.clone(), settings));
    }
    let orphan = names.iter().find(|name| {
        let of = name.strip_suffix(".manifest");
        of.is_some_and(|of| !names.iter().any(|it| it == of))
    });
    match orphan {
        None => Ok(found),
        Some(name) => Err(Failure::User(format!(
            "Found orphaned {kind} manifest: \"{name}\""
        ))),
    }
}

fn table(
    work: &Work<'_>,
    folder: &Path,
    name: &str,
    settings: &Map<String, Value>,
) -> Result<Value, Failure> {
    let id = destination(work, name, settings);
    let refused = |why: String| Failure::User(format!("Failed to load table \"{id}\": {why}"));
    let texts = |name: &str| -> Vec<String> {
        let list = settings.get(name).and_then(Value::as_array);
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let heading = match texts("columns") {
        columns if columns.is_empty() => Heading::FirstLine,
        columns => Heading::Named(columns),
    };
    let bytes = fs::read(folder.join("out/tables").join(name))?;
    let file =
        CsvFile::read(&[bytes], FORMAT, &heading, &[]).map_err(|it| refused(it.to_string()))?;
    let kind = match settings.get("incremental") {
        Some(Value::Bool(true)) => LoadKind::Incremental,
        _ => LoadKind::Full,
    };
    let loaded = work.caller.storage.with(work.world, |project| {
        Ok(load(project, &id, texts("primary_key"), file, kind))
    });
    let columns = loaded
        .map_err(|error| refused(error.into_parts().1))?
        .map_err(refused)?;
    let columns: Vec<Value> = columns.iter().map(|name| json!({"name": name})).collect();
    let name = id.rsplit('.').next();
    Ok(json!({"id": id, "name": name, "displayName": name, "columns": columns}))
}

/// Loads the file into the table, which is made when it is not there; its columns.
fn load(
    project: &mut Project,
    id: &str,
    primary_key: Vec<String>,
    file: CsvFile,
    kind: LoadKind,
) -> Result<Vec<String>, String> {
    let now = moment::now();
    if let Some(own) = project.tables.iter_mut().find(|table| table.id == id) {
        let loaded = own.load(file, FORMAT, kind, now);
        return loaded
            .map(|()| own.columns.clone())
            .map_err(|it| it.to_string());
    }
    let made = Table::of_file(id.to_owned(), primary_key, file, FORMAT, now);
    let made = made.map_err(|it| it.to_string())?;
    let columns = made.columns.clone();
    project.keep_table(made);
    Ok(columns)
}

/// The mapping's or the manifest's destination, or the file's name in the default bucket.
fn destination(work: &Work<'_>, name: &str, settings: &Map<String, Value>) -> String {
    let settings = Value::Object(settings.clone());
    let told = text(&settings, "destination");
    let name = told.unwrap_or_else(|| name.strip_suffix(".csv").unwrap_or(name));
    if matches!(
        name.split('.').collect::<Vec<_>>().as_slice(),
        ["in" | "out", _, _]
    ) {
        return name.to_owned();
    }
    let storage = work
        .configuration
        .get("storage")
        .and_then(|it| it.get("output"));
    let bucket = storage.and_then(|it| text(it, "default_bucket"));
    match bucket {
        Some(bucket) => format!("{bucket}.{name}"),
        None => {
            let component = work.place.component.replace('.', "-");
            format!("in.c-{component}-{}.{name}", work.place.id)
        }
    }
}

fn state(work: &Work<'_>, folder: &Path) -> Result<(), Failure> {
    let Ok(text) = fs::read_to_string(folder.join("out/state.json")) else {
        return Ok(());
    };
    let state: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::User(format!("out/state.json is not JSON: {error}")))?;
    let kept = work.caller.storage.with(work.world, |project| {
        if let Some(own) = project.configuration_to_change(&work.place) {
            let mut all = own.state.as_object().cloned().unwrap_or_default();
            all.insert("component".to_owned(), state);
            own.state = Value::Object(all);
        }
        Ok(())
    });
    kept.map_err(|error| Failure::Broken(error.into_parts().1))
}
