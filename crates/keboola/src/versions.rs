//! The versions of a configuration (reference §4).

use serde::Deserialize;
use serde_json::json;
use transport::Http;

use crate::client::{Storage, escape};
use crate::error::KeboolaError;
use crate::read_configuration::{Configuration, ConfigurationWire};
use crate::wire;

/// One version, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number; each change makes the next.
    pub number: u64,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: Option<u64>,
    /// The description of the token that made it, which for a person's own is their address.
    pub author: String,
    /// What was said of the change.
    pub description: String,
}

impl<H: Http> Storage<'_, H> {
    /// Lists versions, newest first.
    ///
    /// # Errors
    /// [`KeboolaError::NotFound`] when the branch has no such configuration.
    pub async fn list_versions(
        &self,
        component: &str,
        configuration: &str,
        (offset, limit): (u64, u64),
    ) -> Result<Vec<Version>, KeboolaError> {
        let path = format!(
            "{}/versions?limit={limit}&offset={offset}",
            place(component, configuration)
        );
        let all: Vec<VersionWire> = self.get(&self.of_branch(&path), "list of versions").await?;
        Ok(all.into_iter().map(VersionWire::read).collect())
    }

    /// Reads the configuration as it was in a version.
    ///
    /// # Errors
    /// [`KeboolaError::NotFound`] when there is no such version.
    pub async fn read_version(
        &self,
        component: &str,
        configuration: &str,
        version: u64,
    ) -> Result<Configuration, KeboolaError> {
        let path = format!("{}/versions/{version}", place(component, configuration));
        let wire: ConfigurationWire = self.get(&self.of_branch(&path), "version").await?;
        wire.read()
    }

    /// Makes a new version with the content of an old one; the answer is its number.
    ///
    /// # Errors
    /// When it is not known whether it was done, too: [`KeboolaError::Unreachable`] and the like.
    pub async fn roll_back(
        &self,
        component: &str,
        configuration: &str,
        version: u64,
        description: &str,
    ) -> Result<u64, KeboolaError> {
        let place = place(component, configuration);
        let path = format!("{place}/versions/{version}/rollback");
        let body = json!({ "changeDescription": description });
        let made: MadeWire = self
            .post(&self.of_branch(&path), &body, "answer to the rollback")
            .await?;
        Ok(made.version)
    }
}

/// The path of a configuration below its branch.
pub(crate) fn place(component: &str, configuration: &str) -> String {
    format!(
        "components/{}/configs/{}",
        escape(component),
        escape(configuration)
    )
}

#[derive(Deserialize)]
struct MadeWire {
    #[serde(deserialize_with = "wire::number")]
    version: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionWire {
    #[serde(deserialize_with = "wire::number")]
    version: u64,
    #[serde(default, deserialize_with = "wire::lenient")]
    created: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    creator_token: CreatorWire,
    #[serde(default, deserialize_with = "wire::lenient")]
    change_description: String,
}

#[derive(Default, Deserialize)]
struct CreatorWire {
    #[serde(default, deserialize_with = "wire::lenient")]
    description: String,
}

impl VersionWire {
    fn read(self) -> Version {
        Version {
            number: self.version,
            created_ms: wire::unix_ms(&self.created),
            author: self.creator_token.description,
            description: self.change_description,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use transport::testing::Script;

    use super::*;
    use crate::page::StackHost;
    use crate::token::StorageToken;

    fn storage(script: &Script) -> Storage<'_, Script> {
        let host = StackHost::parse("connection.keboola.com").unwrap();
        let token = StorageToken::parse("1-2-abcdefghij").unwrap();
        Storage::new(script, &host, Some("7"), &token)
    }

    #[test]
    fn versions_with_whatever_is_told_of_them() {
        let http = Script::new().reply(
            200,
            r#"[{"version":3,"created":"2026-03-15T04:09:26+0100","changeDescription":"x",
                 "creatorToken":{"id":1,"description":"anna@x.test"},"isDeleted":false},
                {"version":"2","created":null,"creatorToken":[],"changeDescription":null}]"#,
        );
        let all = block_on(storage(&http).list_versions("c", "9/9", (20, 10))).unwrap();
        let told: Vec<_> = all
            .iter()
            .map(|it| (it.number, it.created_ms, &*it.author, &*it.description))
            .collect();
        assert_eq!(
            told,
            [
                (3, Some(1_773_544_166_000), "anna@x.test", "x"),
                (2, None, "", ""),
            ]
        );
        let first = http.written().remove(0);
        let path = "/v2/storage/branch/7/components/c/configs/9%2F9/versions?limit=10&offset=20";
        assert!(first.contains(path), "{first}");
    }

    #[test]
    fn a_rollback_is_asked_for_once() {
        let http = Script::new().reply(201, r#"{"version":5}"#);
        let made = block_on(storage(&http).roll_back("c", "9", 2, "back"));
        assert_eq!(made, Ok(5));
        let asked = http.written().remove(0);
        assert!(asked.starts_with("POST "), "{asked}");
        assert!(asked.contains("/versions/2/rollback"), "{asked}");
        assert!(
            asked.ends_with(r#"{"changeDescription":"back"}"#),
            "{asked}"
        );
        let http = Script::new().patient().reply(500, "{}").reply(201, "{}");
        assert!(block_on(storage(&http).roll_back("c", "9", 2, "")).is_err());
        assert_eq!(http.requests().len(), 1);
    }
}
