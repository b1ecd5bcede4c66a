//! Files in and out (reference/e2b.md §3.3): small ones, held in memory as a whole.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use transport::{Http, Timeout};

use super::call::{complete, parse};
use super::{Envd, EnvdError};

/// A file as envd wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WrittenFile {
    /// Absolute path.
    pub path: String,
    /// Last part of the path.
    pub name: String,
}

impl<H: Http> Envd<'_, H> {
    /// Writes files in one request. A path may be absolute, relative to the user's home, or begin
    /// with `~/`; missing folders are made. A file that exists is overwritten, not atomically.
    ///
    /// # Errors
    /// [`EnvdError::NoSpace`], [`EnvdError::Invalid`] for a path that is a folder or given twice; see
    /// [`EnvdError`].
    pub async fn write_files(
        &self,
        files: Vec<(String, Bytes)>,
    ) -> Result<Vec<WrittenFile>, EnvdError> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        for (path, _) in &files {
            check(path)?;
        }
        let boundary = boundary(&files);
        let body = multipart(&boundary, &files);
        let request = self
            .request(Method::POST, &self.files_path(None))
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={boundary}"),
            )
            .extension(allowance(body.len()));
        let reply = self.exchange(request, body).await?;
        // envd sends no content type here, so only the text counts.
        parse(reply.body())
    }

    /// Reads a file as a whole.
    ///
    /// # Errors
    /// [`EnvdError::NotFound`], [`EnvdError::Invalid`] for a folder; see [`EnvdError`].
    pub async fn read_file(&self, path: &str) -> Result<Bytes, EnvdError> {
        check(path)?;
        let request = self
            .request(Method::GET, &self.files_path(Some(path)))
            .extension(Timeout(Duration::from_secs(600)));
        Ok(self.exchange(request, Bytes::new()).await?.into_body())
    }

    /// Reads what a file holds from a byte on, `most` bytes at the most; nothing when it is not longer.
    ///
    /// # Errors
    /// As [`Envd::read_file`].
    pub async fn read_file_part(
        &self,
        path: &str,
        from: u64,
        most: u64,
    ) -> Result<Bytes, EnvdError> {
        check(path)?;
        let to = from.saturating_add(most.max(1)) - 1;
        let request = self
            .request(Method::GET, &self.files_path(Some(path)))
            .header(header::RANGE, format!("bytes={from}-{to}"))
            .extension(Timeout(Duration::from_secs(600)));
        let reply = self.http.send(complete(request, Bytes::new())?).await?;
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        match reply.status() {
            StatusCode::PARTIAL_CONTENT => Ok(reply.into_body()),
            StatusCode::RANGE_NOT_SATISFIABLE => Ok(Bytes::new()),
            // Ranges are optional: this is the whole file, or a page of whoever is in between.
            status if status.is_success() => {
                let kind = reply.headers().get(header::CONTENT_TYPE);
                let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
                if is_page && !path.ends_with(".html") {
                    let what = "a page instead of a file".to_owned();
                    return Err(EnvdError::UnexpectedReply { what });
                }
                let whole = reply.into_body();
                let from = from.min(whole.len());
                Ok(whole.slice(from..from.saturating_add(most).min(whole.len())))
            }
            status => Err(EnvdError::of_reply(status, reply.headers(), reply.body())),
        }
    }

    pub(super) fn files_path(&self, path: Option<&str>) -> String {
        let user = self.access.user();
        let parts = [("path", path), ("username", user)];
        let mut query = String::new();
        for (name, value) in parts
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
        {
            query.push(if query.is_empty() { '?' } else { '&' });
            let _ = write!(
                query,
                "{name}={}",
                utf8_percent_encode(value, NON_ALPHANUMERIC)
            );
        }
        format!("/files{query}")
    }
}

/// A minute, and what a link of 64 KiB a second needs for the bytes.
fn allowance(bytes: usize) -> Timeout {
    let seconds = u64::try_from(bytes / (64 * 1024)).unwrap_or(u64::MAX);
    Timeout(Duration::from_secs(60_u64.saturating_add(seconds)))
}

pub(super) fn check(path: &str) -> Result<(), EnvdError> {
    if path.is_empty() || path.chars().any(char::is_control) {
        let message = format!("{path:?} is not a path");
        return Err(EnvdError::Invalid { message });
    }
    Ok(())
}

/// The boundary must not occur in a content. It is a hash of the contents: no file holds its own
/// hash, and equal requests are equal bytes, which randomness would spoil.
fn boundary(files: &[(String, Bytes)]) -> String {
    let mut hash = Sha256::new();
    for (path, content) in files {
        hash.update(path);
        hash.update(content);
    }
    let mut boundary = "kbc-e2b-".to_owned();
    for byte in hash.finalize().iter().take(16) {
        let _ = write!(boundary, "{byte:02x}");
    }
    boundary
}

