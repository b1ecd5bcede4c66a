//! Who a token is and what it may do (reference §2.1, §2.3).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use transport::Http;

use crate::client::Storage;
use crate::error::KeboolaError;
use crate::wire;

/// What Keboola tells of a token. Never the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenInfo {
    /// The token's id.
    pub id: String,
    /// The description that its creator gave it.
    pub description: String,
    /// Who made it, in that token's words, usually a person's address.
    pub made_by: Option<String>,
    /// The person whose own token it is; only a full-power token names one.
    pub person: Option<String>,
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
    /// Components whose configurations it may read and change; `None` when Keboola does not tell.
    pub component_access: Option<Vec<String>>,
    /// Right by bucket id: `read`, `write` or `manage`; `None` when Keboola does not tell.
    pub bucket_permissions: Option<BTreeMap<String, String>>,
    /// Whether it may read and write every bucket.
    pub can_manage_buckets: bool,
    /// Whether it sees files that other tokens uploaded; `None` when Keboola does not tell.
    pub can_read_all_file_uploads: Option<bool>,
}

impl TokenInfo {
    /// When it ends, in milliseconds since 1970; `None` when it does not end, or when Keboola's
    /// time is not understood.
    #[must_use]
    pub fn ends_at_ms(&self) -> Option<u64> {
        let end = self.expires.as_deref()?.parse::<Timestamp>().ok()?;
        u64::try_from(end.as_millisecond()).ok()
    }

    #[cfg(test)]
    pub(crate) fn parse(json: &str) -> serde_json::Result<Self> {
        serde_json::from_str::<TokenWire>(json).map(Self::from)
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
    can_read_all_file_uploads: Option<bool>,
    #[serde(default, deserialize_with = "wire::optional_text")]
    expires: Option<String>,
    #[serde(default)]
    bucket_permissions: Value,
    #[serde(default, deserialize_with = "wire::lenient")]
    component_access: Option<Vec<String>>,
    #[serde(default)]
    creator_token: Value,
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
        let filled = |value: &Value, place: &str| {
            let text = value.pointer(place).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Self {
            id: wire.id,
            description: wire.description,
            made_by: filled(&wire.creator_token, "/description"),
            person: filled(&wire.admin, "/name"),
            project: wire.owner.id,
            project_name: wire.owner.name,
            features: wire.owner.features,
            file_storage_provider: wire.owner.file_storage_provider,
            expires: wire.expires,
            is_master: wire.is_master_token,
            real_user: filled(&wire.admin, "/samlParameters/userId"),
            component_access: wire.component_access,
            bucket_permissions: bucket_permissions(wire.bucket_permissions),
            can_manage_buckets: wire.can_manage_buckets,
            can_read_all_file_uploads: wire.can_read_all_file_uploads,
        }
    }
}

/// Right by bucket; the empty object comes as `[]` (reference §0.10).
fn bucket_permissions(value: Value) -> Option<BTreeMap<String, String>> {
    match value {
        Value::Object(map) => {
            let right = |(bucket, right): (String, Value)| match right {
                Value::String(right) => Some((bucket, right)),
                _ => None,
            };
            Some(map.into_iter().filter_map(right).collect())
        }
        Value::Array(list) if list.is_empty() => Some(BTreeMap::new()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> TokenInfo {
        TokenInfo::parse(json).unwrap()
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
                "creatorToken": {"id": 7, "description": "ann@example.com"},
                "owner": {"id": 33, "name": "Zoo", "region": "eu-central-1", "features": ["queuev2"],
                    "fileStorageProvider": "aws", "limits": {}}
            }"#,
        );
        assert_eq!(
            info,
            TokenInfo {
                id: "555".to_owned(),
                description: "e2b runs".to_owned(),
                made_by: Some("ann@example.com".to_owned()),
                person: None,
                project: "33".to_owned(),
                project_name: "Zoo".to_owned(),
                features: vec!["queuev2".to_owned()],
                file_storage_provider: Some("aws".to_owned()),
                expires: Some("2026-12-31T00:00:00+0100".to_owned()),
                is_master: false,
                real_user: None,
                component_access: Some(vec!["kds-team.app-custom-python".to_owned()]),
                bucket_permissions: Some(
                    [("in.c-main", "read"), ("out.c-main", "write")]
                        .map(|(a, b)| (a.to_owned(), b.to_owned()))
                        .into()
                ),
                can_manage_buckets: false,
                can_read_all_file_uploads: Some(true),
            }
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
        assert_eq!(info.person.as_deref(), Some("Ann"));
        assert!(info.is_master);
        assert_eq!(info.bucket_permissions, Some(BTreeMap::new()));
    }

    #[test]
    fn what_keboola_does_not_tell_is_not_guessed() {
        for fields in ["", r#""bucketPermissions": null, "componentAccess": 7,"#] {
            let info = read(&format!(r#"{{"id": "1", {fields} "owner": {{"id": 2}}}}"#));
            assert_eq!(info.component_access, None);
            assert_eq!(info.bucket_permissions, None);
            assert_eq!(info.can_read_all_file_uploads, None);
            assert_eq!((info.made_by, info.person), (None, None));
        }
    }

    #[test]
    fn the_end_is_told_as_a_time() {
        let end = |expires: &str| {
            read(&format!(
                r#"{{"id": "1", "expires": {expires}, "owner": {{"id": 2}}}}"#
            ))
            .ends_at_ms()
        };
        for (expires, ends_at_ms) in [
            (r#""2026-12-31T00:00:00+0100""#, Some(1_798_671_600_000)),
            (r#""2026-12-31T00:00:00+01:00""#, Some(1_798_671_600_000)),
            (r#""2026-12-30T23:00:00Z""#, Some(1_798_671_600_000)),
            (r#""some day""#, None),
            ("null", None),
        ] {
            assert_eq!(end(expires), ends_at_ms, "{expires}");
        }
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
