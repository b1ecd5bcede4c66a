//! What is known of a live sandbox, and whether a run can go on in it.
//!
//! A sandbox that is used again must give the result that a new one would. What was decided when it
//! was made and cannot be changed must be what the run wants: its template, whether it reaches the
//! internet, and no variable of the environment that the run does not have (it sets its own over those of
//! the sandbox, but cannot take one away). The rest the runner brings to what the run wants: `/data` is emptied, the script replaced,
//! and the venv is kept only when the packages begin with those that it has, else made anew. Inputs in
//! the cache are found by their content, so other code finds them, too. So venv, packages and code
//! decide how much of a sandbox is kept, not whether it is used; and as they change with each run, while
//! the metadata of a sandbox can never be changed, they are known of it only here.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use thiserror::Error;

/// A sandbox that a run left alive, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its id.
    pub id: String,
    /// The template it was made from.
    pub template: String,
    /// Whether it reaches anything but its own service.
    pub internet: bool,
    /// Names of the variables that all of its processes have.
    pub variables: BTreeSet<String>,
    /// End of its life in milliseconds since 1970; moves when it is extended.
    pub ends_at: u64,
    /// Hash of the runner that is in it.
    pub runner: Option<String>,
    /// Keys of the inputs that its cache holds.
    pub inputs: BTreeSet<String>,
    /// What the last run in it did, when that is known.
    pub last: Option<Work>,
}

/// What a run does in a sandbox, as far as it leaves something there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    venv: String,
    packages: Vec<String>,
    code: u64,
}

impl Work {
    /// Of a run of `code` in the environment `venv` with these packages.
    #[must_use]
    pub fn of(venv: &str, packages: &[String], code: &str) -> Self {
        let mut hash = DefaultHasher::new();
        code.hash(&mut hash);
        Self {
            venv: venv.to_owned(),
            packages: packages.to_vec(),
            code: hash.finish(),
        }
    }
}

/// What of a sandbox another run can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// What is in it is not known.
    Unknown,
    /// The venv is made anew: another one, or a package less.
    Nothing,
    /// The venv, to which packages are added.
    SomePackages,
    /// The venv as it is; the script is another one.
    Packages,
    /// All of it.
    All,
}

/// What a run asks of a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs<'a> {
    /// The template of the settings.
    pub template: &'a str,
    /// Whether it is to reach the internet.
    pub internet: bool,
    /// The variables of the settings, by name.
    pub variables: &'a BTreeMap<String, String>,
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
    /// The settings allow the internet now, or forbid it.
    #[error("its access to the internet is another one now")]
    OtherNetwork,
    /// The settings have lost a variable that all of its processes have.
    #[error("it has an environment variable that the settings have no more")]
    OldVariable,
}

impl Lease {
    /// A sandbox that was just created: nothing is in it.
    #[must_use]
    pub fn new(
        id: String,
        template: String,
        internet: bool,
        variables: BTreeSet<String>,
        ends_at: u64,
    ) -> Self {
        Self {
            id,
            template,
            internet,
            variables,
            ends_at,
            runner: None,
            inputs: BTreeSet::new(),
            last: None,
        }
    }

    /// A run begins in it: what it finds of the last one.
    pub fn begin(&mut self, work: Work) -> Kept {
        let kept = match &self.last {
            None => Kept::Unknown,
            Some(last) if last.venv != work.venv || !work.packages.starts_with(&last.packages) => {
                Kept::Nothing
            }
            Some(last) if last.packages != work.packages => Kept::SomePackages,
            Some(last) if last.code != work.code => Kept::Packages,
            Some(_) => Kept::All,
        };
        self.last = Some(work);
        kept
    }

    /// Whether a run that begins at `now_ms` (since 1970) can go on in it.
    ///
    /// # Errors
    /// Why not.
    pub fn can_reuse(&self, now_ms: u64, needs: Needs<'_>) -> Result<(), Unfit> {
        if self.template != needs.template {
            return Err(Unfit::OtherTemplate);
        }
        if self.internet != needs.internet {
            return Err(Unfit::OtherNetwork);
        }
        let is_wanted = |name: &String| needs.variables.contains_key(name);
        if !self.variables.iter().all(is_wanted) {
            return Err(Unfit::OldVariable);
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

    fn lease(variables: &[&str]) -> Lease {
        let variables = variables.iter().map(|it| (*it).to_owned()).collect();
        Lease::new("i01".into(), "base".into(), true, variables, 100_000)
    }

    #[test]
    fn a_sandbox_is_used_again_while_it_lives_and_fits() {
        for (now, template, internet, result) in [
            (0, "base", true, Ok(())),
            (70_000, "base", true, Ok(())),
            (70_001, "base", true, Err(Unfit::Ends)),
            (200_000, "base", true, Err(Unfit::Ends)),
            (0, "other", true, Err(Unfit::OtherTemplate)),
            (0, "base", false, Err(Unfit::OtherNetwork)),
        ] {
            let needs = Needs {
                template,
                internet,
                variables: &BTreeMap::new(),
                life_ms: 30_000,
            };
            assert_eq!(lease(&[]).can_reuse(now, needs), result, "{now} {template}");
        }
    }

    #[test]
    fn a_variable_may_come_and_change_but_not_go() {
        let fits = Ok(());
        let unfit = Err(Unfit::OldVariable);
        for (made_with, wanted, result) in [
            (vec![], vec![], fits.clone()),
            (vec![], vec![("A", "1")], fits.clone()),
            (vec!["A"], vec![("A", "2")], fits.clone()),
            (vec!["A"], vec![("A", ""), ("B", "1")], fits),
            (vec!["A"], vec![], unfit.clone()),
            (vec!["A", "B"], vec![("B", "1")], unfit.clone()),
            (vec!["A"], vec![("a", "1")], unfit),
        ] {
            let variables = wanted
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()));
            let needs = Needs {
                template: "base",
                internet: true,
                variables: &variables.collect(),
                life_ms: 0,
            };
            let found = lease(&made_with).can_reuse(0, needs);
            assert_eq!(found, result, "{made_with:?} {wanted:?}");
        }
    }

    #[test]
    fn what_another_run_finds_is_what_the_runner_keeps() {
        let work = |venv: &str, packages: &[&str], code: &str| {
            let packages: Vec<String> = packages.iter().map(|it| (*it).to_owned()).collect();
            Work::of(venv, &packages, code)
        };
        let last = work("base", &["a", "b"], "print(1)");
        for (next, kept) in [
            (work("base", &["a", "b"], "print(1)"), Kept::All),
            (work("base", &["a", "b"], "print(2)"), Kept::Packages),
            (
                work("base", &["a", "b", "c"], "print(1)"),
                Kept::SomePackages,
            ),
            (work("base", &["a"], "print(1)"), Kept::Nothing),
            (work("base", &["b", "a"], "print(1)"), Kept::Nothing),
            (work("3.12", &["a", "b"], "print(1)"), Kept::Nothing),
        ] {
            let mut lease = lease(&[]);
            assert_eq!(lease.begin(last.clone()), Kept::Unknown);
            assert_eq!(lease.begin(next.clone()), kept, "{next:?}");
            assert_eq!(lease.begin(next), Kept::All);
        }
    }

    #[test]
    fn inputs_are_held_by_their_keys() {
        let mut lease = lease(&[]);
        lease.inputs.insert("k1".into());
        assert!(lease.holds(Some("k1")));
        assert!(!lease.holds(Some("k2")) && !lease.holds(None));
    }
}
