use super::*;
use crate::event::{Task, TaskResult, TaskStatus};

fn journal(kinds: Vec<(Option<Phase>, Kind)>) -> Vec<Event> {
    let plan = Plan::deployment("host1", "engine", Phase::InitialClean);
    std::iter::once((None, Kind::Planned { plan }))
        .chain(kinds)
        .enumerate()
        .map(|(index, (phase, kind))| Event {
            run: "r".into(),
            seq: index as u64 + 1,
            at: 1000 + index as u64,
            phase,
            offset: None,
            kind,
        })
        .collect()
}

fn task(name: &str, rescue: bool) -> (Option<Phase>, Kind) {
    let task = Task { id: name.into(), name: name.into(), rescue };
    (Some(Phase::BootstrapLocalVm), Kind::Task(task))
}

fn result(name: &str, status: TaskStatus) -> (Option<Phase>, Kind) {
    let message = format!("{name} said so");
    let result = TaskResult { id: name.into(), name: name.into(), status, message, ..TaskResult::default() };
    (Some(Phase::BootstrapLocalVm), Kind::Result(result))
}

fn cause(kinds: Vec<(Option<Phase>, Kind)>) -> Option<String> {
    let events = journal(kinds);
    let run = Run::fold(&events).unwrap().unwrap();
    run.phase(Phase::BootstrapLocalVm).and_then(|p| p.cause.clone()).map(|cause| cause.task)
}

#[test]
fn the_cause_is_the_first_failure_not_the_noise_of_its_rescue() {
    let kinds = vec![
        task("Install appliance", false),
        result("Install appliance", TaskStatus::Failed),
        task("Fetch logs", true),
        result("Fetch logs", TaskStatus::Failed),
        task("Notify the user about a failure", true),
        result("Notify the user about a failure", TaskStatus::Failed),
    ];
    assert_eq!(cause(kinds).as_deref(), Some("Install appliance"));
}

#[test]
fn a_failure_that_a_rescue_made_good_is_no_cause() {
    let kinds = vec![
        task("Initialize lockspace", false),
        result("Initialize lockspace", TaskStatus::Failed),
        task("Restart the broker", true),
        result("Restart the broker", TaskStatus::Changed),
        task("Start the agent", false),
        result("Start the agent", TaskStatus::Failed),
    ];
    assert_eq!(cause(kinds).as_deref(), Some("Start the agent"));
}

#[test]
fn a_failure_that_the_role_gives_up_for_later_is_the_cause() {
    let mut kinds = vec![
        task("Check if Engine health page is up", false),
        result("Check if Engine health page is up", TaskStatus::Failed),
        task("Fetch logs from the engine VM", true),
        task("Notify the user about a failure", false),
    ];
    let (phase, mut last) = result("Notify the user about a failure", TaskStatus::Failed);
    if let Kind::Result(result) = &mut last {
        result.message = "The system may not be provisioned according to the playbook results".into();
    }
    kinds.push((phase, last));
    assert_eq!(cause(kinds).as_deref(), Some("Check if Engine health page is up"));
}

#[test]
fn an_ignored_failure_is_no_cause() {
    assert_eq!(cause(vec![task("Sync", false), result("Sync", TaskStatus::Ignored)]), None);
}

fn said(name: &str, status: TaskStatus, message: &str) -> (Option<Phase>, Kind) {
    let (phase, mut kind) = result(name, status);
    if let Kind::Result(result) = &mut kind {
        result.message = message.into();
    }
    (phase, kind)
}

/// The tasks of bootstrap_local_vm/05_add_host.yml around the wait for the host.
fn wait_for_the_host(gave_up: &str) -> Vec<(Option<Phase>, Kind)> {
    vec![
        task("Add host", false),
        result("Add host", TaskStatus::Changed),
        task("Obtain SSO token using username/password credentials", false),
        result("Obtain SSO token using username/password credentials", TaskStatus::Ok),
        task("Wait for the host to be up", false),
        said("Wait for the host to be up", TaskStatus::Ignored, gave_up),
        task("Notify the user about a failure", false),
        said(
            "Notify the user about a failure",
            TaskStatus::Failed,
            "Host is not up, please check logs, perhaps also on the engine machine",
        ),
        task("Sync on engine machine", true),
        result("Sync on engine machine", TaskStatus::Changed),
        task("Notify the user about a failure", true),
        said(
            "Notify the user about a failure",
            TaskStatus::Failed,
            "The system may not be provisioned according to the playbook results: please check the logs for the issue",
        ),
    ]
}

