//! `check` of several hosts: all at once, each over a connection of its own, with a line for each as it ends.

use super::super::input::{self, Connect};
use super::super::{Common, Exit, print};
use super::{CheckArgs, counts, judge};
use crate::preflight::GatherError;
use crate::reach;
use crate::ssh::FirstUse;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::check::{self, Check, Summary};
use hosted_deploy_model::lang::Lang;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// What became of one host.
enum Verdict {
    Judged { blocked: bool, summary: Summary, counts: String, failed: Vec<String> },
    Unreachable(String),
    Unread(String),
}

pub(super) async fn run(args: &CheckArgs, hosts: Vec<String>, common: &Common) -> anyhow::Result<Exit> {
    let (lang, state) = (common.lang(), Arc::new(common.state()?));
    let all = match all(args, hosts, lang) {
        Ok(all) => all,
        Err(error) => return super::unusable(error),
    };
    let places = Arc::new(Semaphore::new(usize::from(args.at_once)));
    let skip: Arc<[String]> = args.skip_check.clone().into();
    let accept = args.login.accept_new_host_key;
    let mut running = JoinSet::new();
    for (host, answers) in all {
        let (state, places, skip) = (state.clone(), places.clone(), skip.clone());
        running.spawn(async move {
            let _place = places.acquire_owned().await;
            let verdict = one(&answers, &state, &skip, accept, lang).await;
            (host, verdict)
        });
    }
    let mut worst = Exit::Done;
    while let Some(done) = running.join_next().await {
        let (host, verdict) = done?;
        worst = worst.max(verdict.exit());
        print(&verdict.line(&host, args.json, lang))?;
    }
    Ok(worst)
}

/// The answers of each host: the same but for its address.
fn all(args: &CheckArgs, hosts: Vec<String>, lang: Lang) -> anyhow::Result<Vec<(String, Answers)>> {
    let mut connect = Connect { host: None, login: args.login.clone() };
    let mut common: Option<Answers> = None;
    let mut all = Vec::new();
    for host in hosts {
        connect.host = Some(host.clone());
        // What is asked for on the terminal is asked for once.
        let answers = match &common {
            None => input::host_answers(args.answers.as_deref(), &connect, lang)?,
            Some(first) => {
                let mut answers = first.clone();
                answers.host.port = None;
                connect.apply(&mut answers)?;
                answers
            }
        };
        common.get_or_insert_with(|| answers.clone());
        all.push((host, answers));
    }
    Ok(all)
}

async fn one(answers: &Answers, state: &Path, skip: &[String], accept: bool, lang: Lang) -> Verdict {
    // Nobody is asked about keys while others are being judged.
    let first_use = if accept { FirstUse::Accept } else { FirstUse::Refuse };
    let session = match reach::connect(answers, state, first_use).await {
        Ok(session) => session,
        Err(error) => return Verdict::Unreachable(error.to_string()),
    };
    let judged = judge(&session, answers).await;
    session.close().await;
    match judged {
        Ok(mut checks) => match check::override_checks(&mut checks, skip) {
            Ok(()) => Verdict::of(&checks, lang),
            Err(error) => Verdict::Unread(error.to_string()),
        },
        Err(GatherError::Command(error)) => Verdict::Unreachable(error.to_string()),
        Err(error) => Verdict::Unread(error.to_string()),
    }
}

impl Verdict {
    fn of(checks: &[Check], lang: Lang) -> Self {
        let failed = checks.iter().filter(|check| check.blocks()).map(|check| check.id.clone()).collect();
        Self::Judged {
            blocked: check::blocked(checks),
            summary: Summary::of(checks),
            counts: counts(checks, lang),
            failed,
        }
    }

    const fn exit(&self) -> Exit {
        match self {
            Self::Judged { blocked: false, .. } => Exit::Done,
            Self::Judged { .. } => Exit::Blocked,
            Self::Unreachable(_) => Exit::Unreachable,
            Self::Unread(_) => Exit::Failed,
        }
    }

    fn line(&self, host: &str, as_json: bool, lang: Lang) -> String {
        match self {
            Self::Judged { blocked, summary, failed, .. } if as_json => {
                json!({ "host": host, "blocked": blocked, "summary": summary, "blockers": failed }).to_string()
            }
            Self::Unreachable(error) | Self::Unread(error) if as_json => {
                json!({ "host": host, "error": error }).to_string()
            }
            Self::Judged { blocked: false, counts, .. } => {
                format!("✓ {host}: {}: {counts}", lang.pick("nothing blocks", "阻害項目なし"))
            }
            Self::Judged { counts, failed, .. } => {
                format!("✗ {host}: {}: {counts}: {}", lang.pick("blocked", "阻害あり"), failed.join(", "))
            }
            Self::Unreachable(error) | Self::Unread(error) => format!("? {host}: {}", error.replace('\n', " ")),
        }
    }
}
