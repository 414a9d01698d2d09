//! What every outcome of `hosted-engine --vm-status --json` means: `fixtures/vm-status`, a file each, which names its source,
//! the situation and verdict wanted, and the findings that must be among those found.

#![allow(clippy::expect_used, reason = "helpers of tests; clippy knows only the tests themselves")]

use hosted_deploy_model::facts::Unit;
use hosted_deploy_model::health::{
    Action, Domain, Health, Liveliness, Page, Reading, Situation, Unread, Verdict, VmStatus, penalties,
};
use hosted_deploy_model::lang::{Lang, Text};
use std::path::Path;

struct Fixture {
    name: String,
    wants: Vec<String>,
    status: VmStatus,
}

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/vm-status");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the fixtures") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a fixture");
        let comment = |key: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(&format!("# {key}: ")));
            found.unwrap_or_else(|| panic!("{} does not name its {key}", path.display())).to_owned()
        };
        assert!(!comment("source").is_empty());
        let (_, outputs) = text.split_once("--- stdout\n").expect("stdout");
        let (stdout, stderr) = outputs.split_once("--- stderr\n").expect("stderr");
        all.push(Fixture {
            name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
            wants: comment("wants").split_whitespace().map(str::to_owned).collect(),
            status: VmStatus::parse(comment("status").parse().expect("a number"), stdout, stderr),
        });
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(all.len() > 40, "only {} fixtures", all.len());
    all
}

/// A host on which all is well but for what the fixture says.
fn reading(status: VmStatus) -> Reading {
    let deployed = !matches!(status, VmStatus::NotDeployed | VmStatus::Unfinished | VmStatus::NoCommand);
    let good =
        status.hosts().iter().any(|host| host.live && host.engine.as_ref().is_some_and(|engine| engine.is_good()));
    let unit = |name: &str| Unit {
        name: format!("{name}.service"),
        load: "loaded".into(),
        active: "active".into(),
        sub: "running".into(),
        file: "enabled".into(),
    };
    Reading {
        host: "node1".into(),
        hostname: "node1.lab.example".into(),
        now: 1_795_255_200,
        root: true,
        configuration: Some(deployed),
        deployed,
        engine: if deployed { "engine.lab.example".into() } else { String::new() },
        host_id: deployed.then_some(1),
        storage: "storage.lab.example:/exports/he".into(),
        storage_kind: "nfs".into(),
        liveliness: if good { Liveliness::Up } else { Liveliness::Down },
        page: Page {
            connected: Some(good),
            status: good.then_some(200),
            up: good,
            trusted_by: "engine-ca".into(),
            days: Some(300),
            ..Page::default()
        },
        units: ["sanlock", "libvirtd", "vdsmd", "ovirt-ha-broker", "ovirt-ha-agent", "firewalld", "chronyd"]
            .map(unit)
            .to_vec(),
        domain: Domain {
            id: "d".into(),
            place: "/rhev/data-center/mnt/x/d".into(),
            readable: Some(true),
            free_kib: Some(50 << 20),
            size_kib: Some(100 << 20),
            ..Domain::default()
        },
        clock_synchronized: Some(true),
        vm_status: status,
        ..Reading::default()
    }
}

#[test]
fn every_outcome_of_vm_status_has_its_situation_verdict_and_findings() {
    for fixture in fixtures() {
        let health = Health::of(&[reading(fixture.status)], &[]);
        let name = &fixture.name;
        let kind = serde_json::to_value(&health.situation).expect("JSON")["kind"].clone();
        assert_eq!(kind, fixture.wants[0].as_str(), "{name}");
        assert_eq!(health.verdict.name(), fixture.wants[1], "{name}: {:?}", health.findings);
        for id in &fixture.wants[2..] {
            assert!(
                health.findings.iter().any(|finding| finding.id == *id),
                "{name} lacks {id}: {:?}",
                health.findings
            );
        }
        for lang in [Lang::En, Lang::Ja] {
            assert!(!health.sentence.get(lang).is_empty(), "{name}");
            assert!(health.advice.iter().all(|step| !step.text.get(lang).is_empty()), "{name}");
        }
        for step in health.advice.iter().chain(health.findings.iter().flat_map(|finding| &finding.steps)) {
            assert!(!step.command.is_empty(), "{name}: nothing to copy in {step:?}");
        }
        if health.verdict == Verdict::Down {
            assert!(!health.advice.is_empty(), "{name}: down, and nothing to do");
        }
    }
}

