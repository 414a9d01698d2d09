//! `hosted-deploy --answers FILE`: the deployment, unattended; and `runs retry`.

use super::input::{self, Connect, Unusable};
use super::usage::one_of;
use super::view::Form;
use super::watch::Watch;
use super::{Common, Exit, ask, print};
use crate::preflight::GatherError;
use crate::reach;
use crate::runs::begin::{NotRetried, Proposal, ProposeError, Retried, Wish};
use crate::runs::commands::commands;
use crate::runs::driver::Prepared;
use crate::runs::prepare::Preparation;
use crate::runs::store::{RunFolder, Runs};
use crate::ssh::ConnectError;
use crate::told::{self, Said};
use clap::Args;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::check::{Check, Status};
use hosted_deploy_model::edited::keep_derived;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::{self, Plan};
use std::path::{Path, PathBuf};

/// A deployment from an answer file.
#[derive(Clone, Debug, Args)]
pub(super) struct DeployArgs {
    /// The answer file: TOML, YAML, JSON, Ansible he_* variables or an otopi answer file
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    how: How,
    /// Begin at this phase; earlier ones must have been done by a run before
    #[arg(long, value_name = "PHASE", value_parser = phase)]
    from_phase: Option<Phase>,
}

impl DeployArgs {
    /// A deployment was asked for.
    pub(super) fn is_given(&self) -> bool {
        self.answers.is_some()
    }
}

/// What a deployment and a retry have in common.
#[derive(Clone, Debug, Args)]
pub(super) struct How {
    #[command(flatten)]
    connect: Connect,
    /// Start without asking
    #[arg(long, short)]
    yes: bool,
    /// Check everything and show the plan and the role's variables; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the run's events as JSON lines
    #[arg(long)]
    json: bool,
    /// Go on although this check fails; may be given several times
    #[arg(long, value_name = "ID")]
    skip_check: Vec<String>,
    /// Take the host over from a run that holds it and of which nothing runs
    #[arg(long)]
    take_over: bool,
}

/// A run to be tried again.
#[derive(Debug, Args)]
pub(super) struct Retry {
    /// Which run
    #[arg(default_value = "last")]
    id: String,
    /// Edited answers [default: those of the run]
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    how: How,
    /// Begin at this phase [default: where the failed one left the host]
    #[arg(long, value_name = "PHASE", value_parser = phase)]
    from_phase: Option<Phase>,
}

fn phase(text: &str) -> Result<Phase, Said> {
    let known: Vec<_> = Phase::DEPLOYMENT.iter().skip(1).map(|phase| phase.tag()).collect();
    Phase::from_tag(text)
        .filter(|phase| Phase::DEPLOYMENT.contains(phase) && *phase != Phase::Preflight)
        .ok_or_else(|| one_of(&known))
}

pub(super) async fn run(args: &DeployArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let Some(path) = &args.answers else {
        eprintln!(
            "{}",
            lang.pick(
                "--answers FILE is needed; hosted-deploy answers new writes one.",
                "--answers FILE が必要です。hosted-deploy answers new で作成できます。"
            )
        );
        return Ok(Exit::Usage);
    };
    let given = input::read(path, &args.how.connect, lang).and_then(|mut answers| {
        args.how.connect.ask(&mut answers, lang)?;
        input::ask_missing(&mut answers, lang)?;
        Ok(answers)
    });
    let answers = match given {
        Ok(answers) => answers,
        Err(error) => return unusable(error),
    };
    let first = args.from_phase.unwrap_or(Phase::InitialClean);
    // Beginning in the middle needs what the role said at the beginning.
    let before =
        if first > Phase::InitialClean { last_run_with(&answers, &Runs::open(&common.state()?)?)? } else { None };
    let source = std::path::absolute(path)?;
    let wish = Wish { answers, source: Some(source), first: Some(first), before, ..Wish::default() };
    begin(wish, &args.how, common).await
}

