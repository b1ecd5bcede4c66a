//! The manifest of a sliced file: which objects it is made of (reference §3.2).

use bytes::Bytes;
use serde::Deserialize;
use transport::Http;

use crate::client::{Storage, parse, read};
use crate::error::KeboolaError;
use crate::read_file::StorageFile;
use crate::wire;

/// One slice of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Where its object is.
    pub place: Place,
    /// Its key there.
    pub key: String,
    /// Its size in bytes, when the manifest tells.
    pub bytes: Option<u64>,
}

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On Amazon S3.
    S3 {
        /// Its bucket.
        bucket: String,
    },
    /// On Azure Blob Storage.
    Azure {
        /// Its account's host.
        host: String,
        /// Its container.
        container: String,
    },
    /// On Google Cloud Storage.
    Gcs {
        /// Its bucket.
        bucket: String,
    },
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
/// [`KeboolaError::UnexpectedReply`] when it is no manifest, or a slice of it is not an object of
/// a cloud storage.
pub fn parse_slices(manifest: &[u8]) -> Result<Vec<Slice>, KeboolaError> {
    let manifest: ManifestWire = parse(manifest, "manifest of the sliced file")?;
    manifest
        .entries
        .into_iter()
        .map(|entry| {
            let (place, key) = object(&entry.url).ok_or_else(|| {
                KeboolaError::unexpected("a slice is not an object of a cloud storage")
            })?;
            Ok(Slice {
                place,
                key: key.to_owned(),
                bytes: entry.meta.content_length,
            })
        })
        .collect()
}

/// Azure's objects are also written with their URL, as its own tools do.
fn object(url: &str) -> Option<(Place, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (first, rest) = halves(rest)?;
    match scheme {
        "s3" => {
            let bucket = first.to_owned();
            Some((Place::S3 { bucket }, rest))
        }
        "gs" => {
            let bucket = first.to_owned();
            Some((Place::Gcs { bucket }, rest))
        }
        "azure" | "https" => {
            let (container, key) = halves(rest)?;
            let (host, container) = (first.to_owned(), container.to_owned());
            Some((Place::Azure { host, container }, key))
        }
        _ => None,
    }
}

fn halves(text: &str) -> Option<(&str, &str)> {
    text.split_once('/')
        .filter(|(before, after)| !before.is_empty() && !after.is_empty())
}

impl<H: Http> Storage<'_, H> {
    /// Fetches the manifest of a sliced file by its signed URL. The token does not go there.
    ///
    /// # Errors
    /// [`KeboolaError::UnexpectedReply`] when the file has no URL or what it leads to is no
    /// manifest of slices.
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
        let bucket = "kbc-sapi-files".to_owned();
        let place = Place::S3 { bucket };
        assert!(slices.iter().all(|slice| slice.place == place));
        assert_eq!(parse_slices(br#"{"entries":[]}"#), Ok(Vec::new()));
    }

    #[test]
    fn the_places_of_the_other_providers() {
        let azure = Place::Azure {
            host: "kbcfshc.blob.core.windows.net".to_owned(),
            container: "exp-15".to_owned(),
        };
        let gcs = Place::Gcs {
            bucket: "kbc-fs".to_owned(),
        };
        for (url, place, key) in [
            (
                "azure://kbcfshc.blob.core.windows.net/exp-15/7.out.csv/0.gz",
                &azure,
                "7.out.csv/0.gz",
            ),
            (
                "https://kbcfshc.blob.core.windows.net/exp-15/k",
                &azure,
                "k",
            ),
            (
                "gs://kbc-fs/exp-15/7.out.csv0.gz",
                &gcs,
                "exp-15/7.out.csv0.gz",
            ),
        ] {
            let manifest = format!(r#"{{"entries":[{{"url":"{url}","mandatory":true}}]}}"#);
            let slices = parse_slices(manifest.as_bytes()).unwrap();
            assert_eq!((&slices[0].place, slices[0].key.as_str()), (place, key));
        }
    }

    #[test]
    fn what_is_no_manifest() {
        for manifest in [
            "",
            "<Error/>",
            "{}",
            r#"{"entries":[{"url":"ftp://bucket/key"}]}"#,
            r#"{"entries":[{"url":"gs://bucket"}]}"#,
            r#"{"entries":[{"url":"azure://a.blob.core.windows.net/c"}]}"#,
            r#"{"entries":[{"url":"azure://a.blob.core.windows.net/c/"}]}"#,
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