#[test]
fn a_host_that_was_never_added_is_told_from_one_that_does_not_come_up() {
    let known = |gave_up: &str| {
        let run = Run::fold(&journal(wait_for_the_host(gave_up))).unwrap().unwrap();
        let cause = run.phase(Phase::BootstrapLocalVm).and_then(|p| p.cause.clone()).unwrap();
        crate::explain::explain(Phase::BootstrapLocalVm, &cause).map(|known| known.id)
    };
    assert_eq!(known("gave up after 120 attempts; empty: ovirt_hosts"), Some("host-never-added"));
    assert_eq!(known("gave up after 120 attempts"), Some("host-not-up"));
}

#[test]
fn what_the_role_let_pass_is_forgotten_when_it_goes_on_well() {
    let mut kinds = wait_for_the_host("gave up after 120 attempts; empty: ovirt_hosts");
    kinds.splice(6..6, [task("Check if the host is up", false), result("Check if the host is up", TaskStatus::Ok)]);
    let run = Run::fold(&journal(kinds)).unwrap().unwrap();
    assert_eq!(run.phase(Phase::BootstrapLocalVm).and_then(|p| p.cause.clone()).unwrap().also, Vec::<String>::new());
}

#[test]
fn events_that_are_missing_doubled_or_late_are_refused() {
    let mut events = journal(vec![task("a", false), task("b", false)]);
    let mut run = Run::begin(&events[0]).unwrap();
    assert_eq!(run.apply(&events[2]), Err(FoldError::OutOfOrder { seq: 3, after: 1 }));
    run.apply(&events[1]).unwrap();
    assert_eq!(run.apply(&events[1]), Err(FoldError::OutOfOrder { seq: 2, after: 2 }));
    assert_eq!(Run::begin(&events[1]), Err(FoldError::NotPlanned { seq: 2 }));
    events[2].kind = Kind::Ended { outcome: Outcome::Cancelled { phase: None } };
    run.apply(&events[2]).unwrap();
    let late = Event { seq: 4, ..events[1].clone() };
    assert_eq!(run.apply(&late), Err(FoldError::AfterEnd { seq: 4 }));
}

#[test]
fn a_pause_is_waited_for_until_the_role_goes_on() {
    let phase = Some(Phase::BootstrapLocalVm);
    let paused = (phase, Kind::Paused { lock_file: "/tmp/ansible.ab_he_setup_lock".into() });
    let mut events = journal(vec![paused, (phase, Kind::Continued)]);
    let run = Run::fold(&events).unwrap().unwrap();
    assert_eq!(run.waiting, None);
    events.pop();
    let run = Run::fold(&events).unwrap().unwrap();
    assert_eq!(run.waiting, Some(Waiting::Person { lock_file: "/tmp/ansible.ab_he_setup_lock".into() }));
}

#[test]
fn progress_counts_tasks_and_grows_when_the_role_does_more() {
    let mut kinds = vec![(Some(Phase::FinalClean), Kind::PhaseStarted)];
    for index in 0..30 {
        let task = Task { id: index.to_string(), name: format!("t{index}"), rescue: false };
        kinds.push((Some(Phase::FinalClean), Kind::Task(task)));
    }
    let run = Run::fold(&journal(kinds)).unwrap().unwrap();
    let progress = run.phase(Phase::FinalClean).unwrap();
    assert_eq!((progress.tasks, progress.expected, progress.status), (30, 30, PhaseStatus::Running));
    assert_eq!(progress.current.as_deref(), Some("t29"));
}

#[test]
fn an_event_reads_back_as_it_was_written() {
    for event in journal(vec![task("a", true), result("a", TaskStatus::Unreachable)]) {
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event, "{line}");
    }
}
