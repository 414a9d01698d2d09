//! [`Session`]: a logged-in connection.

use super::{
    connect::{Client, Ended, Open},
    error::CommandError,
    host_keys::HostKey,
    sudo::{Become, Sudo},
    target::{Options, Target},
};
use russh::{
    Channel, ChannelOpenFailure, Disconnect,
    client::{Handle, Msg},
    keys::PublicKey,
};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep, timeout},
};

/// Commands at once on one connection. sshd's MaxSessions is 10, and it counts ended sessions for a while.
const COMMANDS: usize = 4;
/// Of those, how many may be followed for long ([`Session::start`]): a short command always finds a place.
const FOLLOWED: usize = 3;
/// Tunnels at once; they don't count for MaxSessions.
const TUNNELS: usize = 8;

/// A logged-in connection. Clones share it; it ends when the last one is dropped, or by [`Session::close`].
///
/// Commands on it run at most four at a time, the others wait for their turn.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    sudo: Option<Arc<Sudo>>,
}

struct Shared {
    handle: Handle<Client>,
    at: String,
    host_key: PublicKey,
    ended: watch::Receiver<Option<Ended>>,
    commands: Arc<Semaphore>,
    followed: Arc<Semaphore>,
    tunnels: Arc<Semaphore>,
    channel_deadline: Duration,
}

impl Session {
    pub(super) fn new(target: &Target, open: Open, options: &Options) -> Self {
        Self {
            shared: Arc::new(Shared {
                handle: open.handle,
                at: target.to_string(),
                host_key: open.host_key,
                ended: open.ended,
                commands: Arc::new(Semaphore::new(COMMANDS)),
                followed: Arc::new(Semaphore::new(FOLLOWED)),
                tunnels: Arc::new(Semaphore::new(TUNNELS)),
                channel_deadline: options.channel_deadline,
            }),
            sudo: None,
        }
    }

    /// `user@host:port`, as messages name it.
    pub fn at(&self) -> &str {
        &self.shared.at
    }

    /// The host's key, which was checked before the login.
    pub fn host_key(&self) -> HostKey {
        HostKey::of(&self.shared.host_key)
    }

    /// The same connection with every command, upload and follow-up run as root. Tunnels are opened as before.
    ///
    /// Asks the host who we are first: an account that is root already gets the session back as it is.
    ///
    /// # Errors
    /// [`CommandError::Sudo`] says what is missing; or the connection was lost.
    pub async fn root(&self, how: &Become) -> Result<Self, CommandError> {
        let Become::Sudo { password } = how else {
            return Ok(self.clone());
        };
        let plain = Self { shared: self.shared.clone(), sudo: None };
        if plain.exec("id -u").await?.stdout.trim_ascii() == b"0" {
            return Ok(plain);
        }
        let root = Self { shared: self.shared.clone(), sudo: Some(Arc::new(Sudo::new(password.clone()))) };
        root.exec("true").await?;
        Ok(root)
    }

    /// The connection is gone; every further call fails.
    pub fn is_closed(&self) -> bool {
        self.shared.handle.is_closed()
    }

    /// Waits until the connection is gone, and says why.
    pub async fn closed(&self) -> String {
        let mut ended = self.shared.ended.clone();
        // An error means that the sender is gone, and so is the connection.
        let _ = ended.wait_for(Option::is_some).await;
        self.cause()
    }

    /// Says goodbye to the server. Commands still running there are not ended by it.
    pub async fn close(&self) {
        let said = self.shared.handle.disconnect(Disconnect::ByApplication, "", "en").await;
        if said.is_ok() {
            // Only so that is_closed() is true afterwards; a dead line must not hold us up.
            let _ = timeout(Duration::from_secs(2), self.closed()).await;
        }
    }

    pub(super) fn pinned_key(&self) -> PublicKey {
        self.shared.host_key.clone()
    }

    pub(super) fn sudo(&self) -> Option<&Arc<Sudo>> {
        self.sudo.as_ref()
    }

    /// Why the connection ended, as far as it is known.
    pub(super) fn cause(&self) -> String {
        let ended = self.shared.ended.borrow().clone();
        ended.map_or_else(|| "the connection ended".to_owned(), |e| e.cause)
    }

    pub(super) fn lost(&self, act: &str) -> CommandError {
        CommandError::Lost { at: self.shared.at.clone(), act: act.to_owned(), cause: self.cause() }
    }

    /// A place among the commands; held until the server has taken the session back.
    pub(super) async fn place(&self, followed: bool) -> Places {
        // The semaphores are never closed, so the errors can't come; without a permit it would only be less polite.
        let follow = if followed { self.shared.followed.clone().acquire_owned().await.ok() } else { None };
        Places { _follow: follow, _command: self.shared.commands.clone().acquire_owned().await.ok() }
    }

    pub(super) async fn tunnel_place(&self) -> Option<OwnedSemaphorePermit> {
        self.shared.tunnels.clone().acquire_owned().await.ok()
    }

    /// Opens a session channel; a refusal is retried, as sshd frees the places of ended sessions late.
    pub(super) async fn channel(&self, act: &str) -> Result<Channel<Msg>, CommandError> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            let reason = match self.shared.handle.channel_open_session().await {
                Ok(channel) => return Ok(channel),
                Err(russh::Error::ChannelOpenFailure(reason)) => reason,
                Err(_) => return Err(self.lost(act)),
            };
            let passing = matches!(reason, ChannelOpenFailure::ConnectFailed | ChannelOpenFailure::ResourceShortage);
            if !passing || start.elapsed() + pause > self.shared.channel_deadline {
                return Err(CommandError::NoChannel {
                    at: self.shared.at.clone(),
                    act: act.to_owned(),
                    secs: start.elapsed().as_secs(),
                    reason: reason.description().to_owned(),
                });
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }

    pub(super) async fn tcp_channel(&self, host: &str, port: u16) -> Result<Channel<Msg>, CommandError> {
        let to = Target::new(host, port, "").host_port();
        // The originator is for the server's log only (RFC 4254 section 7.2).
        self.shared.handle.channel_open_direct_tcpip(host, port.into(), "127.0.0.1", 0).await.map_err(|e| match e {
            russh::Error::ChannelOpenFailure(reason) => {
                CommandError::Forward { at: self.shared.at.clone(), to, reason: reason.description().to_owned() }
            }
            _ => self.lost(&format!("opening a tunnel to {to}")),
        })
    }
}

/// Held while a command has a channel.
pub(super) struct Places {
    _follow: Option<OwnedSemaphorePermit>,
    _command: Option<OwnedSemaphorePermit>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("at", &self.shared.at)
            .field("root_by_sudo", &self.sudo.is_some())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
