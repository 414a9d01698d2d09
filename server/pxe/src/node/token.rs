//! One-time tokens: who holds one may fetch a kickstart, or report an installation's end. Kept as digests, bound to the
//! machine that they were made for.

use super::change::NodeError;
use super::store::Nodes;
use crate::image::import::hex;
use crate::provisioning::{Caller, Refusal};
use hosted_deploy_model::node::Mac;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::params;
use std::net::Ipv4Addr;

/// An installer may fetch its kickstart again for so long: a link that flaps in the initial file system makes it ask twice.
const AGAIN_MILLIS: u64 = 120_000;
/// A token that nobody used is worth nothing after so long.
const UNUSED_MILLIS: u64 = 4 * 3_600_000;
/// A choice in a menu is made within an hour, or the menu is drawn again.
const CHOICE_MILLIS: u64 = 3_600_000;
/// Tokens that a node may have at once: a loader that asks again gets another one.
const LIVE_MOST: i64 = 8;

/// What a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The kickstart, and the reports of the installation.
    Install,
    /// A menu's item: installs by this profile.
    Choice(String),
}

impl Purpose {
    fn word(&self) -> String {
        match self {
            Self::Install => "install".to_owned(),
            Self::Choice(profile) => format!("choice:{profile}"),
        }
    }

    fn of_word(word: &str) -> Self {
        word.strip_prefix("choice:").map_or(Self::Install, |profile| Self::Choice(profile.to_owned()))
    }
}

/// A token that is good for its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Good {
    pub(super) node: String,
    pub(super) mac: Mac,
    pub(super) purpose: Purpose,
    digest: String,
    fetched: Option<u64>,
}

impl Nodes {
    /// Makes a token for a machine.
    ///
    /// # Errors
    /// The database fails.
    pub(super) fn issue(&self, node: &str, purpose: &Purpose, mac: Mac, now: u64) -> Result<String, NodeError> {
        let mut bytes = [0; 24];
        if SystemRandom::new().fill(&mut bytes).is_err() {
            return Err(NodeError::Randomness);
        }
        let token = hex(&bytes);
        self.write(|nodes| {
            nodes.run(
                "DELETE FROM token WHERE node = ?1 AND digest NOT IN
                 (SELECT digest FROM token WHERE node = ?1 ORDER BY issued DESC LIMIT ?2)",
                params![node, LIVE_MOST],
            )?;
            nodes.run(
                "INSERT INTO token (digest, node, purpose, mac, issued) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![digest_of(&token), node, purpose.word(), mac.to_string(), millis(now)],
            )
        })?;
        Ok(token)
    }

    /// Judges a token. `known` is the address that is kept for the node.
    ///
    /// # Errors
    /// Why it is not good for this caller.
    pub(super) fn judge(
        &self,
        token: &str,
        caller: &Caller,
        known: impl FnOnce(&str) -> Option<Ipv4Addr>,
        now: u64,
    ) -> Result<Good, Refusal> {
        type Row = (String, String, String, i64, Option<i64>);
        let digest = digest_of(token);
        let sql = "SELECT node, purpose, mac, issued, fetched FROM token WHERE digest = ?1";
        let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Row> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        };
        let row = self.write(|nodes| nodes.row(sql, params![digest], read)).ok().flatten();
        let (node, purpose, mac, issued, fetched) = row.ok_or(Refusal::Unknown)?;
        let mac: Mac = mac.parse().map_err(|_| Refusal::Unknown)?;
        let ours = match caller.mac {
            Some(of_caller) => of_caller == mac,
            // Behind a router, beside somebody else's DHCP, nobody can tell the card: then only the address that a person
            // wrote down for the node counts. Whoever asked for the script proves nothing; anybody can name a card.
            None => known(&node) == Some(caller.address),
        };
        if !ours {
            return Err(Refusal::OtherMachine);
        }
        let purpose = Purpose::of_word(&purpose);
        let age = now.saturating_sub(u64::try_from(issued).unwrap_or_default());
        let most = if purpose == Purpose::Install { UNUSED_MILLIS } else { CHOICE_MILLIS };
        if fetched.is_none() && age > most {
            return Err(Refusal::Spent);
        }
        let fetched = fetched.and_then(|at| u64::try_from(at).ok());
        Ok(Good { node, mac, purpose, digest, fetched })
    }

    /// Uses a token for a kickstart.
    ///
    /// # Errors
    /// It was used before.
    pub(super) fn fetch(&self, token: &Good, now: u64) -> Result<(), Refusal> {
        match token.fetched {
            Some(first) if now.saturating_sub(first) > AGAIN_MILLIS => Err(Refusal::Spent),
            Some(_) => Ok(()),
            None => {
                let sql = "UPDATE token SET fetched = ?2 WHERE digest = ?1";
                self.write(|nodes| nodes.run(sql, params![token.digest, millis(now)])).map_err(|_| Refusal::Unknown)?;
                Ok(())
            }
        }
    }

    /// Uses a token up.
    pub(super) fn spend(&self, token: &Good) {
        // A token that could not be removed is refused by the node's state, which is asked first.
        let _ = self.write(|nodes| nodes.run("DELETE FROM token WHERE digest = ?1", params![token.digest]));
    }
}

fn digest_of(token: &str) -> String {
    hex(digest(&SHA256, token.as_bytes()).as_ref())
}

fn millis(now: u64) -> i64 {
    i64::try_from(now).unwrap_or(i64::MAX)
}
