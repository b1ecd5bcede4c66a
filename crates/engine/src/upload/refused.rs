//! What a failed request means: for the transfer, and for the person.

use e2b::EnvdError;
use keboola::upload::{Limits, Refusal};
use messages::{Problem, ProblemCode};
use transfer::layout::{PART, Rules, SEQUENTIAL_PART};
use transfer::transfer::Failure;
use web_sys::File;

use crate::sandbox::MaybeRefused;

/// Why a request did not do what it was for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Refused {
    /// The cloud storage said so.
    By(Refusal),
    /// The sandbox said so.
    Sandbox(EnvdError),
    /// There was no answer.
    Network,
    /// We ended it.
    Aborted,
    /// The browser did not let it begin.
    NotBegun,
    /// The file cannot be read any more.
    Unreadable,
    /// The server kept us waiting for longer than makes sense.
    NoAnswer,
}

impl Refused {
    /// It in a few words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::By(refusal) => refusal.to_string(),
            Self::Sandbox(error) => error.to_string(),
            Self::Network => "the connection failed".to_owned(),
            Self::Aborted => "no byte moved for 20 s".to_owned(),
            Self::NotBegun => "the request was refused by the browser".to_owned(),
            Self::Unreadable => "the file could not be read".to_owned(),
            Self::NoAnswer => "no answer came".to_owned(),
        }
    }

    /// What follows from it.
    pub(super) fn failure(&self) -> Failure {
        match self {
            Self::By(Refusal::Expired) => Failure::Expired,
            Self::By(Refusal::Transient { retry_after, .. }) => Failure::Passing {
                retry_after: *retry_after,
            },
            Self::Sandbox(error) if error.is_transient() => Failure::Passing {
                retry_after: error.retry_after(),
            },
            // Bytes that were broken on the way are sent again; the number of tries is bounded.
            Self::By(Refusal::Mismatch) | Self::Network | Self::Aborted | Self::NoAnswer => {
                Failure::Passing { retry_after: None }
            }
            Self::By(_) | Self::Sandbox(_) | Self::NotBegun | Self::Unreadable => Failure::Final,
        }
    }
}

impl From<EnvdError> for Refused {
    fn from(error: EnvdError) -> Self {
        Self::Sandbox(error)
    }
}

impl MaybeRefused for Refused {
    fn is_token_refused(&self) -> bool {
        matches!(self, Self::Sandbox(error) if error.is_token_refused())
    }
}

/// The problem that it is for the person.
pub(super) fn problem(refused: &Refused, file: &File) -> Problem {
    match refused {
        Refused::Unreadable => Problem::with(ProblemCode::FileUnreadable, file.name()),
        other => Problem::with(ProblemCode::UploadFailed, other.words()),
    }
}

/// The provider's limits as the layout takes them.
pub(super) fn rules(limits: &Limits) -> Rules {
    Rules {
        part: if limits.sequential {
            SEQUENTIAL_PART
        } else {
            PART
        },
        single_max: limits.single_max,
        part_min: limits.part_min,
        part_max: limits.part_max,
        part_multiple: limits.part_multiple,
        parts_max: limits.parts_max,
        object_max: limits.object_max,
    }
}
