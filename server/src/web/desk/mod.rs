//! The server's side of the wizard: the draft of the session's host, and what is done with it. [`judge`] reads the host
//! and judges, [`start`] makes runs, [`edit`] takes a run's answers, [`discover`] looks at the storage, [`files`] reads and
//! writes answer files.

mod discover;
mod edit;
mod files;
mod judge;
mod start;

pub(super) use edit::Other;
pub(super) use files::export;

use super::gate;
use super::router::Web;
use super::runs::Drivers;
use super::session::Session;
use crate::drafts::{self, DraftError, Drafts};
use crate::mail::{self, Mail};
use crate::runs::store::Runs;
use crate::told;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use hosted_deploy_app::refused::{Answering, Refused};
use hosted_deploy_app::wizard::api::{
    Begin, Begun, Changes, Desk as Asked, Draft, Imported, Judged, MailReport, Opened, OpenedRun, Saved, Shown,
};
use hosted_deploy_model::answers::{Answers, Host};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::problem::Problem;
use hosted_deploy_model::run::Waiting;
use judge::Judgement;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// So many of the newest runs are looked at for one that goes on.
const RUNS_LOOKED_AT: usize = 20;

/// What all desks share.
#[derive(Debug)]
pub(super) struct Desks {
    drafts: Drafts,
    drivers: Arc<Drivers>,
    state: PathBuf,
    /// By host: what was judged last.
    judged: Mutex<HashMap<String, Arc<Judgement>>>,
    /// By host: who reads it now. Two probes at once would only slow each other down.
    reading: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Desks {
    pub(super) fn new(state: &Path, drivers: Arc<Drivers>) -> Self {
        Self {
            drafts: Drafts::new(state),
            drivers,
            state: state.to_owned(),
            judged: Mutex::default(),
            reading: Mutex::default(),
        }
    }

    pub(super) fn of(self: &Arc<Self>, session: Arc<Session>) -> Desk {
        Desk { desks: Arc::clone(self), session }
    }
}

/// The wizard of one session.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    desks: Arc<Desks>,
    session: Arc<Session>,
}

impl From<DraftError> for Refused {
    fn from(error: DraftError) -> Self {
        Self::new(
            told::in_sentence(&error, "The draft cannot be kept: {}.", "下書きを保存できません: {}。"),
            Text::new(
                "Look at the state folder on the machine that runs `hosted-deploy serve`: its disk may be full, or the file was changed by hand.",
                "`hosted-deploy serve` を実行しているマシンの状態フォルダーを確認してください。ディスクの空きがないか、ファイルが手作業で変更された可能性があります。",
            ),
        )
    }
}

fn store(error: impl std::error::Error + 'static) -> Refused {
    Refused::new(
        told::in_sentence(&error, "The runs cannot be read or written: {}.", "実行を読み書きできません: {}。"),
        Text::new(
            "Look at the state folder on the machine that runs `hosted-deploy serve`.",
            "`hosted-deploy serve` を実行しているマシンの状態フォルダーを確認してください。",
        ),
    )
}

impl Desk {
    fn host(&self) -> &str {
        &self.session.at
    }

