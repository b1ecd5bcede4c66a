//! Azure Blob Storage: a container, and the shared access signature that opens what is in it
//! (reference §3.1 and §3.3, Azure).

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::client::{escape, escape_path};
use crate::object_error::{ObjectError, check_key};
use crate::signed_request::SignedRequest;
use crate::slices::{Place, Slice};
use crate::wire;

/// The only hosts that the extension may ask for.
const PUBLIC_CLOUD: &str = ".blob.core.windows.net";

/// A container with a signature that lives some hours. Its Debug shows no signature.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) host: String,
    pub(crate) name: String,
    /// The query of a shared access signature, escaped as it came.
    pub(crate) signature: String,
}

impl Container {
    /// From `BlobEndpoint=https://…;SharedAccessSignature=sv=…`.
    pub(crate) fn connect(connection: &str, name: String) -> Result<Self, ObjectError> {
        let part = |key: &str| {
            let mut parts = connection.split(';');
            parts.find_map(|part| part.trim().strip_prefix(key)?.strip_prefix('='))
        };
        let host = part("BlobEndpoint")
            .and_then(|endpoint| endpoint.strip_prefix("https://"))
            .ok_or(ObjectError::ConnectionString)?;
        let signature = part("SharedAccessSignature").ok_or(ObjectError::ConnectionString)?;
        Self::new(
            host.trim_end_matches('/').to_owned(),
            name,
            signature.trim_start_matches('?').to_owned(),
        )
    }

    pub(crate) fn new(host: String, name: String, signature: String) -> Result<Self, ObjectError> {
        let label = |text: &str| {
            let plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit();
            !text.is_empty() && text.chars().all(|sign| plain(sign) || sign == '-')
        };
        if !host.strip_suffix(PUBLIC_CLOUD).is_some_and(label) {
            return Err(ObjectError::OtherCloud);
        }
        if matches!(name.as_str(), "" | "." | "..") || name.contains('/') {
            return Err(ObjectError::Bucket);
        }
        let in_query = |sign: char| sign.is_ascii_graphic() && sign != '#';
        if parameter(&signature, "sig").is_none_or(str::is_empty)
            || !signature.chars().all(in_query)
        {
            return Err(ObjectError::ConnectionString);
        }
        Ok(Self {
            host,
            name,
            signature,
        })
    }

    /// A blob's URL; `query` is what the request is about, and ends with `&` if there is any.
    pub(crate) fn url(&self, blob: &str, query: &str) -> String {
        let (host, name) = (&self.host, escape(&self.name));
        let (blob, signature) = (escape_path(blob), &self.signature);
        format!("https://{host}/{name}/{blob}?{query}{signature}")
    }

    /// When the signature ends, in milliseconds since 1970.
    pub(crate) fn expires_at_ms(&self) -> Option<u64> {
        let end = parameter(&self.signature, "se")?;
        wire::unix_ms(&percent_decode_str(end).decode_utf8_lossy())
    }
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(own, value)| (own == name).then_some(value))
}

impl std::fmt::Debug for Container {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "https://{}/{}", self.host, self.name)
    }
}

/// Permission to read one file: its blob, or all blobs that its name is the prefix of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureRead(Container);

impl AzureRead {
    pub(crate) fn new(path: PathWire, credentials: &CredentialsWire) -> Result<Self, ObjectError> {
        check_key(&path.name)?;
        Container::connect(&credentials.connection, path.container).map(Self)
    }

    /// The GET of one slice of the file.
    ///
    /// # Errors
    /// [`ObjectError::ForeignSlice`] when the slice is not in the file's container.
    pub fn sign_slice(&self, slice: &Slice) -> Result<SignedRequest, ObjectError> {
        match &slice.place {
            Place::Azure { host, container }
                if *host == self.0.host && *container == self.0.name => {}
            _ => return Err(ObjectError::ForeignSlice),
        }
        check_key(&slice.key)?;
        Ok(SignedRequest {
            method: http::Method::GET,
            url: self.0.url(&slice.key, ""),
            headers: Vec::new(),
        })
    }
}

/// `absPath` of a file that is read with federated credentials.
#[derive(Deserialize)]
pub(crate) struct PathWire {
    container: String,
    name: String,
}

/// `absCredentials`.
#[derive(Deserialize)]
pub(crate) struct CredentialsWire {
    #[serde(rename = "SASConnectionString")]
    pub(crate) connection: String,
    /// ISO time.
    #[serde(default, deserialize_with = "wire::optional_text")]
    pub(crate) expiration: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    // A signature of no account.
    const SIGNATURE: &str = "sv=2021-12-02&sp=rl&sr=c&se=2026-03-15T03%3A09%3A26Z&sig=te%2Fst%3D";

