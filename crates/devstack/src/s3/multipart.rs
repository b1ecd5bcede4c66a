//! Uploads in parts: what S3 demands of the parts, and of the request that completes them. No byte
//! is touched here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use s3s::crypto::{Checksum, Md5};
use s3s::dto::{CompletedPart, ETag};
use s3s::{S3Result, s3_error};

use super::objects::{About, Headers};
use super::part_checksum::PartChecksum;
use crate::disk::{OwnedFile, hex};
use crate::random;
use crate::sync::lock;

/// Every part but the last has at least 5 MiB.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;
/// Parts are numbered from 1 to here.
const LAST_PART: i32 = 10_000;

/// The number of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartNumber(i32);

impl PartNumber {
    pub(super) fn new(number: i32) -> S3Result<Self> {
        if (1..=LAST_PART).contains(&number) {
            Ok(Self(number))
        } else {
            Err(s3_error!(
                InvalidArgument,
                "Part number must be an integer between 1 and 10000, inclusive"
            ))
        }
    }
}

/// A part that has arrived.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) file: OwnedFile,
    pub(super) bytes: u64,
    pub(super) md5: [u8; 16],
    /// In base64; of the kind that the upload was begun with, if with one.
    pub(super) checksum: Option<String>,
}

impl Part {
    fn e_tag(&self) -> String {
        hex(&self.md5)
    }
}

/// An upload that is not complete.
#[derive(Debug)]
pub(super) struct Upload {
    key: String,
    headers: Headers,
    /// The checksum that each part carries.
    checked: Option<PartChecksum>,
    parts: BTreeMap<PartNumber, Part>,
}

/// The parts of an object in their order, and what is said of the whole.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) files: Vec<OwnedFile>,
    pub(super) about: About,
}

/// Every upload that is not complete, by its id.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<HashMap<String, Upload>>);

impl Uploads {
    pub(super) fn begin(
        &self,
        key: &str,
        headers: Headers,
        checked: Option<PartChecksum>,
    ) -> String {
        let id = random::upload_id();
        let upload = Upload {
            key: key.to_owned(),
            headers,
            checked,
            parts: BTreeMap::new(),
        };
        lock(&self.0).insert(id.clone(), upload);
        id
    }

    /// The checksum that the parts of this upload carry.
    pub(super) fn checked_by(&self, id: &str, key: &str) -> S3Result<Option<PartChecksum>> {
        let uploads = lock(&self.0);
        Ok(find(&uploads, id, key)?.checked)
    }

    /// Takes a part; one with the same number is replaced.
    pub(super) fn add(&self, id: &str, key: &str, number: PartNumber, part: Part) -> S3Result<()> {
        let mut uploads = lock(&self.0);
        find(&uploads, id, key)?;
        if let Some(upload) = uploads.get_mut(id) {
            upload.parts.insert(number, part);
        }
        Ok(())
    }

    /// Ends the upload with the parts that `named` lists, or leaves it as it was.
    pub(super) fn complete(
        &self,
        id: &str,
        key: &str,
        named: &[CompletedPart],
        announced: Announced<'_>,
    ) -> S3Result<Whole> {
        let mut uploads = lock(&self.0);
        let about = find(&uploads, id, key)?.check(named, announced)?;
        let Some(mut upload) = uploads.remove(id) else {
            return Err(no_such_upload());
        };
        let numbers = named.iter().filter_map(|part| part.part_number);
        let files = numbers.filter_map(|number| upload.parts.remove(&PartNumber(number)));
        Ok(Whole {
            files: files.map(|part| part.file).collect(),
            about,
        })
    }

    /// Forgets every upload to a key that begins so. Returns how many.
    pub(super) fn forget(&self, prefix: &str) -> usize {
        let mut uploads = lock(&self.0);
        let before = uploads.len();
        uploads.retain(|_, upload| !upload.key.starts_with(prefix));
        before - uploads.len()
    }
}

