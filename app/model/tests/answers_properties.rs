//! Properties of answers over random values: every written format reads back, no secret leaves, YAML of secrets is
//! read by another parser as what was meant.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use hosted_deploy_model::answers::*;
use hosted_deploy_model::formats::{self, Format};
use hosted_deploy_model::role::{self, Variables, yaml};
use hosted_deploy_model::secret::Secret;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use std::net::IpAddr;

const CANARY: &str = "canary-1f9a";

/// Any one-line text without blanks at its ends, which foreign files do not keep; formats must carry all of it.
// Boxed, like all that is used often: the bare types fill a test's stack.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        "[ -~]{1,20}",
        "[a-z0-9äß日本😀\u{85}\u{2028}\u{feff}'\"\\\\#:{}%!&*|>@` -]{1,20}",
        Just("yes".to_owned()),
        Just("null".to_owned()),
        Just("0123".to_owned()),
        Just("1e3".to_owned()),
        Just("~".to_owned()),
    ]
    .prop_map(|text| text.trim().to_owned())
    .prop_filter("blank", |text| !text.is_empty())
    .boxed()
}

fn secret() -> BoxedStrategy<SecretAnswer> {
    prop_oneof![
        Just(SecretAnswer::default()),
        Just(SecretAnswer::literal(CANARY)),
        "[A-Z_]{1,9}".prop_map(|name| SecretAnswer::reference(SecretRef::Env(name))),
        text().prop_map(|path| SecretAnswer::reference(SecretRef::File(path))),
        "[A-Z_]{1,9}".prop_map(|name| {
            let mut secret = SecretAnswer::reference(SecretRef::Env(name));
            secret.set(CANARY.into());
            secret
        }),
    ]
    .boxed()
}

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from)]
}

prop_compose! {
    fn host()(
        address in of(text()), port in of(any::<u16>()), user in of(text()), key_file in of(text()),
        key in secret(), key_passphrase in secret(), password in secret(), sudo_password in secret(), fqdn in of(text()),
        name_in_engine in of(text()),
        ip_family in of(prop_oneof![Just(IpFamily::Auto), Just(IpFamily::Ipv4), Just(IpFamily::Ipv6)]),
    ) -> Host {
        Host {
            address, port, user, key_file, key, key_passphrase, password, sudo_password, fqdn, name_in_engine, ip_family,
        }
    }
}

prop_compose! {
    fn engine_vm()(
        fqdn in of(text()), mac in of(text()),
        static_address in of((address(), 1u8..=32)), gateway in of(text()), dns in vec("[0-9a-f:.]{1,9}", 0..4),
        bridge_interface in of(text()), root_password in secret(),
        root_ssh_access in of(prop_oneof![
            Just(RootSshAccess::Yes), Just(RootSshAccess::No), Just(RootSshAccess::WithoutPassword)
        ]),
        root_ssh_public_key in of(text()),
        (vcpus, memory_mib, edit_etc_hosts) in (of(any::<u32>()), of(0..i64::MAX as u64), of(any::<bool>())),
    ) -> EngineVm {
        EngineVm {
            fqdn, mac, gateway, bridge_interface, root_password, root_ssh_access, root_ssh_public_key,
            vcpus, memory_mib, edit_etc_hosts,
            ip: static_address.map(|(address, _)| address.to_string()),
            prefix: static_address.map(|(_, prefix)| prefix),
            // Without a static address, DNS servers mean nothing to the role.
            dns: if static_address.is_some() { dns } else { Vec::new() },
            ..EngineVm::default()
        }
    }
}

prop_compose! {
    fn more_of_the_vm(vm: EngineVm)(
        vm in Just(vm), time_zone in of(text()), fips in of(any::<bool>()), uefi in of(any::<bool>()),
        openscap_profile in of(prop_oneof![Just(OpenScap::None), Just(OpenScap::Stig), Just(OpenScap::PciDss)]),
        nat_ipv4_prefix in of(text()), nat_ipv6_prefix in of(text()), boot_flags in of(text()),
        uefi_boot_flags in of(text()),
    ) -> EngineVm {
        EngineVm {
            time_zone, fips, uefi, openscap_profile, nat_ipv4_prefix, nat_ipv6_prefix, boot_flags, uefi_boot_flags, ..vm
        }
    }
}

