//! The engine: an offscreen document that owns bytes, streams and running work.
//!
//! Panels and popups come and go; runs and uploads go on here, and everyone who connects is told
//! first how things stand and then every change ([`state::Engine::publish`]). The engine asks the
//! worker for whatever needs a key, and gets signed URLs and the sandbox's own token.
#![cfg(target_arch = "wasm32")]

mod breath;
mod files;
mod problems;
mod run;
mod sandbox;
mod state;
mod terminal;
mod upload;

use std::rc::Rc;

use messages::engine::EngineCall;
use messages::{Place, encode_reply};
use state::Engine;
use wasm_bindgen::prelude::*;
use webext::calls::{files_of, read};
use webext::runtime::Port;

thread_local! {
    static ENGINE: Rc<Engine> = Rc::default();
}

/// Set up once: a panic says where. Uploads that ended with the browser are there again, and runs that
/// outlived a former engine.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    let engine = ENGINE.with(Rc::clone);
    let runs = engine.clone();
    wasm_bindgen_futures::spawn_local(async move { upload::load(&engine).await });
    wasm_bindgen_futures::spawn_local(async move { run::recall(&runs).await });
}

/// A panel or popup listens from now on.
#[wasm_bindgen]
pub fn connected(port: Port) {
    ENGINE.with(|engine| engine.listen(port));
}

/// Answers a call with the text of its reply.
#[wasm_bindgen]
pub async fn handle(message: JsValue) -> String {
    let engine = ENGINE.with(Rc::clone);
    let call = read(Place::Engine, &message).and_then(|envelope| EngineCall::open(&envelope));
    match call {
        Err(problem) => encode_reply::<()>(&Err(problem)),
        Ok(EngineCall::Ping(_)) => encode_reply(&Ok(())),
        Ok(EngineCall::PrepareRun(call)) => {
            run::prepare(&engine, &call);
            encode_reply(&Ok(()))
        }
        Ok(EngineCall::StartRun(call)) => encode_reply(&run::start(&engine, call)),
        Ok(EngineCall::StopRun(call)) => encode_reply(&run::stop(&engine, &call)),
        Ok(EngineCall::DropSandbox(call)) => {
            engine.forget_sandbox(&call.id);
            encode_reply(&Ok(()))
        }
        Ok(EngineCall::OwnedSandboxes(_)) => encode_reply(&Ok(engine.owned_sandboxes())),
        Ok(EngineCall::AdoptSandbox(call)) => {
            engine.adopt_sandbox(call);
            encode_reply(&Ok(()))
        }
        Ok(EngineCall::SandboxExtended(call)) => {
            engine.sandbox_extended(&call);
            encode_reply(&Ok(()))
        }
        Ok(EngineCall::DropSandboxes(_)) => encode_reply(&engine.forget_all_sandboxes()),
        Ok(EngineCall::StartUploads(call)) => {
            encode_reply(&upload::start(&engine, call, files_of(&message)))
        }
        Ok(EngineCall::CancelUpload(call)) => encode_reply(&upload::cancel(&engine, &call).await),
        Ok(EngineCall::AddToSandbox(call)) => encode_reply(&upload::add(&engine, &call).await),
        Ok(EngineCall::ResumeUpload(call)) => {
            encode_reply(&upload::resume(&engine, &call, files_of(&message).pop()).await)
        }
        Ok(EngineCall::PauseUpload(call)) => {
            upload::pause(&engine, &call);
            encode_reply(&Ok(()))
        }
        Ok(EngineCall::TokenStored(call)) => {
            upload::token_stored(&engine, &call.configuration);
            engine.nudge.notify_waiters();
            encode_reply(&Ok(()))
        }
        Ok(EngineCall::StartSandbox(call)) => encode_reply(&sandbox::start(&engine, call).await),
        Ok(EngineCall::LookAtSandbox(call)) => encode_reply(&sandbox::look(&engine, &call).await),
        Ok(EngineCall::ListFolder(call)) => encode_reply(&files::list(&engine, &call).await),
        Ok(EngineCall::MakeFolder(call)) => encode_reply(&files::make_folder(&engine, &call).await),
        Ok(EngineCall::RenameEntry(call)) => encode_reply(&files::rename(&engine, &call).await),
        Ok(EngineCall::DeleteEntry(call)) => encode_reply(&files::delete(&engine, &call).await),
        Ok(EngineCall::OpenEntry(call)) => encode_reply(&files::open(&engine, &call).await),
        Ok(EngineCall::OpenTerminal(call)) => encode_reply(&terminal::open(&engine, call).await),
        Ok(EngineCall::TypeIntoTerminal(call)) => encode_reply(&terminal::type_in(&engine, call)),
        Ok(EngineCall::ResizeTerminal(call)) => {
            encode_reply(&terminal::resize(&engine, &call).await)
        }
        Ok(EngineCall::EndTerminal(call)) => encode_reply(&terminal::end(&engine, &call).await),
        Ok(EngineCall::RemoveUpload(call)) => encode_reply(&upload::remove(&engine, &call).await),
    }
}
