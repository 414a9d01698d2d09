//! Reaching the deployment host as the answers say: address, ways to log in, root rights, trusted host keys.

use crate::ssh::{self, Become, ConnectError, Credential, Credentials, FirstUse, HostKeys, Session, Target};
use hosted_deploy_model::answers::Answers;
use std::path::Path;

/// Where to connect.
pub fn target(answers: &Answers) -> Target {
    let host = &answers.host;
    Target::new(host.address.as_deref().unwrap_or_default(), host.ssh_port(), host.ssh_user())
}

/// The ways to log in: the key that was named, the agent's keys, the usual key files, the password.
pub fn credentials(answers: &Answers) -> Credentials {
    let host = &answers.host;
    let passphrase = host.key_passphrase.value().cloned();
    let mut ways = Vec::new();
    match &host.key_file {
        Some(path) => ways.push(Credential::KeyFile { path: path.into(), passphrase }),
        None if host.key.value().is_some() => {
            ways.extend(host.key.value().cloned().map(|text| Credential::Key { text, passphrase }));
        }
        None if host.password.value().is_none() => {
            if std::env::var_os("SSH_AUTH_SOCK").is_some() {
                ways.push(Credential::Agent { socket: None });
            }
            let home = std::env::home_dir().unwrap_or_default();
            let usual = ["id_ed25519", "id_ecdsa", "id_rsa"].map(|name| home.join(".ssh").join(name));
            let kept = usual.into_iter().filter(|path| path.exists());
            ways.extend(kept.map(|path| Credential::KeyFile { path, passphrase: passphrase.clone() }));
        }
        None => {}
    }
    ways.extend(host.password.value().cloned().map(Credential::Password));
    Credentials::new(ways)
}

/// How commands become root's.
pub fn become_root(answers: &Answers) -> Become {
    let host = &answers.host;
    if host.ssh_user() == "root" {
        return Become::None;
    }
    Become::Sudo { password: host.sudo_password.value().or(host.password.value()).cloned() }
}

/// The host keys that are trusted: our own file below the state folder, and OpenSSH's.
pub fn host_keys(state: &Path, first_use: FirstUse) -> HostKeys {
    HostKeys::new(state.join("known_hosts"), first_use).also_openssh()
}

/// Connects once and becomes root.
///
/// # Errors
/// What SSH or sudo say; [`ConnectError::advice`] says what to do.
pub async fn connect(answers: &Answers, state: &Path, first_use: FirstUse) -> Result<Session, ConnectError> {
    let session = ssh::connect(&target(answers), &credentials(answers), &host_keys(state, first_use)).await?;
    let root = session.root(&become_root(answers)).await;
    root.map_err(|source| ConnectError::Root { at: session.at().to_owned(), source: Box::new(source) })
}
