//! Real jobs: the list ([`list`]), starting one and never two ([`start`]), following ([`follow`]) and
//! ending it ([`kill`]), and running a debug job's inputs once more ([`replay`]).

pub(crate) mod follow;
pub(crate) mod kill;
pub(crate) mod list;
mod queue;
pub(crate) mod replay;
mod shown;
pub(crate) mod start;
