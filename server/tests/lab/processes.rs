//! A look at every process of this machine, the lab's among them: none may carry a planted password.

use crate::product::{CANARIES, spellings};
use anyhow::{Result, bail, ensure};
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What the role itself hands to its tasks through their environment, on the deployment host: logging in to the engine
/// and fetching its key. Ansible writes that before the command of a task, so it is in the arguments of a shell as well.
/// `SECURITY.md` says so.
const BY_THE_ROLE: [&str; 2] = ["OVIRT_PASSWORD=", "SSHPASS="];

/// Who lives shorter may be missed. What a deployment starts with a secret lives for seconds at least.
const BETWEEN: Duration = Duration::from_millis(150);

/// Reads arguments and environment of all processes again and again, until it is dropped.
pub(crate) struct Processes {
    found: Arc<Mutex<BTreeSet<String>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Processes {
    /// Begins to look, and shows on a process with a planted word of its own that it sees.
    pub(crate) fn watch() -> Result<Self> {
        let control = format!("control-{}", std::process::id());
        let mut words: Vec<String> = CANARIES.iter().flat_map(|canary| spellings(canary)).collect();
        words.push(control.clone());
        let (found, over) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(AtomicBool::new(false)));
        let (finds, ends) = (Arc::clone(&found), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                let seen = look(&words);
                if let (false, Ok(mut found)) = (seen.is_empty(), finds.lock()) {
                    found.extend(seen);
                }
                std::thread::sleep(BETWEEN);
            }
        });
        let watch = Self { found, over, thread: Some(thread) };
        let mut sleeper = Command::new("sleep").arg("60").env("PLANTED", &control).stdin(Stdio::null()).spawn()?;
        let begun = Instant::now();
        let seen = loop {
            if watch.found().iter().any(|line| line.contains(&control)) {
                break true;
            }
            if begun.elapsed() > Duration::from_secs(20) {
                break false;
            }
            std::thread::sleep(BETWEEN);
        };
        sleeper.kill()?;
        sleeper.wait()?;
        ensure!(seen, "a word planted in a process's environment was not seen: the watch would see no leak");
        if let Ok(mut found) = watch.found.lock() {
            found.clear();
        }
        Ok(watch)
    }

    fn found(&self) -> Vec<String> {
        self.found.lock().map(|found| found.iter().cloned().collect()).unwrap_or_default()
    }

    /// An error that names every process which was seen with a planted password.
    pub(crate) fn expect_none(&self) -> Result<()> {
        match self.found() {
            none if none.is_empty() => Ok(()),
            found => bail!("processes carried a password:\n{}", found.join("\n")),
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// `word in arguments of COMMAND`, for each find. Processes that end while they are looked at are left out.
fn look(words: &[String]) -> Vec<String> {
    let mut seen = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        for (file, what) in [("cmdline", "arguments"), ("environ", "environment")] {
            let Ok(bytes) = std::fs::read(entry.path().join(file)) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            for word in words.iter().filter(|word| carries(&text, word)) {
                let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
                seen.push(format!("{word} in the {what} of {}", name.trim()));
            }
        }
    }
    seen
}

/// Whether the text has the word somewhere else than where the role puts it.
fn carries(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].trim_end_matches(['\'', '"', '\\']);
        !BY_THE_ROLE.iter().any(|name| before.ends_with(name))
    })
}
