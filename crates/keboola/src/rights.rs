//! What a token may do for one configuration, and what it lacks (reference §2.1, §2.3).
//!
//! Decided by the token's own description, and by what a read of the configuration told: which
//! rights that read needs exactly is not documented, so that an answer counts for more than a
//! field.

use serde::{Deserialize, Serialize};

use crate::error::KeboolaError;
use crate::mapping::Mapping;
use crate::page::CUSTOM_PYTHON;
use crate::read_configuration::Configuration;
use crate::verify_token::TokenInfo;

/// Something that the work here needs a right for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Read the configuration.
    ReadConfiguration,
    /// Export the tables of its input mapping.
    ReadInputTables,
    /// Upload files and read them again.
    UploadFiles,
    /// List and read files that other tokens uploaded.
    ReadFilesOfOthers,
}

/// Whether a token has the right for a [`Purpose`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It does, but not for these buckets.
    Except(Vec<String>),
    /// Neither the token's description nor an answer of Storage tells.
    Unknown,
}

/// One right, held or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Right {
    /// What it is for.
    pub purpose: Purpose,
    /// Whether the token has it.
    pub held: Held,
}

impl Right {
    /// Whether it is certain that something will not work.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.held, Held::No | Held::Except(_))
    }
}

/// What a read of the configuration with the token told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    /// It was read.
    Read {
        /// Buckets of its input tables, each once; `None` when the mapping has a mistake.
        buckets: Option<Vec<String>>,
    },
    /// 403.
    Forbidden,
}

impl Tried {
    /// What the outcome of the read tells of the token; `None` for an outcome that tells nothing
    /// of it, for example a network that is down.
    #[must_use]
    pub fn of(outcome: &Result<Configuration, KeboolaError>) -> Option<Self> {
        match outcome {
            Ok(configuration) => Some(Self::Read {
                buckets: input_buckets(configuration),
            }),
            Err(KeboolaError::Forbidden { .. }) => Some(Self::Forbidden),
            Err(_) => None,
        }
    }
}

/// Buckets of the input tables.
fn input_buckets(configuration: &Configuration) -> Option<Vec<String>> {
    let storage = configuration.raw.get("storage");
    let mapping = Mapping::parse(storage, &configuration.state).ok()?;
    let mut buckets: Vec<String> = mapping
        .input_tables
        .iter()
        .filter_map(|table| table.source.rsplit_once('.'))
        .map(|(bucket, _)| bucket.to_owned())
        .collect();
    buckets.sort();
    buckets.dedup();
    Some(buckets)
}

impl TokenInfo {
    /// What it may do for a configuration of Custom Python, in the order of a run.
    #[must_use]
    pub fn rights(&self, tried: Option<&Tried>) -> Vec<Right> {
        [
            (Purpose::ReadConfiguration, self.reads_configuration(tried)),
            (Purpose::ReadInputTables, self.reads_tables(tried)),
            // No field restricts it: every token prepares files and reads its own (§2.3, §3.1).
            (Purpose::UploadFiles, Held::Yes),
            (
                Purpose::ReadFilesOfOthers,
                held(self.is_master, self.can_read_all_file_uploads),
            ),
        ]
        .map(|(purpose, held)| Right { purpose, held })
        .into()
    }

    fn reads_configuration(&self, tried: Option<&Tried>) -> Held {
        match tried {
            Some(Tried::Read { .. }) => Held::Yes,
            Some(Tried::Forbidden) => Held::No,
            None => held(
                self.is_master || self.can_manage_buckets,
                self.component_access
                    .as_ref()
                    .map(|ids| ids.iter().any(|id| id == CUSTOM_PYTHON)),
            ),
        }
    }

    fn reads_tables(&self, tried: Option<&Tried>) -> Held {
        if self.is_master || self.can_manage_buckets {
            return Held::Yes;
        }
        let Some(permissions) = &self.bucket_permissions else {
            return Held::Unknown;
        };
        match tried {
            Some(Tried::Read {
                buckets: Some(buckets),
            }) => {
                // `read`, `write` and `manage` all include reading.
                let closed = buckets.iter().filter(|it| !permissions.contains_key(*it));
                let closed: Vec<String> = closed.cloned().collect();
                if closed.is_empty() {
                    Held::Yes
                } else {
                    Held::Except(closed)
                }
            }
            _ if permissions.is_empty() => Held::No,
            _ => Held::Unknown,
        }
    }
}

