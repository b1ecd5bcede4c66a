//! The Files tab: local files on their way to Storage and into the sandbox.
//!
//! The engine owns every upload; this tab picks files, hands them over and shows how they fare.

pub mod bulk;
pub mod choice;
pub mod copies;
pub mod left_out;
pub mod place;
pub mod sandbox_folder;
pub mod words;
pub mod zip_name;

#[cfg(target_arch = "wasm32")]
mod downloads;
#[cfg(target_arch = "wasm32")]
mod drop_zone;
#[cfg(target_arch = "wasm32")]
mod earlier;
#[cfg(target_arch = "wasm32")]
pub(crate) mod gather;
#[cfg(target_arch = "wasm32")]
mod handed_over;
#[cfg(target_arch = "wasm32")]
mod list;
#[cfg(target_arch = "wasm32")]
mod offer;
#[cfg(target_arch = "wasm32")]
mod picked;
#[cfg(target_arch = "wasm32")]
mod picked_row;
#[cfg(target_arch = "wasm32")]
mod rows;
#[cfg(target_arch = "wasm32")]
mod stored;
#[cfg(target_arch = "wasm32")]
mod sums;
#[cfg(target_arch = "wasm32")]
mod target;
#[cfg(target_arch = "wasm32")]
mod upload;
#[cfg(target_arch = "wasm32")]
mod upload_row;
#[cfg(target_arch = "wasm32")]
mod view;
#[cfg(target_arch = "wasm32")]
mod zip_choice;
#[cfg(target_arch = "wasm32")]
mod zipping;

#[cfg(target_arch = "wasm32")]
pub(crate) use view::files_tab;
