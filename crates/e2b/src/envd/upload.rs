//! Files of any size on their way in: the requests, made here and sent by whoever holds the bytes, and
//! what comes after the last of them (reference/e2b.md §3.3).
//!
//! No byte of a file is seen here. How envd takes them depends on its version: as a raw body since
//! 0.5.7, as a form before; parts are joined by `compose` since 0.5.5, by a command before.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use transport::Http;

use super::call::{json, parse};
use super::files::{check, part_head};
use super::{Envd, EnvdAccess, EnvdError, WrittenFile};
use crate::{FileOperation, FileSignature, sign};

/// A request that carries the bytes of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRequest {
    /// To be sent by `POST`.
    pub url: String,
    /// To be sent as they are. One of them may be the sandbox's token.
    pub headers: Vec<(String, String)>,
    /// What stands before, between and after the files: one text more than there are files. All are
    /// empty where the body is the one file.
    pub around: Vec<String>,
}

/// A request that reads a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadRequest {
    /// To be sent by `GET`. It is leave to read this one file, where the sandbox is secured.
    pub url: String,
    /// To be sent along: they name the sandbox where its address alone does not.
    pub headers: Vec<(String, String)>,
}

/// Joins parts and removes them; its arguments are the destination and the parts. Whatever happens, the
/// destination is whole.
const JOIN: &str = r#"to=$1; user=$2; shift 2; cat -- "$@" > "$1.joined" && chown -- "$user:" "$1.joined" &&
mv -f -- "$1.joined" "$to" && rm -f -- "$@""#;

/// A line for each argument, in their order: its SHA-256, or nothing before the dash.
const SUMS: &str = r#"for file; do sha256sum < "$file" 2>/dev/null || echo -; done"#;

