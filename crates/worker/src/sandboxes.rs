//! Sandboxes: creating them with our mark, listing, extending and ending them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use e2b::{
    Control, CreateSandbox as Create, E2bError, Endpoint, Envd, EnvdError, Life, ListedSandbox,
    Sandbox, SandboxId, Template,
};
use futures::lock::Mutex;
use messages::worker::{
    ConnectSandbox, CreateSandbox, ExtendSandbox, PauseSandbox, SandboxAccess, SandboxView, Secret,
    TemplateView, TerminateSandbox,
};
use messages::{Problem, ProblemCode};
use webext::clock;
use webext::fetch::Fetch;
use webext::permissions;

use crate::account::Account;
use crate::e2b_problem::problem;
use crate::settings;

/// Metadata that marks a sandbox as made by this extension.
pub(crate) const APP: (&str, &str) = ("app", "keboola-e2b-writer");
const CONFIGURATION: &str = "configuration";
const RUN: &str = "run";
const TEMPLATE: &str = "template";
const VERSION: &str = "version";
/// There when the sandbox was made without access to the internet.
const NO_INTERNET: &str = "no-internet";

/// Creates a sandbox for a run.
pub(crate) async fn create(call: &CreateSandbox) -> Result<SandboxAccess, Problem> {
    let account = Account::load().await?;
    let settings = settings::of(&call.configuration).await?;
    let control = account.control();
    let mark = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut metadata: BTreeMap<String, String> = [
        mark(APP.0, APP.1),
        mark(CONFIGURATION, &call.configuration.key()),
        mark(RUN, &call.run),
        // As the settings name it: an answer may tell the id instead.
        mark(TEMPLATE, &settings.template),
        mark(VERSION, env!("CARGO_PKG_VERSION")),
    ]
    .into();
    if !settings.internet {
        metadata.extend([mark(NO_INTERNET, "1")]);
    }
    let wanted = Create {
        template: settings.template.clone(),
        life_seconds: settings.life_seconds,
        metadata,
        // A run brings its own, so that one that was removed does not stay in a sandbox.
        env_vars: BTreeMap::new(),
        internet: settings.internet,
    };
    let asked_at = clock::unix_ms();
    let creation = creation_of(&call.run);
    let _one_at_a_time = creation.lock().await;
    let made = match call.again {
        true => control
            .find_by_metadata(&wanted.metadata)
            .await
            .map_err(problem)?,
        false => None,
    };
    let sandbox = match made {
        Some(sandbox) => sandbox,
        None => create_or_find(&control, &wanted).await?,
    };
    if let Err(unreachable) = check_way(&account.endpoint, &sandbox).await {
        // Nobody could use it: ended now rather than when its life runs out.
        let _ = control.delete(&sandbox.id).await;
        return Err(unreachable);
    }
    let ends_at = asked_at + u64::from(settings.life_seconds) * 1_000;
    Ok(access(
        &account.endpoint,
        &sandbox,
        settings.template,
        settings.internet,
        ends_at,
    ))
}

thread_local! {
    /// Creations that may be under way, by their run. One whose engine ended meanwhile goes on, and
    /// who asks again waits for it.
    static CREATIONS: RefCell<BTreeMap<String, Weak<Mutex<()>>>> = RefCell::default();
}

fn creation_of(run: &str) -> Rc<Mutex<()>> {
    CREATIONS.with_borrow_mut(|all| {
        all.retain(|_, creation| creation.strong_count() > 0);
        let known = all.get(run).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let fresh = Rc::new(Mutex::new(()));
            all.insert(run.to_owned(), Rc::downgrade(&fresh));
            fresh
        })
    })
}

/// Creates a sandbox whose marks no other one has. When the answer is lost, the sandbox may live all
/// the same: it is looked for by its marks, as a second create could leave a billed one behind.
pub(crate) async fn create_or_find(
    control: &Control<'_, Fetch>,
    wanted: &Create,
) -> Result<Sandbox, Problem> {
    match control.create(wanted).await {
        Ok(sandbox) => Ok(sandbox),
        Err(error @ (E2bError::TimedOut | E2bError::Unreachable(_))) => {
            match control.find_by_metadata(&wanted.metadata).await {
                Ok(Some(sandbox)) => Ok(sandbox),
                Ok(None) | Err(_) => Err(problem(error)),
            }
        }
        Err(error) => Err(problem(error)),
    }
}

/// Whether calls can go to the sandbox. The service may have named a domain of its own for it: that
/// wins over the endpoint's, but the browser must allow it, and something must answer there.
pub(crate) async fn check_way(endpoint: &Endpoint, sandbox: &Sandbox) -> Result<(), Problem> {
    let Some(named) = endpoint.disagrees_with(sandbox.domain.as_ref()) else {
        return Ok(());
    };
    let hosts = endpoint.sandbox_hosts(Some(named));
    if !permissions::contains(&[&hosts]).await {
        return Err(Problem::with(ProblemCode::PermissionNeeded, hosts));
    }
    let envd = Envd::new(&Fetch, sandbox.envd(endpoint, None));
    match envd.health().await {
        Err(
            EnvdError::Unreachable(_)
            | EnvdError::TimedOut
            | EnvdError::Dropped(_)
            | EnvdError::UnexpectedReply { .. },
        ) => {
            let own = endpoint.domain().map_or("none", e2b::Domain::as_str);
            Err(Problem::with(
                ProblemCode::DomainMismatch,
                format!("The service says {named}; Settings say {own}."),
            ))
        }
        _ => Ok(()),
    }
}

