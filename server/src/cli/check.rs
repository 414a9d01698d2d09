//! `hosted-deploy check`: every requirement judged on the host, nothing changed there.

mod many;

use super::deploy::{unreachable, unusable};
use super::file::text_of;
use super::input::{self, Connect, Login, Unusable};
use super::{Common, Exit};
use crate::preflight::GatherError;
use crate::ssh::Session;
use crate::told;
use crate::{reach, storage};
use clap::Args;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::check::{self, Check, Group, Severity, Status, Summary};
use hosted_deploy_model::lang::Lang;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::PathBuf;

/// What to check and how to show it.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The answer file; without one, only what does not depend on answers is judged
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// The deployment host's name or address; given several times, each is checked and prints a line
    #[arg(long = "host", value_name = "HOST[:PORT]")]
    named: Vec<String>,
    /// Check every host of this file as well, one a line; prints a line for each
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix_plan", "all"])]
    hosts: Option<PathBuf>,
    /// Of several hosts, so many at the same time
    #[arg(long, value_name = "NUMBER", default_value = "20", value_parser = clap::value_parser!(u16).range(1..=500))]
    at_once: u16,
    #[command(flatten)]
    login: Login,
    /// Show the checks that passed as well
    #[arg(long, short)]
    all: bool,
    /// Print everything as one JSON object
    #[arg(long, conflicts_with_all = ["fix_plan", "all"])]
    json: bool,
    /// Print the commands that mend what failed, as a shell script to read and edit
    #[arg(long)]
    fix_plan: bool,
    /// Go on although this check fails; may be given several times
    #[arg(long, value_name = "ID")]
    skip_check: Vec<String>,
    /// Read and judge the host so many times more over the same connection and say how long each took, and how long a
    /// command that does nothing
    #[arg(long, value_name = "TIMES", hide = true)]
    again: Option<u32>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    host: String,
    blocked: bool,
    summary: Summary,
    checks: &'a [Check],
}

pub(super) async fn run(args: &CheckArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let hosts = match hosts(args, lang) {
        Ok(hosts) => hosts,
        Err(error) => return unusable(error),
    };
    if args.hosts.is_some() || hosts.len() > 1 {
        return many::run(args, hosts, common).await;
    }
    let connect = Connect { host: hosts.into_iter().next(), login: args.login.clone() };
    let answers = match input::host_answers(args.answers.as_deref(), &connect, lang) {
        Ok(answers) => answers,
        Err(error) => return unusable(error),
    };
    let session = match reach::connect(&answers, &common.state()?, input::first_use(&connect, lang)).await {
        Ok(session) => session,
        Err(error) => return Ok(unreachable(&error, lang)),
    };
    let judged = judge(&session, &answers).await;
    for _ in 0..args.again.unwrap_or(0) {
        let begun = std::time::Instant::now();
        let _ = session.exec("sh -c true").await?;
        let nothing = begun.elapsed();
        let _ = judge(&session, &answers).await?;
        eprintln!("again: {} ms, nothing: {} ms", (begun.elapsed() - nothing).as_millis(), nothing.as_millis());
    }
    session.close().await;
    let mut checks = match judged {
        Ok(checks) => checks,
        Err(GatherError::Command(error)) => {
            eprintln!("{}\n{}", told::sentence(&error).get(lang), error.advice(lang));
            return Ok(Exit::Unreachable);
        }
        Err(error) => return Err(error.into()),
    };
    if let Err(error) = check::override_checks(&mut checks, &args.skip_check) {
        eprintln!("{}", told::of(&error).get(lang));
        return Ok(Exit::Usage);
    }
    let host = reach::target(&answers).to_string();
    let blocked = check::blocked(&checks);
    let text = if args.json {
        let summary = Summary::of(&checks);
        serde_json::to_string_pretty(&Report { host, blocked, summary, checks: &checks })?
    } else if args.fix_plan {
        fix_plan(&host, &checks, lang)
    } else {
        table(&host, &checks, args.all, lang)
    };
    super::print(text.trim_end())?;
    Ok(if blocked { Exit::Blocked } else { Exit::Done })
}

