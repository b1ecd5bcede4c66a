//! A live sandbox of a configuration: how it is reached, and what is in it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use e2b::{Envd, EnvdAccess, EnvdToken, EnvdVersion, SandboxId};
use messages::worker::{PlannedRun, PlannedTable, RunInput, SandboxAccess, Secret, Settings};
use messages::{Problem, ProblemCode};
use runtime::sandbox::{Kept, Lease as Known, Needs, Work};
use webext::clock;
use webext::fetch::Fetch;

/// Life that must be left for a sandbox to be used again, in milliseconds.
const LEAST_LIFE_MS: u64 = 30_000;

/// How long it is believed to fit the settings without another look, in milliseconds: many files come
/// together.
const FITTED_MS: f64 = 2_000.0;

/// A sandbox that later runs of its configuration may use again.
pub(crate) struct Lease {
    /// How it is reached.
    pub(crate) access: SandboxAccess,
    /// What is in it.
    known: RefCell<Known>,
    /// Its input files, by id: their place and manifest. The URLs have expired and are not kept.
    files: RefCell<BTreeMap<u64, RunInput>>,
    /// Whether a run was in it before.
    used: Cell<bool>,
    /// Whether its life is being moved on.
    extending: Cell<bool>,
    /// When it was last held against the settings, in milliseconds of the engine's clock.
    fitted_at: Cell<f64>,
    /// The token that is in force, after the one of `access` was revoked.
    renewed: RefCell<Option<Secret>>,
    /// Who asks for it; the others wait, and use what was told.
    pub(crate) renewing: tokio::sync::Mutex<()>,
}

/// Somebody is moving a life on.
pub(crate) struct Extending<'a>(&'a Cell<bool>);

impl Drop for Extending<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Lease {
    /// A sandbox that was there before. Nothing is believed of what is in it.
    pub(crate) fn found(access: SandboxAccess) -> Self {
        let lease = Self::created(access);
        lease.used.set(true);
        // It was made under whatever settings there were.
        lease.fitted_at.set(f64::NEG_INFINITY);
        lease
    }

    /// A sandbox that was just created.
    pub(crate) fn created(access: SandboxAccess) -> Self {
        let (id, template) = (access.id.clone(), access.template.clone());
        let variables = access.variables.clone();
        let known = Known::new(id, template, access.internet, variables, access.ends_at);
        Self {
            access,
            known: RefCell::new(known),
            files: RefCell::default(),
            used: Cell::new(false),
            extending: Cell::new(false),
            fitted_at: Cell::new(clock::now_ms()),
            renewed: RefCell::default(),
            renewing: tokio::sync::Mutex::default(),
        }
    }

    /// The token that is sent.
    pub(crate) fn token(&self) -> Option<Secret> {
        let renewed = self.renewed.borrow().clone();
        renewed.or_else(|| self.access.token.clone())
    }

    /// The service tells this token now. Whether it is another one.
    pub(crate) fn renew(&self, token: Option<Secret>) -> bool {
        let is_new = token.is_some() && token != self.token();
        if is_new {
            self.renewed.replace(token);
        }
        is_new
    }

    /// Whether enough of its life is left for another run.
    pub(crate) fn lives(&self) -> bool {
        self.known.borrow().left_ms(clock::unix_ms()) >= LEAST_LIFE_MS
    }

    /// Whether a run with these settings may use it.
    pub(crate) fn serves(&self, settings: &Settings) -> bool {
        let needs = Needs {
            template: &settings.template,
            internet: settings.internet,
            variables: &settings.environment,
            life_ms: LEAST_LIFE_MS,
        };
        self.known
            .borrow()
            .can_reuse(clock::unix_ms(), needs)
            .is_ok()
    }

    /// Whether it was held against the settings a moment ago.
    pub(crate) fn fitted_lately(&self) -> bool {
        clock::now_ms() - self.fitted_at.get() < FITTED_MS
    }

    /// It fits the settings as they are now.
    pub(crate) fn fits_now(&self) {
        self.fitted_at.set(clock::now_ms());
    }

    /// End of its life, in milliseconds since 1970.
    pub(crate) fn ends_at(&self) -> u64 {
        self.known.borrow().ends_at
    }

    /// Its life was moved on.
    pub(crate) fn extended(&self, ends_at: u64) {
        self.known.borrow_mut().ends_at = ends_at;
    }

