//! What all stand-ins share: the projects, the clouds with their files, the page's switches, the evidence.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::azure::AzureStore;
use crate::encryption::EncryptionKey;
use crate::file_storage::{FileStorage, StoreError};
use crate::gcs::GcsStore;
use crate::page::PageSwitches;
use crate::project::Project;
use crate::provider::Provider;
use crate::queue::{Lab, Queue};
use crate::s3::ObjectStore;
use crate::sync::lock;
use crate::turns::Turns;
use crate::writers::Writers;

/// How long a job that exports or loads takes when nobody says otherwise.
const EXPORT_DELAY: Duration = Duration::from_millis(150);

/// The state behind the stand-ins.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) projects: Mutex<Vec<Project>>,
    pub(crate) aws: Arc<ObjectStore>,
    pub(crate) gcp: Arc<GcsStore>,
    pub(crate) azure: Arc<AzureStore>,
    pub(crate) page: Mutex<PageSwitches>,
    pub(crate) turns: Turns,
    pub(crate) encryption: EncryptionKey,
    pub(crate) writers: Writers,
    pub(crate) queue: Queue,
    export_delay: Mutex<Duration>,
    ids: AtomicU64,
}

impl World {
    /// The storage of files with this provider.
    pub(crate) fn files(&self, provider: Provider) -> &dyn FileStorage {
        match provider {
            Provider::Aws => &*self.aws,
            Provider::Gcp => &*self.gcp,
            Provider::Azure => &*self.azure,
        }
    }

    /// An empty world whose objects lie in `folder`; `azurite` is the program for those on Azure, `lab`
    /// what jobs run with.
    pub(crate) fn new(
        folder: &Path,
        azurite: Option<PathBuf>,
        lab: Lab,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            projects: Mutex::default(),
            aws: Arc::new(ObjectStore::new(&folder.join("aws"))?),
            gcp: Arc::new(GcsStore::new(&folder.join("gcp"))?),
            azure: Arc::new(AzureStore::new(azurite, &folder.join("azure"))),
            page: Mutex::default(),
            turns: Turns::default(),
            encryption: EncryptionKey::default(),
            writers: Writers::default(),
            queue: Queue::new(lab),
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
