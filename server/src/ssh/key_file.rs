//! Private keys: from files, and as text.

use super::error::{ConnectError, KeyError};
use hosted_deploy_model::secret::Secret;
use russh::keys::{self, PrivateKey, decode_secret_key, ssh_key};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Whether the private key in this file must be opened with a passphrase: then ask for it before connecting.
///
/// # Errors
/// The file can't be read, or holds no private key.
pub fn needs_passphrase(path: &Path) -> Result<bool, ConnectError> {
    encrypted(&read(path)?).map_err(|error| error.of_file(path.to_owned()))
}

/// Reads and opens the key in a file.
pub(super) async fn load(path: &Path, passphrase: Option<&Secret>) -> Result<PrivateKey, ConnectError> {
    let (path, passphrase) = (path.to_owned(), passphrase.cloned());
    let of_thread: PathBuf = path.clone();
    slowly(move || {
        let text = read(&of_thread)?;
        open(&text, passphrase.as_ref()).map_err(|error| error.of_file(of_thread))
    })
    .await
    .unwrap_or_else(|reason| Err(KeyError::Unsupported { reason }.of_file(path)))
}

/// Opens a key given as text.
pub(super) async fn parse(text: &Secret, passphrase: Option<&Secret>) -> Result<PrivateKey, KeyError> {
    let (text, passphrase) = (text.clone(), passphrase.cloned());
    slowly(move || open(text.expose(), passphrase.as_ref()))
        .await
        .unwrap_or_else(|reason| Err(KeyError::Unsupported { reason }))
}

/// Opening derives a key from the passphrase on purpose slowly, so it has its own thread.
async fn slowly<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(act).await.map_err(|error| format!("reading it failed: {error}"))
}

fn open(text: &str, passphrase: Option<&Secret>) -> Result<PrivateKey, KeyError> {
    let encrypted = encrypted(text)?;
    if encrypted && passphrase.is_none() {
        return Err(KeyError::Encrypted);
    }
    let passphrase = passphrase.filter(|_| encrypted);
    decode_secret_key(text, passphrase.map(|p| p.expose().as_str())).map_err(|e| {
        if encrypted && !unsupported(&e) {
            KeyError::PassphraseWrong
        } else {
            KeyError::Unsupported { reason: e.to_string() }
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

fn encrypted(text: &str) -> Result<bool, KeyError> {
    let unsupported = |reason: &str| Err(KeyError::Unsupported { reason: reason.to_owned() });
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
    unsupported("it is no private key")
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