    /// Leave to move its life on, unless somebody else is at it. It ends with the value.
    pub(crate) fn extending(&self) -> Option<Extending<'_>> {
        let free = !self.extending.replace(true);
        free.then(|| Extending(&self.extending))
    }

    /// Whether the runner with this hash is in it.
    pub(crate) fn has_runner(&self, hash: &str) -> bool {
        self.known.borrow().runner.as_deref() == Some(hash)
    }

    /// The runner with this hash was put into it.
    pub(crate) fn put_runner(&self, hash: &str) {
        self.known.borrow_mut().runner = Some(hash.to_owned());
    }

    /// A run begins in it: a few words for the step, the first time "new".
    pub(crate) fn begin(&self, planned: &PlannedRun) -> String {
        let work = Work::of(&planned.venv, &planned.packages, &planned.code);
        let kept = match self.known.borrow_mut().begin(work) {
            // The step of the packages says that they are unchanged.
            Kept::Unknown | Kept::Packages | Kept::All => "",
            Kept::Nothing => ", new packages",
            Kept::SomePackages => ", more packages",
        };
        let age = if self.used.replace(true) {
            "reused"
        } else {
            "new"
        };
        format!("{age}, template {}{kept}", self.access.template)
    }

    /// An input is in its cache.
    pub(crate) fn holds_now(&self, cache_key: &str) {
        self.known.borrow_mut().inputs.insert(cache_key.to_owned());
    }

    /// The cache turned out to lack something: nothing is believed of it any more.
    pub(crate) fn distrust_cache(&self) {
        self.known.borrow_mut().inputs.clear();
    }

    /// What the last run left is not known.
    pub(crate) fn distrust_packages(&self) {
        self.known.borrow_mut().last = None;
    }

    /// The place and manifest of a file that may be in the cache.
    pub(crate) fn remember_file(&self, file: u64, input: &RunInput) {
        let input = RunInput {
            urls: Vec::new(),
            headers: BTreeMap::new(),
            ..input.clone()
        };
        self.files.borrow_mut().insert(file, input);
    }

    /// A table's input without any URL, if the cache holds its content.
    pub(crate) fn cached_table(&self, table: &PlannedTable) -> Option<RunInput> {
        self.known
            .borrow()
            .holds(table.cache_key.as_deref())
            .then(|| RunInput {
                path: table.path.clone(),
                cache_key: table.cache_key.clone(),
                manifest: Some(table.manifest.clone()),
                urls: Vec::new(),
                headers: BTreeMap::new(),
                gzip: false,
                header: None,
                parts: None,
                bytes: None,
                unpack: false,
            })
    }

    /// A file's input without any URL, if the cache holds its content.
    pub(crate) fn cached_file(&self, file: u64) -> Option<RunInput> {
        let input = self.files.borrow().get(&file).cloned()?;
        self.known
            .borrow()
            .holds(input.cache_key.as_deref())
            .then_some(input)
    }

    /// The sandbox's own API.
    ///
    /// # Errors
    /// When the service gave it a token that no header can carry.
    pub(crate) fn envd(&self) -> Result<Envd<'static, Fetch>, Problem> {
        const FETCH: &Fetch = &Fetch;
        let token = self.token().map(|it| EnvdToken::parse(&it.0)).transpose();
        let broken = |error: String| Problem::with(ProblemCode::SandboxBroken, error);
        let routed_to = match self.access.routing_headers {
            true => {
                Some(SandboxId::parse(&self.access.id).map_err(|error| broken(error.to_string()))?)
            }
            false => None,
        };
        let access = EnvdAccess {
            url: self.access.envd_url.clone(),
            token: token.map_err(|error| broken(error.to_string()))?,
            version: EnvdVersion::read(&self.access.envd_version),
            user: None,
            routed_to,
        };
        Ok(Envd::new(FETCH, access))
    }
}

/// What is told when a sandbox is gone, and all that ran in it.
pub(crate) fn is_gone(problem: &Problem) -> bool {
    problem.code == ProblemCode::SandboxVanished
}

/// What is told when a sandbox of before turns out to be of no use, gone or closed to us: never shown, as
/// the run goes on in a new one.
pub(crate) fn is_of_no_use(problem: &Problem) -> bool {
    is_gone(problem) || problem.code == ProblemCode::SandboxTokenRefused
}
