//! Whole hosts of many kinds, and bytes that no host would print.

use crate::fixture::{good, ids, over_good};
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::check::{Status, blocked, bridge, checks, go_on};
use hosted_deploy_model::facts::Facts;
use proptest::prelude::*;

#[test]
fn each_kind_of_host_fails_what_it_should_and_nothing_else() {
    for id in ids("hosts") {
        let fixture = over_good(&format!("hosts/{id}"));
        let mut expected = fixture.fails.clone().expect("# fails:");
        expected.sort();
        let judged = fixture.judged();
        let failed = judged.iter().filter(|check| check.status == Status::Failed);
        let mut failed: Vec<String> = failed.map(|check| check.id.clone()).collect();
        failed.sort();
        assert_eq!(failed, expected, "{id}");
    }
}

#[test]
fn every_interface_is_listed_with_its_reason() {
    let facts = over_good("hosts/el8-bond-vlan").facts();
    let lines: Vec<String> = bridge::candidates(&facts)
        .iter()
        .map(|candidate| {
            let reason = candidate.reason.as_ref().map_or_else(|| "OK".to_owned(), |reason| reason.text().en);
            format!("{}: {reason}", candidate.name)
        })
        .collect();
    let expected = [
        "lo: loopback",
        "eno1: belongs to bond0",
        "eno2: belongs to bond0",
        "bond0: has no IP address",
        "bond0.3000: OK",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_wrongly_named_vlan_comes_with_the_command_that_renames_it() {
    let facts = over_good("bad/network-vlan-name").facts();
    let candidates = bridge::candidates(&facts);
    let vlan = candidates.iter().find(|candidate| candidate.name == "vlan3000").expect("listed");
    let command =
        "nmcli connection modify vlan3000 connection.interface-name bond0.3000 && nmcli connection up vlan3000";
    assert_eq!(vlan.commands, [command]);
}

/// A whole probe with some of its bytes replaced: what a hostile or broken host could send.
fn spoiled() -> impl Strategy<Value = Vec<u8>> {
    let whole = good().bytes();
    let length = whole.len();
    proptest::collection::vec((0..length, any::<u8>()), 0..64).prop_map(move |changes| {
        let mut bytes = whole.clone();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes
    })
}

/// Sections of the names that parsers read, with any text in them.
fn invented() -> impl Strategy<Value = Vec<u8>> {
    let names: Vec<String> = good().sections.iter().map(|(key, _)| key.clone()).filter(|key| key != "end ").collect();
    let section = (proptest::sample::select(names), -1..130_i32, "(?s).{0,200}");
    proptest::collection::vec(section, 0..40).prop_map(|sections| {
        let text: String = sections
            .iter()
            .map(|(key, status, text)| {
                let (name, about) = key.split_once(' ').unwrap_or((key, ""));
                format!("T {name} {status} {about}\n{text}\n")
            })
            .collect();
        format!("{text}T end 0\n").into_bytes()
    })
}

fn judged_without_panic(bytes: &[u8]) {
    if let Ok(facts) = Facts::parse("T", bytes) {
        for answers in [good().answers(), Answers::default()] {
            for check in checks(&answers, &facts) {
                assert!(!check.evidence.en.contains('\u{1b}'), "{} shows an escape sequence", check.id);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_bytes_are_no_facts_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        judged_without_panic(&bytes);
    }

    #[test]
    fn a_spoiled_probe_is_judged_without_panic(bytes in spoiled()) {
        judged_without_panic(&bytes);
    }

    #[test]
    fn invented_output_is_judged_without_panic(bytes in invented()) {
        judged_without_panic(&bytes);
    }
}

/// What a failed phase left must not keep the run from being tried again, but another engine's host stays refused.
#[test]
fn leftovers_block_a_new_deployment_but_not_one_that_goes_on() {
    let mut judged = over_good("hosts/leftovers").judged();
    assert!(blocked(&judged));
    go_on(&mut judged);
    let blocking: Vec<&str> = judged.iter().filter(|check| check.blocks()).map(|check| check.id.as_str()).collect();
    assert!(blocking.is_empty(), "{blocking:?}");
    for id in ["state-not-deployed", "state-not-registered", "engine-reverse-equal"] {
        let mut judged = over_good(&format!("bad/{id}")).judged();
        go_on(&mut judged);
        assert!(blocked(&judged), "{id}");
    }
}