/// Moves the end of a life; never to an earlier time.
pub(crate) async fn extend(call: &ExtendSandbox) -> Result<u64, Problem> {
    let life = Life {
        now: clock::unix_ms(),
        ends_at: call.ends_at,
    };
    Account::load()
        .await?
        .control()
        .extend(&id(&call.id)?, call.seconds, life)
        .await
        .map_err(problem)
}

/// Puts a sandbox to sleep.
pub(crate) async fn pause(call: &PauseSandbox) -> Result<(), Problem> {
    Account::load()
        .await?
        .control()
        .pause(&id(&call.id)?)
        .await
        .map_err(problem)
}

/// Wakes a sandbox, and tells the way into it.
pub(crate) async fn connect(call: &ConnectSandbox) -> Result<SandboxAccess, Problem> {
    let account = Account::load().await?;
    let control = account.control();
    let asked_at = clock::unix_ms();
    let sandbox = control
        .connect(&id(&call.id)?, call.seconds)
        .await
        .map_err(problem)?;
    check_way(&account.endpoint, &sandbox).await?;
    // The answer of connect names the template by its id alone and no end; the list has both.
    let listed = control.list().await.map_err(problem)?;
    let listed = listed.into_iter().find(|listed| listed.id == sandbox.id);
    let marked = |listed: &ListedSandbox| listed.metadata.contains_key(NO_INTERNET);
    let internet = !listed.as_ref().is_some_and(marked);
    let (template, ends_at) = match listed.map(view) {
        Some(view) => (view.template, view.ends_at),
        None => (sandbox.template.clone(), 0),
    };
    let ends_at = ends_at.max(asked_at + u64::from(call.seconds) * 1_000);
    Ok(access(
        &account.endpoint,
        &sandbox,
        template,
        internet,
        ends_at,
    ))
}

/// Every sandbox of the key.
pub(crate) async fn list() -> Result<Vec<SandboxView>, Problem> {
    let account = Account::load().await?;
    let listed = account.control().list().await.map_err(problem)?;
    Ok(listed.into_iter().map(view).collect())
}

/// The templates of the key.
pub(crate) async fn templates() -> Result<Vec<TemplateView>, Problem> {
    let account = Account::load().await?;
    let listed = account.control().templates().await.map_err(problem)?;
    let view = |template: Template| TemplateView {
        name: template.name.unwrap_or(template.id),
        size: template.size,
    };
    Ok(listed.into_iter().flatten().map(view).collect())
}

/// Ends a sandbox; one that is gone already counts as ended.
pub(crate) async fn terminate(call: &TerminateSandbox) -> Result<(), Problem> {
    Account::load()
        .await?
        .control()
        .delete(&id(&call.id)?)
        .await
        .map_err(problem)
}

fn access(
    endpoint: &Endpoint,
    sandbox: &Sandbox,
    template: String,
    internet: bool,
    ends_at: u64,
) -> SandboxAccess {
    let envd = sandbox.envd(endpoint, None);
    SandboxAccess {
        id: sandbox.id.to_string(),
        envd_url: envd.url,
        token: envd.token.map(|token| Secret(token.expose().to_owned())),
        routing_headers: envd.routed_to.is_some(),
        envd_version: envd.version.to_string(),
        ends_at: by_our_clock(sandbox.left_ms, sandbox.ends_at.unwrap_or(ends_at)),
        template,
        internet,
    }
}

/// An end of life by the clock of this computer, in milliseconds since 1970: the service's may be
/// wrong, or this one.
fn by_our_clock(left_ms: Option<u64>, told: u64) -> u64 {
    left_ms.map_or(told, |left| clock::unix_ms() + left)
}

fn view(sandbox: ListedSandbox) -> SandboxView {
    let ours = sandbox.metadata.get(APP.0).map(String::as_str) == Some(APP.1);
    SandboxView {
        configuration: sandbox
            .metadata
            .get(CONFIGURATION)
            .filter(|_| ours)
            .cloned(),
        id: sandbox.id.to_string(),
        template: sandbox
            .metadata
            .get(TEMPLATE)
            .filter(|_| ours)
            .cloned()
            .unwrap_or(sandbox.template),
        ends_at: by_our_clock(sandbox.left_ms, sandbox.ends_at),
        paused: sandbox.paused,
        size: sandbox.size,
    }
}

fn id(text: &str) -> Result<SandboxId, Problem> {
    SandboxId::parse(text).map_err(|error| Problem::with(ProblemCode::Internal, error.to_string()))
}
