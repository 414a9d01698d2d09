//! What the upstream role `ovirt.ovirt.hosted_engine_setup` is told, phase by phase.
//!
//! Extra variables beat everything that the role computes itself. So a phase gets what the role cannot find out, what
//! was asked for, and what must be the same in every phase; never a null where the role would make a value (ids, time
//! zone), never the word `max`, never an empty `he_appliance`, and the administrator's name only when the role said it.
//!
//! Parts: [`from_answers`] what answers say in the role's words · [`variables`] one phase's set · [`HandOver`] what
//! one phase tells the next · [`yaml`] the text that carries secrets.

mod hand_over;
mod phases;
pub mod yaml;

pub use hand_over::{HandOver, StorageDomain};

use crate::answers::{Answers, IpFamily, NetworkMode, OpenScap, Storage, StorageType, split_connection};
use crate::defaults::Fixed;
use crate::phase::Phase;
use crate::secret::Secret;
use serde_json::{Map, Value, json};

/// The variables of one phase.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variables {
    /// What may be seen; goes to Ansible as a JSON file.
    pub plain: Map<String, Value>,
    /// What may not; goes to Ansible by [`Variables::secret_yaml`], after `plain`.
    pub secret: Vec<(&'static str, Secret)>,
}

impl Variables {
    /// The secrets as a YAML document. `!unsafe` keeps Ansible from templating a password that holds `{{`.
    pub fn secret_yaml(&self) -> Secret {
        let lines =
            self.secret.iter().map(|(name, secret)| format!("{name}: !unsafe {}\n", yaml::quoted(secret.expose())));
        let text: String = lines.collect();
        Secret::new(if text.is_empty() { "{}\n".to_owned() } else { text })
    }
}

/// What a phase of the role is told.
///
/// `ansible_core` is the version that will run it (`2.19.3`); from 2.19 on, a hook of the role fails unless `gluster`
/// is defined, in deployments that have nothing to do with Gluster.
pub fn variables(
    phase: Phase,
    answers: &Answers,
    fixed: &Fixed,
    hand_over: &HandOver,
    ansible_core: &str,
) -> Variables {
    let all = everything(answers, fixed, hand_over);
    let (plain, secret) = phases::names(phase);
    let mut plain: Map<String, Value> =
        plain.iter().filter_map(|name| Some(((*name).to_owned(), all.get(*name)?.clone()))).collect();
    if phase == Phase::IscsiDiscover {
        first_portal_only(&mut plain);
    }
    if phase == Phase::GetNetworkInterfaces {
        plain.insert("he_just_collect_network_interfaces".into(), true.into());
    }
    if phase == Phase::CreateTargetVm && is_at_least_2_19(ansible_core) {
        plain.insert("gluster".into(), json!({ "hosts": [] }));
    }
    if phases::changes_something(phase) {
        plain.extend(answers.advanced.ansible_extra_variables.clone());
    }
    let known = secrets(answers);
    let secret = secret.iter().filter_map(|name| known.iter().find(|(known, _)| known == name)).cloned().collect();
    Variables { plain, secret }
}

/// A variable that answers, the run or the role itself decide: it is no user's own.
pub fn is_set_by_us(name: &str) -> bool {
    const BY_THE_ROLE: [&str; 5] = [
        "he_ansible_host_name",
        "he_cmd_lang",
        "he_default_gateway_4",
        "he_default_gateway_6",
        "he_just_collect_network_interfaces",
    ];
    phases::all().chain(BY_THE_ROLE).any(|known| known == name)
}

