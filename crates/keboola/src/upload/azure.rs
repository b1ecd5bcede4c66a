//! Azure Blob Storage: blocks and a list of them, by the signature of one file (reference §3.1,
//! Azure).
//!
//! Every body goes with its MD5 (`Content-MD5`), which Azure verifies and refuses with
//! `Md5Mismatch`.
//! <https://learn.microsoft.com/rest/api/storageservices/put-block>

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::{
    Announced, Body, Checksum, Limits, Part, ProviderRequest, Receipt, Refusal, Reply, header,
};
use crate::azure::{Container, CredentialsWire};
use crate::client::escape;
use crate::object_error::{ObjectError, check_key};
use crate::wire;

const MIB: u64 = 1 << 20;

/// <https://learn.microsoft.com/azure/storage/blobs/scalability-targets>
pub(super) const LIMITS: Limits = Limits {
    single_max: 5_000 * MIB,
    part_min: 1,
    part_max: 4_000 * MIB,
    part_multiple: 1,
    parts_max: 50_000,
    object_max: 50_000 * 4_000 * MIB,
    sequential: false,
};

/// The version of the service that the limits are of.
const VERSION: &str = "2021-12-02";

/// Permission to write one blob.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct AzureUpload {
    container: Container,
    blob: String,
    /// As Storage was told it: the list of blocks gives it to the blob.
    content_type: String,
    pub(super) expires_at_ms: Option<u64>,
}

/// As it goes from the worker to the engine.
#[derive(Serialize, Deserialize)]
struct Stored {
    host: String,
    container: String,
    blob: String,
    signature: String,
    content_type: String,
    expires_at_ms: Option<u64>,
}

impl From<AzureUpload> for Stored {
    fn from(upload: AzureUpload) -> Self {
        Self {
            host: upload.container.host,
            container: upload.container.name,
            blob: upload.blob,
            signature: upload.container.signature,
            content_type: upload.content_type,
            expires_at_ms: upload.expires_at_ms,
        }
    }
}

impl TryFrom<Stored> for AzureUpload {
    type Error = ObjectError;

    fn try_from(stored: Stored) -> Result<Self, ObjectError> {
        check_key(&stored.blob)?;
        Ok(Self {
            container: Container::new(stored.host, stored.container, stored.signature)?,
            blob: stored.blob,
            content_type: stored.content_type,
            expires_at_ms: stored.expires_at_ms,
        })
    }
}

/// `absUploadParams` of a prepared file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UploadWire {
    blob_name: String,
    container: String,
    abs_credentials: CredentialsWire,
}

impl AzureUpload {
    pub(super) fn new(wire: UploadWire, announced: &Announced<'_>) -> Result<Self, ObjectError> {
        check_key(&wire.blob_name)?;
        let credentials = wire.abs_credentials;
        let container = Container::connect(&credentials.connection, wire.container)?;
        let told = credentials.expiration.as_deref().and_then(wire::unix_ms);
        Ok(Self {
            expires_at_ms: container.expires_at_ms().or(told),
            container,
            blob: wire.blob_name,
            content_type: announced.content_type.to_owned(),
        })
    }

    fn put(&self, query: &str, headers: Vec<(String, String)>, body: Body) -> ProviderRequest {
        let version = header("x-ms-version", VERSION);
        ProviderRequest {
            method: http::Method::PUT,
            url: self.container.url(&self.blob, query),
            headers: headers.into_iter().chain([version]).collect(),
            body,
        }
    }

    /// Put Blob.
    pub(super) fn whole(&self, content_type: &str, checksum: &Checksum) -> ProviderRequest {
        let headers = vec![
            header("content-type", content_type),
            header("content-md5", checksum.base64()),
            header("x-ms-blob-type", "BlockBlob"),
        ];
        self.put("", headers, Body::File)
    }

    /// Put Block. A block that is sent again takes the place of the earlier one.
    pub(super) fn part(&self, part: &Part) -> ProviderRequest {
        let query = format!("comp=block&blockid={}&", escape(&block_id(part.index)));
        let headers = vec![header("content-md5", part.checksum.base64())];
        self.put(&query, headers, Body::File)
    }

    /// Put Block List. Every block up to the last is named, so a block that is not there fails the
    /// request instead of being left out. `Latest` finds a block also when an earlier request has
    /// made the blob and only its answer was lost.
    pub(super) fn finish(&self, receipts: &[Receipt]) -> ProviderRequest {
        let count = receipts.iter().map(|it| it.index.saturating_add(1)).max();
        let blocks: String = (0..count.unwrap_or(0))
            .map(|index| format!("<Latest>{}</Latest>", block_id(index)))
            .collect();
        let document =
            format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>{blocks}</BlockList>");
        let headers = vec![
            header("content-type", "application/xml"),
            header("x-ms-blob-content-type", &self.content_type),
        ];
        self.put("comp=blocklist&", headers, Body::Text(document))
    }
}

impl std::fmt::Debug for AzureUpload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "AzureUpload({:?}/{})", self.container, self.blob)
    }
}

