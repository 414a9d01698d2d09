//! Network boot: machines that have nothing yet get an address, a boot program and an installation.

pub mod boot;
pub mod client;
pub mod dhcp;
pub mod lease;
pub mod mac;
pub mod provisioning;