/// Everything at once: what the answers say, what the role must be told besides, what the run fixed.
fn everything(answers: &Answers, fixed: &Fixed, hand_over: &HandOver) -> Map<String, Value> {
    let mut all = from_answers(answers);
    let mut default = |name: &str, value: Option<Value>| {
        if let (Some(value), None) = (value, all.get(name)) {
            all.insert(name.to_owned(), value);
        }
    };
    let text = |value: &str| (!value.is_empty()).then(|| Value::from(value));

    default("he_vm_name", Some("HostedEngine".into()));
    default("he_host_name", answers.host.fqdn.as_deref().and_then(text));
    default("he_host_ip", fixed.host_ip.as_deref().and_then(text));
    // Without a domain name the role asks `hostname -d`, but only when the variable is not even null.
    if let Some((host, domain)) = answers.engine_vm.fqdn.as_deref().and_then(|fqdn| fqdn.split_once('.')) {
        default("he_cloud_init_host_name", text(host));
        default("he_cloud_init_domain_name", text(domain));
    }
    match answers.host.ip_family.unwrap_or_default() {
        IpFamily::Auto => match answers.engine_vm.static_address() {
            // Else host and engine may end up talking in different families.
            Some((address, _)) if address.is_ipv4() => default("he_force_ip4", Some(true.into())),
            Some(_) => default("he_force_ip6", Some(true.into())),
            None => (),
        },
        IpFamily::Ipv4 | IpFamily::Ipv6 => (),
    }
    default("he_vm_etc_hosts", Some(true.into()));
    default("he_network_test", Some("dns".into()));
    default("he_vm_uuid", text(&fixed.vm_uuid));
    default("he_nic_uuid", text(&fixed.nic_uuid));
    default("he_cdrom_uuid", text(&fixed.cdrom_uuid));
    default("he_time_zone", text(&fixed.time_zone));
    default("he_maxvcpus", (fixed.max_vcpus > 0).then(|| fixed.max_vcpus.into()));
    default("he_local_vm_dir_path", Some("/var/tmp".into()));
    default("he_local_vm_dir", hand_over.local_vm_dir.as_deref().and_then(text));
    default("he_admin_username", hand_over.admin_username.as_deref().and_then(text));

    if let Some(storage) = &answers.storage {
        default("he_storage_domain_name", Some("hosted_storage".into()));
        default("he_disk_size_GB", Some(storage.disk_gib().into()));
        match storage.storage_type() {
            Some(StorageType::Nfs) => default("he_nfs_version", Some("auto".into())),
            // The role's default would be written into the configuration of a storage that has no such thing.
            Some(_) => default("he_nfs_version", Some(Value::Null)),
            None => (),
        }
        if storage.storage_type() == Some(StorageType::Iscsi) {
            default("he_iscsi_tpgt", Some("1".into()));
        }
    }
    all
}

