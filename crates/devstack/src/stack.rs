//! Putting the stand-ins together, and ending them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use devstack_e2b::{E2b, E2bOptions};
use serde_json::Value;
use tempfile::TempDir;

use crate::announcement::{
    Announcement, CloudAnnouncement, E2bAnnouncement, KeboolaAnnouncement, ServiceAnnouncement,
};
use crate::azure::AzureService;
use crate::control::{self, Control};
use crate::egress::{self, Egress};
use crate::faults::Faults;
use crate::file_storage::StoreError;
use crate::gate::{Door, Gate, Places, ServiceRouters};
use crate::gcs::GcsService;
use crate::hosts::Service;
use crate::listen::{self, Listening};
use crate::provider::Provider;
use crate::queue::Lab;
use crate::requests::RequestLog;
use crate::s3;
use crate::seed::{self, ProjectSeed, Seed, SeedError, Seeded};
use crate::tls::{Authority, TlsError};
use crate::world::World;
use crate::{encryption, hosts, packages, page, queue, random, storage};

/// The project of the foreign token, unless the seed has a second one.
const FOREIGN_PROJECT: u64 = 987_654;

/// How a stack is started.
#[derive(Debug, Clone, Default)]
pub struct StackOptions {
    /// What it holds; the built-in seed when absent.
    pub seed: Option<PathBuf>,
    /// The port of the TLS listener; a free one for 0.
    pub port: u16,
    /// Where its state lies; a temporary folder, removed at the end, when absent.
    pub state: Option<PathBuf>,
    /// Wheels for the package index.
    pub wheels: Option<PathBuf>,
    /// The Python interpreter that sandboxes have.
    pub python: Option<PathBuf>,
    /// The `uv` that sandboxes have.
    pub uv: Option<PathBuf>,
    /// The program `azurite-blob`, which keeps files on Azure; without it there can be none.
    pub azurite: Option<PathBuf>,
    /// The executable that runs `envd` in sandboxes.
    pub envd: PathBuf,
}

