//! The probe and `hosted-deploy check` over a real sshd, on the machine that runs the tests.

use crate::sshd::{PASSWORD, Setup, Sshd, free_port, is_root, skipped};
use hosted_deploy::preflight::{gather, probe_input};
use hosted_deploy::ssh::Become;
use hosted_deploy_model::check::Status;
use hosted_deploy_model::facts::Questions;
use hosted_deploy_model::secret::Secret;
use std::process::Command;

/// What a run of the command gave: exit code, standard output, standard error.
fn check(sshd: &Sshd, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hosted-deploy"))
        .arg("check")
        .args(arguments)
        .env("HOSTED_DEPLOY_STATE", sshd.path("state"))
        .env("HOSTED_DEPLOY_LANG", "en")
        .env_remove("SSH_AUTH_SOCK")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// The options that reach the server.
fn reach(sshd: &Sshd) -> [String; 6] {
    let target = sshd.target();
    let address = format!("127.0.0.1:{}", target.port);
    let key = sshd.path("id").display().to_string();
    ["--host".into(), address, "--key".into(), key, "--accept-new-host-key".into(), format!("--user={}", target.user)]
}

fn with<'a>(reach: &'a [String; 6], more: &[&'a str]) -> Vec<&'a str> {
    reach.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

#[tokio::test]
async fn a_session_reads_the_host() {
    let sshd = Sshd::start();
    let session = sshd.connect().await;
    let questions = Questions { names: vec!["localhost".into()], ..Default::default() };
    let facts = gather(&session, &questions).await.unwrap();
    assert!(facts.processors > 0 && facts.memory.total_mib.is_some());
    let local = facts.names.forward.iter().find(|lookup| lookup.name == "localhost").unwrap();
    assert!(local.all.as_ref().is_some_and(|addresses| !addresses.is_empty()));
}

#[tokio::test]
async fn by_sudo_it_reads_as_root_and_without_as_the_user() {
    let Some(sshd) = Sshd::with_accounts("by_sudo_it_reads_as_root", Setup::default()) else { return };
    let session = sshd.connect_as("deployer", &sshd.key()).await;
    let facts = gather(&session, &Questions::default()).await.unwrap();
    assert_ne!(facts.host.uid, Some(0));
    assert_eq!(facts.host.root_rights, Some(false), "sudo asks this account for a password");
    let root = session.root(&Become::Sudo { password: Some(Secret::from(PASSWORD)) }).await.unwrap();
    let facts = gather(&root, &Questions::default()).await.unwrap();
    assert_eq!((facts.host.uid, facts.host.root_rights), (Some(0), Some(true)));
}

/// An account whose shell is none gives an error that says so, not empty facts.
#[tokio::test]
async fn a_host_that_ends_the_probe_is_an_error() {
    let sshd = Sshd::with(Setup {
        config: "ForceCommand echo This account is not available.; exit 1".into(),
        ..Default::default()
    });
    let session = sshd.connect().await;
    let error = gather(&session, &Questions::default()).await.unwrap_err();
    let said = format!("{error}: {}", std::error::Error::source(&error).unwrap());
    assert!(said.contains("status 1") && said.contains("This account is not available."), "{said}");
}

#[test]
fn check_tells_blocked_by_its_exit_code_and_names_what_blocks() {
    if !is_root() {
        return skipped(
            "check_tells_blocked_by_its_exit_code_and_names_what_blocks",
            "the command becomes root on the host",
        );
    }
    let sshd = Sshd::start();
    let reach = reach(&sshd);
    let (code, json, said) = check(&sshd, &with(&reach, &["--json"]));
    let report: serde_json::Value = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {json}{said}"));
    let blocked = report["blocked"].as_bool().unwrap();
    assert_eq!(code, Some(if blocked { 3 } else { 0 }), "{said}");
    let checks: Vec<hosted_deploy_model::check::Check> = serde_json::from_value(report["checks"].clone()).unwrap();
    assert_eq!(blocked, checks.iter().any(|check| check.blocks()));
    let (_, table, _) = check(&sshd, &with(&reach, &[]));
    for failed in checks.iter().filter(|check| check.status == Status::Failed) {
        assert!(table.contains(&format!("[{}]", failed.id)), "{} is not in\n{table}", failed.id);
    }
    let (_, plan, _) = check(&sshd, &with(&reach, &["--fix-plan"]));
    assert!(plan.starts_with("#!/bin/bash\n") && plan.lines().all(|line| line.is_empty() || line.starts_with('#')));
}

#[test]
fn skipped_checks_do_not_block_but_mandatory_and_unknown_ones_are_refused() {
    if !is_root() {
        return skipped(
            "skipped_checks_do_not_block_but_mandatory_and_unknown_ones_are_refused",
            "the command becomes root on the host",
        );
    }
    let sshd = Sshd::start();
    let reach = reach(&sshd);
    let (code, _, said) = check(&sshd, &with(&reach, &["--skip-check", "access-root"]));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("access-root"), "{said}");
    let (code, _, said) = check(&sshd, &with(&reach, &["--skip-check", "no-such-check"]));
    assert_eq!(code, Some(2), "{said}");
    let (_, json, _) = check(&sshd, &with(&reach, &["--json", "--skip-check", "os-supported"]));
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let os = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "os-supported").unwrap();
    assert_eq!(os["overridden"].as_bool().unwrap(), os["status"] == "failed");
}

#[test]
fn several_hosts_have_a_line_each_and_the_worst_decides() {
    if !is_root() {
        return skipped("several_hosts_have_a_line_each_and_the_worst_decides", "the command becomes root on the host");
    }
    let sshd = Sshd::start();
    let reach = reach(&sshd);
    let [_, good, ..] = &reach;
    let nobody = format!("127.0.0.1:{}", free_port());
    let file = sshd.path("hosts");
    std::fs::write(&file, format!("# a comment\n\n{good}\n{nobody}\n")).unwrap();
    let file = file.display().to_string();
    let named = with(&reach, &["--host", &nobody]);
    let both = with(&reach, &["--hosts", &file]);
    for arguments in [named, both] {
        let (code, lines, said) = check(&sshd, &arguments);
        assert_eq!(code, Some(4), "{lines}{said}");
        let line = |host: &str| lines.lines().find(|line| line.contains(&format!(" {host}: "))).unwrap_or_default();
        assert_eq!(lines.lines().count(), 2, "{lines}");
        assert!(line(good).starts_with(['✓', '✗']), "{lines}");
        assert!(line(&nobody).starts_with('?') && line(&nobody).contains("refused"), "{lines}");
    }
    let (code, _, said) = check(&sshd, &with(&reach, &["--host", &nobody, "--fix-plan"]));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--fix-plan"), "{said}");
}

/// Whatever becomes of the probe, its folder of notes goes with it.
#[test]
fn the_probe_leaves_nothing_behind() {
    if !is_root() {
        return skipped("the_probe_leaves_nothing_behind", "a file system of its own is mounted");
    }
    // As it ends by itself, and as somebody ends it when it has begun. /run/mount is mount's own.
    for end in ["wait $!", "until ls -d /dev/shm/hosted-deploy-probe.*/1; do sleep 0.01; done; kill $!; wait $!"] {
        let script = format!(
            "for place in /dev/shm /run /tmp; do mount -t tmpfs none $place; done
            sh -s <&3 >/dev/null & {{ {end}; }} >/dev/null 2>&1; find /dev/shm /run /tmp -mindepth 1 ! -path '/run/mount*'"
        );
        let input = tempfile::NamedTempFile::new_in("/var/tmp").unwrap();
        std::fs::write(input.path(), probe_input("T", &Questions::default())).unwrap();
        let script = format!("exec 3<{}; {script}", input.path().display());
        let output = Command::new("unshare").args(["--mount", "sh", "-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{end}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn without_a_host_or_a_way_in_it_says_so() {
    let sshd = Sshd::start();
    assert_eq!(check(&sshd, &[]).0, Some(2));
    let nobody = format!("127.0.0.1:{}", free_port());
    let (code, _, said) = check(&sshd, &["--host", &nobody, "--accept-new-host-key"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("refused"), "{said}");
}