impl<H: Http> Envd<'_, H> {
    /// The request that writes one file or one part. `boundary` must not occur in the bytes: 32 random
    /// digits do not.
    ///
    /// # Errors
    /// [`EnvdError::Invalid`] for what is no path.
    pub fn upload_request(&self, path: &str, boundary: &str) -> Result<UploadRequest, EnvdError> {
        check(path)?;
        let raw = self.access.version.has_raw_upload();
        let kind = match raw {
            true => "application/octet-stream".to_owned(),
            false => format!("multipart/form-data; boundary={boundary}"),
        };
        let around = match raw {
            true => vec![String::new(); 2],
            false => around(boundary, [path]),
        };
        self.carrier(&self.files_path(Some(path)), &kind, around)
    }

    /// The request that writes many files at once. See [`Envd::upload_request`].
    ///
    /// # Errors
    /// [`EnvdError::Invalid`] for what is no path.
    pub fn upload_many_request<'p>(
        &self,
        paths: impl IntoIterator<Item = &'p str> + Clone,
        boundary: &str,
    ) -> Result<UploadRequest, EnvdError> {
        for path in paths.clone() {
            check(path)?;
        }
        let kind = format!("multipart/form-data; boundary={boundary}");
        self.carrier(&self.files_path(None), &kind, around(boundary, paths))
    }

    fn carrier(
        &self,
        path_and_query: &str,
        kind: &str,
        around: Vec<String>,
    ) -> Result<UploadRequest, EnvdError> {
        let request = self
            .request(Method::POST, path_and_query)
            .header(header::CONTENT_TYPE, kind);
        let (url, headers) = taken_apart(request)?;
        Ok(UploadRequest {
            url,
            headers,
            around,
        })
    }

    /// The request that reads a file, for as long as a signature lasts: until `expires_at`, in seconds
    /// since 1970.
    ///
    /// # Errors
    /// [`EnvdError::Invalid`] for what is no path.
    pub fn download_request(
        &self,
        path: &str,
        expires_at: u64,
    ) -> Result<DownloadRequest, EnvdError> {
        check(path)?;
        let mut query = self.files_path(Some(path));
        if let Some(token) = &self.access.token {
            let signature = FileSignature {
                path,
                operation: FileOperation::Read,
                user: self.access.user(),
                expires_at: Some(expires_at),
            };
            let signature = sign(signature, token);
            let signature = percent_encoding::utf8_percent_encode(
                &signature,
                percent_encoding::NON_ALPHANUMERIC,
            );
            query = format!("{query}&signature={signature}&signature_expiration={expires_at}");
        }
        let (url, headers) = taken_apart(self.request(Method::GET, &query))?;
        // envd would check the token instead of the signature.
        let is_token = |name: &str| name.eq_ignore_ascii_case("x-access-token");
        Ok(DownloadRequest {
            url,
            headers: headers
                .into_iter()
                .filter(|(name, _)| !is_token(name))
                .collect(),
        })
    }

    /// Makes one file of parts, in their order, and removes them. The file is there as a whole or not
    /// at all; what was there before stays until then.
    ///
    /// # Errors
    /// [`EnvdError::NotFound`] for a part that is not there, [`EnvdError::NoSpace`]; see
    /// [`EnvdError`].
    pub async fn join(&self, parts: &[String], destination: &str) -> Result<(), EnvdError> {
        for path in parts.iter().map(String::as_str).chain([destination]) {
            check(path)?;
        }
        if self.access.version.has_compose() {
            return self.compose(parts, destination).await;
        }
        if let Some((parent, _)) = destination.rsplit_once('/')
            && !parent.is_empty()
        {
            self.make_dir(parent).await?;
        }
        // As `compose` does it: by root, for the folder may be root's, and the file is the user's.
        let user = self.access.user().unwrap_or("user");
        let root = EnvdAccess {
            user: Some("root".to_owned()),
            ..self.access.clone()
        };
        let arguments = || {
            let parts = parts.iter().map(String::as_str);
            [destination, user].into_iter().chain(parts)
        };
        let by_root = Envd::new(self.http, root);
        match by_root.script(JOIN, arguments()).await {
            Err(EnvdError::Unauthorized { .. }) => self.script(JOIN, arguments()).await.map(drop),
            joined => joined.map(drop),
        }
    }

    async fn compose(&self, parts: &[String], destination: &str) -> Result<(), EnvdError> {
        #[derive(Serialize)]
        struct Request<'a> {
            source_paths: &'a [String],
            destination: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            username: Option<&'a str>,
        }
        let request = self
            .request(Method::POST, "/files/compose")
            .header(header::CONTENT_TYPE, "application/json")
            .extension(transport::Timeout(std::time::Duration::from_secs(600)));
        let body = json(&Request {
            source_paths: parts,
            destination,
            username: self.access.user(),
        })?;
        self.exchange(request, body).await.map(drop)
    }

    /// SHA-256 of files in lower-case hex, in their order; `None` for one that cannot be read.
    ///
    /// # Errors
    /// See [`EnvdError`].
    pub async fn sha256_of<'p>(
        &self,
        paths: impl IntoIterator<Item = &'p str>,
    ) -> Result<Vec<Option<String>>, EnvdError> {
        let told = self.script(SUMS, paths).await?;
        let told = String::from_utf8_lossy(&told);
        let sum = |line: &str| {
            let (sum, _) = line.split_once(' ')?;
            (sum.len() == 64).then(|| sum.to_owned())
        };
        Ok(told.lines().map(sum).collect())
    }
}

/// What an answer to an [`UploadRequest`] means.
///
/// # Errors
/// [`EnvdError::NoSpace`], [`EnvdError::Invalid`] for a path that is a folder; see [`EnvdError`].
pub fn read_upload(
    status: u16,
    headers: &[(String, String)],
    body: &str,
) -> Result<Vec<WrittenFile>, EnvdError> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    if status.is_success() {
        return parse(body.as_bytes());
    }
    let pair = |(name, value): &(String, String)| {
        Some((
            HeaderName::try_from(name).ok()?,
            HeaderValue::try_from(value).ok()?,
        ))
    };
    let headers: HeaderMap = headers.iter().filter_map(pair).collect();
    let body = Bytes::copy_from_slice(body.as_bytes());
    Err(EnvdError::of_reply(status, &headers, &body))
}