prop_compose! {
    fn engine()(
        admin_password in secret(), smtp_server in of(text()), smtp_port in of(any::<u16>()),
        mail_sender in of(text()), mail_recipients in vec("[a-z@.]{1,9}", 0..4), keycloak in of(any::<bool>()),
        data_center in of(text()), cluster in of(text()), cluster_cpu_type in of(text()),
        (versions, management_network, db_password, dwh_db_password)
            in (of((text(), text())), of(text()), secret(), secret()),
    ) -> Engine {
        Engine {
            admin_password, smtp_server, smtp_port, mail_sender, mail_recipients, keycloak, data_center, cluster,
            cluster_cpu_type, management_network, db_password, dwh_db_password,
            data_center_compatibility_version: versions.clone().map(|(version, _)| version),
            cluster_compatibility_version: versions.map(|(_, version)| version),
        }
    }
}

fn connection() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9.-]{0,9}:/[a-z0-9_/]{0,9}[a-z]"
}

fn storage() -> impl Strategy<Value = Storage> {
    let version =
        prop_oneof![Just(NfsVersion::Auto), Just(NfsVersion::V3), Just(NfsVersion::V4), Just(NfsVersion::V4_2)];
    let nfs = (connection(), of(version), of(text())).prop_map(|(connection, version, mount_options)| Storage {
        kind: Some(StorageType::Nfs),
        nfs: Some(Nfs { connection: Some(connection), version, mount_options }),
        ..Storage::default()
    });
    let gluster = (connection(), of(text())).prop_map(|(connection, mount_options)| Storage {
        kind: Some(StorageType::Glusterfs),
        glusterfs: Some(Gluster { connection: Some(connection), mount_options }),
        ..Storage::default()
    });
    let fc = text().prop_map(|lun_id| Storage {
        kind: Some(StorageType::Fc),
        fc: Some(FibreChannel { lun_id: Some(lun_id) }),
        ..Storage::default()
    });
    let portals = vec((address(), any::<u16>()), 1..4);
    let iscsi = (portals, of(1u16..), of(text()), of(text()), secret(), of(text()), secret(), of(text())).prop_map(
        |(portals, portal_group, target, username, password, discovery_username, discovery_password, lun_id)| {
            let portals =
                portals.into_iter().map(|(address, port)| std::net::SocketAddr::new(address, port).to_string());
            Storage {
                kind: Some(StorageType::Iscsi),
                iscsi: Some(Iscsi {
                    portals: portals.collect(),
                    portal_group,
                    target,
                    username,
                    password,
                    discovery_username,
                    discovery_password,
                    lun_id,
                }),
                ..Storage::default()
            }
        },
    );
    let common = (of(text()), of(any::<u32>()), of(text()), of(any::<bool>()));
    (prop_oneof![nfs, gluster, fc, iscsi], common).prop_map(
        |(storage, (domain_name, disk_size_gib, interface, discard))| Storage {
            domain_name,
            disk_size_gib,
            interface,
            discard,
            ..storage
        },
    )
}

fn extra_value() -> impl Strategy<Value = serde_json::Value> {
    let scalar = prop_oneof![
        text().prop_map(|text| format!(" {text} ").into()),
        text().prop_map(Into::into),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        (-1000..1000).prop_map(|number| serde_json::Value::from(f64::from(number) / 8.0)),
    ];
    scalar.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Into::into),
            btree_map("[ -~]{1,6}", inner, 0..3).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

prop_compose! {
    fn answers()(
        host in host().boxed(), engine_vm in engine_vm().boxed().prop_flat_map(|vm| more_of_the_vm(vm).boxed()).boxed(), engine in engine().boxed(),
        storage in of(storage().boxed()),
        appliance in prop_oneof![
            Just(Appliance::default()),
            "/[a-z]{1,8}\\.ova".prop_map(|ova| Appliance { ova: Some(ova), ..Appliance::default() }),
            "/[a-z]{1,8}\\.qcow2".prop_map(|image| Appliance { image: Some(image), ..Appliance::default() }),
            "[a-z]{1,8}".prop_map(|package| {
                Appliance { package: Some(package), remove_package: Some(false), ..Appliance::default() }
            }),
        ],
        method in of(prop_oneof![Just(TestMethod::Dns), Just(TestMethod::Tcp), Just(TestMethod::None)]),
        tcp in of((text(), any::<u16>())),
        restore in of((text(), of(any::<bool>()), of(any::<bool>()))),
        (offline, additional_packages, debug) in (of(any::<bool>()), vec("[a-z]{1,8}", 0..3), of(any::<bool>())),
        ansible_extra_variables in btree_map("my_[a-z]{1,8}", extra_value().boxed(), 0..3),
    ) -> Answers {
        Answers {
            version: Some(1), host, engine_vm, appliance, engine, storage,
            network_test: NetworkTest {
                method, tcp_address: tcp.clone().map(|(address, _)| address), tcp_port: tcp.map(|(_, port)| port),
            },
            restore: restore.map(|(file, renew_pki, pause)| Restore { file: Some(file), renew_pki, pause }),
            advanced: Advanced { offline, additional_packages, debug, ansible_extra_variables, ..Advanced::default() },
        }
    }
}

