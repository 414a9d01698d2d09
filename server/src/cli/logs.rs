//! `hosted-deploy logs NAME`: a log of the engine's host, or all of them in an archive.

use super::hosts::Hosts;
use super::{Common, Exit, print};
use crate::ssh::Session;
use crate::told;
use crate::troubleshoot::logs::{self, Log, LogError, Part};
use clap::Args;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::lang::Lang;
use std::path::PathBuf;

/// Which log and which of its lines.
#[derive(Debug, Args)]
pub(super) struct LogsArgs {
    /// agent, broker, vdsm, engine, server, setup, console; or bundle for all of them in an archive
    #[arg(value_name = "NAME", value_parser = ["agent", "broker", "vdsm", "engine", "server", "setup", "console", "bundle"])]
    name: String,
    #[command(flatten)]
    hosts: Hosts,
    /// The last so many lines
    #[arg(long, value_name = "N", default_value_t = 200)]
    tail: u32,
    /// From this time on, as date(1) reads it on the host: "1 hour ago", "2026-11-21 10:00"
    #[arg(long, value_name = "TIME", default_value = "", hide_default_value = true)]
    since: String,
    /// Up to this time
    #[arg(long, value_name = "TIME", default_value = "", hide_default_value = true)]
    until: String,
    /// Only lines that match this extended regular expression
    #[arg(long, value_name = "PATTERN", default_value = "", hide_default_value = true)]
    grep: String,
    /// Go on with the lines that are written, until Ctrl-C; without a time window
    #[arg(long, short, conflicts_with_all = ["since", "until"])]
    follow: bool,
    /// The archive [default: hosted-engine-logs.tar.gz]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(args: &LogsArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let host = match args.hosts.one(common)? {
        Ok(host) => host,
        Err(exit) => return Ok(exit),
    };
    let session = match host.connect(common).await? {
        Ok(session) => session,
        Err(error) => return Ok(super::deploy::unreachable(&error, lang)),
    };
    let Some(log) = Log::from_name(&args.name) else {
        let output = args.output.clone().unwrap_or_else(|| "hosted-engine-logs.tar.gz".into());
        return match logs::bundle(&session, &host.name, &host.answers, lang, &output).await {
            Ok(()) => print(&output.display().to_string()).map(|()| Exit::Done).map_err(Into::into),
            Err(error) => Ok(ended(&error, lang)),
        };
    };
    let part =
        Part { tail: args.tail, since: args.since.clone(), until: args.until.clone(), pattern: args.grep.clone() };
    if args.follow {
        return follow(&session, log, &part, &host.answers, lang).await;
    }
    match logs::read(&session, log, &part, &host.answers, lang).await {
        Ok(text) => {
            print(text.trim_end())?;
            Ok(Exit::Done)
        }
        Err(error) => Ok(ended(&error, lang)),
    }
}

async fn follow(session: &Session, log: Log, part: &Part, answers: &Answers, lang: Lang) -> anyhow::Result<Exit> {
    let mut following = match logs::follow(session, log, part, answers, lang).await {
        Ok(following) => following,
        Err(error) => return Ok(ended(&error, lang)),
    };
    loop {
        match following.next().await {
            Ok(Some(lines)) => print(lines.trim_end())?,
            Ok(None) => return Ok(Exit::Done),
            Err(error) => return Ok(ended(&error, lang)),
        }
    }
}

/// Says what happened and what to do next.
fn ended(error: &LogError, lang: Lang) -> Exit {
    eprintln!("{}\n{}", told::of(error).get(lang), error.next().get(lang));
    match error {
        LogError::Time { .. } | LogError::Pattern { .. } => Exit::Usage,
        _ => Exit::Failed,
    }
}