/// The answers in the role's words: only what was answered, and `he_appliance_ova`, which the role wants to be
/// defined even where it is null. No secrets. This is the exported `he_*` file.
pub fn from_answers(answers: &Answers) -> Map<String, Value> {
    let mut map = Map::new();
    let Answers { host, engine_vm: vm, appliance, engine, network_test, advanced, .. } = answers;

    put(&mut map, "he_host_address", &host.fqdn);
    put(&mut map, "he_host_name", &host.name_in_engine);
    match host.ip_family {
        Some(IpFamily::Ipv4) => put(&mut map, "he_force_ip4", &Some(true)),
        Some(IpFamily::Ipv6) => put(&mut map, "he_force_ip6", &Some(true)),
        Some(IpFamily::Auto) | None => (),
    }

    put(&mut map, "he_fqdn", &vm.fqdn);
    put(&mut map, "he_vm_mac_addr", &vm.mac);
    if vm.network_mode() == NetworkMode::Static {
        if let Some((address, prefix)) = vm.static_address() {
            put(&mut map, "he_vm_ip_addr", &Some(address.to_string()));
            put(&mut map, "he_vm_ip_prefix", &prefix);
        }
        put_list(&mut map, "he_dns_addr", &vm.dns);
    }
    put(&mut map, "he_gateway", &vm.gateway);
    put(&mut map, "he_bridge_if", &vm.bridge_interface);
    put(&mut map, "he_root_ssh_access", &vm.root_ssh_access);
    put(&mut map, "he_root_ssh_pubkey", &vm.root_ssh_public_key);
    put(&mut map, "he_vcpus", &vm.vcpus);
    put(&mut map, "he_mem_size_MB", &vm.memory_mib);
    put(&mut map, "he_vm_etc_hosts", &vm.edit_etc_hosts);
    put(&mut map, "he_time_zone", &vm.time_zone);
    put(&mut map, "he_apply_openscap_profile", &vm.openscap_profile.map(|profile| profile != OpenScap::None));
    put(&mut map, "he_openscap_profile_name", &vm.openscap_profile.filter(|profile| *profile != OpenScap::None));
    put(&mut map, "he_enable_fips", &vm.fips);
    put(&mut map, "he_ipv4_subnet_prefix", &vm.nat_ipv4_prefix);
    put(&mut map, "he_ipv6_subnet_prefix", &vm.nat_ipv6_prefix);
    put(&mut map, "he_use_uefi", &vm.uefi);
    put(&mut map, "he_vm_boot_flags", &vm.boot_flags);
    put(&mut map, "he_vm_efi_boot_flags", &vm.uefi_boot_flags);

    map.insert("he_appliance_ova".into(), appliance.ova.clone().map_or(Value::Null, Value::from));
    put(&mut map, "he_appliance", &appliance.image);
    put(&mut map, "he_appliance_package", &appliance.package);
    put(&mut map, "he_remove_appliance_rpm", &appliance.remove_package);

    put(&mut map, "he_smtp_server", &engine.smtp_server);
    put(&mut map, "he_smtp_port", &engine.smtp_port);
    put(&mut map, "he_source_email", &engine.mail_sender);
    if !engine.mail_recipients.is_empty() {
        map.insert("he_dest_email".into(), engine.mail_recipients.join(",").into());
    }
    put(&mut map, "he_enable_keycloak", &engine.keycloak);
    put(&mut map, "he_data_center", &engine.data_center);
    put(&mut map, "he_data_center_comp_version", &engine.data_center_compatibility_version);
    put(&mut map, "he_cluster", &engine.cluster);
    put(&mut map, "he_cluster_comp_version", &engine.cluster_compatibility_version);
    put(&mut map, "he_cluster_cpu_type", &engine.cluster_cpu_type);
    put(&mut map, "he_mgmt_network", &engine.management_network);

    put(&mut map, "he_network_test", &network_test.method);
    put(&mut map, "he_tcp_t_address", &network_test.tcp_address);
    put(&mut map, "he_tcp_t_port", &network_test.tcp_port);

    let mut pause_host = advanced.pause_after_host_added;
    if let Some(restore) = &answers.restore {
        put(&mut map, "he_restore_from_file", &restore.file);
        put(&mut map, "he_pki_renew_on_restore", &restore.renew_pki);
        pause_host = if restore.pause == Some(true) { Some(true) } else { pause_host.or(restore.pause) };
    }

    put(&mut map, "he_offline_deployment", &advanced.offline);
    put_list(&mut map, "he_additional_package_list", &advanced.additional_packages);
    put(&mut map, "he_pause_before_engine_setup", &advanced.pause_before_engine_setup);
    put(&mut map, "he_pause_host", &pause_host);
    put(&mut map, "he_pause_after_failed_add_host", &advanced.pause_when_host_fails);
    put(&mut map, "he_debug_mode", &advanced.debug);
    put(&mut map, "he_requirements_check_enabled", &advanced.check_requirements);
    put(&mut map, "he_memory_requirements_check_enabled", &advanced.check_memory);
    put(&mut map, "he_minimal_mem_size_MB", &advanced.minimal_memory_mib);
    put(&mut map, "he_minimal_disk_size_GB", &advanced.minimal_disk_gib);
    put(&mut map, "he_reserved_memory_MB", &advanced.reserved_memory_mib);
    put(&mut map, "he_avail_memory_grace_MB", &advanced.memory_grace_mib);
    put(&mut map, "he_webui_forward_port", &advanced.bootstrap_ui_port);
    put(&mut map, "he_local_vm_dir_path", &advanced.local_vm_directory);
    put(&mut map, "he_libvirt_authfile", &advanced.virsh_auth_file);
    put(&mut map, "he_vm_name", &advanced.vm_name);
    put(&mut map, "he_emulated_machine", &advanced.emulated_machine);
    put(&mut map, "he_video_device", &advanced.video_device);
    put(&mut map, "he_console_type", &advanced.console_type);
    put(&mut map, "he_enable_hc_gluster_service", &advanced.gluster_service);
    put(&mut map, "he_enable_libgfapi", &advanced.libgfapi);

    if let Some(storage) = &answers.storage {
        put_storage(&mut map, storage);
    }
    map
}

