//! What a job does: the data folder as the script finds it ([`data`]), the script in its jail ([`jail`]),
//! and what becomes of its outputs ([`outputs`], [`archive`]).

mod archive;
mod data;
mod jail;
mod lab;
mod outputs;
mod secrets;

use serde_json::{Value, json};

pub(crate) use lab::Lab;

use super::caller::Caller;
use crate::moment;
use crate::project::configuration::Place;
use crate::project::event::{Event, EventKind};
use crate::project::queue_job::QueueJob;
use crate::random;
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
    pub(super) input: Vec<Value>,
    pub(super) output: Vec<Value>,
}

/// Why a job fails.
#[derive(Debug)]
enum Failure {
    /// The configuration or the script is to blame.
    User(String),
    /// The stand-in itself.
    Broken(String),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// A job at work.
struct Work<'a> {
    world: &'a World,
    caller: &'a Caller,
    task: &'a Task,
    /// The configuration that it runs, and its version.
    place: Place,
    configuration: Value,
    state: Value,
    version: Option<u64>,
}

/// Runs the job to its end. Dropping it kills what runs.
pub(super) async fn run(world: &World, caller: &Caller, task: &Task) -> Ended {
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
            work.to_end(&mut ended).await.err()
        }
        Err(failure) => Some(failure),
    };
    let (kind, message) = match failure {
        None => return ended,
        Some(Failure::User(message)) => ("user", message),
        Some(Failure::Broken(message)) => ("application", message),
    };
    tell(world, caller, task, EventKind::Error, &message);
    Ended {
        message,
        error: Some(kind),
        output: Vec::new(),
        ..ended
    }
}

impl<'a> Work<'a> {
    fn begin(world: &'a World, caller: &'a Caller, task: &'a Task) -> Result<Self, Failure> {
        let found = caller.storage.with(world, |project| {
            let place = Place {
                branch: task.branch.unwrap_or_else(|| project.default_branch()),
                component: task.component.clone(),
                id: task.configuration.clone().unwrap_or_default(),
            };
            let own = project.configuration(&place);
            let (configuration, state, version) = match (own, &task.data) {
                (Some(own), None) => (
                    own.current.content.configuration.clone(),
                    own.state.clone(),
                    Some(own.current.number),
                ),
                (Some(own), Some(data)) => {
                    (data.clone(), own.state.clone(), Some(own.current.number))
                }
                (None, Some(data)) => (data.clone(), json!({}), None),
                (None, None) => return Ok(None),
            };
            Ok(Some((place, configuration, state, version)))
        });
        let found = found.ok().flatten();
        let missing = || Failure::User("The configuration was not found.".to_owned());
        let (place, configuration, state, version) = found.ok_or_else(missing)?;
        Ok(Self {
            world,
            caller,
            task,
            place,
            configuration,
            state,
            version,
        })
    }

    async fn to_end(&self, ended: &mut Ended) -> Result<(), Failure> {
        let folder = self.world.queue.lab.job_folder(self.task.id)?;
        let done = self.in_folder(folder.path(), ended).await;
        folder.close()?;
        done
    }

    async fn in_folder(&self, folder: &std::path::Path, ended: &mut Ended) -> Result<(), Failure> {
        let secrets = secrets::read(self)?;
        let layout = data::lay_out(self, folder, &secrets).await?;
        ended.input = layout.tables;
        self.tell(
            EventKind::Info,
            "Running component kds-team.app-custom-python (row 1 of 1)",
        );
        if self.task.is_debug {
            archive::store(self, folder, "stage_0.zip", &secrets).await?;
        }
        data::become_script(self, folder, &secrets)?;
        jail::run(self, folder).await?;
        if self.task.is_debug {
            archive::store(self, folder, "stage_output.zip", &secrets).await?;
        } else {
            ended.output = outputs::store(self, folder).await?;
        }
        self.tell(EventKind::Success, "Component processing finished.");
        Ok(())
    }

    fn parameters(&self) -> &Value {
        self.configuration.get("parameters").unwrap_or(&Value::Null)
    }

    fn mapping(&self, side: &str, kind: &str) -> &[Value] {
        let storage = self.configuration.get("storage");
        let list = storage
            .and_then(|it| it.get(side))
            .and_then(|it| it.get(kind));
        list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn tell(&self, kind: EventKind, message: &str) {
        tell(self.world, self.caller, self.task, kind, message);
    }
}

/// An event of the job, at once.
fn tell(world: &World, caller: &Caller, task: &Task, kind: EventKind, message: &str) {
    let event = Event {
        id: world.next_id(),
        uuid: random::ulid(),
        run: task.id.to_string(),
        component: task.component.clone(),
        configuration: task.configuration.clone(),
        kind,
        message: message.to_owned(),
        created: moment::now(),
        token: json!({"id": caller.storage.token.id, "name": caller.storage.token.description}),
    };
    let _ = caller.storage.with(world, |project| {
        project.events.push(event);
        Ok(())
    });
}
