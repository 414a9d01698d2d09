use super::*;
use hosted_deploy_model::event::{Task, TaskResult};
use hosted_deploy_model::lang::Text;

fn event(kind: Kind) -> Event {
    Event { run: "r".into(), seq: 1, at: 3_600_000, phase: Some(Phase::InitialClean), offset: None, kind }
}

fn task(id: &str, name: &str) -> Kind {
    Kind::Task(Task { id: id.into(), name: name.into(), rescue: false })
}

fn result(id: &str, status: TaskStatus, ms: u64, message: &str) -> Kind {
    Kind::Result(TaskResult { id: id.into(), name: "n".into(), status, ms, delegated: None, message: message.into() })
}

fn log(kinds: impl IntoIterator<Item = Kind>) -> Log {
    let mut log = Log::default();
    for kind in kinds {
        log.push(&event(kind), Lang::En);
    }
    log
}

fn texts(log: &Log) -> Vec<String> {
    (0..log.len()).map(|row| log.line(row).unwrap().plain(0, Lang::En)).collect()
}

fn found(log: &mut Log, words: &str, level: Level) -> Vec<usize> {
    let mut found = Found::default();
    found.wants(Filter::new(words, level, None));
    while !found.look(log, 2) {}
    (0..found.len()).filter_map(|nth| found.row(nth)).collect()
}

#[test]
fn a_task_is_one_line_and_a_failure_brings_its_words() {
    let log = log([
        Kind::PhaseStarted,
        task("1", "Install packages"),
        result("1", TaskStatus::Changed, 2_500, ""),
        task("2", "Check"),
        result("2", TaskStatus::Failed, 10, "first line\nsecond line\n"),
        Kind::Notice { text: Text::new("noted", "記録") },
    ]);
    assert_eq!(
        texts(&log),
        [
            "01:00:00  ==>          Clean up earlier attempts",
            "01:00:00  changed      Install packages  (2 s)",
            "01:00:00  failed       Check",
            "01:00:00  !!           first line",
            "01:00:00  !!           second line",
            "01:00:00               noted",
        ]
    );
    assert_eq!(log.line(4).unwrap().level, Level::Failure);
}

#[test]
fn a_verdict_without_its_task_is_a_line_of_its_own() {
    let log = log([task("1", "a"), result("9", TaskStatus::Ok, 0, ""), result("1", TaskStatus::Ok, 0, "")]);
    assert_eq!(texts(&log), ["01:00:00  ok           a", "01:00:00  ok           n"]);
}

#[test]
fn attempts_are_counted_on_the_task_that_is_tried_again() {
    let log = log([task("1", "Wait"), Kind::Retry { id: "1".into(), attempt: 3, of: 50 }]);
    assert_eq!(log.line(0).unwrap().attempt, 3);
    assert_eq!(log.line(0).unwrap().sort, Sort::Running);
}

#[test]
fn lines_are_found_by_words_level_and_phase() {
    let mut log = log([
        task("1", "Add NFS storage domain"),
        result("1", TaskStatus::Skipped, 0, ""),
        task("2", "Add iSCSI storage domain"),
        result("2", TaskStatus::Failed, 0, "NFS is not iscsi"),
        Kind::Message { text: "日本語 nfs".into() },
    ]);
    assert_eq!(found(&mut log, "", Level::Skipped), [0, 1, 2, 3]);
    assert_eq!(found(&mut log, "nfs", Level::Skipped), [0, 2, 3]);
    assert_eq!(found(&mut log, "STORAGE", Level::Task), [1]);
    assert_eq!(found(&mut log, "日本", Level::Skipped), [3]);
    assert_eq!(found(&mut log, "", Level::Failure), [1, 2]);
    assert_eq!(found(&mut log, "no such words", Level::Skipped), Vec::<usize>::new());
    let mut other = Found::default();
    other.wants(Filter::new("", Level::Skipped, Some(Phase::FinalClean)));
    assert!(other.look(&mut log, 100));
    assert_eq!(other.len(), 0);
}

#[test]
fn a_line_that_turns_into_a_failure_later_is_found_then_and_once() {
    let mut log = log([task("1", "a"), result("1", TaskStatus::Ok, 0, ""), task("2", "b")]);
    let mut found = Found::default();
    found.wants(Filter::new("", Level::Failure, None));
    assert!(found.look(&mut log, 100));
    assert_eq!(found.len(), 0);
    log.push(&event(result("2", TaskStatus::Failed, 0, "")), Lang::En);
    assert!(found.look(&mut log, 100));
    assert_eq!((found.len(), found.row(0)), (1, Some(1)));
    assert!(found.look(&mut log, 100));
    assert_eq!(found.len(), 1);
}

#[test]
fn looking_goes_on_where_it_stopped_and_begins_anew_for_another_filter() {
    let mut log = log((0..100).map(|n| task(&n.to_string(), &format!("task {n}"))));
    let mut found = Found::default();
    assert!(!found.look(&mut log, 30));
    assert_eq!(found.len(), 30);
    found.wants(Filter::default());
    assert!(!found.look(&mut log, 30));
    assert_eq!(found.len(), 60, "the same filter");
    found.wants(Filter::new("task 9", Level::Skipped, None));
    assert!(found.look(&mut log, 1_000));
    assert_eq!(found.len(), 11);
}

#[test]
fn words_are_found_at_every_place() {
    for (text, needle, at) in [
        ("abc", "abc", Some(0)),
        ("xabC", "abc", Some(1)),
        ("ab", "abc", None),
        ("aabc", "abc", Some(1)),
        ("", "a", None),
    ] {
        assert_eq!(find(text.as_bytes(), needle.as_bytes()), at, "{needle} in {text}");
    }
    assert_eq!(Filter::new("日本", Level::Task, None).find("x日本y"), Some((1, 7)));
    assert_eq!(Filter::default().find("x"), None);
}

#[test]
fn the_time_of_day_is_the_readers() {
    assert_eq!(clock(0, 0), "00:00:00");
    assert_eq!(clock(86_399_000, 9 * 3600), "08:59:59");
    assert_eq!(clock(0, -3600), "23:00:00");
}
