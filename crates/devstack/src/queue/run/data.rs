//! The data folder (reference/keboola.md section 8.3): inputs, `config.json`, `in/state.json`.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::secrets::Secrets;
use super::{Failure, Work};
use crate::moment;
use crate::project::file::StoredFile;
use crate::project::table::Table;
use crate::storage::{FileQuery, MappedTable, mapped_table};

const FOLDERS: [&str; 5] = [
    "in/tables",
    "in/files",
    "in/user",
    "out/tables",
    "out/files",
];

/// Files that a mapping takes at the most.
const MOST_FILES: usize = 100;

/// What was laid out.
#[derive(Debug)]
pub(super) struct Layout {
    /// The entries of `result.input.tables`.
    pub(super) tables: Vec<Value>,
}

/// Lays it out as it is before the component begins: `parameters` are still the whole ones.
pub(super) async fn lay_out(
    work: &Work<'_>,
    folder: &Path,
    secrets: &Secrets,
) -> Result<Layout, Failure> {
    for name in FOLDERS {
        fs::create_dir_all(folder.join(name))?;
    }
    write_config(work, folder, &secrets.clear)?;
    let state = work.state.get("component").filter(|it| it.is_object());
    let state = state.cloned().unwrap_or_else(|| json!({}));
    fs::write(folder.join("in/state.json"), state.to_string())?;
    let mut tables = Vec::new();
    for mapping in work.mapping("input", "tables") {
        tables.push(table(work, folder, mapping)?);
    }
    for mapping in work.mapping("input", "files") {
        files(work, folder, mapping).await?;
    }
    Ok(Layout { tables })
}

/// What the component does at its start (section 8.2): the script beside the data, and its parameters
/// alone in `config.json`.
pub(super) fn become_script(
    work: &Work<'_>,
    folder: &Path,
    secrets: &Secrets,
) -> Result<(), Failure> {
    let parameters = &secrets.clear;
    if parameters
        .get("source")
        .and_then(Value::as_str)
        .unwrap_or("code")
        != "code"
    {
        return Err(Failure::User(
            "The dev stack has no git: only code from the configuration runs.".to_owned(),
        ));
    }
    let code = parameters
        .get("code")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if code.trim().is_empty() {
        return Err(Failure::User("The configuration has no code.".to_owned()));
    }
    fs::write(folder.join("script.py"), code)?;
    let properties = match parameters.get("user_properties") {
        Some(Value::Array(list)) if list.is_empty() => json!({}),
        None | Some(Value::Null) => json!({}),
        Some(properties @ Value::Object(_)) => properties.clone(),
        Some(_) => {
            return Err(Failure::User(
                "user_properties must be an object.".to_owned(),
            ));
        }
    };
    write_config(work, folder, &properties)
}

fn write_config(work: &Work<'_>, folder: &Path, parameters: &Value) -> Result<(), Failure> {
    let text = config(work, parameters).to_string();
    Ok(fs::write(folder.join("config.json"), text)?)
}

/// `config.json` with these parameters: without what is for the runner alone.
pub(super) fn config(work: &Work<'_>, parameters: &Value) -> Value {
    let mut config: Map<String, Value> =
        work.configuration.as_object().cloned().unwrap_or_default();
    config.remove("runtime");
    config.remove("processors");
    let parameters = match parameters {
        Value::Array(_) | Value::Null => json!({}),
        other => other.clone(),
    };
    config.insert("parameters".to_owned(), parameters);
    config.insert("image_parameters".to_owned(), json!({}));
    config.insert("action".to_owned(), json!("run"));
    Value::Object(config)
}

