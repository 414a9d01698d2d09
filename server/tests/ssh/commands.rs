//! Commands: output, ends, limits, many at once.

use crate::sshd::{Setup, Sshd, eventually, process_with};
use hosted_deploy::ssh::{Chunk, CommandError, Exec, Exit, Options, Output, connect_with};
use std::{fs, io::Write, sync::Arc, time::Duration};
use tokio::task::JoinSet;

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn output_error_output_and_status_come_apart() {
    let session = Sshd::start().connect().await;
    let output = session.exec("echo out; echo err >&2; exit 7").await.unwrap();
    let expected = Output { status: Some(7), signal: None, stdout: b"out\n".into(), stderr: b"err\n".into() };
    assert_eq!(output, expected);
    assert!(!output.success());
    let output = session.exec("kill -TERM $$").await.unwrap();
    assert_eq!((output.status, output.signal.as_deref()), (None, Some("TERM")));
    assert!(session.exec("").await.unwrap().success());
}

#[tokio::test]
async fn ten_megabytes_on_each_stream_arrive_whole() {
    let session = Sshd::start().connect().await;
    let command = "head -c 10485760 /dev/zero | tr '\\0' o & head -c 10485760 /dev/zero | tr '\\0' e >&2; wait";
    let output = session.exec(command).await.unwrap();
    assert!(output.success());
    assert!(output.stdout.len() == 10 << 20 && output.stdout.iter().all(|&b| b == b'o'));
    assert!(output.stderr.len() == 10 << 20 && output.stderr.iter().all(|&b| b == b'e'));
}

