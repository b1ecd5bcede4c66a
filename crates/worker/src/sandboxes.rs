//! Sandboxes: the way into them, listing, extending and ending them.

use e2b::{Endpoint, Envd, EnvdError, ListedSandbox, Sandbox, SandboxId, Template};
use messages::worker::{
    ConnectSandbox, ExtendSandbox, PauseSandbox, SandboxAccess, SandboxView, Secret, TemplateView,
    TerminateSandbox,
};
use messages::{Problem, ProblemCode};
use webext::clock;
use webext::fetch::Fetch;
use webext::permissions;

use crate::account::Account;
use crate::e2b_problem::problem;
use crate::install;
use crate::sandbox_marks::{self as marks, Making};

/// Whether calls can go to the sandbox. The service may have named a domain of its own for it: that
/// wins over the endpoint's, but the browser must allow it, and something must answer there.
pub(crate) async fn check_way(endpoint: &Endpoint, sandbox: &Sandbox) -> Result<(), Problem> {
    let Some(named) = endpoint.disagrees_with(sandbox.domain.as_ref()) else {
        return Ok(());
    };
    let told = || {
        let own = endpoint.domain().map_or("none", e2b::Domain::as_str);
        format!("The service says {named}; Settings say {own}.")
    };
    // What was accepted under Settings is plain http to another host, or to none but this computer.
    if endpoint.is_in_clear_at(named) {
        return Err(Problem::with(ProblemCode::DomainInClear, told()));
    }
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
        ) => Err(Problem::with(ProblemCode::DomainMismatch, told())),
        _ => Ok(()),
    }
}

/// Moves the end of a life, never to an earlier time, and tells what the service made of it.
pub(crate) async fn extend(call: &ExtendSandbox) -> Result<u64, Problem> {
    let account = Account::load().await?;
    let now = clock::unix_ms();
    let extended = account.control();
    let extended = extended.extend(&id(&call.id)?, call.seconds, now).await;
    let sandbox = extended.map_err(problem)?;
    // A service that tells no end is believed to have done what it took.
    let asked = now + u64::from(call.seconds) * 1_000;
    Ok(by_our_clock(
        sandbox.left_ms,
        sandbox.ends_at.unwrap_or(asked),
    ))
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
    // It is awake already: without a list it is used all the same.
    let listed = control.list().await.unwrap_or_default();
    let listed = listed.into_iter().find(|listed| listed.id == sandbox.id);
    let (making, ends_at) = match listed {
        Some(listed) => (
            Making::of(&listed),
            by_our_clock(listed.left_ms, listed.ends_at),
        ),
        None => (Making::unknown(&sandbox), 0),
    };
    let ends_at = ends_at.max(asked_at + u64::from(call.seconds) * 1_000);
    Ok(access(&account.endpoint, &sandbox, making, ends_at))
}

/// Every sandbox of the key.
pub(crate) async fn list() -> Result<Vec<SandboxView>, Problem> {
    let account = Account::load().await?;
    let listed = account.control().list().await.map_err(problem)?;
    let browser = install::id().await?;
    Ok(listed.iter().map(|it| view(it, &browser)).collect())
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

pub(crate) fn access(
    endpoint: &Endpoint,
    sandbox: &Sandbox,
    making: Making,
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
        template: making.template,
        internet: making.internet,
        variables: making.variables,
    }
}

/// An end of life by the clock of this computer, in milliseconds since 1970: the service's may be
/// wrong, or this one.
fn by_our_clock(left_ms: Option<u64>, told: u64) -> u64 {
    left_ms.map_or(told, |left| clock::unix_ms() + left)
}

fn view(sandbox: &ListedSandbox, browser: &str) -> SandboxView {
    SandboxView {
        maker: marks::maker(sandbox, browser),
        configuration: marks::configuration(sandbox).map(str::to_owned),
        template: marks::template(sandbox).to_owned(),
        id: sandbox.id.to_string(),
        ends_at: by_our_clock(sandbox.left_ms, sandbox.ends_at),
        paused: sandbox.paused,
        size: sandbox.size,
    }
}

fn id(text: &str) -> Result<SandboxId, Problem> {
    SandboxId::parse(text).map_err(|error| Problem::with(ProblemCode::Internal, error.to_string()))
}
