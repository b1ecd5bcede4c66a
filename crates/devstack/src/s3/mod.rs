//! The object store behind Storage on AWS: `s3s` verifies signatures and speaks the protocol, and
//! this module decides who may do what, as the real one's policies do (reference/keboola.md section
//! 3.1), and keeps the bytes.

mod access;
mod credentials;
mod integrity;
mod multipart;
mod objects;
mod operations;
mod part_checksum;

use std::sync::Arc;

use s3s::host::{S3Host, VirtualHost};
use s3s::service::S3ServiceBuilder;
use s3s::{S3Result, s3_error};

pub(crate) use integrity::ObjectService;
pub(crate) use objects::ObjectStore;

/// The only region of this stack.
const REGION: &str = "eu-central-1";
/// The bucket that holds every file of every project.
const BUCKET: &str = "devstack-file-storage";

/// The HTTP service in front of `store`.
pub(crate) fn service(store: &Arc<ObjectStore>) -> ObjectService {
    let mut builder = S3ServiceBuilder::new(operations::Operations(Arc::clone(store)));
    builder.set_host(VirtualHosted);
    builder.set_auth(access::Gatekeeper(Arc::clone(store)));
    builder.set_access(access::Gatekeeper(Arc::clone(store)));
    ObjectService::new(builder.build())
}

/// `{bucket}.s3.{region}.amazonaws.com`, and path style on `s3.{region}.amazonaws.com`.
#[derive(Debug)]
struct VirtualHosted;

impl S3Host for VirtualHosted {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let name = crate::hosts::without_port(host);
        let rest = name
            .strip_suffix(".amazonaws.com")
            .and_then(|rest| rest.strip_suffix(REGION))
            .and_then(|rest| rest.strip_suffix('.'))
            .ok_or_else(|| s3_error!(PermanentRedirect, "The bucket is in another region."))?;
        if rest == "s3" {
            return Ok(VirtualHost::new(name).with_region(REGION));
        }
        let bucket = rest
            .strip_suffix(".s3")
            .ok_or_else(|| s3_error!(InvalidRequest, "Invalid host header"))?;
        Ok(VirtualHost::new(name)
            .with_bucket(bucket)
            .with_region(REGION))
    }
}
