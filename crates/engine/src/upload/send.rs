//! The one signed PUT, with real progress.

use std::rc::Rc;

use messages::engine::{Event, UploadPhase};
use messages::worker::PreparedUpload;
use messages::{Problem, ProblemCode};
use transfer::rate::Rate;
use web_sys::File;
use webext::xhr::{self, PutError};
use webext::{clock, timer};

use super::Upload;
use crate::state::Engine;

/// Sends the file.
///
/// # Errors
/// `UploadCancelled`; `UploadFailed` with what the network or the cloud storage said.
pub(crate) async fn send(
    engine: &Engine,
    upload: &Rc<Upload>,
    prepared: &PreparedUpload,
    file: &File,
) -> Result<(), Problem> {
    let bytes = upload.view().bytes;
    let progress = Rc::new(std::cell::Cell::new(0));
    let seen = progress.clone();
    let headers = &prepared.put.headers;
    let (handle, reply) =
        xhr::put(&prepared.put.url, headers, file, move |sent| seen.set(sent)).map_err(failed)?;
    upload.put.replace(Some(handle));
    let mut reply = std::pin::pin!(reply);
    let mut rate = Rate::new(bytes);
    let ended = loop {
        rate.sample(clock::unix_ms(), progress.get());
        let phase = UploadPhase::Sending {
            sent: progress.get(),
            rate: rate.bytes_per_second(),
            seconds_left: rate.seconds_left(),
        };
        if upload.change(|view| std::mem::replace(&mut view.phase, phase.clone()) != phase) {
            engine.publish(&Event::Upload(upload.view()));
        }
        let tick = std::pin::pin!(timer::sleep_ms(100));
        match futures::future::select(reply.as_mut(), tick).await {
            futures::future::Either::Left((ended, _)) => break ended,
            futures::future::Either::Right(_) => {}
        }
    };
    upload.put.replace(None);
    let reply = ended.map_err(failed)?;
    if (200..300).contains(&reply.status) {
        return Ok(());
    }
    let reason = error_code(&reply.body).unwrap_or("no reason given");
    let detail = format!("HTTP {}: {reason}", reply.status);
    Err(Problem::with(ProblemCode::UploadFailed, detail))
}

/// The `Code` of S3's error document, for example `AccessDenied`.
fn error_code(body: &str) -> Option<&str> {
    let (_, rest) = body.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    (code.len() < 64).then_some(code)
}

fn failed(error: PutError) -> Problem {
    match error {
        PutError::Aborted => ProblemCode::UploadCancelled.into(),
        PutError::Network | PutError::Refused => {
            Problem::with(ProblemCode::UploadFailed, error.to_string())
        }
    }
}