pub(super) async fn retry(args: &Retry, runs: &Runs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let folder = runs.find(&args.id)?;
    let (retried, before) = match Retried::of(&folder) {
        Ok(retried) => retried,
        Err(NotRetried::Store(error)) => return Err(error.into()),
        Err(NotRetried::GoesOn) => {
            eprintln!(
                "{}",
                lang.pick(
                    "The run has not ended: cancel it first, or attach to it.",
                    "この実行は終了していません。先にキャンセルするか、attach してください。"
                )
            );
            return Ok(Exit::Usage);
        }
        Err(NotRetried::Succeeded) => {
            eprintln!(
                "{}",
                lang.pick(
                    "The run has succeeded: there is nothing to retry.",
                    "この実行は成功しています。再試行するものはありません。"
                )
            );
            return Ok(Exit::Usage);
        }
    };
    let source = match &args.answers {
        Some(path) => Some(std::path::absolute(path)?),
        None => before.source.clone(),
    };
    let given = again(&folder, args, source.as_deref(), lang);
    let answers = match given {
        Ok(answers) => answers,
        Err(error) => return unusable(error),
    };
    let wish =
        Wish { answers, source, first: args.from_phase, before: Some(before), retry: Some(retried), ..Wish::default() };
    begin(wish, &args.how, common).await
}

/// The failed run's answers, with whatever the edited file says instead.
fn again(folder: &RunFolder, args: &Retry, source: Option<&Path>, lang: Lang) -> anyhow::Result<Answers> {
    let old: Answers = folder.load("answers.json")?;
    let mut answers = match &args.answers {
        Some(path) => {
            let mut new = input::read(path, &args.how.connect, lang)?;
            keep_derived(&mut new, &old);
            new
        }
        None => old,
    };
    input::secrets_again(&mut answers, source, lang)?;
    args.how.connect.apply(&mut answers)?;
    input::ask_missing(&mut answers, lang)?;
    args.how.connect.ask(&mut answers, lang)?;
    Ok(answers)
}

/// What the newest run on the same host was handed over.
fn last_run_with(answers: &Answers, runs: &Runs) -> anyhow::Result<Option<Prepared>> {
    for id in runs.ids()?.iter().rev() {
        let folder = runs.find(id)?;
        let (Ok(old), Ok(prepared)) = (folder.load::<Answers>("answers.json"), folder.load::<Prepared>("plan.json"))
        else {
            continue;
        };
        if old.host.address == answers.host.address && old.host.port == answers.host.port {
            return Ok(Some(Prepared { hand_over: crate::runs::driver::handed_over(&folder, &prepared)?, ..prepared }));
        }
    }
    Ok(None)
}

/// Answers that cannot be used are the person's to mend: exit code 2.
pub(super) fn unusable(error: anyhow::Error) -> anyhow::Result<Exit> {
    let unusable = error.downcast::<Unusable>()?;
    eprintln!("{unusable}");
    Ok(Exit::Usage)
}

/// Proposes the deployment, asks, and follows it.
async fn begin(wish: Wish, how: &How, common: &Common) -> anyhow::Result<Exit> {
    let (lang, state) = (common.lang(), common.state()?);
    let session = match reach::connect(&wish.answers, &state, input::first_use(&how.connect, lang)).await {
        Ok(session) => session,
        Err(error) => return Ok(unreachable(&error, lang)),
    };
    let wish = Wish { skip_checks: how.skip_check.clone(), take_over: how.take_over, ..wish };
    let proposal = match wish.propose(&session).await {
        Ok(proposal) => proposal,
        Err(ProposeError::Gather(GatherError::Command(error))) => {
            eprintln!("{}\n{}", told::sentence(&error).get(lang), error.advice(lang));
            return Ok(Exit::Unreachable);
        }
        Err(ProposeError::Skip(error)) => {
            eprintln!("{}", told::of(&error).get(lang));
            return Ok(Exit::Usage);
        }
        Err(error) => return Err(error.into()),
    };
    let Proposal { preparation, plan, prepared, why } = &proposal;
    if let Some(why) = why {
        eprintln!("{}", why.get(lang));
    }
    let quiet = how.json;
    if proposal.is_blocked() {
        eprintln!("{}", blockers(preparation, lang));
        return Ok(Exit::Blocked);
    }
    if !quiet {
        print(&describe(preparation, plan, lang))?;
    }
    if how.dry_run {
        if !quiet {
            print(&commands(&preparation.answers, prepared, plan))?;
            print(lang.pick("Dry run: nothing was changed.", "ドライラン: 何も変更していません。"))?;
        }
        return Ok(Exit::Done);
    }
    if !how.yes && !confirmed(lang)? {
        return Ok(Exit::Cancelled);
    }
    session.close().await;
    let folder = proposal.create(&Runs::open(&state)?)?;
    let form = Form::fitting(how.json);
    Watch { folder: &folder, state: &state, answers: &preparation.answers, lang, form }.run().await
}

