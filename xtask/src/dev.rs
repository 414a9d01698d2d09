//! `dev`: rebuild and start again whenever a source has changed.

use crate::build::{Profile, build};
use crate::command::{command, line, run};
use crate::repo;
use anyhow::{Context, Result};
use std::path::Path;
use std::process::{Child, ExitCode};
use std::time::{Duration, SystemTime};

/// What is looked at, below the top folder.
const WATCHED: [&str; 6] = ["app", "server", "style", "playbooks", "Cargo.toml", "Cargo.lock"];
/// Between two looks; a look at some hundred files takes a millisecond.
const PAUSE: Duration = Duration::from_millis(300);

/// Builds and starts `hosted-deploy ARGUMENTS` (default: `serve`) anew after each change, until Ctrl-C.
pub(crate) fn main(arguments: &[&str]) -> Result<ExitCode> {
    let arguments = if arguments.is_empty() { &["serve"] } else { arguments };
    let mut running: Option<Child> = None;
    loop {
        let seen = newest()?;
        match build(Profile::Dev) {
            Ok(binary) => {
                if let Some(old) = running.take() {
                    stop(old)?;
                }
                let mut start = command(binary);
                start.args(arguments);
                eprintln!("xtask: {}", line(&start));
                running = Some(start.spawn().with_context(|| format!("`{}` does not start", line(&start)))?);
            }
            // What ran goes on while the mistake is repaired.
            Err(error) => eprintln!("xtask: {error:#}"),
        }
        while newest()? == seen {
            std::thread::sleep(PAUSE);
        }
        eprintln!("xtask: a source has changed");
    }
}

/// SIGTERM, so that it ends as it does under systemd.
fn stop(mut child: Child) -> Result<()> {
    if child.try_wait()?.is_none() {
        run(command("kill").arg("-TERM").arg(child.id().to_string()), "End it by hand.")?;
    }
    child.wait().context("the old server was lost")?;
    Ok(())
}

fn newest() -> Result<Option<SystemTime>> {
    let mut newest = None;
    for name in WATCHED {
        look(&repo::root().join(name), &mut newest)?;
    }
    Ok(newest)
}

fn look(path: &Path, newest: &mut Option<SystemTime>) -> Result<()> {
    let facts = match std::fs::metadata(path) {
        Ok(facts) => facts,
        // Editors replace files by renaming: gone now is there at the next look.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be watched", path.display())),
    };
    *newest = (*newest).max(facts.modified().ok());
    if facts.is_dir() && path.file_name().is_none_or(|name| name != "node_modules" && name != "target") {
        for entry in std::fs::read_dir(path)? {
            look(&entry?.path(), newest)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_changed_file_below_is_seen_and_one_in_node_modules_is_not() {
        let folder = std::env::temp_dir().join(format!("xtask-dev-{}", std::process::id()));
        fs::create_dir_all(folder.join("deep")).unwrap();
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        let newest = || {
            let mut newest = None;
            look(&folder, &mut newest).unwrap();
            newest
        };
        let before = newest();
        let later = SystemTime::now() + Duration::from_secs(60);
        fs::File::create(folder.join("node_modules/x.css")).unwrap().set_modified(later).unwrap();
        assert!(newest() < Some(later));
        fs::File::create(folder.join("deep/x.rs")).unwrap().set_modified(later).unwrap();
        assert_eq!(newest(), Some(later));
        assert_ne!(newest(), before);
        fs::remove_dir_all(&folder).unwrap();
    }
}
