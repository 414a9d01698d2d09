//! `hosted-deploy status`: how the engine is, why, and what to do.

use super::hosts::{Hosts, Reachable};
use super::{Common, Exit, print};
use crate::health;
use crate::runs::journal::now;
use crate::ssh::Session;
use crate::told;
use clap::Args;
use hosted_deploy_model::health::{Finding, Health, HostHealth, Level, Reading, Step, Unread, Verdict};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::node::Tally;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::Duration;
use tokio::task::JoinSet;

/// Which hosts to ask and how to show it.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes are those of monitoring plug-ins: 0 healthy · 1 degraded · 2 down · 3 unknown (also when no host is reached)")]
pub(super) struct StatusArgs {
    #[command(flatten)]
    hosts: Hosts,
    /// Print everything as one JSON object; with --watch one line at the beginning and at each change
    #[arg(long)]
    json: bool,
    /// Look again and again until Ctrl-C; without a terminal, only changes are printed
    #[arg(long)]
    watch: bool,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 15, requires = "watch", value_parser = clap::value_parser!(u64).range(5..=3600))]
    every: u64,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    /// Milliseconds of the epoch.
    at: u64,
    #[serde(flatten)]
    health: &'a Health,
    /// How the nodes from network boot stand; absent where it is not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<&'a Tally>,
}

/// The numbers of monitoring plug-ins in place of this program's own: `status` is what they call.
const fn exit(verdict: Verdict) -> Exit {
    match verdict.code() {
        0 => Exit::Done,
        1 => Exit::Failed,
        2 => Exit::Usage,
        _ => Exit::Blocked,
    }
}

pub(super) async fn run(args: &StatusArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let hosts = match args.hosts.reachable(common)? {
        Ok(hosts) => hosts,
        Err(_) => return Ok(exit(Verdict::Unknown)),
    };
    let mut lines: Vec<Line> = hosts.into_iter().map(|host| Line { host, session: None }).collect();
    let mut shown: Option<(Health, Option<Tally>)> = None;
    loop {
        let (readings, unread) = read(&mut lines, common).await?;
        let health = Health::of(&readings, &unread);
        let nodes = nodes_of(common)?;
        let text = || format!("{}{}", table(&health, lang), nodes_lines(nodes.as_ref(), lang)).trim_end().to_owned();
        let changed = shown.as_ref().is_none_or(|(old, old_nodes)| {
            *old_nodes != nodes
                || old.verdict != health.verdict
                || old.sentence != health.sentence
                || ids(old) != ids(&health)
        });
        let terminal = std::io::stdout().is_terminal();
        let report = || Report { at: now(), health: &health, nodes: nodes.as_ref() };
        if args.json && args.watch {
            if changed {
                print(&serde_json::to_string(&report())?)?;
            }
        } else if args.json {
            print(&serde_json::to_string_pretty(&report())?)?;
        } else if !args.watch {
            print(&text())?;
        } else if terminal {
            // Home, and clear to the end: nothing else moves on the screen.
            print(&format!("\x1b[H\x1b[2J{}\n\n{}", super::clock(now()), text()))?;
        } else if changed {
            print(&format!("{} {}\n", super::clock(now()), text()))?;
        }
        if !args.watch {
            return Ok(exit(health.verdict));
        }
        shown = Some((health, nodes));
        tokio::time::sleep(Duration::from_secs(args.every)).await;
    }
}

/// Of this machine's state folder: they tell nothing of the engine's verdict. What cannot be read is said once.
fn nodes_of(common: &Common) -> anyhow::Result<Option<Tally>> {
    Ok(crate::nodes::tally(&common.state()?)
        .inspect_err(|error| eprintln!("{}", told::of(error).get(common.lang())))
        .unwrap_or_default())
}

fn nodes_lines(nodes: Option<&Tally>, lang: Lang) -> String {
    let Some(nodes) = nodes else { return String::new() };
    let title = lang.pick("Nodes from network boot:", "ネットワークブートのノード:");
    let mut text = format!("\n{title} {}\n", nodes.sentence().get(lang));
    for failed in &nodes.failed {
        let _ = writeln!(text, "  ! {}: {}", failed.name, failed.why);
        let _ = writeln!(text, "    $ hosted-deploy pxe node show {}", failed.name);
    }
    text
}

fn ids(health: &Health) -> Vec<(&str, &str)> {
    health.findings.iter().map(|finding| (finding.id.as_str(), finding.host.as_str())).collect()
}

/// A host with the connection that is kept while it lives.
struct Line {
    host: Reachable,
    session: Option<Session>,
}

impl Line {
    /// The connection that is there, else a new one.
    async fn connect(&mut self, common: &Common) -> anyhow::Result<Result<Session, Unread>> {
        if let Some(session) = self.session.as_ref().filter(|session| !session.is_closed()) {
            return Ok(Ok(session.clone()));
        }
        Ok(match self.host.connect(common).await? {
            Ok(session) => {
                self.session = Some(session.clone());
                Ok(session)
            }
            Err(error) => {
                eprintln!("{}", error.advice(common.lang()));
                Err(Unread { host: self.host.name.clone(), why: told::of(&error) })
            }
        })
    }
}

