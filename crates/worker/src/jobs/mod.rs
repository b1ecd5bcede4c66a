//! Real jobs: the list ([`list`]), starting one and never two ([`start`]), following ([`follow`]) and
//! ending it ([`kill`]).

pub(crate) mod follow;
pub(crate) mod kill;
pub(crate) mod list;
mod queue;
mod shown;
pub(crate) mod start;
