//! The manifests of the inputs, with the runner's fields in the runner's order (reference §8.4).

use serde_json::{Map, Value, json};

use crate::read_file::StorageFile;
use crate::read_table::Table;

/// Text of `in/tables/{name}.manifest`. `columns` are those of the export, in its order.
#[must_use]
pub fn table_manifest(table: &Table, columns: &[String]) -> String {
    let mut manifest = Map::new();
    let mut set = |name: &str, value: Value| manifest.insert(name.to_owned(), value);
    set("id", json!(table.id));
    set("uri", json!(table.uri));
    set("name", json!(table.name));
    set("primary_key", json!(table.primary_key));
    set("distribution_key", json!(table.distribution_key));
    set("created", json!(table.created));
    set("last_change_date", json!(table.last_change_date));
    set("last_import_date", json!(table.last_import_date));
    let description = table
        .definition
        .as_ref()
        .and_then(|it| it["description"].as_str());
    if let Some(description) = description.filter(|text| !text.is_empty()) {
        set("description", json!(description));
    }
    set("columns", json!(columns));
    set("metadata", metadata(&Value::Array(table.metadata.clone())));
    let by_column: Map<String, Value> = columns
        .iter()
        .map(|column| {
            let known = table.column_metadata.get(column).unwrap_or(&Value::Null);
            (column.clone(), metadata(known))
        })
        .collect();
    set("column_metadata", Value::Object(by_column));
    if let Some(schema) = schema(table, columns) {
        set("schema", schema);
    }
    format!("{:#}", Value::Object(manifest))
}

/// The five fields of each entry that a manifest has; the API may tell more.
fn metadata(entries: &Value) -> Value {
    let fields = ["id", "key", "value", "provider", "timestamp"];
    let pick = |entry: &Value| -> Value {
        let known = fields.iter().filter_map(|name| {
            let value = entry.get(*name)?.clone();
            Some(((*name).to_owned(), value))
        });
        Value::Object(known.collect())
    };
    let list = entries.as_array().map(Vec::as_slice).unwrap_or_default();
    Value::Array(list.iter().map(pick).collect())
}

/// The types of a table that has a definition.
fn schema(table: &Table, columns: &[String]) -> Option<Value> {
    let definition = table.definition.as_ref()?;
    let defined = definition["columns"]
        .as_array()
        .filter(|list| !list.is_empty())?;
    let keys = &definition["primaryKeysNames"];
    let describe = |name: &String| {
        let column = defined.iter().find(|column| column["name"] == **name)?;
        let own = &column["definition"];
        let mut entry = Map::new();
        entry.insert("name".to_owned(), json!(name));
        let types = data_type(column, table.backend.as_deref());
        if !types.is_empty() {
            entry.insert("data_type".to_owned(), Value::Object(types));
        }
        if !own["nullable"].is_null() {
            entry.insert("nullable".to_owned(), own["nullable"].clone());
        }
        let is_key = keys
            .as_array()
            .is_some_and(|keys| keys.iter().any(|key| key == name));
        entry.insert("primary_key".to_owned(), json!(is_key));
        if let Some(description) = own["description"].as_str().filter(|text| !text.is_empty()) {
            entry.insert("description".to_owned(), json!(description));
        }
        Some(Value::Object(entry))
    };
    Some(Value::Array(columns.iter().filter_map(describe).collect()))
}

/// The type that all backends know, and that of the table's own backend.
fn data_type(column: &Value, backend: Option<&str>) -> Map<String, Value> {
    let mut types = Map::new();
    if let Some(base) = column["basetype"].as_str() {
        types.insert("base".to_owned(), json!({ "type": base }));
    }
    let own = &column["definition"];
    if let (Some(backend), false) = (backend, own["type"].is_null()) {
        let known = ["type", "length", "default"].iter().filter_map(|name| {
            let value = own.get(*name).filter(|value| !value.is_null())?;
            Some(((*name).to_owned(), value.clone()))
        });
        types.insert(backend.to_owned(), Value::Object(known.collect()));
    }
    types
}

/// Text of `in/files/{id}_{name}.manifest`.
#[must_use]
pub fn file_manifest(file: &StorageFile) -> String {
    let manifest = json!({
        "id": file.id,
        "name": file.name,
        "created": file.created,
        "is_public": file.is_public,
        "is_encrypted": file.is_encrypted,
        "is_sliced": file.is_sliced,
        "tags": file.tags,
        // The runner writes 0 where there is none.
        "max_age_days": file.max_age_days.unwrap_or(0),
        "size_bytes": file.size_bytes.unwrap_or(0),
    });
    format!("{manifest:#}")
}

/// Place of an input file below `/data`: `in/files/{id}_{name}`. A sliced file is a folder of that
/// name. A name that would leave the folder is kept inside it.
#[must_use]
pub fn file_input_path(file: &StorageFile) -> String {
    input_path(file.id, &file.name)
}

