//! What the policies behind temporary credentials allow. Runs after the signature was verified.

use std::sync::Arc;

use http::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};

use super::credentials::{Issued, Right};
use super::{BUCKET, ObjectStore, REGION};
use crate::moment;

/// The check of every request.
pub(super) struct Gatekeeper(pub(super) Arc<ObjectStore>);

#[async_trait::async_trait]
impl S3Auth for Gatekeeper {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.0
            .credentials()
            .secret(access_key)
            .ok_or_else(|| s3_error!(InvalidAccessKeyId))
    }
}

#[async_trait::async_trait]
impl S3Access for Gatekeeper {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let Some(caller) = cx.credentials() else {
            return Err(s3_error!(AccessDenied, "Anonymous access is denied"));
        };
        let issued = self
            .0
            .credentials()
            .find(&caller.access_key)
            .ok_or_else(|| s3_error!(InvalidAccessKeyId))?;
        let sent = Sent {
            headers: cx.headers(),
            uri: cx.uri(),
        };
        check_session(&issued, &sent)?;
        check_headers_signed(&sent)?;
        check_region(&sent)?;
        let S3Path::Object { bucket, key } = cx.s3_path() else {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        if &**bucket != BUCKET || !issued.scope.covers(key) {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        check_operation(&issued, cx.s3_op().name(), &sent)
    }
}

/// A parameter of S3 may come as a header, or in the query of a presigned URL.
struct Sent<'a> {
    headers: &'a HeaderMap,
    uri: &'a Uri,
}

impl Sent<'_> {
    fn value(&self, name: &str) -> Option<String> {
        let header = self.headers.get(name).and_then(|value| value.to_str().ok());
        header.map(str::to_owned).or_else(|| self.query(name))
    }

    fn query(&self, name: &str) -> Option<String> {
        let pairs = self
            .uri
            .query()?
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        let mut named = pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named
            .next()
            .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
    }
}

fn check_session(issued: &Issued, sent: &Sent<'_>) -> S3Result<()> {
    match sent.value("x-amz-security-token") {
        // A temporary key without its token is unknown to the real service, too.
        None => return Err(s3_error!(InvalidAccessKeyId)),
        Some(token) if token != issued.federated.session_token => {
            return Err(s3_error!(
                InvalidToken,
                "The provided token is malformed or otherwise invalid."
            ));
        }
        Some(_) => {}
    }
    if moment::now() >= issued.federated.expiration {
        return Err(s3_error!(ExpiredToken, "The provided token has expired."));
    }
    Ok(())
}

/// What a request says to S3 in its headers must be part of the signature: an `x-amz-…` header that
/// is not could have been put in by anyone on the way.
fn check_headers_signed(sent: &Sent<'_>) -> S3Result<()> {
    let names = sent.query("x-amz-signedheaders").or_else(|| {
        let header = sent.headers.get("authorization")?.to_str().ok()?;
        let (_, rest) = header.split_once("SignedHeaders=")?;
        rest.split(',').next().map(str::to_owned)
    });
    let names = names.unwrap_or_default();
    let is_signed = |name: &str| names.split(';').any(|signed| signed == name);
    let mut sensitive = sent
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| {
            // A presigned request may state the payload's hash without having signed it.
            name.starts_with("x-amz-") && *name != "x-amz-content-sha256"
        });
    match sensitive.find(|name| !is_signed(name)) {
        None => Ok(()),
        Some(name) => Err(s3_error!(
            AccessDenied,
            "There were headers present in the request which were not signed: {}",
            name
        )),
    }
}

/// The scope of the signature must name the bucket's region.
fn check_region(sent: &Sent<'_>) -> S3Result<()> {
    let scope = sent.query("x-amz-credential").or_else(|| {
        let header = sent.headers.get("authorization")?.to_str().ok()?;
        let (_, rest) = header.split_once("Credential=")?;
        rest.split(',').next().map(str::to_owned)
    });
    let region = scope.as_deref().and_then(|scope| scope.split('/').nth(2));
    match region {
        Some(REGION) => Ok(()),
        Some(_) => Err(s3_error!(
            AuthorizationHeaderMalformed,
            "The authorization header is malformed; the region is wrong; expecting 'eu-central-1'"
        )),
        None => Err(s3_error!(AccessDenied, "Access Denied")),
    }
}

fn check_operation(issued: &Issued, operation: &str, sent: &Sent<'_>) -> S3Result<()> {
    match (issued.right, operation) {
        (Right::Read, "GetObject" | "HeadObject") => Ok(()),
        (Right::Write { encrypted }, "PutObject" | "CreateMultipartUpload") => {
            if sent.value("x-amz-acl").as_deref() != Some("private") {
                return Err(s3_error!(
                    AccessDenied,
                    "x-amz-acl must be what files/prepare gave: private"
                ));
            }
            if encrypted && sent.value("x-amz-server-side-encryption").as_deref() != Some("AES256")
            {
                return Err(s3_error!(
                    AccessDenied,
                    "x-amz-server-side-encryption must be what files/prepare gave: AES256"
                ));
            }
            Ok(())
        }
        (Right::Write { .. }, "UploadPart" | "CompleteMultipartUpload" | "PutObjectAcl") => Ok(()),
        _ => Err(s3_error!(AccessDenied, "Access Denied")),
    }
}
