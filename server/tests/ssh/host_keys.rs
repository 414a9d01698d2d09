//! Which host keys are trusted: first use, known-hosts files in all their forms, changed and revoked keys.

use crate::sshd::{Setup, Sshd, fingerprint, keygen, run};
use hosted_deploy::ssh::{ConnectError, FirstUse, HostKeys, Place, Session, connect};
use hosted_deploy_model::lang::Lang;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

async fn with(sshd: &Sshd, host_keys: &HostKeys) -> Result<Session, ConnectError> {
    connect(&sshd.target(), &sshd.key(), host_keys).await
}

/// Knows only what the file says.
fn only(sshd: &Sshd, known_hosts: &str) -> HostKeys {
    fs::write(sshd.path("known_hosts"), known_hosts).unwrap();
    HostKeys::new(sshd.path("ours"), FirstUse::Refuse).also(sshd.path("known_hosts"))
}

/// Another key of this kind, as a known-hosts line for the server.
fn other_key(sshd: &Sshd, kind: &str) -> (String, String) {
    let path = sshd.path(&format!("other_{kind}"));
    if !path.exists() {
        keygen(&path, &["-t", kind], "");
    }
    let public = path.with_extension("pub");
    let line = format!("[127.0.0.1]:{} {}", sshd.port, fs::read_to_string(&public).unwrap());
    (line, fingerprint(&public))
}

#[tokio::test]
async fn an_accepted_key_is_written_down_and_counts_from_then_on() {
    let sshd = Sshd::start();
    let ours = sshd.path("state/folder/known_hosts");
    let session = with(&sshd, &HostKeys::new(&ours, FirstUse::Accept)).await.unwrap();
    assert_eq!(session.host_key().fingerprint, sshd.fingerprint("ed25519"));
    assert_eq!(session.host_key().algorithm, "ssh-ed25519");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&ours), mode(ours.parent().unwrap())), (0o600, 0o700));
    let line = sshd.known_hosts_line("ed25519");
    let words: Vec<&str> = line.split_whitespace().take(3).collect();
    assert_eq!(fs::read_to_string(&ours).unwrap(), words.join(" ") + "\n");
    // OpenSSH reads what we wrote.
    let name = format!("[127.0.0.1]:{}", sshd.port);
    run(Command::new("ssh-keygen").args(["-F", &name, "-f"]).arg(&ours));
    with(&sshd, &HostKeys::new(&ours, FirstUse::Refuse)).await.unwrap();
}

#[tokio::test]
async fn many_first_contacts_at_once_leave_one_line() {
    let sshd = Arc::new(Sshd::start());
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let sshd = sshd.clone();
        all.spawn(async move { with(&sshd, &sshd.host_keys()).await.unwrap() });
    }
    all.join_all().await;
    assert_eq!(fs::read_to_string(sshd.path("state/known_hosts")).unwrap().lines().count(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_refused_with_its_fingerprint() {
    let sshd = Sshd::start();
    let e = with(&sshd, &only(&sshd, "")).await.unwrap_err();
    let (at, fingerprint) = (sshd.target().host_port(), sshd.fingerprint("ed25519"));
    assert_eq!(e.to_string(), format!("did not connect to {at}: its host key ssh-ed25519 {fingerprint} is not known"));
    assert!(e.advice(Lang::En).contains("ssh-keygen -lf"));
    assert!(!sshd.path("ours").exists());
    assert!(!sshd.log().contains("Accepted"), "it logged in all the same");
}

#[tokio::test]
async fn a_person_is_asked_once_and_decides() {
    let sshd = Sshd::start();
    let ours = sshd.path("ours");
    let no = HostKeys::new(&ours, FirstUse::ask(|_| async { false }));
    let e = with(&sshd, &no).await.unwrap_err();
    assert!(matches!(e, ConnectError::HostKeyUnknown(_)), "{e}");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = asked.clone();
    let yes = HostKeys::new(
        &ours,
        FirstUse::ask(move |host| {
            heard.lock().unwrap().push(host);
            async { true }
        }),
    );
    with(&sshd, &yes).await.unwrap();
    with(&sshd, &yes).await.unwrap();
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].fingerprint, sshd.fingerprint("ed25519"));
    assert_eq!(asked[0].at, sshd.target().host_port());
}

#[tokio::test]
async fn a_changed_key_names_both_fingerprints_the_line_and_the_way_out() {
    let sshd = Sshd::start();
    let (line, recorded) = other_key(&sshd, "ed25519");
    for policy in [FirstUse::Accept, FirstUse::Refuse, FirstUse::ask(|_| async { panic!("nobody is to be asked") })] {
        fs::write(sshd.path("known_hosts"), format!("# hosts\n\n{line}")).unwrap();
        let host_keys = HostKeys::new(sshd.path("ours"), policy).also(sshd.path("known_hosts"));
        let e = with(&sshd, &host_keys).await.unwrap_err();
        let file = sshd.path("known_hosts").display().to_string();
        let offered = sshd.fingerprint("ed25519");
        assert_eq!(
            e.to_string(),
            format!(
                "did not connect to {}: its host key has changed: it shows ssh-ed25519 {offered}, \
                 recorded is ssh-ed25519 {recorded} in {file} line 3",
                sshd.target().host_port()
            )
        );
        for lang in [Lang::En, Lang::Ja] {
            let advice = e.advice(lang);
            let command = format!("ssh-keygen -R '[127.0.0.1]:{}' -f {file}", sshd.port);
            assert!(advice.contains(&command) && advice.contains(&offered), "{advice}");
        }
        assert!(!sshd.path("ours").exists());
    }
    assert!(!sshd.log().contains("Accepted"), "it logged in all the same");
}

