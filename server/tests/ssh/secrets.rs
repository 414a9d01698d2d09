//! A planted password turns up nowhere: not in processes, not in errors, not in debug output, not in sshd's log.

use crate::sshd::{PASSWORD, Setup, Sshd, process_with, processes};
use hosted_deploy::ssh::{Become, Credential, Credentials, Exec, connect};
use hosted_deploy_model::secret::Secret;
use std::sync::{Mutex, Once};

const CANARY: &str = "canary-9f3b";

#[tokio::test]
async fn no_process_shows_the_password_while_commands_run_as_root() {
    let Some(sshd) = Sshd::with_accounts("no_process_shows_the_password", Setup::default()) else { return };
    let session = sshd.connect_as("deployer", &Credentials::password(Secret::from(PASSWORD))).await;
    let root = session.root(&Become::Sudo { password: Some(Secret::from(PASSWORD)) }).await.unwrap();
    let input = "canary-9f3b in the input";
    let sleep = format!("sleep 20.{}", sshd.port);
    let command = format!("cat > /dev/null; echo up; {sleep}");
    let mut running = root.start(Exec::new(command).stdin(input)).await.unwrap();
    running.next().await.unwrap();
    assert!(process_with(&sleep), "the command must be seen for the search to mean something");
    for file in ["cmdline", "environ"] {
        let shown: Vec<_> = processes(file).into_iter().filter(|text| text.contains(CANARY)).collect();
        assert!(shown.is_empty(), "{file}: {shown:?}");
    }
    assert!(!sshd.log().contains(CANARY));
    drop(running);
}

/// Everything that the SSH library logs, at the finest level.
struct Log;

static LOGGED: Mutex<String> = Mutex::new(String::new());

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        use std::fmt::Write;
        writeln!(LOGGED.lock().unwrap(), "{}: {}", record.target(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn the_finest_log_of_the_ssh_library_does_not_show_the_password() {
    static START: Once = Once::new();
    START.call_once(|| {
        log::set_logger(&Log).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
    let config = "Match User outsider\nPasswordAuthentication no\nKbdInteractiveAuthentication yes\nMatch All\n";
    let setup = Setup { config: format!("UsePAM yes\n{config}"), ..Setup::default() };
    let Some(sshd) = Sshd::with_accounts("the_finest_log", setup) else { return };
    let password = Credentials::password(Secret::from(PASSWORD));
    sshd.connect_as("outsider", &password).await;
    let session = sshd.connect_as("deployer", &password).await;
    let root = session.root(&Become::Sudo { password: Some(Secret::from(PASSWORD)) }).await.unwrap();
    root.exec(Exec::new("cat > /dev/null").stdin(CANARY)).await.unwrap();
    log::set_max_level(log::LevelFilter::Off);
    let logged = LOGGED.lock().unwrap();
    assert!(logged.contains("russh::client: "), "nothing was logged");
    // As text, and as the list of numbers that a byte buffer's debug output is.
    let numbers: Vec<String> = CANARY.bytes().map(|b| b.to_string()).collect();
    for shape in [CANARY.to_owned(), numbers.join(", ")] {
        let line = logged.lines().find(|line| line.contains(&shape));
        assert!(line.is_none(), "{line:?}");
    }
}

#[tokio::test]
async fn no_error_and_no_debug_output_shows_the_password() {
    let Some(sshd) = Sshd::with_accounts("no_error_shows_the_password", Setup::default()) else { return };
    let wrong = Secret::from("canary-9f3b wrong");
    let ways = Credentials::new([
        Credential::Password(wrong.clone()),
        Credential::KeyFile { path: sshd.path("id"), passphrase: Some(wrong.clone()) },
    ]);
    let become_root = Become::Sudo { password: Some(wrong.clone()) };
    let refused = connect(&sshd.target_as("deployer"), &Credentials::password(wrong), &sshd.host_keys()).await;
    let session = sshd.connect_as("deployer", &ways).await;
    let sudo = session.root(&become_root).await.unwrap_err();
    let exec = Exec::new("cat").stdin("canary-9f3b");
    let source = std::error::Error::source(&sudo).unwrap().to_string();
    let shown = format!(
        "{} {:?} {sudo} {sudo:?} {source} {session:?} {ways:?} {become_root:?} {exec:?} {:?}",
        refused.as_ref().unwrap_err(),
        refused,
        sshd.host_keys()
    );
    assert!(!shown.contains(CANARY), "{shown}");
    assert!(!sshd.log().contains(CANARY));
}
