//! Each rule by itself: it passes, it fails for its reason, it never takes silence for an answer.

use crate::fixture::{by_id, good, ids, over_good, read};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::check::{
    OverrideError, Severity, Status, Summary, blocked, catalogue, checks, override_checks, questions,
};
use hosted_deploy_model::facts::Facts;

#[test]
fn ids_are_unique_kebab_case_and_described_in_both_languages() {
    let mut seen = Vec::new();
    for rule in catalogue() {
        let id = rule.id;
        assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{id}");
        assert!(!seen.contains(&id), "{id} twice");
        seen.push(id);
        for (en, ja) in [rule.title, rule.remedy] {
            assert!(!en.is_empty() && en.is_ascii() || en.contains('–'), "{id}: English text {en:?}");
            assert!(!ja.is_ascii(), "{id}: Japanese text {ja:?}");
        }
        assert!(rule.remedy.0.ends_with('.'), "{id}: the remedy is a sentence");
    }
    assert!(seen.len() >= 70, "{} checks", seen.len());
}

#[test]
fn the_good_host_fails_nothing() {
    let judged = good().judged();
    let bad: Vec<String> = judged
        .iter()
        .filter(|check| matches!(check.status, Status::Failed | Status::CouldNotRun))
        .map(|check| format!("{} {:?}: {}", check.id, check.status, check.evidence.en))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(!blocked(&judged));
}

#[test]
fn every_check_passes_on_a_host_that_meets_it() {
    let good_host = good().judged();
    let own = ids("good");
    for rule in catalogue() {
        let check = match own.iter().any(|id| id == rule.id) {
            true => by_id(&over_good(&format!("good/{}", rule.id)).judged(), rule.id).clone(),
            false => by_id(&good_host, rule.id).clone(),
        };
        assert_eq!(check.status, Status::Passed, "{}: {}", rule.id, check.evidence.en);
        assert!(check.remedy.en.is_empty() && check.commands.is_empty(), "{} passed", rule.id);
    }
}

#[test]
fn every_check_fails_on_a_host_that_does_not_meet_it_and_says_why() {
    let known: Vec<&str> = catalogue().map(|rule| rule.id).collect();
    let mut wrong = Vec::new();
    for id in &known {
        let path = format!("bad/{id}");
        let check = by_id(&over_good(&path).judged(), id).clone();
        let evidence = read(&path).evidence;
        let said = check.evidence.en.contains(&evidence) && !check.evidence.ja.is_empty();
        if check.status != Status::Failed || !said || check.remedy.en.is_empty() || check.remedy.ja.is_empty() {
            wrong.push(format!("{id}: {:?} {:?}, wanted {evidence:?}", check.status, check.evidence.en));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for id in ids("bad").iter().chain(&ids("good")) {
        assert!(known.contains(&id.as_str()), "fixture {id} has no check");
    }
}

/// Commands of a remedy are shown to be run by a person: no line break may smuggle a second one in.
#[test]
fn commands_are_single_lines() {
    for id in ids("bad") {
        for check in over_good(&format!("bad/{id}")).judged() {
            assert!(
                check.commands.iter().all(|command| !command.contains('\n') && !command.is_empty()),
                "{}",
                check.id
            );
        }
    }
}

/// A host on which every command failed in the way `status` says tells nothing, so nothing may pass on its word.
fn silent(status: i32) -> Vec<String> {
    let base = good();
    let text: String = base
        .sections
        .iter()
        .filter(|(key, _)| key != "end ")
        .map(|(key, _)| {
            let (name, about) = key.split_once(' ').expect("name and subject");
            format!("T {name} {status} {about}\n")
        })
        .collect();
    let facts = Facts::parse("T", format!("{text}T end 0\n").as_bytes()).expect("facts");
    // What the answers alone decide may pass.
    let from_answers = [
        "memory-engine-minimum",
        "memory-engine-recommended",
        "engine-vcpus-recommended",
        "engine-ip-usable",
        "engine-ipv6-static",
        "engine-name-not-localhost",
        "engine-name-qualified",
        "storage-disk-size",
        "storage-nfs-path",
    ];
    let judged = checks(&base.answers(), &facts);
    let passed = judged.into_iter().filter(|check| check.status == Status::Passed);
    passed
        .map(|check| format!("{}: {}", check.id, check.evidence.en))
        .filter(|line| !from_answers.iter().any(|id| line.starts_with(&format!("{id}:"))))
        .collect()
}

#[test]
fn a_silent_host_passes_nothing() {
    assert!(silent(127).is_empty(), "commands missing: {:#?}", silent(127));
    assert!(silent(124).is_empty(), "commands timed out: {:#?}", silent(124));
    let nothing = checks(&Answers::default(), &Facts::default());
    let passed: Vec<&str> = nothing.iter().filter(|c| c.status == Status::Passed).map(|c| c.id.as_str()).collect();
    assert!(passed.iter().all(|id| *id == "engine-ipv6-static"), "no facts: {passed:?}");
}

#[test]
fn an_override_takes_a_blocker_away_but_never_a_mandatory_one() {
    let mut judged = over_good("bad/engine-reverse-equal").judged();
    assert!(blocked(&judged));
    override_checks(&mut judged, &["engine-reverse-equal"]).expect("may be overridden");
    assert!(!blocked(&judged));
    assert_eq!(Summary::of(&judged).overridden, 1);

    let mut judged = over_good("bad/state-not-deployed").judged();
    let refused = override_checks(&mut judged, &["state-not-deployed"]);
    assert_eq!(refused, Err(OverrideError::Mandatory("state-not-deployed".into())));
    let refused = override_checks(&mut judged, &["engine-reverse-equals"]);
    assert_eq!(refused, Err(OverrideError::Unknown("engine-reverse-equals".into())));
    assert!(blocked(&judged));
}

#[test]
fn an_override_of_a_check_that_did_not_fail_changes_nothing() {
    let mut judged = good().judged();
    override_checks(&mut judged, &["engine-reverse-equal"]).expect("may be overridden");
    assert!(!by_id(&judged, "engine-reverse-equal").overridden);
}

#[test]
fn a_warning_does_not_block() {
    let judged = over_good("bad/selinux-enforcing").judged();
    assert_eq!(by_id(&judged, "selinux-enforcing").severity, Severity::Warning);
    assert!(!blocked(&judged));
}

/// Whatever a rule wants to know of the network must be asked by the probe.
#[test]
fn the_questions_ask_for_what_the_rules_judge() {
    let asked = questions(&good().answers()).lines();
    for line in [
        "name engine.example.com",
        "name storage.example.com",
        "name-server 192.0.2.53",
        "answers 192.0.2.50",
        "port storage.example.com 2049",
        "port storage.example.com 111",
    ] {
        assert!(asked.lines().any(|known| known == line), "{line} not in\n{asked}");
    }
    let iscsi = questions(&over_good("good/storage-iscsi-reachable").answers()).lines();
    assert!(iscsi.contains("port 198.51.100.70 3260\n") && iscsi.contains("port 198.51.100.71 3261\n"), "{iscsi}");
    let gluster = questions(&over_good("good/storage-gluster-reachable").answers()).lines();
    assert!(gluster.contains("port storage.example.com 24007\n"), "{gluster}");
    let appliance = questions(&over_good("good/appliance-file").answers()).lines();
    assert!(appliance.contains("file /root/engine.ova\n"), "{appliance}");
}
