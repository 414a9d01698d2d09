//! The role's variables: which answer each one is, and which are none.

use crate::formats::NoticeKind;

/// Variables that are answers as they are.
pub(super) const FIELDS: &[(&str, &str)] = &[
    ("he_additional_package_list", "advanced.additional_packages"),
    ("he_admin_password", "engine.admin_password"),
    ("he_appliance_package", "appliance.package"),
    ("he_appliance_password", "engine_vm.root_password"),
    ("he_avail_memory_grace_MB", "advanced.memory_grace_mib"),
    ("he_bridge_if", "engine_vm.bridge_interface"),
    ("he_cluster", "engine.cluster"),
    ("he_cluster_comp_version", "engine.cluster_compatibility_version"),
    ("he_cluster_cpu_type", "engine.cluster_cpu_type"),
    ("he_console_type", "advanced.console_type"),
    ("he_data_center", "engine.data_center"),
    ("he_data_center_comp_version", "engine.data_center_compatibility_version"),
    ("he_db_password", "engine.db_password"),
    ("he_debug_mode", "advanced.debug"),
    ("he_discard", "storage.discard"),
    ("he_disk_size_GB", "storage.disk_size_gib"),
    ("he_dwh_db_password", "engine.dwh_db_password"),
    ("he_emulated_machine", "advanced.emulated_machine"),
    ("he_enable_fips", "engine_vm.fips"),
    ("he_enable_hc_gluster_service", "advanced.gluster_service"),
    ("he_enable_keycloak", "engine.keycloak"),
    ("he_enable_libgfapi", "advanced.libgfapi"),
    ("he_fqdn", "engine_vm.fqdn"),
    ("he_gateway", "engine_vm.gateway"),
    ("he_host_address", "host.fqdn"),
    ("he_host_name", "host.name_in_engine"),
    ("he_ipv4_subnet_prefix", "engine_vm.nat_ipv4_prefix"),
    ("he_ipv6_subnet_prefix", "engine_vm.nat_ipv6_prefix"),
    ("he_iscsi_discover_password", "storage.iscsi.discovery_password"),
    ("he_iscsi_discover_username", "storage.iscsi.discovery_username"),
    ("he_iscsi_password", "storage.iscsi.password"),
    ("he_iscsi_target", "storage.iscsi.target"),
    ("he_iscsi_tpgt", "storage.iscsi.portal_group"),
    ("he_iscsi_username", "storage.iscsi.username"),
    ("he_libvirt_authfile", "advanced.virsh_auth_file"),
    ("he_local_vm_dir_path", "advanced.local_vm_directory"),
    ("he_mem_size_MB", "engine_vm.memory_mib"),
    ("he_memory_requirements_check_enabled", "advanced.check_memory"),
    ("he_mgmt_network", "engine.management_network"),
    ("he_minimal_disk_size_GB", "advanced.minimal_disk_gib"),
    ("he_minimal_mem_size_MB", "advanced.minimal_memory_mib"),
    ("he_network_test", "network_test.method"),
    ("he_offline_deployment", "advanced.offline"),
    ("he_pause_after_failed_add_host", "advanced.pause_when_host_fails"),
    ("he_pause_before_engine_setup", "advanced.pause_before_engine_setup"),
    ("he_pki_renew_on_restore", "restore.renew_pki"),
    ("he_remove_appliance_rpm", "appliance.remove_package"),
    ("he_requirements_check_enabled", "advanced.check_requirements"),
    ("he_reserved_memory_MB", "advanced.reserved_memory_mib"),
    ("he_restore_from_file", "restore.file"),
    ("he_root_ssh_access", "engine_vm.root_ssh_access"),
    ("he_root_ssh_pubkey", "engine_vm.root_ssh_public_key"),
    ("he_smtp_port", "engine.smtp_port"),
    ("he_smtp_server", "engine.smtp_server"),
    ("he_source_email", "engine.mail_sender"),
    ("he_storage_domain_name", "storage.domain_name"),
    ("he_storage_if", "storage.interface"),
    ("he_tcp_t_address", "network_test.tcp_address"),
    ("he_tcp_t_port", "network_test.tcp_port"),
    ("he_time_zone", "engine_vm.time_zone"),
    ("he_use_uefi", "engine_vm.uefi"),
    ("he_vcpus", "engine_vm.vcpus"),
    ("he_video_device", "advanced.video_device"),
    ("he_vm_boot_flags", "engine_vm.boot_flags"),
    ("he_vm_efi_boot_flags", "engine_vm.uefi_boot_flags"),
    ("he_vm_etc_hosts", "engine_vm.edit_etc_hosts"),
    ("he_vm_ip_addr", "engine_vm.ip"),
    ("he_vm_ip_prefix", "engine_vm.prefix"),
    ("he_vm_mac_addr", "engine_vm.mac"),
    ("he_vm_name", "advanced.vm_name"),
    ("he_webui_forward_port", "advanced.bootstrap_ui_port"),
];

