//! What a job does: the data folder as the script finds it ([`data`], [`input_tables`], [`input_files`]),
//! the script in its jail ([`script`], [`jail`]), and what becomes of what it leaves ([`found`],
//! [`output_tables`], [`output_files`], [`state`], [`archive`]).

mod archive;
mod data;
mod found;
mod input_files;
mod input_tables;
mod jail;
mod lab;
mod mapping;
mod output_files;
mod output_tables;
mod script;
mod secrets;
mod state;

use std::path::Path;

use serde_json::Value;

pub(crate) use lab::Lab;

use super::caller::Caller;
use super::life::Killed;
use crate::moment;
use crate::project::configuration::Place;
use crate::project::event::{Event, EventKind};
use crate::project::queue_job::QueueJob;
use crate::random;
use crate::storage::StorageError;
use crate::world::World;

/// What is to be run.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: u64,
    component: String,
    configuration: Option<String>,
    data: Option<Value>,
    branch: Option<u64>,
    is_debug: bool,
}

impl Task {
    pub(super) fn of(job: &QueueJob) -> Self {
        Self {
            id: job.id,
            component: job.component.clone(),
            configuration: job.configuration.clone(),
            data: job
                .asked
                .get("configData")
                .filter(|it| it.is_object())
                .cloned(),
            branch: job.branch,
            is_debug: job.mode == "debug",
        }
    }
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) message: String,
    /// Whose error it was.
    pub(super) error: Option<&'static str>,
    pub(super) version: Option<u64>,
    /// Tables that were read, as `result` tells of them.
    pub(super) input: Vec<Value>,
    /// Tables that were written.
    pub(super) output: Vec<Value>,
}

/// Why a job fails.
#[derive(Debug)]
enum Failure {
    /// The configuration or the script is to blame.
    User(String),
    /// The stand-in itself.
    Broken(String),
    /// Somebody wanted it ended.
    Killed,
}

impl Failure {
    fn user(text: impl Into<String>) -> Self {
        Self::User(text.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// What Storage refuses is the configuration's fault.
impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::User(error.into_parts().1)
    }
}

/// A job at work.
struct Work<'a> {
    world: &'a World,
    caller: &'a Caller,
    task: &'a Task,
    /// Where the configuration is; of a job without one, what stands for its id.
    place: Place,
    configuration: Value,
    state: Value,
    version: Option<u64>,
    /// The development branch that it runs in.
    branch: Option<u64>,
}

/// Runs it to its end; `None` when somebody ended it.
pub(super) async fn run(
    world: &World,
    caller: &Caller,
    task: &Task,
    killed: Killed,
) -> Option<Ended> {
    let mut ended = Ended {
        message: "Component processing finished.".to_owned(),
        error: None,
        version: None,
        input: Vec::new(),
        output: Vec::new(),
    };
    let failure = match Work::begin(world, caller, task) {
        Ok(work) => {
            ended.version = work.version;
            work.to_end(&mut ended, killed).await.err()
        }
        Err(failure) => Some(failure),
    };
    let (kind, message) = match failure {
        None => {
            tell(world, caller, task, EventKind::Success, &ended.message);
            return Some(ended);
        }
        Some(Failure::Killed) => {
            let text = "Job has been terminated";
            tell(world, caller, task, EventKind::Error, text);
            return None;
        }
        Some(Failure::User(message)) => ("user", message),
        Some(Failure::Broken(message)) => {
            eprintln!("devstack: job {} broke: {message}", task.id);
            ("application", message)
        }
    };
    tell(world, caller, task, EventKind::Error, &message);
    Some(Ended {
        message,
        error: Some(kind),
        ..ended
    })
}