/// Why a stack did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The seed cannot be used.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The object store did not start.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A folder or file of the state cannot be written.
    #[error("the state folder cannot be used: {0}")]
    State(io::Error),
    /// A port cannot be bound.
    #[error("port {port} of 127.0.0.1 cannot be bound: {source}")]
    Port {
        /// The port; 0 is any free one.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The announcement is not JSON.
    #[error("the announcement cannot be written: {0}")]
    Announcement(#[from] serde_json::Error),
}

/// A running stack. [`Stack::stop`] ends it in order; dropping it closes its ports.
#[derive(Debug)]
pub struct Stack {
    announcement: Announcement,
    world: Arc<World>,
    services: BTreeMap<Service, Arc<E2b>>,
    listening: Vec<Listening>,
    temporary: Option<TempDir>,
}

/// The listeners of a stack, bound but not yet served.
struct Ports {
    https: tokio::net::TcpListener,
    plain: tokio::net::TcpListener,
    storage: tokio::net::TcpListener,
    e2b_api: tokio::net::TcpListener,
    sandbox: tokio::net::TcpListener,
    proxy: tokio::net::TcpListener,
    control: tokio::net::TcpListener,
}

impl Stack {
    /// Starts a stack.
    ///
    /// # Errors
    /// See [`StartError`]; nothing is left behind when it fails.
    pub async fn start(options: StackOptions) -> Result<Self, StartError> {
        let (folder, temporary) = state_folder(options.state.as_deref())?;
        let objects = folder.join("objects");
        let lab = Lab {
            folder: folder.join("jobs"),
            python: options.python.clone(),
            uv: options.uv.clone(),
            wheels: options.wheels.clone(),
            base: tokio::sync::Mutex::default(),
        };
        let world = Arc::new(World::new(&objects, options.azurite.clone(), lab)?);
        let (planted, foreign) = plant(&world, options.seed.as_deref()).await?;
        let clouds = Clouds::of(&planted);
        let seeded = planted.into_iter().next().ok_or(SeedError::Empty)?;
        let authority = Arc::new(Authority::new()?);
        let ca_file = folder.join("ca.pem");
        std::fs::write(&ca_file, authority.pem()).map_err(StartError::State)?;
        let ports = Ports {
            https: bind(options.port).await?,
            plain: bind(0).await?,
            storage: bind(0).await?,
            e2b_api: bind(0).await?,
            sandbox: bind(0).await?,
            proxy: bind(0).await?,
            control: bind(0).await?,
        };
        let mut services = BTreeMap::new();
        let mut keys = BTreeMap::new();
        for service in Service::ALL {
            let own = Keys {
                good: e2b_key(),
                blocked: e2b_key(),
            };
            let made = e2b_options(service, &options, &folder, &ca_file, &ports, &own)?;
            services.insert(service, E2b::new(made));
            keys.insert(service, own);
        }
        let cloud = keys.remove(&Service::Cloud).unwrap_or_default();
        let announcement = Announcement {
            ca_spki_sha256: authority.spki_sha256(),
            https: address(&ports.https)?,
            host_resolver_rules: hosts::resolver_rules(
                &address(&ports.https)?,
                &address(&ports.plain)?,
            ),
            proxy: format!("http://{}", address(&ports.proxy)?),
            control: format!("http://{}", address(&ports.control)?),
            package_index: packages::index_url(),
            keboola: KeboolaAnnouncement {
                stack: seeded.stack,
                storage_url: format!("https://{}", address(&ports.storage)?),
                project: seeded.project,
                token: seeded.tokens.full,
                master_token: seeded.tokens.master,
                weak_token: seeded.tokens.weak,
                expired_token: seeded.tokens.expired,
                foreign_token: foreign,
                tokens: seeded.more_tokens,
                azure: clouds.azure,
                gcp: clouds.gcp,
            },
            e2b: E2bAnnouncement {
                api_key: cloud.good,
                blocked_key: cloud.blocked,
                api_url: format!("https://{}", address(&ports.e2b_api)?),
                sandbox_url: format!("https://{}", address(&ports.sandbox)?),
                domain: Service::Cloud.domain().to_owned(),
                services: keys
                    .into_iter()
                    .map(|(service, keys)| {
                        let told = ServiceAnnouncement {
                            api_key: keys.good,
                            domain: service.domain().to_owned(),
                            control: switches(service),
                        };
                        (service.name().to_owned(), told)
                    })
                    .collect(),
            },
            pages: seeded.pages,
            ca_file,
        };
        let shown = serde_json::to_value(&announcement)?;
        let listening = serve(ports, &world, &authority, &services, options.wheels, shown)?;
        Ok(Self {
            announcement,
            world,
            services,
            listening,
            temporary,
        })
    }

    /// What to tell clients.
    #[must_use]
    pub fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// Kills every sandbox, closes every port and removes a temporary state folder.
    pub async fn stop(mut self) {
        queue::stop(&self.world).await;
        for service in self.services.values() {
            service.shutdown().await;
        }
        self.listening.clear();
        self.world.azure.stop().await;
        if let Some(folder) = self.temporary.take()
            && let Err(error) = folder.close()
        {
            eprintln!("devstack: the state folder could not be removed: {error}");
        }
    }
}

#[derive(Default)]
struct Keys {
    good: String,
    blocked: String,
}

/// A key of e2b's shape, made at run time.
fn e2b_key() -> String {
    format!("e2b_{}", random::hex(40))
}

fn state_folder(named: Option<&Path>) -> Result<(PathBuf, Option<TempDir>), StartError> {
    match named {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(StartError::State)?;
            Ok((folder.canonicalize().map_err(StartError::State)?, None))
        }
        None => {
            let made = tempfile::Builder::new().prefix("devstack-").tempdir();
            let made = made.map_err(StartError::State)?;
            Ok((made.path().to_owned(), Some(made)))
        }
    }
}

async fn bind(port: u16) -> Result<tokio::net::TcpListener, StartError> {
    listen::bind(port)
        .await
        .map_err(|source| StartError::Port { port, source })
}

fn address(listener: &tokio::net::TcpListener) -> Result<String, StartError> {
    let address = listener
        .local_addr()
        .map_err(|source| StartError::Port { port: 0, source })?;
    Ok(address.to_string())
}

/// The first projects on other clouds than that of the first of all.
struct Clouds {
    azure: Option<CloudAnnouncement>,
    gcp: Option<CloudAnnouncement>,
}

impl Clouds {
    fn of(planted: &[Seeded]) -> Self {
        let first = |provider| {
            let seeded = planted.iter().find(|seeded| seeded.provider == provider)?;
            Some(CloudAnnouncement {
                stack: seeded.stack.clone(),
                project: seeded.project,
                token: seeded.tokens.full.clone(),
                master_token: seeded.tokens.master.clone(),
                page: seeded.page.clone(),
                pages: seeded.pages.clone(),
            })
        };
        Self {
            azure: first(Provider::Azure),
            gcp: first(Provider::Gcp),
        }
    }
}

