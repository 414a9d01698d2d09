//! What a visitor does about a run: continue, cancel, follow again, edit, try again. Each is the service function that the command
//! line calls as well; what is here is who may, and where the secrets come from: this server's memory, the answer file
//! that the run began with, or the visitor, who is asked for what lacks.

use super::access::Seen;
use crate::preflight::GatherError;
use crate::reach;
use crate::runs::begin::{NotRetried, Proposal, ProposeError, Retried, Wish};
use crate::runs::driver::{Prepared, request_cancel};
use crate::runs::host::{Host, HostError};
use crate::runs::secrets;
use crate::runs::store::{Runs, StoreError};
use crate::ssh::{ConnectError, FirstUse, Session};
use crate::told;
use crate::web::desk::Other;
use crate::web::router::Web;
use hosted_deploy_app::run::wire::{Driver, Given, Reason, Reply, Wanted};
use hosted_deploy_model::answers::{Answers, Host as HostAnswers};
use hosted_deploy_model::edited::keep_derived;
use hosted_deploy_model::facts::Facts;
use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_model::problem::Problem;
use hosted_deploy_model::run::Waiting;
use hosted_deploy_model::secret::Secret;
use std::sync::Arc;

/// What can be done about a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// The pause is over.
    Continue,
    /// Stop it.
    Cancel,
    /// Drive it on.
    Follow,
    /// Start again where it failed.
    Retry,
    /// Take its answers into the wizard.
    Edit,
}

/// Which secrets an act cannot do without.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Those of the connection.
    Line,
    /// All that a driver must have.
    All,
}

/// Why an act was not done.
enum Stop {
    Needs(Vec<Wanted>),
    Refused(Vec<Reason>),
}

impl From<Stop> for Reply {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Needs(secrets) => Self::Needs { secrets },
            Stop::Refused(reasons) => Self::Refused { reasons },
        }
    }
}

pub(super) async fn act(web: &Web, seen: Seen, act: Act, given: Given, lang: Lang) -> Reply {
    let asked = Asked { web, seen, given, lang };
    let done = match act {
        Act::Continue => asked.go_on().await,
        Act::Cancel => asked.cancel().await,
        Act::Follow => asked.follow().await,
        Act::Retry => asked.retry().await,
        Act::Edit => asked.edit(),
    };
    done.unwrap_or_else(Reply::from)
}

/// A session as root on the host.
struct Line {
    root: Session,
    /// Opened for this act; otherwise it is the login's and stays.
    ours: bool,
}

impl Line {
    async fn leave(self) {
        if self.ours {
            self.root.close().await;
        }
    }
}

struct Asked<'a> {
    web: &'a Web,
    seen: Seen,
    given: Given,
    lang: Lang,
}

