//! How far the nodes are, as Prometheus reads it: text, version 0.0.4.

use hosted_deploy_model::node::{Node, State};
use std::fmt::Write as _;

/// How many nodes are in each state, and how long ago anything happened to any of them; nothing where there are none. `now` in
/// Unix milliseconds.
pub fn text(nodes: &[Node], now: u64) -> String {
    let mut out = String::new();
    if nodes.is_empty() {
        return out;
    }
    out.push_str("# HELP hosted_deploy_nodes Nodes of network boot by state.\n# TYPE hosted_deploy_nodes gauge\n");
    // A state that nobody is in is a 0, so that an alarm for it has something to look at.
    for state in State::ALL {
        let count = nodes.iter().filter(|node| node.state == state).count();
        let _ = writeln!(out, "hosted_deploy_nodes{{state=\"{}\"}} {count}", state.word());
    }
    let seen = nodes.iter().map(|node| node.since.max(node.last.as_ref().map_or(0, |last| last.at)));
    if let Some(newest) = seen.max() {
        let name = "hosted_deploy_nodes_last_event_age_seconds";
        let _ = writeln!(out, "# HELP {name} Since anything was seen of a node or done with one.\n# TYPE {name} gauge");
        let _ = writeln!(out, "{name} {}", now.saturating_sub(newest) / 1000);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::node::Sighting;

    #[test]
    fn every_state_has_its_count_and_the_newest_event_of_all_nodes_its_age() {
        let node = |name: &str, state, since| Node { state, since, ..Node::named(name) };
        let asked = |at| Some(Sighting { at, kind: "asked".into(), detail: String::new() });
        let nodes = [
            Node { last: asked(3_000), ..node("a", State::Failed, 9_000) },
            Node { last: asked(12_500), ..node("b", State::Installing, 2_000) },
            node("c", State::Installing, 0),
        ];
        let text = text(&nodes, 20_000);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let expected = [
            ("discovered", 0),
            ("assigned", 0),
            ("booting", 0),
            ("installing", 2),
            ("installed", 0),
            ("joined", 0),
            ("failed", 1),
        ];
        let mut expected: Vec<String> =
            expected.iter().map(|(state, count)| format!("hosted_deploy_nodes{{state=\"{state}\"}} {count}")).collect();
        expected.push("hosted_deploy_nodes_last_event_age_seconds 7".to_owned());
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_server_without_network_boot_says_nothing_of_it() {
        assert_eq!(text(&[], 20_000), "");
    }
}
