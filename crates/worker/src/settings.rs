//! Settings of a configuration, and the files attached to its runs: nothing secret, kept on disk.

use std::rc::Rc;

use futures::lock::Mutex;
use messages::worker::{AttachFiles, DetachFile, ReadSettings, Settings, StoreSettings};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use webext::storage::Area;

/// The settings, with defaults for what was never set.
pub(crate) async fn read(call: &ReadSettings) -> Result<Settings, Problem> {
    of(&call.configuration).await
}

/// As [`read`].
pub(crate) async fn of(configuration: &ConfigurationUrl) -> Result<Settings, Problem> {
    Ok(load(&format!("settings/{}", configuration.key()))
        .await?
        .unwrap_or_default())
}

/// Keeps the settings.
pub(crate) async fn store(call: &StoreSettings) -> Result<(), Problem> {
    save(
        &format!("settings/{}", call.configuration.key()),
        &call.settings,
    )
    .await
}

/// Ids of the files attached to the configuration's runs, in the order in which they were.
pub(crate) async fn attached(configuration: &ConfigurationUrl) -> Result<Vec<u64>, Problem> {
    Ok(load(&attached_key(configuration))
        .await?
        .unwrap_or_default())
}

thread_local! {
    // Several uploads may end at the same time; each reads the list, changes it and writes it back.
    static CHANGE: Rc<Mutex<()>> = Rc::default();
}

/// Makes files inputs of every later run.
pub(crate) async fn attach(call: &AttachFiles) -> Result<(), Problem> {
    let change = CHANGE.with(Rc::clone);
    let _one_at_a_time = change.lock().await;
    let mut files = attached(&call.configuration).await?;
    let before = files.len();
    for file in &call.files {
        if !files.contains(file) {
            files.push(*file);
        }
    }
    if files.len() == before {
        return Ok(());
    }
    save(&attached_key(&call.configuration), &files).await
}

/// Takes that back.
pub(crate) async fn detach(call: &DetachFile) -> Result<(), Problem> {
    let change = CHANGE.with(Rc::clone);
    let _one_at_a_time = change.lock().await;
    let mut files = attached(&call.configuration).await?;
    files.retain(|file| *file != call.file);
    save(&attached_key(&call.configuration), &files).await
}

fn attached_key(configuration: &ConfigurationUrl) -> String {
    format!("attached/{}", configuration.key())
}

/// What is kept under a key.
pub(crate) async fn load<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Problem> {
    let text = Area::Local
        .read(key)
        .await
        .map_err(|error| broken(&error.to_string()))?;
    // What an older version wrote and this one cannot read counts as never set.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Keeps something under a key.
pub(crate) async fn save<T: Serialize>(key: &str, value: &T) -> Result<(), Problem> {
    let text = serde_json::to_string(value).map_err(|error| broken(&error.to_string()))?;
    Area::Local
        .write(key, &text)
        .await
        .map_err(|error| broken(&error.to_string()))
}

fn broken(what: &str) -> Problem {
    Problem::with(ProblemCode::Internal, what)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_test::*;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    // The browser's own local storage, as far as it is used here; every access takes its time.
    #[wasm_bindgen(inline_js = "
        export function install_local_storage() {
            const items = new Map();
            const rest = () => new Promise((done) => setTimeout(done, 5));
            globalThis.chrome ??= {};
            globalThis.chrome.storage ??= {};
            globalThis.chrome.storage.local ??= {
                get: async (key) => { await rest(); return items.has(key) ? { [key]: items.get(key) } : {}; },
                set: async (all) => { await rest(); for (const [k, v] of Object.entries(all)) items.set(k, v); },
            };
        }
    ")]
    extern "C" {
        fn install_local_storage();
    }

    #[wasm_bindgen_test]
    async fn files_that_are_attached_at_the_same_time_are_all_kept() {
        install_local_storage();
        let page = "https://connection.keboola.com/admin/projects/1/components/kds-team.app-custom-python/2";
        let configuration = ConfigurationUrl::parse(page).unwrap();
        let call = |files: &[u64]| AttachFiles {
            configuration: configuration.clone(),
            files: files.to_vec(),
        };
        let (one, two, three) = (call(&[1]), call(&[2, 1]), call(&[3]));
        let (one, two, three) = futures::join!(attach(&one), attach(&two), attach(&three));
        assert!(one.is_ok() && two.is_ok() && three.is_ok());
        assert_eq!(attached(&configuration).await.unwrap(), [1, 2, 3]);
    }
}