/// The answers as a file may hold them: without values of secrets.
fn without_secrets(answers: &Answers) -> Answers {
    serde_json::from_value(serde_json::to_value(answers).unwrap()).unwrap()
}

fn read_back(text: &str, format: Format) -> Result<Answers, TestCaseError> {
    let reading =
        formats::read(text, Some(format)).map_err(|problems| TestCaseError::fail(format!("{problems:#?}\n{text}")))?;
    prop_assert_eq!(reading.format, format, "{}", text);
    Ok(reading.answers)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn our_own_formats_read_back_what_was_written(answers in answers().boxed()) {
        for format in [Format::Toml, Format::Yaml, Format::Json] {
            let text = formats::write(&answers, format).unwrap();
            prop_assert!(!text.contains(CANARY), "{}", text);
            prop_assert_eq!(read_back(&text, format)?, without_secrets(&answers), "{}", text);
        }
    }

    #[test]
    fn role_variables_read_back_all_that_the_role_knows(answers in answers().boxed()) {
        let text = formats::write(&answers, Format::HeVars).unwrap();
        prop_assert!(!text.contains(CANARY), "{}", text);
        let mut expected = without_secrets(&answers);
        // What the role has no variable for: how to reach the host, and where secrets come from.
        let Host { fqdn, name_in_engine, ip_family, .. } = expected.host;
        let ip_family = ip_family.filter(|family| *family != IpFamily::Auto);
        expected.host = Host { fqdn, name_in_engine, ip_family, ..Host::default() };
        expected.version = None;
        expected.engine_vm.root_password = SecretAnswer::default();
        expected.engine.admin_password = SecretAnswer::default();
        expected.engine.db_password = SecretAnswer::default();
        expected.engine.dwh_db_password = SecretAnswer::default();
        if let Some(iscsi) = expected.storage.as_mut().and_then(|storage| storage.iscsi.as_mut()) {
            iscsi.password = SecretAnswer::default();
            iscsi.discovery_password = SecretAnswer::default();
        }
        prop_assert_eq!(read_back(&text, Format::HeVars)?, expected, "{}", text);
    }

    #[test]
    fn nothing_printed_or_written_holds_a_secret(answers in answers().boxed()) {
        let printed = format!("{answers:?} {:?}", answers.problems(None));
        let serialized = serde_json::to_string(&answers).unwrap();
        prop_assert!(!printed.contains(CANARY), "{}", printed);
        prop_assert!(!serialized.contains(CANARY), "{}", serialized);
    }

    #[test]
    fn the_yaml_of_secrets_is_read_as_what_was_meant(secret in any::<String>().prop_map(|text| text + "{{ x }}")) {
        let variables = Variables {
            secret: vec![("he_admin_password", Secret::new(secret.clone())), ("he_db_password", "second".into())],
            ..Variables::default()
        };
        let yaml = variables.secret_yaml();
        prop_assert!(yaml.expose().is_ascii());
        let lines: Vec<&str> = yaml.expose().lines().collect();
        prop_assert_eq!(lines.len(), 2, "a secret may not open a line of its own");
        let answers = formats::read(yaml.expose(), Some(Format::Yaml)).unwrap().answers;
        prop_assert_eq!(answers.engine.admin_password.value().unwrap().expose(), &secret);
    }

    #[test]
    fn any_tree_is_written_as_yaml_that_reads_back(value in extra_value()) {
        let mut answers = Answers::default();
        answers.advanced.ansible_extra_variables.insert("value".into(), value);
        let text = yaml::document(&serde_json::to_value(&answers).unwrap());
        prop_assert_eq!(read_back(&text, Format::Yaml)?, answers, "{}", text);
    }

    #[test]
    fn no_text_brings_the_readers_down(text in any::<String>(), more in "[\\[\\]{}\"'=:,#&*!|>%@`a-z0-9 \n\t-]{0,80}") {
        for format in [None, Some(Format::Toml), Some(Format::Yaml), Some(Format::Json), Some(Format::HeVars), Some(Format::Otopi)] {
            let _ = formats::read(&text, format);
            let _ = formats::read(&more, format);
        }
        let _ = role::from_answers(&Answers::default());
    }
}
