//! The connection that comes back.

use crate::sshd::{PASSWORD, Setup, Sshd, keygen, me, server_process, signal};
use hosted_deploy::ssh::{Become, ConnectError, Connection, Credentials, Link, Options, Place};
use hosted_deploy_model::{lang::Lang, secret::Secret};
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(20);

async fn open(
    sshd: &Sshd,
    user: &str,
    credentials: Credentials,
    r#become: Become,
) -> (Connection, mpsc::UnboundedReceiver<Link>) {
    let (tx, links) = mpsc::unbounded_channel();
    let tell = move |link| drop(tx.send(link));
    let target = sshd.target_as(user);
    let connection = Connection::open(target, credentials, sshd.host_keys(), Options::default(), r#become, tell);
    (connection.await.unwrap(), links)
}

async fn next(links: &mut mpsc::UnboundedReceiver<Link>) -> Link {
    tokio::time::timeout(PATIENCE, links.recv()).await.expect("no news").expect("no more news")
}

async fn cut(connection: &Connection) {
    let session = connection.current().unwrap();
    signal("KILL", &server_process(&session).await);
    session.closed().await;
}

#[tokio::test]
async fn a_cut_line_comes_back_and_both_are_told() {
    let sshd = Sshd::start();
    let (connection, mut links) = open(&sshd, &me(), sshd.key(), Become::None).await;
    for _ in 0..2 {
        cut(&connection).await;
        assert!(matches!(next(&mut links).await, Link::Lost { cause } if !cause.is_empty()));
        let session = connection.session(PATIENCE).await.unwrap();
        assert!(session.exec("true").await.unwrap().success());
        assert!(matches!(next(&mut links).await, Link::Back { attempts: 1 }));
    }
    connection.close().await;
    assert!(connection.current().is_none());
    let e = connection.session(PATIENCE).await.unwrap_err();
    assert!(matches!(*e, ConnectError::ClosedHere { .. }), "{e}");
    assert!(links.recv().await.is_none(), "closing it here is no loss");
}

#[tokio::test]
async fn a_server_that_is_away_for_a_while_is_waited_for() {
    let mut sshd = Sshd::start();
    let (connection, mut links) = open(&sshd, &me(), sshd.key(), Become::None).await;
    let session = connection.current().unwrap();
    let server = server_process(&session).await;
    sshd.stop();
    signal("KILL", &server);
    assert!(matches!(next(&mut links).await, Link::Lost { .. }));
    // Whoever is impatient hears how the last attempt failed; before the first one there is nothing to hear.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let e = connection.session(Duration::from_millis(100)).await.unwrap_err();
        if matches!(*e, ConnectError::Refused { .. }) {
            break;
        }
        assert!(matches!(*e, ConnectError::TimedOut { .. }) && Instant::now() < deadline, "{e}");
    }
    sshd.start_again();
    assert!(matches!(next(&mut links).await, Link::Back { attempts: 2.. }));
    assert!(connection.session(PATIENCE).await.unwrap().exec("true").await.unwrap().success());
}

#[tokio::test]
async fn another_host_key_than_the_first_is_not_followed_whatever_the_files_say() {
    let mut sshd = Sshd::start();
    let (connection, mut links) = open(&sshd, &me(), sshd.key(), Become::None).await;
    let first = sshd.fingerprint("ed25519");
    let session = connection.current().unwrap();
    let server = server_process(&session).await;
    sshd.stop();
    for file in ["host_ed25519", "host_ed25519.pub"] {
        fs::remove_file(sshd.path(file)).unwrap();
    }
    keygen(&sshd.path("host_ed25519"), &["-t", "ed25519"], "");
    fs::write(sshd.path("state/known_hosts"), sshd.known_hosts_line("ed25519")).unwrap();
    sshd.start_again();
    signal("KILL", &server);
    assert!(matches!(next(&mut links).await, Link::Lost { .. }));
    let Link::GaveUp(e) = next(&mut links).await else { panic!("it went on") };
    let ConnectError::HostKeyChanged(change) = &*e else { panic!("{e}") };
    assert_eq!((&change.place, &change.recorded.fingerprint), (&Place::FirstConnection, &first));
    assert!(connection.session(PATIENCE).await.is_err());
    assert!(links.recv().await.is_none());
}

#[tokio::test]
async fn it_is_root_again_after_the_cut() {
    let Some(sshd) = Sshd::with_accounts("it_is_root_again_after_the_cut", Setup::default()) else { return };
    let password = Secret::from(PASSWORD);
    let sudo = Become::Sudo { password: Some(password.clone()) };
    let (connection, mut links) = open(&sshd, "deployer", Credentials::password(password), sudo).await;
    let session = connection.current().unwrap();
    // The keeper did not ask for this end, so it is a loss to it.
    session.close().await;
    assert!(matches!(next(&mut links).await, Link::Lost { .. }));
    let session = connection.session(PATIENCE).await.unwrap();
    assert_eq!(session.exec("id -un").await.unwrap().stdout, b"root\n");
    assert!(!format!("{connection:?} {session:?} {links:?}").contains("canary"));
}

#[tokio::test]
async fn a_first_connection_that_cannot_become_root_is_an_error_at_once() {
    let Some(sshd) = Sshd::with_accounts("a_first_connection_that_cannot_become_root", Setup::default()) else {
        return;
    };
    let sudo = Become::Sudo { password: None };
    let target = sshd.target_as("deployer");
    let opened = Connection::open(target, sshd.key(), sshd.host_keys(), Options::default(), sudo, |_| ());
    let e = opened.await.unwrap_err();
    assert_eq!(e.to_string(), format!("connected to deployer@127.0.0.1:{}, but cannot become root there", sshd.port));
    assert!(e.advice(Lang::En).contains("sudo password"), "{}", e.advice(Lang::En));
}

#[tokio::test]
async fn a_login_that_is_refused_later_is_given_up_before_the_account_is_locked() {
    let sshd = Sshd::start();
    let (connection, mut links) = open(&sshd, &me(), sshd.key(), Become::None).await;
    let session = connection.current().unwrap();
    let server = server_process(&session).await;
    fs::write(sshd.path("authorized_keys"), "").unwrap();
    signal("KILL", &server);
    assert!(matches!(next(&mut links).await, Link::Lost { .. }));
    let Link::GaveUp(e) = next(&mut links).await else { panic!("it went on") };
    assert!(matches!(*e, ConnectError::AuthRefused { .. }), "{e}");
    let tries = sshd.log().lines().filter(|line| line.starts_with("Failed publickey")).count();
    assert_eq!(tries, 3, "{}", sshd.log());
}

#[tokio::test]
async fn a_connection_that_nobody_holds_is_closed() {
    let sshd = Sshd::start();
    let (connection, mut links) = open(&sshd, &me(), sshd.key(), Become::None).await;
    let ours = connection.current().unwrap();
    drop(connection);
    assert!(links.recv().await.is_none());
    assert!(ours.exec("true").await.unwrap().success(), "a session in use stays");
}
