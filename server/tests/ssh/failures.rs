//! Lines that break, servers that hang, ports that are something else.

use crate::sshd::{Setup, Sshd, eventually, free_port, keygen, server_process, signal};
use hosted_deploy::ssh::{
    CommandError, ConnectError, Credentials, FirstUse, HostKeys, Options, Stage, Target, connect, connect_with,
};
use hosted_deploy_model::lang::Lang;
use russh::{Channel, ChannelId, server};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

fn nobody() -> (Credentials, HostKeys) {
    (Credentials::default(), HostKeys::new("/nonexistent/known_hosts", FirstUse::Refuse))
}

async fn error_at(address: &str, port: u16, connect_timeout: Duration) -> ConnectError {
    let (credentials, host_keys) = nobody();
    let options = Options { connect_timeout, ..Options::default() };
    let target = Target::new(address, port, "root");
    let e = connect_with(&target, &credentials, &host_keys, &options).await.expect_err("it connected");
    assert!(e.to_string().contains(&target.host_port()), "{e}");
    assert!(!e.advice(Lang::En).is_empty() && !e.advice(Lang::Ja).is_ascii());
    e
}

const SOON: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    // Longer than a label may be, so that no resolver is asked.
    let name = format!("{}.invalid", "x".repeat(70));
    let e = error_at(&name, 22, SOON * 10).await;
    assert!(matches!(e, ConnectError::NameNotResolved { .. }), "{e}");
    assert!(e.advice(Lang::En).contains(&format!("getent hosts {name}")));
}

#[tokio::test]
async fn a_port_where_nothing_listens() {
    let e = error_at("127.0.0.1", free_port(), SOON * 10).await;
    assert!(matches!(e, ConnectError::Refused { .. }), "{e}");
    let e = error_at("::1", free_port(), SOON * 10).await;
    assert!(e.to_string().contains("[::1]:"), "{e}");
}

#[tokio::test]
async fn an_address_without_a_way_to_it() {
    // The broadcast address takes no TCP connection, and nothing is sent to find that out.
    let e = error_at("255.255.255.255", 22, SOON * 10).await;
    assert!(matches!(e, ConnectError::Unreachable { .. }), "{e}");
}

#[tokio::test]
async fn a_login_that_takes_too_long() {
    let sshd = Sshd::start();
    let options = Options { login_timeout: Duration::ZERO, ..Options::default() };
    let e = connect_with(&sshd.target(), &sshd.key(), &sshd.host_keys(), &options).await.unwrap_err();
    assert!(matches!(e, ConnectError::TimedOut { stage: Stage::Login, .. }), "{e}");
    assert!(e.to_string().contains("the login took more than"), "{e}");
    assert!(e.advice(Lang::En).contains("UseDNS no"));
}

#[tokio::test]
async fn a_host_that_does_not_take_the_connection_in_time() {
    // A full accept queue drops further connections as a dead host does.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(address)).await
    {
        held.push(stream);
        assert!(held.len() < 100, "the queue takes everything");
    }
    let e = error_at("127.0.0.1", address.port(), SOON).await;
    assert!(matches!(e, ConnectError::TimedOut { stage: Stage::Reaching, secs: 1, .. }), "{e}");
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let e = error_at("127.0.0.1", listener.local_addr().unwrap().port(), SOON).await;
    assert!(matches!(e, ConnectError::TimedOut { stage: Stage::Handshake, .. }), "{e}");
}