fn confirmed(lang: Lang) -> anyhow::Result<bool> {
    if !ask::anybody() {
        eprintln!(
            "{}",
            lang.pick(
                "Nobody can be asked here: --yes starts the deployment.",
                "確認を入力できません。--yes を付けると開始します。"
            )
        );
        return Ok(false);
    }
    Ok(ask::yes(lang.pick("Start the deployment?", "デプロイを開始しますか?"), lang)?)
}

/// Everything that keeps the deployment from starting.
fn blockers(preparation: &Preparation, lang: Lang) -> String {
    let head = lang.pick(
        "The deployment cannot start; nothing was changed on the host.",
        "デプロイを開始できません。ホストには何も変更を加えていません。",
    );
    let mut text = vec![head.to_owned()];
    text.extend(preparation.problems.iter().map(|problem| format!("  ✘ {}", problem.line(lang))));
    text.extend(preparation.checks.iter().filter(|check| check.blocks()).map(|check| failed_check(check, lang)));
    text.join("\n")
}

/// A failed check with its evidence and remedy, indented for a list.
fn failed_check(check: &Check, lang: Lang) -> String {
    let mut text = format!("  ✘ {} ({})\n      {}", check.title.get(lang), check.id, check.evidence.get(lang));
    if !check.remedy.get(lang).is_empty() {
        text.push_str(&format!("\n      {} {}", lang.pick("What to do:", "対処:"), check.remedy.get(lang)));
    }
    for command in &check.commands {
        text.push_str(&format!("\n        # {command}"));
    }
    text
}

fn describe(preparation: &Preparation, plan: &Plan, lang: Lang) -> String {
    let mut text = Vec::new();
    let answers = &preparation.answers;
    text.push(format!(
        "{} {}  →  {} {}",
        lang.pick("Host", "ホスト"),
        plan.host,
        lang.pick("engine", "エンジン"),
        plan.engine
    ));
    if let Some(storage) = &answers.storage {
        let kind = storage.storage_type().map_or("", |kind| kind.name());
        text.push(format!("{} {kind}", lang.pick("Storage", "ストレージ")));
    }
    if !preparation.filled.is_empty() {
        text.push(format!(
            "\n{}",
            lang.pick("Left open, and filled in from the host:", "未指定のため、ホストの情報から設定しました:")
        ));
        for filled in &preparation.filled {
            text.push(format!("  {} = {}  ({})", filled.field, filled.value, filled.why.get(lang)));
        }
    }
    let failed: Vec<&Check> = preparation.checks.iter().filter(|check| check.status == Status::Failed).collect();
    if !failed.is_empty() {
        text.push(format!(
            "\n{}",
            lang.pick("Not as it should be, but no reason to stop:", "推奨どおりではありませんが、続行できます:")
        ));
        for check in failed {
            text.push(failed_check(check, lang));
        }
    }
    text.push(format!("\n{}", lang.pick("Plan:", "計画:")));
    for line in plan::describe(plan, lang) {
        text.push(format!("  {}", line.replace('\n', "\n  ")));
    }
    text.push(String::new());
    text.join("\n")
}

pub(super) fn unreachable(error: &ConnectError, lang: Lang) -> Exit {
    eprintln!("{}\n{}", told::sentence(error).get(lang), error.advice(lang));
    Exit::Unreachable
}
