//! `storage prepare`: the plan, a yes, the steps.

use super::super::deploy::{unreachable, unusable};
use super::super::input::{self, Connect};
use super::super::{Common, Exit, ask, print};
use crate::ssh::Session;
use crate::storage::prepare::{PrepareError, Step, StepStatus, apply, plan};
use crate::told::{self, Said};
use crate::{reach, storage};
use clap::{Args, Subcommand};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::storage::prepare::{BOOT_SETTING, MultipathAbout, Preparation};
use serde_json::json;
use std::path::PathBuf;

/// What to prepare.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Prepare {
    /// Make the host an NFS server: group kvm and user vdsm (36), the folder (36:36, 0755), the export
    NfsServer {
        /// The folder to export
        #[arg(value_name = "FOLDER")]
        folder: String,
        /// Who may mount it: a name, an address or a network; may be given several times [default: everybody]
        #[arg(long, value_name = "CLIENT")]
        client: Vec<String>,
        /// Leave services, packages and the firewall alone
        #[arg(long)]
        files_only: bool,
        #[command(flatten)]
        how: How,
    },
    /// Put a drop-in file for multipath into /etc/multipath/conf.d, and have multipathd read it
    Multipath {
        /// Its name: two digits, a dash, a word
        #[arg(value_name = "NN-NAME")]
        name: String,
        /// A LUN that it is about; may be given several times
        #[arg(long, value_name = "WWID", conflicts_with_all = ["vendor", "product"])]
        wwid: Vec<String>,
        /// SCSI vendor of the arrays that it is about
        #[arg(long, value_name = "TEXT", requires = "product")]
        vendor: Option<String>,
        /// SCSI product of the arrays that it is about
        #[arg(long, value_name = "TEXT", requires = "vendor")]
        product: Option<String>,
        /// A setting of multipath.conf(5); may be given several times
        #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
        set: Vec<(String, String)>,
        /// The host boots from these LUNs: no_path_retry queue
        #[arg(long, requires = "wwid")]
        boot: bool,
        #[command(flatten)]
        how: How,
    },
    /// Name the host's iSCSI initiator
    IscsiInitiator {
        /// The name
        #[arg(value_name = "IQN")]
        name: String,
        #[command(flatten)]
        how: How,
    },
    /// Say which LVM filter the host needs; changes nothing
    LvmFilter {
        #[command(flatten)]
        how: How,
    },
}

/// What every kind takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct How {
    /// The answer file: the host and how to log in
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
    /// Print plan and result as one JSON object
    #[arg(long)]
    json: bool,
}

