//! The real script under real shells, on the machine that runs the tests.

use super::*;
use hosted_deploy_model::storage::{GlusterQuery, NfsQuery, Trial};
use std::io::Write as _;
use std::process::{Command, Stdio};

fn nfs(path: &str) -> Query {
    Query::Nfs(NfsQuery { server: "127.0.0.1".to_owned(), path: Some(path.to_owned()), ..NfsQuery::default() })
}

/// Runs it without a mount namespace, where it must refuse to mount.
fn run(shell: &[&str], query: &Query) -> Discovery {
    let (program, arguments) = shell.split_first().expect("a shell");
    let mut child = Command::new(program)
        .args(arguments)
        .arg("-s")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the shell starts");
    let token = probe_token();
    let input = look_input(&token, query).expect("askable");
    child.stdin.take().expect("stdin").write_all(&input).expect("write");
    let output = child.wait_with_output().expect("output");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell:?} complained");
    Discovery::parse(&token, &output.stdout).expect("a discovery")
}

#[test]
fn the_script_answers_under_every_shell_and_never_mounts_among_the_host_s_own_mounts() {
    let mut shells = vec![vec!["sh"], vec!["bash"]];
    if std::path::Path::new("/usr/bin/busybox").exists() {
        shells.push(vec!["busybox", "sh"]);
    }
    for shell in shells {
        let Discovery::Nfs(found) = run(&shell, &nfs("/exports/he")) else { panic!("no NFS") };
        let folder = found.folder.expect("a trial");
        assert_eq!(folder.source, "127.0.0.1:/exports/he", "{shell:?}");
        assert!(matches!(folder.trial, Trial::NotPossible(_)), "{shell:?}: {folder:?}");
        assert!(matches!(run(&shell, &Query::Fc), Discovery::Fc(_)), "{shell:?}");
    }
}

#[test]
fn values_that_a_command_could_read_otherwise_are_refused() {
    for path in ["/a b", "/$(reboot)", "-o", "/x\nkind fc", "/`id`", "/a;b", "/*"] {
        let refused = look_input("T", &nfs(path));
        assert!(matches!(refused, Err(DiscoverError::NotAskable { what: "path", .. })), "{path:?}: {refused:?}");
    }
}

#[test]
fn version_and_options_are_what_the_engine_mounts_with() {
    let query = |version, options: &str| {
        let mount_options = Some(options.to_owned());
        Query::Nfs(NfsQuery { server: "s".into(), path: Some("/p".into()), version, mount_options })
    };
    let asked = |query| String::from_utf8(look_input("T", &query).expect("askable")).expect("text");
    assert!(asked(query(NfsVersion::V4_1, "")).contains("\noptions vers=4.1\n"));
    assert!(asked(query(NfsVersion::V3, "timeo=600")).contains("\noptions vers=3,timeo=600\n"));
    assert!(!asked(query(NfsVersion::Auto, "")).contains("\noptions "));
    let gluster = GlusterQuery { server: "g".into(), volume: "he/sub".into(), mount_options: None };
    assert!(asked(Query::Glusterfs(gluster)).contains("\nserver g\npath he/sub\n"));
}
