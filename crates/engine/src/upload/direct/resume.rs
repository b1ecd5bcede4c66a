//! Uploads into a sandbox that ended with the browser: taken up with the same file, or given up.

use std::rc::Rc;

use messages::engine::UploadPhase;
use messages::worker::ConnectSandbox;
use messages::{Problem, ProblemCode};
use web_sys::File;
use webext::calls::call;

use super::journal::{self, Begun, Entry};
use super::{LIFE_SECONDS, folder_of, remove, run};
use crate::run::Lease;
use crate::state::Engine;
use crate::upload::Upload;

/// Goes on with one, in the sandbox that has parts of it if it still lives and the configuration has no
/// other one by now.
///
/// # Errors
/// `KeyMissing` until the key is there again, and what else keeps the sandbox from being reached. It
/// stays on the list then.
pub(in crate::upload) async fn resume(
    engine: &Rc<Engine>,
    upload: Rc<Upload>,
    begun: Begun,
    file: File,
) -> Result<(), Problem> {
    find_sandbox(engine, &begun.entry).await?;
    // Two presses of the same button.
    if upload.unfinished.take().is_none() {
        return Ok(());
    }
    upload.change(|view| {
        view.phase = UploadPhase::Waiting;
        view.note = None;
    });
    let path = begun.entry.path.clone();
    run(engine, upload, path, file, Some(begun));
    Ok(())
}

async fn find_sandbox(engine: &Rc<Engine>, entry: &Entry) -> Result<(), Problem> {
    let key = entry.configuration.key();
    let (None, Some(goes)) = (engine.live_lease(&key), &entry.goes) else {
        return Ok(());
    };
    let connect = ConnectSandbox {
        id: goes.sandbox.clone(),
        seconds: LIFE_SECONDS,
    };
    match call(&connect).await {
        Ok(access) => {
            let lease = Rc::new(Lease::found(access));
            engine.leases.borrow_mut().entry(key).or_insert(lease);
            Ok(())
        }
        // It goes from the beginning, into another one.
        Err(problem) if problem.code == ProblemCode::SandboxVanished => Ok(()),
        Err(problem) => Err(problem),
    }
}

/// Gives one up. Parts in a sandbox that nobody uses by now go with it.
pub(in crate::upload) async fn cancel(engine: &Rc<Engine>, upload: &Upload, begun: &Begun) {
    let entry = &begun.entry;
    let lease = engine.live_lease(&entry.configuration.key());
    if let (Some(lease), Some(goes)) = (lease, &entry.goes)
        && lease.access.id == goes.sandbox
    {
        remove(&lease, &folder_of(&entry.upload)).await;
    }
    journal::forget(&engine.journal, entry).await;
    upload.unfinished.take();
    engine.take_off(&entry.upload);
}
