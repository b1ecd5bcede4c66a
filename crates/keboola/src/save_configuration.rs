//! Writing fields of a configuration so that nobody's edit is lost (reference §4).
//!
//! Storage has no lock: the last write wins, and a write replaces all of the configuration. So each
//! begins with a fresh read into which the edits are merged, and ends with a look at what became of
//! it: the number of the version tells whether somebody wrote between the read and the write, the
//! content whether somebody wrote after it. Either is told with the names of the fields that one of
//! the two replaced; Storage keeps all versions.

use std::time::Duration;

use serde_json::Value;
use thiserror::Error;
use transport::Http;

use crate::client::Storage;
use crate::difference::difference;
use crate::document::{Document, DocumentError, same_content};
use crate::encrypt::{EncryptError, Encryption};
use crate::error::KeboolaError;
use crate::fields::{Change, Edit, Field, Keep, Merge, apply, merge};
use crate::read_configuration::{Configuration, ConfigurationWire};
use crate::versions::{Version, place};

/// A configuration may be so long, in bytes of its text (reference §4).
pub const LARGEST: usize = 4_000_000;

/// How often a write is tried that Storage says was not done.
const TRIES: u32 = 3;

/// How many versions are looked through for what became of a write.
const LOOK_BACK: u64 = 100;

/// The wait before a write is looked up whose answer was lost: Storage may still be at it.
const SETTLE: Duration = Duration::from_secs(1);

/// Edits held against what is in Storage now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// What is there.
    pub current: Configuration,
    /// What the edits would make of it.
    pub merge: Merge,
}

/// What is to be written.
pub struct Save<'s> {
    /// From what the edits began.
    pub base: &'s Document,
    /// The edits.
    pub edits: &'s [Edit],
    /// The version that a person reviewed: another one than this is not written to.
    pub reviewed: u64,
    /// What was chosen for a conflict.
    pub choice: &'s dyn Fn(&Field) -> Option<Keep>,
    /// What is said of the change.
    pub description: &'s str,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// Storage had all of it; nothing was written.
    Unchanged,
    /// It is this version, was read back, and nobody else wrote meanwhile.
    Written(u64),
    /// Storage has another version than was reviewed, or a choice is missing; nothing was written.
    Moved(Box<Review>),
    /// Others wrote between the read and the look afterwards.
    Overtaken(Overtaken),
}

/// Two wrote at the same moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overtaken {
    /// The version that was written here.
    pub own: u64,
    /// Those of others, newest first.
    pub others: Vec<Version>,
    /// Names of what one of the two replaced, see [`crate::Difference::name`].
    pub replaced: Vec<String>,
}

/// Why nothing was written, or why it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SaveError {
    /// A call did not work.
    #[error(transparent)]
    Call(#[from] KeboolaError),
    /// A secret could not be encrypted; nothing was written.
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
    /// The configuration has a shape that cannot be changed safely; nothing was written.
    #[error(transparent)]
    Shape(#[from] DocumentError),
    /// It would be longer than Storage takes; nothing was written.
    #[error("the configuration would have {0} bytes; Storage takes {LARGEST}")]
    TooLarge(usize),
    /// There was no answer, and Storage cannot be asked what became of it.
    #[error("it is not known whether it was written: {0}")]
    Unknown(KeboolaError),
    /// It was written as this version, and could not be read back.
    #[error("version {version} was written and could not be read back: {error}")]
    Unverified {
        /// The version.
        version: u64,
        /// Why.
        error: KeboolaError,
    },
}

impl<H: Http> Storage<'_, H> {
    /// Holds edits against a fresh read. Nothing is written.
    ///
    /// # Errors
    /// As [`Storage::read_configuration`].
    pub async fn review(
        &self,
        component: &str,
        configuration: &str,
        base: &Document,
        edits: &[Edit],
    ) -> Result<Review, KeboolaError> {
        let current = self.read_configuration(component, configuration).await?;
        let merge = merge(base, &current.document, edits);
        Ok(Review { current, merge })
    }

    /// Writes edits.
    ///
    /// # Errors
    /// See [`SaveError`].
    pub async fn save_configuration(
        &self,
        component: &str,
        configuration: &str,
        save: &Save<'_>,
        encryption: &Encryption<'_, H>,
    ) -> Result<Saved, SaveError> {
        let review = self
            .review(component, configuration, save.base, save.edits)
            .await?;
        if review.merge.is_empty() {
            return Ok(Saved::Unchanged);
        }
        let changes = match review.merge.decided(save.choice) {
            Ok(changes) if review.current.version == save.reviewed => changes,
            _ => return Ok(Saved::Moved(Box::new(review))),
        };
        if changes.is_empty() {
            return Ok(Saved::Unchanged);
        }
        let changes = encryption.encrypt(changes).await?;
        let document = apply(&review.current.document, &changes)?;
        if document.text().len() > LARGEST {
            return Err(SaveError::TooLarge(document.text().len()));
        }
        let write = Write {
            storage: self,
            component,
            configuration,
            before: &review.current,
            changes: &changes,
            document: &document,
            description: save.description,
        };
        match write.done().await? {
            Some(own) => write.looked_at(own).await,
            None => {
                let review = self
                    .review(component, configuration, save.base, save.edits)
                    .await?;
                Ok(Saved::Moved(Box::new(review)))
            }
        }
    }
}

