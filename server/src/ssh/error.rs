//! What goes wrong on the way to a host and on it. Display says what happened and why; `advice` what to do.

use super::host_keys::{HostKey, Place, UnknownHost};
use std::{fmt, io, path::PathBuf};

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No address for the name.
    #[error("cannot connect to {at}: its name was not resolved")]
    NameNotResolved {
        /// `host:port`.
        at: String,
        /// The resolver's answer.
        source: io::Error,
    },
    /// A host answered that nothing listens on the port.
    #[error("cannot connect to {at}: the connection was refused")]
    Refused {
        /// `host:port`.
        at: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The network said no: no route, unreachable, reset.
    #[error("cannot connect to {at}: it cannot be reached")]
    Unreachable {
        /// `host:port`.
        at: String,
        /// The system's answer.
        source: io::Error,
    },
    /// No answer in time.
    #[error("cannot connect to {at}: {stage} took more than {secs} s")]
    TimedOut {
        /// `host:port`.
        at: String,
        /// What was waited for.
        stage: Stage,
        /// The limit in seconds.
        secs: u64,
    },
    /// Something listens, and it does not speak SSH 2.
    #[error("cannot connect to {at}: what answers there is not an SSH 2 server, it says \"{said}\"")]
    NotSsh {
        /// `host:port`.
        at: String,
        /// Its first words.
        said: String,
    },
    /// The server hung up before the login was through.
    #[error("cannot connect to {at}: the server closed the connection during {stage}: {cause}")]
    Closed {
        /// `host:port`.
        at: String,
        /// How far it got.
        stage: Stage,
        /// What is known of the reason.
        cause: String,
    },
    /// No key exchange, cipher, MAC or host key kind that both sides know.
    #[error(
        "cannot connect to {at}: no common {kind} algorithm; the server offers {}, known here are {}",
        list(.theirs), list(.ours)
    )]
    NoCommonAlgorithm {
        /// `host:port`.
        at: String,
        /// Key exchange, host key, cipher, MAC or compression.
        kind: &'static str,
        /// What this side knows.
        ours: Vec<String>,
        /// What the server offers.
        theirs: Vec<String>,
    },
    /// No file knows the host, and its key was not trusted.
    #[error(
        "did not connect to {}: its host key {} {} is not known{}",
        .0.at, .0.algorithm, .0.fingerprint, notes(&.0.ignored)
    )]
    HostKeyUnknown(Box<UnknownHost>),
    /// The host shows another key than the recorded one.
    #[error(
        "did not connect to {}: its host key has changed: it shows {}, recorded is {} in {}",
        .0.at, .0.offered, .0.recorded, .0.place
    )]
    HostKeyChanged(Box<KeyChange>),
    /// The host shows a key that a file forbids.
    #[error("did not connect to {at}: its host key {offered} is revoked by {place}")]
    HostKeyRevoked {
        /// `host:port`.
        at: String,
        /// The key it shows.
        offered: HostKey,
        /// The forbidding line.
        place: Place,
    },
    /// Our known-hosts file can't be read or written; without it nothing protects the next contact.
    #[error("cannot keep host keys in {}", path.display())]
    HostKeyFile {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The server accepted none of the ways.
    #[error(
        "the login as {user} on {at} was refused; tried: {}; the server offers: {}{}",
        attempts_list(.attempts), list(.offered),
        .closed.as_ref().map(|c| format!("; it closed the connection: {c}")).unwrap_or_default()
    )]
    AuthRefused {
        /// `host:port`.
        at: String,
        /// The account.
        user: String,
        /// What was tried, in order, and how it went.
        attempts: Vec<Attempt>,
        /// Ways that the server would accept, by their SSH names.
        offered: Vec<String>,
        /// The server's words when it hung up over it.
        closed: Option<String>,
    },
    /// The private key's file can't be read.
    #[error("cannot read the private key {}", path.display())]
    KeyUnreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The private key is encrypted and no passphrase was given.
    #[error("the private key {} needs a passphrase", path.display())]
    KeyEncrypted {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase doesn't open the private key.
    #[error("the passphrase does not open the private key {}", path.display())]
    KeyPassphraseWrong {
        /// The file.
        path: PathBuf,
    },
    /// The file holds no private key that can be used.
    #[error("cannot use the private key {}: {reason}", path.display())]
    KeyUnsupported {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A private key that was given as text.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No ssh-agent, or it holds no key.
    #[error("cannot use the ssh-agent: {reason}")]
    Agent {
        /// Why not.
        reason: String,
    },
    /// Logged in, but not root there.
    #[error("connected to {at}, but cannot become root there")]
    Root {
        /// `user@host:port`.
        at: String,
        /// Why not.
        #[source]
        source: Box<CommandError>,
    },
    /// [`Connection::close`](super::Connection::close) was called.
    #[error("the connection to {at} was closed here")]
    ClosedHere {
        /// `user@host:port`.
        at: String,
    },
}

impl ConnectError {
    /// The same attempt may succeed later without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::NameNotResolved { .. }
                | Self::Refused { .. }
                | Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::Closed { .. }
        )
    }
}

/// How far a connection got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Name and TCP.
    Reaching,
    /// Greeting, algorithms, host key.
    Handshake,
    /// Authentication.
    Login,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reaching => "reaching it",
            Self::Handshake => "the SSH handshake",
            Self::Login => "the login",
        })
    }
}

/// Why a private key cannot be used, wherever it came from.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It is encrypted and no passphrase was given.
    #[error("the private key needs a passphrase")]
    Encrypted,
    /// The passphrase doesn't open it.
    #[error("the passphrase does not open the private key")]
    PassphraseWrong,
    /// It is of no kind that can be used.
    #[error("cannot use the private key: {reason}")]
    Unsupported {
        /// Why not.
        reason: String,
    },
}

