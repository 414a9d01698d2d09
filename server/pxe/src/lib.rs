//! Network boot: machines that have nothing yet get an address, a boot program and an installation.
//!
//! Servers: [`dhcp`], [`tftp`], [`http`] answer what [`client`]s ask, [`boot`] says which file is whose, [`lease`] who has which
//! address, [`files`] what a name stands for, [`net`] opens the sockets, [`serve`] runs them all. What they serve: [`image`]. Between the
//! two stands [`provisioning`].

pub mod boot;
pub mod client;
pub mod dhcp;
pub mod files;
pub mod http;
pub mod image;
pub mod lease;
pub mod net;
pub mod provisioning;
pub mod serve;
pub mod tftp;

/// [`mac::Mac`]: it lives in the model, for the pages know it too.
pub mod mac {
    pub use hosted_deploy_model::node::{Mac, NotAMac};
}
