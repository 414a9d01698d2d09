//! TCP connections through the host.

use crate::sshd::{Setup, Sshd, free_port};
use hosted_deploy::ssh::CommandError;
use hosted_deploy_model::lang::Lang;
use std::{
    io::{Read, Write},
    net::TcpListener,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Sends back what it got, once that has ended.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                // The reader may be gone.
                let _ = stream.write_all(&bytes);
            });
        }
    });
    port
}

#[tokio::test]
async fn bytes_go_both_ways_and_each_way_ends_by_itself() {
    let session = Sshd::start().connect().await;
    let mut tunnel = session.forward("127.0.0.1", echo()).await.unwrap();
    let bytes: Vec<u8> = (0..5_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    tunnel.write_all(&bytes).await.unwrap();
    tunnel.shutdown().await.unwrap();
    let mut back = Vec::new();
    tunnel.read_to_end(&mut back).await.unwrap();
    assert!(back == bytes);
    assert_eq!(tunnel.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
async fn what_cannot_be_reached_is_named() {
    let session = Sshd::start().connect().await;
    let port = free_port();
    let e = session.forward("127.0.0.1", port).await.unwrap_err();
    assert!(matches!(&e, CommandError::Forward { to, .. } if *to == format!("127.0.0.1:{port}")), "{e}");
    let setup = Setup { config: "AllowTcpForwarding no\n".to_owned(), ..Setup::default() };
    let session = Sshd::with(setup).connect().await;
    let e = session.forward("127.0.0.1", echo()).await.unwrap_err();
    assert!(e.to_string().ends_with("Administratively prohibited"), "{e}");
    assert!(e.advice(Lang::En).contains("AllowTcpForwarding no"));
}

#[tokio::test]
async fn a_tunnel_that_nobody_reads_stops_no_command_and_a_dropped_one_frees_its_place() {
    let session = Sshd::start().connect().await;
    let port = echo();
    for _ in 0..20 {
        let mut tunnel = session.forward("127.0.0.1", port).await.unwrap();
        tunnel.write_all(&[7; 100_000]).await.unwrap();
        tunnel.shutdown().await.unwrap();
        assert!(session.exec("true").await.unwrap().success());
    }
}

#[tokio::test]
async fn a_tunnel_ends_with_an_error_when_the_connection_is_lost() {
    let session = Sshd::start().connect().await;
    let mut tunnel = session.forward("127.0.0.1", echo()).await.unwrap();
    let server = crate::sshd::server_process(&session).await;
    crate::sshd::signal("KILL", &server);
    let e = tunnel.read(&mut [0; 8]).await.unwrap_err();
    assert_eq!(e.kind(), std::io::ErrorKind::ConnectionReset, "{e}");
}
