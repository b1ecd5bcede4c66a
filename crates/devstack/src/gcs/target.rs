//! What a path means.

use percent_encoding::percent_decode_str;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// `/{bucket}/{key}` of the XML API.
    Xml { bucket: String, key: String },
    /// `/upload/storage/v1/b/{bucket}/o`.
    Upload { bucket: String },
    /// `/storage/v1/b/{bucket}/o/{key}`, and `/download/…` of it.
    Object { bucket: String, key: String },
    /// `/storage/v1/b/{bucket}/o`.
    List,
}

impl Target {
    pub(super) fn of(path: &str) -> Self {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        if let Some(rest) = path.strip_prefix("/upload/storage/v1/b/")
            && let Some(bucket) = rest.strip_suffix("/o")
        {
            return Self::Upload {
                bucket: decoded(bucket),
            };
        }
        let rest = path
            .strip_prefix("/download/storage/v1/b/")
            .or_else(|| path.strip_prefix("/storage/v1/b/"));
        if let Some(rest) = rest {
            return match rest.split_once("/o/") {
                // An object's name is one segment here: its slashes come escaped.
                Some((bucket, key)) if !key.contains('/') => Self::Object {
                    bucket: decoded(bucket),
                    key: decoded(key),
                },
                _ => Self::List,
            };
        }
        let path = path.trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        Self::Xml {
            bucket: decoded(bucket),
            key: decoded(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_its_meaning() {
        let (bucket, key) = ("b".to_owned(), "x/y z".to_owned());
        for (path, target) in [
            (
                "/b/x/y%20z",
                Target::Xml {
                    bucket: bucket.clone(),
                    key: key.clone(),
                },
            ),
            (
                "/upload/storage/v1/b/b/o",
                Target::Upload {
                    bucket: bucket.clone(),
                },
            ),
            (
                "/storage/v1/b/b/o/x%2Fy%20z",
                Target::Object {
                    bucket: bucket.clone(),
                    key: key.clone(),
                },
            ),
            (
                "/download/storage/v1/b/b/o/x%2Fy%20z",
                Target::Object { bucket, key },
            ),
            ("/storage/v1/b/b/o", Target::List),
        ] {
            assert_eq!(Target::of(path), target, "{path}");
        }
    }
}
