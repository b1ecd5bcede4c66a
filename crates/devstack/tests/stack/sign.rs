//! SigV4 in headers, written from its specification: the check on the stack must not come from the
//! crate that the stack itself is built on.

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What SigV4 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request to the object store that is about to be signed; tests bend one field each.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) method: Method,
    pub(crate) host: String,
    pub(crate) key: String,
    pub(crate) access_key: String,
    pub(crate) secret: String,
    pub(crate) session_token: String,
    pub(crate) region: String,
    pub(crate) acl: Option<&'static str>,
    pub(crate) encryption: Option<&'static str>,
    /// Names and values, not yet encoded.
    pub(crate) query: Vec<(&'static str, String)>,
    /// Further headers, signed too.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Signed {
    /// The PUT that the answer of `files/prepare` asks for.
    pub(crate) fn put(prepared: &Value, body: &[u8]) -> Self {
        let params = &prepared["uploadParams"];
        let bucket = params["bucket"].as_str().unwrap();
        Self {
            method: Method::PUT,
            host: format!("{bucket}.s3.eu-central-1.amazonaws.com"),
            key: params["key"].as_str().unwrap().to_owned(),
            region: prepared["region"].as_str().unwrap().to_owned(),
            acl: Some("private"),
            encryption: params.get("x-amz-server-side-encryption").map(|_| "AES256"),
            body: body.to_vec(),
            ..Self::with(&params["credentials"])
        }
    }

    /// A GET with the read credentials of a file's detail.
    pub(crate) fn get(detail: &Value) -> Self {
        let path = &detail["s3Path"];
        Self {
            host: format!(
                "{}.s3.eu-central-1.amazonaws.com",
                path["bucket"].as_str().unwrap()
            ),
            key: path["key"].as_str().unwrap().to_owned(),
            ..Self::with(&detail["credentials"])
        }
    }

    fn with(credentials: &Value) -> Self {
        let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
        Self {
            method: Method::GET,
            host: String::new(),
            key: String::new(),
            access_key: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            session_token: text("SessionToken"),
            region: "eu-central-1".to_owned(),
            acl: None,
            encryption: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn build(&self, client: &Client) -> RequestBuilder {
        let now = time::OffsetDateTime::now_utc();
        let day = format!(
            "{:04}{:02}{:02}",
            now.year(),
            u8::from(now.month()),
            now.day()
        );
        let stamp = format!(
            "{day}T{:02}{:02}{:02}Z",
            now.hour(),
            now.minute(),
            now.second()
        );
        let hash = hex(&Sha256::digest(&self.body));
        let mut headers = vec![
            ("host", self.host.clone()),
            ("x-amz-content-sha256", hash.clone()),
            ("x-amz-date", stamp.clone()),
            ("x-amz-security-token", self.session_token.clone()),
        ];
        headers.extend(self.acl.map(|acl| ("x-amz-acl", acl.to_owned())));
        let encryption = self
            .encryption
            .map(|kind| ("x-amz-server-side-encryption", kind.to_owned()));
        headers.extend(encryption);
        headers.extend(self.headers.clone());
        headers.sort();
        let canonical: String = headers.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let mut query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, UNRESERVED)))
            .collect();
        query.sort();
        let query = query.join("&");
        let request = format!(
            "{}\n/{}\n{query}\n{canonical}\n{names}\n{hash}",
            self.method, self.key
        );
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}",
            hex(&Sha256::digest(request))
        );
        let mut key = mac(format!("AWS4{}", self.secret).as_bytes(), &day);
        for part in [self.region.as_str(), "s3", "aws4_request"] {
            key = mac(&key, part);
        }
        let signature = hex(&mac(&key, &to_sign));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.access_key
        );
        let mut built = client.request(
            self.method.clone(),
            format!("https://{}/{}?{query}", self.host, self.key),
        );
        for (name, value) in headers.into_iter().filter(|(name, _)| *name != "host") {
            built = built.header(name, value);
        }
        built
            .header("authorization", authorization)
            .body(self.body.clone())
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