impl<'a> Work<'a> {
    /// The configuration as it is at this moment.
    fn begin(world: &'a World, caller: &'a Caller, task: &'a Task) -> Result<Self, Failure> {
        let found = caller.storage.with(world, |project| {
            let production = project.default_branch();
            let id = match (&task.configuration, &task.data) {
                (Some(id), _) => id.clone(),
                (None, data) => data::stand_in_id(data.as_ref()),
            };
            let place = Place {
                branch: task.branch.unwrap_or(production),
                component: task.component.clone(),
                id,
            };
            let own = project.configuration(&place);
            let (configuration, state, version) = match (own, &task.data) {
                (None, None) => return Ok(None),
                (None, Some(data)) => (data.clone(), Value::Null, None),
                (Some(own), data) => {
                    let stored = &own.current.content.configuration;
                    let number = own.current.number;
                    (
                        data.as_ref().unwrap_or(stored).clone(),
                        own.state.clone(),
                        Some(number),
                    )
                }
            };
            Ok(Some(Self {
                world,
                caller,
                task,
                place,
                configuration,
                state,
                version,
                branch: task.branch.filter(|branch| *branch != production),
            }))
        })?;
        let work = found.ok_or_else(|| Failure::user("The configuration was not found."))?;
        mapping::check(&work.configuration)?;
        Ok(work)
    }

    async fn to_end(&self, ended: &mut Ended, mut killed: Killed) -> Result<(), Failure> {
        // It goes when it is dropped.
        let folder = self.world.queue.lab.job_folder(self.task.id)?;
        let data = folder.path().join("data");
        let python = tokio::select! {
            biased;
            _ = killed.wait_for(|killed| *killed) => return Err(Failure::Killed),
            prepared = self.prepare(folder.path(), &data, ended) => prepared?,
        };
        let run = script::run(self, &data, &python, &mut killed).await;
        let outputs = match run {
            Ok(()) if self.task.is_debug => {
                return archive::store(self, &data, "stage_output.zip").await;
            }
            Ok(()) => output_tables::Which::All,
            Err(Failure::User(_)) if !self.task.is_debug => output_tables::Which::WriteAlways,
            Err(_) => return run,
        };
        if *killed.borrow() {
            return Err(Failure::Killed);
        }
        let stored = output_tables::store(self, &data, outputs, &mut ended.output);
        run?;
        stored?;
        output_files::store(self, &data).await?;
        state::save(self, &data)
    }

    /// All that comes before the script.
    async fn prepare(
        &self,
        folder: &Path,
        data: &Path,
        ended: &mut Ended,
    ) -> Result<lab::Python, Failure> {
        let parameters = secrets::decrypted(self, self.parameters())?;
        data::lay_out(self, data, &parameters)?;
        ended.input = input_tables::lay_out(self, data)?;
        input_files::lay_out(self, data).await?;
        self.tell(
            EventKind::Info,
            &format!("Running component {} (row 1 of 1)", self.task.component),
        );
        if self.task.is_debug {
            archive::store(self, data, "stage_0.zip").await?;
        }
        let packages = data::become_script(self, data, &parameters)?;
        let tell = |text: &str| self.tell(EventKind::Info, text);
        let lab = &self.world.queue.lab;
        lab.python(&folder.join("venv"), &packages, &tell).await
    }

    fn parameters(&self) -> &Value {
        self.configuration.get("parameters").unwrap_or(&Value::Null)
    }

    /// A list of the mapping: `side` is input or output, `kind` tables or files.
    fn mapping(&self, side: &str, kind: &str) -> &[Value] {
        mapping::list(&self.configuration, side, kind)
    }

    /// What a name in Storage is called in a development branch.
    fn in_branch(&self, bucket: &str) -> Option<String> {
        let branch = self.branch?;
        let (stage, name) = bucket.split_once(".c-")?;
        Some(format!("{stage}.c-{branch}-{name}"))
    }

    fn tell(&self, kind: EventKind, message: &str) {
        tell(self.world, self.caller, self.task, kind, message);
    }
}

/// An event of the job, at once.
fn tell(world: &World, caller: &Caller, task: &Task, kind: EventKind, text: &str) {
    let token = &caller.storage.token;
    let event = Event {
        id: world.next_id(),
        uuid: random::uuid(),
        run: task.id.to_string(),
        component: task.component.clone(),
        configuration: task.configuration.clone(),
        kind,
        text: text.to_owned(),
        created: moment::now(),
        token: (token.id, token.description.clone()),
    };
    let _ = caller.storage.with(world, |project| {
        project.events.push(event);
        Ok(())
    });
}

/// A text of an object that is not empty.
fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// The texts of a list in an object.
fn texts(value: &Value, name: &str) -> Vec<String> {
    let list = value.get(name).and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
