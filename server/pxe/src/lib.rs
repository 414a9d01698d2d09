//! Network boot: machines that have nothing yet get an address, a boot program and an installation.
//!
//! Servers: [`dhcp`], [`tftp`], [`http`] answer what [`client`]s ask, [`boot`] says which file is whose, [`lease`] who has which
//! address, [`files`] what a name stands for, [`net`] opens the sockets, [`serve`] runs them all, [`explain`] tells beforehand. What they
//! serve: [`image`], [`profile`], [`kickstart`], [`script`], [`node`]. Between the two stands [`provisioning`].

pub mod boot;
pub mod client;
pub mod dhcp;
pub mod explain;
pub mod files;
pub mod http;
pub mod image;
pub mod kickstart;
pub mod lease;
pub mod net;
pub mod node;
pub mod profile;
pub mod provisioning;
mod quote;
pub mod render;
pub mod script;
pub mod serve;
pub mod tftp;
pub mod told;

/// [`mac::Mac`]: it lives in the model, for the pages know it too.
pub mod mac {
    pub use hosted_deploy_model::node::{Mac, NotAMac};
}

/// A [`hosted_deploy_model::lang::Text`] of two format strings, English first, which capture variables by name.
macro_rules! text {
    ($en:literal, $ja:literal $(,)?) => {
        hosted_deploy_model::lang::Text::new(format!($en), format!($ja))
    };
}
pub(crate) use text;
