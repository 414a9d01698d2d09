//! `hosted-deploy cleanup`: what a deployment left, shown, removed after a question, and looked for again.

use super::hosts::{Hosts, Reachable};
use super::{Common, Exit, ask, print};
use crate::cleanup::storage::{self, Place};
use crate::cleanup::{self, Told};
use crate::runs::driver::who;
use crate::ssh::Session;
use crate::troubleshoot::record::{self, Record};
use clap::Args;
use hosted_deploy_model::cleanup::Leftovers;
use hosted_deploy_model::health::ActionKind;
use hosted_deploy_model::lang::{Lang, Text};
use std::fmt::Write as _;
use std::time::Duration;

/// Where, and how far.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 clean, a deployment may start · 1 something could not be removed · 2 bad usage · 3 refused, or a check still blocks a deployment · 4 cannot connect · 130 not confirmed
A clean-up that was cut off can be run again. The host's network is guarded: a timer there puts it back unless a new connection works.")]
pub(super) struct CleanupArgs {
    #[command(flatten)]
    hosts: Hosts,
    /// Only show what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Do not ask; an engine that is deployed there and storage still want to be named
    #[arg(long, short)]
    yes: bool,
    /// Stop runs of this program that go on there; without it they are a reason to refuse
    #[arg(long)]
    stop_runs: bool,
    /// Remove a deployed engine's configuration: its FQDN, as the question would have it typed
    #[arg(long, value_name = "ENGINE")]
    confirm: Option<String>,
    /// Also empty the shared storage that the answers or the host's configuration name
    #[arg(long)]
    storage: bool,
    /// Empty it: its server:/path or the LUN's id, as the question would have it typed
    #[arg(long, value_name = "PLACE", requires = "storage")]
    confirm_storage: Option<String>,
}

pub(super) async fn run(args: &CleanupArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let host = match args.hosts.one(common)? {
        Ok(host) => host,
        Err(exit) => return Ok(exit),
    };
    let session = match host.connect(common).await? {
        Ok(session) => session,
        Err(error) => return Ok(super::deploy::unreachable(&error, lang)),
    };
    let leftovers = cleanup::look(&session).await?;
    print(list(&host.name, &leftovers, lang).trim_end())?;
    let place = if args.storage { Place::of(&host.answers, leftovers.storage.as_ref()) } else { None };
    if args.storage && place.is_none() {
        eprintln!("{}", lang.pick(
            "Which storage is meant is not known: neither answers nor the host's configuration name it. Give --answers FILE.",
            "対象のストレージが不明です。--answers FILE を指定してください。",
        ));
        return Ok(Exit::Usage);
    }
    if args.dry_run {
        if let Some(place) = &place {
            let (contents, text) = storage::look(&session, place).await?;
            print(&format!("\n{}", on_storage(place, &text, lang)))?;
            if let (Place::Directory { .. }, Some(objection)) = (place, contents.objection()) {
                print(objection.get(lang))?;
            }
        }
        return Ok(Exit::Done);
    }
    if !leftovers.running.is_empty() && !args.stop_runs {
        eprintln!(
            "{}",
            lang.pick(
                "A run goes on there. End it (`hosted-deploy runs cancel`), or stop it by --stop-runs.",
                "実行が進行中です。`hosted-deploy runs cancel` で終了するか、--stop-runs で停止してください。",
            )
        );
        return Ok(Exit::Blocked);
    }
    let mut ok = true;
    let mut session = session;
    if leftovers.cleaning {
        eprintln!(
            "{}",
            lang.pick(
                "An earlier clean-up goes on there; it is followed.",
                "以前のクリーンアップが進行中です。続きを表示します。"
            )
        );
    }
    if !leftovers.is_empty() || leftovers.cleaning {
        if !leftovers.cleaning && !confirmed(args, &leftovers, lang)? {
            return Ok(Exit::Cancelled);
        }
        let who = format!("{}, as {}", who().trim_start_matches("started by "), session.at());
        let record = Record::of(&common.state()?);
        let mut lines = record.begin(record::cleanup(&host.name, &who))?;
        let failures;
        (ok, failures, session) = clean(&host, session, &leftovers, common).await?;
        lines.add(ActionKind::Ended { outcome: cleanup::outcome(ok, &failures) })?;
    }
    if let Some(place) = &place {
        match empty(args, &session, place, lang).await? {
            Exit::Done => {}
            other => return Ok(other),
        }
    }
    let blocked = verify(&host, &session, lang).await?;
    session.close().await;
    Ok(match (ok, blocked) {
        (true, false) => Exit::Done,
        (true, true) => Exit::Blocked,
        (false, _) => Exit::Failed,
    })
}

/// Gives whether every step succeeded, and those that did not.
async fn clean(
    host: &Reachable,
    session: Session,
    leftovers: &Leftovers,
    common: &Common,
) -> anyhow::Result<(bool, Vec<String>, Session)> {
    let lang = common.lang();
    let (state, answers) = (common.state()?, host.answers.clone());
    let connect = async || crate::reach::connect(&answers, &state, crate::ssh::FirstUse::Refuse).await;
    let mut failures = Vec::new();
    let told = |told: Told| {
        failures.extend(told.failure());
        let (sign, words) = told.words();
        // A reader that went away does not stop a clean-up half-way.
        let _ = print(&format!("{sign} {}", words.get(lang)));
    };
    let (ok, session) = cleanup::clean(session, &leftovers.steps(), connect, told).await?;
    Ok((ok, failures, session))
}