#[tokio::test]
async fn binary_input_comes_back_unchanged() {
    let session = Sshd::start().connect().await;
    let bytes: Vec<u8> = (0..3_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let output = session.exec(Exec::new("cat").stdin(&bytes)).await.unwrap();
    assert!(output.success() && output.stdout == bytes);
    // Without input a command reads the end at once; with unread input it may end all the same.
    assert_eq!(session.exec("wc -c").await.unwrap().stdout, b"0\n");
    assert!(session.exec(Exec::new("true").stdin(&bytes)).await.unwrap().success());
    assert!(session.exec(Exec::new("head -c 1 > /dev/null").stdin(&bytes)).await.unwrap().success());
}

#[tokio::test]
async fn too_much_output_ends_the_command_and_names_the_limit() {
    let sshd = Sshd::start();
    let session = sshd.connect().await;
    let flood = format!("yes flood-{}", sshd.port);
    let e = session.exec(Exec::new(&flood).limit_bytes(100_000)).await.unwrap_err();
    assert_eq!(
        e.to_string(),
        format!("`{flood}` on {} gave more than 100000 bytes of output; it was ended", session.at())
    );
    eventually("the flooding command ends", || !process_with(&flood)).await;
    // A follower that does not read stops itself, and nobody else.
    let mut slow = session.start(Exec::new(&flood).limit_bytes(1 << 20)).await.unwrap();
    assert!(session.exec("echo fine").await.unwrap().success());
    eventually("the unread command ends", || !process_with(&flood)).await;
    let e = loop {
        match slow.next().await {
            Ok(chunk) => assert!(chunk.is_some(), "it ended without an error"),
            Err(e) => break e,
        }
    };
    assert!(matches!(e, CommandError::TooMuchOutput { limit_bytes: 1_048_576, .. }), "{e}");
}

#[tokio::test]
async fn output_is_followed_as_it_comes() {
    let sshd = Sshd::start();
    let session = sshd.connect().await;
    let log = sshd.path("log");
    let mut file = fs::File::create(&log).unwrap();
    let mut running = session.start(format!("tail -n +1 -F {}", log.display())).await.unwrap();
    for line in ["one\n", "two\n", "three\n"] {
        file.write_all(line.as_bytes()).unwrap();
        let mut seen = Vec::new();
        while seen != line.as_bytes() {
            match running.next().await.unwrap() {
                Some(Chunk::Stdout(bytes)) => seen.extend_from_slice(&bytes),
                other => panic!("{other:?} after {seen:?}"),
            }
        }
    }
    drop(running);
    let path = log.display().to_string();
    eventually("tail ends", || !process_with(&path)).await;

    let mut running = session.start("echo a; echo b >&2; exit 3").await.unwrap();
    let mut chunks = Vec::new();
    while let Some(chunk) = running.next().await.unwrap() {
        chunks.push(chunk);
    }
    assert_eq!(chunks.pop(), Some(Chunk::Exit(Exit { status: Some(3), signal: None })));
    assert_eq!(chunks.len(), 2, "{chunks:?}");
    assert!(running.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_command_whose_caller_went_away_is_ended() {
    // sshd passes signals on for accounts other than root only.
    let Some(sshd) = Sshd::with_accounts("a_command_whose_caller_went_away", Setup::default()) else { return };
    let session = sshd.connect_as("deployer", &sshd.key()).await;
    // Nobody else sleeps so long.
    let sleep = format!("sleep 9{}", sshd.port);
    tokio::select! {
        ended = session.exec(&sleep) => panic!("it slept through: {ended:?}"),
        () = eventually("the command runs", || process_with(&sleep)) => {}
    }
    eventually("the command ends", || !process_with(&sleep)).await;
}

#[tokio::test]
async fn twenty_commands_at_once_pass_a_server_that_allows_two() {
    let setup = Setup { config: "MaxSessions 2\n".to_owned(), ..Setup::default() };
    let session = Sshd::with(setup).connect().await;
    let mut all = JoinSet::new();
    for n in 0..20 {
        let session = session.clone();
        all.spawn(async move {
            let output = session.exec(format!("echo {n}; sleep 0.05")).await.unwrap();
            assert_eq!(text(&output.stdout), format!("{n}\n"));
        });
    }
    assert_eq!(all.join_all().await.len(), 20);
}

#[tokio::test]
async fn followers_leave_a_place_for_short_commands() {
    let session = Sshd::start().connect().await;
    let mut followers = Vec::new();
    for _ in 0..3 {
        followers.push(session.start("cat; sleep 60").await.unwrap());
    }
    assert!(session.exec("true").await.unwrap().success());
    let fourth = tokio::time::timeout(Duration::from_millis(300), session.start("true"));
    assert!(fourth.await.is_err(), "a fourth follower found a place");
    followers.pop();
    assert!(session.start("true").await.is_ok());
}

#[tokio::test]
async fn a_hundred_connections_run_a_command_each() {
    let sshd = Arc::new(Sshd::start());
    let places = Arc::new(tokio::sync::Semaphore::new(8));
    let mut all = JoinSet::new();
    for n in 0..100 {
        let (sshd, places) = (sshd.clone(), places.clone());
        all.spawn(async move {
            let _place = places.acquire_owned().await.unwrap();
            (n, sshd.connect().await)
        });
    }
    let sessions = all.join_all().await;
    let mut all = JoinSet::new();
    for (n, session) in sessions {
        all.spawn(async move {
            let output = session.exec(format!("echo {n}")).await.unwrap();
            assert_eq!(text(&output.stdout), format!("{n}\n"));
            session
        });
    }
    assert_eq!(all.join_all().await.len(), 100);
}

#[tokio::test]
async fn a_nul_character_is_refused_before_it_cuts_the_command_short() {
    let session = Sshd::start().connect().await;
    let e = session.exec("echo a\0; rm -rf x").await.unwrap_err();
    assert!(matches!(e, CommandError::NulByte { .. }), "{e}");
    assert!(session.exec("true").await.unwrap().success());
}

#[tokio::test]
async fn an_account_that_may_not_run_commands_gives_a_result_not_a_hang() {
    let setup = Setup { config: "ForceCommand echo no commands here >&2; exit 1\n".to_owned(), ..Setup::default() };
    let session = Sshd::with(setup).connect().await;
    let output = session.exec("true").await.unwrap();
    assert_eq!((output.status, text(&output.stderr)), (Some(1), "no commands here\n"));
    let setup = Setup { config: "MaxSessions 0\n".to_owned(), ..Setup::default() };
    let sshd = Sshd::with(setup);
    let options = Options { channel_deadline: Duration::from_millis(300), ..Default::default() };
    let session = connect_with(&sshd.target(), &sshd.key(), &sshd.host_keys(), &options).await.unwrap();
    let e = session.exec("true").await.unwrap_err();
    assert!(matches!(e, CommandError::NoChannel { .. }), "{e}");
    assert!(e.advice(hosted_deploy_model::lang::Lang::En).contains("MaxSessions"));
}