#[tokio::test]
async fn a_host_known_by_another_kind_of_key_is_asked_for_that_kind() {
    let sshd = Sshd::with(Setup { host_keys: vec!["ed25519", "ecdsa", "rsa"], ..Setup::default() });
    for kind in ["rsa", "ecdsa", "ed25519"] {
        let session = with(&sshd, &only(&sshd, &sshd.known_hosts_line(kind))).await.unwrap();
        assert_eq!(session.host_key().fingerprint, sshd.fingerprint(kind));
    }
    // And one that shows a kind never recorded, instead of the recorded one, has changed.
    let ed25519_only = Sshd::start();
    let (line, recorded) = other_key(&ed25519_only, "rsa");
    let e = with(&ed25519_only, &only(&ed25519_only, &line)).await.unwrap_err();
    assert!(matches!(&e, ConnectError::HostKeyChanged(c) if c.recorded.fingerprint == recorded), "{e}");
}

#[tokio::test]
async fn openssh_files_are_read_hashed_with_patterns_and_several_names() {
    let sshd = Sshd::start();
    let line = sshd.known_hosts_line("ed25519");
    let key = line.split_once(' ').unwrap().1;
    let at = format!("[127.0.0.1]:{}", sshd.port);
    for names in [format!("other,{at},third"), format!("[127.0.0.?]:{}", sshd.port), format!("*,!{at}x")] {
        with(&sshd, &only(&sshd, &format!("{names} {key}"))).await.unwrap_or_else(|e| panic!("{names}: {e}"));
    }
    for names in ["127.0.0.1".to_owned(), format!("*,!{at}"), format!("[127.0.0.1]:{}0", sshd.port)] {
        let e = with(&sshd, &only(&sshd, &format!("{names} {key}"))).await.unwrap_err();
        assert!(matches!(e, ConnectError::HostKeyUnknown(_)), "{names}: {e}");
    }
    let host_keys = only(&sshd, &format!("first {key}\n{line}"));
    run(Command::new("ssh-keygen").args(["-q", "-H", "-f"]).arg(sshd.path("known_hosts")));
    let hashed = fs::read_to_string(sshd.path("known_hosts")).unwrap();
    assert!(hashed.starts_with("|1|") && !hashed.contains("127.0.0.1"), "{hashed}");
    with(&sshd, &host_keys).await.unwrap();
}

#[tokio::test]
async fn a_revoked_key_is_refused_even_where_another_line_trusts_it() {
    let sshd = Sshd::start();
    let line = sshd.known_hosts_line("ed25519");
    let key = line.split_once(' ').unwrap().1;
    let e = with(&sshd, &only(&sshd, &format!("{line}\n@revoked * {key}"))).await.unwrap_err();
    let ConnectError::HostKeyRevoked { offered, place, .. } = &e else { panic!("{e}") };
    assert_eq!(offered.fingerprint, sshd.fingerprint("ed25519"));
    assert_eq!(*place, Place::File { path: sshd.path("known_hosts"), line: 3 });
    assert!(e.advice(Lang::En).contains("Don't log in"));
}

#[tokio::test]
async fn a_certificate_authority_line_is_passed_over_with_a_reason() {
    let sshd = Sshd::start();
    let line = sshd.known_hosts_line("ed25519");
    let e = with(&sshd, &only(&sshd, &format!("@cert-authority {line}"))).await.unwrap_err();
    let file = sshd.path("known_hosts").display().to_string();
    assert!(e.to_string().contains(&format!("(not used: {file} line 1: @cert-authority")), "{e}");
}

#[tokio::test]
async fn a_file_of_ours_that_cannot_be_used_stops_the_connection_instead_of_forgetting_hosts() {
    let sshd = Sshd::start();
    fs::create_dir(sshd.path("ours")).unwrap();
    let e = with(&sshd, &HostKeys::new(sshd.path("ours"), FirstUse::Accept)).await.unwrap_err();
    assert!(matches!(e, ConnectError::HostKeyFile { .. }), "{e}");
    assert!(e.advice(Lang::Ja).contains("読み書き"));
    assert!(!sshd.log().contains("Accepted"));
}

#[tokio::test]
async fn a_file_of_ours_without_a_last_newline_is_continued_on_a_new_line() {
    let sshd = Sshd::start();
    fs::write(sshd.path("ours"), "# mine").unwrap();
    with(&sshd, &HostKeys::new(sshd.path("ours"), FirstUse::Accept)).await.unwrap();
    let text = fs::read_to_string(sshd.path("ours")).unwrap();
    assert!(text.starts_with("# mine\n[127.0.0.1]:") && text.ends_with('\n'), "{text}");
}

#[tokio::test]
async fn a_key_that_changes_while_the_person_thinks_is_not_trusted() {
    let sshd = Sshd::start();
    let (other, _) = other_key(&sshd, "ed25519");
    let calls = Arc::new(AtomicUsize::new(0));
    let (ours, counted) = (sshd.path("ours"), calls.clone());
    let file = ours.clone();
    let host_keys = HostKeys::new(
        ours,
        FirstUse::ask(move |_| {
            // Meanwhile somebody else records another key for the host.
            counted.fetch_add(1, Ordering::Relaxed);
            fs::write(&file, &other).unwrap();
            async { true }
        }),
    );
    let e = with(&sshd, &host_keys).await.unwrap_err();
    assert!(matches!(e, ConnectError::HostKeyChanged(_)), "{e}");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}