fn list(host: &str, leftovers: &Leftovers, lang: Lang) -> String {
    if leftovers.is_empty() {
        return format!("{host}: {}", lang.pick("no deployment has left anything.", "デプロイの残りはありません。"));
    }
    let mut text = format!("{host}: {}\n", lang.pick("this would be removed:", "次のものを削除します:"));
    for leftover in &leftovers.list {
        let _ = writeln!(text, "  {}", leftover.title.get(lang));
        for found in &leftover.found {
            let _ = writeln!(text, "      {found}");
        }
    }
    let _ = writeln!(text, "{}", lang.pick("Steps:", "手順:"));
    for step in leftovers.steps() {
        let _ = writeln!(text, "  {:<20} {}", step.name(), cleanup::title(step).get(lang));
    }
    let _ = writeln!(text, "{}", lang.pick(
        "Packages, the appliance and the logs in /var/log/ovirt-hosted-engine-setup stay; so does what is on the shared storage, without --storage.",
        "パッケージ、アプライアンス、/var/log/ovirt-hosted-engine-setup のログは残ります。--storage を付けない場合は共有ストレージの内容も残ります。",
    ));
    text
}

fn confirmed(args: &CleanupArgs, leftovers: &Leftovers, lang: Lang) -> anyhow::Result<bool> {
    if !leftovers.engine.is_empty() {
        let engine = &leftovers.engine;
        let question = match lang {
            Lang::En => format!(
                "A hosted engine is deployed here. Its VM on this host is destroyed. Type its name ({engine}) to go on:"
            ),
            Lang::Ja => format!(
                "ホステッドエンジンがデプロイされています。このホスト上の VM は破棄されます。続行するには名前 ({engine}) を入力してください:"
            ),
        };
        return typed(args.confirm.as_deref(), engine, "--confirm", &question, lang);
    }
    if args.yes {
        return Ok(true);
    }
    if !ask::anybody() {
        eprintln!(
            "{}",
            lang.pick(
                "Nobody can be asked here: --yes removes all of this.",
                "確認を入力できません。--yes を付けると削除します。"
            )
        );
        return Ok(false);
    }
    Ok(ask::yes(lang.pick("Remove all of this?", "すべて削除しますか?"), lang)?)
}

/// A name typed by option or at the terminal.
fn typed(given: Option<&str>, wanted: &str, option: &str, question: &str, lang: Lang) -> anyhow::Result<bool> {
    match given {
        Some(given) if given == wanted => Ok(true),
        Some(given) => {
            eprintln!("{option} {given}: {} {wanted}", lang.pick("it is", "正しくは"));
            Ok(false)
        }
        None if !ask::anybody() => {
            eprintln!(
                "{} {option} {wanted}",
                lang.pick("Nobody can be asked here: confirm it by", "確認を入力できないため、次を指定してください:")
            );
            Ok(false)
        }
        None => Ok(ask::line(question)?.as_deref() == Some(wanted)),
    }
}

async fn empty(args: &CleanupArgs, session: &Session, place: &Place, lang: Lang) -> anyhow::Result<Exit> {
    let (mut contents, mut text) = storage::look(session, place).await?;
    // What this host wrote before its clean-up looks the same as what another host goes on writing.
    if let Some(secs) = contents.until_idle_secs() {
        eprintln!(
            "{}",
            match lang {
                Lang::En => format!(
                    "{}: leases were written moments ago. Waiting {secs} s to see whether a host goes on with that.",
                    place.name()
                ),
                Lang::Ja => format!(
                    "{}: 直前にリースが書き込まれています。使用中のホストがあるか {secs} 秒間確認します。",
                    place.name()
                ),
            }
        );
        tokio::time::sleep(Duration::from_secs(secs)).await;
        (contents, text) = storage::look(session, place).await?;
    }
    print(&format!("\n{}", on_storage(place, &text, lang)))?;
    if let Place::Directory { .. } = place
        && let Some(objection) = contents.objection()
    {
        eprintln!("{}", objection.get(lang));
        return Ok(if contents == Default::default() { Exit::Done } else { Exit::Blocked });
    }
    let name = place.name();
    let question = match lang {
        Lang::En => format!("Everything shown here will be lost. Type {name} to remove it:"),
        Lang::Ja => format!("ここに表示された内容はすべて失われます。削除するには {name} を入力してください:"),
    };
    if !typed(args.confirm_storage.as_deref(), name, "--confirm-storage", &question, lang)? {
        return Ok(Exit::Cancelled);
    }
    print(storage::empty(session, place).await?.trim_end())?;
    Ok(Exit::Done)
}

/// What is on it, below its name.
fn on_storage(place: &Place, text: &Text, lang: Lang) -> String {
    let lines = text.get(lang).trim_end().lines().map(|line| format!("\n  {line}"));
    format!("{}{}{}", place.name(), lang.pick(" holds:", " の内容:"), lines.collect::<String>())
}

/// Reads the host afresh and says whether a deployment would start. Gives whether it would not.
async fn verify(host: &Reachable, session: &Session, lang: Lang) -> anyhow::Result<bool> {
    let verified = cleanup::verify(session, &host.answers).await?;
    for line in verified.lines() {
        print(&format!("  {}", line.get(lang)))?;
    }
    print(verified.sentence.get(lang))?;
    Ok(verified.blocked)
}
