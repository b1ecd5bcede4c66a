//! Storage tokens and their rights (reference/keboola.md section 2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Project;
use crate::{moment, random};

/// What a token may do with a bucket; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BucketRight {
    /// Read its tables.
    Read,
    /// Write to them, too.
    Write,
    /// Drop them and share the bucket, too.
    Manage,
}

/// The rights of a token, named as the API names them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Rights {
    /// A user's own token: everything in the project.
    pub is_master_token: bool,
    /// Every bucket and every configuration.
    pub can_manage_buckets: bool,
    /// Files of other tokens are listed and readable.
    pub can_read_all_file_uploads: bool,
    /// Tokens may be made.
    pub can_manage_tokens: bool,
    /// Components whose configurations may be read and changed.
    pub component_access: Vec<String>,
    /// Rights on single buckets.
    pub bucket_permissions: BTreeMap<String, BucketRight>,
    /// A user whose role is to read: configurations cannot be changed. The real API shows it as
    /// the role alone.
    pub read_only: bool,
    /// The right on every bucket that is not named in `bucketPermissions`. The real API has no
    /// such field: it is spelled out bucket by bucket in what clients see.
    pub every_bucket: Option<BucketRight>,
}

/// A token of a project.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) id: u64,
    pub(crate) secret: String,
    /// How tests and seeds call it.
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: OffsetDateTime,
    pub(crate) expires: Option<OffsetDateTime>,
    pub(crate) rights: Rights,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Token {
    /// A token whose secret is made now.
    pub(crate) fn new(project: u64, id: u64, name: &str, rights: Rights) -> Self {
        Self {
            id,
            secret: format!("{project}-{id}-{}", random::token_secret()),
            name: name.to_owned(),
            description: format!("Dev stack: {name}"),
            created: moment::now(),
            expires: None,
            rights,
        }
    }

    pub(crate) fn is_expired(&self) -> bool {
        self.expires.is_some_and(|at| moment::now() >= at)
    }

    pub(crate) fn may_use_component(&self, component: &str) -> bool {
        let rights = &self.rights;
        rights.is_master_token
            || rights.can_manage_buckets
            || rights.component_access.iter().any(|own| own == component)
    }

    /// The right on a bucket, if there is one.
    fn right_on(&self, bucket: &str) -> Option<BucketRight> {
        let rights = &self.rights;
        if rights.is_master_token || rights.can_manage_buckets {
            return Some(BucketRight::Manage);
        }
        let named = rights.bucket_permissions.get(bucket).copied();
        named.or(rights.every_bucket)
    }

    pub(crate) fn may_read_bucket(&self, bucket: &str) -> bool {
        self.right_on(bucket).is_some()
    }

    /// Whether tables may be made in the bucket and loaded.
    pub(crate) fn may_write_bucket(&self, bucket: &str) -> bool {
        self.right_on(bucket) >= Some(BucketRight::Write)
    }

    /// Whether the bucket and its tables may be dropped.
    pub(crate) fn may_manage_bucket(&self, bucket: &str) -> bool {
        self.right_on(bucket) >= Some(BucketRight::Manage)
    }

    /// Whether buckets may be made.
    pub(crate) fn may_make_buckets(&self) -> bool {
        self.rights.is_master_token || self.rights.can_manage_buckets
    }

    pub(crate) fn reads_all_files(&self) -> bool {
        self.rights.is_master_token || self.rights.can_read_all_file_uploads
    }

    /// `creatorToken` of what it makes.
    pub(crate) fn as_creator(&self) -> Value {
        json!({"id": self.id, "description": self.description})
    }

    fn bucket_permissions(&self, project: &Project) -> Value {
        let rights = &self.rights;
        let everywhere = if rights.is_master_token || rights.can_manage_buckets {
            Some(BucketRight::Manage)
        } else {
            rights.every_bucket
        };
        let mut all: BTreeMap<String, BucketRight> = BTreeMap::new();
        if let Some(right) = everywhere {
            all.extend(
                project
                    .buckets
                    .iter()
                    .map(|bucket| (bucket.id.clone(), right)),
            );
        }
        all.extend(
            rights
                .bucket_permissions
                .iter()
                .map(|(b, r)| (b.clone(), *r)),
        );
        // PHP's empty array.
        if all.is_empty() {
            json!([])
        } else {
            json!(all)
        }
    }

    /// The answer of `tokens/verify` (reference/keboola.md section 2.1).
    pub(crate) fn verified(&self, project: &Project, region: &str, host: &str) -> Value {
        let rights = &self.rights;
        let master = rights.is_master_token;
        let mut answer = json!({
            "id": self.id.to_string(),
            "token": self.secret,
            "created": moment::php(self.created),
            "refreshed": moment::php(self.created),
            "description": self.description,
            "uri": format!("https://{host}/v2/storage/tokens/{}", self.id),
            "isMasterToken": master,
            "canManageBuckets": master || rights.can_manage_buckets,
            "canManageTokens": master || rights.can_manage_tokens,
            "canReadAllFileUploads": self.reads_all_files(),
            "canPurgeTrash": master,
            "canManageProtectedDefaultBranch": false,
            "canCreateJobs": true,
            "expires": self.expires.map(moment::php),
            "isExpired": self.is_expired(),
            "isDisabled": false,
            "isBYODB": false,
            "dailyCapacity": 0,
            "bucketPermissions": self.bucket_permissions(project),
            "componentAccess": rights.component_access,
            "creatorToken": {"id": 1, "description": "developer@devstack.test"},
            "organization": {"id": "1"},
            "owner": owner(project, region),
        });
        if master && let Some(fields) = answer.as_object_mut() {
            fields.insert("admin".to_owned(), admin(rights.read_only));
        }
        answer
    }
}

fn admin(read_only: bool) -> Value {
    json!({
        "id": 1, "name": "Dev Stack", "features": [], "isOrganizationMember": true,
        "role": if read_only { "readOnly" } else { "admin" },
    })
}

fn owner(project: &Project, region: &str) -> Value {
    let rows: usize = project.tables.iter().map(|table| table.rows.len()).sum();
    json!({
        "id": project.id,
        "name": project.name,
        "type": "production",
        "region": region,
        "created": moment::php(project.created),
        "expires": null,
        "features": project.features,
        "dataSizeBytes": project.tables.iter().map(super::table::Table::data_size).sum::<u64>(),
        "rowsCount": rows,
        "hasMysql": false, "hasSnowflake": true, "hasBigquery": false, "hasRedshift": false,
        "hasSynapse": false, "hasExasol": false, "hasTeradata": false,
        "defaultBackend": "snowflake",
        "fileStorageProvider": project.provider.name(),
        "isDisabled": false,
        "payAsYouGo": null,
        "limits": {
            "components.max_export_size_bytes": {
                "name": "components.max_export_size_bytes", "value": 107_374_182_400_u64,
            },
        },
    })
}
