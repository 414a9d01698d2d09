//! Name → TCP → handshake with the host key judged → login.

use super::{
    error::{ConnectError, Stage, printable},
    host_keys::{HostKeys, Known},
    login::login,
    overheard::{FirstWords, Overheard},
    session::Session,
    target::{Credentials, Options, Target},
};
use russh::{
    AlgorithmKind, client,
    keys::{Algorithm, PublicKey, PublicKeyOrCertificate},
};
use std::{borrow::Cow, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpStream, sync::watch, time::timeout};

/// Connects and logs in with the default [`Options`].
///
/// # Errors
/// See [`ConnectError`]; what to do about each says [`ConnectError::advice`].
pub async fn connect(
    target: &Target,
    credentials: &Credentials,
    host_keys: &HostKeys,
) -> Result<Session, ConnectError> {
    connect_with(target, credentials, host_keys, &Options::default()).await
}

/// Connects and logs in.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect_with(
    target: &Target,
    credentials: &Credentials,
    host_keys: &HostKeys,
    options: &Options,
) -> Result<Session, ConnectError> {
    let mut met = false;
    loop {
        let known = host_keys.lookup(target)?;
        match shake_hands(target, known, options).await? {
            Greeting::Trusted(mut open) => {
                within(target, Stage::Login, options.login_timeout, async {
                    login(&mut open.handle, target, credentials, &open.ended).await
                })
                .await?;
                return Ok(Session::new(target, *open, options));
            }
            // A person may think long about a new key, and no server waits that long:
            // hang up, have the key judged, and come again with it known.
            Greeting::Stranger { key, known } => {
                if met {
                    return Err(ConnectError::Closed {
                        at: target.host_port(),
                        stage: Stage::Handshake,
                        cause: "it showed two different host keys in a row".to_owned(),
                    });
                }
                host_keys.meet(target, &known, &key).await?;
                met = true;
            }
        }
    }
}

/// An encrypted connection to a server whose key is trusted.
pub(super) struct Open {
    pub(super) handle: client::Handle<Client>,
    pub(super) host_key: PublicKey,
    /// Why the connection ended; the sender is gone when it has.
    pub(super) ended: watch::Receiver<Option<Ended>>,
}

/// Why a connection ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) cause: String,
    /// The server took its leave, as it does after too many refused logins.
    pub(super) deliberate: bool,
}

enum Greeting {
    Trusted(Box<Open>),
    Stranger { key: Box<PublicKey>, known: Arc<Known> },
}

async fn shake_hands(target: &Target, known: Known, options: &Options) -> Result<Greeting, ConnectError> {
    let stream = within(target, Stage::Reaching, options.connect_timeout, reach(target)).await?;
    let known = Arc::new(known);
    let (key_tx, key_rx) = watch::channel(None);
    let (ended_tx, ended) = watch::channel(None);
    let client = Client { known: known.clone(), key: key_tx, ended: ended_tx };
    let config = Arc::new(config(options, &known));
    let words = FirstWords::default();
    let stream = Overheard { stream, words: words.clone() };
    let shaken = within(target, Stage::Handshake, options.connect_timeout, async {
        Ok(client::connect_stream(config, stream, client).await)
    })
    .await;
    if let (Err(_) | Ok(Err(_)), Some(said)) = (&shaken, words.foreign()) {
        return Err(ConnectError::NotSsh { at: target.host_port(), said: printable(&said) });
    }
    let shaken = shaken?;
    let key = key_rx.borrow().clone();
    match (shaken, key) {
        (Ok(handle), Some(host_key)) => Ok(Greeting::Trusted(Box::new(Open { handle, host_key, ended }))),
        (Err(russh::Error::UnknownKey), Some(key)) => Ok(Greeting::Stranger { key: Box::new(key), known }),
        (Ok(_), None) => Err(explain(target, russh::Error::Inconsistent)),
        (Err(e), _) => Err(explain(target, e)),
    }
}

async fn within<T>(
    target: &Target,
    stage: Stage,
    limit: Duration,
    work: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(ConnectError::TimedOut { at: target.host_port(), stage, secs: limit.as_secs() }))
}

