//! A terminal on the host: what is typed arrives, the window has a size, as root too, and hanging up ends what runs.

use crate::sshd::{PASSWORD, Setup, Sshd};
use hosted_deploy::ssh::{Become, Chunk, Input, Session, Terminal};
use hosted_deploy_model::secret::Secret;
use std::time::Duration;
use tokio::time::timeout;

/// Its output up to these words, or to its end.
async fn until(terminal: &mut Terminal, words: &str) -> String {
    let mut seen = String::new();
    let read = async {
        while !seen.contains(words) {
            match terminal.next().await.unwrap() {
                Some(Chunk::Stdout(bytes) | Chunk::Stderr(bytes)) => seen.push_str(&String::from_utf8_lossy(&bytes)),
                Some(Chunk::Exit(exit)) => {
                    seen.push_str(&format!("<ended {:?}>", exit.status));
                    break;
                }
                None => break,
            }
        }
    };
    timeout(Duration::from_secs(20), read).await.unwrap_or_else(|_| panic!("no {words:?}"));
    seen
}

async fn keys(terminal: &Terminal, text: &'static str) {
    terminal.send(Input::Keys(text.into())).await;
}

async fn behaves(session: &Session, user: &str) {
    let line = "echo \"I am $(id -un)\"; tty; while read -r word; do case $word in size) stty size ;; end) exit 7 ;; *) echo \"got $word\" ;; esac; done";
    let mut terminal = session.terminal(line, 90, 33).await.unwrap();
    let first = until(&mut terminal, "/dev/pts/").await;
    assert!(first.starts_with(&format!("I am {user}\r\n")), "{first:?}");
    keys(&terminal, "hello\r").await;
    assert!(until(&mut terminal, "got hello").await.contains("hello\r\ngot hello"), "the terminal echoes");
    keys(&terminal, "size\r").await;
    until(&mut terminal, "33 90").await;
    terminal.send(Input::Size { columns: 120, rows: 40 }).await;
    // The window's change and the keys take the same way, in their order.
    keys(&terminal, "size\r").await;
    until(&mut terminal, "40 120").await;
    keys(&terminal, "end\r").await;
    until(&mut terminal, "<ended Some(7)>").await;
}

#[tokio::test]
async fn a_terminal_has_a_size_and_takes_keys_as_the_account_and_as_root() {
    let Some(sshd) = Sshd::with_accounts("a_terminal_has_a_size", Setup::default()) else { return };
    let session = sshd.connect_as("deployer", &sshd.key()).await;
    behaves(&session, "deployer").await;
    let root = session.root(&Become::Sudo { password: Some(Secret::from(PASSWORD)) }).await.unwrap();
    behaves(&root, "root").await;
    behaves(&root, "root").await;
}

#[tokio::test]
async fn the_password_of_sudo_is_not_echoed() {
    let Some(sshd) = Sshd::with_accounts("the_password_of_sudo_is_not_echoed", Setup::default()) else { return };
    let session = sshd.connect_as("deployer", &sshd.key()).await;
    let root = session.root(&Become::Sudo { password: Some(Secret::from(PASSWORD)) }).await.unwrap();
    // No fresh time stamp spares the question.
    root.exec("rm -rf /run/sudo/ts").await.unwrap();
    let mut terminal = root.terminal("echo ready; exit 0", 80, 24).await.unwrap();
    let all = until(&mut terminal, "<ended").await;
    assert!(all.contains("ready") && !all.contains(PASSWORD), "{all:?}");
}

#[tokio::test]
async fn hanging_up_ends_what_runs() {
    let Some(sshd) = Sshd::with_accounts("hanging_up_ends_what_runs", Setup::default()) else { return };
    let session = sshd.connect_as("deployer", &sshd.key()).await;
    let mark = sshd.path("home/deployer/ended");
    let line = format!("trap 'echo hung up >{}; exit' HUP; echo begun; while :; do sleep 0.1; done", mark.display());
    let mut terminal = session.terminal(&line, 80, 24).await.unwrap();
    until(&mut terminal, "begun").await;
    drop(terminal);
    let ended = async {
        while !mark.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), ended).await.unwrap();
}
