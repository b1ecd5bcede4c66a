//! Who a token is and what it may do (reference §2.1, §2.3).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use transport::Http;

use crate::client::Storage;
use crate::error::KeboolaError;
use crate::wire;

/// What Keboola tells of a token. Never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// The token's id.
    pub id: String,
    /// The description that its creator gave it.
    pub description: String,
    /// The project's id, in digits.
    pub project: String,
    /// The project's name.
    pub project_name: String,
    /// The project's features, which gate some variables of a job's environment.
    pub features: Vec<String>,
    /// `aws`, `azure` or `gcp`.
    pub file_storage_provider: Option<String>,
    /// ISO time of its end; `None` when it does not end.
    pub expires: Option<String>,
    /// Whether it is a person's own full-power token.
    pub is_master: bool,
    /// The person's id at the company's own sign-on (SAML), for `KBC_REALUSER`.
    pub real_user: Option<String>,
    /// Components whose configurations it may read and change.
    pub component_access: Vec<String>,
    /// Right by bucket id: `read`, `write` or `manage`.
    pub bucket_permissions: BTreeMap<String, String>,
    /// Whether it may read and write every bucket.
    pub can_manage_buckets: bool,
    /// Whether it sees files that other tokens uploaded.
    pub can_read_all_file_uploads: bool,
}

impl TokenInfo {
    /// What it lacks for runs of a configuration of `component`, each in words; empty when nothing.
    #[must_use]
    pub fn lacks_for(&self, component: &str) -> Vec<String> {
        let mut lacks = Vec::new();
        if self.is_master {
            return lacks;
        }
        let component_open = self.component_access.iter().any(|id| id == component);
        if !self.can_manage_buckets && !component_open {
            lacks.push(format!("access to the component {component}"));
        }
        if !self.can_manage_buckets && self.bucket_permissions.is_empty() {
            lacks.push("read access to the buckets of the input tables".to_owned());
        }
        if !self.can_read_all_file_uploads {
            lacks.push("access to files that others uploaded".to_owned());
        }
        lacks
    }
}

