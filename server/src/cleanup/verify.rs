//! After a clean-up: the host is read afresh, and judged as a deployment would judge it.

use super::{CleanError, look};
use crate::preflight;
use crate::ssh::Session;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::check::{self, Check, Group, Severity, Status};
use hosted_deploy_model::cleanup::Leftover;
use hosted_deploy_model::lang::Text;

/// What was found.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What is still there.
    pub left: Vec<Leftover>,
    /// Checks of a deployment that fail: all of them with a deployment's answers, else those of the host's state.
    pub failed: Vec<Check>,
    /// One of them would stop a deployment.
    pub blocked: bool,
    /// The verdict in one sentence.
    pub sentence: Text,
}

impl Verified {
    /// What is not as it should be, a line each.
    pub fn lines(&self) -> Vec<Text> {
        let left = self.left.iter().map(|leftover| {
            let (title, found) = (&leftover.title, leftover.found.join(", "));
            Text::new(format!("Still there: {}: {found}", title.en), format!("残っています: {}: {found}", title.ja))
        });
        let failed = self.failed.iter().map(|check| {
            let Check { title, id, evidence, .. } = check;
            let sign = if check.blocks() { "✗" } else { "!" };
            Text::new(
                format!("{sign} {} [{id}]: {}", title.en, evidence.en),
                format!("{sign} {} [{id}]: {}", title.ja, evidence.ja),
            )
        });
        left.chain(failed).collect()
    }
}

/// Reads the host and says whether a deployment would start.
///
/// # Errors
/// When the host cannot be read.
pub async fn verify(session: &Session, answers: &Answers) -> Result<Verified, CleanError> {
    let left = look(session).await?.list;
    let facts = preflight::gather(session, &check::questions(answers)).await?;
    // Without a deployment's answers only the host's state can be judged.
    let whole = answers.engine_vm.fqdn.is_some();
    let mut failed = check::checks(answers, &facts);
    failed.retain(|check| {
        (whole || check.group == Group::State) && check.status == Status::Failed && check.severity != Severity::Advice
    });
    let blocked = failed.iter().any(Check::blocks);
    let sentence = match (blocked, whole) {
        (true, _) => Text::new(
            "The host is not ready for a deployment: see above.",
            "ホストはデプロイできる状態ではありません (上記参照)。",
        ),
        (false, true) => Text::new(
            "Nothing on this host blocks a deployment with these answers.",
            "この回答によるデプロイを阻害するものはありません。",
        ),
        (false, false) => Text::new(
            "No leftover blocks a deployment; `hosted-deploy check --answers FILE` judges the rest.",
            "デプロイを阻害する残りはありません。他の項目は `hosted-deploy check --answers FILE` で検査します。",
        ),
    };
    Ok(Verified { left, failed, blocked, sentence })
}
