//! The catalogue as a page: `docs/checks.md`.

use super::rule::{Rule, Severity};
use super::{PORTS, Side, catalogue};
use std::fmt::Write as _;

/// The page in Markdown. One heading a check, so that `checks.md#ID` leads to it.
pub fn document() -> String {
    let mut page = String::from(
        "# Requirement checks\n\n\
         `hosted-deploy check` and every deployment judge these before anything on the host is changed. This page is\n\
         made from the catalogue in `app/model/src/check`; a test keeps it current.\n\n\
         * A **blocker** that fails keeps the deployment from starting. `--skip-check ID` overrides it, unless it is\n  \
         marked *mandatory*.\n\
         * A **warning** may make the deployment fail or work badly later. **Advice** would make it better.\n\
         * A check whose facts could not be read is shown as *could not run*, never as passed.\n",
    );
    let mut group = None;
    for rule in catalogue() {
        if group != Some(rule.group) {
            group = Some(rule.group);
            let _ = write!(page, "\n## {} ({})\n", rule.group.title().en, rule.group.title().ja);
        }
        entry(&mut page, rule);
    }
    ports(&mut page);
    page
}

fn entry(page: &mut String, rule: &Rule) {
    let severity = match rule.severity {
        Severity::Blocker => "blocker",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
    };
    let mandatory = if rule.mandatory { ", mandatory" } else { "" };
    let field = if rule.field.is_empty() { String::new() } else { format!("; answer `{}`", rule.field) };
    let _ = write!(
        page,
        "\n### {}\n\n{} ({severity}{mandatory}{field}).\n{}\n\n{}。\n{}\n",
        rule.id, rule.title.0, rule.remedy.0, rule.title.1, rule.remedy.1
    );
}

fn ports(page: &mut String) {
    page.push_str("\n## Port tables\n\n| id | listens | port | from | for |\n|---|---|---|---|---|\n");
    for port in PORTS {
        let side = match port.side {
            Side::Manager => "Manager",
            Side::Host => "host",
            Side::Outside => "outside",
            Side::Database => "database server",
        };
        let range = match port.range {
            (0, _) => port.protocol.to_owned(),
            (first, last) if first == last => format!("{first}/{}", port.protocol),
            (first, last) => format!("{first}–{last}/{}", port.protocol),
        };
        let _ = writeln!(page, "| {} | {side} | {range} | {} | {} |", port.id, port.from, port.purpose);
    }
}
