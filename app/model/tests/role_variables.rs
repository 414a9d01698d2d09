//! What each phase of the role is told, for every kind of storage; and what it must be told never.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod golden;

use hosted_deploy_model::answers::{Answers, FibreChannel, Storage, StorageType};
use hosted_deploy_model::defaults::{self, Fixed, Random};
use hosted_deploy_model::facts::Facts;
use hosted_deploy_model::formats;
use hosted_deploy_model::phase::Phase;
use hosted_deploy_model::role::{self, HandOver, Variables};
use std::fmt::Write;
use std::path::Path;

const RANDOM: Random = [0xa5; 64];
const PHASES: [Phase; 10] = [
    Phase::GetNetworkInterfaces,
    Phase::ValidateHostnames,
    Phase::InitialClean,
    Phase::BootstrapLocalVm,
    Phase::IscsiDiscover,
    Phase::IscsiGetDevices,
    Phase::FcGetDevices,
    Phase::CreateStorageDomain,
    Phase::CreateTargetVm,
    Phase::FinalClean,
];

fn facts() -> Facts {
    let text = std::fs::read_to_string(golden::fixtures().join("host/facts.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn example(name: &str) -> Answers {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    formats::read(&std::fs::read_to_string(path).unwrap(), None).unwrap().answers
}

fn filled(mut answers: Answers) -> (Answers, Fixed, HandOver) {
    let fixed = Fixed::new(&answers, &facts(), &RANDOM);
    defaults::fill(&mut answers, &facts(), &RANDOM);
    assert_eq!(answers.problems(Some(&facts())), []);
    let hand_over = HandOver {
        local_vm_dir: Some("/var/tmp/localvmx7_1ab".into()),
        admin_username: Some("admin@ovirt@internalsso".into()),
        ..HandOver::default()
    };
    (answers, fixed, hand_over)
}

fn kinds() -> [(&'static str, Answers); 5] {
    let fc = Storage {
        kind: Some(StorageType::Fc),
        fc: Some(FibreChannel { lun_id: Some("36001405lab0001".into()) }),
        discard: Some(true),
        ..Storage::default()
    };
    [
        ("nfs", example("lab-nfs.toml")),
        ("iscsi", example("lab-iscsi.toml")),
        ("glusterfs", example("lab-glusterfs.toml")),
        ("fc", Answers { storage: Some(fc), ..example("lab-nfs.toml") }),
        ("no-storage-yet", Answers { storage: None, ..example("lab-nfs.toml") }),
    ]
}

fn every_set() -> Vec<(Phase, Variables)> {
    let mut sets = Vec::new();
    for (_, answers) in kinds() {
        let (answers, fixed, hand_over) = filled(answers);
        for phase in PHASES {
            sets.push((phase, role::variables(phase, &answers, &fixed, &hand_over, "2.19.3")));
            sets.push((
                phase,
                role::variables(phase, &Answers::default(), &Fixed::default(), &HandOver::default(), "2.14.18"),
            ));
        }
    }
    sets
}

#[test]
fn every_phase_is_told_what_it_needs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/role");
    let mut failures = Vec::new();
    for (kind, answers) in kinds() {
        let (answers, fixed, hand_over) = filled(answers);
        let mut told = String::new();
        for phase in PHASES {
            let variables = role::variables(phase, &answers, &fixed, &hand_over, "2.17.14");
            let secrets: Vec<&str> = variables.secret.iter().map(|(name, _)| *name).collect();
            writeln!(told, "# {}\n{}", phase.tag(), serde_json::to_string_pretty(&variables.plain).unwrap()).unwrap();
            writeln!(told, "secret: {}\n", secrets.join(" ")).unwrap();
        }
        failures.extend(golden::differs(&folder.join(format!("{kind}.txt")), &told));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The table "required variables without usable default" of the role's contract.
#[test]
fn no_phase_lacks_a_variable_that_the_role_has_no_default_for() {
    let needed: [(Phase, &[&str]); 5] = [
        (Phase::InitialClean, &["he_fqdn", "he_bridge_if"]),
        (
            Phase::BootstrapLocalVm,
            &["he_fqdn", "he_bridge_if", "he_admin_password", "he_appliance_password", "he_appliance_ova"],
        ),
        (
            Phase::CreateStorageDomain,
            &[
                "he_admin_username",
                "he_admin_password",
                "he_fqdn",
                "he_host_name",
                "he_local_vm_dir",
                "he_domain_type",
                "he_storage_domain_addr",
            ],
        ),
        (
            Phase::CreateTargetVm,
            &[
                "he_admin_username",
                "he_admin_password",
                "he_appliance_password",
                "he_fqdn",
                "he_host_name",
                "he_host_address",
                "he_local_vm_dir",
                "he_vm_mac_addr",
                "he_mem_size_MB",
                "he_vcpus",
                "he_maxvcpus",
                "he_nic_uuid",
                "he_cdrom_uuid",
                "he_time_zone",
                "he_gateway",
                "he_disk_size_GB",
                "he_domain_type",
            ],
        ),
        (Phase::FinalClean, &["he_local_vm_dir", "he_fqdn", "he_appliance_password"]),
    ];
    let (answers, fixed, hand_over) = filled(example("lab-iscsi.toml"));
    for (phase, names) in needed {
        let variables = role::variables(phase, &answers, &fixed, &hand_over, "2.17.14");
        for name in names {
            let secret = variables.secret.iter().any(|(known, _)| known == name);
            assert!(variables.plain.contains_key(*name) || secret, "{} lacks {name}", phase.tag());
        }
    }
}

#[test]
fn nothing_is_passed_that_would_beat_the_role_with_nonsense() {
    for (phase, variables) in every_set() {
        for (name, value) in &variables.plain {
            let null_is_meant = ["he_appliance_ova", "he_nfs_version"].contains(&name.as_str());
            assert!(!value.is_null() || null_is_meant, "{}: {name} is null", phase.tag());
            assert_ne!(value, "", "{}: {name} is empty", phase.tag());
            assert_ne!(value, "max", "{}: {name}", phase.tag());
            let never = ["he_default_gateway_4", "he_default_gateway_6", "he_cmd_lang", "he_bridge"];
            assert!(!never.contains(&name.as_str()), "{}: {name}", phase.tag());
        }
    }
}

#[test]
fn the_administrators_name_is_passed_only_when_the_role_said_it() {
    let (answers, fixed, mut hand_over) = filled(example("lab-nfs.toml"));
    for (name, passed) in [(None, false), (Some("admin@internal".to_owned()), true)] {
        hand_over.admin_username = name;
        let variables = role::variables(Phase::CreateStorageDomain, &answers, &fixed, &hand_over, "2.17.14");
        assert_eq!(variables.plain.contains_key("he_admin_username"), passed);
    }
}

#[test]
fn the_empty_gluster_table_is_for_ansible_core_2_19_and_later() {
    let (answers, fixed, hand_over) = filled(example("lab-nfs.toml"));
    for (version, passed) in
        [("2.14.18", false), ("2.18.18", false), ("2.19.0b1", true), ("2.19.14", true), ("3.0.0", true), ("", false)]
    {
        let variables = role::variables(Phase::CreateTargetVm, &answers, &fixed, &hand_over, version);
        assert_eq!(variables.plain.contains_key("gluster"), passed, "{version}");
    }
}

#[test]
fn no_secret_is_among_the_plain_variables() {
    let (answers, fixed, hand_over) = filled(example("lab-iscsi.toml"));
    for phase in PHASES {
        let variables = role::variables(phase, &answers, &fixed, &hand_over, "2.17.14");
        let plain = serde_json::to_string(&variables.plain).unwrap();
        for (field, secret) in answers.secrets() {
            assert!(!plain.contains(secret.expose().as_str()), "{}: {field}", phase.tag());
        }
        assert!(variables.plain.keys().all(|name| !name.contains("password")));
    }
}

#[test]
fn discovery_asks_one_portal_and_login_all_of_them() {
    let (mut answers, fixed, hand_over) = filled(example("lab-iscsi.toml"));
    let iscsi = answers.storage.as_mut().unwrap().iscsi.as_mut().unwrap();
    iscsi.portals = vec!["10.99.0.1".into(), "[2001:db8::1]:3261".into()];
    let discover = role::variables(Phase::IscsiDiscover, &answers, &fixed, &hand_over, "2.17.14").plain;
    assert_eq!(
        (&discover["he_iscsi_portal_addr"], &discover["he_iscsi_portal_port"]),
        (&"10.99.0.1".into(), &"3260".into())
    );
    let login = role::variables(Phase::IscsiGetDevices, &answers, &fixed, &hand_over, "2.17.14").plain;
    assert_eq!(login["he_iscsi_portal_addr"], "10.99.0.1,2001:db8::1");
    assert_eq!(login["he_iscsi_portal_port"], "3260,3261");
}

#[test]
fn what_was_left_open_is_filled_from_the_host_and_explained() {
    let mut answers = Answers::default();
    answers.engine_vm.fqdn = Some("engine.lab.test".into());
    let filled = defaults::fill(&mut answers, &facts(), &RANDOM);
    let told: Vec<String> =
        filled.iter().map(|filled| format!("{} = {}: {}", filled.field, filled.value, filled.why.en)).collect();
    assert_eq!(
        told,
        [
            "host.fqdn = host1.lab.test: the host calls itself so (hostname -f)",
            "host.name_in_engine = host1.lab.test: the host's FQDN",
            "engine_vm.mac = 00:16:3e:25:a5:a5: chosen at random, once for this run",
            "engine_vm.bridge_interface = eth0: the host's default route uses it",
            "engine_vm.gateway = 10.99.0.1: the gateway of the host's default route",
            "engine_vm.vcpus = 4: 4 are recommended, the host has 4",
            "engine_vm.memory_mib = 7880: 16384 MiB are recommended, the host has 7880 MiB to give",
            "engine_vm.time_zone = Europe/Prague: the host's time zone",
        ]
    );
    assert_eq!(answers.problems(Some(&facts())), []);
    assert_eq!(defaults::fill(&mut answers, &facts(), &[1; 64]), [], "a second time, nothing is open");
    let fixed = Fixed::new(&answers, &facts(), &RANDOM);
    assert_eq!(fixed.vm_uuid, "a5a5a5a5-a5a5-45a5-a5a5-a5a5a5a5a5a5");
    assert_eq!((fixed.max_vcpus, fixed.time_zone.as_str()), (4, "Europe/Prague"));
}
