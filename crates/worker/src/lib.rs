//! The service worker: the vault and every control-plane call.
//!
//! One call, one file, named as the call; `handle` is the table of them. A call takes seconds at
//! the most and keeps nothing that the next start of the worker could not find again.
#![cfg(target_arch = "wasm32")]

mod account;
mod capture_token;
mod check_service;
mod cloud_hosts;
mod configuration;
mod context;
mod create_sandbox;
mod e2b_key;
mod e2b_problem;
mod engine;
mod export;
mod input_file;
mod install;
mod jobs;
mod keboola_problem;
mod keboola_services;
mod permission;
mod plan_run;
mod plan_table;
mod refused_token;
mod run_facts;
mod run_notes;
mod sandbox_marks;
mod sandboxes;
mod saving;
mod secrets;
mod service;
mod set_back;
mod settings;
mod storage_token;
mod stored_files;
mod upload;
mod vault;

use messages::worker::WorkerCall;
use messages::{ConfigurationUrl, Place, Problem, ProblemCode, encode_reply};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use webext::calls::{Sender, read};

use crate::refused_token::watched;

/// Set up once: a panic says where.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Whether the sender's tab shows a configuration: its key, or nothing. For pages whose CSP refuses
/// the content script's own detection.
#[wasm_bindgen]
#[must_use]
pub fn detect(sender: &JsValue) -> Option<String> {
    let url = Sender::read(sender).tab_url?;
    ConfigurationUrl::parse(&url).map(|configuration| configuration.key())
}

/// Answers a call with the text of its reply.
#[wasm_bindgen]
pub async fn handle(message: JsValue, sender: JsValue) -> String {
    let sender = Sender::read(&sender);
    if !sender.is_extension_page() {
        return encode_reply::<()>(&Err(Problem::with(
            ProblemCode::Internal,
            "not for this sender",
        )));
    }
    match read(Place::Worker, &message).and_then(|envelope| WorkerCall::open(&envelope)) {
        Ok(call) => dispatch(call, &sender).await,
        Err(problem) => encode_reply::<()>(&Err(problem)),
    }
}

#[allow(clippy::large_stack_frames)] // one future that holds whichever call runs
async fn dispatch(call: WorkerCall, sender: &Sender) -> String {
    use WorkerCall as C;
    match call {
        C::ReadContext(_) => {
            capture_token::tidy();
            reply(context::read(sender).await)
        }
        C::ReadKeys(call) => reply(context::keys(&call).await),
        C::StoreE2bKey(call) => reply(e2b_key::store(&call).await),
        C::TestE2bKey(_) => reply(e2b_key::test().await),
        C::ForgetE2bKey(_) => reply(e2b_key::forget().await),
        C::StoreToken(call) => reply(storage_token::store(&call).await),
        C::CheckToken(call) => reply(storage_token::check(&call).await),
        C::CaptureToken(call) => reply(capture_token::capture(&call, sender).await),
        C::CancelCapture(_) => reply(capture_token::cancel(sender).await),
        C::ForgetToken(call) => reply(storage_token::forget(&call).await),
        C::ReadSettings(call) => reply(settings::read(&call).await),
        C::StoreSettings(call) => reply(settings::store(&call).await),
        C::ReadSecrets(call) => reply(watched(&call.configuration, secrets::read(&call)).await),
        C::StoreSecret(call) => reply(secrets::store(&call).await),
        C::ReadService(_) => reply(service::read().await),
        C::DescribeService(call) => reply(service::describe(&call).await),
        C::StoreService(call) => reply(service::store(&call).await),
        C::CheckService(call) => reply(check_service::check(&call).await),
        C::ListSandboxes(_) => reply(sandboxes::list().await),
        C::ListTemplates(_) => reply(sandboxes::templates().await),
        C::TerminateSandbox(call) => reply(sandboxes::terminate(&call).await),
        C::StartEngine(_) => reply(engine::start().await),
        C::EngineRuns(_) => reply(Ok(engine::runs().await)),
        C::PlanRun(call) => reply(watched(&call.configuration, plan_run::plan(&call)).await),
        C::CreateSandbox(call) => reply(create_sandbox::create(&call).await),
        C::PauseSandbox(call) => reply(sandboxes::pause(&call).await),
        C::ConnectSandbox(call) => reply(sandboxes::connect(&call).await),
        C::ExtendSandbox(call) => reply(sandboxes::extend(&call).await),
        C::SetBackSandbox(call) => reply(set_back::set_back(&call).await),
        C::StartExport(call) => reply(watched(&call.configuration, export::start(&call)).await),
        C::ReadExport(call) => reply(watched(&call.configuration, export::read(&call)).await),
        C::DescribeFile(call) => {
            reply(watched(&call.configuration, input_file::describe(&call)).await)
        }
        C::PrepareUploads(call) => reply(upload::prepare(&call).await),
        C::ListStoredFiles(call) => {
            reply(watched(&call.configuration, stored_files::list(&call)).await)
        }
        C::DeleteStoredFile(call) => {
            reply(watched(&call.configuration, stored_files::delete(&call)).await)
        }
        C::TagChecksum(call) => {
            reply(watched(&call.configuration, stored_files::tag_checksum(&call)).await)
        }
        C::OpenStoredFile(call) => {
            reply(watched(&call.configuration, stored_files::open(&call)).await)
        }
        C::RenewUpload(call) => reply(watched(&call.configuration, upload::renew(&call)).await),
        C::SealPermission(call) => reply(permission::seal(&call).await),
        C::OpenPermission(call) => reply(permission::open(&call).await),
        C::AbandonUpload(call) => reply(watched(&call.configuration, upload::abandon(&call)).await),
        C::NoteRun(call) => reply(run_notes::note(&call).await),
        C::ForgetRun(call) => reply(run_notes::forget(&call).await),
        C::RecallRuns(_) => reply(run_notes::recall().await),
        C::AttachFiles(call) => reply(settings::attach(&call).await),
        C::DetachFile(call) => reply(settings::detach(&call).await),
        C::ReadConfiguration(call) => {
            reply(watched(&call.configuration, configuration::read::read(&call)).await)
        }
        C::ReadDraft(call) => reply(configuration::draft::read(&call).await),
        C::StoreDraft(call) => reply(configuration::draft::store(&call).await),
        C::ReviewSave(call) => {
            reply(watched(&call.configuration, saving::review::review(&call)).await)
        }
        C::SaveConfiguration(call) => {
            reply(watched(&call.configuration, saving::save::save(&call)).await)
        }
        C::ListVersions(call) => {
            reply(watched(&call.configuration, saving::versions::list(&call)).await)
        }
        C::CompareVersions(call) => {
            reply(watched(&call.configuration, saving::versions::compare(&call)).await)
        }
        C::ListJobs(call) => reply(watched(&call.configuration, jobs::list::list(&call)).await),
        C::StartJob(call) => reply(watched(&call.configuration, jobs::start::start(&call)).await),
        C::ReadJob(call) => reply(watched(&call.configuration, jobs::follow::read(&call)).await),
        C::KillJob(call) => reply(watched(&call.configuration, jobs::kill::kill(&call)).await),
        C::RollBack(call) => {
            reply(watched(&call.configuration, saving::versions::roll_back(&call)).await)
        }
    }
}

#[allow(clippy::needless_pass_by_value)] // the reply ends here
fn reply<R: Serialize>(reply: Result<R, Problem>) -> String {
    encode_reply(&reply)
}