fn put_storage(map: &mut Map<String, Value>, storage: &Storage) {
    put(map, "he_domain_type", &storage.storage_type());
    put(map, "he_storage_domain_name", &storage.domain_name);
    put(map, "he_disk_size_GB", &storage.disk_size_gib);
    put(map, "he_storage_if", &storage.interface);
    put(map, "he_discard", &storage.discard);
    match storage.storage_type() {
        Some(StorageType::Nfs) => {
            let Some(nfs) = &storage.nfs else { return };
            put_connection(map, nfs.connection.as_deref());
            put(map, "he_nfs_version", &nfs.version);
            put(map, "he_mount_options", &nfs.mount_options);
        }
        Some(StorageType::Glusterfs) => {
            let Some(gluster) = &storage.glusterfs else { return };
            put_connection(map, gluster.connection.as_deref());
            put(map, "he_mount_options", &gluster.mount_options);
        }
        Some(StorageType::Iscsi) => {
            let Some(iscsi) = &storage.iscsi else { return };
            let portals = iscsi.parsed_portals();
            if !portals.is_empty() {
                // The role takes lists as texts with commas, addresses and ports of the same length.
                let addresses: Vec<String> = portals.iter().map(|portal| portal.address.to_string()).collect();
                let ports: Vec<String> = portals.iter().map(|portal| portal.port.to_string()).collect();
                put(map, "he_iscsi_portal_addr", &Some(addresses.join(",")));
                put(map, "he_storage_domain_addr", &Some(addresses.join(",")));
                put(map, "he_iscsi_portal_port", &Some(ports.join(",")));
            }
            put(map, "he_iscsi_tpgt", &iscsi.portal_group.map(|tag| tag.to_string()));
            put(map, "he_iscsi_target", &iscsi.target);
            put(map, "he_iscsi_username", &iscsi.username);
            put(map, "he_iscsi_discover_username", &iscsi.discovery_username);
            put(map, "he_lun_id", &iscsi.lun_id);
        }
        Some(StorageType::Fc) => {
            put(map, "he_lun_id", &storage.fc.as_ref().and_then(|fc| fc.lun_id.clone()));
        }
        None => (),
    }
}

fn put_connection(map: &mut Map<String, Value>, connection: Option<&str>) {
    if let Some((server, path)) = connection.and_then(split_connection) {
        put(map, "he_storage_domain_addr", &Some(server));
        put(map, "he_storage_domain_path", &Some(path));
    }
}

fn put(map: &mut Map<String, Value>, name: &str, value: &Option<impl serde::Serialize>) {
    // Words, numbers and truth values; none of them can fail to become JSON.
    if let Some(value) = value.as_ref().and_then(|value| serde_json::to_value(value).ok()) {
        map.insert(name.to_owned(), value);
    }
}

fn put_list(map: &mut Map<String, Value>, name: &str, values: &[String]) {
    if !values.is_empty() {
        map.insert(name.to_owned(), values.to_vec().into());
    }
}

/// Every secret that the role may be told, by its variable.
fn secrets(answers: &Answers) -> Vec<(&'static str, Secret)> {
    let iscsi = answers.storage.as_ref().and_then(|storage| storage.iscsi.as_ref());
    [
        ("he_admin_password", Some(&answers.engine.admin_password)),
        ("he_appliance_password", Some(&answers.engine_vm.root_password)),
        ("he_db_password", Some(&answers.engine.db_password)),
        ("he_dwh_db_password", Some(&answers.engine.dwh_db_password)),
        ("he_iscsi_password", iscsi.map(|iscsi| &iscsi.password)),
        ("he_iscsi_discover_password", iscsi.map(|iscsi| &iscsi.discovery_password)),
    ]
    .into_iter()
    .filter_map(|(name, secret)| Some((name, secret?.value()?.clone())))
    .collect()
}

/// Discovery asks one portal; a list of ports is no port.
fn first_portal_only(map: &mut Map<String, Value>) {
    for name in ["he_iscsi_portal_addr", "he_iscsi_portal_port"] {
        if let Some(Value::String(list)) = map.get_mut(name) {
            list.truncate(list.find(',').unwrap_or(list.len()));
        }
    }
}

fn is_at_least_2_19(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (2, 19)
}
