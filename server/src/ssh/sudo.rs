//! Becoming root through `sudo`, for accounts that are not root.
//!
//! `sudo -S` reads the password from standard input, where the command's own input follows. Sending the password
//! first and hoping that sudo takes it would, where sudo wants none (NOPASSWD, a fresh time stamp), hand it to the
//! command. So nothing is sent until it is asked for: sudo gets a random word as its prompt and prints it on
//! standard error exactly when it waits for a password; and what it runs as root starts with printing a second
//! random word. Prompt → the password goes out. Second prompt → it was wrong. The second word → root's command
//! listens, and its input may go out. What stood on standard error before that is sudo's and is not passed on.

use super::{
    error::{CommandError, SudoError, printable},
    exec::{Chunk, Drive, Reader, Writer},
    quote::quote,
};
use bytes::Bytes;
use hosted_deploy_model::secret::Secret;
use russh::ChannelMsg;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Who runs the commands.
#[derive(Clone, Debug, Default)]
pub enum Become {
    /// The account that logged in.
    #[default]
    None,
    /// root, by `sudo` where the account isn't root itself.
    Sudo {
        /// What sudo asks for; `None` where it asks for nothing (NOPASSWD).
        password: Option<Secret>,
    },
}

/// How much of sudo's talk is read before it is an error.
const TALK_LIMIT_BYTES: usize = 64 << 10;

pub(super) struct Sudo {
    password: Option<Secret>,
}

impl Sudo {
    pub(super) fn new(password: Option<Secret>) -> Self {
        Self { password }
    }

    /// `terminal`: standard output and error are one, and their lines end as on a terminal.
    pub(super) fn dialogue(&self, command: &str, terminal: bool) -> Dialogue<'_> {
        let prompt = format!("[{}]", Uuid::new_v4().simple());
        let ready = format!("[{}]", Uuid::new_v4().simple());
        // sudo speaks English for us to understand; its command gets the account's own language back.
        let script = format!("unset LC_ALL LANGUAGE; echo {} >&2\n{command}", quote(&ready));
        let how = match self.password {
            Some(_) => format!("-S -p {}", quote(&prompt)),
            None => "-n".to_owned(),
        };
        Dialogue {
            password: self.password.as_ref(),
            command: format!("env LC_ALL=C LANGUAGE=C sudo -H {how} -- sh -c {}", quote(&script)),
            prompt,
            ready: format!("{ready}{}", if terminal { '\r' } else { '\n' }),
            terminal,
        }
    }
}

/// The talk with one sudo, up to the moment when the command itself listens.
pub(super) struct Dialogue<'a> {
    password: Option<&'a Secret>,
    command: String,
    prompt: String,
    ready: String,
    terminal: bool,
}

impl Dialogue<'_> {
    pub(super) fn command(&self) -> &str {
        &self.command
    }

    pub(super) async fn hold(&self, drive: &Drive, read: &mut Reader, write: &Writer) -> Result<(), CommandError> {
        let mut said = Vec::new();
        let mut status = None;
        let mut answered = false;
        let failed = |said: &[u8], status: Option<u32>, answered: bool| CommandError::Sudo {
            at: drive.session.at().to_owned(),
            act: drive.act.clone(),
            source: self.explain(said, status, answered),
        };
        loop {
            let message = match read.wait().await {
                // sudo turns the echo off before it asks, so the password does not come back here.
                Some(ChannelMsg::Data { data }) if self.terminal => Some(ChannelMsg::ExtendedData { data, ext: 1 }),
                message => message,
            };
            match message {
                Some(ChannelMsg::ExtendedData { data, ext: 1 }) => {
                    said.extend_from_slice(&data);
                    if let Some(end) = position(&said, self.ready.as_bytes()) {
                        let rest = said.split_off(end + self.ready.len());
                        if !rest.is_empty() {
                            let rest = Bytes::from(rest);
                            drive.give(if self.terminal { Chunk::Stdout(rest) } else { Chunk::Stderr(rest) })?;
                        }
                        return Ok(());
                    }
                    match (count(&said, self.prompt.as_bytes()), self.password) {
                        (1, Some(password)) if !answered => {
                            answered = true;
                            let line = Zeroizing::new(format!("{}\n", password.expose()));
                            if write.data(line.as_bytes()).await.is_err() {
                                return Err(drive.lost());
                            }
                        }
                        (0 | 1, _) if said.len() <= TALK_LIMIT_BYTES => {}
                        // Asked again, so it was wrong; a third and fourth time would lock some accounts.
                        _ => return Err(failed(&said, status, answered)),
                    }
                }
                // What a login script prints before sudo comes to its turn.
                Some(ChannelMsg::Data { data }) => drive.give(Chunk::Stdout(data))?,
                Some(ChannelMsg::ExitStatus { exit_status }) => status = Some(exit_status),
                Some(ChannelMsg::Close) => return Err(failed(&said, status, answered)),
                None if drive.session.is_closed() => return Err(drive.lost()),
                None => return Err(failed(&said, status, answered)),
                Some(_) => {}
            }
        }
    }

    /// What sudo's words mean (texts of sudo 1.8 and 1.9 in the C locale).
    fn explain(&self, said: &[u8], status: Option<u32>, answered: bool) -> SudoError {
        let text = String::from_utf8_lossy(said);
        let asked = count(said, self.prompt.as_bytes());
        let text = printable(&text.replace(&self.prompt, " "));
        let has = |words: &str| text.contains(words);
        if has("not in the sudoers file") || has("is not allowed to") || has("may not run sudo") {
            SudoError::NotAllowed { said: text }
        } else if has("must have a tty") {
            SudoError::RequiresTty
        } else if asked > 1 || (answered && has("incorrect password attempt")) {
            SudoError::WrongPassword
        } else if !answered && (has("a password is required") || has("a terminal is required")) {
            SudoError::PasswordNeeded
        } else if status == Some(127) {
            SudoError::Missing
        } else {
            SudoError::Other { status: status.map_or_else(|| "none".to_owned(), |s| s.to_string()), said: text }
        }
    }
}

fn position(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|w| w == word)
}

fn count(text: &[u8], word: &[u8]) -> usize {
    text.windows(word.len()).filter(|w| *w == word).count()
}
