//! Every way to log in, and what is said when none suffices.

use crate::sshd::{PASSWORD, Setup, Sshd, keygen, me, run};
use hosted_deploy::ssh::{ConnectError, Credential, Credentials, Outcome, Session, connect, needs_passphrase};
use hosted_deploy_model::{lang::Lang, secret::Secret};
use std::{
    fs,
    os::unix::net::UnixStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

fn password(text: &str) -> Credentials {
    Credentials::password(Secret::from(text))
}

/// A server whose passwords go by keyboard-interactive only.
fn pam() -> Setup {
    let config = "UsePAM yes\nPasswordAuthentication no\nKbdInteractiveAuthentication yes\n";
    Setup { config: config.to_owned(), ..Setup::default() }
}

async fn whoami(session: &Session) -> String {
    let output = session.exec("id -un").await.unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

async fn refused(sshd: &Sshd, user: &str, credentials: &Credentials) -> ConnectError {
    let target = sshd.target_as(user);
    connect(&target, credentials, &sshd.host_keys()).await.expect_err("it let us in")
}

#[tokio::test]
async fn every_kind_of_key_opens_with_and_without_a_passphrase() {
    let sshd = Sshd::start();
    let kinds: [(&str, &[&str]); 9] = [
        ("ed25519", &["-t", "ed25519"]),
        ("ecdsa256", &["-t", "ecdsa", "-b", "256"]),
        ("ecdsa384", &["-t", "ecdsa", "-b", "384"]),
        ("ecdsa521", &["-t", "ecdsa", "-b", "521"]),
        ("ecdsa_pem", &["-t", "ecdsa", "-m", "PEM"]),
        ("ecdsa_pkcs8", &["-t", "ecdsa", "-m", "PKCS8"]),
        ("rsa", &["-t", "rsa", "-b", "2048"]),
        ("rsa_pem", &["-t", "rsa", "-b", "2048", "-m", "PEM"]),
        ("rsa_pkcs8", &["-t", "rsa", "-b", "2048", "-m", "PKCS8"]),
    ];
    let mut authorized = String::new();
    for (name, kind) in kinds {
        for (suffix, passphrase) in [("", ""), ("_locked", PASSWORD)] {
            let path = sshd.path(&format!("{name}{suffix}"));
            keygen(&path, kind, passphrase);
            authorized += &fs::read_to_string(path.with_extension("pub")).unwrap();
        }
    }
    fs::write(sshd.path("authorized_keys"), authorized).unwrap();
    let mut failed = Vec::new();
    for (name, _) in kinds {
        for (suffix, passphrase) in [("", None), ("_locked", Some(Secret::from(PASSWORD)))] {
            if (name, suffix) == ("ecdsa_pem", "_locked") {
                continue; // refused as unsupported, see below
            }
            let path = sshd.path(&format!("{name}{suffix}"));
            assert_eq!(needs_passphrase(&path).unwrap(), passphrase.is_some(), "{name}{suffix}");
            let text = Secret::from(fs::read_to_string(&path).unwrap());
            let as_text = Credentials::new([Credential::Key { text, passphrase: passphrase.clone() }]);
            for credentials in [Credentials::key_file(&path, passphrase), as_text] {
                match connect(&sshd.target(), &credentials, &sshd.host_keys()).await {
                    Ok(session) => assert_eq!(whoami(&session).await, me()),
                    Err(e) => failed.push(format!("{name}{suffix}: {e}")),
                }
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
async fn a_locked_key_tells_a_missing_from_a_wrong_passphrase() {
    let sshd = Sshd::start();
    for (name, format) in [("new", "RFC4716"), ("pem", "PEM"), ("pkcs8", "PKCS8")] {
        let path = sshd.path(name);
        keygen(&path, &["-t", "rsa", "-b", "2048", "-m", format], "right");
        let e = refused(&sshd, &me(), &Credentials::key_file(&path, None)).await;
        assert!(matches!(e, ConnectError::KeyEncrypted { .. }), "{name}: {e}");
        let wrong = Some(Secret::from(PASSWORD));
        let e = refused(&sshd, &me(), &Credentials::key_file(&path, wrong)).await;
        assert!(matches!(e, ConnectError::KeyPassphraseWrong { .. }), "{name}: {e}");
        assert!(e.to_string().contains(&path.display().to_string()));
        assert!(e.advice(Lang::En).contains("ssh-keygen -yf"), "{}", e.advice(Lang::En));
        assert!(e.advice(Lang::Ja).contains("パスフレーズ"), "{}", e.advice(Lang::Ja));
    }
}

#[tokio::test]
async fn a_file_that_is_no_usable_key_says_why() {
    let sshd = Sshd::start();
    let folder = sshd.dir.path().display().to_string();
    let files = [
        ("garbage", "hello\n".to_owned(), "it is no private key"),
        ("dsa", "-----BEGIN DSA PRIVATE KEY-----\n".to_owned(), "it is a DSA key"),
        ("big", "x".repeat(300_000), "it has 300000 bytes"),
        (
            "old",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,00\n".to_owned(),
            "not AES-128-CBC",
        ),
        (
            "old_ec",
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n".to_owned(),
            "only RSA ones",
        ),
        ("cut", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n".to_owned(), "cannot use the private key"),
    ];
    for (name, text, why) in files {
        fs::write(sshd.path(name), text).unwrap();
        let e = refused(&sshd, &me(), &Credentials::key_file(sshd.path(name), None)).await;
        assert!(matches!(e, ConnectError::KeyUnsupported { .. }), "{name}: {e}");
        assert!(e.to_string().contains(why) && e.to_string().contains(&folder), "{name}: {e}");
    }
    let e = refused(&sshd, &me(), &Credentials::key_file(sshd.path("id.pub"), None)).await;
    assert!(e.to_string().contains("it is a public key"), "{e}");
    let e = refused(&sshd, &me(), &Credentials::key_file(sshd.path("none"), None)).await;
    assert!(matches!(e, ConnectError::KeyUnreadable { .. }), "{e}");
}

#[tokio::test]
async fn a_password_logs_in() {
    let Some(sshd) = Sshd::with_accounts("a_password_logs_in", Setup::default()) else { return };
    let session = sshd.connect_as("deployer", &password(PASSWORD)).await;
    assert_eq!(whoami(&session).await, "deployer");
}

#[tokio::test]
async fn a_wrong_password_is_refused_with_what_was_tried_and_what_is_offered() {
    let Some(sshd) = Sshd::with_accounts("a_wrong_password_is_refused", Setup::default()) else { return };
    let e = refused(&sshd, "deployer", &password("wrong-canary")).await;
    let at = sshd.target().host_port();
    assert_eq!(
        e.to_string(),
        format!(
            "the login as deployer on {at} was refused; tried: password (refused); the server offers: publickey, password"
        )
    );
    assert!(e.advice(Lang::En).contains("journalctl -u sshd"), "{}", e.advice(Lang::En));
}

#[tokio::test]
async fn keyboard_interactive_is_answered_with_the_password() {
    let Some(sshd) = Sshd::with_accounts("keyboard_interactive", pam()) else { return };
    let session = sshd.connect_as("deployer", &password(PASSWORD)).await;
    assert_eq!(whoami(&session).await, "deployer");
    let e = refused(&sshd, "deployer", &password("wrong")).await;
    assert!(e.to_string().contains("password by keyboard-interactive (refused)"), "{e}");
    let key = Credential::KeyFile { path: sshd.path("id"), passphrase: None };
    sshd.connect_as("deployer", &password("wrong").then(key)).await;
}

#[tokio::test]
async fn a_question_that_no_password_answers_is_reported() {
    let Some(sshd) = Sshd::with_accounts("a_question_that_no_password_answers", pam()) else { return };
    // An expired password: PAM lets it in and then asks for a new one.
    let shadow = fs::read_to_string(sshd.path("etc/shadow")).unwrap();
    let expired = shadow.lines().map(|line| {
        let mut fields: Vec<&str> = line.split(':').collect();
        if fields[0] == "deployer" {
            fields[2] = "0";
        }
        fields.join(":") + "\n"
    });
    fs::write(sshd.path("etc/shadow"), expired.collect::<String>()).unwrap();
    let e = refused(&sshd, "deployer", &password(PASSWORD)).await;
    let ConnectError::AuthRefused { attempts, .. } = &e else { panic!("{e}") };
    assert!(matches!(&attempts[0].outcome, Outcome::Asked(prompt) if prompt.ends_with("Current password:")), "{e}");
    assert!(e.advice(Lang::En).contains("an expired password"), "{}", e.advice(Lang::En));
}

#[tokio::test]
async fn ways_are_tried_in_their_order_and_what_is_not_offered_is_not_sent() {
    let setup = Setup { config: "PasswordAuthentication no\n".to_owned(), ..Setup::default() };
    let sshd = Sshd::with(setup);
    keygen(&sshd.path("stranger"), &["-t", "ed25519"], "");
    let stranger = Credential::KeyFile { path: sshd.path("stranger"), passphrase: None };
    let missing = Credential::KeyFile { path: sshd.path("none"), passphrase: None };
    let ways = Credentials::new([missing, stranger, Credential::Password(Secret::from(PASSWORD))]);
    let e = refused(&sshd, &me(), &ways).await;
    let ConnectError::AuthRefused { attempts, offered, .. } = &e else { panic!("{e}") };
    assert!(matches!(attempts[0].outcome, Outcome::Unusable(_)), "{e}");
    assert!(attempts[1].way.contains("SHA256:") && attempts[1].outcome == Outcome::Refused, "{e}");
    assert_eq!(attempts[2].outcome, Outcome::NotOffered);
    assert_eq!(offered, &["publickey"]);
    let ways = ways.then(Credential::KeyFile { path: sshd.path("id"), passphrase: None });
    sshd.connect_as(&me(), &ways).await;
}

#[tokio::test]
async fn two_proofs_are_given_where_two_are_wanted_in_any_order() {
    let setup = Setup { config: "AuthenticationMethods publickey,password\n".to_owned(), ..Setup::default() };
    let Some(sshd) = Sshd::with_accounts("two_proofs", setup) else { return };
    let key = Credential::KeyFile { path: sshd.path("id"), passphrase: None };
    let both = password(PASSWORD).then(key.clone());
    assert_eq!(whoami(&sshd.connect_as("deployer", &both).await).await, "deployer");
    let e = refused(&sshd, "deployer", &Credentials::new([key])).await;
    assert!(e.to_string().contains("(accepted, more is wanted)"), "{e}");
    assert!(e.to_string().ends_with("the server offers: password"), "{e}");
}

#[tokio::test]
async fn a_server_that_hangs_up_over_too_many_keys_says_so() {
    let setup = Setup { config: "MaxAuthTries 2\n".to_owned(), ..Setup::default() };
    let sshd = Sshd::with(setup);
    let agent = Agent::start(&sshd);
    for n in 0..4 {
        keygen(&sshd.path(&format!("k{n}")), &["-t", "ed25519"], "");
        agent.add(&sshd, &format!("k{n}"));
    }
    let e = refused(&sshd, &me(), &agent.credentials(&sshd)).await;
    assert!(e.to_string().contains("Too many authentication failures"), "{e}");
    assert!(e.advice(Lang::En).contains("MaxAuthTries"), "{}", e.advice(Lang::En));
}

struct Agent(Child);

impl Agent {
    fn start(sshd: &Sshd) -> Self {
        let child =
            Command::new("ssh-agent").args(["-D", "-a"]).arg(sshd.path("agent")).stdout(Stdio::null()).spawn().unwrap();
        // The file is there before anybody listens.
        let deadline = Instant::now() + Duration::from_secs(20);
        while UnixStream::connect(sshd.path("agent")).is_err() {
            assert!(Instant::now() < deadline, "ssh-agent did not come up");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self(child)
    }

    fn add(&self, sshd: &Sshd, key: &str) {
        run(Command::new("ssh-add").arg("-q").arg(sshd.path(key)).env("SSH_AUTH_SOCK", sshd.path("agent")));
    }

    fn credentials(&self, sshd: &Sshd) -> Credentials {
        Credentials::new([Credential::Agent { socket: Some(sshd.path("agent")) }])
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_agent_signs_with_each_kind_of_key() {
    let sshd = Sshd::start();
    for (name, kind) in [
        ("agent_ed", ["-t", "ed25519", "-b", "256"]),
        ("agent_ec", ["-t", "ecdsa", "-b", "256"]),
        ("agent_rsa", ["-t", "rsa", "-b", "2048"]),
    ] {
        let _ = fs::remove_file(sshd.path("agent"));
        let agent = Agent::start(&sshd);
        keygen(&sshd.path(name), &kind, "");
        fs::copy(sshd.path(&format!("{name}.pub")), sshd.path("authorized_keys")).unwrap();
        agent.add(&sshd, name);
        sshd.connect_as(&me(), &agent.credentials(&sshd)).await;
    }
}

#[tokio::test]
async fn an_agent_without_keys_or_without_a_socket_is_named() {
    let sshd = Sshd::start();
    let e = refused(&sshd, &me(), &Credentials::new([Credential::Agent { socket: Some(sshd.path("agent")) }])).await;
    assert!(matches!(e, ConnectError::Agent { .. }), "{e}");
    let agent = Agent::start(&sshd);
    let e = refused(&sshd, &me(), &agent.credentials(&sshd)).await;
    assert_eq!(e.to_string(), "cannot use the ssh-agent: it holds no key");
    assert!(e.advice(Lang::En).contains("ssh-add"));
    let e = refused(&sshd, &me(), &Credentials::default()).await;
    assert!(e.to_string().contains("tried: nothing; the server offers: publickey, password"), "{e}");
}
