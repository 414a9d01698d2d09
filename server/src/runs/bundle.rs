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
    pack(output, &name(folder), files(folder, answers)?)
}

/// The same archive, in memory.
///
/// # Errors
/// When a file cannot be read.
pub fn bytes(folder: &RunFolder, answers: &Answers) -> Result<Vec<u8>, StoreError> {
    archive(Vec::new(), &name(folder), files(folder, answers)?).map_err(io("read", folder.path()))
}

/// Packs files into a gzipped tar archive at `output`, below one folder, readable only by its owner.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn pack(output: &Path, folder: &str, files: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(output);
    file.and_then(|file| archive(file, folder, files)).map(drop).map_err(io("write", output))
}

fn name(folder: &RunFolder) -> String {
    format!("hosted-deploy-{}", folder.id)
}

fn files(folder: &RunFolder, answers: &Answers) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
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
    Ok(files.into_iter().map(|(name, text)| (name, hide_known(&text, answers))).collect())
}

pub(crate) fn archive<W: Write>(to: W, folder: &str, files: Vec<(String, Vec<u8>)>) -> std::io::Result<W> {
    let mut archive = tar::Builder::new(GzEncoder::new(to, Compression::default()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(super::journal::now() / 1000);
        header.set_cksum();
        archive.append_data(&mut header, format!("{folder}/{name}"), text.as_slice())?;
    }
    let mut to = archive.into_inner()?.finish()?;
    to.flush()?;
    Ok(to)
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
    file.and_then(|mut file| file.write_all(&hide_known(text, answers))).map_err(|source| StoreError::Io {
        act: "write",
        path,
        source,
    })
}

fn versions() -> String {
    format!("hosted-deploy {}\n", env!("CARGO_PKG_VERSION"))
}

/// Replaces every known secret. Short ones would tear ordinary words apart; no rule accepts so short a password.
pub(crate) fn hide_known(text: &[u8], answers: &Answers) -> Vec<u8> {
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
        assert_eq!(hide_known(b"a canary, canarycanary.", &answers), b"a ********, ****************.");
        assert_eq!(hide_known(b"", &answers), b"");
    }
}
