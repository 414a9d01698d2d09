//! Watching a run: shows its events as they come, and keeps a driver on it.

use super::view::{Form, View};
use super::{Exit, ask};
use crate::runs::driver::cancel_wanted;
use crate::runs::journal::Reader;
use crate::runs::spawn::spawn_driver;
use crate::runs::store::RunFolder;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::event::Outcome;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::run::Waiting;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// What the watching needs.
pub(super) struct Watch<'a> {
    pub(super) folder: &'a RunFolder,
    pub(super) state: &'a Path,
    /// With every secret set: what a new driver gets.
    pub(super) answers: &'a Answers,
    pub(super) lang: Lang,
    pub(super) form: Form,
}

/// How often new events are looked for. The journal is a local file: this costs a `read` that returns nothing.
const LOOK: Duration = Duration::from_millis(100);
/// A driver that was started has taken the run by then.
const PATIENCE: Duration = Duration::from_secs(5);

impl Watch<'_> {
    /// Shows the run until it ends, waits for somebody, or the watcher leaves.
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let mut reader = Reader::open(&self.folder.journal())?;
        let mut view = View::new(self.form, self.lang, std::io::stdout());
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let mut driver_since = None;
        let (mut restarts, mut tasks_then) = (0, 0);
        loop {
            for event in reader.read()? {
                view.show(&event)?;
            }
            let Some(run) = view.run() else { anyhow::bail!("run {} has no events", self.folder.id) };
            if let Some(outcome) = &run.outcome {
                let exit = exit(outcome);
                view.pause();
                return Ok(exit);
            }
            let driven = self.folder.is_driven()?;
            if driven {
                driver_since = None;
            } else if matches!(run.waiting, Some(Waiting::Storage { .. })) && !self.can_leave_the_gate() {
                view.pause();
                return Ok(Exit::Done);
            } else if driver_since.is_none_or(|since: Instant| since.elapsed() > PATIENCE) {
                // Drivers that end before the role gets any further fail for a reason, which is in the journal.
                let tasks = run.phases.iter().map(|progress| progress.tasks).sum();
                if tasks > std::mem::replace(&mut tasks_then, tasks) {
                    restarts = 0;
                }
                if restarts == 3 {
                    view.pause();
                    self.say_nobody_drives();
                    return Ok(Exit::Unreachable);
                }
                restarts += 1;
                driver_since = Some(Instant::now());
                spawn_driver(self.folder, self.state, self.answers)?;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = interrupt.recv() => {
                    view.pause();
                    if self.leave()? { return Ok(Exit::Cancelled) }
                }
                _ = terminate.recv() => {
                    view.pause();
                    self.say_detached();
                    return Ok(Exit::Cancelled);
                }
            }
        }
    }

    /// Somebody has brought the storage answers, or wants the run to end.
    fn can_leave_the_gate(&self) -> bool {
        self.answers.storage.is_some() || cancel_wanted(self.folder)
    }

    /// Asks what Ctrl-C was meant to do; `true` to leave.
    fn leave(&self) -> anyhow::Result<bool> {
        if !ask::anybody() {
            self.say_detached();
            return Ok(true);
        }
        let question = self.lang.pick(
            "The deployment goes on without this window. [d]etach, [c]ancel the deployment, or Enter to go on watching:",
            "この画面を閉じてもデプロイは続行します。[d] 画面を離れる、[c] デプロイをキャンセル、Enter 監視を続ける:",
        );
        match ask::line(question)?.unwrap_or_else(|| "d".to_owned()).as_str() {
            "d" => {
                self.say_detached();
                Ok(true)
            }
            "c" => {
                eprintln!(
                    "{}",
                    self.lang.pick("Stopping the phase on the host …", "ホスト上のフェーズを停止しています …")
                );
                crate::runs::driver::request_cancel(self.folder)?;
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    fn say_detached(&self) {
        let id = &self.folder.id;
        match self.lang {
            Lang::En => eprintln!("The deployment goes on. See it again with: hosted-deploy runs attach {id}"),
            Lang::Ja => eprintln!("デプロイは続行しています。再表示: hosted-deploy runs attach {id}"),
        }
    }

    fn say_nobody_drives(&self) {
        let id = &self.folder.id;
        match self.lang {
            Lang::En => eprintln!(
                "The run cannot be followed at the moment; what runs on the host goes on.\nTry again with: hosted-deploy runs attach {id}"
            ),
            Lang::Ja => eprintln!(
                "現在、実行を監視できません。ホスト上の処理は続行しています。\n再試行: hosted-deploy runs attach {id}"
            ),
        }
    }
}

/// The exit code of a run's end.
pub(super) fn exit(outcome: &Outcome) -> Exit {
    match outcome {
        Outcome::Succeeded { .. } => Exit::Done,
        Outcome::Failed { .. } | Outcome::Interrupted { .. } => Exit::Failed,
        Outcome::Cancelled { .. } => Exit::Cancelled,
    }
}