/// Every host that is named, on the command line or in the file, once and in that order; none: the answer file names it.
fn hosts(args: &CheckArgs, lang: Lang) -> anyhow::Result<Vec<String>> {
    let mut hosts: Vec<String> = Vec::new();
    let mut add = |host: &str| {
        if !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    };
    args.named.iter().for_each(|host| add(host));
    if let Some(file) = &args.hosts {
        let text = text_of(file, lang)?;
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).for_each(add);
        if hosts.is_empty() {
            let message = lang.pick("names no host", "ホストが記載されていません");
            return Err(Unusable(format!("{}: {message}", file.display())).into());
        }
    }
    if hosts.len() > 1 && (args.fix_plan || args.all) {
        let message = lang.pick(
            "Several hosts have a line each: --fix-plan and --all are for one host.",
            "複数のホストは 1 行ずつ表示されます。--fix-plan と --all は 1 台のホストにのみ使用できます。",
        );
        return Err(Unusable(message.to_owned()).into());
    }
    Ok(hosts)
}

/// Reads a host and judges it.
async fn judge(session: &Session, answers: &Answers) -> Result<Vec<Check>, GatherError> {
    let facts = storage::gather_all(session, answers).await?;
    Ok(check::checks(answers, &facts))
}

/// Mark and word of a check, so that neither colour nor a symbol alone carries the meaning.
fn mark(check: &Check, lang: Lang) -> (&'static str, &'static str) {
    let (symbol, en, ja) = match (check.status, check.severity) {
        (Status::Passed, _) => ("✓", "passed", "合格"),
        (Status::NotApplicable, _) => ("·", "not applicable", "対象外"),
        (Status::CouldNotRun, _) => ("?", "could not run", "実行不可"),
        (Status::Failed, _) if check.overridden => ("»", "overridden", "無視"),
        (Status::Failed, Severity::Blocker) => ("✗", "blocker", "阻害"),
        (Status::Failed, Severity::Warning) => ("!", "warning", "警告"),
        (Status::Failed, Severity::Advice) => ("i", "advice", "助言"),
    };
    (symbol, lang.pick(en, ja))
}

/// The checks by group: what failed with evidence and remedy, what could not run, and a count of the rest.
fn table(host: &str, checks: &[Check], all: bool, lang: Lang) -> String {
    let mut text = format!("{host}\n");
    for group in groups(checks) {
        let ours: Vec<&Check> = checks.iter().filter(|check| check.group == group).collect();
        let passed = ours.iter().filter(|check| check.status == Status::Passed).count();
        let judged = ours.iter().filter(|check| check.status != Status::NotApplicable).count();
        if judged == 0 && !all {
            continue;
        }
        let _ = writeln!(text, "\n{} {passed}/{judged}", group.title().get(lang));
        for check in ours {
            match check.status {
                Status::Failed => failed(&mut text, check, lang),
                Status::CouldNotRun => line(&mut text, check, lang),
                Status::Passed | Status::NotApplicable if all => line(&mut text, check, lang),
                _ => {}
            }
        }
    }
    text.push_str(&summary(checks, lang));
    text
}

/// Only what failed or could not run, whatever its group, and the counts.
pub(super) fn attention(checks: &[Check], lang: Lang) -> String {
    let mut text = String::new();
    for check in checks {
        match check.status {
            Status::Failed => failed(&mut text, check, lang),
            Status::CouldNotRun => line(&mut text, check, lang),
            Status::Passed | Status::NotApplicable => {}
        }
    }
    text + &counts(checks, lang)
}

fn groups(checks: &[Check]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for check in checks {
        if !groups.contains(&check.group) {
            groups.push(check.group);
        }
    }
    groups
}

