//! The running stack: its sandboxes, and how one is made.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

use crate::envd::config::Config;
use crate::faults::Faults;
use crate::host::{Host, HostError, SANDBOX_CA_BUNDLE};
use crate::jail::{Jail, Spawner};
use crate::options::E2bOptions;
use crate::root::{self, SOCKET_DIRECTORY};
use crate::sandbox::{self, Sandbox, Traits};

/// Sandboxes that one team may have at a time (hobby plan).
const MAX_CONCURRENT: usize = 20;
/// How long envd may take to answer for the first time.
const START_LIMIT: Duration = Duration::from_secs(20);
/// Variables by which common programs find certificates.
const CA_VARIABLES: [&str; 5] = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
];

/// Why a sandbox could not be made.
#[derive(Debug, Error)]
pub(crate) enum CreateError {
    #[error(
        "you have reached the maximum number of concurrent E2B sandboxes ({MAX_CONCURRENT}). \
         If you would like to increase this limit please contact us."
    )]
    TooMany,
    #[error(transparent)]
    Host(#[from] HostError),
    #[error("the sandbox could not be prepared: {0}")]
    Io(#[from] io::Error),
    #[error("envd did not start: {0}")]
    NotStarted(String),
}

/// The dev stack's e2b. All routers of one value share its sandboxes. Dropping it, or the end of its
/// process, kills them.
#[derive(Debug)]
pub struct E2b {
    pub(crate) options: E2bOptions,
    pub(crate) faults: Faults,
    /// How far the clock of the control plane is ahead, in seconds.
    pub(crate) ahead_s: AtomicI64,
    /// How long after its creation a sandbox's ports open, in milliseconds.
    pub(crate) opens_after_ms: AtomicU64,
    host: OnceCell<Host>,
    spawner: Spawner,
    sandboxes: Mutex<HashMap<String, Place>>,
}

/// A place in the table; it is taken before the sandbox is there, so that the limit holds.
#[derive(Debug)]
enum Place {
    Starting,
    Taken(Arc<Sandbox>),
}

impl E2b {
    /// Makes a stack without sandboxes. What is wrong with the host is told by the first create.
    #[must_use]
    pub fn new(options: E2bOptions) -> Arc<E2b> {
        let stack = Arc::new(E2b {
            options,
            faults: Faults::default(),
            ahead_s: AtomicI64::new(0),
            opens_after_ms: AtomicU64::new(0),
            host: OnceCell::new(),
            spawner: Spawner::start(),
            sandboxes: Mutex::default(),
        });
        // Asking a Python for its prefix takes a while; the first sandbox should not wait for it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let stack = stack.clone();
            runtime.spawn(async move { stack.host().await.map(drop) });
        }
        stack
    }

    async fn host(&self) -> Result<&Host, HostError> {
        self.host
            .get_or_try_init(|| Host::find(&self.options))
            .await
    }

    /// Kills all sandboxes and waits until their files are removed.
    pub async fn shutdown(&self) {
        let all = self.all();
        for sandbox in &all {
            sandbox.end();
        }
        for sandbox in all {
            sandbox.gone().await;
        }
    }

    /// A moment as the control plane tells it.
    pub(crate) fn by_its_clock(&self, moment: Timestamp) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.ahead_s.load(Ordering::Relaxed));
        moment.checked_add(ahead).unwrap_or(moment)
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, Place>> {
        self.sandboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A sandbox that lives or is paused.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Sandbox>> {
        match self.table().get(id)? {
            Place::Taken(sandbox) => Some(sandbox.clone()),
            Place::Starting => None,
        }
    }

    /// All sandboxes, the newest first.
    pub(crate) fn all(&self) -> Vec<Arc<Sandbox>> {
        let mut all: Vec<Arc<Sandbox>> = self
            .table()
            .values()
            .filter_map(|place| match place {
                Place::Taken(sandbox) => Some(sandbox.clone()),
                Place::Starting => None,
            })
            .collect();
        all.sort_by(|left, right| (right.started_at, &right.id).cmp(&(left.started_at, &left.id)));
        all
    }

    /// Ends a sandbox at once, as if its life had ended. False when there is none.
    pub(crate) fn vanish(&self, id: &str) -> Option<Arc<Sandbox>> {
        let sandbox = self.find(id)?;
        self.table().remove(id);
        sandbox.end();
        Some(sandbox)
    }

    /// Makes a sandbox and waits until its envd answers.
    pub(crate) async fn create(
        self: &Arc<Self>,
        traits: Traits,
        variables: BTreeMap<String, String>,
        life: Duration,
    ) -> Result<Arc<Sandbox>, CreateError> {
        let id = self.reserve()?;
        // A client that gives up must not leave a half-made sandbox, so the work goes on without it.
        let (stack, name) = (self.clone(), id.clone());
        let made =
            tokio::spawn(async move { stack.make(name, traits, variables, life).await }).await;
        let made = made.unwrap_or_else(|error| Err(CreateError::NotStarted(error.to_string())));
        if made.is_err() {
            self.table().remove(&id);
            let directory = self.options.state_dir.join(&id);
            let _ = tokio::task::spawn_blocking(move || fs::remove_dir_all(directory)).await;
        }
        made
    }

    fn reserve(&self) -> Result<String, CreateError> {
        let mut table = self.table();
        let running = table.values().filter(|place| match place {
            Place::Starting => true,
            Place::Taken(sandbox) => sandbox.life().state == sandbox::State::Running,
        });
        if running.count() >= MAX_CONCURRENT {
            return Err(CreateError::TooMany);
        }
        loop {
            let id = self.options.service.new_id();
            if !table.contains_key(&id) {
                table.insert(id.clone(), Place::Starting);
                return Ok(id);
            }
        }
    }

    async fn make(
        self: Arc<Self>,
        id: String,
        traits: Traits,
        variables: BTreeMap<String, String>,
        life: Duration,
    ) -> Result<Arc<Sandbox>, CreateError> {
        let host = self
            .host
            .get_or_try_init(|| Host::find(&self.options))
            .await?;
        let directory = fs::canonicalize(&self.options.state_dir)?.join(&id);
        let root = directory.join("root");
        let ids = host.ids;
        let sockets = root.join(SOCKET_DIRECTORY);
        let (made, python) = (directory.clone(), host.python.clone());
        tokio::task::spawn_blocking(move || {
            fs::create_dir(made).and_then(|()| root::build(&root, python.as_deref(), ids))
        })
        .await
        .map_err(io::Error::other)??;
        let sockets = sandbox::open_directory(&sockets)?;

        let jail = Jail {
            directory: &directory,
            uv: traits.template.uv,
            network: traits.allow_internet_access,
        };
        let config = Config {
            access_token: traits.access_token.clone(),
            envs: self.environment(&id, &traits, variables),
            path: jail.path(host),
            ids,
            version: self.options.service.envd(),
        };
        let mut child = jail.start(host, &config, &self.spawner).await?;
        if let Err(why) = wait_for_envd(&sockets, &mut child).await {
            let log = fs::read_to_string(directory.join("envd.log")).unwrap_or_default();
            return Err(CreateError::NotStarted(format!("{why}: {}", log.trim())));
        }

        let sandbox = Arc::new(Sandbox::new(
            id,
            traits,
            child.id().unwrap_or_default(),
            directory,
            sockets,
            life,
        ));
        self.table()
            .insert(sandbox.id.clone(), Place::Taken(sandbox.clone()));
        let (stack, kept) = (Arc::downgrade(&self), sandbox.clone());
        tokio::spawn(async move {
            kept.keep(child, || {
                if let Some(stack) = stack.upgrade() {
                    stack.table().remove(&kept.id);
                }
            })
            .await;
        });
        Ok(sandbox)
    }

    /// Global environment: the service's own names, the stack's, then the request's.
    fn environment(
        &self,
        id: &str,
        traits: &Traits,
        variables: BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let bundle = || SANDBOX_CA_BUNDLE.to_owned();
        let mut environment: BTreeMap<String, String> = CA_VARIABLES
            .iter()
            .map(|name| ((*name).to_owned(), bundle()))
            .collect();
        let ca_file = self.options.ca_file.to_string_lossy();
        for (name, value) in &self.options.extra_env {
            let value = if *value == ca_file {
                bundle()
            } else {
                value.clone()
            };
            environment.insert(name.clone(), value);
        }
        environment.insert("E2B_SANDBOX".into(), "true".into());
        environment.insert("E2B_SANDBOX_ID".into(), id.to_owned());
        environment.insert("E2B_TEMPLATE_ID".into(), traits.template.id.to_owned());
        environment.extend(variables);
        environment
    }
}

async fn wait_for_envd(sockets: &std::os::fd::OwnedFd, child: &mut Child) -> Result<(), String> {
    let limit = Instant::now() + START_LIMIT;
    loop {
        if healthy(sockets).await.is_ok_and(|healthy| healthy) {
            return Ok(());
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("bubblewrap ended with {status}"));
        }
        if Instant::now() > limit {
            return Err(format!("no answer within {} s", START_LIMIT.as_secs()));
        }
        sleep(Duration::from_millis(1)).await;
    }
}

async fn healthy(sockets: &std::os::fd::OwnedFd) -> io::Result<bool> {
    let mut stream = sandbox::connect(sockets).await?;
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: envd\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.starts_with("HTTP/1.1 204"))
}
