//! The operations of S3 that the policies of Storage's credentials leave open. `s3s` has verified
//! signature and rights before any of them runs; all that is not here is not implemented.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{
    Checksum, ChecksumAlgorithm, ChecksumType, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag,
    GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, PutObjectInput,
    PutObjectOutput, ServerSideEncryption, StreamingBlob, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, TrailingHeaders, s3_error};

use super::multipart::{Announced, Part, PartNumber};
use super::objects::{About, Headers, ObjectStore};
use super::part_checksum::PartChecksum;
use super::{BUCKET, REGION};
use crate::disk::{OwnedFile, Stored, hex, joined};

/// One request writes 5 GiB at most.
const LARGEST_BODY: i64 = 5 * 1024 * 1024 * 1024;

/// The store as `s3s` calls it.
pub(super) struct Operations(pub(super) Arc<ObjectStore>);

#[async_trait::async_trait]
impl S3 for Operations {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        let expected = Expected {
            md5: input.content_md5,
            algorithm: input.checksum_algorithm,
            sha256: input.checksum_sha256,
            others: [
                input.checksum_crc32,
                input.checksum_crc32c,
                input.checksum_crc64nvme,
                input.checksum_sha1,
            ],
        };
        let written = self
            .write(
                input.body,
                input.content_length,
                request.trailing_headers,
                &expected,
            )
            .await?;
        let is_there = self.0.disk.find(&input.key).is_some();
        if input.if_none_match.is_some_and(|c| c.is_any()) && is_there {
            return Err(s3_error!(
                PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold"
            ));
        }
        let about = About {
            headers: Headers {
                content_type: input.content_type,
                content_disposition: input.content_disposition,
                content_encoding: input.content_encoding,
                cache_control: input.cache_control,
                metadata: input.metadata,
            },
            e_tag: hex(&written.md5),
            sums: written.sums,
        };
        let sums = about.sums.clone();
        let output = PutObjectOutput {
            e_tag: Some(ETag::Strong(about.e_tag.clone())),
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            server_side_encryption: Some(encrypted()),
            ..PutObjectOutput::default()
        };
        self.0
            .disk
            .keep(&input.key, written.file, about)
            .map_err(broken)?;
        Ok(S3Response::new(output))
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let stored = self.stored(&input.key)?;
        let range = match input.range {
            Some(range) => range.check(stored.bytes)?,
            None => 0..stored.bytes,
        };
        let is_part = input.range.is_some();
        let length = range.end - range.start;
        let body = stored.read(range.start, length).await.map_err(broken)?;
        let headers = &stored.about.headers;
        let sums = if is_part {
            Checksum::default()
        } else {
            stored.about.sums.clone()
        };
        Ok(S3Response::new(GetObjectOutput {
            body: Some(StreamingBlob::wrap(body)),
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(length).ok(),
            content_range: is_part
                .then(|| format!("bytes {}-{}/{}", range.start, range.end - 1, stored.bytes)),
            content_type: input
                .response_content_type
                .or_else(|| headers.content_type.clone()),
            content_disposition: input
                .response_content_disposition
                .or_else(|| headers.content_disposition.clone()),
            content_encoding: headers.content_encoding.clone(),
            cache_control: headers.cache_control.clone(),
            metadata: headers.metadata.clone(),
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            e_tag: Some(ETag::Strong(stored.about.e_tag.clone())),
            last_modified: Some(stored.modified.into()),
            server_side_encryption: Some(encrypted()),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let stored = self.stored(&request.input.key)?;
        let headers = &stored.about.headers;
        let sums = stored.about.sums.clone();
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(stored.bytes).ok(),
            content_type: headers.content_type.clone(),
            content_disposition: headers.content_disposition.clone(),
            content_encoding: headers.content_encoding.clone(),
            cache_control: headers.cache_control.clone(),
            metadata: headers.metadata.clone(),
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            e_tag: Some(ETag::Strong(stored.about.e_tag.clone())),
            last_modified: Some(stored.modified.into()),
            server_side_encryption: Some(encrypted()),
            ..HeadObjectOutput::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = request.input;
        let checked = PartChecksum::of(input.checksum_algorithm.as_ref())?;
        let is_full = input
            .checksum_type
            .is_some_and(|kind| kind.as_str() == ChecksumType::FULL_OBJECT);
        match checked {
            Some(PartChecksum::Crc32 | PartChecksum::Crc32c) if is_full => {
                return Err(s3_error!(
                    NotImplemented,
                    "The dev stack knows no checksum of type FULL_OBJECT"
                ));
            }
            Some(kind) if is_full => {
                return Err(s3_error!(
                    InvalidRequest,
                    "The FULL_OBJECT checksum type cannot be used with the {} checksum algorithm.",
                    kind.name()
                ));
            }
            _ => {}
        }
        let headers = Headers {
            content_type: input.content_type,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            cache_control: input.cache_control,
            metadata: input.metadata,
        };
        let upload_id = self.0.uploads.begin(&input.key, headers, checked);
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(upload_id),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: checked.map(|_| ChecksumType::from_static(ChecksumType::COMPOSITE)),
            server_side_encryption: Some(encrypted()),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        if request.headers.contains_key("x-amz-server-side-encryption") {
            return Err(s3_error!(
                InvalidArgument,
                "x-amz-server-side-encryption header is not supported for this operation."
            ));
        }
        let input = request.input;
        let number = PartNumber::new(input.part_number)?;
        let checked = self.0.uploads.checked_by(&input.upload_id, &input.key)?;
        let expected = Expected {
            md5: input.content_md5,
            algorithm: input.checksum_algorithm,
            sha256: input.checksum_sha256,
            others: [
                input.checksum_crc32,
                input.checksum_crc32c,
                input.checksum_crc64nvme,
                input.checksum_sha1,
            ],
        };
        expected.check_kind(checked)?;
        let written = self
            .write(
                input.body,
                input.content_length,
                request.trailing_headers,
                &expected,
            )
            .await?;
        let checksum = checked.and_then(|kind| kind.pick(written.sums));
        let sums = checked.map(|kind| kind.alone(checksum.clone()));
        let sums = sums.unwrap_or_default();
        let output = UploadPartOutput {
            e_tag: Some(ETag::Strong(hex(&written.md5))),
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            server_side_encryption: Some(encrypted()),
            ..UploadPartOutput::default()
        };
        let part = Part {
            file: written.file,
            bytes: written.bytes,
            md5: written.md5,
            checksum,
        };
        self.0
            .uploads
            .add(&input.upload_id, &input.key, number, part)?;
        Ok(S3Response::new(output))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = request.input;
        let is_there = self.0.disk.find(&input.key).is_some();
        if input.if_none_match.is_some_and(|c| c.is_any()) && is_there {
            return Err(s3_error!(
                PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold"
            ));
        }
        let named = input.multipart_upload.and_then(|upload| upload.parts);
        let announced = Announced {
            bytes: input
                .mpu_object_size
                .and_then(|bytes| u64::try_from(bytes).ok()),
            checksum: [
                input.checksum_crc32.as_deref(),
                input.checksum_crc32c.as_deref(),
                input.checksum_sha1.as_deref(),
                input.checksum_sha256.as_deref(),
            ]
            .into_iter()
            .flatten()
            .next(),
        };
        let whole = self.0.uploads.complete(
            &input.upload_id,
            &input.key,
            &named.unwrap_or_default(),
            announced,
        )?;
        let joining = tokio::task::spawn_blocking(move || joined(whole.files));
        let file = joining
            .await
            .map_err(|error| broken(std::io::Error::other(error)))?;
        let sums = whole.about.sums.clone();
        let output = CompleteMultipartUploadOutput {
            location: Some(format!(
                "https://{BUCKET}.s3.{REGION}.amazonaws.com/{}",
                input.key
            )),
            bucket: Some(input.bucket),
            e_tag: Some(ETag::Strong(whole.about.e_tag.clone())),
            checksum_type: (sums != Checksum::default())
                .then(|| ChecksumType::from_static(ChecksumType::COMPOSITE)),
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            server_side_encryption: Some(encrypted()),
            key: Some(input.key.clone()),
            ..CompleteMultipartUploadOutput::default()
        };
        self.0
            .disk
            .keep(&input.key, file.map_err(broken)?, whole.about)
            .map_err(broken)?;
        Ok(S3Response::new(output))
    }
}

/// The checksums that a writer announces.
#[derive(Debug, Default)]
struct Expected {
    md5: Option<String>,
    algorithm: Option<ChecksumAlgorithm>,
    sha256: Option<String>,
    /// CRC32, CRC32C, CRC64NVME, SHA-1.
    others: [Option<String>; 4],
}

impl Expected {
    /// A part carries the kind of checksum that its upload was begun with, and none otherwise.
    fn check_kind(&self, checked: Option<PartChecksum>) -> S3Result<()> {
        let [crc32, crc32c, crc64nvme, sha1] = &self.others;
        let named = self.algorithm.as_ref().map(ChecksumAlgorithm::as_str);
        let kinds: Vec<&str> = [
            (&self.sha256, "sha256", ChecksumAlgorithm::SHA256),
            (crc32, "crc32", ChecksumAlgorithm::CRC32),
            (crc32c, "crc32c", ChecksumAlgorithm::CRC32C),
            (crc64nvme, "crc64nvme", ChecksumAlgorithm::CRC64NVME),
            (sha1, "sha1", ChecksumAlgorithm::SHA1),
        ]
        .into_iter()
        .filter(|(sent, _, algorithm)| sent.is_some() || named == Some(algorithm))
        .map(|(_, name, _)| name)
        .collect();
        let actual = match kinds.as_slice() {
            [] => "null".to_owned(),
            all => all.join(", "),
        };
        let wanted = checked.map_or("null", PartChecksum::name);
        if actual == wanted {
            return Ok(());
        }
        Err(s3_error!(
            InvalidRequest,
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            wanted,
            actual
        ))
    }

    fn hasher(&self) -> ChecksumHasher {
        let [crc32, crc32c, crc64nvme, sha1] = &self.others;
        let named = self.algorithm.as_ref().map(ChecksumAlgorithm::as_str);
        let wants = |sent: &Option<String>, name| sent.is_some() || named == Some(name);
        ChecksumHasher {
            crc32: wants(crc32, ChecksumAlgorithm::CRC32).then(Default::default),
            crc32c: wants(crc32c, ChecksumAlgorithm::CRC32C).then(Default::default),
            crc64nvme: wants(crc64nvme, ChecksumAlgorithm::CRC64NVME).then(Default::default),
            sha1: wants(sha1, ChecksumAlgorithm::SHA1).then(Default::default),
            sha256: wants(&self.sha256, ChecksumAlgorithm::SHA256).then(Default::default),
        }
    }

    /// Refuses what was read when it is not what the writer announced, in headers or trailers.
    fn check(&self, read: &Read, trailers: Option<TrailingHeaders>) -> S3Result<()> {
        if let Some(md5) = &self.md5 {
            let md5 = STANDARD.decode(md5).ok().filter(|md5| md5.len() == 16);
            let md5 = md5.ok_or_else(|| {
                s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid.")
            })?;
            if md5 != read.md5 {
                return Err(s3_error!(
                    BadDigest,
                    "The Content-MD5 you specified did not match what we received."
                ));
            }
        }
        let trailers = trailers
            .and_then(|trailers| trailers.take())
            .unwrap_or_default();
        let trailer = |name: &str| {
            let value = trailers.get(format!("x-amz-checksum-{name}"))?;
            value.to_str().ok().map(str::to_owned)
        };
        let [crc32, crc32c, crc64nvme, sha1] = &self.others;
        let sums = &read.sums;
        for (name, sent, calculated) in [
            ("sha256", &self.sha256, &sums.checksum_sha256),
            ("crc32", crc32, &sums.checksum_crc32),
            ("crc32c", crc32c, &sums.checksum_crc32c),
            ("crc64nvme", crc64nvme, &sums.checksum_crc64nvme),
            ("sha1", sha1, &sums.checksum_sha1),
        ] {
            let sent = sent.clone().or_else(|| trailer(name));
            if sent.is_some() && sent != *calculated {
                return Err(s3_error!(
                    BadDigest,
                    "The {} you specified did not match the calculated checksum.",
                    name.to_uppercase()
                ));
            }
        }
        Ok(())
    }
}

/// What was calculated of a body.
struct Read {
    md5: [u8; 16],
    sums: Checksum,
}

/// A body on disk, all that was announced of it checked.
struct Written {
    file: OwnedFile,
    bytes: u64,
    md5: [u8; 16],
    sums: Checksum,
}

impl Operations {
    fn stored(&self, key: &str) -> S3Result<Arc<Stored<About>>> {
        let missing = || s3_error!(NoSuchKey, "The specified key does not exist.");
        self.0.disk.find(key).ok_or_else(missing)
    }

    async fn write(
        &self,
        body: Option<StreamingBlob>,
        length: Option<i64>,
        trailers: Option<TrailingHeaders>,
        expected: &Expected,
    ) -> S3Result<Written> {
        if length.is_some_and(|length| length > LARGEST_BODY) {
            return Err(s3_error!(
                EntityTooLarge,
                "Your proposed upload exceeds the maximum allowed size"
            ));
        }
        let mut incoming = self.0.disk.incoming().await.map_err(broken)?;
        let mut md5 = Md5::new();
        let mut sums = expected.hasher();
        if let Some(mut body) = body {
            while let Some(piece) = body.next().await {
                // The client is gone, or the payload is not what its signature covers.
                let piece = piece.map_err(|error| broken(std::io::Error::other(error)))?;
                md5.update(&piece);
                sums.update(&piece);
                incoming.write(&piece).await.map_err(broken)?;
            }
        }
        let read = Read {
            md5: md5.finalize(),
            sums: sums.finalize(),
        };
        expected.check(&read, trailers)?;
        Ok(Written {
            bytes: incoming.bytes(),
            file: incoming.finish().await.map_err(broken)?,
            md5: read.md5,
            sums: read.sums,
        })
    }
}

fn broken(error: std::io::Error) -> s3s::S3Error {
    s3_error!(error, InternalError)
}

/// The bucket encrypts all that it holds.
fn encrypted() -> ServerSideEncryption {
    ServerSideEncryption::from_static(ServerSideEncryption::AES256)
}
