//! The manifest of a sliced file: which objects it is made of (reference §3.2).

use bytes::Bytes;
use serde::Deserialize;
use transport::Http;

use crate::client::{Storage, parse, read};
use crate::error::KeboolaError;
use crate::read_file::StorageFile;
use crate::wire;

/// One slice of a file on S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its size in bytes, when the manifest tells.
    pub bytes: Option<u64>,
}

impl Slice {
    /// Its name: the part of the key behind the last slash.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or(&self.key)
    }
}

/// Reads a manifest. The order of its entries is the order of the content.
///
/// # Errors
/// [`KeboolaError::UnexpectedReply`] when it is no manifest, or its slices are not on S3.
pub fn parse_slices(manifest: &[u8]) -> Result<Vec<Slice>, KeboolaError> {
    let manifest: ManifestWire = parse(manifest, "manifest of the sliced file")?;
    manifest
        .entries
        .into_iter()
        .map(|entry| {
            let (bucket, key) = entry
                .url
                .strip_prefix("s3://")
                .and_then(|rest| rest.split_once('/'))
                .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
                .ok_or_else(|| KeboolaError::unexpected("a slice is not an object of S3"))?;
            Ok(Slice {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                bytes: entry.meta.content_length,
            })
        })
        .collect()
}

impl<H: Http> Storage<'_, H> {
    /// Fetches the manifest of a sliced file by its signed URL. The token does not go there.
    ///
    /// # Errors
    /// [`KeboolaError::UnexpectedReply`] when the file has no URL or what it leads to is no
    /// manifest of S3 slices.
    pub async fn read_slices(&self, file: &StorageFile) -> Result<Vec<Slice>, KeboolaError> {
        let url = file
            .url
            .as_deref()
            .ok_or_else(|| KeboolaError::unexpected("the sliced file has no URL"))?;
        let request = http::Request::get(url)
            .body(Bytes::new())
            .map_err(|_| KeboolaError::unexpected("the sliced file's URL is not a URL"))?;
        parse_slices(&read(self.http().send(request).await?, None)?)
    }
}

#[derive(Deserialize)]
struct ManifestWire {
    entries: Vec<EntryWire>,
}

#[derive(Deserialize)]
struct EntryWire {
    url: String,
    #[serde(default, deserialize_with = "wire::lenient")]
    meta: MetaWire,
}

#[derive(Default, Deserialize)]
struct MetaWire {
    #[serde(default, deserialize_with = "wire::optional_number")]
    content_length: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entries_in_their_order() {
        let manifest = r#"{"entries":[
            {"url":"s3://kbc-sapi-files/exp-15/out.csv/part 1_0.gz","mandatory":true,"meta":{"content_length":1234}},
            {"url":"s3://kbc-sapi-files/exp-15/out.csv/part2.gz","meta":null},
            {"url":"s3://kbc-sapi-files/k"}
        ]}"#;
        let slices = parse_slices(manifest.as_bytes()).unwrap();
        let told: Vec<_> = slices
            .iter()
            .map(|it| (it.key.as_str(), it.name(), it.bytes))
            .collect();
        assert_eq!(
            told,
            [
                ("exp-15/out.csv/part 1_0.gz", "part 1_0.gz", Some(1234)),
                ("exp-15/out.csv/part2.gz", "part2.gz", None),
                ("k", "k", None),
            ]
        );
        assert!(slices.iter().all(|slice| slice.bucket == "kbc-sapi-files"));
        assert_eq!(parse_slices(br#"{"entries":[]}"#), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_manifest_of_s3() {
        for manifest in [
            "",
            "<Error/>",
            "{}",
            r#"{"entries":[{"url":"gs://bucket/key"}]}"#,
            r#"{"entries":[{"url":"azure://a.blob.core.windows.net/c/b"}]}"#,
            r#"{"entries":[{"url":"s3://bucket"}]}"#,
            r#"{"entries":[{"url":"s3:///key"}]}"#,
            r#"{"entries":[{"url":"s3://bucket/"}]}"#,
        ] {
            let error = parse_slices(manifest.as_bytes()).unwrap_err();
            assert!(
                matches!(error, KeboolaError::UnexpectedReply { .. }),
                "{manifest}"
            );
        }
    }
}
