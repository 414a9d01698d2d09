//! Where to connect to, as whom, and with what proof.

use hosted_deploy_model::secret::Secret;
use std::{fmt, path::PathBuf, time::Duration};

/// One account on one SSH server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Host name or IP address; an IPv6 address without brackets.
    pub address: String,
    /// TCP port, usually 22.
    pub port: u16,
    /// Account to log in to.
    pub user: String,
}

impl Target {
    /// `address` may be an IPv6 address in brackets.
    pub fn new(address: &str, port: u16, user: &str) -> Self {
        let bare = address.strip_prefix('[').and_then(|a| a.strip_suffix(']'));
        Self { address: bare.unwrap_or(address).to_owned(), port, user: user.to_owned() }
    }

    /// `host:port`, IPv6 in brackets: how messages name the server.
    pub fn host_port(&self) -> String {
        if self.address.contains(':') {
            format!("[{}]:{}", self.address, self.port)
        } else {
            format!("{}:{}", self.address, self.port)
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.user, self.host_port())
    }
}

/// One way to prove who we are.
#[derive(Clone, Debug)]
pub enum Credential {
    /// For `password`; where the server offers only `keyboard-interactive`, the answer to its one hidden prompt.
    Password(Secret),
    /// A private key: OpenSSH, PKCS#8 or PEM text, ed25519, ECDSA or RSA.
    KeyFile {
        /// The private key's file.
        path: PathBuf,
        /// Needed where [`needs_passphrase`](super::needs_passphrase) says so.
        passphrase: Option<Secret>,
    },
    /// A private key as text, of the same kinds.
    Key {
        /// The file's whole content.
        text: Secret,
        /// Needed where the key is encrypted.
        passphrase: Option<Secret>,
    },
    /// Every key that a running ssh-agent holds, in its order.
    Agent {
        /// The agent's socket; `None` means `$SSH_AUTH_SOCK`.
        socket: Option<PathBuf>,
    },
}

/// The ways to try, in this order. They stay in memory only, zeroized on drop.
#[derive(Clone, Debug, Default)]
pub struct Credentials(Vec<Credential>);

impl Credentials {
    /// Takes the ways in the order in which they are to be tried.
    pub fn new(ways: impl IntoIterator<Item = Credential>) -> Self {
        Self(ways.into_iter().collect())
    }

    /// Only a password.
    pub fn password(password: Secret) -> Self {
        Self::new([Credential::Password(password)])
    }

    /// Only a key file.
    pub fn key_file(path: impl Into<PathBuf>, passphrase: Option<Secret>) -> Self {
        Self::new([Credential::KeyFile { path: path.into(), passphrase }])
    }

    /// Only the agent of `$SSH_AUTH_SOCK`.
    pub fn agent() -> Self {
        Self::new([Credential::Agent { socket: None }])
    }

    /// Adds a way after the others.
    pub fn then(mut self, way: Credential) -> Self {
        self.0.push(way);
        self
    }

    /// There is no way to try.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn ways(&self) -> &[Credential] {
        &self.0
    }
}

/// Limits of a connection. The defaults suit a person waiting at a terminal.
#[derive(Clone, Debug)]
pub struct Options {
    /// For the name and the TCP connection together, and once more for the SSH handshake.
    pub connect_timeout: Duration,
    /// For the whole login. Long, as a server with a broken resolver thinks for half a minute (`UseDNS`).
    pub login_timeout: Duration,
    /// Silence after which the server is asked for a sign of life.
    pub keepalive_interval: Duration,
    /// So many questions without an answer, then the connection is given up.
    pub keepalive_max: usize,
    /// How long a command's refused channel is asked for again (`MaxSessions`, ended sessions reaped late).
    pub channel_deadline: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(15),
            login_timeout: Duration::from_secs(60),
            keepalive_interval: Duration::from_secs(15),
            keepalive_max: 3,
            channel_deadline: Duration::from_secs(30),
        }
    }
}