fn held(all: bool, field: Option<bool>) -> Held {
    match (all, field) {
        (true, _) | (_, Some(true)) => Held::Yes,
        (false, Some(false)) => Held::No,
        (false, None) => Held::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(fields: &serde_json::Value) -> TokenInfo {
        let mut all = json!({"id": "1", "owner": {"id": 33}});
        for (name, value) in fields.as_object().unwrap() {
            all[name] = value.clone();
        }
        TokenInfo::parse(&all.to_string()).unwrap()
    }

    fn read(buckets: &[&str]) -> Tried {
        let buckets = buckets.iter().map(|it| (*it).to_owned()).collect();
        Tried::Read {
            buckets: Some(buckets),
        }
    }

    fn told(token: &TokenInfo, tried: Option<&Tried>) -> [Held; 4] {
        let rights = token.rights(tried);
        let purposes: Vec<_> = rights.iter().map(|it| it.purpose).collect();
        assert_eq!(
            purposes,
            [
                Purpose::ReadConfiguration,
                Purpose::ReadInputTables,
                Purpose::UploadFiles,
                Purpose::ReadFilesOfOthers,
            ]
        );
        let held: Vec<_> = rights.into_iter().map(|it| it.held).collect();
        held.try_into().unwrap()
    }

    #[test]
    fn the_fields_decide_where_nothing_was_tried() {
        use Held::{No, Unknown, Yes};
        let component = json!([CUSTOM_PYTHON]);
        for (fields, expected) in [
            (json!({"isMasterToken": true}), [Yes, Yes, Yes, Yes]),
            (
                json!({"canManageBuckets": true, "canReadAllFileUploads": false}),
                [Yes, Yes, Yes, No],
            ),
            (
                json!({
                    "componentAccess": component, "bucketPermissions": {"in.c-a": "read"},
                    "canReadAllFileUploads": true,
                }),
                [Yes, Unknown, Yes, Yes],
            ),
            // A token without any right, as the backend spells its empty objects.
            (
                json!({
                    "componentAccess": [], "bucketPermissions": [],
                    "canReadAllFileUploads": false,
                }),
                [No, No, Yes, No],
            ),
            // A stack that does not send the fields.
            (json!({}), [Unknown, Unknown, Yes, Unknown]),
            (
                json!({"componentAccess": ["keboola.other"]}),
                [No, Unknown, Yes, Unknown],
            ),
        ] {
            assert_eq!(told(&token(&fields), None), expected, "{fields}");
        }
    }

    #[test]
    fn what_was_tried_counts_for_more() {
        let bare = token(&json!({"componentAccess": [], "bucketPermissions": []}));
        assert_eq!(told(&bare, Some(&read(&[])))[..2], [Held::Yes, Held::Yes]);
        let open = token(&json!({"componentAccess": [CUSTOM_PYTHON]}));
        assert_eq!(told(&open, Some(&Tried::Forbidden))[0], Held::No);
    }

    #[test]
    fn buckets_that_are_closed_are_named() {
        let some = token(&json!({"bucketPermissions": {"in.c-a": "read", "out.c-b": "manage"}}));
        for (buckets, held) in [
            (&["in.c-a", "out.c-b"][..], Held::Yes),
            (&[], Held::Yes),
            (
                &["in.c-a", "in.c-x", "in.c-y"],
                Held::Except(vec!["in.c-x".to_owned(), "in.c-y".to_owned()]),
            ),
        ] {
            assert_eq!(told(&some, Some(&read(buckets)))[1], held, "{buckets:?}");
        }
        // A mapping with a mistake: the run says so, the token is not to blame.
        let broken = Tried::Read { buckets: None };
        assert_eq!(told(&some, Some(&broken))[1], Held::Unknown);
    }

    #[test]
    fn a_read_tells_the_buckets_of_the_input_tables() {
        let configuration = |raw: serde_json::Value| Configuration::of(&raw);
        let table =
            |source: &str, destination: &str| json!({"source": source, "destination": destination});
        let tables = json!([
            table("in.c-main.zoo", "a"),
            table("in.c-main.cities", "b"),
            table("out.c-x.y", "c"),
        ]);
        let whole = json!({"storage": {"input": {"tables": tables}}});
        assert_eq!(
            Tried::of(&Ok(configuration(whole))),
            Some(read(&["in.c-main", "out.c-x"]))
        );
        let broken = json!({"storage": {"input": {"tables": [{"destination": 5}]}}});
        assert_eq!(
            Tried::of(&Ok(configuration(broken))),
            Some(Tried::Read { buckets: None })
        );
    }

    #[test]
    fn only_a_refusal_tells_something_of_the_token() {
        let forbidden = KeboolaError::Forbidden {
            message: String::new(),
        };
        assert_eq!(Tried::of(&Err(forbidden)), Some(Tried::Forbidden));
        for error in [KeboolaError::TimedOut, KeboolaError::Unauthorized] {
            assert_eq!(Tried::of(&Err(error)), None);
        }
    }

    #[test]
    fn only_certain_lacks_count_as_missing() {
        let right = |held| Right {
            purpose: Purpose::ReadInputTables,
            held,
        };
        assert!(right(Held::No).is_missing());
        assert!(right(Held::Except(vec!["in.c-x".to_owned()])).is_missing());
        assert!(!right(Held::Yes).is_missing());
        assert!(!right(Held::Unknown).is_missing());
    }
}
