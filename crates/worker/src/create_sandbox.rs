//! Creates a sandbox with our marks, and finds the one whose creation nobody heard the end of.

use e2b::{Control, CreateSandbox as Create, ListedSandbox, Sandbox};
use messages::worker::{CreateSandbox, SandboxAccess, Settings};
use messages::{Problem, ProblemCode};
use webext::clock;
use webext::fetch::Fetch;
use webext::storage::{Area, StorageError};
use webext::turns::Turns;

use crate::account::Account;
use crate::e2b_problem::problem;
use crate::install;
use crate::sandbox_marks::{self as marks, Making};
use crate::sandboxes::{access, check_way};
use crate::settings;

/// Creates a sandbox for a run. One that an earlier press of the same configuration asked for, and
/// whose answer was lost, is used instead when it came to be.
pub(crate) async fn create(call: &CreateSandbox) -> Result<SandboxAccess, Problem> {
    let account = Account::load().await?;
    let settings = settings::of(&call.configuration).await?;
    let control = account.control();
    let configuration = call.configuration.key();
    let creation = CREATIONS.with(|all| all.of(&configuration));
    let _one_at_a_time = creation.lock().await;

    let open = Open::of(&configuration);
    let before = match call.again {
        true => Some(call.run.clone()),
        false => open.read().await?,
    };
    let made = match before {
        Some(run) => made_before(&control, &configuration, &run, &settings).await?,
        None => None,
    };
    let asked_at = clock::unix_ms();
    let sandbox = match made {
        Some(sandbox) => {
            open.close().await?;
            sandbox
        }
        None => {
            let identity = marks::of_run(&configuration, &call.run);
            let branch = call.configuration.branch.as_deref();
            let browser = install::id().await?;
            let mut metadata = marks::of_making(branch, &browser, &Making::by(&settings));
            metadata.extend(identity.clone());
            let wanted = Create {
                template: settings.template.clone(),
                life_seconds: settings.life_seconds,
                metadata,
                // A run and a terminal bring theirs, which may be newer; a sandbox with one that was
                // removed is not used again.
                env_vars: settings.sandbox_environment(),
                internet: settings.internet,
            };
            open.write(&call.run).await?;
            match control.create_once(&wanted, &identity).await {
                // The next press looks for it first.
                Err(error) if error.is_open() => return Err(problem(error)),
                created => {
                    open.close().await?;
                    created.map_err(problem)?
                }
            }
        }
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
        Making::by(&settings),
        ends_at,
    ))
}

/// The sandbox that was made for a run before. With other settings since then it is ended.
async fn made_before(
    control: &Control<'_, Fetch>,
    configuration: &str,
    run: &str,
    settings: &Settings,
) -> Result<Option<Sandbox>, Problem> {
    let identity = marks::of_run(configuration, run);
    match control.find_by_metadata(&identity).await {
        Ok(Some((sandbox, listed))) if fits(&listed, settings) => Ok(Some(sandbox)),
        Ok(Some((sandbox, _))) => {
            control.delete(&sandbox.id).await.map_err(problem)?;
            Ok(None)
        }
        Ok(None) => Ok(None),
        Err(error) if error.is_transient() => Err(problem(error)),
        // A service that cannot list would never create again.
        Err(_) => Ok(None),
    }
}

fn fits(listed: &ListedSandbox, settings: &Settings) -> bool {
    let (made, wanted) = (Making::of(listed), Making::by(settings));
    made.template == wanted.template
        && made.internet == wanted.internet
        && made.variables.is_subset(&wanted.variables)
}

/// A creation of a configuration whose end is not known, in the session's storage: this worker may
/// end before the answer comes.
struct Open(String);

impl Open {
    fn of(configuration: &str) -> Self {
        Self(format!("open-creation/{configuration}"))
    }

    /// The run that asked.
    async fn read(&self) -> Result<Option<String>, Problem> {
        Area::Session.read(&self.0).await.map_err(broken)
    }

    async fn write(&self, run: &str) -> Result<(), Problem> {
        Area::Session.write(&self.0, run).await.map_err(broken)
    }

    async fn close(&self) -> Result<(), Problem> {
        Area::Session.remove(&[&self.0]).await.map_err(broken)
    }
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn broken(error: StorageError) -> Problem {
    Problem::with(ProblemCode::Internal, error.to_string())
}

thread_local! {
    /// Creations that may be under way, by their configuration. One whose engine ended meanwhile goes
    /// on, and who asks again waits for it.
    static CREATIONS: Turns = Turns::default();
}
