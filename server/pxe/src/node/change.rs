//! What can be done to nodes, and why not: [`NewNode`], [`Change`], [`NodeError`].

use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::{Bmc, Mac, Role, State, Uuid};
use std::net::Ipv4Addr;
use std::path::PathBuf;

pub(super) type Found<T> = Result<T, NodeError>;

/// What cannot be done with nodes.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// There is no such node.
    #[error("there is no node {0:?}; `hosted-deploy pxe node list` shows what there is")]
    Unknown(String),
    /// The name is taken.
    #[error("there is a node {0:?} already; `hosted-deploy pxe node set` changes it")]
    NameTaken(String),
    /// Another node has this card, machine or address.
    #[error("{what} belongs to node {owner}; remove that node, or correct one of them")]
    Taken {
        /// What both would have.
        what: String,
        /// Who has it.
        owner: String,
    },
    /// The name is none.
    #[error("{0:?} is no name for a node: use a host name of letters, digits and dashes, with or without its domain")]
    Name(String),
    /// Neither card nor machine is named.
    #[error(
        "a node is known by --mac or --uuid; give one of them, `hosted-deploy pxe node list` shows what was discovered"
    )]
    Unidentified,
    /// The state does not allow it.
    #[error("node {name} is {}: {}", .state.word(), .why.en)]
    State {
        /// Which.
        name: String,
        /// Its state.
        state: State,
        /// What to do.
        why: Text,
    },
    /// A token that could be guessed is worse than none.
    #[error("this machine's kernel gives no random numbers: no token can be issued")]
    Randomness,
    /// The database fails.
    #[error(
        "the database of nodes {path} cannot be used: {source}; work as the account that serves, see that its disk has room, or name another folder by --state-dir"
    )]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// What it holds can't be read.
    #[error("the database of nodes holds what this program cannot read; was it written by a newer one?")]
    Document(#[from] serde_json::Error),
}

/// A node to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewNode {
    /// Its name.
    pub name: String,
    /// Its card.
    pub mac: Option<Mac>,
    /// Its SMBIOS UUID.
    pub uuid: Option<Uuid>,
    /// What it will be.
    pub role: Role,
    /// How it is installed.
    pub profile: Option<String>,
    /// Its address.
    pub address: Option<Ipv4Addr>,
    /// Its power.
    pub bmc: Option<Bmc>,
}

/// What is to be changed; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Its card.
    pub mac: Option<Mac>,
    /// Its SMBIOS UUID.
    pub uuid: Option<Uuid>,
    /// What it will be.
    pub role: Option<Role>,
    /// How it is installed; `Some(None)` takes its profile away.
    pub profile: Option<Option<String>>,
    /// Its address; `Some(None)` takes it away.
    pub address: Option<Option<Ipv4Addr>>,
    /// Its power.
    pub bmc: Option<Bmc>,
}