    fn connection(endpoint: &str) -> String {
        format!("BlobEndpoint={endpoint};SharedAccessSignature={SIGNATURE}")
    }

    #[test]
    fn a_connection_string_is_read_in_either_order() {
        let ends = connection("https://kbcfshc.blob.core.windows.net/");
        let begins = format!(
            "SharedAccessSignature=?{SIGNATURE};BlobEndpoint=https://kbcfshc.blob.core.windows.net"
        );
        for text in [ends, begins] {
            let container = Container::connect(&text, "exp-15".to_owned()).unwrap();
            assert_eq!(
                container.url("a b/ü#?.csv", ""),
                format!(
                    "https://kbcfshc.blob.core.windows.net/exp-15/a%20b/%C3%BC%23%3F.csv?{SIGNATURE}"
                )
            );
            assert_eq!(container.expires_at_ms(), Some(1_773_544_166_000));
        }
    }

    #[test]
    fn only_https_and_only_the_public_cloud() {
        use ObjectError::{ConnectionString, OtherCloud};
        for (text, error) in [
            (
                connection("http://a.blob.core.windows.net"),
                ConnectionString,
            ),
            (
                connection("https://a.blob.core.chinacloudapi.cn"),
                OtherCloud,
            ),
            (
                connection("https://a.blob.core.usgovcloudapi.net"),
                OtherCloud,
            ),
            (connection("https://.blob.core.windows.net"), OtherCloud),
            (connection("https://evil.test"), OtherCloud),
            (
                connection("https://evil.test/.blob.core.windows.net"),
                OtherCloud,
            ),
            (connection("https://u@a.blob.core.windows.net"), OtherCloud),
            (
                connection("https://a.blob.core.windows.net:8443"),
                OtherCloud,
            ),
            (
                connection("https://a.blob.core.windows.net/path"),
                OtherCloud,
            ),
            (String::new(), ConnectionString),
            (
                "BlobEndpoint=https://a.blob.core.windows.net".to_owned(),
                ConnectionString,
            ),
            (
                connection("https://a.blob.core.windows.net").replace("sig=te", "si=te"),
                ConnectionString,
            ),
            (
                connection("https://a.blob.core.windows.net").replace("sig=te", "sig=\u{a0}"),
                ConnectionString,
            ),
            (
                connection("https://a.blob.core.windows.net").replace("sig=te", "sig=#"),
                ConnectionString,
            ),
        ] {
            let refused = Container::connect(&text, "c".to_owned()).err();
            assert_eq!(refused, Some(error), "{text}");
        }
        for name in ["", "..", "a/b"] {
            let text = connection("https://a.blob.core.windows.net");
            let refused = Container::connect(&text, name.to_owned()).err();
            assert_eq!(refused, Some(ObjectError::Bucket), "{name}");
        }
    }

    fn read() -> AzureRead {
        let path = serde_json::json!({"container": "exp-15", "name": "7.out.csv"});
        let text = connection("https://kbcfshc.blob.core.windows.net");
        let credentials = serde_json::json!({"SASConnectionString": text, "expiration": null});
        AzureRead::new(
            serde_json::from_value(path).unwrap(),
            &serde_json::from_value(credentials).unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn a_slice_is_opened_in_its_own_container_only() {
        let slice = |host: &str, container: &str, key: &str| Slice {
            place: Place::Azure {
                host: host.to_owned(),
                container: container.to_owned(),
            },
            key: key.to_owned(),
            bytes: None,
        };
        let host = "kbcfshc.blob.core.windows.net";
        let get = read()
            .sign_slice(&slice(host, "exp-15", "7.out.csv/part 0"))
            .unwrap();
        assert_eq!(
            get.url,
            format!("https://{host}/exp-15/7.out.csv/part%200?{SIGNATURE}")
        );
        assert!(get.headers.is_empty());
        for (slice, error) in [
            (
                slice("other.blob.core.windows.net", "exp-15", "k"),
                ObjectError::ForeignSlice,
            ),
            (slice(host, "other", "k"), ObjectError::ForeignSlice),
            (slice(host, "exp-15", "a/../k"), ObjectError::Key),
        ] {
            assert_eq!(read().sign_slice(&slice), Err(error));
        }
        let shown = format!("{:?} {get:?}", read());
        assert!(!shown.contains("sig="), "{shown}");
    }
}
