//! Azure's Blob Storage as Keboola's files need it: azurite, which is a real server, behind a
//! gateway that checks what azurite lets pass and says refusals as Azure says them.
//!
//! A file has a container of its own, and its signatures (SAS) are for that container
//! (reference/keboola.md section 3.1).

mod azurite;
mod error;
mod gateway;
mod sas;
mod store;

pub(crate) use gateway::AzureService;
pub(crate) use store::AzureStore;

/// The account that holds every file of every project.
const ACCOUNT: &str = "kbcfsdevstack";
/// Its host.
pub(crate) const HOST: &str = "kbcfsdevstack.blob.core.windows.net";
/// Where it is.
const REGION: &str = "north-europe";
