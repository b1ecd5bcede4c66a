//! The Settings tab: keys, sandbox, environment, what goes where.

pub mod environment;
pub mod service_form;
pub mod service_words;
pub mod span_choice;
pub mod template_choices;
pub mod token_words;
pub mod words;

#[cfg(target_arch = "wasm32")]
mod capture;
#[cfg(target_arch = "wasm32")]
mod data_flow;
#[cfg(target_arch = "wasm32")]
mod e2b_key;
#[cfg(target_arch = "wasm32")]
mod environment_rows;
#[cfg(target_arch = "wasm32")]
mod run_settings;
#[cfg(target_arch = "wasm32")]
mod running;
#[cfg(target_arch = "wasm32")]
mod secret_form;
#[cfg(target_arch = "wasm32")]
mod service;
#[cfg(target_arch = "wasm32")]
mod span_field;
#[cfg(target_arch = "wasm32")]
mod token;
#[cfg(target_arch = "wasm32")]
mod token_report;
#[cfg(target_arch = "wasm32")]
mod token_wanted;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub(crate) use secret_form::guarded;
#[cfg(target_arch = "wasm32")]
pub(crate) use token_wanted::token_wanted;
#[cfg(target_arch = "wasm32")]
pub(crate) use view::settings_tab;
