//! Troubleshooting: an [`Action`] done on a host. The host is read first, and what speaks against the action stops it; then the
//! command runs, and the host is read again until its effect shows. Every step is written into `actions.jsonl` of the state
//! folder first ([`record`]).
//!
//! Actions have a journal of their own and are no runs: a run is made of phases of the role, with a unit on the host that goes
//! on without us; an action is one command that ends within minutes.

pub mod logs;
mod origin;
pub mod record;

use crate::health::{self, ReadError};
use crate::ssh::{Chunk, CommandError, Exec, Session};
use hosted_deploy_model::health::{Action, ActionKind, ActionOutcome, Objection, Reading};
use record::{Record, RecordError};
use std::time::{Duration, Instant};

/// `--vm-shutdown` waits for the guest for 120 s, `ovirt-ha-agent --cleanup` for the storage.
pub(crate) const LONGEST: Duration = Duration::from_secs(240);
/// Between two looks for the effect.
const LOOK: Duration = Duration::from_secs(3);
/// What a command may print.
const LIMIT_BYTES: usize = 1 << 20;

/// Why an action was not done or its end is not known.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The host could not be read.
    #[error("the host could not be read before the action, so nothing was done")]
    Read(#[from] ReadError),
    /// The connection, in the middle of it.
    #[error("the connection was lost while the action ran; look at the host by `hosted-deploy status`")]
    Command(#[from] CommandError),
    /// It was not written down, and so not done.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The command did not end.
    #[error("the command did not end within {} s", LONGEST.as_secs())]
    Slow,
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which action.
    pub action: Action,
    /// The host whose block [`Action::CleanMetadata`] removes; `None`: this one's.
    pub target: Option<u32>,
    /// The host as it is named to people.
    pub host: String,
    /// The person, and the account on the host.
    pub who: String,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Acted {
    /// Something speaks against it; nothing was done.
    Refused(Vec<Objection>),
    /// It was done.
    Ended {
        /// What its command printed.
        said: String,
        /// How it ended.
        outcome: ActionOutcome,
    },
}

/// What is to be said before an action: the host as it is, and what speaks against or should be known.
///
/// # Errors
/// When the host cannot be read.
pub async fn look(session: &Session, wanted: &Wanted) -> Result<(Reading, Vec<Objection>), ReadError> {
    let reading = health::read(session, &wanted.host).await?;
    let objections = wanted.action.objections(&reading, wanted.target);
    Ok((reading, objections))
}

/// What is told while it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The command printed this, cut anywhere.
    Said(String),
    /// The command has ended well; the host is read until its effect shows.
    Looking,
}

/// Does it, whatever was looked at before: the host is judged again at this moment.
///
/// # Errors
/// When it could not be done, or not to its end.
pub async fn act(
    session: &Session,
    wanted: &Wanted,
    record: &Record,
    mut tell: impl FnMut(Told) + Send,
) -> Result<Acted, ActError> {
    let Wanted { action, target, host, who } = wanted.clone();
    let mut lines = record.begin(ActionKind::Begun { action, host, who, target })?;
    let (_, objections) = look(session, wanted).await?;
    if objections.iter().any(|objection| objection.refuses) {
        let why = objections.iter().filter(|objection| objection.refuses).map(|o| o.text.clone()).collect();
        lines.add(ActionKind::Refused { why })?;
        return Ok(Acted::Refused(objections));
    }
    let (status, said) = match action {
        Action::Console => (Some(0), String::new()),
        _ => command(session, &script(action, target), &mut tell).await?,
    };
    lines.add(ActionKind::Ran { status, said: said.clone() })?;
    let outcome = match action.ran(status, &said) {
        Err(said) => ActionOutcome::Failed { said },
        Ok(()) => {
            tell(Told::Looking);
            effect(session, wanted).await?
        }
    };
    lines.add(ActionKind::Ended { outcome: outcome.clone() })?;
    Ok(Acted::Ended { said, outcome })
}

/// The command with what belongs around it. Constants and a number only.
fn script(action: Action, target: Option<u32>) -> String {
    match (action, target) {
        (Action::CleanMetadata, Some(id)) => format!("{} --host-id={id}", action.command()),
        // The agent starts again however the command in the middle ends, and its end is what counts.
        (Action::ReinitializeLockspace, _) => {
            "systemctl stop ovirt-ha-agent && { hosted-engine --reinitialize-lockspace; \
             ended=$?; systemctl start ovirt-ha-agent; exit $ended; }"
                .to_owned()
        }
        _ => action.command().to_owned(),
    }
}

async fn command(
    session: &Session,
    script: &str,
    tell: &mut (impl FnMut(Told) + Send),
) -> Result<(Option<u32>, String), ActError> {
    let line = format!("export LC_ALL=C; {{ {script}; }} 2>&1 </dev/null");
    let exec = Exec::new(line).limit_bytes(LIMIT_BYTES).named(script);
    let ended = async {
        let mut running = session.start(exec).await?;
        let mut said = Vec::new();
        while let Some(chunk) = running.next().await? {
            match chunk {
                Chunk::Stdout(bytes) | Chunk::Stderr(bytes) if said.len() < LIMIT_BYTES => {
                    said.extend_from_slice(&bytes);
                    tell(Told::Said(printable(&bytes)));
                }
                // A command that floods is let run to its end; what it says is not kept.
                Chunk::Stdout(_) | Chunk::Stderr(_) => {}
                Chunk::Exit(exit) => return Ok((exit.status, printable(said.trim_ascii()))),
            }
        }
        Ok((None, printable(said.trim_ascii())))
    };
    tokio::time::timeout(LONGEST, ended).await.map_err(|_| ActError::Slow)?
}

fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Reads the host until the action's effect shows, for as long as it usually takes.
async fn effect(session: &Session, wanted: &Wanted) -> Result<ActionOutcome, ActError> {
    let (begun, patience) = (Instant::now(), Duration::from_secs(wanted.action.patience_secs().into()));
    loop {
        let reading = health::read(session, &wanted.host).await?;
        let secs = begun.elapsed().as_secs();
        match wanted.action.shows(&reading, wanted.target) {
            None => return Ok(ActionOutcome::Done),
            Some(true) => return Ok(ActionOutcome::Seen { secs }),
            Some(false) if begun.elapsed() + LOOK > patience => return Ok(ActionOutcome::NotSeen { secs }),
            Some(false) => tokio::time::sleep(LOOK).await,
        }
    }
}
