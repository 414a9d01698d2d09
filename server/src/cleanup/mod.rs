//! Clean-up: what a deployment left on a host is found, shown, removed, and looked for again.
//!
//! [`look`] finds it (`find.sh` and the preflight's probe). [`clean`] removes it by `clean.sh`, which runs on the host as a
//! transient unit: a network that goes away does not end it. `guard.sh` puts the network back by a timer unless a new
//! connection succeeds. [`storage`] looks at shared storage and empties it. Everything can be done again after an interruption.

pub mod storage;
mod told;
mod verify;

pub use told::{Told, outcome, title};
pub use verify::{Verified, verify};

use crate::preflight::{self, GatherError, probe_token};
use crate::ssh::{CommandError, ConnectError, Exec, Session, quote};
use hosted_deploy_model::cleanup::{CleanStep, Leftovers};
use hosted_deploy_model::facts::Questions;
use hosted_deploy_model::facts::sections::Sections;
use std::time::{Duration, Instant};

const FIND: &str = include_str!("find.sh");
const CLEAN: &str = include_str!("clean.sh");
const GUARD: &str = include_str!("guard.sh");
const STORAGE: &str = include_str!("storage.sh");

/// Where the scripts and the log are on the host.
pub const FOLDER: &str = "/var/lib/hosted-deploy/cleanup";
const UNIT: &str = "hosted-deploy-cleanup";
/// After this, the guard acts though the clean-up has not ended.
const GUARD_SECS: u32 = 1200;
/// So long a new connection may take when the clean-up has ended.
const RECONNECT_SECS: u32 = 90;
/// The guard's restoring included.
pub(crate) const PATIENCE: Duration = Duration::from_secs(420);
const LOOK: Duration = Duration::from_secs(1);

