//! The extension's manifest: its version is the workspace's, and what it names must exist.

use std::path::Path;

use serde_json::Value;

use crate::error::{AtPath as _, XtaskError};
use crate::match_pattern::{self, PatternUse};

/// Writes the manifest into the built extension and checks what Chrome would not tell.
pub(crate) fn install(source: &Path, out: &Path) -> Result<(), XtaskError> {
    let text = std::fs::read_to_string(source).at(source)?;
    let mut manifest: Value = serde_json::from_str(&text).map_err(|error| XtaskError::Json {
        path: source.to_owned(),
        source: error,
    })?;
    check_patterns(&manifest)?;
    check_files(&manifest, out)?;
    if let Some(fields) = manifest.as_object_mut() {
        fields.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
    }
    let path = out.join("manifest.json");
    std::fs::write(&path, format!("{manifest:#}\n")).at(&path)
}

/// Checks every match pattern that the manifest holds.
pub(crate) fn check_patterns(manifest: &Value) -> Result<(), XtaskError> {
    let places = [
        ("/host_permissions", PatternUse::Permission),
        ("/optional_host_permissions", PatternUse::Permission),
    ];
    for (pointer, used_as) in places {
        check_list(pointer, manifest.pointer(pointer), used_as)?;
    }
    let lists = [
        ("content_scripts", "matches", PatternUse::Script),
        ("content_scripts", "exclude_matches", PatternUse::Script),
        (
            "web_accessible_resources",
            "matches",
            PatternUse::WebAccessible,
        ),
    ];
    for (list, field, used_as) in lists {
        for entry in entries(manifest.get(list)) {
            check_list(list, entry.get(field), used_as)?;
        }
    }
    Ok(())
}

fn check_list(place: &str, list: Option<&Value>, used_as: PatternUse) -> Result<(), XtaskError> {
    for pattern in texts(list) {
        match_pattern::check(pattern, used_as).map_err(|error| {
            XtaskError::Manifest(format!(
                "Chrome would not take {pattern} in {place}: {error}"
            ))
        })?;
    }
    Ok(())
}

/// Checks that every file that the manifest names was built.
fn check_files(manifest: &Value, out: &Path) -> Result<(), XtaskError> {
    let missing: Vec<String> = named_files(manifest)
        .into_iter()
        .filter(|name| !out.join(name).is_file())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(XtaskError::Manifest(format!(
        "it names files that are not there: {}",
        missing.join(", ")
    )))
}

fn named_files(manifest: &Value) -> Vec<String> {
    let mut names: Vec<&str> = [
        "/background/service_worker",
        "/action/default_popup",
        "/options_page",
    ]
    .iter()
    .filter_map(|pointer| manifest.pointer(pointer).and_then(Value::as_str))
    .collect();
    for icons in ["/icons", "/action/default_icon"] {
        if let Some(Value::Object(icons)) = manifest.pointer(icons) {
            names.extend(icons.values().filter_map(Value::as_str));
        }
    }
    for script in entries(manifest.get("content_scripts")) {
        names.extend(texts(script.get("js")));
        names.extend(texts(script.get("css")));
    }
    for resource in entries(manifest.get("web_accessible_resources")) {
        names.extend(texts(resource.get("resources")).filter(|name| !name.contains('*')));
    }
    names
        .into_iter()
        .map(|name| name.trim_start_matches('/').to_owned())
        .collect()
}

fn entries(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    entries(list).filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_illegal_pattern_is_named_with_its_place() {
        let bad = "https://connection.*.keboola.com/*";
        let cases = [
            ("host_permissions", json!([bad])),
            ("optional_host_permissions", json!([bad])),
            ("content_scripts", json!([{ "matches": [bad] }])),
            ("content_scripts", json!([{ "exclude_matches": [bad] }])),
            ("web_accessible_resources", json!([{ "matches": [bad] }])),
        ];
        for (place, value) in cases {
            let error = check_patterns(&json!({ place: value })).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(bad) && text.contains(place), "{text}");
        }
    }

    #[test]
    fn a_file_that_was_not_built_is_named() {
        let out = tempfile::tempdir().unwrap();
        std::fs::write(out.path().join("worker.js"), "").unwrap();
        let manifest = json!({
            "background": { "service_worker": "worker.js" },
            "action": { "default_popup": "popup.html", "default_icon": { "16": "icons/16.png" } },
            "content_scripts": [{ "js": ["content/content.js"], "matches": [] }],
            "web_accessible_resources": [{ "resources": ["panel.html", "fonts/*"], "matches": [] }],
        });
        let error = check_files(&manifest, out.path()).unwrap_err().to_string();
        for name in [
            "popup.html",
            "icons/16.png",
            "content/content.js",
            "panel.html",
        ] {
            assert!(error.contains(name), "{error}");
        }
        assert!(
            !error.contains("worker.js") && !error.contains("fonts"),
            "{error}"
        );
    }

    #[test]
    fn the_version_is_that_of_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source.json");
        std::fs::write(&source, r#"{"manifest_version": 3, "version": "0.0.0"}"#).unwrap();
        install(&source, folder.path()).unwrap();
        let text = std::fs::read_to_string(folder.path().join("manifest.json")).unwrap();
        let built: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(built["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(built["manifest_version"], 3);
    }
}