fn setting(text: &str) -> Result<(String, String), Said> {
    let (key, value) =
        text.split_once('=').ok_or_else(|| Said::new("KEY=VALUE is wanted", "KEY=VALUE の形で指定してください"))?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Prepare {
    const fn how(&self) -> &How {
        match self {
            Self::NfsServer { how, .. }
            | Self::Multipath { how, .. }
            | Self::IscsiInitiator { how, .. }
            | Self::LvmFilter { how } => how,
        }
    }

    /// `None`: only advice is wanted.
    fn wanted(&self) -> Option<Preparation> {
        match self {
            Self::NfsServer { folder, client, files_only, .. } => Some(Preparation::NfsServer {
                folder: folder.clone(),
                clients: client.clone(),
                files_only: *files_only,
            }),
            Self::Multipath { name, wwid, vendor, product, set, boot, .. } => {
                let about = match (vendor, product) {
                    (Some(vendor), Some(product)) => {
                        MultipathAbout::Array { vendor: vendor.clone(), product: product.clone() }
                    }
                    _ => MultipathAbout::Luns(wwid.clone()),
                };
                let boot = boot.then(|| (BOOT_SETTING.0.to_owned(), BOOT_SETTING.1.to_owned()));
                let settings = set.iter().cloned().chain(boot).collect();
                Some(Preparation::Multipath { name: name.clone(), about, settings })
            }
            Self::IscsiInitiator { name, .. } => Some(Preparation::IscsiInitiator { name: name.clone() }),
            Self::LvmFilter { .. } => None,
        }
    }
}

pub(super) async fn run(prepare: &Prepare, common: &Common) -> anyhow::Result<Exit> {
    let (lang, how) = (common.lang(), prepare.how());
    let wanted = prepare.wanted();
    let problems = wanted.as_ref().map(Preparation::problems).unwrap_or_default();
    if !problems.is_empty() {
        problems.iter().for_each(|problem| eprintln!("{}", problem.line(lang)));
        return Ok(Exit::Usage);
    }
    let answers = match input::host_answers(how.answers.as_deref(), &how.connect, lang) {
        Ok(answers) => answers,
        Err(error) => return unusable(error),
    };
    let session = match reach::connect(&answers, &common.state()?, input::first_use(&how.connect, lang)).await {
        Ok(session) => session,
        Err(error) => return Ok(unreachable(&error, lang)),
    };
    let host = reach::target(&answers).to_string();
    let done = match &wanted {
        Some(wanted) => change(&session, &host, wanted, how, lang).await,
        None => advise(&session, &host, how, lang).await,
    };
    session.close().await;
    done
}

async fn change(session: &Session, host: &str, wanted: &Preparation, how: &How, lang: Lang) -> anyhow::Result<Exit> {
    let planned = match said(plan(session, wanted).await, lang)? {
        Ok(steps) => steps,
        Err(exit) => return Ok(exit),
    };
    if !how.json {
        let file = wanted.file();
        print(&format!(
            "{host}\n\n{}\n    {}\n",
            lang.pick("To be written:", "書き込む内容:"),
            file.trim_end().replace('\n', "\n    ")
        ))?;
        print(&format!("{}\n{}", lang.pick("Plan:", "計画:"), lines(&planned, true, lang)))?;
        wanted.notes().iter().try_for_each(|note| print(note.get(lang)))?;
    }
    let stuck = planned.iter().any(|step| step.status == StepStatus::Failed);
    if stuck || how.dry_run {
        if how.json {
            print(&serde_json::to_string_pretty(&json!({ "host": host, "file": wanted.file(), "plan": planned }))?)?;
        } else if !stuck {
            print(lang.pick("Dry run: nothing was changed.", "ドライラン: 何も変更していません。"))?;
        }
        return Ok(if stuck { Exit::Failed } else { Exit::Done });
    }
    if !how.yes && !confirmed(lang)? {
        return Ok(Exit::Cancelled);
    }
    let done = match said(apply(session, wanted).await, lang)? {
        Ok(steps) => steps,
        Err(exit) => return Ok(exit),
    };
    let failed = done.iter().any(|step| step.status == StepStatus::Failed);
    if how.json {
        let report = json!({ "host": host, "file": wanted.file(), "plan": planned, "done": done });
        print(&serde_json::to_string_pretty(&report)?)?;
    } else {
        let changed = done.iter().filter(|step| step.status == StepStatus::Changed).count();
        print(&format!("{}\n{}", lang.pick("Done:", "結果:"), lines(&done, false, lang)))?;
        print(&match (failed, changed, lang) {
            (true, _, Lang::En) => {
                "It stopped at the step that failed. Mend it and run the same command again.".to_owned()
            }
            (true, _, Lang::Ja) => "失敗した手順で停止しました。修正して同じコマンドを再実行してください。".to_owned(),
            (_, 0, Lang::En) => "Nothing had to be changed.".to_owned(),
            (_, 0, Lang::Ja) => "変更は必要ありませんでした。".to_owned(),
            (_, changed, Lang::En) => format!("{changed} changed, and verified."),
            (_, changed, Lang::Ja) => format!("{changed} 件を変更し、検証しました。"),
        })?;
    }
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn said(result: Result<Vec<Step>, PrepareError>, lang: Lang) -> anyhow::Result<Result<Vec<Step>, Exit>> {
    match result {
        Ok(steps) => Ok(Ok(steps)),
        Err(PrepareError::Command(error)) => {
            eprintln!("{}\n{}", told::sentence(&error).get(lang), error.advice(lang));
            Ok(Err(Exit::Unreachable))
        }
        Err(error) => Err(error.into()),
    }
}

fn lines(steps: &[Step], planned: bool, lang: Lang) -> String {
    let mut text = String::new();
    for step in steps {
        let (mark, word) = match (step.status, planned) {
            (StepStatus::Same, _) => ("✓", lang.pick("as it should be", "変更不要")),
            (StepStatus::Changed, true) => ("+", lang.pick("to be changed", "変更予定")),
            (StepStatus::Changed, false) => ("+", lang.pick("changed", "変更済み")),
            (StepStatus::Skipped, true) => ("·", lang.pick("not now", "計画時は対象外")),
            (StepStatus::Skipped, false) => ("·", lang.pick("not needed", "不要")),
            (StepStatus::Failed, _) => ("✗", lang.pick("failed", "失敗")),
        };
        text.push_str(&format!("  {mark} {word}: {}\n", step.text.get(lang)));
        if step.status == StepStatus::Failed {
            text.push_str(&format!("      {}\n", step.message.replace('\n', "\n      ")));
        }
    }
    text
}

fn confirmed(lang: Lang) -> anyhow::Result<bool> {
    if !ask::anybody() {
        let message = lang.pick(
            "Nobody can be asked here: --yes does it, --dry-run only shows it.",
            "確認を入力できません。--yes で実行、--dry-run で表示のみ行います。",
        );
        eprintln!("{message}");
        return Ok(false);
    }
    Ok(ask::yes(lang.pick("Do it?", "実行しますか?"), lang)?)
}

async fn advise(session: &Session, host: &str, how: &How, lang: Lang) -> anyhow::Result<Exit> {
    let Some(filter) = storage::lvm_filter(session).await? else {
        print(lang.pick("LVM does not answer on this host.", "このホストの LVM から応答がありません。"))?;
        return Ok(Exit::Failed);
    };
    if how.json {
        print(&serde_json::to_string_pretty(&json!({ "host": host, "lvm_filter": filter }))?)?;
        return Ok(Exit::Done);
    }
    let current = if filter.current.is_empty() { "–" } else { &filter.current };
    print(&format!(
        "{host}\n\n{}\n  {}: {}",
        filter.text().get(lang),
        lang.pick("volume groups", "ボリュームグループ"),
        filter.groups.join(", ")
    ))?;
    print(&format!(
        "  {}: {current}\n  {}: {}",
        lang.pick("filter now", "現在のフィルター"),
        lang.pick("filter wanted", "推奨フィルター"),
        filter.wanted
    ))?;
    filter.commands.iter().try_for_each(|command| print(&format!("      # {command}")))?;
    Ok(Exit::Done)
}