/// Plants the seed; returns what it announces, and a token of another project.
async fn plant(world: &World, path: Option<&Path>) -> Result<(Vec<Seeded>, String), StartError> {
    let seed = match path {
        Some(path) => Seed::read(path)?,
        None => Seed::builtin()?,
    };
    let seeded = seed::plant(world, seed).await?;
    let foreign = Seed {
        stack: None,
        export_delay_ms: None,
        projects: vec![ProjectSeed {
            id: FOREIGN_PROJECT,
            name: "Somebody else's project".to_owned(),
            provider: Provider::Aws,
            stack: None,
            features: Vec::new(),
            branches: Vec::new(),
            tokens: Vec::new(),
            tables: Vec::new(),
            files: Vec::new(),
            configurations: Vec::new(),
        }],
    };
    let foreign = seed::plant(world, foreign).await?;
    let foreign = foreign.into_iter().next().map(|seeded| seeded.tokens.full);
    Ok((seeded, foreign.unwrap_or_default()))
}

fn e2b_options(
    service: Service,
    options: &StackOptions,
    folder: &Path,
    ca_file: &Path,
    ports: &Ports,
    keys: &Keys,
) -> Result<E2bOptions, StartError> {
    let state_dir = folder.join(format!("sandboxes-{}", service.name()));
    std::fs::create_dir_all(&state_dir).map_err(StartError::State)?;
    let proxy = format!("http://{}", address(&ports.proxy)?);
    let index = packages::index_url();
    let mut extra_env = BTreeMap::new();
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
        extra_env.insert(name.to_owned(), proxy.clone());
    }
    for name in ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"] {
        extra_env.insert(name.to_owned(), index.clone());
    }
    Ok(E2bOptions {
        state_dir,
        envd_binary: options.envd.clone(),
        api_keys: vec![keys.good.clone()],
        blocked_keys: vec![keys.blocked.clone()],
        extra_env,
        ca_file: ca_file.to_owned(),
        python: options.python.clone(),
        uv: options.uv.clone(),
        service: match service {
            Service::Cloud | Service::Own => devstack_e2b::Service::E2b,
            Service::Agents | Service::Forwarded => devstack_e2b::Service::OpenKruise,
        },
        domain: service.domain().to_owned(),
    })
}

/// Where the switches of a service are below the control API.
fn switches(service: Service) -> String {
    match service {
        Service::Cloud => "/e2b".to_owned(),
        other => format!("/e2b-{}", other.name()),
    }
}

fn routers((service, e2b): (&Service, &Arc<E2b>)) -> (Service, ServiceRouters) {
    let routers = ServiceRouters {
        api: e2b.api_router(),
        sandbox: e2b.gateway_router(),
        one_host: e2b.one_host_router(),
    };
    (*service, routers)
}

fn serve(
    ports: Ports,
    world: &Arc<World>,
    authority: &Arc<Authority>,
    services: &BTreeMap<Service, Arc<E2b>>,
    wheels: Option<PathBuf>,
    announcement: Value,
) -> Result<Vec<Listening>, StartError> {
    let configs = authority.server_configs()?;
    let storage = storage::router(Arc::clone(world));
    // The Storage router has a fallback of its own; the page takes `/` and `/admin` before it.
    let connection = page::router(Arc::clone(world)).fallback_service(storage.clone());
    let places = Places {
        connection,
        storage,
        encryption: encryption::router(Arc::clone(world)),
        queue: queue::router(Arc::clone(world)),
        s3: s3::service(&world.aws),
        gcs: GcsService::new(Arc::clone(&world.gcp)),
        azure: AzureService::new(Arc::clone(&world.azure)),
        services: Arc::new(services.iter().map(routers).collect()),
        packages: packages::router(wheels),
    };
    let requests = Arc::new(RequestLog::default());
    let faults = Arc::new(Faults::default());
    let egress = Arc::new(Egress::default());
    let control = control::router(Control {
        world: Arc::clone(world),
        requests: Arc::clone(&requests),
        faults: Arc::clone(&faults),
        egress: Arc::clone(&egress),
        announcement,
    });
    let control = services.iter().fold(control, |control, (service, e2b)| {
        control.nest(&switches(*service), e2b.control_router())
    });
    let unbound = |source| StartError::Port { port: 0, source };
    let own = ports.https.local_addr().map_err(unbound)?.port();
    let gate = |door| Gate {
        door,
        places: places.clone(),
        requests: Arc::clone(&requests),
        faults: Arc::clone(&faults),
    };
    let tls = |listener, door| listen::serve_tls(listener, configs.clone(), gate(door));
    Ok(vec![
        tls(ports.https, Door::ByHost),
        listen::serve_gate(ports.plain, gate(Door::ByHost)),
        tls(ports.storage, Door::Storage),
        tls(ports.e2b_api, Door::E2bApi),
        tls(ports.sandbox, Door::Sandbox),
        egress::serve(ports.proxy, egress, own),
        listen::serve_plain(ports.control, control),
    ])
}