/// All ids of a blob's blocks must be equally long. Six digits are more than there can be blocks,
/// and their base64 needs no padding.
fn block_id(index: u32) -> String {
    BASE64_STANDARD.encode(format!("{index:06}"))
}

pub(super) fn read_part(part: &Part, reply: &Reply) -> Result<Receipt, Refusal> {
    read_finished(reply)?;
    let checksum = part.checksum.base64();
    if reply
        .header("content-md5")
        .is_some_and(|theirs| theirs != checksum)
    {
        return Err(Refusal::Mismatch);
    }
    Ok(Receipt {
        index: part.index,
        etag: String::new(),
        checksum,
        object: None,
    })
}

/// All three requests are answered with 201.
pub(super) fn read_finished(reply: &Reply) -> Result<(), Refusal> {
    match reply.status {
        201 => Ok(()),
        200..=299 => Err(Refusal::Malformed(format!("HTTP {}", reply.status))),
        _ => Err(Refusal::of(reply)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ChecksumKind;
    use super::super::tests::{AZURE_SIGNATURE, azure_block, reply, written};
    use super::*;

    fn upload(blob: &str) -> AzureUpload {
        let wire = serde_json::from_value(azure_block(blob)).unwrap();
        let announced = Announced {
            content_type: "text/csv",
            bytes: Some(7),
        };
        AzureUpload::new(wire, &announced).unwrap()
    }

    /// RFC 1321: of the empty text.
    fn checksum() -> Checksum {
        Checksum {
            kind: ChecksumKind::Md5,
            bytes: BASE64_STANDARD.decode("1B2M2Y8AsgTpgAmY7PhCfg==").unwrap(),
        }
    }

    fn part(index: u32) -> Part {
        Part {
            index,
            offset: 0,
            length: 0,
            total: 0,
            checksum: checksum(),
        }
    }

    const BLOB: &str = "https://kbcfshc.blob.core.windows.net/exp-15-files/4712.a%20b/%C3%BC.csv?";

    #[test]
    fn the_requests() {
        let upload = upload("4712.a b/ü.csv");
        assert_eq!(
            written(&upload.whole("text/csv", &checksum())),
            [
                &format!("PUT {BLOB}{AZURE_SIGNATURE}"),
                "content-type: text/csv",
                "content-md5: 1B2M2Y8AsgTpgAmY7PhCfg==",
                "x-ms-blob-type: BlockBlob",
                "x-ms-version: 2021-12-02",
            ]
        );
        // Base64 of 000012.
        assert_eq!(
            written(&upload.part(&part(12))),
            [
                &format!("PUT {BLOB}comp=block&blockid=MDAwMDEy&{AZURE_SIGNATURE}"),
                "content-md5: 1B2M2Y8AsgTpgAmY7PhCfg==",
                "x-ms-version: 2021-12-02",
            ]
        );
        let receipts =
            [2, 0, 2].map(|index| read_part(&part(index), &reply(201, &[], "")).unwrap());
        let finish = upload.finish(&receipts);
        assert_eq!(
            written(&finish),
            [
                &format!("PUT {BLOB}comp=blocklist&{AZURE_SIGNATURE}"),
                "content-type: application/xml",
                "x-ms-blob-content-type: text/csv",
                "x-ms-version: 2021-12-02",
            ]
        );
        // Block 1 has no receipt: it is named, and Azure will refuse the list.
        let list = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>\
                    <Latest>MDAwMDAw</Latest><Latest>MDAwMDAx</Latest><Latest>MDAwMDAy</Latest>\
                    </BlockList>";
        assert_eq!(finish.body, Body::Text(list.to_owned()));
    }

    #[test]
    fn answers_are_read() {
        let took = |headers: &[(&str, &str)]| read_part(&part(3), &reply(201, headers, ""));
        assert_eq!(took(&[]).unwrap().index, 3);
        assert!(took(&[("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")]).is_ok());
        assert_eq!(took(&[("content-md5", "AAAA")]), Err(Refusal::Mismatch));
        let mismatch = "<?xml version=\"1.0\"?><Error><Code>Md5Mismatch</Code></Error>";
        let refused = read_part(&part(3), &reply(400, &[], mismatch));
        assert_eq!(refused, Err(Refusal::Mismatch));
        assert_eq!(read_finished(&reply(201, &[], "")), Ok(()));
        let odd = Refusal::Malformed("HTTP 200".to_owned());
        assert_eq!(read_finished(&reply(200, &[], "")), Err(odd));
    }

    #[test]
    fn the_signature_tells_when_it_ends() {
        assert_eq!(upload("b").expires_at_ms, Some(1_773_544_166_000));
        let mut block = azure_block("b");
        let text = block["absCredentials"]["SASConnectionString"].to_string();
        let text = text.trim_matches('"').replace("&se=", "&xx=");
        block["absCredentials"]["SASConnectionString"] = text.into();
        block["absCredentials"]["expiration"] = "2026-03-15T03:09:27+0000".into();
        let announced = Announced {
            content_type: "",
            bytes: None,
        };
        let upload = AzureUpload::new(serde_json::from_value(block).unwrap(), &announced).unwrap();
        assert_eq!(upload.expires_at_ms, Some(1_773_544_167_000));
    }
}