impl Asked<'_> {
    async fn go_on(&self) -> Result<Reply, Stop> {
        let Some(Waiting::Person { lock_file }) = &self.seen.run.waiting else {
            return Err(self.refuse(
                ("The run does not wait for you.", "この実行は入力を待っていません。"),
                ("Somebody may have continued it already.", "既に再開された可能性があります。"),
            ));
        };
        let driven = self.web.drivers.driver(&self.seen.folder) == Driver::Driven;
        let answers = self.answers(if driven { Need::Line } else { Need::All })?;
        let line = self.connect(&answers).await?;
        let host = Host::new(line.root.clone(), &self.seen.folder.id);
        let gone = host.go_on(lock_file).await.map_err(|error| self.host(&error));
        line.leave().await;
        gone?;
        if !driven {
            self.web.drivers.take_on(&self.seen.folder, answers);
        }
        Ok(Reply::Done)
    }

    async fn cancel(&self) -> Result<Reply, Stop> {
        self.not_ended()?;
        match self.web.drivers.driver(&self.seen.folder) {
            Driver::Driven | Driver::Starting => {
                request_cancel(&self.seen.folder).map_err(|error| self.store(&error))?
            }
            Driver::Absent | Driver::GaveUp => {
                // It takes a driver to stop what runs on the host.
                let answers = self.answers(Need::All)?;
                self.connect(&answers).await?.leave().await;
                request_cancel(&self.seen.folder).map_err(|error| self.store(&error))?;
                self.web.drivers.take_on(&self.seen.folder, answers);
            }
        }
        tracing::info!(run = self.seen.folder.id, "cancelled from a browser");
        Ok(Reply::Done)
    }

    async fn follow(&self) -> Result<Reply, Stop> {
        self.not_ended()?;
        if self.web.drivers.driver(&self.seen.folder) != Driver::Driven {
            let answers = self.answers(Need::All)?;
            self.connect(&answers).await?.leave().await;
            self.web.drivers.take_on(&self.seen.folder, answers);
        }
        Ok(Reply::Done)
    }

    async fn retry(&self) -> Result<Reply, Stop> {
        let (retried, before) = match Retried::of(&self.seen.folder) {
            Ok(retried) => retried,
            Err(NotRetried::Store(error)) => return Err(self.store(&error)),
            Err(NotRetried::GoesOn) => {
                return Err(self.refuse(
                    ("The run has not ended.", "この実行は終了していません。"),
                    ("Cancel it first, or let it go on.", "先にキャンセルするか、完了を待ってください。"),
                ));
            }
            Err(NotRetried::Succeeded) => {
                return Err(self.refuse(
                    ("The run has succeeded.", "この実行は成功しています。"),
                    ("There is nothing to try again.", "再試行するものはありません。"),
                ));
            }
        };
        if self.given.edited
            && let Some((_, problems)) = self.web.desks.of(Arc::clone(&self.seen.session)).typed()
            && !problems.is_empty()
        {
            return Err(Stop::Refused(problems.iter().map(|problem| wrong(problem, self.lang)).collect()));
        }
        let answers = self.answers(Need::All)?;
        let line = self.connect(&answers).await?;
        let source = before.source.clone();
        let (before, retry, take_over) = (Some(before), Some(retried), self.given.take_over);
        let wish = Wish { answers, source, take_over, before, retry, ..Wish::default() };
        let proposed = wish.propose(&line.root).await;
        line.leave().await;
        let proposal = proposed.map_err(|error| self.unproposed(&error))?;
        if proposal.is_blocked() {
            return Err(Stop::Refused(self.blockers(&proposal)));
        }
        let made = Runs::open(&self.web.state).and_then(|runs| proposal.create(&runs));
        let folder = made.map_err(|error| self.store(&error))?;
        tracing::info!(run = folder.id, of = self.seen.folder.id, "tried again from a browser");
        self.web.drivers.take_on(&folder, proposal.preparation.answers);
        Ok(Reply::Started { run: folder.id })
    }

    fn edit(&self) -> Result<Reply, Stop> {
        let other = match self.given.replace {
            None => Other::Ask,
            Some(true) => Other::Replace,
            Some(false) => Other::Keep,
        };
        let Seen { folder, answers, session, .. } = &self.seen;
        // Without them, what was derived stands in the form as if it was given.
        let facts: Facts = folder.load("facts.json").unwrap_or_default();
        let differ =
            self.web.desks.of(Arc::clone(session)).edit(&folder.id, answers, &facts, other).map_err(|refused| {
                self.reason(refused.what.get(self.lang).to_owned(), refused.next.get(self.lang).to_owned())
            })?;
        if differ.is_empty() {
            return Ok(Reply::Done);
        }
        let fields = differ.iter().map(|field| Text::new(field.label.0, field.label.1)).collect();
        Ok(Reply::Differs { fields })
    }

    /// The run's answers with the secrets that are known; what lacks is to be asked for.
    fn answers(&self, need: Need) -> Result<Answers, Stop> {
        let (answers, lacking) = known(self.web, &self.seen, &self.given);
        let line = |wanted: &Wanted| wanted.field.starts_with("host.");
        let lacking: Vec<Wanted> = lacking.into_iter().filter(|wanted| need == Need::All || line(wanted)).collect();
        if lacking.is_empty() { Ok(answers) } else { Err(Stop::Needs(lacking)) }
    }

    /// Before anything is started: a wrong password is told here, and not tried by one driver after the other.
    async fn connect(&self, answers: &Answers) -> Result<Line, Stop> {
        if let Some(way) = &self.seen.session.way {
            let root = way.root().await.map_err(|refused| {
                self.reason(refused.what.get(self.lang).to_owned(), refused.next.get(self.lang).to_owned())
            })?;
            return Ok(Line { root, ours: false });
        }
        let connected = reach::connect(answers, &self.web.state, FirstUse::Refuse).await;
        connected.map(|root| Line { root, ours: true }).map_err(|error| {
            let typed = self.given.secrets.contains_key(PASSWORD);
            match &error {
                // What was known does not let in: a key that needs its passphrase, a password that was changed.
                ConnectError::AuthRefused { .. } if !typed => Stop::Needs(vec![password(&self.seen)]),
                ConnectError::KeyEncrypted { path } | ConnectError::KeyPassphraseWrong { path } => {
                    let path = path.display();
                    let label = Text::new(format!("Passphrase of the key {path}"), format!("鍵 {path} のパスフレーズ"));
                    Stop::Needs(vec![Wanted { field: "host.key_passphrase".to_owned(), label }])
                }
                _ => self.reason(told::sentence(&error).get(self.lang).to_owned(), error.advice(self.lang)),
            }
        })
    }

    fn not_ended(&self) -> Result<(), Stop> {
        if self.seen.run.outcome.is_none() {
            return Ok(());
        }
        Err(self.refuse(("The run has ended.", "この実行は終了しています。"), ("", "")))
    }

    fn blockers(&self, proposal: &Proposal) -> Vec<Reason> {
        let lang = self.lang;
        let problems = proposal.preparation.problems.iter().map(|problem| wrong(problem, lang));
        let checks = proposal.preparation.checks.iter().filter(|check| check.blocks()).map(|check| {
            let what = format!("{} ({}): {}", check.title.get(lang), check.id, check.evidence.get(lang));
            let remedy = std::iter::once(check.remedy.get(lang)).chain(check.commands.iter().map(String::as_str));
            Reason { what, remedy: remedy.collect::<Vec<_>>().join("\n") }
        });
        problems.chain(checks).collect()
    }

    fn unproposed(&self, error: &ProposeError) -> Stop {
        match error {
            ProposeError::Gather(GatherError::Command(error)) => {
                self.reason(told::sentence(error).get(self.lang).to_owned(), error.advice(self.lang))
            }
            ProposeError::Host(error) => self.host(error),
            other => self.reason(told::of(other).get(self.lang).to_owned(), String::new()),
        }
    }

    fn host(&self, error: &HostError) -> Stop {
        match error {
            HostError::Ssh(error) => {
                self.reason(told::sentence(error).get(self.lang).to_owned(), error.advice(self.lang))
            }
            other => self.reason(told::of(other).get(self.lang).to_owned(), String::new()),
        }
    }

    fn store(&self, error: &StoreError) -> Stop {
        tracing::error!(%error, run = self.seen.folder.id, "an act on a run failed");
        self.reason(told::of(error).get(self.lang).to_owned(), String::new())
    }

    fn refuse(&self, what: (&str, &str), remedy: (&str, &str)) -> Stop {
        self.reason(self.lang.pick(what.0, what.1).to_owned(), self.lang.pick(remedy.0, remedy.1).to_owned())
    }

    fn reason(&self, what: String, remedy: String) -> Stop {
        Stop::Refused(vec![Reason { what, remedy }])
    }
}

