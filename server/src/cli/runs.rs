//! `hosted-deploy runs`: what was done, what is going on, and how it goes on.

use super::input::{self, Connect};
use super::view::{Form, View};
use super::watch::{self, Watch};
use super::{Common, Exit, deploy, duration, print};
use crate::runs::bundle;
use crate::runs::driver::{Prepared, drive, request_cancel};
use crate::runs::journal::Reader;
use crate::runs::prepare::bring_storage;
use crate::runs::spawn::take_secrets;
use crate::runs::store::{RunFolder, Runs};
use crate::told::{self, Said};
use clap::{Args, Subcommand};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::event::Outcome;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::run::{Run, Waiting};
use std::path::PathBuf;

/// The commands over runs. ID is a run's id, its beginning or end, or `last`.
#[derive(Debug, Subcommand)]
pub(super) enum RunsCommand {
    /// List the runs that are kept, newest last
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Show a run as it stands and leave
    Show {
        /// Which run
        #[arg(default_value = "last")]
        id: String,
        /// The events, as JSON lines
        #[arg(long)]
        json: bool,
    },
    /// Follow a run, and drive it on when nobody does
    Attach(Attach),
    /// Continue a run that waits: after a pause of the role, or with the storage answers
    Continue(Attach),
    /// Stop the phase that runs on the host; nothing is undone
    Cancel(Attach),
    /// Start again from where a run failed, with edited answers if wanted
    Retry(deploy::Retry),
    /// Print the logs that the phases wrote on the host
    Logs(Attach),
    /// Pack answers without secrets, events, logs and versions for a bug report
    Bundle {
        /// How to reach the run
        #[command(flatten)]
        attach: Attach,
        /// The archive [default: hosted-deploy-ID.tar.gz]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Drive a run until it ends; secrets come on standard input
    #[command(hide = true)]
    Drive {
        /// Which run
        id: String,
    },
}

/// A run, and how to reach its host again.
#[derive(Debug, Args)]
pub(super) struct Attach {
    /// Which run
    #[arg(default_value = "last")]
    id: String,
    /// An answer file with the passwords, or with what lacked [default: the one that the run began with]
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
    /// The events, as JSON lines
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: RunsCommand, common: &Common) -> anyhow::Result<Exit> {
    let state = common.state()?;
    let runs = Runs::open(&state)?;
    let lang = common.lang();
    match command {
        RunsCommand::List { json } => list(&runs, json, lang),
        RunsCommand::Show { id, json } => show(&runs.find(&id)?, json, lang),
        RunsCommand::Attach(attach) => follow(&runs, &attach, common).await,
        RunsCommand::Continue(attach) => go_on(&runs, &attach, common).await,
        RunsCommand::Cancel(attach) => {
            let folder = runs.find(&attach.id)?;
            if let Some(exit) = already_ended(&folder, lang)? {
                return Ok(exit);
            }
            request_cancel(&folder)?;
            follow(&runs, &attach, common).await
        }
        RunsCommand::Retry(retry) => deploy::retry(&retry, &runs, common).await,
        RunsCommand::Logs(attach) => logs(&runs, &attach, common).await,
        RunsCommand::Bundle { attach, output } => {
            let folder = runs.find(&attach.id)?;
            let answers = answers(&folder, &attach, Ask::Person, lang)?;
            let fetched = fetch_logs(&folder, &answers, common).await;
            if let Err(error) = &fetched {
                let why = told::of(error.as_ref());
                eprintln!("{}: {}", lang.pick("Without the host's logs", "ホストのログは含まれません"), why.get(lang));
            }
            let output = output.unwrap_or_else(|| format!("hosted-deploy-{}.tar.gz", folder.id).into());
            bundle::write(&folder, &answers, &output)?;
            print(&output.display().to_string())?;
            Ok(Exit::Done)
        }
        RunsCommand::Drive { id } => {
            let folder = runs.find(&id)?;
            let mut answers: Answers = folder.load("answers.json")?;
            take_secrets(&mut answers)?;
            drive(&folder, &answers, &state).await?;
            Ok(Exit::Done)
        }
    }
}

fn list(runs: &Runs, json: bool, lang: Lang) -> anyhow::Result<Exit> {
    let ids = runs.ids()?;
    if ids.is_empty() && !json {
        print(lang.pick(
            "No run yet: hosted-deploy --answers FILE starts one.",
            "実行はまだありません: hosted-deploy --answers FILE で開始します。",
        ))?;
    }
    for id in ids {
        let folder = runs.find(&id)?;
        match folder.read() {
            Ok(run) if json => print(&serde_json::to_string(&run)?)?,
            Ok(run) => {
                let status = status(&run, folder.is_driven()?, lang);
                print(&format!(
                    "{id}  {}  {:<9}  {}  {status}",
                    super::date(run.started),
                    duration(run.last - run.started, lang),
                    run.plan.host
                ))?;
            }
            Err(error) => eprintln!("{id}  {}", told::of(&error).get(lang)),
        }
    }
    Ok(Exit::Done)
}

fn status(run: &Run, driven: bool, lang: Lang) -> String {
    let phase = run.current().map_or("", |progress| progress.phase.title(lang));
    match (&run.outcome, &run.waiting) {
        (Some(Outcome::Succeeded { .. }), _) => lang.pick("succeeded", "成功").to_owned(),
        (Some(Outcome::Failed { phase, .. }), _) => {
            format!("{} {}", lang.pick("failed in", "失敗:"), phase.title(lang))
        }
        (Some(Outcome::Cancelled { .. }), _) => lang.pick("cancelled", "キャンセル済み").to_owned(),
        (Some(Outcome::Interrupted { phase, .. }), _) => {
            format!("{} {}", lang.pick("interrupted in", "中断:"), phase.title(lang))
        }
        (None, Some(Waiting::Person { .. })) => {
            lang.pick("waits for you: hosted-deploy runs continue", "入力待ち: hosted-deploy runs continue").to_owned()
        }
        (None, Some(Waiting::Storage { .. })) => {
            lang.pick("waits for storage answers", "ストレージの回答待ち").to_owned()
        }
        (None, None) if driven => format!("{} {phase}", lang.pick("running:", "実行中:")),
        (None, None) => format!(
            "{} {phase}",
            lang.pick("not watched (hosted-deploy runs attach):", "監視なし (hosted-deploy runs attach):")
        ),
    }
}

fn show(folder: &RunFolder, json: bool, lang: Lang) -> anyhow::Result<Exit> {
    let form = if json { Form::Json } else { Form::Plain };
    let mut view = View::new(form, lang, std::io::stdout());
    for event in Reader::open(&folder.journal())?.read()? {
        view.show(&event)?;
    }
    Ok(view.run().and_then(|run| run.outcome.as_ref()).map_or(Exit::Done, watch::exit))
}

async fn follow(runs: &Runs, attach: &Attach, common: &Common) -> anyhow::Result<Exit> {
    let (folder, lang, state) = (runs.find(&attach.id)?, common.lang(), common.state()?);
    let ended = folder.read()?.outcome.is_some();
    let answers = if ended || folder.is_driven()? {
        // Nobody is asked for passwords that may never be needed; those at hand start a driver should this one end.
        let known = if ended { None } else { answers(&folder, attach, Ask::Nobody, lang).ok() };
        known.map_or_else(|| folder.load("answers.json"), Ok)?
    } else {
        answers(&folder, attach, Ask::Person, lang)?
    };
    let form = Form::fitting(attach.json);
    Watch { folder: &folder, state: &state, answers: &answers, lang, form }.run().await
}

async fn go_on(runs: &Runs, attach: &Attach, common: &Common) -> anyhow::Result<Exit> {
    let (folder, lang) = (runs.find(&attach.id)?, common.lang());
    match folder.read()?.waiting {
        Some(Waiting::Person { lock_file }) => {
            let answers = answers(&folder, attach, Ask::Person, lang)?;
            let host = input::host(&answers, &folder, &common.state()?).await?;
            host.go_on(&lock_file).await?;
            follow(runs, attach, common).await
        }
        Some(Waiting::Storage { .. }) => {
            let Some(path) = &attach.answers else {
                return Err(Said::new(
                    "--answers FILE brings the storage answers that lack",
                    "不足しているストレージの回答を --answers FILE で指定してください",
                )
                .into());
            };
            let given = input::read(path, &attach.connect, lang)?;
            bring_storage(&folder, given.storage)?;
            let answers = self::answers(&folder, attach, Ask::Person, lang)?;
            Watch {
                folder: &folder,
                state: &common.state()?,
                answers: &answers,
                lang,
                form: Form::fitting(attach.json),
            }
            .run()
            .await
        }
        None => {
            if let Some(exit) = already_ended(&folder, lang)? {
                return Ok(exit);
            }
            eprintln!("{}", lang.pick("The run does not wait for anything.", "この実行は待機していません。"));
            follow(runs, attach, common).await
        }
    }
}

fn already_ended(folder: &RunFolder, lang: Lang) -> anyhow::Result<Option<Exit>> {
    let run = folder.read()?;
    if run.outcome.is_none() {
        return Ok(None);
    }
    eprintln!("{} {}: {}", lang.pick("Run", "実行"), run.id, status(&run, false, lang));
    Ok(Some(Exit::Usage))
}

/// Whether passwords that nothing gives are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Person,
    Nobody,
}

