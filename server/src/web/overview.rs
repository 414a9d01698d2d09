//! The answer to "what is here": the session, and the runs on its host.

use super::runs::History;
use super::session::Session;
use hosted_deploy_app::api::{Overview, RunLine, RunState};
use hosted_deploy_model::run::Run;
use std::path::Path;
use std::sync::Arc;

/// So many of the newest are shown.
const MOST_RUNS: usize = 50;

pub(super) fn overview(session: &Arc<Session>, state: &Path, history: &History) -> Overview {
    let Session { user, at, host_key, .. } = session.as_ref();
    let runs = history.newest(state, session, MOST_RUNS).into_iter().map(|seen| line(seen.run)).collect();
    Overview {
        host: at.clone(),
        user: user.clone(),
        host_key: host_key.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        runs,
    }
}

fn line(run: Run) -> RunLine {
    let state = RunState::of(&run);
    RunLine { id: run.id, started: started(run.started), engine: run.plan.engine, state }
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
        let shown = overview(&session, folder.path(), &History::default());
        assert_eq!(shown.runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["3-c", "1-a"]);
        assert!(shown.runs.iter().all(|run| run.state == RunState::Running && run.engine == "engine.example"));
    }

    #[test]
    fn a_time_is_shown_to_the_minute() {
        assert_eq!(started(0), "1970-01-01 00:00");
        assert_eq!(started(u64::MAX), "");
    }
}
