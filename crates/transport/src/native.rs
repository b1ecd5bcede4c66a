//! The carrier of native tests and tools, on `reqwest`.
//!
//! Against the dev stack it trusts one more authority and finds hosts at addresses that it is
//! told, so that the same URLs work as against the real services.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::{Http, HttpError, Timeout};

/// HTTP over the sockets of this machine. Needs a `tokio` runtime.
#[derive(Clone, Debug)]
pub struct NativeHttp {
    client: reqwest::Client,
}

/// The client cannot be built.
#[derive(Debug, Error)]
pub enum NativeHttpError {
    /// The extra root certificate is not PEM.
    #[error("the extra root certificate cannot be read: {0}")]
    Certificate(#[source] reqwest::Error),
    /// TLS or the resolver cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[source] reqwest::Error),
}

/// How a [`NativeHttp`] is made.
#[derive(Debug, Default)]
pub struct NativeHttpBuilder {
    certificates: Vec<reqwest::Certificate>,
    overrides: Vec<(String, SocketAddr)>,
}

impl NativeHttp {
    /// A client that trusts the public authorities and asks the system for addresses.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, NativeHttpError> {
        Self::builder().build()
    }

    /// A client with more trust or with addresses of its own.
    #[must_use]
    pub fn builder() -> NativeHttpBuilder {
        NativeHttpBuilder::default()
    }

    /// Without a limit: the callers set theirs around it.
    async fn exchange(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, HttpError> {
        let (head, body) = request.into_parts();
        let reply = self
            .client
            .request(head.method, head.uri.to_string())
            .headers(head.headers)
            .body(body)
            .send()
            .await
            .map_err(|error| HttpError::Unreachable(words(error)))?;
        let mut response = http::Response::new(());
        *response.status_mut() = reply.status();
        *response.headers_mut() = reply.headers().clone();
        let chunks = reply.bytes_stream();
        let body: Body =
            Box::pin(chunks.map(|chunk| chunk.map_err(|error| HttpError::Broken(words(error)))));
        Ok(response.map(|()| body))
    }
}

impl NativeHttpBuilder {
    /// Trusts the authorities of a PEM text too.
    ///
    /// # Errors
    /// When the text is not PEM.
    pub fn trust(mut self, pem: &[u8]) -> Result<Self, NativeHttpError> {
        let more =
            reqwest::Certificate::from_pem_bundle(pem).map_err(NativeHttpError::Certificate)?;
        self.certificates.extend(more);
        Ok(self)
    }

    /// Finds `host` at `address`; `*.domain` is every host below the domain. The first match
    /// counts. The port of `address` is used where the URL names none; 0 keeps the scheme's.
    #[must_use]
    pub fn resolve(mut self, host: &str, address: SocketAddr) -> Self {
        self.overrides.push((host.to_owned(), address));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// When TLS or the resolver cannot be set up.
    pub fn build(self) -> Result<NativeHttp, NativeHttpError> {
        let mut client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        for certificate in self.certificates {
            client = client.add_root_certificate(certificate);
        }
        if !self.overrides.is_empty() {
            // A proxy of the environment would resolve the hosts itself, past the overrides.
            client = client
                .no_proxy()
                .dns_resolver(Arc::new(Overrides(self.overrides)));
        }
        let client = client.build().map_err(NativeHttpError::Client)?;
        Ok(NativeHttp { client })
    }
}

type Body = Pin<Box<dyn Stream<Item = Result<Bytes, HttpError>>>>;

impl Http for NativeHttp {
    type Body = Body;

    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let limit = Timeout::of(&request);
        let whole = async {
            let (head, mut body) = self.exchange(request).await?.into_parts();
            let mut collected = Vec::new();
            while let Some(chunk) = body.next().await {
                collected.extend_from_slice(&chunk?);
            }
            Ok(http::Response::from_parts(head, Bytes::from(collected)))
        };
        tokio::time::timeout(limit, whole)
            .await
            .map_err(|_| HttpError::TimedOut)?
    }

    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Self::Body>, HttpError> {
        let limit = Timeout::of(&request);
        tokio::time::timeout(limit, self.exchange(request))
            .await
            .map_err(|_| HttpError::TimedOut)?
    }
}

/// The whole chain of causes, without the URL: a signed one is a secret.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// Addresses that a test or a tool was told, before those of the system.
struct Overrides(Vec<(String, SocketAddr)>);

impl Overrides {
    fn address(&self, host: &str) -> Option<SocketAddr> {
        let fits = |pattern: &str| match pattern.strip_prefix('*') {
            Some(tail) => host.len() > tail.len() && host.ends_with(tail),
            None => host == pattern,
        };
        self.0
            .iter()
            .find_map(|(pattern, address)| fits(pattern).then_some(*address))
    }
}

impl Resolve for Overrides {
    fn resolve(&self, name: Name) -> Resolving {
        if let Some(address) = self.address(name.as_str()) {
            let addresses: Addrs = Box::new(std::iter::once(address));
            return Box::pin(std::future::ready(Ok(addresses)));
        }
        Box::pin(async move {
            let addresses: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A server of one connection that reads a head, writes `reply`, and hangs up or stays.
    async fn serve(
        reply: &'static str,
        stay: bool,
    ) -> (SocketAddr, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(socket.read_u8().await.unwrap());
            }
            socket.write_all(reply.as_bytes()).await.unwrap();
            socket.flush().await.unwrap();
            if stay {
                tokio::time::sleep(Duration::from_secs(30)).await;
            }
            String::from_utf8(head).unwrap()
        });
        (address, heard)
    }

