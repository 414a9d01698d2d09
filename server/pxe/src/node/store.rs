//! [`Nodes`]: machines in SQLite. One file, write-ahead log, so that a server and a command line work on it at once.
//!
//! A node is kept as JSON beside the columns that must be unique or found; tokens are kept as digests.

use super::cache::{Cache, Key};
use super::change::{Change, Found, NewNode, NodeError};
use super::table::{Table, plain};
use crate::image::is_name;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::{Happening, Mac, Node, Role, Sighting, State, Uuid};
use rusqlite::{Connection, TransactionBehavior, params};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Machines that are kept as discovered: a segment full of forged addresses must not fill the disk.
const DISCOVERED_MOST: i64 = 1000;
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS node (
    name TEXT PRIMARY KEY, mac TEXT UNIQUE, uuid TEXT UNIQUE, state TEXT NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS sighting (
    id INTEGER PRIMARY KEY, node TEXT NOT NULL REFERENCES node ON DELETE CASCADE ON UPDATE CASCADE,
    at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS sighting_of_node ON sighting (node, id);
CREATE TABLE IF NOT EXISTS token (
    digest TEXT PRIMARY KEY, node TEXT NOT NULL REFERENCES node ON DELETE CASCADE ON UPDATE CASCADE,
    purpose TEXT NOT NULL, mac TEXT NOT NULL, issued INTEGER NOT NULL, fetched INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS token_of_node ON token (node);
";

/// The nodes.
#[derive(Debug)]
pub struct Nodes {
    path: PathBuf,
    database: Mutex<Connection>,
    cache: Cache,
}

impl Nodes {
    /// Opens the file, or makes it (0600).
    ///
    /// # Errors
    /// [`NodeError::Database`].
    pub fn open(path: &Path) -> Found<Self> {
        let opened = || {
            let database = Connection::open(path)?;
            database.busy_timeout(Duration::from_secs(10))?;
            database.pragma_update(None, "journal_mode", "WAL")?;
            database.pragma_update(None, "synchronous", "NORMAL")?;
            database.pragma_update(None, "foreign_keys", "ON")?;
            database.execute_batch(SCHEMA)?;
            Ok(database)
        };
        // Made before SQLite does, which would leave it readable to everybody.
        let made =
            std::os::unix::fs::OpenOptionsExt::mode(std::fs::OpenOptions::new().append(true).create(true), 0o600)
                .open(path);
        let opened = made.map_err(|_| rusqlite::Error::InvalidPath(path.to_owned())).and_then(|_| opened());
        let database = opened.map_err(|source| NodeError::Database { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), database: Mutex::new(database), cache: Cache::default() })
    }

    /// Adds a node. A discovered machine of the same card or UUID becomes it and keeps what was seen of it.
    ///
    /// # Errors
    /// The name, card, UUID or address is taken, or no name.
    pub fn add(&self, new: NewNode, now: u64) -> Found<Node> {
        if !is_name(&new.name) || !crate::profile::is_host_name(&new.name) {
            return Err(NodeError::Name(new.name));
        }
        if new.mac.is_none() && new.uuid.is_none() {
            return Err(NodeError::Unidentified);
        }
        self.write(|nodes| {
            if nodes.get(&new.name)?.is_some() {
                return Err(NodeError::NameTaken(new.name.clone()));
            }
            let before = nodes.find(new.mac, new.uuid)?;
            if let Some(before) = &before {
                let unnamed = before.state == State::Discovered && before.profile.is_none();
                if !(unnamed && before.name.starts_with(DISCOVERED)) {
                    let what = new.mac.map(|mac| format!("the MAC address {mac}"));
                    let what = what.unwrap_or_else(|| "the UUID".to_owned());
                    return Err(NodeError::Taken { what, owner: before.name.clone() });
                }
                nodes.rename(&before.name, &new.name)?;
            }
            let mut node = Node {
                name: new.name.clone(),
                mac: new.mac.or(before.as_ref().and_then(|before| before.mac)),
                uuid: new.uuid.or(before.as_ref().and_then(|before| before.uuid)),
                role: new.role,
                profile: None,
                address: new.address,
                bmc: new.bmc.clone(),
                state: State::Discovered,
                since: now,
                attempts: 0,
                last: before.and_then(|before| before.last),
                failure: None,
                host_keys: Vec::new(),
            };
            nodes.address_is_free(&node)?;
            nodes.put(&node)?;
            nodes.saw(&mut node, now, "added", "")?;
            if let Some(profile) = new.profile.clone() {
                assign(&mut node, profile.clone(), now);
                nodes.saw(&mut node, now, "assigned", &profile)?;
            }
            Ok(node)
        })
    }

    /// Changes a node.
    ///
    /// # Errors
    /// There is none, something is taken, or it is being installed and its profile was to change.
    pub fn set(&self, name: &str, change: Change, now: u64) -> Found<Node> {
        self.write(|nodes| {
            let mut node = nodes.get(name)?.ok_or_else(|| NodeError::Unknown(name.to_owned()))?;
            node.mac = change.mac.or(node.mac);
            node.uuid = change.uuid.or(node.uuid);
            node.role = change.role.unwrap_or(node.role);
            node.address = change.address.unwrap_or(node.address);
            node.bmc = change.bmc.clone().or(node.bmc);
            for (mac, uuid) in [(node.mac, None), (None, node.uuid)] {
                if let Some(owner) = nodes.find(mac, uuid)?.filter(|owner| owner.name != node.name) {
                    let what = if mac.is_some() { "the MAC address" } else { "the UUID" };
                    return Err(NodeError::Taken { what: what.to_owned(), owner: owner.name });
                }
            }
            nodes.address_is_free(&node)?;
            match change.profile.clone() {
                Some(Some(profile)) if node.state.after(Happening::Assigned).is_some() => {
                    assign(&mut node, profile.clone(), now);
                    nodes.saw(&mut node, now, "assigned", &profile)?;
                }
                // An installed node may name the profile of its next installation.
                Some(Some(profile)) if node.state != State::Installing => {
                    node.profile = Some(profile.clone());
                    nodes.saw(&mut node, now, "profile", &profile)?;
                }
                Some(None) if node.state.after(Happening::Unassigned).is_some() => {
                    node.profile = None;
                    node.enter(Happening::Unassigned, now);
                    nodes.saw(&mut node, now, "unassigned", "")?;
                }
                Some(_) if node.state != State::Discovered => {
                    let why = Text::new(
                        "its profile cannot change now; wait, or `hosted-deploy pxe node retry` it first",
                        "今はプロファイルを変更できません。終わるまで待つか、先に `hosted-deploy pxe node retry` を実行してください",
                    );
                    return Err(NodeError::State { name: node.name, state: node.state, why });
                }
                _ => nodes.put(&node)?,
            }
            Ok(node)
        })
    }

    /// A node by its name.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn get(&self, name: &str) -> Found<Node> {
        self.read(|nodes| nodes.get(name)?.ok_or_else(|| NodeError::Unknown(name.to_owned())))
    }

    /// Every node, by name; the merely discovered last.
    ///
    /// # Errors
    /// The database fails.
    pub fn list(&self) -> Found<Vec<Node>> {
        self.read(|nodes| nodes.list())
    }

    /// What was seen of a node, oldest first.
    ///
    /// # Errors
    /// The database fails.
    pub fn sightings(&self, name: &str) -> Found<Vec<Sighting>> {
        self.read(|nodes| nodes.sightings(name))
    }

    /// Forgets a node, its sightings and tokens.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn remove(&self, name: &str) -> Found<()> {
        self.write(|nodes| match nodes.run("DELETE FROM node WHERE name = ?1", params![name])? {
            0 => Err(NodeError::Unknown(name.to_owned())),
            _ => Ok(()),
        })
    }

    /// A person wants it installed again.
    ///
    /// # Errors
    /// There is none, it has no profile, or it is assigned already.
    pub fn retry(&self, name: &str, now: u64) -> Found<Node> {
        let node = self.get(name)?;
        let refused = |en: &str, ja: &str| {
            let why = Text::new(en.replace("NAME", name), ja.replace("NAME", name));
            NodeError::State { name: node.name.clone(), state: node.state, why }
        };
        if node.profile.is_none() {
            return Err(refused(
                "give it a profile first: hosted-deploy pxe node set NAME --profile PROFILE",
                "先にプロファイルを割り当ててください: hosted-deploy pxe node set NAME --profile プロファイル",
            ));
        }
        match self.happen(name, Happening::Retried, "retry", "", now)? {
            Some(node) => Ok(node),
            None => Err(refused(
                "it is installed at its next start anyway",
                "何もしなくても、次の起動時にインストールされます",
            )),
        }
    }

    /// The engine has it as a host.
    ///
    /// # Errors
    /// There is none, or it is not installed.
    pub fn joined(&self, name: &str, now: u64) -> Found<Node> {
        let node = self.get(name)?;
        let refused = || {
            let why = Text::new(
                "only an installed node joins an engine; `hosted-deploy pxe node wait` waits until it is",
                "エンジンに追加できるのはインストール済みのノードだけです。`hosted-deploy pxe node wait` でインストールの完了を待てます",
            );
            NodeError::State { name: node.name.clone(), state: node.state, why }
        };
        self.happen(name, Happening::Joined, "joined", "", now)?.ok_or_else(refused)
    }

    /// Lets something happen to a node; the node after it, or nothing where it changes nothing (it is noted all the same).
    ///
    /// # Errors
    /// The database fails.
    pub fn happen(&self, name: &str, happening: Happening, kind: &str, detail: &str, now: u64) -> Found<Option<Node>> {
        self.write(|nodes| {
            let Some(mut node) = nodes.get(name)? else { return Ok(None) };
            let changed = node.enter(happening, now);
            match happening {
                Happening::ScriptServed if changed => node.attempts += 1,
                Happening::Assigned | Happening::Retried | Happening::Built if changed => {
                    node.attempts = 0;
                    node.failure = None;
                }
                Happening::GaveUp | Happening::TimedOut if changed => node.failure = Some(plain(detail)),
                _ => {}
            }
            if matches!(happening, Happening::Built | Happening::Retried | Happening::Assigned | Happening::Unassigned)
            {
                nodes.run("DELETE FROM token WHERE node = ?1", params![name])?;
            }
            nodes.saw(&mut node, now, kind, detail)?;
            Ok(changed.then_some(node))
        })
    }

    /// Notes the host keys that an installation delivered.
    ///
    /// # Errors
    /// The database fails.
    pub fn keep_host_keys(&self, name: &str, keys: Vec<String>) -> Found<()> {
        self.write(|nodes| {
            let Some(mut node) = nodes.get(name)? else { return Ok(()) };
            node.host_keys = keys.clone();
            nodes.put(&node)
        })
    }

    /// Notes that something was seen of a machine; one that nobody knows is kept as discovered.
    ///
    /// # Errors
    /// The database fails.
    pub fn saw(&self, mac: Mac, uuid: Option<Uuid>, kind: &str, detail: &str, now: u64) -> Found<()> {
        self.write(|nodes| {
            let mut node = match nodes.find(Some(mac), uuid)? {
                Some(node) => node,
                None => {
                    if nodes.count(State::Discovered)? >= DISCOVERED_MOST {
                        return Ok(());
                    }
                    Node {
                        name: format!("{DISCOVERED}{}", mac.dashed()),
                        mac: Some(mac),
                        uuid,
                        role: Role::default(),
                        profile: None,
                        address: None,
                        bmc: None,
                        state: State::Discovered,
                        since: now,
                        attempts: 0,
                        last: None,
                        failure: None,
                        host_keys: Vec::new(),
                    }
                }
            };
            // The first request of a node that was added by its UUID tells its card.
            node.mac = node.mac.or(Some(mac));
            nodes.put(&node)?;
            nodes.saw(&mut node, now, kind, detail)
        })
    }

    /// The node that a machine is, out of memory. What another process wrote is seen a moment later.
    pub fn find(&self, mac: Mac, uuid: Option<Uuid>) -> Option<Arc<Node>> {
        self.look_up(Key::Machine(mac, uuid))
    }

    /// The node that an address is kept for, out of memory.
    pub fn find_address(&self, address: Ipv4Addr) -> Option<Arc<Node>> {
        self.look_up(Key::Address(address))
    }

    fn look_up(&self, key: Key) -> Option<Arc<Node>> {
        let version = |database: &Connection| database.pragma_query_value(None, "data_version", |row| row.get(0)).ok();
        let load = || {
            let database = self.lock();
            // First the version: a write in between is then seen the next time.
            Some((version(&database)?, Table(&database, &self.path).list().ok()?))
        };
        self.cache.find(key, load, || version(&self.lock()))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, act: impl FnOnce(&Table<'_>) -> Found<T>) -> Found<T> {
        act(&Table(&self.lock(), &self.path))
    }

    /// One transaction, whole or not at all.
    pub(super) fn write<T>(&self, act: impl FnOnce(&Table<'_>) -> Found<T>) -> Found<T> {
        let failed = |source| NodeError::Database { path: self.path.clone(), source };
        let mut database = self.lock();
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let done = act(&Table(&transaction, &self.path))?;
        transaction.commit().map_err(failed)?;
        // Looking up holds the memory while it waits for the database: never the other way round.
        drop(database);
        self.cache.forget();
        Ok(done)
    }
}

/// The beginning of a discovered machine's name.
const DISCOVERED: &str = "discovered-";

fn assign(node: &mut Node, profile: String, now: u64) {
    node.profile = Some(profile);
    node.attempts = 0;
    node.failure = None;
    node.enter(Happening::Assigned, now);
}
