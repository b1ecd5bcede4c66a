//! Sandboxes: creating them with our mark, listing, extending and ending them.

use std::collections::BTreeMap;

use e2b::{
    Control, CreateSandbox as Create, E2bError, Endpoint, Life, ListedSandbox, Sandbox, SandboxId,
};
use messages::worker::{
    CreateSandbox, ExtendSandbox, SandboxAccess, SandboxView, Secret, TerminateSandbox,
};
use messages::{Problem, ProblemCode};
use webext::clock;
use webext::fetch::Fetch;

use crate::e2b_problem::problem;
use crate::{e2b_key, settings};

/// Metadata that marks a sandbox as made by this extension.
const APP: (&str, &str) = ("app", "keboola-e2b-writer");
const CONFIGURATION: &str = "configuration";
const RUN: &str = "run";

/// Creates a sandbox for a run.
pub(crate) async fn create(call: &CreateSandbox) -> Result<SandboxAccess, Problem> {
    let key = e2b_key::load().await?;
    let settings = settings::of(&call.configuration).await?;
    let endpoint = Endpoint::cloud();
    let control = Control::new(&Fetch, &endpoint, &key);
    let mark = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let metadata: BTreeMap<String, String> = [
        mark(APP.0, APP.1),
        mark(CONFIGURATION, &call.configuration.key()),
        mark(RUN, &call.run),
    ]
    .into();
    let wanted = Create {
        template: settings.template.clone(),
        life_seconds: settings.life_seconds,
        metadata: metadata.clone(),
        env_vars: BTreeMap::new(),
    };
    let asked_at = clock::unix_ms();
    let sandbox = match control.create(&wanted).await {
        Ok(sandbox) => sandbox,
        // The answer was lost, the sandbox may live: it carries this run's mark. A second create
        // could leave a billed one behind.
        Err(error @ (E2bError::TimedOut | E2bError::Unreachable(_))) => {
            match control.find_by_metadata(&metadata).await {
                Ok(Some(sandbox)) => sandbox,
                Ok(None) | Err(_) => return Err(problem(error)),
            }
        }
        Err(error) => return Err(problem(error)),
    };
    let ends_at = asked_at + u64::from(settings.life_seconds) * 1_000;
    Ok(access(&endpoint, &sandbox, settings.template, ends_at))
}

/// Moves the end of a life; never to an earlier time.
pub(crate) async fn extend(call: &ExtendSandbox) -> Result<(), Problem> {
    let key = e2b_key::load().await?;
    let endpoint = Endpoint::cloud();
    let life = Life {
        now: clock::unix_ms(),
        ends_at: call.ends_at,
    };
    Control::new(&Fetch, &endpoint, &key)
        .extend(&id(&call.id)?, call.seconds, life)
        .await
        .map(drop)
        .map_err(problem)
}

/// Every sandbox of the key.
pub(crate) async fn list() -> Result<Vec<SandboxView>, Problem> {
    let key = e2b_key::load().await?;
    let endpoint = Endpoint::cloud();
    let control = Control::new(&Fetch, &endpoint, &key);
    let listed = control.list().await.map_err(problem)?;
    Ok(listed.into_iter().map(view).collect())
}

/// Ends a sandbox; one that is gone already counts as ended.
pub(crate) async fn terminate(call: &TerminateSandbox) -> Result<(), Problem> {
    let key = e2b_key::load().await?;
    let endpoint = Endpoint::cloud();
    Control::new(&Fetch, &endpoint, &key)
        .delete(&id(&call.id)?)
        .await
        .map_err(problem)
}

fn access(endpoint: &Endpoint, sandbox: &Sandbox, template: String, ends_at: u64) -> SandboxAccess {
    let envd = sandbox.envd(endpoint, None);
    SandboxAccess {
        id: sandbox.id.to_string(),
        envd_url: envd.url,
        token: envd.token.map(|token| Secret(token.expose().to_owned())),
        envd_version: envd.version.to_string(),
        ends_at: sandbox.ends_at.unwrap_or(ends_at),
        template,
    }
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
        template: sandbox.template,
        ends_at: sandbox.ends_at,
        paused: sandbox.paused,
        size: sandbox.size,
    }
}

fn id(text: &str) -> Result<SandboxId, Problem> {
    SandboxId::parse(text).map_err(|error| Problem::with(ProblemCode::Internal, error.to_string()))
}