    fn draft(&self) -> Result<drafts::Draft, Refused> {
        Ok(self.desks.drafts.get(self.host(), begin_draft)?)
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut drafts::Draft) -> Result<T, DraftError>,
    ) -> Result<(drafts::Draft, T), Refused> {
        Ok(self.desks.drafts.change(self.host(), begin_draft, change)?)
    }

    /// What was typed in the wizard, and what is wrong with it as it was typed.
    pub(super) fn typed(&self) -> Option<(Answers, Vec<Problem>)> {
        self.draft().ok().map(|draft| self.answers(&draft))
    }

    /// The draft's answers with the host of the session, and what is wrong with them as they were typed.
    fn answers(&self, draft: &drafts::Draft) -> (Answers, Vec<Problem>) {
        let (mut answers, problems) = draft.answers();
        let known = self.session.way.as_ref().map(|way| way.host.clone()).unwrap_or_else(|| Host {
            address: Some(self.session.address.clone()),
            user: Some(self.session.user.clone()),
            ..Host::default()
        });
        let Host { fqdn, name_in_engine, ip_family, .. } = answers.host;
        answers.host = Host { fqdn, name_in_engine, ip_family, ..known };
        (answers, problems)
    }

    /// The newest run on this host that has not ended, and whether it waits for the storage answers.
    fn open_run(&self) -> Option<OpenedRun> {
        let runs = Runs::open(&self.desks.state).ok()?;
        for id in runs.ids().ok()?.into_iter().rev().take(RUNS_LOOKED_AT) {
            let Ok(folder) = runs.find(&id) else { continue };
            let ours = folder.load::<Answers>("answers.json").is_ok_and(|answers| self.is_ours(&answers));
            let Some(run) = ours.then(|| folder.read().ok()).flatten() else { continue };
            let at_gate = matches!(run.waiting, Some(Waiting::Storage { .. }));
            return run.outcome.is_none().then_some(OpenedRun { id: run.id, at_gate });
        }
        None
    }

    /// The answers are for the host of this session.
    fn is_ours(&self, answers: &Answers) -> bool {
        let known = self.session.way.as_ref().map_or(22, |way| way.host.ssh_port());
        answers.host.address.as_deref() == Some(self.session.address.as_str()) && answers.host.ssh_port() == known
    }
}

/// To the step where the person was.
pub(super) async fn go_on(State(web): State<Web>, Extension(session): Extension<Arc<Session>>) -> Response {
    let step = web.desks.of(session).draft().map(|draft| draft.step).unwrap_or_default();
    gate::see_other(&format!("/deploy/{}", step.slug()))
}

/// A MAC address that stays, so that it can be reserved before the VM is there.
fn begin_draft(draft: &mut drafts::Draft) {
    let random = uuid::Uuid::new_v4();
    let [x, y, z, ..] = *random.as_bytes();
    draft.values.set("engine_vm.mac", &format!("00:16:3e:{:02x}:{y:02x}:{z:02x}", x & 0x7f));
}

fn shown(draft: &drafts::Draft) -> Draft {
    Draft {
        step: draft.step,
        values: draft.values.clone(),
        secrets: draft.secrets(),
        forgotten: draft.forgotten(),
        revision: draft.revision,
        of_run: draft.of_run.clone(),
    }
}

impl Asked for Desk {
    fn open(&self) -> Result<Opened, Refused> {
        let draft = self.draft()?;
        Ok(Opened {
            address: self.session.address.clone(),
            at: format!("{}@{}", self.session.user, self.session.at),
            draft: shown(&draft),
            judged: self.known(),
            run: self.open_run(),
        })
    }

    fn save(&self, changes: Changes) -> Result<Saved, Refused> {
        let Changes { typed, secrets, step, seen } = changes;
        let mine: Vec<String> = typed.iter().map(|(path, _)| path.clone()).collect();
        let (draft, ()) = self.change(|draft| {
            for (path, text) in &typed {
                draft.set(path, text)?;
            }
            for (path, secret) in secrets {
                draft.set_secret(&path, secret.into())?;
            }
            draft.step = step.unwrap_or(draft.step);
            Ok(())
        })?;
        let elsewhere = draft.since(seen).into_iter().filter(|(path, _)| !mine.contains(path)).collect();
        Ok(Saved { revision: draft.revision, elsewhere, secrets: draft.secrets() })
    }

    fn reset(&self) -> Result<Draft, Refused> {
        let (draft, ()) = self.change(|draft| {
            draft.replace(&Answers::default());
            for path in draft.secrets().into_iter().chain(draft.forgotten()) {
                draft.set_secret(&path, "".into())?;
            }
            begin_draft(draft);
            draft.step = hosted_deploy_model::form::Step::Vm;
            Ok(())
        })?;
        Ok(shown(&draft))
    }

    fn judge(&self) -> Answering<Judged> {
        let desk = self.clone();
        Box::pin(async move { desk.judged_now().await })
    }

    fn begin(&self, begin: Begin) -> Answering<Begun> {
        let desk = self.clone();
        Box::pin(async move { desk.start(begin).await })
    }

