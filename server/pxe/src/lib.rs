//! Network boot: machines that have nothing yet get an address, a boot program and an installation.

pub mod image;
pub mod kickstart;
pub mod node;
pub mod profile;
pub mod provisioning;
mod quote;
pub mod script;

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