/// As [`file_input_path`], by id and name.
#[must_use]
pub fn input_path(id: u64, name: &str) -> String {
    let name = name.replace(['/', '\\', '\0'], "_");
    format!("in/files/{id}_{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_file::FileWire;

    fn compact(text: &str) -> String {
        serde_json::from_str::<Value>(text).unwrap().to_string()
    }

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_manifest_of_a_plain_table() {
        let table: Table = serde_json::from_value(json!({
            "uri": "https://connection.keboola.com/v2/storage/tables/in.c-main.zoo",
            "id": "in.c-main.zoo", "name": "zoo", "displayName": "zoo",
            "primaryKey": ["id"], "columns": ["id", "name"],
            "created": "2026-01-01T00:00:00+0100",
            "lastImportDate": "2026-03-01T00:00:00+0100", "lastChangeDate": null,
            "rowsCount": 3, "dataSizeBytes": 1024, "isAlias": false, "isTyped": false,
            "bucket": {"id": "in.c-main", "backend": "snowflake"},
            "metadata": [{"id": "1", "key": "KBC.name", "value": "Zoo", "provider": "user",
                "timestamp": "2026-01-01T00:00:00+0100", "more": "than a manifest has"}],
            "columnMetadata": {"name": [{"id": 2, "key": "k", "value": "v", "provider": "user",
                "timestamp": "t"}]},
        }))
        .unwrap();
        assert_eq!(
            compact(&table_manifest(&table, &columns(&["name", "id"]))),
            r#"{"id":"in.c-main.zoo","uri":"https://connection.keboola.com/v2/storage/tables/in.c-main.zoo","name":"zoo","primary_key":["id"],"distribution_key":[],"created":"2026-01-01T00:00:00+0100","last_change_date":null,"last_import_date":"2026-03-01T00:00:00+0100","columns":["name","id"],"metadata":[{"id":"1","key":"KBC.name","value":"Zoo","provider":"user","timestamp":"2026-01-01T00:00:00+0100"}],"column_metadata":{"name":[{"id":2,"key":"k","value":"v","provider":"user","timestamp":"t"}],"id":[]}}"#
        );
        assert_eq!(
            (table.rows_count, table.data_size_bytes),
            (Some(3), Some(1024))
        );
    }

    #[test]
    fn the_manifest_of_a_typed_table_has_its_schema() {
        let table: Table = serde_json::from_value(json!({
            "uri": "u", "id": "in.c-main.zoo", "name": "zoo", "columns": ["id", "age", "note"],
            "isTyped": true, "columnMetadata": [], "bucket": {"backend": "snowflake"},
            "definition": {
                "description": "All animals",
                "primaryKeysNames": ["id"],
                "columns": [
                    {"name": "id", "basetype": "INTEGER", "definition":
                        {"type": "NUMBER", "length": "38,0", "nullable": false, "description": "key"}},
                    {"name": "age", "basetype": "NUMERIC", "definition":
                        {"type": "FLOAT", "length": null, "nullable": true, "default": "0"}},
                    {"name": "note"},
                ],
            },
        }))
        .unwrap();
        let text = table_manifest(&table, &columns(&["age", "id", "note"]));
        let manifest: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(manifest["description"], "All animals");
        assert_eq!(
            manifest["schema"].to_string(),
            r#"[{"name":"age","data_type":{"base":{"type":"NUMERIC"},"snowflake":{"type":"FLOAT","default":"0"}},"nullable":true,"primary_key":false},{"name":"id","data_type":{"base":{"type":"INTEGER"},"snowflake":{"type":"NUMBER","length":"38,0"}},"nullable":false,"primary_key":true,"description":"key"},{"name":"note","primary_key":false}]"#
        );
    }

    fn file(json: Value) -> StorageFile {
        serde_json::from_value::<FileWire>(json)
            .unwrap()
            .try_into()
            .unwrap()
    }

    #[test]
    fn the_manifest_of_a_file() {
        let file = file(json!({
            "id": 1_234_567_890, "name": "seattle-weather.csv", "created": "2026-03-14T15:09:26+0100",
            "isPublic": false, "isEncrypted": true, "isSliced": false, "tags": ["zoo", "b"],
            "maxAgeDays": 15, "sizeBytes": 48219, "url": "https://signed.test/?X-Amz-Signature=s",
        }));
        assert_eq!(
            compact(&file_manifest(&file)),
            r#"{"id":1234567890,"name":"seattle-weather.csv","created":"2026-03-14T15:09:26+0100","is_public":false,"is_encrypted":true,"is_sliced":false,"tags":["zoo","b"],"max_age_days":15,"size_bytes":48219}"#
        );
        assert_eq!(
            file_input_path(&file),
            "in/files/1234567890_seattle-weather.csv"
        );
        assert!(!format!("{file:?}").contains("Signature"));
    }

    #[test]
    fn a_permanent_file_of_unknown_size_with_a_name_that_wants_out() {
        let file =
            file(json!({"id": "7", "name": "../a\\b", "maxAgeDays": null, "sizeBytes": null}));
        assert_eq!(
            compact(&file_manifest(&file)),
            r#"{"id":7,"name":"../a\\b","created":null,"is_public":false,"is_encrypted":false,"is_sliced":false,"tags":[],"max_age_days":0,"size_bytes":0}"#
        );
        assert_eq!(file_input_path(&file), "in/files/7_.._a_b");
    }
}
