//! The nodes in memory, for answers to every packet. Our own writes are seen at once; another process's (the command line
//! beside a server) when SQLite's `data_version` says so, which is asked every [`FRESH`].

use hosted_deploy_model::node::{Mac, Node, Uuid};
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const FRESH: Duration = Duration::from_millis(250);

#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Option<Content>>);

#[derive(Debug)]
struct Content {
    version: i64,
    checked: Instant,
    by_mac: HashMap<Mac, Arc<Node>>,
    by_uuid: HashMap<Uuid, Arc<Node>>,
    by_address: HashMap<Ipv4Addr, Arc<Node>>,
}

/// What a node is looked up by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Machine(Mac, Option<Uuid>),
    Address(Ipv4Addr),
}

impl Cache {
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn find(
        &self,
        key: Key,
        load: impl FnOnce() -> Option<(i64, Vec<Node>)>,
        version: impl FnOnce() -> Option<i64>,
    ) -> Option<Arc<Node>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let current = held.as_mut().is_some_and(|content| {
            content.checked.elapsed() < FRESH || {
                content.checked = Instant::now();
                version() == Some(content.version)
            }
        });
        if !current {
            let (version, nodes) = load()?;
            let nodes: Vec<Arc<Node>> = nodes.into_iter().map(Arc::new).collect();
            *held = Some(Content {
                version,
                checked: Instant::now(),
                by_mac: nodes.iter().filter_map(|node| Some((node.mac?, node.clone()))).collect(),
                by_uuid: nodes.iter().filter_map(|node| Some((node.uuid?, node.clone()))).collect(),
                by_address: nodes.iter().filter_map(|node| Some((node.address?, node.clone()))).collect(),
            });
        }
        let content = held.as_ref()?;
        match key {
            Key::Address(address) => content.by_address.get(&address).cloned(),
            Key::Machine(mac, uuid) => {
                // A node that names another card is another machine, or one whose cards were moved knowingly.
                let of_uuid = || content.by_uuid.get(&uuid?).filter(|node| node.mac.is_none_or(|known| known == mac));
                content.by_mac.get(&mac).or_else(of_uuid).cloned()
            }
        }
    }
}
