//! [`Table`]: the statements over nodes, tokens and sightings.

use super::change::{Found, NodeError};
use hosted_deploy_model::node::{Mac, Node, Sighting, State, Uuid};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::path::Path;

/// Sightings that are kept of a node.
const SIGHTINGS_MOST: i64 = 500;
const DETAIL_MOST: usize = 2000;

/// Statements over an open connection or transaction.
pub(super) struct Table<'a>(pub(super) &'a Connection, pub(super) &'a Path);

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

    pub(super) fn count(&self, state: State) -> Found<i64> {
        let sql = "SELECT count(*) FROM node WHERE state = ?1";
        self.0.query_row(sql, params![state.word()], |row| row.get(0)).map_err(|error| self.failed(error))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Found<()> {
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

    pub(super) fn address_is_free(&self, node: &Node) -> Found<()> {
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

    pub(super) fn sightings(&self, name: &str) -> Found<Vec<Sighting>> {
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

/// One line of printable text, not endless.
pub(super) fn plain(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().chars().take(DETAIL_MOST).collect()
}
