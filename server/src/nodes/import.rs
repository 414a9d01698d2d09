//! A list of machines becomes nodes: those that are right are added, the others are told by their lines.

use super::Places;
use crate::told;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::Node;
use hosted_deploy_pxe::node::{NewNode, Nodes};

/// What came of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The nodes that are there now.
    pub added: Vec<Node>,
    /// Those that are not: the line, the name, and why.
    pub refused: Vec<(usize, String, Text)>,
}

/// Adds what a list ([`hosted_deploy_pxe::node::csv::read`]) held. One that is refused keeps none of the others out, and the same
/// list may be given again when it is mended.
pub fn add(places: &Places, nodes: &Nodes, list: Vec<(usize, NewNode)>, now: u64) -> Outcome {
    let mut outcome = Outcome::default();
    for (line, new) in list {
        let name = new.name.clone();
        let known = places.known_profile(new.profile.as_deref());
        let added = match known {
            Ok(()) => nodes.add(new, now).map_err(|error| told::of(&error)),
            Err(error) => Err(told::of(&error)),
        };
        match added {
            Ok(node) => outcome.added.push(node),
            Err(why) => outcome.refused.push((line, name, why)),
        }
    }
    outcome
}