fn fixture(name: &str) -> Reading {
    reading(fixtures().into_iter().find(|fixture| fixture.name == name).expect("the fixture").status)
}

#[test]
fn what_a_silent_host_said_last_is_not_shown_as_how_it_is() {
    let health = Health::of(&[fixture("all-stale")], &[]);
    assert!(health.hosts.iter().all(|host| host.engine.is_none() && host.live == Some(false)), "{:?}", health.hosts);
}

#[test]
fn the_advice_of_a_dead_engine_goes_by_the_guide() {
    let advice = Health::of(&[fixture("failed-liveliness")], &[]).advice;
    let at = |action: Action| advice.iter().position(|step| step.action == Some(action)).expect("the action");
    let order = [
        Action::SetMaintenanceGlobal,
        Action::Console,
        Action::VmShutdown,
        Action::VmPoweroff,
        Action::VmStart,
        Action::SetMaintenanceNone,
    ]
    .map(at);
    assert!(order.is_sorted(), "{order:?}");
    assert!(
        advice
            .iter()
            .any(|step| step.command.contains("systemctl status ovirt-engine") && step.host == "engine.lab.example")
    );
    // The host is named as we reach it, not as the daemons call it.
    assert!(advice.iter().any(|step| step.action == Some(Action::VmStart) && step.host == "node1"));
}

#[test]
fn an_engine_that_answers_while_its_daemons_do_not_is_degraded() {
    let mut silent = fixture("traceback");
    silent.liveliness = Liveliness::Up;
    silent.page.up = true;
    let health = Health::of(&[silent], &[]);
    assert_eq!((health.situation, health.verdict), (Situation::UpUnwatched, Verdict::Degraded));
}

#[test]
fn libvirt_is_believed_when_no_agent_writes() {
    let mut stale = fixture("all-stale");
    stale.engine_vm = Some("running".into());
    let health = Health::of(&[stale], &[]);
    assert!(matches!(health.situation, Situation::BadHealth { .. }), "{:?}", health.situation);
}

#[test]
fn a_host_that_cannot_be_read_is_a_finding_and_without_any_nothing_is_known() {
    let unread = Unread { host: "node2".into(), why: Text::new("no route to host", "経路がありません") };
    let health = Health::of(&[fixture("up")], std::slice::from_ref(&unread));
    assert_eq!(health.verdict, Verdict::Degraded);
    assert!(health.findings.iter().any(|finding| finding.id == "host-unread" && finding.title.en.contains("no route")));
    assert!(health.findings.iter().any(|finding| finding.title.ja.contains("経路がありません")));
    assert_eq!(Health::of(&[], &[unread]).verdict, Verdict::Unknown);
}

#[test]
fn what_endangers_a_good_engine_degrades_it() {
    type Break = fn(&mut Reading);
    let broken: [(&str, Break); 11] = [
        ("certificate-engine", |reading| reading.page.days = Some(5)),
        ("certificate-host", |reading| reading.certificate_days = Some(-2)),
        ("certificate-untrusted", |reading| {
            reading.page.trusted_by.clear();
            reading.page.distrust = "self-signed certificate".into();
        }),
        ("storage-silent", |reading| reading.domain.readable = Some(false)),
        ("storage-absent", |reading| {
            reading.domain.place.clear();
            reading.domain.readable = None;
        }),
        ("storage-read-only", |reading| reading.domain.read_only = true),
        ("storage-not-writable", |reading| reading.domain.writable = Some(false)),
        ("storage-full", |reading| reading.domain.free_kib = Some(1 << 20)),
        ("clock", |reading| reading.clock_offset_us = Some(3_000_000)),
        ("time-service-stopped", |reading| {
            for unit in reading.units.iter_mut().filter(|unit| unit.name == "chronyd.service") {
                unit.active = "failed".into();
            }
        }),
        ("vdsmd-stopped", |reading| {
            for unit in reading.units.iter_mut().filter(|unit| unit.name == "vdsmd.service") {
                unit.active = "failed".into();
            }
        }),
    ];
    for (id, break_it) in broken {
        let mut reading = fixture("up");
        break_it(&mut reading);
        let health = Health::of(&[reading], &[]);
        assert_eq!(health.verdict, Verdict::Degraded, "{id}");
        assert!(health.findings.iter().any(|finding| finding.id == id), "{id}: {:?}", health.findings);
        assert!(health.sentence.en.len() > "The engine engine.lab.example answers.".len(), "{id} gives no reason");
        assert!(health.advice.iter().all(|step| !step.command.is_empty()), "{id}: nothing to copy");
        assert!(!health.advice.is_empty(), "{id}: nothing to do");
    }
}

