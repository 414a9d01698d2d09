//! [`Store`]: the leases on disk. A file of its own beside the product's: it is written for every lease, and a commit here
//! must not wait for anybody else's.
//!
//! The log is written ahead and synced at every commit (`synchronous = FULL`), so that an acknowledged lease survives a
//! power cut; many leases share one commit ([`Store::keep`] takes a batch), which is what makes that quick.

use super::{Change, Lease, Quarantine};
use crate::mac::Mac;
use rusqlite::{Connection, params};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

const VERSION: i64 = 1;
const SCHEMA: &str = "
CREATE TABLE lease (mac INTEGER PRIMARY KEY, address INTEGER NOT NULL, until INTEGER NOT NULL, host_name TEXT) STRICT;
CREATE TABLE quarantine (address INTEGER PRIMARY KEY, until INTEGER NOT NULL, used_by INTEGER) STRICT;
PRAGMA user_version = 1;";

/// The leases' file.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refuses.
    #[error("the leases in {path} cannot be {act}: see that the folder can be written and the disk is not full")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// `opened`, `read`, `written`.
        act: &'static str,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// A later program wrote it.
    #[error(
        "the leases in {path} were written by a later version of this program (format {found}): use that one, or move the file away"
    )]
    Later {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
}

impl Store {
    /// Opens or makes the file.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |act| move |source| StoreError::Sqlite { path: path.to_owned(), act, source };
        let connection = Connection::open(path).map_err(failed("opened"))?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(failed("opened"))?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000;")
            .map_err(failed("opened"))?;
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed("read"))?;
        match found {
            0 => connection.execute_batch(&format!("BEGIN; {SCHEMA} COMMIT;")).map_err(failed("written"))?,
            VERSION => {}
            found => return Err(StoreError::Later { path: path.to_owned(), found }),
        }
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Every lease, ended ones too.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`].
    pub fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.rows("SELECT mac, address, until, host_name FROM lease", |row| {
            Ok(Lease {
                mac: mac_of(row.get(0)?),
                address: Ipv4Addr::from(row.get::<_, u32>(1)?),
                until: row.get::<_, i64>(2)?.cast_unsigned(),
                bound: true,
                host_name: row.get(3)?,
            })
        })
    }

    /// Every address in quarantine.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`].
    pub fn quarantine(&self) -> Result<Vec<Quarantine>, StoreError> {
        self.rows("SELECT address, until, used_by FROM quarantine", |row| {
            Ok(Quarantine {
                address: Ipv4Addr::from(row.get::<_, u32>(0)?),
                until: row.get::<_, i64>(1)?.cast_unsigned(),
                used_by: row.get::<_, Option<i64>>(2)?.map(mac_of),
            })
        })
    }

    /// Keeps all changes with one sync of the disk. After this they survive a power cut.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`]; then none is kept.
    pub fn keep(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let written = (|| {
            let work = self.connection.transaction()?;
            for change in changes {
                match change {
                    Change::Put(lease) => work
                        .prepare_cached("INSERT OR REPLACE INTO lease VALUES (?1, ?2, ?3, ?4)")?
                        .execute(params![
                            number(lease.mac),
                            u32::from(lease.address),
                            lease.until.cast_signed(),
                            lease.host_name
                        ])?,
                    Change::Drop(mac) => {
                        work.prepare_cached("DELETE FROM lease WHERE mac = ?1")?.execute([number(*mac)])?
                    }
                    Change::Shun(shunned) => work
                        .prepare_cached("INSERT OR REPLACE INTO quarantine VALUES (?1, ?2, ?3)")?
                        .execute(params![
                            u32::from(shunned.address),
                            shunned.until.cast_signed(),
                            shunned.used_by.map(number)
                        ])?,
                };
            }
            work.commit()
        })();
        written.map_err(|source| StoreError::Sqlite { path: self.path.clone(), act: "written", source })
    }

    /// Brings the log into the file, which takes longer than a commit: for when nobody waits. Under load the log grows to 64 MiB before it is
    /// done in between.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`].
    pub fn tidy(&mut self) -> Result<(), StoreError> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
            .map_err(|source| StoreError::Sqlite { path: self.path.clone(), act: "written", source })
    }

    fn rows<T>(
        &self,
        query: &str,
        row: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let read: rusqlite::Result<_> =
            (|| self.connection.prepare(query)?.query_map([], |found| row(found))?.collect())();
        read.map_err(|source| StoreError::Sqlite { path: self.path.clone(), act: "read", source })
    }
}

fn number(mac: Mac) -> i64 {
    mac.bytes().into_iter().fold(0, |number, byte| number << 8 | i64::from(byte))
}

fn mac_of(number: i64) -> Mac {
    let [_, _, a, b, c, d, e, f] = number.to_be_bytes();
    Mac::new([a, b, c, d, e, f])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leases.sqlite3");
        let mac = Mac::new([0xfe, 0x54, 0, 0, 0, 1]);
        let lease = Lease {
            mac,
            address: [192, 0, 2, 100].into(),
            until: 1_800_000_000,
            bound: true,
            host_name: Some("node1".into()),
        };
        let gone = Lease { mac: Mac::new([2; 6]), address: [192, 0, 2, 101].into(), ..lease.clone() };
        let shunned = Quarantine { address: [192, 0, 2, 102].into(), until: 7, used_by: Some(mac) };
        let mut store = Store::open(&path).unwrap();
        store
            .keep(&[
                Change::Put(lease.clone()),
                Change::Put(gone.clone()),
                Change::Drop(gone.mac),
                Change::Shun(shunned),
            ])
            .unwrap();
        store.tidy().unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.leases().unwrap(), [lease]);
        assert_eq!(store.quarantine().unwrap(), [shunned]);
    }

    #[test]
    fn a_file_of_a_later_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leases.sqlite3");
        Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::Later { found: 9, .. })));
    }
}
