//! A million lines over TLS, as a browser asks for them. Prints how many came a second.

#![allow(clippy::unwrap_used, reason = "a test may assert the short way, in its helpers too")]

use axum_server::tls_rustls::RustlsConfig;
use hosted_deploy::runs::store::Runs;
use hosted_deploy::web::{Attempt, Entered, Login, Refusal, Site, TlsFiles, Web, router};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::Plan;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::future::{Future, ready};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

const RUN: &str = "20261121-060000-aa11";
const LINES: u64 = 1_000_000;
/// What a release build must bring. Of one that is not optimised only the lines are counted: how fast it is says nothing of the
/// product, and on a busy machine it is as slow as that.
const LEAST_A_SECOND: f64 = 300_000.0;

/// Stands where SSH stands.
struct Anybody;

impl Login for Anybody {
    fn log_in(&self, _: Attempt) -> Pin<Box<dyn Future<Output = Result<Entered, Refusal>> + Send + '_>> {
        Box::pin(ready(Ok(Entered { host_key: "ssh-ed25519 SHA256:known".into(), way: None })))
    }
}

/// A journal as long as no deployment's ever was: what a role that runs wild could write.
fn journal(state: &Path) {
    let plan = Plan::deployment("host1", "engine.example", Phase::InitialClean);
    let (folder, journal) = Runs::open(state).unwrap().create(RUN, &plan).unwrap();
    drop(journal);
    let mut answers = Answers::default();
    answers.host.address = Some("host1".into());
    folder.write("answers.json", &answers).unwrap();
    let file = std::fs::OpenOptions::new().append(true).open(folder.journal()).unwrap();
    let mut file = std::io::BufWriter::with_capacity(1 << 20, file);
    let phase = "bootstrap_local_vm";
    for seq in 2..LINES {
        let kind = match seq % 2 {
            0 => format!(r#""kind":"task","id":"{seq}","name":"Task number {seq} of a role that runs wild""#),
            _ => format!(r#""kind":"result","id":"{}","name":"Task number {seq}","status":"ok","ms":17"#, seq - 1),
        };
        writeln!(file, r#"{{"run":"{RUN}","seq":{seq},"at":1795240000000,"phase":"{phase}","offset":{seq},{kind}}}"#)
            .unwrap();
    }
    writeln!(
        file,
        r#"{{"run":"{RUN}","seq":{LINES},"at":1795240000000,"kind":"ended","outcome":{{"result":"cancelled"}}}}"#
    )
    .unwrap();
    file.flush().unwrap();
}

struct Client {
    stream: BufReader<rustls::StreamOwned<rustls::ClientConnection, TcpStream>>,
}

impl Client {
    fn open(address: SocketAddr, cert: &Path) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(cert).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self { stream: BufReader::with_capacity(1 << 20, rustls::StreamOwned::new(connection, stream)) }
    }

    /// Sends a request; gives the answer's head.
    fn ask(&mut self, request: &str) -> String {
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut head).unwrap() > 0, "{head}");
        }
        head
    }

    /// The next chunk of a chunked body; empty at its end.
    fn chunk(&mut self, into: &mut Vec<u8>) -> bool {
        let mut size = String::new();
        self.stream.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        into.resize(size + 2, 0);
        self.stream.read_exact(into).unwrap();
        into.truncate(size);
        size > 0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_lines_come_without_loss_and_fast() {
    let state = tempfile::tempdir().unwrap();
    journal(state.path());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let files = TlsFiles::ours(state.path());
    files.renew(&["localhost".to_owned()], i64::try_from(now_secs()).unwrap()).unwrap();
    let config = RustlsConfig::from_pem_file(&files.cert, &files.key).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let web = Web::new(Site::of(&[]), state.path().into(), Arc::new(Anybody), None, Duration::from_secs(900));
    let service = router(web).into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(axum_server::from_tcp_rustls(listener, config).unwrap().serve(service));
    let cert = files.cert.clone();
    let (took, bytes) = tokio::task::spawn_blocking(move || listen(address, &cert)).await.unwrap();
    serving.abort();
    let a_second = LINES as f64 / took.as_secs_f64();
    eprintln!(
        "{LINES} lines, {} MB, in {:.2} s: {a_second:.0} lines/s, {:.0} MB/s",
        bytes / 1_000_000,
        took.as_secs_f64(),
        bytes as f64 / 1e6 / took.as_secs_f64()
    );
    assert!(cfg!(debug_assertions) || a_second >= LEAST_A_SECOND, "{a_second:.0} lines a second");
}

fn now_secs() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// Takes all events, each once and in order; how long it took from the request to the end, and how many bytes there were.
fn listen(address: SocketAddr, cert: &Path) -> (Duration, usize) {
    let mut client = Client::open(address, cert);
    let form = "host=host1&user=root&password=x";
    let head = client.ask(&format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    ));
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_else(|| panic!("{head}"));
    let cookie = cookie.split(';').next().unwrap();
    let began = Instant::now();
    let head =
        client.ask(&format!("GET /api/v1/runs/{RUN}/events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n"));
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("transfer-encoding: chunked"), "{head}");
    let (mut expected, mut bytes, mut chunk) = (1, 0, Vec::new());
    while client.chunk(&mut chunk) {
        bytes += chunk.len();
        let mut rest = chunk.as_slice();
        while let Some(at) = find(rest, b"\"seq\":") {
            rest = rest.get(at + 6..).unwrap();
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
            let seq = digits.fold(0_u64, |number, byte| number * 10 + u64::from(byte - b'0'));
            assert_eq!(seq, expected, "each line once and in order");
            expected += 1;
        }
    }
    assert_eq!(expected, LINES + 1, "the last one is the end");
    (began.elapsed(), bytes)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    while let Some(at) = text.get(from..)?.iter().position(|&byte| byte == first) {
        if text.get(from + at..)?.starts_with(what) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}
