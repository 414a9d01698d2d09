//! A form about a node: texts in, a node or problems by field out. The rules are the ones that the command line has.

use super::Places;
use crate::told;
use hosted_deploy_app::nodes::api::Typed;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::{Node, State};
use hosted_deploy_model::problem::Problem;
use hosted_deploy_pxe::node::{Change, NewNode, NodeError, Nodes};
use std::str::FromStr;

/// Adds or changes the node.
///
/// # Errors
/// Everything wrong with what was typed, by field: `name`, `mac`, `uuid`, `address`, `profile`, or empty for the whole.
pub fn save(places: &Places, nodes: &Nodes, typed: &Typed, now: u64) -> Result<Node, Vec<Problem>> {
    let mut problems = Vec::new();
    let mac = parsed("mac", &typed.mac, "52:54:00:00:00:01", &mut problems);
    let uuid = parsed("uuid", &typed.uuid, "4c4c4544-0042-3510-8056-b1c04f4d3732", &mut problems);
    let address = parsed("address", &typed.address, "192.0.2.51", &mut problems);
    let profile = Some(typed.profile.trim().to_owned()).filter(|profile| !profile.is_empty());
    if let Err(error) = places.known_profile(profile.as_deref()) {
        problems.push(problem("profile", told::of(&error)));
    }
    let old = match typed.old.as_str() {
        "" => None,
        old => Some(nodes.get(old).map_err(|error| vec![of_node(&error, typed)])?),
    };
    let name = typed.name.trim();
    let new = match &old {
        None => true,
        // A machine that nobody has named yet gets its name like a new one, and keeps what was seen of it.
        Some(old) => old.state == State::Discovered && old.profile.is_none() && name != old.name,
    };
    if let Some(old) = old.as_ref().filter(|_| !new) {
        for (field, gone) in
            [("mac", old.mac.is_some() && mac.is_none()), ("uuid", old.uuid.is_some() && uuid.is_none())]
        {
            if gone && !problems.iter().any(|problem| problem.field == field) {
                problems.push(kept(field));
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let saved = if new {
        let bmc = old.as_ref().and_then(|old| old.bmc.clone());
        nodes.add(NewNode { name: name.to_owned(), mac, uuid, role: typed.role, profile, address, bmc }, now)
    } else {
        let was = old.as_ref().and_then(|old| old.profile.clone());
        // Saved without another profile, an installation that goes on or is done is not begun anew.
        let profile = (profile != was).then_some(profile);
        let change = Change { mac, uuid, role: Some(typed.role), profile, address: Some(address), bmc: None };
        nodes.set(&typed.old, change, now)
    };
    saved.map_err(|error| vec![of_node(&error, typed)])
}

fn parsed<T: FromStr>(field: &str, text: &str, example: &str, problems: &mut Vec<Problem>) -> Option<T> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let value = text.parse().ok();
    if value.is_none() {
        problems.push(Problem::new(
            field,
            Text::new(format!("{text:?} cannot be read."), format!("{text:?} を解釈できません。")),
            Text::new(format!("Write it like {example}."), format!("{example} のように入力してください。")),
        ));
    }
    value
}

fn problem(field: &str, text: Text) -> Problem {
    Problem::new(field, text, Text::new("", ""))
}

fn kept(field: &str) -> Problem {
    Problem::new(
        field,
        Text::new("It can be corrected, but not taken away.", "変更はできますが、空にはできません。"),
        Text::new("Remove the node and add it anew.", "ノードを削除し、もう一度追加してください。"),
    )
}

/// Which field the store's refusal is about.
fn of_node(error: &NodeError, typed: &Typed) -> Problem {
    let same = |what: &str, text: &str| !text.trim().is_empty() && what.contains(text.trim());
    let field = match error {
        NodeError::NameTaken(_) | NodeError::Name(_) => "name",
        NodeError::Unidentified => "mac",
        NodeError::Taken { what, .. } if what.contains("UUID") => "uuid",
        NodeError::Taken { what, .. } if same(what, &typed.address) => "address",
        NodeError::Taken { .. } => "mac",
        NodeError::State { .. } => "profile",
        NodeError::Unknown(_) | NodeError::Randomness | NodeError::Database { .. } | NodeError::Document(_) => "",
    };
    if matches!(error, NodeError::Unidentified) {
        return Problem::new(
            field,
            Text::new("A machine is known by its card or its UUID.", "マシンは MAC アドレスまたは UUID で識別します。"),
            Text::new("Fill in one of them.", "どちらかを入力してください。"),
        );
    }
    problem(field, told::of(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::node::Role;

    struct Room {
        places: Places,
        nodes: Nodes,
        _state: tempfile::TempDir,
    }

    impl Room {
        fn new() -> Self {
            let state = tempfile::tempdir().unwrap();
            let places = Places::of(state.path()).unwrap();
            let custom = "version = 1\nkind = \"custom\"\n[custom]\nkernel = \"http://192.0.2.1/vmlinuz\"\n";
            places.profiles().unwrap().put("own", custom, false).unwrap();
            Self { nodes: places.nodes().unwrap(), places, _state: state }
        }

        fn save(&self, typed: &Typed) -> Result<Node, Vec<String>> {
            let fields = |problems: Vec<Problem>| problems.into_iter().map(|problem| problem.field).collect();
            save(&self.places, &self.nodes, typed, 1).map_err(fields)
        }
    }

    fn typed() -> Typed {
        Typed { name: "node1".into(), mac: "52-54-00-00-00-01".into(), ..Typed::default() }
    }

    #[test]
    fn every_mistake_is_told_at_once_and_by_its_field() {
        let room = Room::new();
        let all = Typed {
            mac: "52:54".into(),
            uuid: "x".into(),
            address: "192.0.2".into(),
            profile: "none".into(),
            ..typed()
        };
        assert_eq!(room.save(&all).unwrap_err(), ["mac", "uuid", "address", "profile"]);
        assert_eq!(room.save(&Typed { mac: String::new(), ..typed() }).unwrap_err(), ["mac"]);
        assert_eq!(room.save(&Typed { name: "a_b".into(), ..typed() }).unwrap_err(), ["name"]);
        assert!(room.nodes.list().unwrap().is_empty());
    }

    #[test]
    fn what_belongs_to_another_node_is_told_at_the_field_that_names_it() {
        let room = Room::new();
        let uuid = "4c4c4544-0042-3510-8056-b1c04f4d3732";
        room.save(&Typed { address: "192.0.2.51".into(), uuid: uuid.into(), ..typed() }).unwrap();
        let other = Typed { name: "node2".into(), mac: "52:54:00:00:00:02".into(), ..Typed::default() };
        for (field, clash) in [
            ("name", Typed { name: "node1".into(), ..other.clone() }),
            ("mac", Typed { mac: typed().mac, ..other.clone() }),
            ("address", Typed { address: "192.0.2.51".into(), ..other.clone() }),
        ] {
            assert_eq!(room.save(&clash).unwrap_err(), [field]);
        }
        room.save(&other).unwrap();
        let changed = Typed { old: "node2".into(), uuid: uuid.into(), ..other };
        assert_eq!(room.save(&changed).unwrap_err(), ["uuid"]);
    }

    #[test]
    fn a_discovered_machine_gets_its_name_and_profile_and_keeps_what_was_seen() {
        let room = Room::new();
        let mac = "52:54:00:00:00:09".parse().unwrap();
        room.nodes.saw(mac, None, "asked", "firmware", 1).unwrap();
        let old = room.nodes.list().unwrap().remove(0).name;
        let form = Typed { old, name: "node9".into(), mac: mac.to_string(), profile: "own".into(), ..Typed::default() };
        assert_eq!(room.save(&form).unwrap().state, State::Assigned);
        let kinds: Vec<String> = room.nodes.sightings("node9").unwrap().into_iter().map(|seen| seen.kind).collect();
        assert_eq!(kinds, ["asked", "added", "assigned"]);
    }

    #[test]
    fn a_change_keeps_the_state_unless_the_profile_changes() {
        let room = Room::new();
        room.save(&Typed { profile: "own".into(), address: "192.0.2.51".into(), ..typed() }).unwrap();
        room.nodes.happen("node1", hosted_deploy_model::node::Happening::ScriptServed, "script", "", 2).unwrap();
        let form = Typed { old: "node1".into(), profile: "own".into(), role: Role::Host, ..typed() };
        let node = room.save(&form).unwrap();
        assert_eq!((node.state, node.role, node.address), (State::Booting, Role::Host, None));
        assert_eq!(room.save(&Typed { mac: String::new(), ..form.clone() }).unwrap_err(), ["mac"]);
        assert_eq!(room.save(&Typed { profile: String::new(), ..form }).unwrap().state, State::Discovered);
    }
}
