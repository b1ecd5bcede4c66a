//! What a project holds: the state behind the Storage API.

pub(crate) mod bucket;
pub(crate) mod configuration;
pub(crate) mod csv_file;
pub(crate) mod event;
pub(crate) mod file;
pub(crate) mod job;
pub(crate) mod load;
pub(crate) mod load_error;
pub(crate) mod queue_job;
pub(crate) mod table;
pub(crate) mod token;
pub(crate) mod version;

use bucket::Bucket;
use configuration::{Configuration, Place};
use event::Event;
use file::StoredFile;
use job::Job;
use queue_job::QueueJob;
use serde_json::Value;
use table::Table;
use time::OffsetDateTime;
use token::Token;

use crate::hosts;
use crate::provider::Provider;

/// The Custom Python component.
pub(crate) const CUSTOM_PYTHON: &str = "kds-team.app-custom-python";

/// A branch of a project.
#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) is_default: bool,
    pub(crate) created: OffsetDateTime,
}

/// A project.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// Whose cloud its files lie in.
    pub(crate) provider: Provider,
    /// The host of the stack that it lives on.
    pub(crate) stack: String,
    pub(crate) features: Vec<String>,
    pub(crate) created: OffsetDateTime,
    pub(crate) branches: Vec<Branch>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) configurations: Vec<Configuration>,
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) tables: Vec<Table>,
    pub(crate) files: Vec<StoredFile>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) queue_jobs: Vec<QueueJob>,
    /// What jobs of the queue said, the oldest first.
    pub(crate) events: Vec<Event>,
}

impl Project {
    /// Whether its page and API are on this host. A stack of another cloud knows nothing of it.
    pub(crate) fn lives_on(&self, host: &str) -> bool {
        let asked = hosts::cloud_of(host);
        asked.is_none() || asked == hosts::cloud_of(&self.stack)
    }

    /// The branch that a path names: an id, or `default`.
    pub(crate) fn branch(&self, name: &str) -> Option<&Branch> {
        self.branches.iter().find(|b| {
            if name == "default" {
                b.is_default
            } else {
                b.id.to_string() == name
            }
        })
    }

    /// The id of the production branch; every project has one.
    pub(crate) fn default_branch(&self) -> u64 {
        self.branches
            .iter()
            .find(|b| b.is_default)
            .map(|b| b.id)
            .unwrap_or_default()
    }

    /// Where a configuration as a branch sees it is: its own, or the one of production, and not one
    /// in the trash.
    fn position(&self, place: &Place) -> Option<usize> {
        let in_branch = |branch: u64| {
            self.configurations.iter().position(|c| {
                c.branch == branch && c.component == place.component && c.id == place.id
            })
        };
        let seen = in_branch(place.branch).or_else(|| in_branch(self.default_branch()))?;
        let is_there = self
            .configurations
            .get(seen)
            .is_some_and(|c| !c.is_deleted());
        is_there.then_some(seen)
    }

    /// A configuration as a branch sees it.
    pub(crate) fn configuration(&self, place: &Place) -> Option<&Configuration> {
        self.configurations.get(self.position(place)?)
    }

    /// A configuration that a branch is about to change: a development branch gets its own copy.
    pub(crate) fn configuration_to_change(&mut self, place: &Place) -> Option<&mut Configuration> {
        let seen = self.position(place)?;
        let found = self.configurations.get(seen)?;
        if found.branch == place.branch {
            return self.configurations.get_mut(seen);
        }
        let copy = found.copy_to(place.branch);
        self.configurations.push(copy);
        self.configurations.last_mut()
    }

    /// A configuration in the trash of a branch.
    pub(crate) fn deleted_configuration(&mut self, place: &Place) -> Option<&mut Configuration> {
        self.configurations.iter_mut().find(|c| {
            let is_it = c.component == place.component && c.id == place.id;
            is_it && c.branch == place.branch && c.is_deleted()
        })
    }

    /// Every configuration that a branch sees.
    pub(crate) fn configurations_of(&self, branch: u64) -> impl Iterator<Item = &Configuration> {
        self.configurations.iter().filter(move |c| {
            let place = Place {
                branch,
                component: c.component.clone(),
                id: c.id.clone(),
            };
            self.configuration(&place)
                .is_some_and(|seen| std::ptr::eq(seen, *c))
        })
    }

    pub(crate) fn table(&self, id: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.id == id)
    }

    pub(crate) fn file(&self, id: u64) -> Option<&StoredFile> {
        self.files.iter().find(|file| file.id == id)
    }

    pub(crate) fn bucket(&self, id: &str) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| bucket.id == id)
    }

    /// The tables of a bucket.
    pub(crate) fn tables_of(&self, bucket: &str) -> impl Iterator<Item = &Table> + Clone {
        self.tables
            .iter()
            .filter(move |table| table.bucket() == bucket)
    }

    /// Puts a table into its bucket, which is made when it is not there, in the place of one with
    /// the same id.
    pub(crate) fn keep_table(&mut self, table: Table) {
        if self.bucket(table.bucket()).is_none() {
            self.buckets
                .push(Bucket::new(table.bucket(), String::new()));
        }
        self.tables.retain(|own| own.id != table.id);
        self.tables.push(table);
    }

    /// The detail of a bucket.
    pub(crate) fn bucket_to_json(&self, bucket: &Bucket, host: &str) -> Value {
        bucket.to_json(self.tables_of(&bucket.id), host)
    }

    /// The detail of a table, with its bucket.
    pub(crate) fn table_to_json(&self, table: &Table, host: &str) -> Value {
        let mut answer = table.to_json(host);
        let bucket = self.bucket(table.bucket());
        if let Some(fields) = answer.as_object_mut() {
            let bucket = bucket.map(|bucket| self.bucket_to_json(bucket, host));
            fields.insert("bucket".to_owned(), bucket.unwrap_or_default());
        }
        answer
    }
}