fn line(text: &mut String, check: &Check, lang: Lang) {
    let (symbol, word) = mark(check, lang);
    let _ = writeln!(text, "  {symbol} {word}: {} [{}]: {}", check.title.get(lang), check.id, check.evidence.get(lang));
}

fn failed(text: &mut String, check: &Check, lang: Lang) {
    line(text, check, lang);
    let _ = writeln!(text, "      {}", check.remedy.get(lang));
    for command in &check.commands {
        let _ = writeln!(text, "      # {command}");
    }
}

fn counts(checks: &[Check], lang: Lang) -> String {
    let Summary { passed, blockers, overridden, warnings, advice, could_not_run, not_applicable } = Summary::of(checks);
    match lang {
        Lang::En => format!(
            "{passed} passed, {blockers} blocking, {warnings} warnings, {advice} pieces of advice, \
             {could_not_run} could not run, {not_applicable} not applicable, {overridden} overridden"
        ),
        Lang::Ja => format!(
            "合格 {passed}、阻害 {blockers}、警告 {warnings}、助言 {advice}、実行不可 {could_not_run}、対象外 {not_applicable}、無視 {overridden}"
        ),
    }
}

fn summary(checks: &[Check], lang: Lang) -> String {
    let verdict = match (check::blocked(checks), lang) {
        (true, Lang::En) => {
            "A deployment would not start. Mend what blocks (--fix-plan lists the commands) and check again."
        }
        (true, Lang::Ja) => {
            "デプロイは開始されません。阻害項目を修正し (--fix-plan でコマンドを表示)、再度検査してください。"
        }
        (false, Lang::En) => "Nothing blocks a deployment.",
        (false, Lang::Ja) => "デプロイを阻害する項目はありません。",
    };
    format!("\n{}\n{verdict}\n", counts(checks, lang))
}

/// A script for a person to read, in the order of the checks. Whatever came from the host stands in comments only.
fn fix_plan(host: &str, checks: &[Check], lang: Lang) -> String {
    let mut text = format!("#!/bin/bash\n# {host}\n");
    text.push_str(lang.pick(
        "# Read every line and put your own values in before you run any of this on the host.\n",
        "# ホストで実行する前に、すべての行を確認し、環境に合わせて値を変更してください。\n",
    ));
    for check in checks.iter().filter(|check| check.status == Status::Failed && !check.overridden) {
        let (_, word) = mark(check, lang);
        let _ = writeln!(text, "\n# {word}: {} [{}]", check.title.get(lang), check.id);
        let _ = writeln!(text, "#   {}", check.evidence.get(lang).replace('\n', "\n#   "));
        let _ = writeln!(text, "#   {}", check.remedy.get(lang));
        for command in &check.commands {
            let _ = writeln!(text, "# {command}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::facts::Facts;

    fn checks() -> Vec<Check> {
        let mut facts = Facts::default();
        facts.host.machine = "s390x".to_owned();
        facts.host.shell = "/usr/bin/dash".to_owned();
        check::checks(&Answers::default(), &facts)
    }

    #[test]
    fn the_table_shows_what_failed_with_its_remedy_and_counts_the_rest() {
        let text = table("root@host1", &checks(), false, Lang::En);
        assert!(
            text.contains("✗ blocker: The host is x86_64 or ppc64le [cpu-architecture]: s390x\n      Choose a host"),
            "{text}"
        );
        assert!(text.contains("      # ln -sf bash /bin/sh\n"), "{text}");
        assert!(text.contains("? could not run: "), "{text}");
        assert!(!text.contains("✓"), "{text}");
        assert!(text.ends_with("and check again.\n"), "{text}");
        assert!(table("root@host1", &checks(), false, Lang::Ja).contains("✗ 阻害: ホストの"), "Japanese");
    }

    #[test]
    fn a_fix_plan_does_nothing_until_somebody_edits_it() {
        let text = fix_plan("root@host1", &checks(), Lang::En);
        assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "{text}");
        assert!(text.contains("# ln -sf bash /bin/sh"), "{text}");
    }
}
