//! What few deployments need: [`NetworkTest`], [`Restore`], [`Advanced`].

use super::rules::field;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use validator::Validate;

/// How the HA agents test that a host still has its network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NetworkTest {
    /// The test. Default dns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<TestMethod>,
    /// Address that the tcp test connects to.
    #[validate(custom(function = "field::address_or_name"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_address: Option<String>,
    /// Port that the tcp test connects to.
    #[validate(range(min = 1, max = 65535))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_port: Option<u16>,
}

/// A network test of the HA agents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TestMethod {
    /// The DNS servers answer.
    #[default]
    Dns,
    /// The gateway answers to ping.
    Ping,
    /// A TCP connection opens.
    Tcp,
    /// No test.
    None,
}

/// An engine restored from a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Restore {
    /// Backup made by engine-backup, a path on the host.
    #[validate(custom(function = "field::path_on_host"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Make new certificates. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renew_pki: Option<bool>,
    /// Pause after the host was added, to finish by hand what the backup needs. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<bool>,
}

/// What few deployments need.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Advanced {
    /// Reach no package repository; everything needed is in the appliance and on the host. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline: Option<bool>,
    /// Packages installed in the engine VM in addition.
    #[validate(custom(function = "field::packages"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_packages: Vec<String>,
    /// Pause before engine-setup (or the restore) runs in the VM. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_before_engine_setup: Option<bool>,
    /// Pause after the host was added to the engine. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_after_host_added: Option<bool>,
    /// Pause instead of failing when the engine cannot activate the host. Default true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_when_host_fails: Option<bool>,
    /// Compare the engine VM's disk with its copy on the shared storage. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug: Option<bool>,
    /// Let the role check the host's memory, disk and CPU requirements. Default true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_requirements: Option<bool>,
    /// Let the role check the host's memory. Default true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_memory: Option<bool>,
    /// Least memory of the engine VM that the role accepts, in MiB. Default 4096.
    #[validate(range(min = 1024, max = 1048576))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimal_memory_mib: Option<u64>,
    /// Least disk of the engine VM that the role accepts, in GiB. Default 50.
    #[validate(range(min = 1, max = 4096))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimal_disk_gib: Option<u32>,
    /// Memory that the role leaves to the host, in MiB. Default 512.
    #[validate(range(min = 0, max = 1048576))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_memory_mib: Option<u64>,
    /// Memory that the role overlooks when it compares, in MiB. Default 200.
    #[validate(range(min = 0, max = 1048576))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_grace_mib: Option<u64>,
    /// Port of the host that leads to the local VM's portal while it is being set up. Default 6900.
    #[validate(range(min = 1024, max = 65535))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap_ui_port: Option<u16>,
    /// Directory of the host that the local VM is built in. Default /var/tmp.
    #[validate(custom(function = "field::path_on_host"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_vm_directory: Option<String>,
    /// libvirt's authentication file on the host. Default /etc/ovirt-hosted-engine/virsh_auth.conf.
    #[validate(custom(function = "field::path_on_host"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virsh_auth_file: Option<String>,
    /// Name of the engine VM. Default HostedEngine.
    #[validate(custom(function = "field::vm_name"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm_name: Option<String>,
    /// Emulated machine that the VM's configuration file names. Default pc.
    #[validate(custom(function = "field::word"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emulated_machine: Option<String>,
    /// Video device that the VM's configuration file names. Default vga.
    #[validate(custom(function = "field::word"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_device: Option<String>,
    /// Console that the VM's configuration file names. Default vnc.
    #[validate(custom(function = "field::word"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_type: Option<String>,
    /// Switch on the Gluster service of the cluster, for hosts that also serve the storage. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gluster_service: Option<bool>,
    /// Let VMs reach Gluster volumes through libgfapi. Default false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub libgfapi: Option<bool>,
    /// Further variables for Ansible, by name. They win over everything else; no secrets here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ansible_extra_variables: BTreeMap<String, serde_json::Value>,
}
