//! Writing into the configuration: what goes into it ([`intent`]), what that would change
//! ([`review`]), and the change itself ([`save`]).

mod intent;
mod own_files;
pub(crate) mod review;
pub(crate) mod save;
mod shown;
pub(crate) mod versions;
