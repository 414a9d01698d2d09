//! The real probe under real shells, on the machine that runs the tests: no hosted engine is there.

use super::*;
use hosted_deploy_model::health::{Health, Situation, VmStatus};
use std::io::Write as _;
use std::process::{Command, Stdio};

fn run(shell: &[&str], token: &str) -> Vec<u8> {
    let (program, arguments) = shell.split_first().expect("a shell");
    let mut child = Command::new(program)
        .args(arguments)
        .arg("-s")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the shell starts");
    child.stdin.take().expect("stdin").write_all(&probe_input(token)).expect("write");
    let output = child.wait_with_output().expect("output");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell:?} complained");
    assert!(output.status.success(), "{shell:?}: {}", output.status);
    output.stdout
}

#[test]
fn the_probe_answers_under_every_shell_and_finds_no_engine_here() {
    let mut shells = vec![vec!["sh"], vec!["bash"]];
    for (path, shell) in [("/usr/bin/dash", vec!["dash"]), ("/usr/bin/busybox", vec!["busybox", "sh"])] {
        if std::path::Path::new(path).exists() {
            shells.push(shell);
        }
    }
    for shell in shells {
        let token = probe_token();
        let reading = Reading::parse("here", &token, &run(&shell, &token)).expect("a reading");
        assert!(reading.now > 1_700_000_000, "{shell:?}");
        // busybox has a df of its own, without --output; a host has coreutils.
        assert!(!reading.space.is_empty() || shell.contains(&"busybox"), "{shell:?}");
        assert_eq!((reading.deployed, &reading.vm_status), (false, &VmStatus::NoCommand), "{shell:?}");
        assert_eq!(Health::of(&[reading], &[]).situation, Situation::NotDeployed, "{shell:?}");
    }
}

#[test]
fn a_broken_off_answer_is_no_reading() {
    let token = probe_token();
    let output = run(&["sh"], &token);
    let half = output.get(..output.len() / 2).expect("half");
    assert!(matches!(Reading::parse("here", &token, half), Err(ParseError::CutOff(_))));
    assert!(matches!(Reading::parse("here", &token, b"no shell\n"), Err(ParseError::NotAProbe(_))));
}
