//! What all stand-ins share: the projects, the objects, the page's switches, the evidence.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::page::PageSwitches;
use crate::project::Project;
use crate::s3::{ObjectStore, StoreError};
use crate::sync::lock;

/// The stack's own host, as a seed names it when it names none.
pub(crate) const STACK_HOST: &str = "connection.eu-central-1.keboola.com";
/// How long an export takes when nobody says otherwise.
const EXPORT_DELAY: Duration = Duration::from_millis(150);

/// The state behind the stand-ins.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) projects: Mutex<Vec<Project>>,
    pub(crate) objects: std::sync::Arc<ObjectStore>,
    pub(crate) page: Mutex<PageSwitches>,
    export_delay: Mutex<Duration>,
    ids: AtomicU64,
}

impl World {
    /// An empty world whose objects lie in `folder`.
    pub(crate) fn new(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            projects: Mutex::default(),
            objects: std::sync::Arc::new(ObjectStore::new(folder)?),
            page: Mutex::default(),
            export_delay: Mutex::new(EXPORT_DELAY),
            // Ids of the real service are large, and larger than 32 bits.
            ids: AtomicU64::new(5_100_200_300),
        })
    }

    /// The next id of a file, job or token.
    pub(crate) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn export_delay(&self) -> Duration {
        *lock(&self.export_delay)
    }

    pub(crate) fn set_export_delay(&self, delay: Duration) {
        *lock(&self.export_delay) = delay;
    }
}
