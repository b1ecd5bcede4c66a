//! The life of a job: it stands still for a moment, waits for its turn, runs, and has a result.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::caller::Caller;
use super::run::{self, Ended, Task};
use crate::project::queue_job::{QueueJob, Status};
use crate::turns::Turn;
use crate::world::World;
use crate::{moment, random};

/// Whether somebody wants the job ended.
pub(super) type Killed = watch::Receiver<bool>;

/// How long a job that was ended is still told to be ending.
const ENDING: Duration = Duration::from_millis(200);

/// Begins the life of a job that was taken down.
pub(super) fn begin(
    world: Arc<World>,
    caller: Caller,
    id: u64,
    delay: Duration,
    mut killed: Killed,
) {
    // Jobs of one configuration run one at a time, in the order in which they were asked for.
    let line = change(&world, &caller, id, |job| {
        let name = job.configuration.clone().unwrap_or_else(random::ulid);
        let branch = job.branch.unwrap_or_default();
        format!("job {branch} {} {name}", job.component)
    });
    let Some(line) = line else { return };
    let turn = world.turns.next(caller.storage.project, &line);
    tokio::spawn(async move {
        tokio::select! {
            biased;
            _ = killed.wait_for(|killed| *killed) => return give_up(turn),
            () = tokio::time::sleep(delay) => {}
        }
        change(&world, &caller, id, |job| {
            job.advance(Status::Created, Status::Waiting)
        });
        let mut coming = Box::pin(turn.come());
        let _turn = tokio::select! {
            biased;
            _ = killed.wait_for(|killed| *killed) => {
                tokio::spawn(coming);
                return;
            }
            turn = &mut coming => turn,
        };
        let task = change(&world, &caller, id, |job| {
            let moves = job.advance(Status::Waiting, Status::Processing);
            moves.then(|| {
                job.started = Some(moment::now());
                Task::of(job)
            })
        });
        let Some(task) = task.flatten() else { return };
        match run::run(&world, &caller, &task, killed).await {
            Some(ended) => finish(&world, &caller, id, &ended),
            None => tokio::time::sleep(ENDING).await,
        }
        change(&world, &caller, id, terminate);
    });
}

/// The job does not want its turn any more; whoever comes behind still waits for those before.
fn give_up(turn: Turn) {
    tokio::spawn(turn.come());
}

/// The end of a job that somebody wanted ended. It may have come to its end at the same moment.
fn terminate(job: &mut QueueJob) {
    if job.advance(Status::Terminating, Status::Terminated) {
        job.ended = Some(moment::now());
        job.result = json!({"message": "Job has been terminated"});
    }
}

fn finish(world: &World, caller: &Caller, id: u64, ended: &Ended) {
    change(world, caller, id, |job| {
        let status = match ended.error {
            None => Status::Success,
            Some(_) => Status::Error,
        };
        if !job.advance(Status::Processing, status) {
            return;
        }
        job.ended = Some(moment::now());
        let image = format!("developer-portal-v2/{}:devstack", job.component);
        let mut result = json!({
            "message": ended.message,
            "configVersion": ended.version.map(|version| version.to_string()),
            "images": [[{"id": image, "digests": []}]],
            "input": {"tables": ended.input},
            "output": {"tables": ended.output},
        });
        if let (Some(kind), Some(fields)) = (ended.error, result.as_object_mut()) {
            let error: Value = json!({"type": kind, "exceptionId": random::exception_id()});
            fields.insert("error".to_owned(), error);
        }
        job.result = result;
    });
}

/// Changes the job, while there is one.
fn change<T>(
    world: &World,
    caller: &Caller,
    id: u64,
    change: impl FnOnce(&mut QueueJob) -> T,
) -> Option<T> {
    let changed = caller.storage.with(world, |project| {
        let job = project.queue_jobs.iter_mut().find(|job| job.id == id);
        Ok(job.map(change))
    });
    changed.ok().flatten()
}
