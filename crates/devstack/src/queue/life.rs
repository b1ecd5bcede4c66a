//! The life of a job: it stands still for a moment, waits for its turn, runs, and has a result.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::caller::Caller;
use super::run::{self, Ended, Task};
use crate::project::queue_job::{QueueJob, Status};
use crate::world::World;
use crate::{moment, random};

/// Whether somebody wants the job ended.
type Killed = watch::Receiver<bool>;

/// Begins the life of a job that was taken down.
pub(super) fn begin(
    world: Arc<World>,
    caller: Caller,
    id: u64,
    delay: Duration,
    mut killed: Killed,
) {
    // Jobs of one configuration run one at a time, in the order in which they were asked for.
    let job = change(&world, &caller, id, |job| {
        let name = job.configuration.clone().unwrap_or_else(random::ulid);
        let branch = job.branch.unwrap_or_default();
        format!("job {branch} {} {name}", job.component)
    });
    let Some(line) = job else { return };
    let turn = world.turns.next(caller.storage.project, &line);
    tokio::spawn(async move {
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            _ = killed.wait_for(|killed| *killed) => {
                // Whoever comes behind still waits for those before.
                tokio::spawn(turn.come());
                return cancel(&world, &caller, id);
            }
        }
        change(&world, &caller, id, |job| job.status = Status::Waiting);
        let mut coming = Box::pin(turn.come());
        let _turn = tokio::select! {
            turn = &mut coming => turn,
            _ = killed.wait_for(|killed| *killed) => {
                tokio::spawn(coming);
                return cancel(&world, &caller, id);
            }
        };
        let task = change(&world, &caller, id, |job| {
            job.status = Status::Processing;
            job.started = Some(moment::now());
            Task::of(job)
        });
        let Some(task) = task else { return };
        let ended = tokio::select! {
            ended = run::run(&world, &caller, &task) => Some(ended),
            _ = killed.wait_for(|killed| *killed) => None,
        };
        match ended {
            Some(ended) => finish(&world, &caller, id, &ended),
            None => terminate(&world, &caller, id).await,
        }
    });
}

fn cancel(world: &World, caller: &Caller, id: u64) {
    change(world, caller, id, |job| {
        job.status = Status::Cancelled;
        job.ended = Some(moment::now());
    });
}

/// The processes are gone with the run that was dropped; the queue takes a moment to say so.
async fn terminate(world: &World, caller: &Caller, id: u64) {
    change(world, caller, id, |job| job.status = Status::Terminating);
    tokio::time::sleep(Duration::from_millis(200)).await;
    change(world, caller, id, |job| {
        job.status = Status::Terminated;
        job.ended = Some(moment::now());
        job.result = json!({"message": "Job has been terminated"});
    });
}

fn finish(world: &World, caller: &Caller, id: u64, ended: &Ended) {
    change(world, caller, id, |job| {
        job.status = match ended.error {
            None => Status::Success,
            Some(_) => Status::Error,
        };
        job.ended = Some(moment::now());
        let mut result = json!({
            "message": ended.message,
            "configVersion": ended.version.map(|version| version.to_string()),
            "images": [[{"id": job.component, "digests": []}]],
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
