//! Network boot: machines that have nothing yet get an address, a boot program and an installation.

pub mod image;
pub mod provisioning;

/// [`mac::Mac`]: it lives in the model, for the pages know it too.
pub mod mac {
    pub use hosted_deploy_model::node::{Mac, NotAMac};
}