fn table(work: &Work<'_>, folder: &Path, mapping: &Value) -> Result<Value, Failure> {
    let source = text(mapping, "source").unwrap_or_default();
    let read = work.caller.storage.with(work.world, |project| {
        let Some(table) = project.table(source) else {
            return Ok(None);
        };
        Ok(Some((mapped_table(table, mapping)?, manifest(table))))
    });
    let (read, manifest) = match read {
        Ok(Some(found)) => found,
        Ok(None) => {
            let text = format!("The table \"{source}\" was not found in the project.");
            return Err(Failure::User(text));
        }
        Err(error) => return Err(Failure::User(error.into_parts().1)),
    };
    let name = text(mapping, "destination").unwrap_or(source);
    let path = folder.join("in/tables").join(name);
    write_csv(&path, &read)?;
    fs::write(
        folder.join(format!("in/tables/{name}.manifest")),
        manifest.to_string(),
    )?;
    let columns: Vec<Value> = read
        .columns
        .iter()
        .map(|name| json!({"name": name}))
        .collect();
    Ok(json!({
        "id": source, "name": source.rsplit('.').next(), "displayName": source.rsplit('.').next(),
        "columns": columns,
    }))
}

fn manifest(table: &Table) -> Value {
    let changed = moment::php(table.changed);
    json!({
        "id": table.id, "uri": "", "name": table.name(), "primary_key": table.primary_key,
        "distribution_key": [], "created": moment::php(table.created), "last_change_date": changed,
        "last_import_date": changed, "columns": table.columns, "metadata": [], "column_metadata": {},
    })
}

fn write_csv(path: &Path, table: &MappedTable) -> Result<(), Failure> {
    let broken = |error: csv::Error| Failure::Broken(error.to_string());
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_path(path)
        .map_err(broken)?;
    writer.write_record(&table.columns).map_err(broken)?;
    for row in &table.rows {
        writer.write_record(row).map_err(broken)?;
    }
    Ok(writer.flush()?)
}

async fn files(work: &Work<'_>, folder: &Path, mapping: &Value) -> Result<(), Failure> {
    let found = work.caller.storage.with(work.world, |project| {
        let query = FileQuery::parse(&query(mapping))?;
        let ids = mapping.get("file_ids").and_then(Value::as_array);
        let is_wanted = |file: &&StoredFile| match ids {
            Some(ids) if !ids.is_empty() => ids.iter().any(|id| id.as_u64() == Some(file.id)),
            _ => query.matches(file),
        };
        let newest = project.files.iter().rev().filter(is_wanted);
        Ok(newest.take(MOST_FILES).cloned().collect::<Vec<_>>())
    });
    for file in found.map_err(|error| Failure::User(error.into_parts().1))? {
        if file.is_sliced {
            let text = format!(
                "The dev stack gives no sliced file to a job: {}.",
                file.name
            );
            return Err(Failure::User(text));
        }
        let storage = work.world.files(file.provider);
        let bytes = storage.get(&file.key).await;
        let bytes = bytes.map_err(|error| Failure::Broken(error.to_string()))?;
        let name = format!("in/files/{}_{}", file.id, file.name);
        fs::write(folder.join(&name), bytes.unwrap_or_default())?;
        let manifest = json!({
            "id": file.id, "name": file.name, "created": moment::php(file.created),
            "is_public": file.is_public, "is_encrypted": file.is_encrypted, "is_sliced": false,
            "tags": file.tags, "max_age_days": null, "size_bytes": file.size_bytes,
        });
        fs::write(
            folder.join(format!("{name}.manifest")),
            manifest.to_string(),
        )?;
    }
    Ok(())
}

/// A mapping of files as a query.
fn query(mapping: &Value) -> String {
    let tag = |tag: &str| format!("tags:\"{tag}\"");
    let tags = mapping.get("tags").and_then(Value::as_array);
    let mut terms: Vec<String> = (tags.into_iter().flatten())
        .filter_map(|it| Some(tag(it.as_str()?)))
        .collect();
    let sources = mapping
        .get("source")
        .and_then(|it| it.get("tags"))
        .and_then(Value::as_array);
    for source in sources.into_iter().flatten() {
        let name = tag(text(source, "name").unwrap_or_default());
        terms.push(match text(source, "match") {
            Some("exclude") => format!("NOT {name}"),
            _ => name,
        });
    }
    terms.extend(text(mapping, "query").map(str::to_owned));
    terms.join(" AND ")
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}
