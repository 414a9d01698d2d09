//! Which host keys are trusted, and what happens at the first contact.

use super::{
    error::{ConnectError, KeyChange},
    known_hosts::{self, Line},
    target::Target,
};
use russh::keys::{HashAlg, PublicKey};
use std::{
    fmt,
    fs::{DirBuilder, File, OpenOptions},
    future::Future,
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

/// Asks whether the key of an unknown host is to be trusted.
type Question = dyn Fn(UnknownHost) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync;

/// What to do with the key of a host that no file knows.
#[derive(Clone)]
pub enum FirstUse {
    /// Trust it and write it down.
    Accept,
    /// Ask; trusted and written down when the answer is yes. No connection is open while the person thinks.
    Ask(Arc<Question>),
    /// Don't connect.
    Refuse,
}

impl FirstUse {
    /// [`FirstUse::Ask`] with an async closure.
    pub fn ask<F, A>(question: F) -> Self
    where
        F: Fn(UnknownHost) -> A + Send + Sync + 'static,
        A: Future<Output = bool> + Send + 'static,
    {
        Self::Ask(Arc::new(move |host| Box::pin(question(host))))
    }
}

impl fmt::Debug for FirstUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "Accept",
            Self::Ask(_) => "Ask",
            Self::Refuse => "Refuse",
        })
    }
}

/// A host met for the first time, for the person who decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownHost {
    /// `host:port`.
    pub at: String,
    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` …
    pub algorithm: String,
    /// `SHA256:…` as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// Lines of known-hosts files that name the host and could not be used, with the reason.
    pub ignored: Vec<String>,
}

/// Where a key is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Line (from 1) of a known-hosts file.
    File {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// The first connection of this [`Connection`](super::Connection).
    FirstConnection,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::FirstConnection => f.write_str("the first connection"),
        }
    }
}

/// A server's key as people compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKey {
    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` …
    pub algorithm: String,
    /// `SHA256:…` as `ssh-keygen -l` prints it.
    pub fingerprint: String,
}

impl HostKey {
    pub(super) fn of(key: &PublicKey) -> Self {
        Self {
            algorithm: key.algorithm().as_str().to_owned(),
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
        }
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm, self.fingerprint)
    }
}

/// The trusted host keys: our own known-hosts file, others that are only read, and a policy for first contact.
#[derive(Clone, Debug)]
pub struct HostKeys {
    ours: PathBuf,
    others: Vec<PathBuf>,
    first_use: FirstUse,
    pinned: Option<PublicKey>,
}

/// What the files say about one host.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) trusted: Vec<(PublicKey, Place)>,
    pub(super) revoked: Vec<(PublicKey, Place)>,
    pub(super) ignored: Vec<String>,
}

impl Known {
    pub(super) fn trusts(&self, key: &PublicKey) -> bool {
        let has = |keys: &[(PublicKey, Place)]| keys.iter().any(|(k, _)| k.key_data() == key.key_data());
        has(&self.trusted) && !has(&self.revoked)
    }
}

impl HostKeys {
    /// `ours` is written (mode 0600, its folder 0700) when an unknown host is trusted; it need not exist yet.
    pub fn new(ours: impl Into<PathBuf>, first_use: FirstUse) -> Self {
        Self { ours: ours.into(), others: Vec::new(), first_use, pinned: None }
    }

    /// Reads this known-hosts file too, and never writes it. A missing file counts as empty.
    pub fn also(mut self, path: impl Into<PathBuf>) -> Self {
        self.others.push(path.into());
        self
    }

    /// Reads OpenSSH's files too: the person's `~/.ssh/known_hosts` and the machine's `/etc/ssh/ssh_known_hosts`.
    pub fn also_openssh(mut self) -> Self {
        if let Some(home) = std::env::home_dir() {
            self.others.push(home.join(".ssh/known_hosts"));
        }
        self.others.push("/etc/ssh/ssh_known_hosts".into());
        self
    }

    /// Trusts this key and no other, whatever the files say later.
    pub(super) fn pin(mut self, key: PublicKey) -> Self {
        self.pinned = Some(key);
        self
    }

    pub(super) fn lookup(&self, target: &Target) -> Result<Known, ConnectError> {
        let mut known = Known::default();
        let name = known_hosts::name(&target.address, target.port);
        let ours = read(&self.ours).map_err(|source| self.unusable(source))?;
        collect(&ours, &self.ours, &name, &mut known);
        for path in &self.others {
            match read(path) {
                Ok(text) => collect(&text, path, &name, &mut known),
                // Not ours to demand: the host may still be known from the other files.
                Err(e) => known.ignored.push(format!("{}: can't be read: {e}", path.display())),
            }
        }
        if let Some(pinned) = &self.pinned {
            known.trusted = vec![(pinned.clone(), Place::FirstConnection)];
        }
        Ok(known)
    }

