//! The queue of a configuration's stack.

use std::cell::RefCell;
use std::collections::BTreeMap;

use keboola::jobs::Queue;
use keboola::page::CUSTOM_PYTHON;
use keboola::{Service, Storage, StorageToken};
use messages::ConfigurationUrl;
use webext::fetch::Fetch;

use crate::keboola_services;

thread_local! {
    /// Id of production's branch by stack and project.
    static PRODUCTION: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// The jobs of a configuration, as the token sees them.
pub(super) async fn queue<'a>(
    configuration: &'a ConfigurationUrl,
    token: &'a StorageToken,
) -> Queue<'a, Fetch> {
    Queue {
        http: &Fetch,
        url: keboola_services::url(&configuration.stack, Service::Queue).await,
        token,
        component: CUSTOM_PYTHON,
        configuration: &configuration.configuration,
        branch: configuration.branch.as_deref(),
        production: match configuration.branch {
            Some(_) => None,
            None => production(configuration, token).await,
        },
    }
}

/// The id of production's branch, asked once a worker's life; `None` when Storage does not tell it.
async fn production(configuration: &ConfigurationUrl, token: &StorageToken) -> Option<String> {
    let key = format!("{}/{}", configuration.stack.as_str(), configuration.project);
    if let Some(known) = PRODUCTION.with_borrow(|known| known.get(&key).cloned()) {
        return Some(known);
    }
    let branches = Storage::new(&Fetch, &configuration.stack, None, token)
        .list_branches()
        .await
        .ok()?;
    let found = branches.into_iter().find(|branch| branch.is_default)?.id;
    PRODUCTION.with_borrow_mut(|known| known.insert(key, found.clone()));
    Some(found)
}