/// Why a clean-up could not be done.
#[derive(Debug, thiserror::Error)]
pub enum CleanError {
    /// The host's facts.
    #[error(transparent)]
    Gather(#[from] GatherError),
    /// A command could not be run.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// `find.sh` or another script of ours did not answer as it should.
    #[error("cannot {act} on the host: {said}")]
    Script {
        /// What was tried.
        act: &'static str,
        /// What it said.
        said: String,
    },
    /// The unit has vanished before its end.
    #[error("the clean-up was cut off: the host was restarted, or its unit was stopped; run it again")]
    CutOff,
    /// The host does not come back.
    #[error("the host cannot be reached {} s after the clean-up; its network guard should have put the network back: look at the host's own console", PATIENCE.as_secs())]
    Lost(#[source] ConnectError),
}

/// Finds what is left. Changes nothing.
///
/// # Errors
/// When the host cannot be read.
pub async fn look(session: &Session) -> Result<Leftovers, CleanError> {
    let facts = preflight::gather(session, &Questions::default()).await?;
    let token = probe_token();
    let input = format!("{{\n{FIND}\nmain {token} </dev/null\n}}\n");
    let output = session.exec(Exec::new("sh -s").stdin(input).named("looking for what is left")).await?;
    let sections = Sections::split(&token, &output.stdout);
    if !sections.complete() {
        let said = String::from_utf8_lossy(&output.stderr).chars().take(300).collect();
        return Err(CleanError::Script { act: "look for what is left", said });
    }
    Ok(Leftovers::of(&facts, &sections))
}

/// Removes it. `connect` makes a new connection as root; the old one is given up at the end, as only a new one proves that the
/// host is still reachable. Gives whether every step succeeded.
///
/// # Errors
/// When it could not be started or followed to its end.
pub async fn clean(
    session: Session,
    steps: &[CleanStep],
    connect: impl AsyncFn() -> Result<Session, ConnectError>,
    mut tell: impl FnMut(Told),
) -> Result<(bool, Session), CleanError> {
    put_scripts(&session).await?;
    start(&session, steps).await?;
    let ok = follow(session, &connect, &mut tell).await?;
    let session = reconnect(&connect, Instant::now()).await?;
    let said = script(&session, "take the network guard away", "guard.sh disarm").await?;
    tell(Told::Back { restored: said.contains("restored") });
    Ok((ok, session))
}

async fn put_scripts(session: &Session) -> Result<(), CleanError> {
    for (name, text) in [("clean.sh", CLEAN), ("guard.sh", GUARD), ("storage.sh", STORAGE)] {
        session.upload(&format!("{FOLDER}/{name}"), 0o600, text).await?;
    }
    Ok(())
}

/// Starts the unit, unless one goes on from before: then that is followed.
async fn start(session: &Session, steps: &[CleanStep]) -> Result<(), CleanError> {
    let names: Vec<&str> = steps.iter().map(|step| step.name()).collect();
    let names = names.join(" ");
    let inner = format!(
        "cd {FOLDER}; /bin/sh clean.sh {names} >log 2>&1; ended=$?; /bin/sh guard.sh arm {RECONNECT_SECS}; echo $ended >ended"
    );
    let line = format!(
        "cd {FOLDER} || exit 1\n\
         systemctl is-active --quiet {UNIT} && exit 0\n\
         systemctl reset-failed {UNIT} 2>/dev/null\n\
         rm -f ended; : >log\n\
         /bin/sh guard.sh save && /bin/sh guard.sh arm {GUARD_SECS} || exit 1\n\
         systemd-run --quiet --unit={UNIT} --description='hosted-deploy: clean-up' /bin/sh -c {}",
        quote(&inner)
    );
    let output = session.exec(Exec::new(line).named("starting the clean-up")).await?;
    if output.success() { Ok(()) } else { Err(said("start the clean-up", &output.stderr)) }
}

async fn follow(
    session: Session,
    connect: &impl AsyncFn() -> Result<Session, ConnectError>,
    tell: &mut impl FnMut(Told),
) -> Result<bool, CleanError> {
    let (mut session, mut log) = (session, Log::default());
    let ask = format!(
        "cat {FOLDER}/ended 2>/dev/null || systemctl is-active {UNIT} || cat {FOLDER}/ended 2>/dev/null || echo lost"
    );
    loop {
        // The state before the log: what is ended has written everything.
        let seen = async {
            let state = session.exec(Exec::new(&ask).named("looking at the clean-up")).await?;
            let tail = format!("tail -c +{} {FOLDER}/log", log.taken + 1);
            let text = session.exec(Exec::new(tail).named("reading the clean-up's log")).await?;
            Ok::<_, CommandError>((String::from_utf8_lossy(&state.stdout).trim().to_owned(), text.stdout))
        };
        match seen.await {
            Ok((state, text)) => {
                log.take(&text, tell);
                let last = state.lines().last().unwrap_or_default();
                match last.parse::<i32>() {
                    Ok(status) => return Ok(status == 0),
                    Err(_) if last == "lost" => return Err(CleanError::CutOff),
                    Err(_) => tokio::time::sleep(LOOK).await,
                }
            }
            Err(error) if error.is_lost_connection() => {
                tell(Told::LineLost(crate::told::sentence(&error)));
                session = reconnect(connect, Instant::now()).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn reconnect(
    connect: &impl AsyncFn() -> Result<Session, ConnectError>,
    begun: Instant,
) -> Result<Session, CleanError> {
    loop {
        match connect().await {
            Ok(session) => return Ok(session),
            Err(error) if error.is_passing() && begun.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            Err(error) => return Err(CleanError::Lost(error)),
        }
    }
}

async fn script(session: &Session, act: &'static str, command: &str) -> Result<String, CleanError> {
    let output = session.exec(Exec::new(format!("/bin/sh {FOLDER}/{command}")).named(act)).await?;
    if output.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(said(act, &output.stderr))
}

fn said(act: &'static str, stderr: &[u8]) -> CleanError {
    let text = String::from_utf8_lossy(stderr);
    let printable: String = text.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(400).collect();
    CleanError::Script { act, said: if printable.is_empty() { "it gave no reason".to_owned() } else { printable } }
}

/// The log as it grows, cut into lines.
#[derive(Default)]
struct Log {
    taken: usize,
    rest: String,
}

impl Log {
    fn take(&mut self, bytes: &[u8], tell: &mut impl FnMut(Told)) {
        self.taken += bytes.len();
        self.rest.push_str(&String::from_utf8_lossy(bytes));
        while let Some((line, rest)) = self.rest.split_once('\n') {
            if let Some(told) = Told::of(line) {
                tell(told);
            }
            self.rest = rest.to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_log_is_told_line_by_line_however_it_is_cut() {
        let text = b"step runs\nend runs 0\nstep pools\nsome words\nend pools 3\n";
        for cut in 0..text.len() {
            let (mut log, mut seen) = (Log::default(), Vec::new());
            for part in [text.get(..cut).unwrap(), text.get(cut..).unwrap()] {
                log.take(part, &mut |told| seen.push(told));
            }
            assert_eq!(
                seen,
                [
                    Told::Step("runs".into()),
                    Told::Step("pools".into()),
                    Told::Line("some words".into()),
                    Told::Failed { step: "pools".into(), status: 3 },
                ]
            );
            assert_eq!(log.taken, text.len());
        }
    }

    #[test]
    fn every_step_is_in_the_script() {
        for step in CleanStep::ALL {
            let function = format!("step_{}() ", step.name().replace('-', "_"));
            assert!(CLEAN.contains(&function), "clean.sh has no {function}");
        }
    }

    #[test]
    fn the_scripts_are_shell() {
        for (name, text) in [("find", FIND), ("clean", CLEAN), ("guard", GUARD), ("storage", STORAGE)] {
            let checked = Command::new("sh").args(["-n", "-c", text]).output().unwrap();
            assert!(checked.status.success(), "{name}.sh: {}", String::from_utf8_lossy(&checked.stderr));
        }
    }
}