/// Variables that several answers make together, or that depend on another one.
pub(super) const TOGETHER: &[&str] = &[
    "he_appliance",
    "he_appliance_ova",
    "he_apply_openscap_profile",
    "he_bridge",
    "he_dest_email",
    "he_dns_addr",
    "he_domain_type",
    "he_force_ip4",
    "he_force_ip6",
    "he_iscsi_portal_addr",
    "he_iscsi_portal_port",
    "he_lun_id",
    "he_mount_options",
    "he_nfs_version",
    "he_openscap_profile_name",
    "he_pause_host",
    "he_storage_domain_addr",
    "he_storage_domain_path",
];

/// Variables that are not answers, and why.
pub(super) const DROPPED: &[(&str, NoticeKind)] = &[
    ("he_admin_username", NoticeKind::Derived),
    ("he_ansible_host_name", NoticeKind::Derived),
    ("he_appliance_type", NoticeKind::Derived),
    ("he_cdrom", NoticeKind::Obsolete),
    ("he_cdrom_uuid", NoticeKind::PreviousDeployment),
    ("he_cloud_init_domain_name", NoticeKind::Derived),
    ("he_cloud_init_host_name", NoticeKind::Derived),
    ("he_cmd_lang", NoticeKind::Derived),
    ("he_console_uuid", NoticeKind::PreviousDeployment),
    ("he_cpu_sockets", NoticeKind::Obsolete),
    ("he_cpu_type", NoticeKind::Obsolete),
    ("he_default_gateway_4", NoticeKind::Derived),
    ("he_default_gateway_6", NoticeKind::Derived),
    ("he_filtered_tokens_re", NoticeKind::Derived),
    ("he_filtered_tokens_vars", NoticeKind::Derived),
    ("he_graphic_device", NoticeKind::Obsolete),
    ("he_graphics_device", NoticeKind::Obsolete),
    ("he_host_ip", NoticeKind::Derived),
    ("he_just_collect_network_interfaces", NoticeKind::Derived),
    ("he_local_vm_dir", NoticeKind::PreviousDeployment),
    ("he_local_vm_dir_prefix", NoticeKind::Derived),
    ("he_maxvcpus", NoticeKind::Derived),
    ("he_nic_uuid", NoticeKind::PreviousDeployment),
    ("he_pause_after_failed_restore", NoticeKind::Obsolete),
    ("he_vm_uuid", NoticeKind::PreviousDeployment),
];

/// A word in a variable's name that tells a secret.
pub(super) const SECRET_WORDS: [&str; 5] = ["password", "passwd", "passphrase", "secret", "token"];

