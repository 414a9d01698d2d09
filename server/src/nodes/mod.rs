//! Network boot as this program keeps and shows it: what the command line and the pages do alike.
//!
//! * [`Places`]: where nodes, profiles, images and leases are, below the state folder.
//! * [`serving`]: which servers run now, and what they have heard.
//! * [`edit`]: a form's texts become a node; [`import`]: a list's lines do; each mistake with its field or line.
//! * [`render`]: configuration for other people's servers.
//! * [`advice`]: what a node gets at its next start, and what is to be done; [`history`]: what was seen of it.
//! * [`metrics`]: how many are how far, for monitoring.

pub mod advice;
pub mod edit;
pub mod history;
pub mod import;
pub mod metrics;
pub mod render;
pub mod serving;

use hosted_deploy_model::node::{Node, Tally};
use hosted_deploy_pxe::image::{Images, StoreError};
use hosted_deploy_pxe::node::{NodeError, Nodes};
use hosted_deploy_pxe::profile::{ProfileError, Profiles};
use std::path::{Path, PathBuf};

const FOLDER: &str = "network-boot";
const NODES: &str = "nodes.sqlite3";

/// Where network boot keeps its things.
#[derive(Clone, Debug)]
pub struct Places {
    folder: PathBuf,
}

impl Places {
    /// Below this state folder; its own folder is made (0700).
    ///
    /// # Errors
    /// It cannot be made.
    pub fn of(state: &Path) -> Result<Self, StoreError> {
        use std::os::unix::fs::DirBuilderExt as _;
        let folder = state.join(FOLDER);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|source| {
            let path = folder.clone();
            StoreError::Folder { path, source }
        })?;
        Ok(Self { folder })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The nodes.
    ///
    /// # Errors
    /// Their database cannot be opened.
    pub fn nodes(&self) -> Result<Nodes, NodeError> {
        Nodes::open(&self.folder.join(NODES))
    }

    /// The profiles.
    ///
    /// # Errors
    /// Their folder cannot be made.
    pub fn profiles(&self) -> Result<Profiles, ProfileError> {
        Profiles::open(self.folder.join("profiles"))
    }

    /// The images.
    ///
    /// # Errors
    /// Their folder cannot be made.
    pub fn images(&self) -> Result<Images, StoreError> {
        Images::open(self.folder.join("images"))
    }

    /// The database of leases.
    pub fn leases(&self) -> PathBuf {
        self.folder.join("leases.sqlite3")
    }

    /// A profile that is not there yet would show only on the machine's screen.
    ///
    /// # Errors
    /// There is none of this name, or it holds mistakes.
    pub fn known_profile(&self, name: Option<&str>) -> Result<(), ProfileError> {
        name.map_or(Ok(()), |name| self.profiles()?.get(name).map(drop))
    }
}

/// The nodes of a state folder; nothing where network boot was never used. Makes nothing.
///
/// # Errors
/// The database cannot be read.
pub fn listed(state: &Path) -> Result<Vec<Node>, NodeError> {
    let path = state.join(FOLDER).join(NODES);
    if path.exists() { Nodes::open(&path)?.list() } else { Ok(Vec::new()) }
}

/// How they stand, where there are any.
///
/// # Errors
/// The database cannot be read.
pub fn tally(state: &Path) -> Result<Option<Tally>, NodeError> {
    let tally = Tally::of(&listed(state)?);
    Ok((!tally.is_empty()).then_some(tally))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_pxe::node::NewNode;

    #[test]
    fn a_tally_is_had_only_where_there_are_nodes_and_makes_nothing() {
        let state = tempfile::tempdir().unwrap();
        assert_eq!(tally(state.path()).unwrap(), None);
        assert!(std::fs::read_dir(state.path()).unwrap().next().is_none());
        let nodes = Places::of(state.path()).unwrap().nodes().unwrap();
        assert_eq!(tally(state.path()).unwrap(), None);
        let new = NewNode { name: "node1".into(), mac: "525400000001".parse().ok(), ..NewNode::default() };
        nodes.add(new, 1).unwrap();
        assert_eq!(tally(state.path()).unwrap().unwrap().discovered, 1);
    }
}