impl KeyError {
    pub(super) fn of_file(self, path: PathBuf) -> ConnectError {
        match self {
            Self::Encrypted => ConnectError::KeyEncrypted { path },
            Self::PassphraseWrong => ConnectError::KeyPassphraseWrong { path },
            Self::Unsupported { reason } => ConnectError::KeyUnsupported { path, reason },
        }
    }
}

/// A host key that differs from the recorded one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// `host:port`.
    pub at: String,
    /// The host's name in known-hosts files, for `ssh-keygen -R`.
    pub name: String,
    /// The key that it shows now.
    pub offered: HostKey,
    /// The key that was expected.
    pub recorded: HostKey,
    /// Where that stands.
    pub place: Place,
}

/// One way of logging in that did not suffice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// `password`, `key /root/.ssh/id_ed25519 SHA256:…`, `agent key SHA256:…`.
    pub way: String,
    /// How it went.
    pub outcome: Outcome,
}

/// How a way of logging in went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server said no.
    Refused,
    /// The server does not take this way for this account, so nothing was sent.
    NotOffered,
    /// The server wanted more than this way.
    Partial,
    /// The server asked what only a person can answer.
    Asked(String),
    /// Failed on our side, before the server saw it.
    Unusable(String),
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { way, outcome } = self;
        match outcome {
            Outcome::Refused => write!(f, "{way} (refused)"),
            Outcome::NotOffered => write!(f, "{way} (not offered, so not sent)"),
            Outcome::Partial => write!(f, "{way} (accepted, more is wanted)"),
            Outcome::Asked(prompt) => write!(f, "{way} (the server asked \"{prompt}\")"),
            Outcome::Unusable(why) => write!(f, "{way} (not usable: {why})"),
        }
    }
}

/// Why a command, upload or tunnel on a session did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The connection ended meanwhile; whether the command still runs there is unknown.
    #[error("the connection to {at} was lost during {act}: {cause}")]
    Lost {
        /// `user@host:port`.
        at: String,
        /// What was being done.
        act: String,
        /// What is known of the reason.
        cause: String,
    },
    /// The server kept refusing a channel.
    #[error("{at} refused a channel for {act} for {secs} s: {reason}")]
    NoChannel {
        /// `user@host:port`.
        at: String,
        /// What was to be done.
        act: String,
        /// How long it was tried, in seconds.
        secs: u64,
        /// The server's last reason.
        reason: String,
    },
    /// The server does not run commands for this account.
    #[error("{at} declined to run {act}")]
    Declined {
        /// `user@host:port`.
        at: String,
        /// What was to be run.
        act: String,
    },
    /// More output than the caller allowed; the command was ended.
    #[error("{act} on {at} gave more than {limit_bytes} bytes of output; it was ended")]
    TooMuchOutput {
        /// `user@host:port`.
        at: String,
        /// What ran.
        act: String,
        /// The limit, stdout and stderr together.
        limit_bytes: usize,
    },
    /// A command can't hold a NUL character.
    #[error("cannot run {act} on {at}: it holds a NUL character")]
    NulByte {
        /// `user@host:port`.
        at: String,
        /// The command or path.
        act: String,
    },
    /// `sudo` did not run it.
    #[error("cannot run {act} as root on {at}")]
    Sudo {
        /// `user@host:port`.
        at: String,
        /// What was to be run.
        act: String,
        /// What sudo said.
        #[source]
        source: SudoError,
    },
    /// A file was not put in place; nothing was changed under its name.
    #[error("cannot write {path} on {at}: {reason}")]
    Upload {
        /// `user@host:port`.
        at: String,
        /// The file.
        path: String,
        /// What the host said.
        reason: String,
    },
    /// The host could not, or may not, open that TCP connection.
    #[error("{at} cannot reach {to}: {reason}")]
    Forward {
        /// `user@host:port` of the session.
        at: String,
        /// `host:port` that was to be reached through it.
        to: String,
        /// The server's reason.
        reason: String,
    },
}

impl CommandError {
    /// The connection is to blame, so that another one may do.
    pub fn is_lost_connection(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}

/// Why `sudo` did not run a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SudoError {
    /// The password was asked for, sent and refused.
    #[error("sudo refused the password")]
    WrongPassword,
    /// It wants one and there is none.
    #[error("sudo asks for a password and none was given")]
    PasswordNeeded,
    /// The account may not.
    #[error("sudo does not allow it for this account: {said}")]
    NotAllowed {
        /// sudo's words.
        said: String,
    },
    /// `Defaults requiretty`.
    #[error("sudo insists on a terminal (requiretty)")]
    RequiresTty,
    /// It is not installed, or not on the account's PATH.
    #[error("sudo was not found")]
    Missing,
    /// Anything else.
    #[error("sudo failed with status {status}: {said}")]
    Other {
        /// Its exit status, `none` when it was killed.
        status: String,
        /// sudo's words.
        said: String,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn attempts_list(attempts: &[Attempt]) -> String {
    list(&attempts.iter().map(Attempt::to_string).collect::<Vec<_>>())
}

fn notes(ignored: &[String]) -> String {
    ignored.iter().map(|line| format!(" (not used: {line})")).collect()
}

/// A server's words, safe to show: one line without control characters, at most 300 characters.
pub(super) fn printable(words: &str) -> String {
    let one_line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut clean: String = one_line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(300).collect();
    if one_line.chars().nth(300).is_some() {
        clean.push('…');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn foreign_words_cannot_move_the_cursor_or_fill_the_screen() {
        assert_eq!(printable("a\r\n\x1b[2Jb\t c"), "a \u{fffd}[2Jb c");
        assert_eq!(printable(&"x".repeat(5000)).chars().count(), 301);
    }
}
