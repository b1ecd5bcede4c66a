//! Files of Storage: the resource, whose bytes are in the object store (reference/keboola.md
//! section 3).

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::moment;
use crate::s3::{BUCKET, ObjectStore, REGION};

/// A file that is not permanent is kept for 15 days.
const MAX_AGE_DAYS: i64 = 15;

/// A file resource. It exists from `files/prepare` on, whether or not bytes follow.
#[derive(Debug, Clone)]
pub(crate) struct StoredFile {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) created: OffsetDateTime,
    pub(crate) is_sliced: bool,
    pub(crate) is_encrypted: bool,
    pub(crate) is_permanent: bool,
    pub(crate) is_public: bool,
    pub(crate) size_bytes: Option<u64>,
    pub(crate) tags: Vec<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) creator: u64,
    pub(crate) creator_token: Value,
}

impl StoredFile {
    /// The key of a new file: `exp-15/…` expires, and the name is cut down to what is safe in a
    /// path, as on the real stack.
    pub(crate) fn key_for(project: u64, id: u64, name: &str, permanent: bool) -> String {
        let root = if permanent { "permanent" } else { "exp-15" };
        let day = moment::now().date();
        let safe: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
                    c
                } else {
                    '_'
                }
            })
            .take(60)
            .collect();
        format!(
            "{root}/{project}/files/{}/{:02}/{:02}/{id}.{safe}",
            day.year(),
            u8::from(day.month()),
            day.day()
        )
    }

    /// The key that `url` reads: the manifest of a sliced file.
    pub(crate) fn url_key(&self) -> String {
        if self.is_sliced {
            format!("{}manifest", self.key)
        } else {
            self.key.clone()
        }
    }

    /// The fields that all answers share.
    pub(crate) fn to_json(&self, store: &ObjectStore, host: &str) -> Value {
        let expires = self.created + Duration::days(MAX_AGE_DAYS);
        json!({
            "id": self.id,
            "created": moment::php(self.created),
            "isPublic": self.is_public,
            "isSliced": self.is_sliced,
            "isEncrypted": self.is_encrypted,
            "name": self.name,
            "uri": format!("https://{host}/v2/storage/files/{}", self.id),
            "url": store.signed_url(&self.url_key()),
            "region": REGION,
            "sizeBytes": self.size_bytes,
            "tags": self.tags,
            "maxAgeDays": (!self.is_permanent).then_some(MAX_AGE_DAYS),
            "expires": (!self.is_permanent).then(|| moment::php(expires)),
            "runId": self.run_id,
            "runIds": self.run_id.iter().collect::<Vec<_>>(),
            "creatorToken": self.creator_token,
        })
    }

    /// Where the bytes are, for read credentials.
    pub(crate) fn s3_path(&self) -> Value {
        json!({"bucket": BUCKET, "key": self.key})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_holds_nothing_of_a_name_that_a_path_could_trip_over() {
        let key = StoredFile::key_for(12, 7, "../žluťoučký kůň/\u{202e}.csv", false);
        assert!(key.starts_with("exp-15/12/files/20"), "{key}");
        assert!(key.ends_with("/7...__lu_ou_k__k____.csv"), "{key}");
    }
}
