//! What is known of a live sandbox, and whether a run can go on in it.

use std::collections::BTreeSet;

use thiserror::Error;

/// A sandbox that a run left alive, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its id.
    pub id: String,
    /// The template it was made from.
    pub template: String,
    /// End of its life in milliseconds since 1970; moves when it is extended.
    pub ends_at: u64,
    /// Hash of the runner that is in it.
    pub runner: Option<String>,
    /// Keys of the inputs that its cache holds.
    pub inputs: BTreeSet<String>,
}

/// What a run asks of a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs<'a> {
    /// The template of the settings.
    pub template: &'a str,
    /// Life that must be left, in milliseconds: enough to extend it.
    pub life_ms: u64,
}

/// Why a sandbox is no good for a run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unfit {
    /// Its life is over, or too nearly so.
    #[error("its life ends")]
    Ends,
    /// The settings name another template now.
    #[error("the template is another one now")]
    OtherTemplate,
}

impl Lease {
    /// A sandbox that was just created: nothing is in it.
    #[must_use]
    pub fn new(id: String, template: String, ends_at: u64) -> Self {
        Self {
            id,
            template,
            ends_at,
            runner: None,
            inputs: BTreeSet::new(),
        }
    }

    /// Whether a run that begins at `now_ms` (since 1970) can go on in it.
    ///
    /// # Errors
    /// Why not.
    pub fn can_reuse(&self, now_ms: u64, needs: Needs<'_>) -> Result<(), Unfit> {
        if self.template != needs.template {
            return Err(Unfit::OtherTemplate);
        }
        if self.left_ms(now_ms) < needs.life_ms {
            return Err(Unfit::Ends);
        }
        Ok(())
    }

    /// Life left at `now_ms`, in milliseconds.
    #[must_use]
    pub fn left_ms(&self, now_ms: u64) -> u64 {
        self.ends_at.saturating_sub(now_ms)
    }

    /// Whether its cache holds an input; one without a key is never held.
    #[must_use]
    pub fn holds(&self, cache_key: Option<&str>) -> bool {
        cache_key.is_some_and(|key| self.inputs.contains(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_is_used_again_while_it_lives_and_fits() {
        let lease = Lease::new("i01".into(), "base".into(), 100_000);
        for (now, template, result) in [
            (0, "base", Ok(())),
            (70_000, "base", Ok(())),
            (70_001, "base", Err(Unfit::Ends)),
            (200_000, "base", Err(Unfit::Ends)),
            (0, "other", Err(Unfit::OtherTemplate)),
        ] {
            let needs = Needs {
                template,
                life_ms: 30_000,
            };
            assert_eq!(lease.can_reuse(now, needs), result, "{now} {template}");
        }
    }

    #[test]
    fn inputs_are_held_by_their_keys() {
        let mut lease = Lease::new("i01".into(), "base".into(), 0);
        lease.inputs.insert("k1".into());
        assert!(lease.holds(Some("k1")));
        assert!(!lease.holds(Some("k2")) && !lease.holds(None));
    }
}
