//! [`connect`]: TLS to somebody who is known by nothing but the certificate that a person has accepted. Controllers sign their own certificates,
//! for names that nobody calls them by.

use hosted_deploy_model::node::Fingerprint;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use std::io;
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum Unconnected {
    /// It shows a certificate that was not accepted.
    Shown(Fingerprint),
    /// Anything else.
    Io(io::Error),
}

/// Speaks TLS on `stream`. Nothing but the handshake is sent before the certificate is found to be the accepted one.
pub(super) async fn connect(
    stream: TcpStream,
    host: &str,
    accepted: Option<Fingerprint>,
) -> Result<TlsStream<TcpStream>, Unconnected> {
    let provider = Arc::new(ring::default_provider());
    let pinned = Arc::new(Pinned { accepted, shown: OnceLock::new(), provider: provider.clone() });
    let tls = |error: Error| Unconnected::Io(io::Error::other(error));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(tls)?
        .dangerous()
        .with_custom_certificate_verifier(pinned.clone())
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| Unconnected::Io(io::Error::other(error)))?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| match pinned.shown.get() {
        Some(shown) if Some(*shown) != accepted => Unconnected::Shown(*shown),
        _ => Unconnected::Io(error),
    })
}

/// Takes the accepted certificate, whatever it says, and no other.
#[derive(Debug)]
struct Pinned {
    accepted: Option<Fingerprint>,
    shown: OnceLock<Fingerprint>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let digest = ::ring::digest::digest(&::ring::digest::SHA256, certificate);
        let digest = <[u8; 32]>::try_from(digest.as_ref()).map_err(|error| Error::General(error.to_string()))?;
        let shown = *self.shown.get_or_init(|| Fingerprint::new(digest));
        match Some(shown) == self.accepted {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    // That whoever shows the certificate has its key, too, is checked as ever.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