/// Connects to one after the other, as a person may be asked for a key; then reads them beside each other, so that a host whose
/// storage hangs holds up nobody. The order is that of the hosts.
async fn read(lines: &mut [Line], common: &Common) -> anyhow::Result<(Vec<Reading>, Vec<Unread>)> {
    let (mut running, mut unread) = (JoinSet::new(), Vec::new());
    for (at, line) in lines.iter_mut().enumerate() {
        let host = line.host.name.clone();
        match line.connect(common).await? {
            Ok(session) => drop(running.spawn(async move { (at, health::read(&session, &host).await) })),
            Err(missing) => unread.push((at, missing)),
        }
    }
    let mut readings = Vec::new();
    while let Some(ended) = running.join_next().await {
        match ended? {
            (at, Ok(reading)) => readings.push((at, reading)),
            (at, Err(error)) => {
                let Some(line) = lines.get_mut(at) else { continue };
                line.session = None;
                unread.push((at, Unread { host: line.host.name.clone(), why: told::of(&error) }));
            }
        }
    }
    readings.sort_by_key(|(at, _)| *at);
    unread.sort_by_key(|(at, _)| *at);
    let readings = readings.into_iter().map(|(_, reading)| reading).collect();
    Ok((readings, unread.into_iter().map(|(_, missing)| missing).collect()))
}

/// Sign and word, so that neither alone carries the meaning.
fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "✓",
        Verdict::Degraded => "!",
        Verdict::Down => "✗",
        Verdict::Unknown => "?",
    }
}

/// The verdict, then what to do, then what it was read from.
pub(super) fn table(health: &Health, lang: Lang) -> String {
    let mut text =
        format!("{} {}: {}\n", mark(health.verdict), health.verdict.title().get(lang), health.sentence.get(lang));
    if !health.findings.is_empty() {
        text.push('\n');
        for finding in &health.findings {
            finding_line(&mut text, finding, lang);
        }
    }
    if !health.advice.is_empty() {
        let _ = writeln!(text, "\n{}", lang.pick("What to do:", "対処:"));
        for (number, step) in health.advice.iter().enumerate() {
            step_lines(&mut text, number + 1, step, lang);
        }
    }
    if !health.hosts.is_empty() {
        let _ = writeln!(text, "\n{}", lang.pick("Hosts:", "ホスト:"));
        for host in &health.hosts {
            host_lines(&mut text, host, lang);
        }
    }
    if !health.figures.is_empty() {
        let _ = writeln!(text, "\n{}", lang.pick("What was read:", "読み取った値:"));
        for figure in &health.figures {
            let _ = writeln!(text, "  {}: {}", figure.title.get(lang), figure.value.get(lang));
        }
    }
    text
}

fn finding_line(text: &mut String, finding: &Finding, lang: Lang) {
    let sign = match finding.level {
        Level::Trouble => "!",
        Level::Note => "·",
    };
    let _ = writeln!(text, "  {sign} {} [{}]", finding.title.get(lang), finding.id);
}

fn step_lines(text: &mut String, number: usize, step: &Step, lang: Lang) {
    let _ = writeln!(text, "  {number}. {}", step.text.get(lang));
    let place = if step.host.is_empty() { String::new() } else { format!("{}: ", step.host) };
    match step.action {
        Some(action) => {
            let host = if step.host.is_empty() { String::new() } else { format!(" --host {}", step.host) };
            let _ = writeln!(text, "     $ hosted-deploy action {}{host}", action.name());
            let _ = writeln!(text, "       ({place}{})", step.command);
        }
        None if !step.command.is_empty() => {
            let _ = writeln!(text, "     {place}{}", step.command);
        }
        None => {}
    }
}

fn host_lines(text: &mut String, host: &HostHealth, lang: Lang) {
    let mut facts = Vec::new();
    if let Some(score) = host.score {
        facts.push(format!("{} {score}", lang.pick("score", "スコア")));
    }
    if !host.state.is_empty() {
        let words = host.state_words.as_ref().map_or("", |words| words.get(lang));
        facts.push(format!("{} ({words})", host.state));
    }
    if let Some(engine) = &host.engine {
        facts.push(engine.get(lang).to_owned());
    }
    if host.live == Some(false) {
        facts.push(lang.pick("STALE: this is old", "古い情報です").to_owned());
    }
    if host.maintenance {
        facts.push(lang.pick("local maintenance", "ローカルメンテナンス").to_owned());
    }
    if facts.is_empty() {
        facts.push(lang.pick("state not known", "状態は不明です").to_owned());
    }
    let number = host.id.map_or_else(String::new, |id| format!(" (id {id})"));
    let _ = writeln!(text, "  {}{number}: {}", host.name, facts.join(" · "));
    for penalty in &host.penalties {
        let _ = writeln!(text, "      −{}: {}", penalty.points, penalty.why.get(lang));
    }
    if !host.services.is_empty() {
        let _ = writeln!(text, "      {}", host.services.join(" · "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::node::{Node, State};

    #[test]
    fn failed_nodes_are_named_with_their_reason_and_nothing_is_said_where_there_are_none() {
        assert_eq!(nodes_lines(None, Lang::En), "");
        let failed = Node { state: State::Failed, failure: Some("no disk".into()), ..Node::named("node2") };
        let tally = Tally::of(&[Node { state: State::Installed, ..Node::named("node1") }, failed]);
        let text = nodes_lines(Some(&tally), Lang::En);
        assert!(text.contains("1 failed, 1 installed") && text.contains("! node2: no disk"), "{text}");
        assert!(nodes_lines(Some(&tally), Lang::Ja).contains("失敗 1、インストール済み 1"));
    }
}
