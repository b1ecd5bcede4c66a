//! The certificate authority of one run, and a leaf for each host name that a client asks for.
//!
//! The authority lives as long as the process: its key is never written. A host that the stack
//! does not stand in for gets no certificate, so a client that was sent here by mistake fails at
//! the handshake instead of talking to the wrong service.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PublicKeyData, SanType,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, crypto::ring};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use crate::hosts;
use crate::sync::lock;

/// Why no TLS could be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A key or certificate could not be made.
    #[error("a certificate could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused the set-up.
    #[error("TLS could not be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// The authority, and the leaves that it has signed so far.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    leaves: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("leaves", &lock(&self.leaves).len())
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// A new authority with a fresh key.
    ///
    /// # Errors
    /// When the key or the certificate cannot be made.
    pub(crate) fn new() -> Result<Self, TlsError> {
        let mut params = CertificateParams::new(Vec::new())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "devstack authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        valid_around_now(&mut params);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self {
            issuer,
            leaves: Mutex::default(),
        })
    }

    /// The authority's certificate, for a client's trust store.
    #[must_use]
    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// SHA-256 of the authority's public key in base64, as Chromium's
    /// `--ignore-certificate-errors-spki-list` takes it.
    #[must_use]
    pub(crate) fn spki_sha256(&self) -> String {
        STANDARD.encode(Sha256::digest(self.issuer.key().subject_public_key_info()))
    }

    /// Server configurations that pick the leaf by SNI.
    ///
    /// # Errors
    /// When the TLS library refuses the protocol versions.
    pub(crate) fn server_configs(self: &Arc<Self>) -> Result<ServerConfigs, TlsError> {
        let h1 = b"http/1.1".to_vec();
        Ok(ServerConfigs {
            h2: Arc::new(self.server_config(vec![b"h2".to_vec(), h1.clone()])?),
            h1: Arc::new(self.server_config(vec![h1])?),
        })
    }

    fn server_config(self: &Arc<Self>, protocols: Vec<Vec<u8>>) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(BySni(Arc::clone(self))));
        config.alpn_protocols = protocols;
        Ok(config)
    }

    fn leaf(&self, host: &str) -> Result<Arc<CertifiedKey>, TlsError> {
        if let Some(known) = lock(&self.leaves).get(host) {
            return Ok(Arc::clone(known));
        }
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        if host == "localhost" {
            params
                .subject_alt_names
                .push(SanType::IpAddress([127, 0, 0, 1].into()));
            params
                .subject_alt_names
                .push(SanType::IpAddress(std::net::Ipv6Addr::LOCALHOST.into()));
        }
        params.distinguished_name.push(DnType::CommonName, host);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        valid_around_now(&mut params);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let chain = vec![
            certificate.der().clone(),
            CertificateDer::from(self.issuer.der().to_vec()),
        ];
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signer = ring::sign::any_supported_type(&private)?;
        let leaf = Arc::new(CertifiedKey::new(chain, signer));
        lock(&self.leaves).insert(host.to_owned(), Arc::clone(&leaf));
        Ok(leaf)
    }
}

/// How connections are spoken, by host.
#[derive(Debug, Clone)]
pub(crate) struct ServerConfigs {
    /// HTTP/2 and HTTP/1.1.
    h2: Arc<ServerConfig>,
    /// HTTP/1.1 alone.
    h1: Arc<ServerConfig>,
}

impl ServerConfigs {
    /// That of the host that a client asks for; a client that connects to an address names none.
    pub(crate) fn of(&self, host: Option<&str>) -> Arc<ServerConfig> {
        if host.is_none_or(hosts::speaks_h2) {
            Arc::clone(&self.h2)
        } else {
            Arc::clone(&self.h1)
        }
    }
}

/// From yesterday, so that a clock that lags does not matter, for less than the 398 days that
/// browsers accept.
fn valid_around_now(params: &mut CertificateParams) {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(1);
    params.not_after = now + Duration::days(390);
}

#[derive(Debug)]
struct BySni(Arc<Authority>);

impl ResolvesServerCert for BySni {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // A client that connects to an address sends no name.
        let host = hello.server_name().unwrap_or("localhost");
        if host != "localhost" && hosts::place_of(host).is_none() {
            eprintln!("devstack: a client asked for {host}, which this stack does not serve");
            return None;
        }
        self.0
            .leaf(host)
            .inspect_err(|error| eprintln!("devstack: no certificate for {host}: {error}"))
            .ok()
    }
}