    fn client(address: SocketAddr) -> NativeHttp {
        NativeHttp::builder()
            .resolve("*.stack.test", address)
            .build()
            .unwrap()
    }

    fn get(limit: Duration) -> http::Request<Bytes> {
        http::Request::get("http://connection.stack.test/v2/storage?a=%20b")
            .header("X-StorageApi-Token", "1-2-abc")
            .extension(Timeout(limit))
            .body(Bytes::new())
            .unwrap()
    }

    #[tokio::test]
    async fn a_host_is_found_where_it_was_told_and_hears_the_request() {
        let (address, heard) = serve(
            "HTTP/1.1 201 Created\r\nx-a: b\r\ncontent-length: 2\r\n\r\nok",
            false,
        )
        .await;
        let reply = client(address)
            .send(get(Duration::from_secs(5)))
            .await
            .unwrap();
        assert_eq!(reply.status(), 201);
        assert_eq!(reply.headers()["x-a"], "b");
        assert_eq!(&reply.body()[..], b"ok");
        let heard = heard.await.unwrap();
        assert!(
            heard.starts_with("GET /v2/storage?a=%20b HTTP/1.1\r\n"),
            "{heard}"
        );
        assert!(heard.contains("x-storageapi-token: 1-2-abc\r\n"), "{heard}");
        assert!(heard.contains("host: connection.stack.test\r\n"), "{heard}");
    }

    #[tokio::test]
    async fn a_redirect_is_a_reply_and_not_a_way() {
        let (address, _) = serve(
            "HTTP/1.1 302 Found\r\nlocation: http://thief.test/\r\ncontent-length: 0\r\n\r\n",
            false,
        )
        .await;
        let reply = client(address)
            .send(get(Duration::from_secs(5)))
            .await
            .unwrap();
        assert_eq!(reply.status(), 302);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_no_reply() {
        let (address, _) = serve("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", false).await;
        let error = client(address)
            .send(get(Duration::from_secs(5)))
            .await
            .unwrap_err();
        assert!(matches!(error, HttpError::Broken(_)), "{error:?}");
    }

    #[tokio::test]
    async fn the_limit_of_send_holds_for_the_body_and_that_of_open_does_not() {
        let stalls = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
        let (address, _) = serve(stalls, true).await;
        let limit = Duration::from_millis(400);
        let error = client(address).send(get(limit)).await.unwrap_err();
        assert_eq!(error, HttpError::TimedOut);

        let (address, _) = serve(stalls, true).await;
        let mut body = client(address).open(get(limit)).await.unwrap().into_body();
        assert_eq!(body.next().await.unwrap().unwrap(), "half");
        let more = tokio::time::timeout(limit * 2, body.next()).await;
        assert!(more.is_err(), "the stream is still open: {more:?}");
    }

    #[tokio::test]
    async fn a_server_that_never_answers_is_timed_out() {
        let (address, _) = serve("", true).await;
        let limit = Duration::from_millis(300);
        assert_eq!(
            client(address).send(get(limit)).await.unwrap_err(),
            HttpError::TimedOut
        );
        let (address, _) = serve("", true).await;
        let error = client(address).open(get(limit)).await.err();
        assert_eq!(error, Some(HttpError::TimedOut));
    }

    #[tokio::test]
    async fn nobody_listens_and_the_error_keeps_the_signature_to_itself() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let request = http::Request::get("http://b.stack.test/key?X-Amz-Signature=abc")
            .body(Bytes::new())
            .unwrap();
        let error = client(address).send(request).await.unwrap_err();
        assert!(matches!(error, HttpError::Unreachable(_)), "{error:?}");
        assert!(!error.to_string().contains("Signature"), "{error}");
    }

    #[test]
    fn an_override_is_a_host_or_all_below_a_domain() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let overrides = Overrides(vec![("a.test".into(), at(1)), ("*.e2b.app".into(), at(2))]);
        for (host, port) in [
            ("a.test", Some(1)),
            ("b.a.test", None),
            ("api.e2b.app", Some(2)),
            ("49983-i1.e2b.app", Some(2)),
            ("e2b.app", None),
            (".e2b.app", None),
        ] {
            assert_eq!(overrides.address(host), port.map(at), "{host}");
        }
    }

    #[test]
    fn a_certificate_that_is_none_is_told() {
        let error = NativeHttp::builder()
            .trust(b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
        assert!(matches!(error, Err(NativeHttpError::Certificate(_))));
    }
}
