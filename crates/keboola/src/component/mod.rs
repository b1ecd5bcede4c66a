//! The `/data` of a component, as the job runner lays it out (reference §8.2 to §8.4).
//!
//! Everything here is a pure function from what Storage says to the text of a file or to the
//! variables of an environment. The sandbox gets the texts; it never gets a Storage token.

mod config_json;
mod environment;
mod manifests;
mod packages;
mod secrets;

pub use config_json::config_json;
pub use environment::{RunContext, environment};
pub use manifests::{file_input_path, file_manifest, input_path, table_manifest};
pub use packages::packages;
pub use secrets::{encrypted_paths, fill_secrets, is_ciphertext, newly_encrypted, plain_secrets};