    /// Judges a key that [`Known::trusts`] did not: an error, or it is trusted and written down.
    pub(super) async fn meet(&self, target: &Target, known: &Known, key: &PublicKey) -> Result<(), ConnectError> {
        refuse_known(target, known, key)?;
        let offered = HostKey::of(key);
        let host = UnknownHost {
            at: target.host_port(),
            algorithm: offered.algorithm,
            fingerprint: offered.fingerprint,
            ignored: known.ignored.clone(),
        };
        let trusted = match &self.first_use {
            FirstUse::Accept => true,
            FirstUse::Refuse => false,
            FirstUse::Ask(question) => question(host.clone()).await,
        };
        if !trusted {
            return Err(ConnectError::HostKeyUnknown(Box::new(host)));
        }
        self.record(target, key)
    }

    fn record(&self, target: &Target, key: &PublicKey) -> Result<(), ConnectError> {
        let name = known_hosts::name(&target.address, target.port);
        let mut file = open_locked(&self.ours).map_err(|source| self.unusable(source))?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|source| self.unusable(source))?;
        // Somebody else may have met the host since we looked.
        let mut known = Known::default();
        collect(&text, &self.ours, &name, &mut known);
        if known.trusts(key) {
            return Ok(());
        }
        refuse_known(target, &known, key)?;
        let line = key.to_openssh().map_err(|e| self.unusable(io::Error::other(e)))?;
        let separator = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        file.write_all(format!("{separator}{name} {}\n", line.trim_end()).as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|source| self.unusable(source))
    }

    /// Trusts these keys (`ssh-ed25519 AAAA…`) for a host and forgets what our own file said of it before: the host was
    /// installed anew, and whoever installed it told us its keys.
    ///
    /// # Errors
    /// No key can be read, or the file can't be written.
    pub fn replace(&self, target: &Target, keys: &[String]) -> Result<(), ConnectError> {
        let keys: Vec<PublicKey> = keys.iter().filter_map(|key| PublicKey::from_openssh(key).ok()).collect();
        if keys.is_empty() {
            return Err(self.unusable(io::Error::new(io::ErrorKind::InvalidData, "no key of the host can be read")));
        }
        let name = known_hosts::name(&target.address, target.port);
        let written = || {
            let mut file = open_locked(&self.ours)?;
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            let others = text.lines().filter(|line| line.split_ascii_whitespace().next() != Some(name.as_str()));
            let mut kept: String = others.map(|line| format!("{line}\n")).collect();
            for key in &keys {
                let line = key.to_openssh().map_err(io::Error::other)?;
                kept.push_str(&format!("{name} {}\n", line.trim_end()));
            }
            // In place and under the lock: another process may hold the file open and wait for it.
            file.set_len(0)?;
            file.write_all(kept.as_bytes())?;
            file.sync_all()
        };
        written().map_err(|source| self.unusable(source))
    }

    fn unusable(&self, source: io::Error) -> ConnectError {
        ConnectError::HostKeyFile { path: self.ours.clone(), source }
    }
}

/// An error when the files speak against the key; nothing when they don't know the host.
fn refuse_known(target: &Target, known: &Known, key: &PublicKey) -> Result<(), ConnectError> {
    let offered = HostKey::of(key);
    let of_key = |(k, _): &&(PublicKey, Place)| k.key_data() == key.key_data();
    if let Some((_, place)) = known.revoked.iter().find(of_key) {
        return Err(ConnectError::HostKeyRevoked { at: target.host_port(), offered, place: place.clone() });
    }
    // A host that is known by another kind of key only is a changed host too: whoever sits between us
    // could otherwise offer the kind we have not recorded.
    let same_kind = |(k, _): &&(PublicKey, Place)| k.algorithm() == key.algorithm();
    let recorded = known.trusted.iter().find(same_kind);
    match recorded.or(known.trusted.first()) {
        None => Ok(()),
        Some((k, place)) => Err(ConnectError::HostKeyChanged(Box::new(KeyChange {
            at: target.host_port(),
            name: known_hosts::name(&target.address, target.port),
            offered,
            recorded: HostKey::of(k),
            place: place.clone(),
        }))),
    }
}

fn collect(text: &str, path: &Path, name: &str, known: &mut Known) {
    for (line, meaning) in known_hosts::lines_for(text, name) {
        let place = Place::File { path: path.to_owned(), line };
        match meaning {
            Line::Trusted(key) => known.trusted.push((key, place)),
            Line::Revoked(key) => known.revoked.push((key, place)),
            Line::Ignored(why) => known.ignored.push(format!("{place}: {why}")),
        }
    }
}

/// A file's text; a missing one is empty. Names in old files need not be UTF-8, keys are ASCII.
fn read(path: &Path) -> io::Result<String> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(e),
    }
}

fn open_locked(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    file.lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const NEW: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGlL2LcXSsvZHtcFFhMhvvQoTH9sQRXKsJhRdvGGNKHZ";

    #[test]
    fn a_host_that_was_installed_anew_has_its_new_keys_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        std::fs::write(&path, format!("192.0.2.50 {OLD}\nother {OLD}")).unwrap();
        let keys = HostKeys::new(&path, FirstUse::Refuse);
        let target = Target::new("192.0.2.50", 22, "root");
        keys.replace(&target, &["nonsense".to_owned(), NEW.to_owned()]).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("other {OLD}\n192.0.2.50 {NEW}\n"));
        assert!(keys.replace(&target, &["nonsense".to_owned()]).is_err());
        assert_eq!(keys.lookup(&target).unwrap().trusted.len(), 1);
    }
}