fn find<'a>(uploads: &'a HashMap<String, Upload>, id: &str, key: &str) -> S3Result<&'a Upload> {
    let found = uploads.get(id).filter(|upload| upload.key == key);
    found.ok_or_else(no_such_upload)
}

fn no_such_upload() -> s3s::S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have \
         been aborted or completed."
    )
}

/// What a client may say of the whole object in the headers of the completing request.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Announced<'a> {
    pub(super) bytes: Option<u64>,
    /// The checksum of checksums.
    pub(super) checksum: Option<&'a str>,
}

impl Upload {
    fn check(&self, named: &[CompletedPart], announced: Announced<'_>) -> S3Result<About> {
        if named.is_empty() {
            return Err(s3_error!(
                MalformedXML,
                "The XML you provided was not well-formed or did not validate against our published \
                 schema"
            ));
        }
        let mut parts: Vec<&Part> = Vec::with_capacity(named.len());
        let mut before = PartNumber(0);
        for part in named {
            let number = PartNumber(part.part_number.unwrap_or_default());
            if number <= before {
                return Err(s3_error!(
                    InvalidPartOrder,
                    "The list of parts was not in ascending order. Parts must be ordered by part \
                     number."
                ));
            }
            parts.push(self.named(number, part)?);
            before = number;
        }
        let too_small = parts
            .split_last()
            .is_some_and(|(_, others)| others.iter().any(|part| part.bytes < SMALLEST_PART));
        if too_small {
            return Err(s3_error!(
                EntityTooSmall,
                "Your proposed upload is smaller than the minimum allowed size"
            ));
        }
        let bytes: u64 = parts.iter().map(|part| part.bytes).sum();
        if announced.bytes.is_some_and(|announced| announced != bytes) {
            return Err(s3_error!(
                InvalidRequest,
                "The provided 'x-amz-mp-object-size' header does not match what was computed."
            ));
        }
        let about = self.whole(&parts);
        let calculated = self.checked.and_then(|kind| kind.pick(about.sums.clone()));
        match announced.checksum {
            Some(sent) if calculated.as_deref() != Some(sent) => Err(s3_error!(
                BadDigest,
                "The {} you specified did not match the calculated checksum.",
                self.checked.map_or("checksum", PartChecksum::name)
            )),
            _ => Ok(about),
        }
    }

    /// The part that the completing request means.
    fn named(&self, number: PartNumber, named: &CompletedPart) -> S3Result<&Part> {
        let Some(e_tag) = &named.e_tag else {
            return Err(s3_error!(
                MalformedXML,
                "The XML you provided was not well-formed or did not validate against our published \
                 schema"
            ));
        };
        let found = self.parts.get(&number).filter(|part| {
            let checksum = self.checked.and_then(|kind| kind.named(named));
            *e_tag == ETag::Strong(part.e_tag())
                && (checksum.is_none() || checksum == part.checksum.as_deref())
        });
        let part = found.ok_or_else(|| {
            s3_error!(
                InvalidPart,
                "One or more of the specified parts could not be found. The part may not have been \
                 uploaded, or the specified entity tag may not match the part's entity tag."
            )
        })?;
        if let Some(kind) = self.checked
            && kind.named(named).is_none()
        {
            return Err(s3_error!(
                InvalidRequest,
                "The upload was created using a {} checksum. The complete request must include \
                 the checksum for each part. It was missing for part {} in the request.",
                kind.name(),
                number.0
            ));
        }
        Ok(part)
    }

    /// Entity tag and checksum of the whole: those of the parts', with their number.
    fn whole(&self, parts: &[&Part]) -> About {
        let mut md5 = Md5::new();
        for part in parts {
            md5.update(&part.md5);
        }
        let count = parts.len();
        About {
            headers: self.headers.clone(),
            e_tag: format!("{}-{count}", hex(md5.finalize().as_ref())),
            sums: self
                .checked
                .map(|kind| {
                    let sums = parts.iter().filter_map(|part| part.checksum.as_deref());
                    kind.alone(kind.composite(sums))
                })
                .unwrap_or_default(),
        }
    }
}
