//! Which variables each phase gets (role, what its tasks and templates read).

use crate::phase::Phase;

/// Who host and engine are. `he_cloud_init_domain_name` names the certificate's organization.
const NAMES: &[&str] = &["he_fqdn", "he_host_address", "he_host_ip", "he_host_name", "he_force_ip4", "he_force_ip6"];

/// What the pre-checks judge; they run in `initial_clean` and again in `bootstrap_local_vm`.
const PRE_CHECKS: &[&str] = &[
    "he_bridge_if",
    "he_mgmt_network",
    "he_vm_name",
    "he_vm_mac_addr",
    "he_vm_uuid",
    "he_nic_uuid",
    "he_cdrom_uuid",
    "he_time_zone",
    "he_cloud_init_host_name",
    "he_cloud_init_domain_name",
    "he_gateway",
    "he_mem_size_MB",
    "he_vcpus",
    "he_maxvcpus",
    "he_disk_size_GB",
    "he_data_center",
    "he_cluster",
    "he_network_test",
    "he_tcp_t_address",
    "he_tcp_t_port",
    "he_minimal_mem_size_MB",
    "he_minimal_disk_size_GB",
    "he_reserved_memory_MB",
    "he_avail_memory_grace_MB",
    "he_requirements_check_enabled",
    "he_memory_requirements_check_enabled",
    "he_offline_deployment",
    "he_libvirt_authfile",
];

const BOOTSTRAP: &[&str] = &[
    "he_vm_ip_addr",
    "he_vm_ip_prefix",
    "he_dns_addr",
    "he_root_ssh_access",
    "he_root_ssh_pubkey",
    "he_vm_etc_hosts",
    "he_apply_openscap_profile",
    "he_openscap_profile_name",
    "he_enable_fips",
    "he_ipv4_subnet_prefix",
    "he_ipv6_subnet_prefix",
    "he_use_uefi",
    "he_vm_boot_flags",
    "he_vm_efi_boot_flags",
    "he_appliance_ova",
    "he_appliance",
    "he_appliance_package",
    "he_enable_keycloak",
    "he_data_center_comp_version",
    "he_cluster_comp_version",
    "he_cluster_cpu_type",
    "he_restore_from_file",
    "he_pki_renew_on_restore",
    "he_additional_package_list",
    "he_pause_before_engine_setup",
    "he_pause_host",
    "he_pause_after_failed_add_host",
    "he_webui_forward_port",
    "he_local_vm_dir_path",
    "he_emulated_machine",
    "he_video_device",
    "he_console_type",
    "he_enable_hc_gluster_service",
    "he_enable_libgfapi",
];

const STORAGE: &[&str] = &[
    "he_local_vm_dir",
    "he_admin_username",
    "he_domain_type",
    "he_storage_domain_name",
    "he_storage_domain_addr",
    "he_storage_domain_path",
    "he_mount_options",
    "he_nfs_version",
    "he_storage_if",
    "he_discard",
    "he_iscsi_portal_addr",
    "he_iscsi_portal_port",
    "he_iscsi_tpgt",
    "he_iscsi_target",
    "he_iscsi_username",
    "he_lun_id",
];

const TARGET: &[&str] = &[
    "he_iscsi_discover_username",
    "he_smtp_server",
    "he_smtp_port",
    "he_source_email",
    "he_dest_email",
    "he_debug_mode",
    "he_remove_appliance_rpm",
];

/// What the local VM's removal and the fetching of the engine's logs read.
const CLEAN: &[&str] =
    &["he_fqdn", "he_vm_name", "he_vm_mac_addr", "he_local_vm_dir", "he_local_vm_dir_path", "he_libvirt_authfile"];

const LOGIN: &[&str] = &["he_fqdn", "he_host_name", "he_admin_username"];

/// The plain and the secret variables of a phase, where the answers have them.
pub(super) fn names(phase: Phase) -> (Vec<&'static str>, &'static [&'static str]) {
    match phase {
        Phase::Preflight => (Vec::new(), &[]),
        Phase::InitialClean => ([NAMES, PRE_CHECKS].concat(), &[]),
        Phase::BootstrapLocalVm => (
            [NAMES, PRE_CHECKS, BOOTSTRAP].concat(),
            &["he_admin_password", "he_appliance_password", "he_db_password", "he_dwh_db_password"],
        ),
        Phase::CreateStorageDomain => {
            ([NAMES, STORAGE].concat(), &["he_admin_password", "he_iscsi_password", "he_iscsi_discover_password"])
        }
        Phase::CreateTargetVm => (
            [NAMES, PRE_CHECKS, BOOTSTRAP, STORAGE, TARGET].concat(),
            &["he_admin_password", "he_appliance_password", "he_iscsi_password", "he_iscsi_discover_password"],
        ),
        Phase::FinalClean => (CLEAN.to_vec(), &["he_appliance_password"]),
        Phase::GetNetworkInterfaces => (Vec::new(), &[]),
        Phase::ValidateHostnames => ([NAMES, &["he_bridge_if", "he_mgmt_network"]].concat(), &[]),
        Phase::IscsiDiscover => (
            [LOGIN, &["he_iscsi_portal_addr", "he_iscsi_portal_port", "he_iscsi_discover_username"]].concat(),
            &["he_admin_password", "he_iscsi_discover_password"],
        ),
        Phase::IscsiGetDevices => (
            [
                LOGIN,
                &[
                    "he_iscsi_portal_addr",
                    "he_iscsi_portal_port",
                    "he_iscsi_tpgt",
                    "he_iscsi_target",
                    "he_iscsi_username",
                ],
            ]
            .concat(),
            &["he_admin_password", "he_iscsi_password"],
        ),
        Phase::FcGetDevices => (LOGIN.to_vec(), &["he_admin_password"]),
    }
}

/// The phases that a user's own variables are for.
pub(super) fn changes_something(phase: Phase) -> bool {
    phase != Phase::Preflight && Phase::DEPLOYMENT.contains(&phase)
}

/// Every variable that some phase may get.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    const SECRETS: &[&str] = &[
        "he_admin_password",
        "he_appliance_password",
        "he_db_password",
        "he_dwh_db_password",
        "he_iscsi_password",
        "he_iscsi_discover_password",
    ];
    [NAMES, PRE_CHECKS, BOOTSTRAP, STORAGE, TARGET, CLEAN, LOGIN, SECRETS].concat().into_iter()
}
