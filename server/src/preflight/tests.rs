//! The real probe under real shells, on the machine that runs the tests.

use super::*;
use std::io::Write as _;
use std::process::{Command, Stdio};

fn run(shell: &[&str], token: &str, questions: &Questions) -> Vec<u8> {
    let (program, arguments) = shell.split_first().expect("a shell");
    let mut child = Command::new(program)
        .args(arguments)
        .arg("-s")
        .env("https_proxy", "http://user:canary-password@proxy.example:3128")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the shell starts");
    child.stdin.take().expect("stdin").write_all(&probe_input(token, questions)).expect("write");
    let output = child.wait_with_output().expect("output");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell:?} complained");
    assert!(output.status.success(), "{shell:?}: {}", output.status);
    output.stdout
}

fn questions() -> Questions {
    Questions {
        names: vec!["localhost".into(), "no-such-host.invalid".into()],
        addresses: vec!["127.0.0.1".parse().expect("address")],
        living: vec!["127.0.0.1".parse().expect("address")],
        ports: vec![("127.0.0.1".into(), 1)],
        ..Default::default()
    }
}

/// Not busybox: its shell prefers its own `ip` to the host's, and no host has it for its shell.
fn shells() -> Vec<Vec<&'static str>> {
    let mut shells = vec![vec!["sh"], vec!["bash"], vec!["bash", "--posix"]];
    if std::path::Path::new("/usr/bin/dash").exists() {
        shells.push(vec!["dash"]);
    }
    shells
}

#[test]
fn the_probe_answers_under_every_shell() {
    for shell in shells() {
        let token = probe_token();
        let facts = Facts::parse(&token, &run(&shell, &token, &questions())).expect("facts");
        assert!(facts.processors > 0, "{shell:?}");
        assert!(facts.memory.total_mib.is_some_and(|mib| mib > 0), "{shell:?}");
        assert!(facts.interface("lo").is_some_and(|lo| !lo.addresses.is_empty()), "{shell:?}");
        let names = &facts.names;
        let local = names.forward.iter().find(|lookup| lookup.name == "localhost").expect("localhost asked");
        assert!(local.all.as_ref().is_some_and(|found| !found.is_empty()), "{shell:?}: {local:?}");
        assert!(local.files.as_ref().is_some_and(|found| !found.is_empty()), "{shell:?}: {local:?}");
        let port = names.ports.first().expect("port asked");
        assert_eq!((port.target.as_str(), port.port, port.open), ("127.0.0.1", 1, Some(false)), "{shell:?}");
        assert!(names.reverse.iter().any(|known| known.address.is_loopback()), "{shell:?}");
    }
}

#[test]
fn a_password_in_a_proxy_setting_stays_on_the_host() {
    let token = probe_token();
    let output = run(&["sh"], &token, &Questions::default());
    let text = String::from_utf8_lossy(&output);
    assert!(text.contains("https_proxy=http://********@proxy.example:3128"));
    assert!(!text.contains("canary-password"));
}

#[test]
fn a_broken_off_answer_is_no_facts() {
    let token = probe_token();
    let output = run(&["sh"], &token, &Questions::default());
    let half = output.get(..output.len() / 2).expect("half");
    assert!(matches!(Facts::parse(&token, half), Err(ParseError::CutOff(_))));
    assert!(matches!(Facts::parse(&token, b"This account is not available.\n"), Err(ParseError::NotAProbe(_))));
}
