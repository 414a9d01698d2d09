//! Root by sudo: the real sudo, in the server's own /etc.

use crate::sshd::{PASSWORD, Setup, Sshd, is_root, run};
use hosted_deploy::ssh::{Become, Chunk, CommandError, Exec, Session, SudoError};
use hosted_deploy_model::{lang::Lang, secret::Secret};
use std::{fs, os::unix::fs::MetadataExt, process::Command};

fn sudo(password: Option<&str>) -> Become {
    Become::Sudo { password: password.map(Secret::from) }
}

fn server(test: &str) -> Option<Sshd> {
    let sshd = Sshd::with_accounts(test, Setup::default())?;
    assert!(
        std::path::Path::new("/usr/bin/sudo").exists(),
        "no /usr/bin/sudo on this machine: run `apt-get install -y sudo`"
    );
    Some(sshd)
}

async fn session(sshd: &Sshd, user: &str) -> Session {
    sshd.connect_as(user, &sshd.key()).await
}

async fn sudo_error(session: &Session, how: &Become) -> SudoError {
    match session.root(how).await.expect_err("it became root") {
        CommandError::Sudo { source, at, .. } => {
            assert_eq!(at, session.at());
            assert!(!source.advice(Lang::En).is_empty() && !source.advice(Lang::Ja).is_ascii());
            source
        }
        e => panic!("{e}"),
    }
}

/// All that a caller can do, done as root.
async fn works_as_root(root: &Session, sshd: &Sshd) {
    assert_eq!(root.exec("id -un; echo err >&2").await.unwrap().stdout, b"root\n");
    // Asked or not asked for the password (the second time stamps are fresh): the input is the command's alone.
    for _ in 0..3 {
        let input = b"line\n\0binary\xff, no end of line";
        let output = root.exec(Exec::new("cat; echo err >&2; exit 3").stdin(input)).await.unwrap();
        assert_eq!((output.status, output.stdout.as_slice()), (Some(3), input.as_slice()));
        assert_eq!(output.stderr, b"err\n");
        assert_eq!(root.exec("wc -c").await.unwrap().stdout, b"0\n");
    }
    let output = root.exec("echo \"it's\" '$HOME' \"$HOME\" ${LC_ALL-none}").await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "it's $HOME /root none\n");
    let path = sshd.path("roots/it's");
    root.upload(path.to_str().unwrap(), 0o640, "root's").await.unwrap();
    let file = fs::metadata(&path).unwrap();
    assert_eq!((file.uid(), file.mode() & 0o777), (0, 0o640));
    let mut running = root.start(Exec::new("echo \"$(id -u) $(cat)\"").stdin("streamed")).await.unwrap();
    assert_eq!(running.next().await.unwrap(), Some(Chunk::Stdout("0 streamed\n".into())));
}

#[tokio::test]
async fn the_right_password_makes_root() {
    let Some(sshd) = server("the_right_password_makes_root") else { return };
    let session = session(&sshd, "deployer").await;
    works_as_root(&session.root(&sudo(Some(PASSWORD))).await.unwrap(), &sshd).await;
    assert_eq!(session.exec("id -un").await.unwrap().stdout, b"deployer\n");
}

#[tokio::test]
async fn a_password_that_sudo_does_not_ask_for_stays_here() {
    let Some(sshd) = server("a_password_that_sudo_does_not_ask_for") else { return };
    let session = session(&sshd, "nopass").await;
    works_as_root(&session.root(&sudo(Some(PASSWORD))).await.unwrap(), &sshd).await;
    works_as_root(&session.root(&sudo(None)).await.unwrap(), &sshd).await;
}

#[tokio::test]
async fn every_reason_not_to_become_root_is_told_apart() {
    let Some(sshd) = server("every_reason_not_to_become_root") else { return };
    let deployer = session(&sshd, "deployer").await;
    assert_eq!(sudo_error(&deployer, &sudo(Some("wrong"))).await, SudoError::WrongPassword);
    assert_eq!(sudo_error(&deployer, &sudo(None)).await, SudoError::PasswordNeeded);
    let outsider = session(&sshd, "outsider").await;
    let e = sudo_error(&outsider, &sudo(Some(PASSWORD))).await;
    assert!(matches!(&e, SudoError::NotAllowed { said } if said.contains("outsider")), "{e}");
    let ttyonly = session(&sshd, "ttyonly").await;
    assert_eq!(sudo_error(&ttyonly, &sudo(Some(PASSWORD))).await, SudoError::RequiresTty);
    // A wrong password is sent once, not until the account is locked.
    assert_eq!(sudo_error(&deployer, &sudo(Some("wrong"))).await, SudoError::WrongPassword);
    let e = deployer.root(&sudo(Some("wrong-canary-77"))).await.unwrap_err();
    assert!(!format!("{e} {e:?}").contains("canary-77"), "{e:?}");
    // The session itself is none the worse.
    assert!(deployer.exec("true").await.unwrap().success());
}

#[tokio::test]
async fn a_sudo_that_is_broken_is_quoted() {
    let Some(sshd) = server("a_sudo_that_is_broken") else { return };
    fs::remove_file(sshd.path("etc/sudoers")).unwrap();
    let deployer = session(&sshd, "deployer").await;
    let e = sudo_error(&deployer, &sudo(Some(PASSWORD))).await;
    assert!(matches!(&e, SudoError::Other { status, said } if status == "1" && said.contains("sudoers")), "{e}");
}

#[tokio::test]
async fn a_host_without_sudo_says_so() {
    let test = "a_host_without_sudo";
    if !is_root() {
        return crate::sshd::skipped(test, "accounts need root");
    }
    let bin = tempfile::tempdir().unwrap();
    fs::set_permissions(bin.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for tool in ["env", "id", "sh"] {
        run(Command::new("ln").arg("-s").arg(format!("/usr/bin/{tool}")).arg(bin.path()));
    }
    let setup = Setup { config: format!("SetEnv PATH={}\n", bin.path().display()), ..Setup::default() };
    let sshd = Sshd::with(setup);
    let session = session(&sshd, "deployer").await;
    assert_eq!(sudo_error(&session, &sudo(Some(PASSWORD))).await, SudoError::Missing);
}

#[tokio::test]
async fn an_account_that_is_root_needs_no_sudo() {
    let Some(sshd) = Sshd::with_accounts("an_account_that_is_root", Setup::default()) else { return };
    let session = session(&sshd, "root").await;
    let root = session.root(&sudo(Some("anything"))).await.unwrap();
    assert_eq!(root.exec("id -u").await.unwrap().stdout, b"0\n");
    assert!(format!("{root:?}").contains("root_by_sudo: false"), "{root:?}");
    let same = session.root(&Become::None).await.unwrap();
    assert_eq!(same.exec("id -u").await.unwrap().stdout, b"0\n");
}

#[tokio::test]
async fn many_commands_at_once_as_root() {
    let Some(sshd) = server("many_commands_at_once_as_root") else { return };
    let root = session(&sshd, "deployer").await.root(&sudo(Some(PASSWORD))).await.unwrap();
    let mut all = tokio::task::JoinSet::new();
    for n in 0..12 {
        let root = root.clone();
        all.spawn(async move {
            let input = format!("{n}");
            let output = root.exec(Exec::new("cat").stdin(&input)).await.unwrap();
            assert_eq!(output.stdout, input.as_bytes());
        });
    }
    all.join_all().await;
}