    fn finish(&self, run: String) -> Answering<String> {
        let desk = self.clone();
        Box::pin(async move { desk.bring_storage(&run).await })
    }

    fn import(&self, name: String, text: String) -> Result<Imported, Refused> {
        self.read_file(&name, &text)
    }

    fn commands(&self) -> Answering<String> {
        let commands = self.all_commands();
        Box::pin(std::future::ready(commands))
    }

    fn discover(&self) -> Answering<Shown> {
        let desk = self.clone();
        Box::pin(async move { desk.look().await })
    }

    fn test_mail(&self) -> Answering<MailReport> {
        let desk = self.clone();
        Box::pin(async move { desk.mail().await })
    }
}

impl Desk {
    /// From the host, as its HA agents will send.
    async fn mail(&self) -> Result<MailReport, Refused> {
        let (answers, _) = self.answers(&self.draft()?);
        let engine = &answers.engine;
        let server = engine.smtp_server.clone().unwrap_or_else(|| "localhost".to_owned());
        let port = engine.smtp_port.unwrap_or(25);
        let unsound =
            |problem: &&Problem| ["engine.smtp", "engine.mail"].iter().any(|start| problem.field.starts_with(start));
        if let Some(problem) = answers.problems(None).iter().find(unsound) {
            return Err(Refused::new(problem.message.clone(), problem.remedy.clone()));
        }
        let or_root = |given: Option<String>| given.unwrap_or_else(|| "root@localhost".to_owned());
        let recipients =
            if engine.mail_recipients.is_empty() { vec![or_root(None)] } else { engine.mail_recipients.clone() };
        let mail = Mail {
            from_host: self
                .known()
                .map(|judged| judged.facts.fqdn)
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| "localhost".to_owned()),
            sender: or_root(engine.mail_sender.clone()),
            recipients,
            subject: "Test of hosted engine notifications".to_owned(),
            text:
                "Somebody asked for this mail while deploying a hosted engine. If you read it, notifications reach you."
                    .to_owned(),
        };
        let root = self.session.way()?.root().await?;
        let at = format!("{server}:{port}");
        let opened = tokio::time::timeout(Duration::from_secs(20), root.forward(&server, port)).await;
        let talk = match opened {
            Ok(Ok(tunnel)) => mail::send(tunnel, &mail).await,
            Ok(Err(error)) => mail::Talk { broken: Some(told::sentence(&error)), ..mail::Talk::default() },
            Err(_) => mail::Talk {
                broken: Some(Text::new("no connection within 20 s", "20 秒以内に接続できませんでした")),
                ..mail::Talk::default()
            },
        };
        let verdict = match (&talk.broken, talk.accepted) {
            (_, true) => Text::new(
                format!("{at} took the mail. Look into the mailbox of the recipients."),
                format!("{at} がメールを受け付けました。宛先のメールボックスを確認してください。"),
            ),
            (Some(why), _) => Text::new(
                format!(
                    "No mail was sent through {at}: {}. Check server and port, and that the host may reach them.",
                    why.en
                ),
                format!(
                    "{at} 経由でメールを送信できませんでした: {}。サーバーとポート、ホストからの到達性を確認してください。",
                    why.ja
                ),
            ),
            (None, false) => Text::new(
                format!(
                    "{at} refused the mail; its words are below. Check sender, recipients and what the server relays."
                ),
                format!(
                    "{at} がメールを拒否しました。応答は下のとおりです。送信者、宛先、サーバーの中継設定を確認してください。"
                ),
            ),
        };
        Ok(MailReport { accepted: talk.accepted, verdict, talk: talk.lines })
    }

    fn keep(&self, judgement: Judgement) -> Arc<Judgement> {
        let judgement = Arc::new(judgement);
        let mut judged = self.desks.judged.lock().unwrap_or_else(PoisonError::into_inner);
        judged.insert(self.host().to_owned(), Arc::clone(&judgement));
        judgement
    }

    fn last(&self) -> Option<Arc<Judgement>> {
        self.desks.judged.lock().unwrap_or_else(PoisonError::into_inner).get(self.host()).cloned()
    }
}
