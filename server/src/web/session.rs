//! Who is logged in. Sessions live in memory and end with the process, by log-out, after idle time, or by age.

use super::way::Way;
use hosted_deploy_app::refused::Refused;
use hosted_deploy_model::lang::Text;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The cookie with the session's token. `__Host-`: only over HTTPS, only for this host, for all its paths.
pub const SESSION_COOKIE: &str = "__Host-session";

/// A session however busy ends after a day's work, so that a password changed on the host counts at last.
const LONGEST: Duration = Duration::from_secs(12 * 60 * 60);
/// More at once than a team has; the longest idle one makes room.
const MOST: usize = 256;

/// What is known of somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Session {
    /// The account on the host.
    pub user: String,
    /// The host's name or address, as given.
    pub address: String,
    /// `host:port`.
    pub at: String,
    /// `ssh-ed25519 SHA256:…`.
    pub host_key: String,
    /// The connection that the login has opened; `None` where nothing but the login was asked for.
    pub way: Option<Arc<Way>>,
}

impl Session {
    /// The way to the host.
    ///
    /// # Errors
    /// When the login has opened none.
    pub(super) fn way(&self) -> Result<Arc<Way>, Refused> {
        self.way.clone().ok_or_else(|| Refused {
            log_in: true,
            ..Refused::new(
                Text::new(
                    "This session has no connection to the host.",
                    "このセッションにはホストへの接続がありません。",
                ),
                Text::new("Log in again.", "再度ログインしてください。"),
            )
        })
    }
}

/// Whether a request shows that somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A person did something.
    Counts,
    /// The page asked by itself.
    Silent,
}

struct Entry {
    session: Arc<Session>,
    began: Instant,
    used: Instant,
}

/// All sessions. A table by the token's digest: whoever could read the table could not use it.
pub struct Sessions {
    idle: Duration,
    entries: Mutex<HashMap<[u8; 32], Entry>>,
}

impl Sessions {
    /// No session yet; each will end after `idle` without a request.
    pub fn new(idle: Duration) -> Self {
        Self { idle, entries: Mutex::default() }
    }

    /// A new session; its token, 64 hexadecimal digits. `None` when the system gives no random bytes.
    pub fn open(&self, session: Session, now: Instant) -> Option<String> {
        let token = token()?;
        let mut entries = self.alive(now);
        if entries.len() >= MOST
            && let Some(oldest) = entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| *key)
        {
            entries.remove(&oldest);
        }
        entries.insert(digest(&token), Entry { session: Arc::new(session), began: now, used: now });
        Some(token)
    }

    /// The session of a token, which by this is used again.
    pub fn get(&self, token: &str, now: Instant) -> Option<Arc<Session>> {
        self.find(token, now, Use::Counts).map(|(session, _)| session)
    }

    /// The session of a token, and how long it lives on without another use.
    pub fn find(&self, token: &str, now: Instant, r#use: Use) -> Option<(Arc<Session>, Duration)> {
        let mut entries = self.alive(now);
        let entry = entries.get_mut(&digest(token))?;
        if r#use == Use::Counts {
            entry.used = now;
        }
        let ends = (entry.used + self.idle).min(entry.began + LONGEST);
        Some((Arc::clone(&entry.session), ends.saturating_duration_since(now)))
    }

    /// The idle time after which a session ends.
    pub fn idle(&self) -> Duration {
        self.idle
    }

    /// Whether the token's session goes on; asking does not use it.
    pub fn is_open(&self, token: &str, now: Instant) -> bool {
        self.alive(now).contains_key(&digest(token))
    }

    /// Ends a session.
    pub fn close(&self, token: &str) {
        self.lock().remove(&digest(token));
    }

    fn alive(&self, now: Instant) -> MutexGuard<'_, HashMap<[u8; 32], Entry>> {
        let mut entries = self.lock();
        let ended =
            |entry: &Entry| now.duration_since(entry.used) >= self.idle || now.duration_since(entry.began) >= LONGEST;
        entries.retain(|_, entry| !ended(entry));
        entries
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Entry>> {
        // No caller can leave the table half changed.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 256 random bits as 64 hexadecimal digits. `None` when the system gives none.
pub(super) fn token() -> Option<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

pub(super) fn digest(token: &str) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, token.as_bytes());
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(900);

    fn session(user: &str) -> Session {
        Session { user: user.into(), address: "h".into(), at: "h:22".into(), host_key: String::new(), way: None }
    }

    #[test]
    fn a_token_finds_its_session_and_no_other() {
        let (sessions, now) = (Sessions::new(IDLE), Instant::now());
        let (a, b) = (sessions.open(session("a"), now).unwrap(), sessions.open(session("b"), now).unwrap());
        assert_eq!(a.len(), 64);
        assert_eq!(sessions.get(&a, now).unwrap().user, "a");
        assert_eq!(sessions.get(&b, now).unwrap().user, "b");
        assert!(sessions.get("", now).is_none() && sessions.get(&a.to_uppercase(), now).is_none());
        sessions.close(&a);
        assert!(sessions.get(&a, now).is_none() && sessions.get(&b, now).is_some());
    }

    #[test]
    fn idle_time_ends_it_and_use_puts_that_off_until_its_age_ends_it() {
        let (sessions, start) = (Sessions::new(IDLE), Instant::now());
        let token = sessions.open(session("a"), start).unwrap();
        assert!(sessions.get(&token, start + IDLE - Duration::from_secs(1)).is_some());
        assert!(sessions.get(&token, start + IDLE + IDLE / 2).is_some());
        assert!(sessions.get(&token, start + IDLE * 3).is_none());

        let token = sessions.open(session("b"), start).unwrap();
        let mut at = start;
        while at + IDLE / 2 < start + LONGEST {
            at += IDLE / 2;
            assert!(sessions.get(&token, at).is_some());
        }
        assert!(sessions.get(&token, start + LONGEST).is_none());
    }

    #[test]
    fn asking_how_long_it_lives_does_not_prolong_it() {
        let (sessions, start) = (Sessions::new(IDLE), Instant::now());
        let token = sessions.open(session("a"), start).unwrap();
        let left = |at, r#use| sessions.find(&token, at, r#use).map(|(_, left)| left);
        let half = start + IDLE / 2;
        assert_eq!(left(half, Use::Silent), Some(IDLE / 2));
        assert_eq!(left(half, Use::Silent), Some(IDLE / 2));
        assert_eq!(left(half, Use::Counts), Some(IDLE));
        assert_eq!(left(half + IDLE, Use::Silent), None);

        let token = sessions.open(session("b"), start).unwrap();
        let mut at = start;
        while at + IDLE / 2 < start + LONGEST {
            at += IDLE / 2;
            sessions.find(&token, at, Use::Counts).unwrap();
        }
        let last = sessions.find(&token, at, Use::Counts).unwrap().1;
        assert_eq!(last, start + LONGEST - at, "its age ends it, whatever its use");
    }

    #[test]
    fn one_too_many_puts_out_the_longest_idle() {
        let (sessions, start) = (Sessions::new(IDLE), Instant::now());
        let tokens: Vec<String> =
            (0..=MOST).map(|n| sessions.open(session("x"), start + Duration::from_millis(n as u64)).unwrap()).collect();
        let now = start + Duration::from_secs(1);
        let alive = tokens.iter().filter(|token| sessions.get(token, now).is_some()).count();
        assert_eq!(alive, MOST);
        assert!(sessions.get(&tokens[0], now).is_none());
    }
}
