//! The configuration as a person edits it.

pub(crate) mod draft;
pub(crate) mod lay_over;
pub(crate) mod read;
