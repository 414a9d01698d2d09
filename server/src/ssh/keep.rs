//! [`Connection`]: a session that comes back after the line was cut.

use super::{
    connect::connect_with,
    error::{CommandError, ConnectError},
    host_keys::HostKeys,
    session::Session,
    sudo::Become,
    target::{Credentials, Options, Target},
};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A host that boots refuses logins for a moment (pam_nologin); a password that was changed is refused for ever,
/// and every try brings the account closer to being locked.
const REFUSED_LOGINS: usize = 3;

/// What happened to a [`Connection`].
#[derive(Clone, Debug)]
pub enum Link {
    /// The line is cut, for this reason; reconnecting begins.
    Lost {
        /// Why, as far as it is known.
        cause: String,
    },
    /// Connected again.
    Back {
        /// Attempts that it took.
        attempts: usize,
    },
    /// Reconnecting is pointless; nothing follows.
    GaveUp(Arc<ConnectError>),
}

/// A connection that reconnects by itself, with the credentials in memory and the host key of the first contact.
/// Clones share it; when the last is dropped, it ends.
#[derive(Clone)]
pub struct Connection {
    at: String,
    state: watch::Receiver<State>,
    /// Dropped with the last clone: the keeper's sign to stop.
    wanted: Arc<watch::Sender<bool>>,
}

#[derive(Clone)]
enum State {
    Up(Session),
    /// With the last attempt's error.
    Down(Option<Arc<ConnectError>>),
    Over(Arc<ConnectError>),
}

impl Connection {
    /// Connects, becomes root if wanted, and keeps it so. `tell` hears of every loss and return.
    ///
    /// # Errors
    /// As [`connect_with`](super::connect_with()), and [`ConnectError::Root`]: the first connection must succeed.
    pub async fn open(
        target: Target,
        credentials: Credentials,
        host_keys: HostKeys,
        options: Options,
        r#become: Become,
        tell: impl Fn(Link) + Send + 'static,
    ) -> Result<Self, ConnectError> {
        let mut keeper = Keeper { target, credentials, host_keys, options, r#become };
        let session = keeper.connect().await?;
        keeper.host_keys = keeper.host_keys.pin(session.pinned_key());
        let at = keeper.target.to_string();
        let (wanted, stop) = watch::channel(true);
        let (state_tx, state) = watch::channel(State::Up(session.clone()));
        tokio::spawn(keeper.keep(session, state_tx, stop, tell));
        Ok(Self { at, state, wanted: Arc::new(wanted) })
    }

    /// `user@host:port`.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// The session if the line is up right now.
    pub fn current(&self) -> Option<Session> {
        match &*self.state.borrow() {
            State::Up(session) if !session.is_closed() => Some(session.clone()),
            _ => None,
        }
    }

    /// The session, waiting up to `patience` for a cut line to come back.
    ///
    /// # Errors
    /// The last attempt's error after `patience`, or at once when reconnecting was given up.
    pub async fn session(&self, patience: Duration) -> Result<Session, Arc<ConnectError>> {
        let mut state = self.state.clone();
        // A session that has just died still stands there until its keeper looks.
        let usable = |s: &State| match s {
            State::Up(session) => !session.is_closed(),
            State::Down(_) => false,
            State::Over(_) => true,
        };
        let settled = timeout(patience, state.wait_for(usable)).await;
        let seen = match settled {
            Ok(Ok(seen)) => seen.clone(),
            Ok(Err(_)) | Err(_) => self.state.borrow().clone(),
        };
        match seen {
            State::Up(session) if !session.is_closed() => Ok(session),
            State::Over(e) | State::Down(Some(e)) => Err(e),
            State::Up(_) | State::Down(None) => Err(Arc::new(ConnectError::TimedOut {
                at: self.at.clone(),
                stage: super::error::Stage::Reaching,
                secs: patience.as_secs(),
            })),
        }
    }

    /// Ends the connection for all clones.
    pub async fn close(&self) {
        let session = self.current();
        self.wanted.send_replace(false);
        if let Some(session) = session {
            session.close().await;
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("at", &self.at)
            .field("up", &self.current().is_some())
            .finish_non_exhaustive()
    }
}

struct Keeper {
    target: Target,
    credentials: Credentials,
    host_keys: HostKeys,
    options: Options,
    r#become: Become,
}

impl Keeper {
    async fn connect(&self) -> Result<Session, ConnectError> {
        let session = connect_with(&self.target, &self.credentials, &self.host_keys, &self.options).await?;
        session
            .root(&self.r#become)
            .await
            .map_err(|source| ConnectError::Root { at: self.target.to_string(), source: Box::new(source) })
    }

    async fn keep(
        self,
        mut session: Session,
        state: watch::Sender<State>,
        mut stop: watch::Receiver<bool>,
        tell: impl Fn(Link),
    ) {
        loop {
            let cause = tokio::select! {
                cause = session.closed() => cause,
                () = unwanted(&mut stop) => break,
            };
            if !wanted(&stop) {
                break;
            }
            state.send_replace(State::Down(None));
            tell(Link::Lost { cause });
            tokio::select! {
                back = self.reconnect(&state) => match back {
                    Ok((again, attempts)) => {
                        session = again;
                        state.send_replace(State::Up(session.clone()));
                        tell(Link::Back { attempts });
                    }
                    Err(e) => {
                        let e = Arc::new(e);
                        state.send_replace(State::Over(e.clone()));
                        tell(Link::GaveUp(e));
                        return;
                    }
                },
                () = unwanted(&mut stop) => break,
            }
        }
        let at = self.target.to_string();
        state.send_replace(State::Over(Arc::new(ConnectError::ClosedHere { at })));
    }

    async fn reconnect(&self, state: &watch::Sender<State>) -> Result<(Session, usize), ConnectError> {
        let (mut pause, mut attempts, mut refused) = (FIRST_PAUSE, 0, 0);
        loop {
            sleep(pause).await;
            attempts += 1;
            let e = match self.connect().await {
                Ok(session) => return Ok((session, attempts)),
                Err(e) => e,
            };
            pause = (pause * 2).min(LONGEST_PAUSE);
            if let ConnectError::AuthRefused { .. } = e {
                refused += 1;
                pause = LONGEST_PAUSE;
                if refused == REFUSED_LOGINS {
                    return Err(e);
                }
            } else if !passing(&e) {
                return Err(e);
            }
            state.send_replace(State::Down(Some(Arc::new(e))));
        }
    }
}

/// Trying again may help.
fn passing(e: &ConnectError) -> bool {
    match e {
        ConnectError::Root { source, .. } => !matches!(**source, CommandError::Sudo { .. }),
        e => e.is_passing(),
    }
}

fn wanted(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() && stop.has_changed().is_ok()
}

async fn unwanted(stop: &mut watch::Receiver<bool>) {
    // An error means that the last Connection was dropped.
    let _ = stop.wait_for(|wanted| !wanted).await;
}
