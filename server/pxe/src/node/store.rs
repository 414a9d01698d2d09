//! [`Nodes`]: machines in SQLite. One file, write-ahead log, so that a server and a command line work on it at once.
//!
//! A node is kept as JSON beside the columns that must be unique or found; tokens are kept as digests.

use super::cache::{Cache, Key};
use crate::image::is_name;
use hosted_deploy_model::node::{Bmc, Happening, Mac, Node, Role, Sighting, State, Uuid};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Machines that are kept as discovered: a segment full of forged addresses must not fill the disk.
const DISCOVERED_MOST: i64 = 1000;
/// Sightings that are kept of a node.
const SIGHTINGS_MOST: i64 = 500;
const DETAIL_MOST: usize = 2000;

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

/// What cannot be done with nodes.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// There is no such node.
    #[error("there is no node {0:?}; `hosted-deploy pxe node list` shows what there is")]
    Unknown(String),
    /// The name is taken.
    #[error("there is a node {0:?} already; `pxe node set` changes it")]
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
    #[error("a node is known by --mac or --uuid; give one of them, `pxe node list` shows what was discovered")]
    Unidentified,
    /// The state does not allow it.
    #[error("node {name} is {state}: {why}")]
    State {
        /// Which.
        name: String,
        /// Its state.
        state: &'static str,
        /// What to do.
        why: &'static str,
    },
    /// The database fails.
    #[error("the database of nodes {path} cannot be used")]
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

/// The nodes.
#[derive(Debug)]
pub struct Nodes {
    path: PathBuf,
    database: Mutex<Connection>,
    cache: Cache,
}

type Found<T> = Result<T, NodeError>;

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
                    let why = "its profile cannot change now; wait, or `pxe node retry` it first";
                    return Err(NodeError::State { name: node.name, state: node.state.word(), why });
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
        let refused = |why| NodeError::State { name: node.name.clone(), state: node.state.word(), why };
        if node.profile.is_none() {
            return Err(refused("give it a profile first: pxe node set NAME --profile PROFILE"));
        }
        match self.happen(name, Happening::Retried, "retry", "", now)? {
            Some(node) => Ok(node),
            None => Err(refused("it is installed at its next start anyway")),
        }
    }

    /// The engine has it as a host.
    ///
    /// # Errors
    /// There is none, or it is not installed.
    pub fn joined(&self, name: &str, now: u64) -> Found<Node> {
        let node = self.get(name)?;
        let refused =
            || NodeError::State { name: node.name.clone(), state: node.state.word(), why: "it is not installed" };
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

/// One line of printable text, not endless.
fn plain(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().chars().take(DETAIL_MOST).collect()
}

/// Statements over an open connection or transaction.
pub(super) struct Table<'a>(pub(super) &'a Connection, &'a Path);

impl Table<'_> {
    pub(super) fn failed(&self, source: rusqlite::Error) -> NodeError {
        NodeError::Database { path: self.1.to_owned(), source }
    }

    pub(super) fn run(&self, sql: &str, parameters: impl rusqlite::Params) -> Found<usize> {
        self.0.prepare_cached(sql).and_then(|mut statement| statement.execute(parameters)).map_err(|e| self.failed(e))
    }

    fn documents(&self, sql: &str, parameters: impl rusqlite::Params) -> Found<Vec<Node>> {
        let texts = || -> rusqlite::Result<Vec<String>> {
            self.0.prepare_cached(sql)?.query_map(parameters, |row| row.get(0))?.collect()
        };
        let texts = texts().map_err(|error| self.failed(error))?;
        texts.iter().map(|text| Ok(serde_json::from_str(text)?)).collect()
    }

    pub(super) fn get(&self, name: &str) -> Found<Option<Node>> {
        Ok(self.documents("SELECT document FROM node WHERE name = ?1", params![name])?.pop())
    }

    pub(super) fn list(&self) -> Found<Vec<Node>> {
        self.documents("SELECT document FROM node ORDER BY state = 'discovered', name", params![])
    }

    pub(super) fn find(&self, mac: Option<Mac>, uuid: Option<Uuid>) -> Found<Option<Node>> {
        let (mac, uuid) = (mac.map(|mac| mac.to_string()), uuid.map(|uuid| uuid.to_string()));
        // The card decides where card and machine disagree: cards are moved between machines knowingly.
        let sql = "SELECT document FROM node WHERE mac = ?1 OR uuid = ?2 AND (mac IS NULL OR ?1 IS NULL OR mac = ?1) ORDER BY mac = ?1 DESC";
        Ok(self.documents(sql, params![mac, uuid])?.into_iter().next())
    }

    fn count(&self, state: State) -> Found<i64> {
        let sql = "SELECT count(*) FROM node WHERE state = ?1";
        self.0.query_row(sql, params![state.word()], |row| row.get(0)).map_err(|error| self.failed(error))
    }

    fn rename(&self, from: &str, to: &str) -> Found<()> {
        self.run("UPDATE node SET name = ?2 WHERE name = ?1", params![from, to]).map(|_| ())
    }

    pub(super) fn put(&self, node: &Node) -> Found<()> {
        let (mac, uuid) = (node.mac.map(|mac| mac.to_string()), node.uuid.map(|uuid| uuid.to_string()));
        let document = serde_json::to_string(node)?;
        self.run(
            "INSERT INTO node (name, mac, uuid, state, document) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (name) DO UPDATE SET mac = ?2, uuid = ?3, state = ?4, document = ?5",
            params![node.name, mac, uuid, node.state.word(), document],
        )
        .map(|_| ())
    }

    fn address_is_free(&self, node: &Node) -> Found<()> {
        let Some(address) = node.address else { return Ok(()) };
        let owner = self.list()?.into_iter().find(|other| other.address == Some(address) && other.name != node.name);
        match owner {
            Some(owner) => Err(NodeError::Taken { what: format!("the address {address}"), owner: owner.name }),
            None => Ok(()),
        }
    }

    /// Notes a sighting, in the node and in its list.
    pub(super) fn saw(&self, node: &mut Node, now: u64, kind: &str, detail: &str) -> Found<()> {
        let detail = plain(detail);
        node.last = Some(Sighting { at: now, kind: kind.to_owned(), detail: detail.clone() });
        self.put(node)?;
        let at = i64::try_from(now).unwrap_or(i64::MAX);
        self.run(
            "INSERT INTO sighting (node, at, kind, detail) VALUES (?1, ?2, ?3, ?4)",
            params![node.name, at, kind, detail],
        )?;
        self.run(
            "DELETE FROM sighting WHERE node = ?1 AND id <= (SELECT id FROM sighting WHERE node = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            params![node.name, SIGHTINGS_MOST],
        )
        .map(|_| ())
    }

    fn sightings(&self, name: &str) -> Found<Vec<Sighting>> {
        let read = || -> rusqlite::Result<Vec<Sighting>> {
            let mut statement = self.0.prepare("SELECT at, kind, detail FROM sighting WHERE node = ?1 ORDER BY id")?;
            let rows = statement.query_map(params![name], |row| {
                let at: i64 = row.get(0)?;
                Ok(Sighting { at: u64::try_from(at).unwrap_or_default(), kind: row.get(1)?, detail: row.get(2)? })
            })?;
            rows.collect()
        };
        read().map_err(|error| self.failed(error))
    }

    /// A single row, or none.
    pub(super) fn row<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Found<Option<T>> {
        self.0.query_row(sql, parameters, read).optional().map_err(|error| self.failed(error))
    }
}