#[test]
fn the_time_service_that_runs_is_shown_and_one_that_nobody_enabled_is_no_trouble() {
    let service = |name: &str, active: &str, file: &str| Unit {
        name: format!("{name}.service"),
        load: "loaded".into(),
        active: active.into(),
        sub: String::new(),
        file: file.into(),
    };
    let mut reading = fixture("up");
    reading.units.retain(|unit| unit.name != "chronyd.service");
    reading.units.extend([service("ntpd", "inactive", "enabled"), service("chrony", "active", "enabled")]);
    let health = Health::of(&[reading.clone()], &[]);
    assert_eq!(health.verdict, Verdict::Healthy, "{:?}", health.findings);
    assert_eq!(health.hosts[0].services.last().map(String::as_str), Some("chrony active"));
    reading.units.retain(|unit| unit.name != "chrony.service");
    assert_eq!(Health::of(&[reading.clone()], &[]).findings[0].id, "time-service-stopped");
    reading.units.retain(|unit| unit.name != "ntpd.service");
    reading.units.push(service("chronyd", "inactive", "disabled"));
    assert_eq!(Health::of(&[reading], &[]).verdict, Verdict::Healthy);
}

#[test]
fn a_score_is_explained_by_the_agent_s_own_lines_and_else_by_arithmetic() {
    let log = [
        "MainThread::INFO::2026-11-21 10:10:02,1::states::176::score::(score) Penalizing score by 400 due to free memory 2048 being lower than required 4096",
        "MainThread::INFO::2026-11-21 10:15:02,1::states::176::score::(score) Penalizing score by 1600 due to gateway status",
        "MainThread::INFO::2026-11-21 10:15:02,1::states::176::score::(score) Penalizing score by 152 due to cpu load",
    ]
    .map(str::to_owned);
    let points =
        |score: i64, log: &[String]| penalties(score, log).iter().map(|penalty| penalty.points).collect::<Vec<_>>();
    assert_eq!(points(3400, &log), Vec::<i64>::new());
    assert_eq!(points(3400 - 1752, &log), [152, 1600]);
    assert_eq!(points(2800, &[]), [600]);
    assert!(penalties(2800, &[])[0].why.en.contains("bridge"));
    let zero = ["x Score is 0 due to 4 engine vm retry attempts".to_owned()];
    assert!(penalties(0, &zero)[0].why.en.contains("failed here"));
}

#[test]
fn actions_are_refused_where_the_command_would_harm_or_fail() {
    let refused =
        |action: Action, reading: &Reading| action.objections(reading, None).iter().any(|objection| objection.refuses);
    let mut up = fixture("up");
    up.engine_vm = Some("running".into());
    for action in [
        Action::VmStart,
        Action::SetMaintenanceLocal,
        Action::ConnectStorage,
        Action::ReinitializeLockspace,
        Action::CleanMetadata,
    ] {
        assert!(refused(action, &up), "{}", action.name());
    }
    for action in
        [Action::SetMaintenanceGlobal, Action::VmShutdown, Action::VmPoweroff, Action::Console, Action::RestartHa]
    {
        assert!(!refused(action, &up), "{}", action.name());
    }
    let mut maintained = fixture("up-global-maintenance");
    maintained.engine_vm = Some(String::new());
    let told = Action::SetMaintenanceLocal.objections(&maintained, None);
    assert!(
        told.iter().any(|objection| !objection.refuses && objection.text.en.contains("Global maintenance is on")),
        "{told:?}"
    );
    let silent = fixture("traceback");
    assert!(
        refused(Action::SetMaintenanceGlobal, &silent)
            && !refused(Action::RestartHa, &silent)
            && !refused(Action::ConnectStorage, &silent)
    );
    let mut plain = fixture("up");
    plain.root = false;
    assert!(refused(Action::RestartHa, &plain), "a user without rights must hear why");
    for action in Action::ALL {
        assert_eq!(Action::from_name(action.name()), Some(action));
        assert!(refused(action, &fixture("not-deployed")), "{}", action.name());
    }
}