impl<H: Http> Storage<'_, H> {
    /// Asks who the token is.
    ///
    /// # Errors
    /// [`KeboolaError::Unauthorized`] for a token that Keboola does not know.
    pub async fn verify_token(&self) -> Result<TokenInfo, KeboolaError> {
        let url = self.of_project("tokens/verify");
        let wire: TokenWire = self.get(&url, "description of the token").await?;
        Ok(wire.into())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenWire {
    #[serde(deserialize_with = "wire::text")]
    id: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    description: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    is_master_token: bool,
    #[serde(default, deserialize_with = "wire::lenient")]
    can_manage_buckets: bool,
    #[serde(default, deserialize_with = "wire::lenient")]
    can_read_all_file_uploads: bool,
    #[serde(default, deserialize_with = "wire::optional_text")]
    expires: Option<String>,
    #[serde(default, deserialize_with = "wire::object")]
    bucket_permissions: Map<String, Value>,
    #[serde(default, deserialize_with = "wire::lenient")]
    component_access: Vec<String>,
    #[serde(default)]
    admin: Value,
    owner: OwnerWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnerWire {
    #[serde(deserialize_with = "wire::text")]
    id: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    name: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    features: Vec<String>,
    #[serde(default, deserialize_with = "wire::optional_text")]
    file_storage_provider: Option<String>,
}

impl From<TokenWire> for TokenInfo {
    fn from(wire: TokenWire) -> Self {
        let right = |(bucket, right): (String, Value)| Some((bucket, right.as_str()?.to_owned()));
        Self {
            id: wire.id,
            description: wire.description,
            project: wire.owner.id,
            project_name: wire.owner.name,
            features: wire.owner.features,
            file_storage_provider: wire.owner.file_storage_provider,
            expires: wire.expires,
            is_master: wire.is_master_token,
            real_user: wire
                .admin
                .pointer("/samlParameters/userId")
                .and_then(Value::as_str)
                .filter(|user| !user.is_empty())
                .map(str::to_owned),
            component_access: wire.component_access,
            bucket_permissions: wire
                .bucket_permissions
                .into_iter()
                .filter_map(right)
                .collect(),
            can_manage_buckets: wire.can_manage_buckets,
            can_read_all_file_uploads: wire.can_read_all_file_uploads,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> TokenInfo {
        serde_json::from_str::<TokenWire>(json).unwrap().into()
    }

    #[test]
    fn a_limited_token() {
        let info = read(
            r#"{
                "id": 555, "token": "33-555-never-kept", "description": "e2b runs",
                "isMasterToken": false, "canManageBuckets": false,
                "canReadAllFileUploads": true, "expires": "2026-12-31T00:00:00+0100",
                "bucketPermissions": {"in.c-main": "read", "out.c-main": "write"},
                "componentAccess": ["kds-team.app-custom-python"],
                "owner": {"id": 33, "name": "Zoo", "region": "eu-central-1", "features": ["queuev2"],
                    "fileStorageProvider": "aws", "limits": {}}
            }"#,
        );
        assert_eq!(
            info,
            TokenInfo {
                id: "555".to_owned(),
                description: "e2b runs".to_owned(),
                project: "33".to_owned(),
                project_name: "Zoo".to_owned(),
                features: vec!["queuev2".to_owned()],
                file_storage_provider: Some("aws".to_owned()),
                expires: Some("2026-12-31T00:00:00+0100".to_owned()),
                is_master: false,
                real_user: None,
                component_access: vec!["kds-team.app-custom-python".to_owned()],
                bucket_permissions: [("in.c-main", "read"), ("out.c-main", "write")]
                    .map(|(a, b)| (a.to_owned(), b.to_owned()))
                    .into(),
                can_manage_buckets: false,
                can_read_all_file_uploads: true,
            }
        );
        assert!(info.lacks_for("kds-team.app-custom-python").is_empty());
        assert_eq!(
            info.lacks_for("keboola.other"),
            ["access to the component keboola.other"]
        );
        assert!(!format!("{info:?}").contains("never-kept"));
    }

    #[test]
    fn a_person_s_own_token_and_what_the_backend_makes_of_empty_objects() {
        let info = read(
            r#"{
                "id": "1", "isMasterToken": true, "expires": null, "bucketPermissions": [],
                "admin": {"id": 7, "name": "Ann", "samlParameters": {"userId": "ann@corp"}},
                "owner": {"id": "33", "name": "Zoo"}
            }"#,
        );
        assert_eq!(
            (info.project.as_str(), info.expires.as_deref()),
            ("33", None)
        );
        assert_eq!(info.real_user.as_deref(), Some("ann@corp"));
        assert!(info.is_master && info.bucket_permissions.is_empty());
        assert!(info.lacks_for("any").is_empty());
    }

    #[test]
    fn what_a_token_lacks_is_told_in_words() {
        let bare = read(r#"{"id":"1","owner":{"id":2}}"#);
        assert_eq!(
            bare.lacks_for("c.app"),
            [
                "access to the component c.app",
                "read access to the buckets of the input tables",
                "access to files that others uploaded",
            ]
        );
        let buckets = read(r#"{"id":"1","owner":{"id":2},"canManageBuckets":true}"#);
        assert_eq!(
            buckets.lacks_for("c.app"),
            ["access to files that others uploaded"]
        );
    }

    #[test]
    fn a_description_without_its_project_is_refused() {
        for json in [
            "{}",
            r#"{"id":"1"}"#,
            r#"{"id":"1","owner":{}}"#,
            r#"{"id":[],"owner":{"id":1}}"#,
        ] {
            assert!(serde_json::from_str::<TokenWire>(json).is_err(), "{json}");
        }
    }
}