/// The variables that a field is told the role by.
#[cfg(feature = "schema")]
pub(in crate::formats) fn names(field: &str) -> Vec<&'static str> {
    if let Some((name, _)) = FIELDS.iter().find(|(_, known)| *known == field) {
        return vec![name];
    }
    match field {
        "advanced.pause_after_host_added" | "restore.pause" => vec!["he_pause_host"],
        "appliance.image" => vec!["he_appliance"],
        "appliance.ova" => vec!["he_appliance_ova"],
        "engine.mail_recipients" => vec!["he_dest_email"],
        "engine_vm.dns" => vec!["he_dns_addr"],
        "engine_vm.openscap_profile" => vec!["he_apply_openscap_profile", "he_openscap_profile_name"],
        "host.ip_family" => vec!["he_force_ip4", "he_force_ip6"],
        "storage.fc.lun_id" | "storage.iscsi.lun_id" => vec!["he_lun_id"],
        "storage.glusterfs.connection" | "storage.nfs.connection" => {
            vec!["he_storage_domain_addr", "he_storage_domain_path"]
        }
        "storage.glusterfs.mount_options" | "storage.nfs.mount_options" => vec!["he_mount_options"],
        "storage.iscsi.portals" => vec!["he_iscsi_portal_addr", "he_iscsi_portal_port", "he_storage_domain_addr"],
        "storage.nfs.version" => vec!["he_nfs_version"],
        "storage.type" => vec!["he_domain_type"],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_is_known_once() {
        let mut names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        names.extend(TOGETHER);
        names.extend(DROPPED.iter().map(|(name, _)| *name));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[cfg(feature = "schema")]
    /// Variables that the wizard of Cockpit has a control for, and those that only the command line or a file of variables could set.
    const CHOSEN: &str = "he_fqdn he_vm_mac_addr he_vm_ip_addr he_vm_ip_prefix he_gateway he_dns_addr he_bridge_if \
        he_appliance_password he_root_ssh_access he_vcpus he_mem_size_MB he_root_ssh_pubkey he_mgmt_network he_host_address \
        he_host_name he_vm_etc_hosts he_pause_host he_apply_openscap_profile he_network_test he_tcp_t_address he_tcp_t_port \
        he_appliance_ova he_admin_password he_smtp_server he_smtp_port he_source_email he_dest_email he_domain_type \
        he_storage_domain_addr he_storage_domain_path he_mount_options he_nfs_version he_storage_domain_name he_disk_size_GB \
        he_iscsi_portal_addr he_iscsi_portal_port he_iscsi_username he_iscsi_password he_iscsi_discover_username \
        he_iscsi_discover_password he_iscsi_target he_iscsi_tpgt he_lun_id he_restore_from_file he_pki_renew_on_restore \
        he_pause_before_engine_setup he_pause_after_failed_add_host he_data_center he_cluster he_data_center_comp_version \
        he_cluster_comp_version he_cluster_cpu_type he_enable_keycloak he_openscap_profile_name he_enable_fips he_force_ip4 \
        he_force_ip6 he_storage_if he_ipv4_subnet_prefix he_ipv6_subnet_prefix he_webui_forward_port he_offline_deployment \
        he_additional_package_list he_appliance he_appliance_package he_use_uefi he_vm_boot_flags he_vm_efi_boot_flags \
        he_remove_appliance_rpm he_db_password he_dwh_db_password he_debug_mode he_minimal_mem_size_MB \
        he_minimal_disk_size_GB he_reserved_memory_MB he_avail_memory_grace_MB he_requirements_check_enabled \
        he_memory_requirements_check_enabled he_libvirt_authfile he_time_zone he_discard he_video_device he_console_type \
        he_vm_name he_emulated_machine he_local_vm_dir_path he_enable_hc_gluster_service he_enable_libgfapi";

    #[cfg(feature = "schema")]
    #[test]
    fn every_variable_that_somebody_may_choose_has_a_field_in_the_wizard() {
        use std::collections::BTreeSet;
        let asked: BTreeSet<&str> = crate::form::fields().flat_map(|field| names(field.path)).collect();
        let chosen: BTreeSet<&str> = CHOSEN.split_whitespace().collect();
        let lacking: Vec<_> = chosen.difference(&asked).collect();
        assert!(lacking.is_empty(), "no field asks for these: {lacking:?}");
        let known: BTreeSet<&str> = FIELDS.iter().map(|(name, _)| *name).chain(TOGETHER.iter().copied()).collect();
        // `he_bridge` is read as the management network, which is what was meant by it.
        let more: Vec<_> = known.difference(&asked).filter(|name| **name != "he_bridge").collect();
        assert!(more.is_empty(), "read from a file, and no field shows it: {more:?}");
    }
}
