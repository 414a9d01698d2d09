//! What a run would tell the role, to be read and copied: variables of every phase and the command that uses them.

use super::driver::Prepared;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::plan::Plan;
use hosted_deploy_model::role;

/// The exact variables of each phase and the command that uses them; secrets by name only.
pub fn commands(answers: &Answers, prepared: &Prepared, plan: &Plan) -> String {
    let mut text = Vec::new();
    for phase in plan.role_phases() {
        let variables = role::variables(phase, answers, &prepared.fixed, &prepared.hand_over, &prepared.ansible_core);
        let values = serde_json::to_string_pretty(&variables.plain).unwrap_or_default();
        text.push(format!("ansible-playbook --inventory localhost, --tags {0} --skip-tags always --extra-vars @{0}.vars.json --extra-vars @SECRETS deploy.yml", phase.tag()));
        text.push(format!("{0}.vars.json: {values}", phase.tag()));
        let names: Vec<&str> = variables.secret.iter().map(|(name, _)| *name).collect();
        text.push(format!("SECRETS: {}\n", names.join(", ")));
    }
    text.join("\n")
}
