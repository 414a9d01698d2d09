//! The login of the pages against a real OpenSSH server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may assert the short way, in its helpers too"
)]

#[path = "ssh/sshd.rs"]
#[allow(dead_code, reason = "shared with the tests of SSH itself, which use all of it")]
mod sshd;

use hosted_deploy::web::{Attempt, Entered, Login, Proof, Refusal, SshLogin};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::secret::Secret;
use sshd::{PASSWORD, Setup, Sshd};

async fn attempt(login: &SshLogin, server: &Sshd, password: &str, trusted: Option<&str>) -> Result<Entered, Refusal> {
    let attempt = Attempt {
        target: server.target_as("deployer"),
        proof: Proof::Password(Secret::from(password)),
        trusted: trusted.map(str::to_owned),
        lang: Lang::En,
    };
    login.log_in(attempt).await
}

#[tokio::test]
async fn a_person_compares_the_key_once_and_then_the_password_decides() {
    let Some(server) = Sshd::with_accounts("the login of the pages", Setup::default()) else { return };
    let state = tempfile::tempdir().unwrap();
    let login = SshLogin::new(state.path());
    let expected = server.fingerprint("ed25519");

    for trusted in [None, Some("SHA256:another"), Some("")] {
        match attempt(&login, &server, PASSWORD, trusted).await {
            Err(Refusal::Stranger { fingerprint, .. }) => assert_eq!(fingerprint, expected),
            other => panic!("{trusted:?}: {other:?}"),
        }
    }
    assert!(!server.log().contains("deployer"), "a password went to a server that nobody trusts:\n{}", server.log());

    match attempt(&login, &server, "wrong-canary-3", Some(&expected)).await {
        Err(Refusal::Failed { what, remedy }) => {
            assert!(what.contains("deployer") && !remedy.is_empty(), "{what} / {remedy}");
            assert!(!format!("{what}{remedy}").contains("canary"), "{what} / {remedy}");
        }
        other => panic!("{other:?}"),
    }
    let entered = attempt(&login, &server, PASSWORD, None).await.expect("the key is known by now");
    assert!(entered.host_key.contains(&expected), "{}", entered.host_key);
}
