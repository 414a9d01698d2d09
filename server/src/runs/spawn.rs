//! Starting a driver that outlives the command that wanted it.
//!
//! The driver is this same program in a session of its own: closing the terminal, the browser or the SSH connection
//! that the administrator works through does not end it. It gets the secrets through its standard input and keeps
//! them in memory only.

use super::store::{RunFolder, StoreError};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::secret::Secret;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// Starts a driver for the run.
///
/// # Errors
/// When the process cannot be started.
pub fn spawn_driver(folder: &RunFolder, state: &Path, answers: &Answers) -> Result<(), StoreError> {
    let log = folder.path().join("driver.log");
    let io = |act, path: &Path| {
        let path = path.to_owned();
        move |source| StoreError::Io { act, path: path.clone(), source }
    };
    let messages =
        OpenOptions::new().append(true).create(true).mode(0o600).open(&log).map_err(io("write", log.as_path()))?;
    // The program that runs now, even when an update has replaced its file.
    let program = Path::new("/proc/self/exe");
    let mut child = Command::new(program)
        .arg0("hosted-deploy")
        .arg("--state-dir")
        .arg(state)
        .args(["runs", "drive", &folder.id])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(messages)
        .spawn()
        .map_err(io("start", program))?;
    let mut text = Zeroizing::new(Vec::new());
    for (field, secret) in answers.secrets() {
        let pair = (field, secret.expose().as_str());
        if serde_json::to_writer(&mut *text, &pair).is_ok() {
            text.push(b'\n');
        }
    }
    // The pipe takes this at once (secrets are far smaller than its 64 KiB); a driver that died says so itself.
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(&text);
    }
    // Nobody waits for it: it is its own master from here on, and init takes it over.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// The driver's beginning: takes the secrets from standard input and leaves the session that started it.
///
/// # Errors
/// When standard input is not what [`spawn_driver`] writes.
pub fn take_secrets(answers: &mut Answers) -> std::io::Result<()> {
    let mut text = Zeroizing::new(Vec::new());
    std::io::stdin().read_to_end(&mut text)?;
    for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let (field, value): (String, String) = serde_json::from_slice(line)?;
        answers.set_secret(&field, Secret::new(value));
    }
    // It fails only where this process already leads a group, and then it has nothing to leave.
    let _ = rustix::process::setsid();
    Ok(())
}
