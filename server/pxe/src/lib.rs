//! Network boot: machines that have nothing yet get an address, a boot program and an installation.

pub mod mac;
pub mod provisioning;