/// Each part is named `file`, the only name that envd reads; its filename is the whole path.
fn multipart(boundary: &str, files: &[(String, Bytes)]) -> Bytes {
    let contents: usize = files
        .iter()
        .map(|(path, content)| path.len() + content.len() + 200)
        .sum();
    let mut body = BytesMut::with_capacity(contents + boundary.len() + 8);
    for (path, content) in files {
        let head = part_head(boundary, path);
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body.freeze()
}

/// What stands before the content of a file in a form.
pub(super) fn part_head(boundary: &str, path: &str) -> String {
    // As a quoted string of MIME, which is what envd's parser undoes.
    let filename = path.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::envd::testing::{with, with_access};
    use crate::{EnvdAccess, EnvdVersion, SandboxId};

    #[test]
    fn files_are_parts_named_file_with_their_paths() {
        let script = Script::new().reply_with(
            200,
            &[],
            r#"[{"path":"/home/user/a/b.py","name":"b.py","type":"file"}]"#,
        );
        let files = vec![
            ("~/a/b.py".to_owned(), Bytes::from_static(b"\x00\xffpy")),
            ("/tmp/c \"d\".txt".to_owned(), Bytes::new()),
        ];
        let written = with(&script, async |envd| envd.write_files(files.clone()).await).unwrap();
        assert_eq!(written[0].path, "/home/user/a/b.py");
        let request = &script.requests()[0];
        assert_eq!(request.uri(), "https://49983-i01.e2b.app/files");
        assert_eq!(request.headers()["x-access-token"], "tok");
        let boundary = boundary(&files);
        assert_eq!(
            request.headers()["content-type"],
            format!("multipart/form-data; boundary={boundary}")
        );
        let head = |path| {
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{path}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            )
        };
        let mut body = head("~/a/b.py").into_bytes();
        body.extend_from_slice(b"\x00\xffpy\r\n");
        body.extend_from_slice(head("/tmp/c \\\"d\\\".txt").as_bytes());
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        assert_eq!(request.body(), &body);
    }

    #[test]
    fn a_boundary_is_not_in_what_it_bounds() {
        let first = boundary(&[("a".into(), Bytes::new())]);
        let nested = boundary(&[("a".into(), Bytes::from(first.clone()))]);
        assert_ne!(first, nested);
        assert!(first.len() <= 70, "RFC 2046");
    }

    #[test]
    fn an_old_envd_is_told_the_user_and_paths_are_encoded() {
        let script = Script::new().reply_with(200, &[], b"\x01\x02".to_vec());
        let access = EnvdAccess {
            url: "http://e.test".into(),
            token: None,
            version: EnvdVersion::read("0.2.10"),
            user: None,
            routed_to: None,
        };
        let bytes = with_access(&script, access, async |envd| {
            envd.read_file("/a b/ž&.csv").await
        });
        assert_eq!(bytes.unwrap(), &b"\x01\x02"[..]);
        assert_eq!(
            script.requests()[0].uri(),
            "http://e.test/files?path=%2Fa%20b%2F%C5%BE%26%2Ecsv&username=user"
        );
    }

    #[test]
    fn where_the_address_is_shared_headers_name_the_sandbox() {
        let script = Script::new().reply_with(200, &[], "x");
        let access = EnvdAccess {
            url: "http://boxes.test".into(),
            token: None,
            version: EnvdVersion::new(0, 9, 1),
            user: None,
            routed_to: Some(SandboxId::parse("i01").unwrap()),
        };
        let read = with_access(&script, access, async |envd| envd.read_file("/a").await);
        assert!(read.is_ok());
        let headers = script.requests()[0].headers().clone();
        assert_eq!(headers["e2b-sandbox-id"], "i01");
        assert_eq!(headers["e2b-sandbox-port"], "49983");
    }

    #[test]
    fn a_path_that_would_break_the_request_is_refused_before_it() {
        let script = Script::new();
        for path in ["", "a\r\nX: y", "a\0"] {
            let files = vec![(path.to_owned(), Bytes::new())];
            let error = with(&script, async |envd| envd.write_files(files).await).unwrap_err();
            assert!(matches!(error, EnvdError::Invalid { .. }), "{path:?}");
        }
        assert!(script.requests().is_empty());
    }

    #[test]
    fn a_part_of_a_file_is_read_and_no_page_is_taken_for_one() {
        let script = Script::new()
            .reply_with(206, &[], "cd")
            .reply_with(200, &[], "abcdefg")
            .reply_with(200, &[], "abc")
            .reply_with(200, &[], "a")
            .reply_with(416, &[], r#"{"message":"range"}"#)
            .reply_with(200, &[("content-type", "text/html")], "<html>")
            .reply_with(404, &[], r#"{"message":"gone"}"#);
        let read = || {
            with(&script, async |envd| {
                envd.read_file_part("/log", 2, 2).await
            })
        };
        for text in ["cd", "cd", "c", "", ""] {
            assert_eq!(read().unwrap(), text);
        }
        assert!(matches!(read(), Err(EnvdError::UnexpectedReply { .. })));
        assert!(matches!(read(), Err(EnvdError::NotFound { .. })));
        assert_eq!(script.requests()[0].headers()["range"], "bytes=2-3");
    }

    #[test]
    fn a_full_disk_is_told() {
        let script = Script::new().reply(507, r#"{"code":507,"message":"not enough disk space"}"#);
        let files = vec![("a".to_owned(), Bytes::from_static(b"x"))];
        let error = with(&script, async |envd| envd.write_files(files).await).unwrap_err();
        assert_eq!(
            error,
            EnvdError::NoSpace {
                message: "not enough disk space".into()
            }
        );
    }
}