/// A TCP connection to the first address that takes one.
async fn reach(target: &Target) -> Result<TcpStream, ConnectError> {
    let unresolved = |source| ConnectError::NameNotResolved { at: target.host_port(), source };
    let addresses: Vec<SocketAddr> =
        tokio::net::lookup_host((target.address.as_str(), target.port)).await.map_err(unresolved)?.collect();
    let mut last = unresolved(io::Error::other("the name has no address"));
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Small packets at once: a command's answer must not wait for the delayed acknowledgement.
                // It fails only on a socket that is dead already, and that shows in the handshake.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(source) if source.kind() == io::ErrorKind::ConnectionRefused => {
                last = ConnectError::Refused { at: target.host_port(), source };
            }
            Err(source) => {
                last = ConnectError::Unreachable { at: target.host_port(), source };
            }
        }
    }
    Err(last)
}

fn config(options: &Options, known: &Known) -> client::Config {
    let interval = options.keepalive_interval;
    let patience = u32::try_from(options.keepalive_max).unwrap_or(u32::MAX);
    let mut config = client::Config {
        nodelay: true,
        keepalive_interval: Some(interval),
        keepalive_max: options.keepalive_max,
        // Keep-alives are not counted while a write hangs in a full socket; this ends such a connection.
        // A live one answers keep-alives and never comes near it.
        inactivity_timeout: Some(interval.saturating_mul(patience.saturating_add(2))),
        ..client::Config::default()
    };
    // Ask for the kinds of key that are recorded for this host first, or a server with several
    // keys shows another one than the recorded.
    let recorded = |a: &Algorithm| {
        known.trusted.iter().any(|(key, _)| match (a, key.algorithm()) {
            (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => true,
            (a, b) => *a == b,
        })
    };
    let (mut first, others): (Vec<_>, Vec<_>) = config.preferred.key.iter().cloned().partition(recorded);
    first.extend(others);
    config.preferred.key = Cow::Owned(first);
    config
}

fn explain(target: &Target, e: russh::Error) -> ConnectError {
    let at = target.host_port();
    let stage = Stage::Handshake;
    match e {
        russh::Error::NoCommonAlgo { kind, ours, theirs } => ConnectError::NoCommonAlgorithm {
            at,
            kind: match kind {
                AlgorithmKind::Kex => "key exchange",
                AlgorithmKind::Key => "host key",
                AlgorithmKind::Cipher => "cipher",
                AlgorithmKind::Compression => "compression",
                AlgorithmKind::Mac => "MAC",
            },
            ours,
            theirs: theirs.iter().map(|name| printable(name)).collect(),
        },
        e => ConnectError::Closed { at, stage, cause: cause(&e) },
    }
}

/// Why a connection ended, in words.
fn cause(e: &russh::Error) -> String {
    match e {
        russh::Error::KeepaliveTimeout | russh::Error::InactivityTimeout => "the server no longer answers".to_owned(),
        russh::Error::Disconnect | russh::Error::HUP => "the server hung up".to_owned(),
        russh::Error::IO(e) if e.kind() == io::ErrorKind::UnexpectedEof => "the server hung up".to_owned(),
        e => printable(&e.to_string()),
    }
}

/// Our side of the protocol: judges the host key, and notes why the connection ended.
pub(super) struct Client {
    known: Arc<Known>,
    key: watch::Sender<Option<PublicKey>>,
    ended: watch::Sender<Option<Ended>>,
}

impl client::Handler for Client {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        // Certificates are not asked for, so a server that sends one does not get in.
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else {
            return Ok(false);
        };
        self.key.send_replace(Some(key.clone()));
        Ok(self.known.trusts(key))
    }

    async fn disconnected(&mut self, reason: client::DisconnectReason<Self::Error>) -> Result<(), Self::Error> {
        self.ended.send_replace(Some(match reason {
            client::DisconnectReason::ReceivedDisconnect(said) => {
                Ended { cause: format!("the server hung up: {}", printable(&said.message)), deliberate: true }
            }
            client::DisconnectReason::Error(e) => Ended { cause: cause(&e), deliberate: false },
        }));
        Ok(())
    }
}