/// The run's answers with their secrets: from the file given, or the one the run began with, or asked for.
fn answers(folder: &RunFolder, attach: &Attach, ask: Ask, lang: Lang) -> anyhow::Result<Answers> {
    let prepared: Prepared = folder.load("plan.json")?;
    let mut answers: Answers = folder.load("answers.json")?;
    input::secrets_again(&mut answers, attach.answers.as_deref().or(prepared.source.as_deref()), lang)?;
    attach.connect.apply(&mut answers)?;
    if ask == Ask::Person {
        input::ask_missing(&mut answers, lang)?;
        attach.connect.ask(&mut answers, lang)?;
    }
    Ok(answers)
}

async fn logs(runs: &Runs, attach: &Attach, common: &Common) -> anyhow::Result<Exit> {
    let folder = runs.find(&attach.id)?;
    let answers = answers(&folder, attach, Ask::Person, common.lang())?;
    if let Err(error) = fetch_logs(&folder, &answers, common).await {
        let lang = common.lang();
        eprintln!(
            "{}: {}",
            lang.pick("Only what was fetched before", "以前に取得したログのみ表示します"),
            told::of(error.as_ref()).get(lang)
        );
    }
    for phase in Phase::DEPLOYMENT {
        let path = folder.logs().join(format!("{}.log", phase.tag()));
        if let Ok(text) = std::fs::read_to_string(&path) {
            print(&format!("==> {} <==\n{text}", path.display()))?;
        }
    }
    Ok(Exit::Done)
}

async fn fetch_logs(folder: &RunFolder, answers: &Answers, common: &Common) -> anyhow::Result<()> {
    let host = input::host(answers, folder, &common.state()?).await?;
    Ok(bundle::fetch_logs(&host, folder, answers).await?)
}
