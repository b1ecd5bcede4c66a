//! Where one transfer stands, and the only ways on from there.
//!
//! A transfer that failed or was cancelled has no way to [`TransferState::Stored`] but through a new
//! preparation: an interrupted transfer never looks finished.

use std::fmt;

/// Where a transfer by one PUT stands. `F` is the reason of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferState<F> {
    /// The place for it is being prepared; no byte was sent.
    Preparing,
    /// Bytes are on their way.
    Sending {
        /// Bytes that the network took.
        sent: u64,
        /// All bytes.
        total: u64,
    },
    /// The other side has all of it and said so.
    Stored {
        /// All bytes.
        total: u64,
    },
    /// It did not work.
    Failed(F),
    /// The user gave it up.
    Cancelled,
}

/// A step that does not exist from where the transfer stands. The transfer stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalStep {
    /// Where it stands.
    pub from: &'static str,
    /// What was to happen.
    pub step: &'static str,
}

impl<F> TransferState<F> {
    /// The place is prepared, the first byte may go.
    ///
    /// # Errors
    /// Unless it was preparing.
    pub fn begin(&mut self, total: u64) -> Result<(), IllegalStep> {
        match self {
            Self::Preparing => *self = Self::Sending { sent: 0, total },
            _ => return Err(self.illegal("begin")),
        }
        Ok(())
    }

    /// The network has taken `sent` bytes in all. Progress never falls.
    ///
    /// # Errors
    /// Unless it was sending, or when that is more than there is.
    pub fn progress(&mut self, now: u64) -> Result<(), IllegalStep> {
        match self {
            Self::Sending { sent, total } if now <= *total => *sent = now.max(*sent),
            Self::Sending { .. } => return Err(self.illegal("progress beyond the end")),
            _ => return Err(self.illegal("progress")),
        }
        Ok(())
    }

    /// The other side said that it has all of it.
    ///
    /// # Errors
    /// Unless it was sending.
    pub fn store(&mut self) -> Result<(), IllegalStep> {
        match *self {
            Self::Sending { total, .. } => *self = Self::Stored { total },
            _ => return Err(self.illegal("store")),
        }
        Ok(())
    }

    /// It did not work.
    ///
    /// # Errors
    /// When it is over already.
    pub fn fail(&mut self, reason: F) -> Result<(), IllegalStep> {
        if self.is_over() {
            return Err(self.illegal("fail"));
        }
        *self = Self::Failed(reason);
        Ok(())
    }

    /// The user gives it up.
    ///
    /// # Errors
    /// When it is over already: what is stored is deleted, not cancelled.
    pub fn cancel(&mut self) -> Result<(), IllegalStep> {
        if self.is_over() {
            return Err(self.illegal("cancel"));
        }
        *self = Self::Cancelled;
        Ok(())
    }

    /// Once more from the beginning, with a new place: what an earlier try sent counts for nothing.
    ///
    /// # Errors
    /// Unless it failed or was cancelled.
    pub fn retry(&mut self) -> Result<(), IllegalStep> {
        match self {
            Self::Failed(_) | Self::Cancelled => *self = Self::Preparing,
            _ => return Err(self.illegal("retry")),
        }
        Ok(())
    }

    /// Whether nothing more happens by itself.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Stored { .. } | Self::Failed(_) | Self::Cancelled
        )
    }

    fn illegal(&self, step: &'static str) -> IllegalStep {
        let from = match self {
            Self::Preparing => "preparing",
            Self::Sending { .. } => "sending",
            Self::Stored { .. } => "stored",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
        };
        IllegalStep { from, step }
    }
}

impl fmt::Display for IllegalStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "no way to {} from {}", self.step, self.from)
    }
}

impl std::error::Error for IllegalStep {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::TransferState::{Cancelled, Failed, Preparing, Sending, Stored};
    use super::*;

    type State = TransferState<&'static str>;
    type Step = (&'static str, fn(&mut State) -> Result<(), IllegalStep>);

    const STEPS: [Step; 6] = [
        ("begin", |state| state.begin(10)),
        ("progress", |state| state.progress(7)),
        ("store", TransferState::store),
        ("fail", |state| state.fail("why")),
        ("cancel", TransferState::cancel),
        ("retry", TransferState::retry),
    ];

    #[test]
    fn every_state_has_its_ways_on_and_no_others() {
        let on = Sending { sent: 3, total: 10 };
        let stored = Stored { total: 10 };
        for (from, ways) in [
            (
                Preparing,
                vec![
                    ("begin", Sending { sent: 0, total: 10 }),
                    ("fail", Failed("why")),
                    ("cancel", Cancelled),
                ],
            ),
            (
                on,
                vec![
                    ("progress", Sending { sent: 7, total: 10 }),
                    ("store", stored.clone()),
                    ("fail", Failed("why")),
                    ("cancel", Cancelled),
                ],
            ),
            (stored, vec![]),
            (Failed("x"), vec![("retry", Preparing)]),
            (Cancelled, vec![("retry", Preparing)]),
        ] {
            for (name, step) in STEPS {
                let mut state: State = from.clone();
                let result = step(&mut state);
                match ways.iter().find(|(way, _)| *way == name) {
                    Some((_, to)) => {
                        assert_eq!((&result, &state), (&Ok(()), to), "{from:?} {name}");
                    }
                    None => {
                        assert!(result.is_err(), "{from:?} {name}");
                        assert_eq!(state, from, "left as it was");
                    }
                }
            }
        }
    }

    #[test]
    fn progress_never_falls_and_never_passes_the_end() {
        let mut state: State = Sending { sent: 5, total: 10 };
        state.progress(4).unwrap();
        assert_eq!(state, Sending { sent: 5, total: 10 });
        let error = state.progress(11).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no way to progress beyond the end from sending"
        );
        assert_eq!(state, Sending { sent: 5, total: 10 });
    }

    proptest! {
        #[test]
        fn stored_is_only_reached_by_a_store_that_follows_a_begin(
            steps in prop::collection::vec(0_usize..6, 0..30),
        ) {
            let mut state: State = Preparing;
            let mut sending = false;
            for step in steps {
                let (name, apply) = STEPS[step];
                let was_over = state.is_over();
                let legal = apply(&mut state).is_ok();
                if matches!(state, Stored { .. }) && legal {
                    prop_assert!(name == "store" && sending && !was_over);
                }
                sending = matches!(state, Sending { .. });
            }
        }
    }
}
