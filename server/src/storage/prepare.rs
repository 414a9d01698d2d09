//! Preparing a host for storage: a playbook of `playbooks/storage/`, run there by its own ansible-playbook over the session.
//!
//! No unit and no journal as a deployment has: it takes seconds, every step may be done twice, and after a cut line the
//! same command goes on where it stopped. The plan is the same playbook in check mode.

use crate::ssh::{CommandError, Exec, Session, quote};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::storage::prepare::{Preparation, step};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const ANSIBLE_CFG: &str = include_str!("../../../playbooks/ansible.cfg");
const CALLBACK: &str = include_str!("../../../playbooks/callback/hosted_deploy.py");

/// Installing a package is the longest step.
pub(crate) const LONGEST: Duration = Duration::from_secs(900);

/// `$1` the folder, `$2` the play, `$3` --check or nothing. The events go to standard output, Ansible's own log to standard error.
const SCRIPT: &str = r#"cd "$1" || exit 70
trap 'cd /; rm -rf "$1"' EXIT
trap 'exit 1' HUP INT TERM
command -v ansible-playbook >/dev/null || exit 127
export LC_ALL=C.UTF-8 ANSIBLE_CONFIG=$PWD/ansible.cfg HOSTED_DEPLOY_EVENTS=$PWD/events
ansible-playbook --inventory localhost, --extra-vars @vars.json ${3:+"$3"} "$2" >log 2>&1 </dev/null
status=$?
cat events 2>/dev/null
[ $status = 0 ] || tail -n 30 log >&2
exit $status
"#;

/// Why a host was not prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The connection.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// There is no Ansible on that host.
    #[error("the host has no ansible-playbook: dnf install ansible-core there, then again")]
    NoAnsible,
    /// Ansible did not even begin.
    #[error("ansible-playbook on the host failed before its first step: {0}")]
    Ansible(String),
    /// It did not end.
    #[error("the host did not finish within {} s; the same command goes on where it stopped", LONGEST.as_secs())]
    Slow,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// It was so already.
    Same,
    /// It was changed; in a plan, it would be.
    Changed,
    /// It is not needed here, or only the run itself can tell.
    Skipped,
    /// It failed; nothing after it was done.
    Failed,
}

/// One step of a preparation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The task's name.
    pub id: String,
    /// What it is.
    pub text: Text,
    /// What became of it.
    pub status: StepStatus,
    /// Why it failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// Every step with what would become of it; changes nothing.
///
/// # Errors
/// When the host cannot be asked. A step that fails is no error.
pub async fn plan(root: &Session, wanted: &Preparation) -> Result<Vec<Step>, PrepareError> {
    run(root, wanted, "--check").await
}

/// Does it. Steps that are done already change nothing.
///
/// # Errors
/// When the host cannot be asked. A step that fails is no error.
pub async fn apply(root: &Session, wanted: &Preparation) -> Result<Vec<Step>, PrepareError> {
    run(root, wanted, "").await
}

async fn run(root: &Session, wanted: &Preparation, mode: &str) -> Result<Vec<Step>, PrepareError> {
    let folder = format!("/var/lib/hosted-deploy/storage-{}", uuid::Uuid::new_v4().simple());
    let play = format!("{}.yml", wanted.playbook());
    let variables = wanted.variables().to_string();
    let files = [
        ("ansible.cfg", ANSIBLE_CFG),
        ("hosted_deploy.py", CALLBACK),
        (&play, playbook(wanted)),
        ("vars.json", &variables),
    ];
    for (name, text) in files {
        root.upload(&format!("{folder}/{name}"), 0o600, text).await?;
    }
    let words = [folder.as_str(), &play, mode].map(quote).join(" ");
    let exec = Exec::new(format!("sh -c {} sh {words}", quote(SCRIPT))).named("running a playbook on the host");
    let output = tokio::time::timeout(LONGEST, root.exec(exec)).await.map_err(|_| PrepareError::Slow)??;
    if output.status == Some(127) {
        return Err(PrepareError::NoAnsible);
    }
    let steps = steps(&String::from_utf8_lossy(&output.stdout));
    let failed = steps.iter().any(|step| step.status == StepStatus::Failed);
    if !output.success() && !failed {
        let said: String =
            String::from_utf8_lossy(&output.stderr).chars().filter(|c| !c.is_control() || *c == '\n').collect();
        return Err(PrepareError::Ansible(said.trim().to_owned()));
    }
    Ok(steps)
}

const fn playbook(wanted: &Preparation) -> &'static str {
    match wanted {
        Preparation::NfsServer { .. } => include_str!("../../../playbooks/storage/nfs-server.yml"),
        Preparation::Multipath { .. } => include_str!("../../../playbooks/storage/multipath.yml"),
        Preparation::IscsiInitiator { .. } => include_str!("../../../playbooks/storage/iscsi-initiator.yml"),
    }
}

/// A line of the callback's events.
#[derive(Deserialize)]
struct Event {
    event: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: String,
}

/// The steps among the events, in order. A task that only looks is one only when it failed.
fn steps(events: &str) -> Vec<Step> {
    let results = events.lines().filter_map(|line| serde_json::from_str::<Event>(line).ok());
    let step = |event: Event| {
        let status = match event.status.as_str() {
            "ok" => StepStatus::Same,
            "changed" => StepStatus::Changed,
            "skipped" | "ignored" => StepStatus::Skipped,
            _ => StepStatus::Failed,
        };
        let text = match step(&event.name) {
            Some(text) => text,
            None if status == StepStatus::Failed => Text::new(event.name.clone(), event.name.clone()),
            None => return None,
        };
        Some(Step { id: event.name, text, status, message: event.message })
    };
    results.filter(|event| event.event == "result").filter_map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_from_the_callback_s_events() {
        let events = "{\"event\":\"task\",\"name\":\"nfs-group\"}\n\
                      {\"event\":\"result\",\"name\":\"nfs-group\",\"status\":\"ok\"}\n\
                      {\"event\":\"result\",\"name\":\"nfs-firewall-running\",\"status\":\"ok\"}\n\
                      not json\n\
                      {\"event\":\"result\",\"name\":\"nfs-folder\",\"status\":\"failed\",\"message\":\"read-only\"}\n";
        let seen: Vec<_> = steps(events).into_iter().map(|step| (step.id, step.status, step.message)).collect();
        let expected = [
            ("nfs-group".to_owned(), StepStatus::Same, String::new()),
            ("nfs-folder".to_owned(), StepStatus::Failed, "read-only".to_owned()),
        ];
        assert_eq!(seen, expected);
    }
}