/// A write of a configuration.
struct Write<'w, 'a, H> {
    storage: &'w Storage<'a, H>,
    component: &'w str,
    configuration: &'w str,
    /// What was read before.
    before: &'w Configuration,
    changes: &'w [Change],
    document: &'w Document,
    description: &'w str,
}

impl<H: Http> Write<'_, '_, H> {
    /// Writes; the answer is the number of the version. `None` when another version is there by now and
    /// this one was not written.
    async fn done(&self) -> Result<Option<u64>, SaveError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match self.put().await {
                Ok(version) => return Ok(Some(version)),
                Err(error) => error,
            };
            let lost = may_be_done(&error);
            if !lost && !is_version_conflict(&error) {
                return Err(error.into());
            }
            if lost {
                self.storage.http().pause(SETTLE).await;
            }
            let found = self.look_up().await.map_err(|_| match lost {
                true => SaveError::Unknown(error.clone()),
                false => SaveError::Call(error.clone()),
            })?;
            match found {
                Found::Own(version) => return Ok(Some(version)),
                Found::Other => return Ok(None),
                Found::Nothing if tries >= TRIES => return Err(error.into()),
                Found::Nothing => {}
            }
        }
    }

    async fn put(&self) -> Result<u64, KeboolaError> {
        let url = self
            .storage
            .of_branch(&place(self.component, self.configuration));
        // The configuration goes as the text that it is.
        let body = format!(
            r#"{{"configuration":{},"changeDescription":{}}}"#,
            self.document.text(),
            Value::from(self.description)
        );
        let wire: ConfigurationWire = self
            .storage
            .put_text(&url, body, "answer to the write")
            .await?;
        Ok(wire.read()?.version)
    }

    /// What became of a write without an answer: a version since the read with this description and
    /// content is this one.
    async fn look_up(&self) -> Result<Found, KeboolaError> {
        let since = self.versions_since().await?;
        for version in since.iter().rev() {
            if version.description == self.description
                && self.same_as_sent(&self.read(version.number).await?)
            {
                return Ok(Found::Own(version.number));
            }
        }
        Ok(match since.is_empty() {
            true => Found::Nothing,
            false => Found::Other,
        })
    }

    /// The versions since the read, newest first.
    async fn versions_since(&self) -> Result<Vec<Version>, KeboolaError> {
        let all = self
            .storage
            .list_versions(self.component, self.configuration, (0, LOOK_BACK))
            .await?;
        let since = all.into_iter();
        Ok(since
            .filter(|version| version.number > self.before.version)
            .collect())
    }

    async fn read(&self, version: u64) -> Result<Configuration, KeboolaError> {
        self.storage
            .read_version(self.component, self.configuration, version)
            .await
    }

    fn same_as_sent(&self, read: &Configuration) -> bool {
        same_content(self.document.text(), read.document.text())
    }

    /// Reads back, and finds who else wrote.
    async fn looked_at(&self, own: u64) -> Result<Saved, SaveError> {
        let unverified = |error| SaveError::Unverified {
            version: own,
            error,
        };
        let now = self
            .storage
            .read_configuration(self.component, self.configuration)
            .await
            .map_err(unverified)?;
        if own == self.before.version + 1 && now.version == own && self.same_as_sent(&now) {
            return Ok(Saved::Written(own));
        }
        self.overtaken(own, &now)
            .await
            .map(Saved::Overtaken)
            .map_err(unverified)
    }

    async fn overtaken(&self, own: u64, now: &Configuration) -> Result<Overtaken, KeboolaError> {
        let mut others = self.versions_since().await?;
        others.retain(|version| version.number != own);
        let mut replaced = Vec::new();
        // What others wrote between the read and the write is not in what was sent.
        if own > self.before.version + 1 {
            let theirs = self.read(own - 1).await?;
            for it in difference(&self.before.document, &theirs.document) {
                let mine = difference(&theirs.document, self.document);
                if mine.iter().any(|mine| mine.name == it.name) {
                    replaced.push(it.name);
                }
            }
        }
        // What others wrote afterwards may have begun from before this write.
        for change in self.changes {
            let (sent, is) = (
                change.field.of(self.document),
                change.field.of(&now.document),
            );
            let stands = match (sent, is) {
                (Some(sent), Some(is)) => same_content(sent, is),
                (sent, is) => sent.is_none() && is.is_none(),
            };
            if !stands {
                replaced.push(change.field.name());
            }
        }
        replaced.dedup();
        Ok(Overtaken {
            own,
            others,
            replaced,
        })
    }
}

enum Found {
    /// This write is there.
    Own(u64),
    /// Others wrote, and this one is not among them.
    Other,
    /// Nobody wrote.
    Nothing,
}

/// Whether it may have been done all the same.
fn may_be_done(error: &KeboolaError) -> bool {
    match error {
        KeboolaError::Unreachable(_)
        | KeboolaError::TimedOut
        | KeboolaError::UnexpectedReply { .. } => true,
        KeboolaError::Refused { status, .. } => *status >= 500,
        _ => false,
    }
}

/// Two writes at the same instant: Storage refuses one of them (reference §4).
fn is_version_conflict(error: &KeboolaError) -> bool {
    matches!(error, KeboolaError::Refused { status: 409, .. })
}

#[cfg(test)]
mod tests;
