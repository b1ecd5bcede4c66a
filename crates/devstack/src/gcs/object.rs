//! What the service keeps and tells of an object.

use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::{Value, json};

use super::hashes::Hashes;
use super::{BUCKET, HOST};
use crate::disk::Stored;
use crate::moment;

/// The headers that a writer may give an object, and that its readers get.
#[derive(Debug, Clone, Default)]
pub(super) struct Headers {
    pub(super) content_type: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) cache_control: Option<String>,
}

impl Headers {
    pub(super) fn from(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
        let text = |name| text(name).map(str::to_owned);
        Self {
            content_type: text(CONTENT_TYPE),
            content_disposition: text(CONTENT_DISPOSITION),
            content_encoding: text(CONTENT_ENCODING),
            cache_control: text(CACHE_CONTROL),
        }
    }
}

/// What is known of an object besides its bytes.
#[derive(Debug)]
pub(super) struct About {
    pub(super) headers: Headers,
    pub(super) hashes: Hashes,
    /// Counts microseconds, as Google's do.
    pub(super) generation: i128,
}

impl About {
    pub(super) fn new(headers: Headers, hashes: Hashes) -> Self {
        Self {
            headers,
            hashes,
            generation: moment::now().unix_timestamp_nanos() / 1000,
        }
    }
}

/// The object resource of the JSON API.
pub(super) fn resource(key: &str, stored: &Stored<About>) -> Value {
    let about = &stored.about;
    let generation = about.generation.to_string();
    let escaped = percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC);
    let link = format!("https://{HOST}/storage/v1/b/{BUCKET}/o/{escaped}");
    let modified = moment::zulu(stored.modified);
    let content_type = about.headers.content_type.as_deref();
    let mut resource = json!({
        "kind": "storage#object",
        "id": format!("{BUCKET}/{key}/{generation}"),
        "selfLink": link,
        "mediaLink": format!(
            "https://{HOST}/download/storage/v1/b/{BUCKET}/o/{escaped}?generation={generation}&alt=media"
        ),
        "name": key,
        "bucket": BUCKET,
        "generation": generation,
        "metageneration": "1",
        "contentType": content_type.unwrap_or("application/octet-stream"),
        "storageClass": "STANDARD",
        // A number that does not fit into a double is a text in Google's JSON.
        "size": stored.bytes.to_string(),
        "md5Hash": about.hashes.md5_base64(),
        "crc32c": about.hashes.crc32c_base64(),
        "etag": format!("{}CAE=", about.hashes.crc32c_base64()),
        "timeCreated": modified,
        "updated": modified,
        "timeStorageClassUpdated": modified,
    });
    if let (Some(fields), Some(text)) =
        (resource.as_object_mut(), &about.headers.content_disposition)
    {
        fields.insert("contentDisposition".to_owned(), json!(text));
    }
    resource
}
