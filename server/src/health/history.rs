//! The history: when an engine's health was how. One row a span in which verdict and findings stayed the same and somebody
//! looked; where nobody looked, there is none.

use hosted_deploy_model::health::{Health, Verdict};
use hosted_deploy_model::lang::Text;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Two looks further apart than this are two spans.
const GAP_MS: u64 = 5 * 60_000;
/// Older ones go.
const KEPT_MS: u64 = 90 * 24 * 3_600_000;

/// Why the history cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("the history {path} cannot be read or written")]
pub struct HistoryError {
    pub(crate) path: String,
    source: rusqlite::Error,
}

/// A time in which everything stayed the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Milliseconds of the epoch.
    pub begun: u64,
    /// When it was last seen so.
    pub seen: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// The sentence with the reason.
    pub sentence: Text,
    /// Ids of the findings.
    pub findings: Vec<String>,
}

/// What a look changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Same,
    /// It was another before, or nobody had looked.
    New {
        /// The verdict before, of the same host and not long ago.
        before: Option<Verdict>,
    },
}

/// The history of all hosts, one SQLite file.
#[derive(Debug)]
pub struct History {
    path: String,
    connection: Mutex<Connection>,
}

impl History {
    /// Of this state folder; made when it lacks.
    ///
    /// # Errors
    /// When the file cannot be opened or is none of ours.
    pub fn open(state: &Path) -> Result<Self, HistoryError> {
        let path = state.join("health.sqlite");
        let shown = path.display().to_string();
        let open = || {
            let connection = Connection::open(&path)?;
            connection.busy_timeout(Duration::from_secs(2))?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.execute_batch(
                "create table if not exists span (id integer primary key, host text not null, begun integer not null, \
                 seen integer not null, verdict text not null, en text not null, ja text not null, findings text not null); \
                 create index if not exists span_of_host on span (host, seen);",
            )?;
            Ok(connection)
        };
        let connection = open().map_err(|source| HistoryError { path: shown.clone(), source })?;
        Ok(Self { path: shown, connection: Mutex::new(connection) })
    }

    /// Writes down what was seen at `at`, in milliseconds of the epoch.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&self, host: &str, at: u64, health: &Health) -> Result<Change, HistoryError> {
        let (verdict, findings) = (health.verdict.name(), ids(health));
        let write = |connection: &Connection| {
            let newest = "select id, seen, verdict, findings from span where host = ?1 order by seen desc limit 1";
            let last = connection
                .query_row(newest, [host], |row| {
                    Ok((row.get::<_, i64>(0)?, time(row.get(1)?), row.get::<_, String>(2)?, row.get::<_, String>(3)?))
                })
                .optional()?
                .filter(|(_, seen, ..)| at.saturating_sub(*seen) <= GAP_MS);
            if let Some((id, _, old, ids)) = &last
                && (old.as_str(), ids) == (verdict, &findings)
            {
                let sentence = "update span set seen = ?2, en = ?3, ja = ?4 where id = ?1";
                connection.execute(sentence, params![id, number(at), health.sentence.en, health.sentence.ja])?;
                return Ok(Change::Same);
            }
            if let Some((id, ..)) = &last {
                // Until the moment of the change it was as before.
                connection.execute("update span set seen = ?2 where id = ?1", params![id, number(at)])?;
            }
            connection.execute(
                "insert into span (host, begun, seen, verdict, en, ja, findings) values (?1, ?2, ?2, ?3, ?4, ?5, ?6)",
                params![host, number(at), verdict, health.sentence.en, health.sentence.ja, findings],
            )?;
            connection.execute("delete from span where seen < ?1", [number(at.saturating_sub(KEPT_MS))])?;
            Ok(Change::New { before: last.map(|(_, _, old, _)| named(&old)) })
        };
        write(&self.lock()).map_err(|source| self.error(source))
    }

    /// What was seen of a host since `from`, oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn since(&self, host: &str, from: u64) -> Result<Vec<Span>, HistoryError> {
        let read = |connection: &Connection| {
            let mut rows = connection.prepare(
                "select begun, seen, verdict, en, ja, findings from span where host = ?1 and seen >= ?2 order by begun, id",
            )?;
            let rows = rows.query_map(params![host, number(from)], |row| {
                Ok(Span {
                    begun: time(row.get(0)?),
                    seen: time(row.get(1)?),
                    verdict: named(&row.get::<_, String>(2)?),
                    sentence: Text::new(row.get::<_, String>(3)?, row.get::<_, String>(4)?),
                    findings: row.get::<_, String>(5)?.split_whitespace().map(str::to_owned).collect(),
                })
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read(&self.lock()).map_err(|source| self.error(source))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // SQLite itself is the keeper of its consistency.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, source: rusqlite::Error) -> HistoryError {
        HistoryError { path: self.path.clone(), source }
    }
}

/// SQLite's integers have a sign.
fn number(at: u64) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

fn time(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn ids(health: &Health) -> String {
    let mut ids: Vec<&str> = health.findings.iter().map(|finding| finding.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.join(" ")
}

fn named(word: &str) -> Verdict {
    let all = [Verdict::Healthy, Verdict::Degraded, Verdict::Down];
    all.into_iter().find(|verdict| verdict.name() == word).unwrap_or(Verdict::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(verdict: Verdict) -> Health {
        Health { verdict, ..Health::of(&[], &[]) }
    }

    #[test]
    fn spans_grow_while_nothing_changes_and_end_where_something_does_or_nobody_looks() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::open(folder.path()).unwrap();
        let minute = |n: u64| 1_795_000_000_000 + n * 60_000;
        let (up, down) = (health(Verdict::Healthy), health(Verdict::Down));
        assert_eq!(history.add("h", minute(0), &up).unwrap(), Change::New { before: None });
        assert_eq!(history.add("h", minute(1), &up).unwrap(), Change::Same);
        assert_eq!(history.add("h", minute(2), &down).unwrap(), Change::New { before: Some(Verdict::Healthy) });
        // Nobody looked for an hour: what was before says nothing of then.
        assert_eq!(history.add("h", minute(62), &down).unwrap(), Change::New { before: None });
        assert_eq!(history.add("other", minute(62), &up).unwrap(), Change::New { before: None });
        let spans = history.since("h", minute(0)).unwrap();
        let seen: Vec<(u64, u64, Verdict)> = spans.iter().map(|span| (span.begun, span.seen, span.verdict)).collect();
        assert_eq!(
            seen,
            [
                (minute(0), minute(2), Verdict::Healthy),
                (minute(2), minute(2), Verdict::Down),
                (minute(62), minute(62), Verdict::Down),
            ]
        );
        assert_eq!(history.since("h", minute(50)).unwrap().len(), 1);
        // Another process finds the same.
        assert_eq!(History::open(folder.path()).unwrap().since("h", minute(0)).unwrap(), spans);
    }
}
