//! The doctor: is the service there, and what can its sandboxes do?
//!
//! Answers differ between services and between their versions more than any table could tell, so a
//! sandbox is made, tried and ended.

use std::collections::BTreeMap;

use e2b::{CreateSandbox, E2bError, Envd, EnvdError, ProcessStart, Sandbox, SandboxId};
use messages::worker::{CheckService, Found, Offer, SandboxReport, ServiceReport};
use messages::{Problem, ProblemCode};
use webext::fetch::Fetch;
use webext::{clock, timer};

use crate::account::Account;
use crate::e2b_problem::problem;
use crate::install;
use crate::sandbox_marks as marks;
use crate::sandboxes::check_way;

/// Life of the sandbox, in seconds: it ends itself when nobody else does.
const LIFE_S: u32 = 60;
/// Waits for its port, in milliseconds.
const OPEN_MS: [u32; 7] = [50, 100, 200, 400, 800, 1_500, 3_000];

/// Tries the service in force.
pub(crate) async fn check(call: &CheckService) -> Result<ServiceReport, Problem> {
    let account = Account::load().await?;
    let began = clock::now_ms();
    if let Err(error) = account.control().check_key().await {
        return Ok(ServiceReport {
            api: Err(problem(error)),
            sandbox: None,
        });
    }
    let api = Ok(since(began));
    let sandbox = Some(sandbox(&account, &call.template).await);
    Ok(ServiceReport { api, sandbox })
}

async fn sandbox(account: &Account, template: &str) -> Result<SandboxReport, Problem> {
    let marks = marks::of_check(&clock::unix_ms().to_string(), &install::id().await?);
    let wanted = CreateSandbox {
        template: template.to_owned(),
        life_seconds: LIFE_S,
        metadata: marks.clone(),
        env_vars: BTreeMap::new(),
        internet: false,
    };
    let control = account.control();
    let began = clock::now_ms();
    let (made, confined) = match control.create_once(&wanted, &marks).await {
        // It may not know the field.
        Err(E2bError::Refused { status: 400, .. }) => {
            let wanted = CreateSandbox {
                internet: true,
                ..wanted
            };
            (control.create_once(&wanted, &marks).await, false)
        }
        made => (made, true),
    };
    let made = made.map_err(problem)?;
    let created_ms = since(began);
    let tried = try_out(account, &made, created_ms, confined).await;
    let ended = account.control().delete(&made.id).await;
    tried.map(|report| SandboxReport {
        left: ended.err().map(problem),
        ..report
    })
}

async fn try_out(
    account: &Account,
    made: &Sandbox,
    created_ms: u32,
    confined: bool,
) -> Result<SandboxReport, Problem> {
    check_way(&account.endpoint, made).await?;
    let began = clock::now_ms();
    let command = run_nothing(account, made).await.map(|()| since(began));
    let named = account.endpoint.disagrees_with(made.domain.as_ref());
    Ok(SandboxReport {
        created_ms,
        envd_version: made.envd_version.to_string(),
        other_domain: named.map(ToString::to_string),
        command,
        offers: offers(account, made, confined).await,
        left: None,
    })
}

async fn run_nothing(account: &Account, made: &Sandbox) -> Result<(), Problem> {
    let envd = Envd::new(&Fetch, made.envd(&account.endpoint, None));
    let mut waits = OPEN_MS.into_iter();
    loop {
        match envd.run_to_end(&ProcessStart::shell("true")).await {
            Ok(completed) if completed.ended.exit_code == 0 => return Ok(()),
            Ok(completed) => {
                let said = String::from_utf8_lossy(&completed.stderr).trim().to_owned();
                return Err(Problem::with(ProblemCode::SandboxBroken, said));
            }
            Err(EnvdError::PortNotOpen) => match waits.next() {
                Some(wait) => timer::sleep_ms(wait).await,
                None => return Err(broken(&EnvdError::PortNotOpen)),
            },
            Err(error) => return Err(broken(&error)),
        }
    }
}

fn broken(error: &EnvdError) -> Problem {
    Problem::with(ProblemCode::SandboxBroken, error.to_string())
}

async fn offers(account: &Account, made: &Sandbox, confined: bool) -> Vec<(Offer, Found)> {
    let control = account.control();
    let id: &SandboxId = &made.id;
    let version = made.envd_version;
    let extended = control.extend(id, LIFE_S, clock::unix_ms()).await;
    let internet = match extended.as_ref().map(|read| read.internet) {
        _ if !confined => Found::Absent,
        Ok(Some(internet)) => known(!internet),
        _ => Found::Untold,
    };
    vec![
        (Offer::SecuredAccess, known(made.access_token.is_some())),
        (Offer::Timeout, found(extended.map(Some))),
        (
            Offer::Connect,
            found(control.connect(id, LIFE_S).await.map(Some)),
        ),
        (Offer::Metrics, found(control.metrics(id).await)),
        (Offer::Templates, found(control.templates().await)),
        (Offer::NoInternet, internet),
        (Offer::RawUpload, known(version.has_raw_upload())),
        (Offer::Compose, known(version.has_compose())),
    ]
}

fn known(there: bool) -> Found {
    if there { Found::There } else { Found::Absent }
}

#[allow(clippy::needless_pass_by_value)] // reads better where it is called
fn found<T>(answer: Result<Option<T>, E2bError>) -> Found {
    match answer {
        Ok(there) => known(there.is_some()),
        Err(error) if error.is_no_such_call() => Found::Absent,
        Err(_) => Found::Untold,
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a span in ms
fn since(began: f64) -> u32 {
    (clock::now_ms() - began).max(0.0) as u32
}
