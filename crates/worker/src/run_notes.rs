//! Runs that go on, noted down in the session's storage: a new engine finds them again.

use std::rc::Rc;

use futures::lock::Mutex;
use messages::worker::{ForgetRun, NoteRun, RunNote};
use messages::{Problem, ProblemCode};
use webext::storage::Area;

use crate::configuration::draft;

const KEY: &str = "runs";

thread_local! {
    // Each change reads the list and writes it back.
    static CHANGE: Rc<Mutex<()>> = Rc::default();
}

/// Notes a run down; one of the same configuration before it is over, unless its sandbox is still to be
/// ended.
pub(crate) async fn note(call: &NoteRun) -> Result<(), Problem> {
    change(|notes| {
        let key = call.note.configuration.key();
        notes.retain(|note| {
            note.run != call.note.run && (note.stopped || note.configuration.key() != key)
        });
        notes.push(call.note.clone());
    })
    .await
}

/// A run is over.
pub(crate) async fn forget(call: &ForgetRun) -> Result<(), Problem> {
    draft::forget_run(&call.run).await?;
    change(|notes| notes.retain(|note| note.run != call.run)).await
}

/// The runs that are not over.
pub(crate) async fn recall() -> Result<Vec<RunNote>, Problem> {
    let text = Area::Session.read(KEY).await.map_err(broken)?;
    // What another version wrote counts as nothing.
    let notes = text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(notes.unwrap_or_default())
}

async fn change(change: impl FnOnce(&mut Vec<RunNote>)) -> Result<(), Problem> {
    let lock = CHANGE.with(Rc::clone);
    let _one_at_a_time = lock.lock().await;
    let mut notes = recall().await?;
    change(&mut notes);
    let text = serde_json::to_string(&notes).map_err(broken)?;
    Area::Session.write(KEY, &text).await.map_err(broken)
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn broken(error: impl ToString) -> Problem {
    Problem::with(ProblemCode::Internal, error.to_string())
}
