//! The bundle of a run for a bug report: answers without secrets, plan, events, logs and versions.
//!
//! Everything in it was written without secrets in the first place. Before it is packed it is searched for every
//! secret that is known all the same: what leaves the machine is checked at the door.

use super::host::{Host, HostError};
use super::store::{RunFolder, StoreError};
use flate2::Compression;
use flate2::write::GzEncoder;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::phase::Phase;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Packs the run into a gzipped tar archive at `output`, readable only by its owner.
///
/// # Errors
/// When a file cannot be read or the archive cannot be written.
pub fn write(folder: &RunFolder, answers: &Answers, output: &Path) -> Result<(), StoreError> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(output);
    pack(folder, answers, file.map_err(io("write", output))?, output).map(|_| ())
}

/// The same archive, in memory.
///
/// # Errors
/// When a file cannot be read.
pub fn bytes(folder: &RunFolder, answers: &Answers) -> Result<Vec<u8>, StoreError> {
    pack(folder, answers, Vec::new(), folder.path())
}

fn pack<W: Write>(folder: &RunFolder, answers: &Answers, to: W, named: &Path) -> Result<W, StoreError> {
    let mut archive = tar::Builder::new(GzEncoder::new(to, Compression::default()));
    let mut files = vec![("versions.txt".to_owned(), versions().into_bytes())];
    for name in ["plan.json", "answers.json", "events.jsonl", "driver.log"] {
        if let Ok(text) = std::fs::read(folder.path().join(name)) {
            files.push((name.to_owned(), text));
        }
    }
    for entry in std::fs::read_dir(folder.logs()).map_err(io("read", &folder.logs()))? {
        let path = entry.map_err(io("read", &folder.logs()))?.path();
        if let (Some(name), Ok(text)) = (path.file_name().and_then(|name| name.to_str()), std::fs::read(&path)) {
            files.push((format!("logs/{name}"), text));
        }
    }
    for (name, text) in files {
        let text = redact(&text, answers);
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(super::journal::now() / 1000);
        header.set_cksum();
        let path = format!("hosted-deploy-{}/{name}", folder.id);
        archive.append_data(&mut header, path, text.as_slice()).map_err(io("write", named))?;
    }
    let written = archive.into_inner().and_then(GzEncoder::finish).and_then(|mut to| to.flush().map(|()| to));
    written.map_err(io("write", named))
}

fn io(act: &'static str, path: &Path) -> impl Fn(std::io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |source| StoreError::Io { act, path: path.clone(), source }
}

/// Fetches the logs that the phases wrote on the host, and keeps them.
///
/// # Errors
/// When the host cannot be asked or the run's folder not be written.
pub async fn fetch_logs(host: &Host, folder: &RunFolder, answers: &Answers) -> Result<(), FetchError> {
    for phase in folder.read()?.plan.role_phases() {
        if let Some(text) = host.log(phase).await? {
            keep_log(folder, phase, &text, answers)?;
        }
    }
    Ok(())
}

/// Why logs were not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The run's folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The host.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// Keeps a phase's log that was fetched from the host.
fn keep_log(folder: &RunFolder, phase: Phase, text: &[u8], answers: &Answers) -> Result<(), StoreError> {
    let path = folder.logs().join(format!("{}.log", phase.tag()));
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
    file.and_then(|mut file| file.write_all(&redact(text, answers))).map_err(|source| StoreError::Io {
        act: "write",
        path,
        source,
    })
}

fn versions() -> String {
    format!("hosted-deploy {}\n", env!("CARGO_PKG_VERSION"))
}

/// Replaces every known secret. Short ones would tear ordinary words apart; no rule accepts so short a password.
fn redact(text: &[u8], answers: &Answers) -> Vec<u8> {
    let mut text = text.to_vec();
    for (_, secret) in answers.secrets() {
        let secret = secret.expose().as_bytes();
        if secret.len() >= 4 {
            text = replace(&text, secret, b"********");
        }
    }
    text
}

fn replace(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(what.len()).position(|window| window == what) {
        let (before, behind) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(with);
        rest = behind.get(what.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_of_a_secret_is_replaced() {
        let mut answers = Answers::default();
        answers.set_secret("engine.admin_password", "canary".into());
        assert_eq!(redact(b"a canary, canarycanary.", &answers), b"a ********, ****************.");
        assert_eq!(redact(b"", &answers), b"");
    }
}
