//! Whether an interleaving ended well.

use keboola::{Document, Overtaken, SaveError, Saved, difference};

use crate::scenario::Scenario;
use crate::shop::{Played, Stored};

/// How often each ending was met.
#[derive(Debug, Default)]
pub(crate) struct Count {
    written: u32,
    unchanged: u32,
    moved: u32,
    overtaken: u32,
    not_encrypted: u32,
    refused: u32,
    unknown: u32,
}

/// How an interleaving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Written,
    Unchanged,
    Moved,
    Overtaken,
    NotEncrypted,
    Refused,
    Unknown,
}

impl Count {
    pub(crate) fn add(&mut self, ending: Ending) {
        *match ending {
            Ending::Written => &mut self.written,
            Ending::Unchanged => &mut self.unchanged,
            Ending::Moved => &mut self.moved,
            Ending::Overtaken => &mut self.overtaken,
            Ending::NotEncrypted => &mut self.not_encrypted,
            Ending::Refused => &mut self.refused,
            Ending::Unknown => &mut self.unknown,
        } += 1;
    }

    /// Whether the endings that scenarios are made for were all met; that a person gives up after
    /// several reviews is rare.
    pub(crate) fn all_met(&self) -> bool {
        let met = [
            self.written,
            self.unchanged,
            self.overtaken,
            self.not_encrypted,
            self.refused,
            self.unknown,
        ];
        met.iter().all(|count| *count > 0)
    }
}

/// What is wrong about it, if anything.
pub(crate) fn of(scenario: &Scenario, played: &Played) -> Result<Ending, String> {
    no_secret_in_clear(scenario, played)?;
    let own: Vec<&Stored> = played.versions.iter().filter(|it| it.is_ours).collect();
    if own.len() > 1 {
        return Err(format!("written {} times", own.len()));
    }
    let own = own.first().copied();
    match (&played.ending, own) {
        (Ok(Saved::Written(version)), Some(own)) => {
            if *version != own.number || own.number != played.reviewed + 1 {
                return Err("not the version after the reviewed one".to_owned());
            }
            only_our_fields(scenario, played, own, &[])?;
            Ok(Ending::Written)
        }
        (Ok(Saved::Overtaken(told)), Some(own)) => {
            if told.own != own.number {
                return Err("another version is told as our own".to_owned());
            }
            only_our_fields(scenario, played, own, &told.replaced)?;
            ours_lost(played, own, told)?;
            for number in played.reviewed + 1..own.number {
                if !told.others.iter().any(|it| it.number == number) {
                    return Err(format!("version {number} is not told of"));
                }
            }
            Ok(Ending::Overtaken)
        }
        (Ok(Saved::Unchanged), None) => Ok(Ending::Unchanged),
        (Ok(Saved::Moved(_)), None) => Ok(Ending::Moved),
        (Err(SaveError::Encrypt(_)), None) => Ok(Ending::NotEncrypted),
        (Err(SaveError::Unknown(_) | SaveError::Unverified { .. }), _) => Ok(Ending::Unknown),
        (Err(_), None) => Ok(Ending::Refused),
        (ending, own) => Err(format!("{ending:?} with {own:?}")),
    }
}

fn no_secret_in_clear(scenario: &Scenario, played: &Played) -> Result<(), String> {
    let secret = scenario.secret.as_str();
    if let Some(version) = played.versions.iter().find(|it| it.text.contains(secret)) {
        return Err(format!("version {} has the secret", version.number));
    }
    let elsewhere = |it: &&String| !it.starts_with("encryption.");
    if let Some(request) = played.with_secret.iter().find(elsewhere) {
        return Err(format!("the secret was sent to {request}"));
    }
    if format!("{:?}", played.ending).contains(secret) && !holds_edits(&played.ending) {
        return Err("the outcome has the secret".to_owned());
    }
    Ok(())
}

/// What is left to be decided holds the edits as they were made.
fn holds_edits(ending: &Result<Saved, SaveError>) -> bool {
    matches!(ending, Ok(Saved::Moved(_)))
}

fn document(version: &Stored) -> Document {
    Document::parse(&version.text).unwrap()
}

fn at(played: &Played, number: u64) -> &Stored {
    let mut all = played.versions.iter();
    all.find(|it| it.number == number).unwrap()
}

/// Of what our version changed in the one before it, each is an edit of ours on what we reviewed, or
/// was told as replaced.
fn only_our_fields(
    scenario: &Scenario,
    played: &Played,
    own: &Stored,
    told: &[String],
) -> Result<(), String> {
    let (reviewed, before) = (at(played, played.reviewed), at(played, own.number - 1));
    let since = difference(&document(reviewed), &document(before));
    for it in difference(&document(before), &document(own)) {
        let edited = scenario
            .edits
            .iter()
            .any(|(key, _)| it.name == format!("user_properties.{key}"));
        let is_theirs = since.iter().any(|theirs| theirs.name == it.name);
        let is_told = told.contains(&it.name);
        if is_theirs && !is_told {
            return Err(format!("their {} was replaced untold", it.name));
        }
        if !is_theirs && !edited {
            return Err(format!("{} was never edited here", it.name));
        }
    }
    Ok(())
}

/// Of what we changed in the reviewed version, each still stands in the version that was read back, or
/// was told. Later versions than that one are not known to the save.
fn ours_lost(played: &Played, own: &Stored, told: &Overtaken) -> Result<(), String> {
    let newest = told.others.iter().map(|it| it.number).max();
    let newest = newest.unwrap_or(own.number).max(own.number);
    let (reviewed, newest) = (at(played, played.reviewed), at(played, newest));
    let lost = difference(&document(own), &document(newest));
    for ours in difference(&document(reviewed), &document(own)) {
        let is_lost = lost.iter().any(|it| it.name == ours.name);
        if is_lost && !told.replaced.contains(&ours.name) {
            return Err(format!("our {} was replaced untold", ours.name));
        }
    }
    Ok(())
}