#[tokio::test]
async fn a_server_that_speaks_something_else() {
    for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n".to_owned(), "y".repeat(5000), "SSH-1.5-old\r\n".to_owned()] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut greeting = [0; 8];
            stream.read_exact(&mut greeting).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let e = error_at("127.0.0.1", port, SOON * 5).await;
        assert!(matches!(e, ConnectError::NotSsh { .. }), "{e}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { drop(listener.accept().await) });
    let e = error_at("127.0.0.1", port, SOON * 5).await;
    assert!(matches!(e, ConnectError::Closed { stage: Stage::Handshake, .. }), "{e}");
}

#[tokio::test]
async fn no_algorithm_in_common() {
    let sshd =
        Sshd::with(Setup { config: "KexAlgorithms diffie-hellman-group1-sha1\n".to_owned(), ..Setup::default() });
    let e = connect(&sshd.target(), &sshd.key(), &sshd.host_keys()).await.unwrap_err();
    let ConnectError::NoCommonAlgorithm { kind, theirs, .. } = &e else { panic!("{e}") };
    assert_eq!(*kind, "key exchange");
    assert!(theirs.iter().any(|name| name == "diffie-hellman-group1-sha1"), "{theirs:?}");
    assert!(e.to_string().contains("diffie-hellman-group1-sha1"), "{e}");
}

#[tokio::test]
async fn a_server_killed_under_a_command_is_an_error_and_a_new_connection_works() {
    let sshd = Sshd::start();
    let session = sshd.connect().await;
    let server = server_process(&session).await;
    let mut running = session.start("echo begun; sleep 60").await.unwrap();
    running.next().await.unwrap();
    signal("KILL", &server);
    let e = running.next().await.unwrap_err();
    let CommandError::Lost { at, act, cause } = &e else { panic!("{e}") };
    assert_eq!((at.as_str(), act.as_str()), (session.at(), "`echo begun; sleep 60`"));
    assert!(!cause.is_empty());
    assert!(e.is_lost_connection() && e.advice(Lang::En).contains("systemd unit"));
    eventually("the session notices", || session.is_closed()).await;
    assert!(session.exec("true").await.unwrap_err().is_lost_connection());
    assert!(session.upload("/tmp/x", 0o600, "").await.unwrap_err().is_lost_connection());
    assert!(session.forward("127.0.0.1", 1).await.unwrap_err().is_lost_connection());
    assert!(sshd.connect().await.exec("true").await.unwrap().success());
}

#[tokio::test]
async fn a_session_that_is_closed_here_is_closed() {
    let sshd = Sshd::start();
    let session = sshd.connect().await;
    session.close().await;
    assert!(session.is_closed());
    assert!(session.exec("true").await.unwrap_err().is_lost_connection());
}

#[tokio::test]
async fn new_keys_are_agreed_on_while_much_is_sent() {
    let sshd = Sshd::with(Setup { config: "RekeyLimit 1M\n".to_owned(), ..Setup::default() });
    let session = sshd.connect().await;
    let path = sshd.path("big").display().to_string();
    let bytes: Vec<u8> = (0..12_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    session.upload(&path, 0o600, &bytes).await.unwrap();
    assert!(session.exec(format!("cat {path}")).await.unwrap().stdout == bytes);
}

#[tokio::test]
async fn a_host_is_reached_by_ipv6_and_by_name() {
    let sshd = Sshd::with(Setup { config: "ListenAddress ::1\n".to_owned(), ..Setup::default() });
    let user = crate::sshd::me();
    for address in ["::1", "[::1]", "localhost"] {
        if address != "localhost" && std::net::TcpListener::bind("[::1]:0").is_err() {
            crate::sshd::skipped("a_host_is_reached_by_ipv6", "this machine has no IPv6 loopback");
            continue;
        }
        let target = Target::new(address, sshd.port, &user);
        let session = connect(&target, &sshd.key(), &sshd.host_keys()).await.unwrap();
        assert!(session.exec("true").await.unwrap().success());
    }
    let known = std::fs::read_to_string(sshd.path("state/known_hosts")).unwrap();
    assert!(known.contains(&format!("[localhost]:{} ssh-ed25519", sshd.port)), "{known}");
}

/// A server that lets everybody in and runs nothing: sshd has no setting for that.
struct Declining;

impl server::Handler for Declining {
    type Error = russh::Error;

    async fn auth_none(&mut self, _user: &str) -> Result<server::Auth, Self::Error> {
        Ok(server::Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<server::Msg>,
        reply: server::ChannelOpenHandle,
        _session: &mut server::Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut server::Session,
    ) -> Result<(), Self::Error> {
        if command == b"no end" {
            // Runs it, and closes without saying how it ended.
            session.channel_success(channel)?;
            return session.close(channel);
        }
        session.channel_failure(channel)
    }
}

#[tokio::test]
async fn a_server_that_declines_a_command_or_does_not_tell_its_end() {
    let dir = tempfile::tempdir().unwrap();
    keygen(&dir.path().join("key"), &["-t", "ed25519"], "");
    let key = russh::keys::load_secret_key(dir.path().join("key"), None).unwrap();
    let config = server::Config { keys: vec![key], ..server::Config::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let config = std::sync::Arc::new(config);
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let running = server::run_stream(config.clone(), stream, Declining);
            tokio::spawn(async move { drop(running.await.unwrap().await) });
        }
    });
    let host_keys = HostKeys::new(dir.path().join("known_hosts"), FirstUse::Accept);
    let target = Target::new("127.0.0.1", port, "anybody");
    let session = connect(&target, &Credentials::default(), &host_keys).await.unwrap();
    let e = session.exec("true").await.unwrap_err();
    assert_eq!(e.to_string(), format!("anybody@127.0.0.1:{port} declined to run `true`"));
    assert!(e.advice(Lang::En).contains("ForceCommand"));
    let e = session.exec("no end").await.unwrap_err();
    assert!(e.is_lost_connection(), "{e}");
}

/// Keep-alives every 0.2 s, given up after 3.
fn impatient() -> Options {
    Options { keepalive_interval: Duration::from_millis(200), keepalive_max: 3, ..Options::default() }
}

#[tokio::test]
async fn a_server_that_stops_answering_is_noticed() {
    let sshd = Sshd::start();
    let session = connect_with(&sshd.target(), &sshd.key(), &sshd.host_keys(), &impatient()).await.unwrap();
    let server = server_process(&session).await;
    let mut running = session.start("echo begun; sleep 60").await.unwrap();
    running.next().await.unwrap();
    signal("STOP", &server);
    let e = tokio::time::timeout(Duration::from_secs(30), running.next()).await;
    signal("KILL", &server);
    let e = e.expect("nobody notices").unwrap_err();
    assert!(e.to_string().ends_with("the server no longer answers"), "{e}");
}

#[tokio::test]
async fn a_server_that_stops_reading_is_noticed() {
    let sshd = Sshd::start();
    let session = connect_with(&sshd.target(), &sshd.key(), &sshd.host_keys(), &impatient()).await.unwrap();
    let server = server_process(&session).await;
    signal("STOP", &server);
    let path = sshd.path("big").display().to_string();
    let waiting = session.upload(&path, 0o600, vec![0; 40 << 20]);
    let e = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    signal("KILL", &server);
    let e = e.expect("the upload hangs").unwrap_err();
    assert!(e.is_lost_connection(), "{e}");
    assert!(!sshd.path("big").exists());
}

#[tokio::test]
async fn a_quiet_connection_stays() {
    let sshd = Sshd::start();
    // Given up after 3 s: longer than a busy machine keeps an answer back, shorter than the quiet.
    let options = Options { keepalive_interval: Duration::from_millis(500), keepalive_max: 6, ..Options::default() };
    let session = connect_with(&sshd.target(), &sshd.key(), &sshd.host_keys(), &options).await.unwrap();
    assert!(session.exec("sleep 5").await.unwrap().success());
    assert!(!session.is_closed());
}

#[tokio::test]
async fn an_upload_that_is_cut_short_leaves_the_old_file() {
    let sshd = Sshd::start();
    let session = sshd.connect().await;
    let path = sshd.path("file").display().to_string();
    session.upload(&path, 0o600, "old").await.unwrap();
    let server = server_process(&session).await;
    let sending = session.upload(&path, 0o600, vec![b'n'; 200 << 20]);
    let part = || {
        let entries = std::fs::read_dir(sshd.dir.path()).unwrap();
        entries.filter_map(Result::ok).any(|e| e.file_name().to_string_lossy().starts_with(".upload."))
    };
    let cut = async {
        eventually("the upload has begun", part).await;
        signal("KILL", &server);
    };
    let (sent, ()) = tokio::join!(sending, cut);
    assert!(sent.unwrap_err().is_lost_connection());
    eventually("the rest is cleared away", || !part()).await;
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
}
