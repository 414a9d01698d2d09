//! From a draft to a run, and through the gate.

use super::judge::{Judgement, unread};
use super::{Desk, store};
use crate::runs::begin::{ProposeError, Wish};
use crate::runs::commands::commands;
use crate::runs::driver::Prepared;
use crate::runs::prepare;
use crate::runs::store::Runs;
use crate::told;
use hosted_deploy_app::refused::Refused;
use hosted_deploy_app::wizard::api::{Begin, Begun};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::check::{Check, Group, go_on};
use hosted_deploy_model::defaults::{Fixed, fill};
use hosted_deploy_model::facts::Facts;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::plan::Plan;
use hosted_deploy_model::problem::Problem;
use hosted_deploy_model::role::HandOver;
use hosted_deploy_model::run::Waiting;

/// Passwords that the deployment needs and nobody gave, as problems of their fields.
fn missing(answers: &Answers) -> Vec<Problem> {
    let problem = |field| {
        Problem::new(
            field,
            Text::new("The password is missing.", "パスワードが入力されていません。"),
            Text::new(
                "Type it; the server keeps passwords in memory only and forgets them when it is restarted.",
                "入力してください。パスワードはサーバーのメモリー内にのみ保持され、再起動すると失われます。",
            ),
        )
    };
    answers.missing_secrets().into_iter().map(|missing| problem(missing.field)).collect()
}

fn unproposed(error: &ProposeError) -> Refused {
    match error {
        ProposeError::Gather(error) => unread(error),
        ProposeError::Skip(error) => Refused::new(
            told::in_sentence(error, "The deployment did not start: {}.", "デプロイを開始できません: {}。"),
            Text::new("Take the check off the list of those to skip.", "スキップするチェックから外してください。"),
        ),
        // Only of a retry.
        ProposeError::Host(error) => Refused::new(
            told::in_sentence(error, "The deployment did not start: {}.", "デプロイを開始できません: {}。"),
            Text::new(
                "Check the connection to the host and try again.",
                "ホストへの接続を確認して再試行してください。",
            ),
        ),
    }
}

impl Desk {
    pub(super) async fn start(&self, begin: Begin) -> Result<Begun, Refused> {
        let draft = self.draft()?;
        let (mut answers, mut typed) = self.answers(&draft);
        if !begin.whole {
            answers.storage = None;
            typed.retain(|problem| !problem.field.starts_with("storage"));
        }
        typed.extend(missing(&answers));
        let (root, turn) = self.turn().await?;
        let wish = Wish { answers, skip_checks: begin.skip, take_over: begin.take_over, ..Wish::default() };
        let proposal = wish.propose(&root).await.map_err(|error| unproposed(&error))?;
        drop(turn);
        let judgement = self.keep(Judgement::of(&proposal.preparation, draft.revision, typed.clone()));
        if !typed.is_empty() || proposal.is_blocked() {
            return Ok(Begun::Blocked(Box::new(judgement.shown())));
        }
        let runs = Runs::open(&self.desks.state).map_err(store)?;
        let folder = proposal.create(&runs).map_err(store)?;
        self.desks.drivers.take_on(&folder, proposal.preparation.answers);
        // It is a deployment of its own now.
        self.change(|draft| {
            draft.of_run = None;
            Ok(())
        })?;
        tracing::info!(run = %folder.id, host = %self.host(), user = %self.session.user, "a deployment was started");
        Ok(Begun::Run(folder.id))
    }

    pub(super) async fn bring_storage(&self, run: &str) -> Result<String, Refused> {
        let runs = Runs::open(&self.desks.state).map_err(store)?;
        let folder = runs.find(run).map_err(store)?;
        let mut answers: Answers = folder.load("answers.json").map_err(store)?;
        let waits = matches!(folder.read().map_err(store)?.waiting, Some(Waiting::Storage { .. }));
        if !waits || !self.is_ours(&answers) {
            return Err(Refused::new(
                Text::new(
                    "That run does not wait for storage answers.",
                    "この実行はストレージの回答を待っていません。",
                ),
                Text::new(
                    "Open the run's page; it says how the run stands.",
                    "実行のページを開いて状態を確認してください。",
                ),
            ));
        }
        let (now, typed) = self.answers(&self.draft()?);
        answers.storage = now.storage.clone();
        answers.host = now.host.clone();
        // What the run began with is fixed; passwords were never written down and come from the draft.
        for (path, secret) in now.secrets() {
            answers.set_secret(path, secret.clone());
        }
        let of_storage = |problem: &&Problem| problem.field.starts_with("storage");
        let lacking = missing(&answers);
        let mut problems: Vec<Problem> = typed.iter().filter(of_storage).cloned().collect();
        problems.extend(answers.problems(None).iter().filter(of_storage).cloned());
        if let Some(problem) = problems.iter().chain(&lacking).next() {
            let label = hosted_deploy_model::form::meant(&problem.field)
                .map_or((problem.field.as_str(), problem.field.as_str()), |field| field.label);
            return Err(Refused::new(
                Text::new(
                    format!("{}: {}", label.0, problem.message.en),
                    format!("{}: {}", label.1, problem.message.ja),
                ),
                problem.remedy.clone(),
            ));
        }
        let mut preparation = self.gather(answers.clone()).await?;
        go_on(&mut preparation.checks);
        let blocks = |check: &&Check| check.group == Group::Storage && check.blocks();
        if let Some(check) = preparation.checks.iter().find(blocks) {
            return Err(Refused::new(
                Text::new(
                    format!("Not met: {} ({})", check.title.en, check.evidence.en),
                    format!("満たされていません: {} ({})", check.title.ja, check.evidence.ja),
                ),
                check.remedy.clone(),
            ));
        }
        prepare::bring_storage(&folder, answers.storage.clone()).map_err(store)?;
        self.desks.drivers.take_on(&folder, answers);
        tracing::info!(run = %folder.id, host = %self.host(), user = %self.session.user, "a deployment goes on with its storage");
        Ok(folder.id)
    }

    /// As far as it is known: the host's part from when it was read last.
    pub(super) fn all_commands(&self) -> Result<String, Refused> {
        let (mut answers, _) = self.answers(&self.draft()?);
        let facts = self.last().map_or_else(Facts::default, |judgement| judgement.facts.clone());
        let random = prepare::random();
        fill(&mut answers, &facts, &random);
        let prepared = Prepared {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            fixed: Fixed::new(&answers, &facts, &random),
            hand_over: HandOver::default(),
            systemd: facts.systemd,
            ansible_core: facts.ansible.core.clone(),
            source: None,
            take_over: false,
        };
        let name = answers.host.fqdn.clone().unwrap_or_default();
        let engine = answers.engine_vm.fqdn.clone().unwrap_or_default();
        Ok(commands(&answers, &prepared, &Plan::deployment(&name, &engine, Phase::InitialClean)))
    }
}
