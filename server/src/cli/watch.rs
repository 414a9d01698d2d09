//! Watching a run: shows its events as they come, and keeps a driver on it.

use super::view::{Form, View};
use super::{Exit, ask};
use crate::runs::journal::{JournalError, Reader};
use crate::runs::keep::{Keeper, Kept};
use crate::runs::store::RunFolder;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::event::Outcome;
use hosted_deploy_model::lang::Lang;
use std::path::Path;
use std::time::Duration;
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

impl Watch<'_> {
    /// Shows the run until it ends, waits for somebody, or the watcher leaves.
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let mut reader = Reader::open(&self.folder.journal())?;
        let mut view = View::new(self.form, self.lang, std::io::stdout());
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let mut keeper = Keeper::default();
        loop {
            for event in reader.read()? {
                view.show(&event)?;
            }
            let Some(run) = view.run() else { return Err(JournalError::Empty { path: self.folder.journal() }.into()) };
            match keeper.look(self.folder, run, self.state, self.answers)? {
                Kept::Driven | Kept::Starting => {}
                Kept::Ended => {
                    let exit = run.outcome.as_ref().map_or(Exit::Done, exit);
                    view.pause();
                    return Ok(exit);
                }
                Kept::AtGate => {
                    view.pause();
                    return Ok(Exit::Done);
                }
                Kept::GaveUp => {
                    view.pause();
                    self.say_nobody_drives();
                    return Ok(Exit::Unreachable);
                }
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
