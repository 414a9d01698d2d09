//! The server on a port: its certificate, plain HTTP on the same port, its end.

#![allow(clippy::unwrap_used, reason = "a test may assert the short way, in its helpers too")]

use hosted_deploy::web::{Listen, Serve, ServeError, Served, Site, TlsFiles, serve};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(20);

fn wanted(state: &Path) -> Serve {
    Serve {
        listen: Listen::At("127.0.0.1:0".parse().unwrap()),
        host: None,
        names: vec!["pages.example".into()],
        tls: None,
        state: state.into(),
        idle: Duration::from_secs(60),
        agent: false,
        reload: false,
        monitoring: Default::default(),
    }
}

struct Running {
    served: Served,
    end: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    async fn start(wanted: Serve) -> Self {
        let (told, hear) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let tell = |served| told.send(served).unwrap();
        let task = tokio::spawn(serve(wanted, Site::of(&[("plain.css", b"css")]), tell, async {
            let _ = ended.await;
        }));
        Self { served: tokio::time::timeout(PATIENCE, hear).await.unwrap().unwrap(), end, task }
    }

    async fn stop(self) {
        self.end.send(()).unwrap();
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap();
    }
}

/// Sends a request over TLS, trusting only this certificate, and gives the whole answer.
fn https(address: SocketAddr, cert: &Path, name: &'static str, request: &str) -> std::io::Result<String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(cert).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let connection = rustls::ClientConnection::new(Arc::new(config), ServerName::try_from(name).unwrap()).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, connect(address));
    exchange(&mut stream, request)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn exchange(stream: &mut (impl Read + Write), request: &str) -> std::io::Result<String> {
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    match stream.read_to_string(&mut answer) {
        // The server may close without a TLS farewell; the answer was whole.
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof || answer.is_empty() => Err(error),
        _ => Ok(answer),
    }
}

async fn blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(act).await.unwrap()
}

const LOGIN: &str = "GET /login HTTP/1.1\r\nHost: pages.example\r\nConnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn its_own_certificate_is_good_for_its_names_and_kept_over_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let first = Running::start(wanted(state.path())).await;
    let (address, cert) = (first.served.address, TlsFiles::ours(state.path()).cert);
    for name in ["pages.example", "localhost"] {
        let cert = cert.clone();
        let answer = blocking(move || https(address, &cert, name, LOGIN)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("action=\"/login\""), "{answer}");
    }
    let refused = blocking(move || https(address, &cert, "other.example", LOGIN)).await;
    assert!(refused.is_err(), "{refused:?}");
    let fingerprint = first.served.fingerprint.clone();
    first.stop().await;
    let second = Running::start(wanted(state.path())).await;
    assert_eq!(second.served.fingerprint, fingerprint);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_on_the_same_port_is_sent_to_https() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(wanted(state.path())).await;
    let address = running.served.address;
    let answer =
        blocking(move || exchange(&mut connect(address), "GET /x HTTP/1.1\r\nHost: pages.example:9090\r\n\r\n"))
            .await
            .unwrap();
    assert!(answer.starts_with("HTTP/1.1 308 "), "{answer}");
    assert!(answer.contains("\r\nLocation: https://pages.example:9090/x\r\n"), "{answer}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_keeps_nobody_out_and_does_not_hold_up_the_end() {
    let state = tempfile::tempdir().unwrap();
    let running = Running::start(wanted(state.path())).await;
    let (address, cert) = (running.served.address, TlsFiles::ours(state.path()).cert);
    let silent: Vec<TcpStream> = (0..50).map(|_| connect(address)).collect();
    let answer = blocking(move || https(address, &cert, "localhost", LOGIN)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    running.stop().await;
    drop(silent);
}

async fn refused(wanted: Serve) -> String {
    let site = Site::of(&[]);
    let error = serve(wanted, site, |_| {}, async {}).await.unwrap_err();
    let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_was_given_is_served() {
    let state = tempfile::tempdir().unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let expected = socket.local_addr().unwrap();
    let running = Running::start(Serve { listen: Listen::On(socket), ..wanted(state.path()) }).await;
    assert_eq!(running.served.address, expected);
    let cert = TlsFiles::ours(state.path()).cert;
    let answer = blocking(move || https(expected, &cert, "localhost", LOGIN)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn a_socket_open_to_others_wants_a_fixed_host_too() {
    let state = tempfile::tempdir().unwrap();
    let socket = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let error = refused(Serve { listen: Listen::On(socket), ..wanted(state.path()) }).await;
    assert!(error.contains("--host"), "{error}");
}

#[tokio::test]
async fn listening_for_others_wants_a_fixed_host() {
    let state = tempfile::tempdir().unwrap();
    let open = Serve { listen: Listen::At("0.0.0.0:0".parse().unwrap()), ..wanted(state.path()) };
    let error = refused(open).await;
    assert!(error.contains("0.0.0.0:0") && error.contains("--host"), "{error}");
}

#[tokio::test]
async fn a_given_certificate_and_a_taken_port_are_named_when_they_cannot_be_used() {
    let state = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    TlsFiles::ours(state.path()).renew(&["a".to_owned()], 1_800_000_000).unwrap();
    TlsFiles::ours(other.path()).renew(&["a".to_owned()], 1_800_000_000).unwrap();
    let mixed = TlsFiles { key: TlsFiles::ours(other.path()).key, ..TlsFiles::ours(state.path()) };
    let error = refused(Serve { tls: Some(mixed.clone()), ..wanted(state.path()) }).await;
    assert!(
        error.contains(&mixed.cert.display().to_string()) && error.contains(&mixed.key.display().to_string()),
        "{error}"
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let holder = std::net::TcpListener::bind(taken).unwrap();
    let error = refused(Serve { listen: Listen::At(taken), ..wanted(state.path()) }).await;
    assert!(error.contains(&taken.to_string()) && error.contains("--listen"), "{error}");
    drop(holder);
}
