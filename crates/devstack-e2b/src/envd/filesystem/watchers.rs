//! Watchers that are polled (`CreateWatcher`, `GetWatcherEvents`, `RemoveWatcher`), for clients that
//! cannot hold a stream open.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::AbortHandle;

use super::watch::{FilesystemEvent, Scope, Watch};
use crate::envd::connect::{Code, RpcError};
use crate::random;

#[derive(Debug)]
struct Watcher {
    events: Arc<Mutex<Result<Vec<FilesystemEvent>, String>>>,
    task: AbortHandle,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// All polled watchers of the sandbox.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    table: Mutex<HashMap<String, Watcher>>,
}

impl Watchers {
    pub(super) fn create(&self, scope: Scope) -> io::Result<String> {
        let mut watch = Watch::start(scope)?;
        let events = Arc::new(Mutex::new(Ok(Vec::new())));
        let collected = events.clone();
        let task = tokio::spawn(async move {
            loop {
                let next = watch.next().await;
                let mut collected = collected.lock().unwrap_or_else(PoisonError::into_inner);
                match (collected.as_mut(), next) {
                    (Ok(all), Ok(new)) => all.extend(new),
                    (_, Err(error)) => {
                        *collected = Err(format!("watcher error: {error}"));
                        return;
                    }
                    (Err(_), _) => return,
                }
            }
        })
        .abort_handle();
        let id = format!("w{}", random::lowercase(20));
        self.locked().insert(id.clone(), Watcher { events, task });
        Ok(id)
    }

    /// Takes the events since the last call.
    pub(super) fn take(&self, id: &str) -> Result<Vec<FilesystemEvent>, RpcError> {
        let table = self.locked();
        let watcher = table.get(id).ok_or_else(|| missing(id))?;
        let mut events = watcher
            .events
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match events.as_mut() {
            Ok(events) => Ok(std::mem::take(events)),
            Err(error) => Err(RpcError::new(Code::Internal, error.clone())),
        }
    }

    pub(super) fn remove(&self, id: &str) -> Result<(), RpcError> {
        self.locked()
            .remove(id)
            .map(drop)
            .ok_or_else(|| missing(id))
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<String, Watcher>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing(id: &str) -> RpcError {
    RpcError::new(Code::NotFound, format!("watcher with id {id} not found"))
}