/// The texts around the files of a form.
fn around<'p>(boundary: &str, paths: impl IntoIterator<Item = &'p str>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for path in paths {
        let end = if texts.is_empty() { "" } else { "\r\n" };
        texts.push(format!("{end}{}", part_head(boundary, path)));
    }
    texts.push(format!("\r\n--{boundary}--\r\n"));
    texts
}

/// Address and headers of a request whose body is somewhere else.
fn taken_apart(
    request: http::request::Builder,
) -> Result<(String, Vec<(String, String)>), EnvdError> {
    let request = super::call::complete(request, Bytes::new())?;
    let headers = request.headers().iter().filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    Ok((request.uri().to_string(), headers.collect()))
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::envd::process::stream_of;
    use crate::envd::testing::{with, with_access};
    use crate::{EnvdToken, EnvdVersion, SandboxId};

    fn access(version: &str) -> EnvdAccess {
        EnvdAccess {
            url: "https://e.test".into(),
            token: Some(EnvdToken::parse("tok123").unwrap()),
            version: EnvdVersion::read(version),
            user: None,
            routed_to: None,
        }
    }

    fn of<T>(access: EnvdAccess, make: impl FnOnce(&Envd<'_, Script>) -> T) -> T {
        with_access(&Script::new(), access, async |envd| make(&envd))
    }

    fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
        let found = headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    #[test]
    fn a_file_is_a_raw_body_where_envd_takes_one_and_a_form_elsewhere() {
        let request = |version| {
            of(access(version), |envd| {
                envd.upload_request("/data/a \"b\".csv", "XX").unwrap()
            })
        };
        let raw = request("0.5.7");
        assert_eq!(
            raw.url,
            "https://e.test/files?path=%2Fdata%2Fa%20%22b%22%2Ecsv"
        );
        assert_eq!(
            header(&raw.headers, "content-type"),
            Some("application/octet-stream")
        );
        assert_eq!(header(&raw.headers, "x-access-token"), Some("tok123"));
        assert_eq!(raw.around, ["", ""]);
        let form = request("0.5.6");
        assert_eq!(form.url, raw.url);
        assert_eq!(
            header(&form.headers, "content-type"),
            Some("multipart/form-data; boundary=XX")
        );
        assert_eq!(
            form.around,
            [
                "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"/data/a \\\"b\\\".csv\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n",
                "\r\n--XX--\r\n"
            ]
        );
        assert!(request("0.2.10").url.ends_with("&username=user"));
    }

    #[test]
    fn many_files_are_one_form_with_their_paths() {
        let request = of(access("0.9.1"), |envd| {
            envd.upload_many_request(["/a", "/b/c"], "XX").unwrap()
        });
        assert_eq!(request.url, "https://e.test/files");
        assert_eq!(request.around.len(), 3);
        assert!(request.around[1].starts_with("\r\n--XX\r\n"));
        assert!(request.around[1].contains("filename=\"/b/c\""));
        let refused = of(access("0.9.1"), |envd| {
            envd.upload_many_request(["/a", "b\n"], "XX").is_err()
        });
        assert!(refused);
    }

    #[test]
    fn a_download_is_signed_and_carries_no_token() {
        let request = of(access("0.9.1"), |envd| {
            envd.download_request("out/result.csv", 1_800_000_000)
                .unwrap()
        });
        // The vector of reference/e2b.md §3.7, percent-encoded.
        assert_eq!(
            request.url,
            "https://e.test/files?path=out%2Fresult%2Ecsv&signature=v1%5F6GS0EI2h0KMzCFp0eoT9q8O9fH82jZ%2BNRO24Dg7P3cA&signature_expiration=1800000000"
        );
        assert_eq!(header(&request.headers, "x-access-token"), None);
        let open = EnvdAccess {
            token: None,
            routed_to: Some(SandboxId::parse("i01").unwrap()),
            ..access("0.9.1")
        };
        let request = of(open, |envd| envd.download_request("/a", 1).unwrap());
        assert_eq!(request.url, "https://e.test/files?path=%2Fa");
        assert_eq!(header(&request.headers, "e2b-sandbox-id"), Some("i01"));
    }

    #[test]
    fn parts_are_composed_where_envd_can() {
        let script =
            Script::new().reply_with(200, &[], r#"{"path":"/data/a","name":"a","type":"file"}"#);
        let parts = ["/tmp/1".to_owned(), "/tmp/2".to_owned()];
        with(&script, async |envd| envd.join(&parts, "/data/a").await).unwrap();
        let request = &script.requests()[0];
        assert_eq!(request.uri().path(), "/files/compose");
        assert_eq!(
            request.body(),
            r#"{"source_paths":["/tmp/1","/tmp/2"],"destination":"/data/a"}"#
        );
    }

    #[test]
    fn an_old_envd_joins_them_by_a_command() {
        let script = Script::new()
            .reply_with(200, &[], r#"[{"path":"/data/a","name":"a","type":"file"}]"#)
            .reply_with(
                200,
                &[("content-type", "application/connect+json")],
                stream_of("", "", 0),
            );
        let parts = ["/tmp/1".to_owned()];
        let joined = with_access(&script, access("0.2.10"), async |envd| {
            envd.join(&parts, "/data/a").await
        });
        assert_eq!(joined, Ok(()));
        let start = String::from_utf8_lossy(script.requests()[1].body()).into_owned();
        assert!(
            start.contains(r#""kbc-e2b","/data/a","user","/tmp/1"]"#),
            "{start}"
        );
        assert_eq!(
            script.requests()[1].headers()["authorization"],
            "Basic cm9vdDo="
        );
    }

    #[test]
    fn an_old_envd_without_root_joins_them_by_the_user() {
        let script = Script::new()
            .reply_with(
                200,
                &[],
                r#"[{"path":"/data","name":"data","type":"file"}]"#,
            )
            .reply(
                401,
                r#"{"code":"unauthenticated","message":"invalid username: 'root'"}"#,
            )
            .reply_with(
                200,
                &[("content-type", "application/connect+json")],
                stream_of("", "", 0),
            );
        let parts = ["/tmp/1".to_owned()];
        let joined = with_access(&script, access("0.2.10"), async |envd| {
            envd.join(&parts, "/data/a").await
        });
        assert_eq!(joined, Ok(()));
        assert_eq!(
            script.requests()[2].headers()["authorization"],
            "Basic dXNlcjo="
        );
    }

    #[test]
    fn sums_are_told_in_order_and_a_missing_file_has_none() {
        let sum = "a".repeat(64);
        let script = Script::new().reply_with(
            200,
            &[("content-type", "application/connect+json")],
            stream_of(&format!("{sum}  -\n-\n"), "", 0),
        );
        let sums = with(&script, async |envd| envd.sha256_of(["/a", "/b"]).await);
        assert_eq!(sums, Ok(vec![Some(sum), None]));
    }

    #[test]
    fn an_answer_to_an_upload_is_read() {
        let good = r#"[{"path":"/a","name":"a","type":"file"}]"#;
        assert_eq!(read_upload(200, &[], good).unwrap()[0].path, "/a");
        let full = r#"{"code":507,"message":"not enough disk space"}"#;
        for (status, body, wanted) in [
            (
                507,
                full,
                "the sandbox's disk is full: not enough disk space",
            ),
            (
                502,
                "{\"message\":\"The sandbox was not found\"}",
                "the sandbox is gone",
            ),
            (200, "<html>", "the reply is not the sandbox's"),
        ] {
            let error = read_upload(status, &[], body).unwrap_err().to_string();
            assert!(error.starts_with(wanted), "{error}");
        }
        let slow = [("retry-after".to_owned(), "3".to_owned())];
        let EnvdError::RateLimited { retry_after, .. } = read_upload(429, &slow, "{}").unwrap_err()
        else {
            panic!("rate limited");
        };
        assert_eq!(retry_after, Some(std::time::Duration::from_secs(3)));
    }
}