fn wrong(problem: &Problem, lang: Lang) -> Reason {
    let what = format!("{}: {}", problem.field, problem.message.get(lang));
    Reason { what, remedy: problem.remedy.get(lang).to_owned() }
}

const PASSWORD: &str = "host.password";

fn password(seen: &Seen) -> Wanted {
    let account = &seen.account;
    let label = Text::new(
        format!("SSH password of {account} on the deployment host"),
        format!("デプロイ先ホストの {account} の SSH パスワード"),
    );
    Wanted { field: PASSWORD.to_owned(), label }
}

/// The answers of a run with all secrets that are known, and what lacks for a driver.
pub(super) fn known(web: &Web, seen: &Seen, given: &Given) -> (Answers, Vec<Wanted>) {
    let typed = web.desks.of(Arc::clone(&seen.session)).typed().map(|(typed, _)| typed);
    let mut answers = match &typed {
        Some(typed) if given.edited => {
            let mut edited = typed.clone();
            keep_derived(&mut edited, &seen.answers);
            edited
        }
        _ => seen.answers.clone(),
    };
    // The login has proved its way to the host, and whoever may act is that account.
    if let Some(way) = seen.session.way.as_ref().filter(|_| seen.may_act) {
        let HostAnswers { fqdn, name_in_engine, ip_family, .. } = std::mem::take(&mut answers.host);
        answers.host = HostAnswers { fqdn, name_in_engine, ip_family, ..way.host.clone() };
    }
    let mut fill = |from: &Answers| {
        for (field, secret) in from.secrets() {
            answers.set_secret(field, secret.clone());
        }
    };
    // What was typed in the wizard is the least certain: it may be for another attempt.
    let (before, after) = if given.edited { (None, typed.as_ref()) } else { (typed.as_ref(), None) };
    before.into_iter().for_each(&mut fill);
    // A run that is tried again has the secrets of the first.
    for id in seen.run.plan.retry_of.iter().chain([&seen.folder.id]) {
        if let Some(held) = web.drivers.answers(id) {
            fill(&held);
        }
    }
    let source = seen.folder.load::<Prepared>("plan.json").ok().and_then(|prepared| prepared.source);
    let mut from_file = seen.answers.clone();
    match secrets::again(&mut from_file, source.as_deref()) {
        Ok(()) => fill(&from_file),
        Err(error) => tracing::info!(%error, run = seen.folder.id, "the answer file does not give the secrets again"),
    }
    // But who has edited means what was edited.
    after.into_iter().for_each(&mut fill);
    for (field, value) in &given.secrets {
        answers.set_secret(field, Secret::new(value.clone()));
    }
    let mut lacking: Vec<Wanted> = answers
        .missing_secrets()
        .into_iter()
        .map(|missing| Wanted { field: missing.field.to_owned(), label: missing.prompt })
        .collect();
    if reach::credentials(&answers).is_empty() {
        lacking.insert(0, password(seen));
    }
    (answers, lacking)
}
