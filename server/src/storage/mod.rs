//! Storage discovery: what a storage really is, seen from the deployment host before anything is built on it.
//!
//! NFS, Gluster and Fibre Channel are looked at by one constant script ([`LOOK_COMMAND`]) that runs on the host as root in
//! a mount namespace of its own, so that no trial mount outlives it. iSCSI is spoken from here, through connections that
//! the host's SSH server opens ([`iscsi`]): the host's kernel sees no session, no record, no device and no CHAP password,
//! and there is nothing to log out of afterwards.

pub mod iscsi;
pub mod prepare;

use crate::preflight::{GatherError, gather, probe_token};
use crate::ssh::{CommandError, Exec, Session};
use hosted_deploy_model::answers::{Answers, NfsVersion};
use hosted_deploy_model::check;
use hosted_deploy_model::facts::{Facts, ParseError};
use hosted_deploy_model::storage::{Discovery, LvmFilter, Query};
use std::time::Duration;

const LOOK: &str = include_str!("look.sh");
const LVM: &str = include_str!("lvm.sh");

/// The command that reads [`look_input`] on its standard input. It needs root.
pub const LOOK_COMMAND: &str = "unshare --mount -- sh -s";

/// A trial mount of a dead server takes its time; everything after it is quick.
pub(crate) const LONGEST: Duration = Duration::from_secs(110);

/// A host with hundreds of LUNs.
const LIMIT_BYTES: usize = 8 << 20;

/// Why nothing is known of a storage.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// The host could not be asked.
    #[error("the storage cannot be looked at")]
    Command(#[from] CommandError),
    /// The script did not answer as it does.
    #[error("the storage cannot be looked at (the host complained: {complaint:?})")]
    Answer {
        /// The start of its standard error.
        complaint: String,
        /// What is wrong with the output.
        source: ParseError,
    },
    /// It did not end.
    #[error("the host did not finish looking at the storage within {} s: the storage hangs", LONGEST.as_secs())]
    Slow,
    /// The question holds characters that have no place in a name, a path or an option.
    #[error("{what} {value:?} cannot be asked about: it holds characters that no such value has")]
    NotAskable {
        /// What it was to be.
        what: &'static str,
        /// The value.
        value: String,
    },
}

/// Looks at a storage over a session of root's. Leaves nothing on the host and nothing on the storage.
///
/// # Errors
/// When the host cannot be asked. A storage that refuses is no error: the [`Discovery`] says how it refused.
pub async fn discover(root: &Session, query: &Query) -> Result<Discovery, DiscoverError> {
    let token = probe_token();
    let exec = Exec::new(LOOK_COMMAND)
        .stdin(look_input(&token, query)?)
        .limit_bytes(LIMIT_BYTES)
        .named("looking at the storage");
    let output = tokio::time::timeout(LONGEST, root.exec(exec)).await.map_err(|_| DiscoverError::Slow)??;
    let found = Discovery::parse(&token, &output.stdout).map_err(|source| DiscoverError::Answer {
        complaint: String::from_utf8_lossy(&output.stderr).chars().take(300).collect(),
        source,
    })?;
    match (query, found) {
        (Query::Iscsi(asked), Discovery::Iscsi(found)) => {
            let mut told = iscsi::discover(root, asked, &found.initiator).await;
            told.attached = found.attached;
            told.join_attached();
            Ok(Discovery::Iscsi(told))
        }
        (_, found) => Ok(found),
    }
}

/// Reads the host for these answers, and beside it the storage that they name.
///
/// # Errors
/// When the host cannot be read. A storage that could not be looked at leaves its checks as *could not run*.
pub async fn gather_all(root: &Session, answers: &Answers) -> Result<Facts, GatherError> {
    let questions = check::questions(answers);
    let query = answers.storage.as_ref().and_then(Query::of);
    let look = async {
        match &query {
            Some(query) => Some(discover(root, query).await),
            None => None,
        }
    };
    let (facts, found) = tokio::join!(gather(root, &questions), look);
    let mut facts = facts?;
    match found {
        Some(Ok(found)) => facts.storage = Some(found),
        Some(Err(DiscoverError::Command(error))) => return Err(error.into()),
        Some(Err(error)) => tracing::warn!("storage discovery: {error}"),
        None => {}
    }
    Ok(facts)
}

/// Which LVM filter the host needs; `None`: LVM does not answer there.
///
/// # Errors
/// When the host cannot be asked.
pub async fn lvm_filter(root: &Session) -> Result<Option<LvmFilter>, DiscoverError> {
    let token = probe_token();
    let exec = Exec::new("sh -s")
        .stdin(format!("{LVM}\nmain <<'END_{token}'\n{token}\nEND_{token}\n"))
        .named("reading the LVM configuration");
    let output = tokio::time::timeout(LONGEST, root.exec(exec)).await.map_err(|_| DiscoverError::Slow)??;
    LvmFilter::parse(&token, &output.stdout).map_err(|source| DiscoverError::Answer {
        complaint: String::from_utf8_lossy(&output.stderr).chars().take(300).collect(),
        source,
    })
}

/// What the script gets on its standard input. `token` must be new and unguessable for each run, ASCII letters and
/// digits. No secret is part of it.
///
/// # Errors
/// A value with characters that it cannot have.
pub fn look_input(token: &str, query: &Query) -> Result<Vec<u8>, DiscoverError> {
    let mut lines = vec![("kind", query.kind().name().to_owned())];
    match query {
        Query::Nfs(nfs) => {
            lines.push(("server", nfs.server.clone()));
            lines.extend(nfs.path.clone().map(|path| ("path", path)));
            lines.push(("options", options(version_option(nfs.version), nfs.mount_options.as_deref())));
        }
        Query::Glusterfs(gluster) => {
            lines.push(("server", gluster.server.clone()));
            lines.push(("path", gluster.volume.clone()));
            lines.push(("options", options(None, gluster.mount_options.as_deref())));
        }
        Query::Iscsi(_) | Query::Fc => {}
    }
    let mut text = format!("{LOOK}\nmain <<'END_{token}'\ntoken {token}\n");
    for (what, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
        // The document is never expanded; this keeps what would be an option or several words out of commands.
        let sound = value.chars().all(|c| c.is_ascii_graphic() && !"\\'\"`$;&|<>()*?#".contains(c));
        if !sound || value.starts_with('-') || value.len() > 1024 {
            return Err(DiscoverError::NotAskable { what, value });
        }
        text.push_str(&format!("{what} {value}\n"));
    }
    text.push_str(&format!("END_{token}\n"));
    Ok(text.into_bytes())
}

/// What the engine mounts a version with (VDSM, `storageServer.py`).
const fn version_option(version: NfsVersion) -> Option<&'static str> {
    match version {
        NfsVersion::Auto => None,
        NfsVersion::V3 => Some("vers=3"),
        NfsVersion::V4 => Some("vers=4"),
        NfsVersion::V4_0 => Some("vers=4.0"),
        NfsVersion::V4_1 => Some("vers=4.1"),
        NfsVersion::V4_2 => Some("vers=4.2"),
    }
}

fn options(version: Option<&str>, more: Option<&str>) -> String {
    version.into_iter().chain(more.filter(|more| !more.is_empty())).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
