//! The answer to "what is here": the session, and the runs on its host.

use super::runs::{History, Seen};
use super::session::Session;
use crate::runs::journal::now;
use hosted_deploy_app::api::{Overview, RunLine, RunList, RunState};
use std::path::Path;
use std::sync::Arc;

/// So many of the newest are on the first page.
const NEWEST: usize = 5;
/// So many are on the page of all of them.
const MOST_RUNS: usize = 500;

pub(super) fn overview(session: &Arc<Session>, state: &Path, history: &History) -> Overview {
    let Session { user, at, host_key, .. } = session.as_ref();
    Overview {
        host: at.clone(),
        user: user.clone(),
        host_key: host_key.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        runs: newest(session, state, history, NEWEST),
    }
}

/// The runs that the session may see.
pub(super) fn runs(session: &Arc<Session>, state: &Path, history: &History) -> RunList {
    newest(session, state, history, MOST_RUNS)
}

fn newest(session: &Arc<Session>, state: &Path, history: &History, most: usize) -> RunList {
    let now = now();
    let mut runs: Vec<RunLine> =
        history.newest(state, session, most + 1).into_iter().map(|seen| line(seen, now)).collect();
    let more = runs.len() > most;
    runs.truncate(most);
    RunList { at: session.at.clone(), runs, more }
}

fn line(seen: Seen, now: u64) -> RunLine {
    let Seen { run, account, .. } = seen;
    let until = if run.outcome.is_some() { run.last } else { now };
    RunLine {
        state: RunState::of(&run),
        started: started(run.started),
        took_millis: until.saturating_sub(run.started),
        id: run.id,
        engine: run.plan.engine,
        host: run.plan.host,
        account,
    }
}

fn started(millis: u64) -> String {
    let at = i64::try_from(millis).ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::store::Runs;
    use hosted_deploy_model::phase::Phase;
    use hosted_deploy_model::plan::Plan;

    #[test]
    fn only_runs_on_the_sessions_host_are_shown_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let runs = Runs::open(folder.path()).unwrap();
        for (id, host) in [("1-a", "host1"), ("2-b", "host2"), ("3-c", "host1")] {
            runs.create(id, &Plan::deployment(host, "engine.example", Phase::Preflight)).unwrap();
        }
        let session = Arc::new(Session {
            user: "root".into(),
            address: "host1".into(),
            at: "host1:22".into(),
            host_key: "k".into(),
            way: None,
        });
        let shown = overview(&session, folder.path(), &History::default()).runs;
        assert_eq!(shown.runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["3-c", "1-a"]);
        assert!(shown.runs.iter().all(|run| run.state == RunState::Running && run.engine == "engine.example"));
        assert!(!shown.more);
        let cut = newest(&session, folder.path(), &History::default(), 1);
        assert_eq!((cut.runs.len(), cut.more), (1, true));
    }

    #[test]
    fn a_time_is_shown_to_the_minute() {
        assert_eq!(started(0), "1970-01-01 00:00");
        assert_eq!(started(u64::MAX), "");
    }
}
