//! Private keys from files.

use super::error::ConnectError;
use hosted_deploy_model::secret::Secret;
use russh::keys::{self, PrivateKey, decode_secret_key, ssh_key};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Whether the private key in this file must be opened with a passphrase: then ask for it before connecting.
///
/// # Errors
/// The file can't be read, or holds no private key.
pub fn needs_passphrase(path: &Path) -> Result<bool, ConnectError> {
    encrypted(path, &read(path)?)
}

/// Reads and opens the key. Opening derives a key from the passphrase on purpose slowly, so it has its own thread.
pub(super) async fn load(path: &Path, passphrase: Option<&Secret>) -> Result<PrivateKey, ConnectError> {
    let (path, passphrase) = (path.to_owned(), passphrase.cloned());
    let of_thread = path.clone();
    tokio::task::spawn_blocking(move || open(of_thread, passphrase))
        .await
        .unwrap_or_else(|e| Err(ConnectError::KeyUnsupported { path, reason: format!("reading it failed: {e}") }))
}

fn open(path: PathBuf, passphrase: Option<Secret>) -> Result<PrivateKey, ConnectError> {
    let text = read(&path)?;
    let encrypted = encrypted(&path, &text)?;
    if encrypted && passphrase.is_none() {
        return Err(ConnectError::KeyEncrypted { path });
    }
    let passphrase = passphrase.filter(|_| encrypted);
    decode_secret_key(&text, passphrase.as_ref().map(|p| p.expose().as_str())).map_err(|e| {
        if encrypted && !unsupported(&e) {
            ConnectError::KeyPassphraseWrong { path }
        } else {
            ConnectError::KeyUnsupported { path, reason: e.to_string() }
        }
    })
}

fn read(path: &Path) -> Result<Zeroizing<String>, ConnectError> {
    // A key is a few KiB; a device or an image given by mistake must not fill the memory.
    const LIMIT: u64 = 256 * 1024;
    let unreadable = |source| ConnectError::KeyUnreadable { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LIMIT {
        return Err(ConnectError::KeyUnsupported {
            path: path.to_owned(),
            reason: format!("it has {size} bytes, a key has a few thousand"),
        });
    }
    let bytes = Zeroizing::new(std::fs::read(path).map_err(unreadable)?);
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => {
            Err(ConnectError::KeyUnsupported { path: path.to_owned(), reason: "it is not a text file".to_owned() })
        }
    }
}

fn encrypted(path: &Path, text: &str) -> Result<bool, ConnectError> {
    let unsupported =
        |reason: &str| Err(ConnectError::KeyUnsupported { path: path.to_owned(), reason: reason.to_owned() });
    let text = text.trim_start();
    if text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") {
        return match PrivateKey::from_openssh(text) {
            Ok(key) => Ok(key.is_encrypted()),
            Err(e) => unsupported(&e.to_string()),
        };
    }
    if text.starts_with("PuTTY-User-Key-File-") {
        return Ok(!text.contains("Encryption: none"));
    }
    if text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        return Ok(true);
    }
    if text.starts_with("-----BEGIN DSA PRIVATE KEY-----") {
        return unsupported("it is a DSA key");
    }
    if text.starts_with("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        let encrypted = text.contains("Proc-Type: 4,ENCRYPTED");
        if encrypted && !text.starts_with("-----BEGIN RSA PRIVATE KEY-----") {
            return unsupported("of the old encrypted PEM keys only RSA ones can be opened");
        }
        if encrypted && !text.contains("DEK-Info: AES-128-CBC,") {
            return unsupported("its old PEM encryption is not AES-128-CBC");
        }
        return Ok(encrypted);
    }
    if text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-") {
        return unsupported("it is a public key; the private key is the file without .pub");
    }
    unsupported("it is not a private key file")
}

/// The key would not open with any passphrase.
fn unsupported(e: &keys::Error) -> bool {
    matches!(
        e,
        keys::Error::UnsupportedKeyType { .. }
            | keys::Error::UnknownAlgorithm(_)
            | keys::Error::SshKey(ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. })
    )
}
