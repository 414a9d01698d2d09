//! Switching machines on, so that they start from the network: by IPMI through `ipmitool` ([`ipmi`]), or by Redfish over HTTPS ([`redfish`]).
//! The password comes from its file; it is in no argument, environment, log or error.

mod ipmi;
mod pinned;
mod redfish;

use hosted_deploy_model::node::{Bmc, Fingerprint, Protocol, Uuid};
use std::path::PathBuf;
use std::time::Duration;

/// Longest that one command to a management controller may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a machine was not switched.
#[derive(Debug, thiserror::Error)]
pub enum PowerError {
    /// There is no ipmitool.
    #[error("ipmitool is not installed; on Enterprise Linux: dnf install ipmitool, on Debian: apt install ipmitool")]
    NoProgram,
    /// The password's file cannot be read.
    #[error("the password of the management controller: {path}: {why}")]
    Password {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The controller says no.
    #[error("{address} refused {act}: {said}")]
    Refused {
        /// The controller.
        address: String,
        /// What was asked.
        act: String,
        /// Its reason.
        said: String,
    },
    /// It does not answer.
    #[error("{address} did not answer to {act} within {} s; is the address right, and {service} enabled there?", PATIENCE.as_secs())]
    Silent {
        /// The controller.
        address: String,
        /// What was asked.
        act: String,
        /// What should answer there.
        service: &'static str,
    },
    /// ipmitool could not be started.
    #[error("ipmitool could not be run")]
    Run(#[from] std::io::Error),
    /// No connection, or none that holds.
    #[error("{address} could not be asked for {act}; is the address right, and Redfish enabled there?")]
    Connection {
        /// The controller.
        address: String,
        /// What was asked.
        act: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Nobody has accepted its certificate yet.
    #[error(
        "{address} shows a certificate that nobody has accepted yet; no password was sent. Its SHA-256 is {shown}. Compare it with the one on the controller's own page, then: hosted-deploy pxe node set NAME --bmc-certificate {shown}"
    )]
    Stranger {
        /// The controller.
        address: String,
        /// What it shows.
        shown: Fingerprint,
    },
    /// It shows another certificate than the accepted one.
    #[error(
        "{address} shows another certificate than the accepted one; no password was sent. Accepted: {accepted}. Shown: {shown}. If it was renewed, compare it with the one on the controller's own page, then: hosted-deploy pxe node set NAME --bmc-certificate {shown}"
    )]
    Changed {
        /// The controller.
        address: String,
        /// What somebody has accepted.
        accepted: Fingerprint,
        /// What it shows.
        shown: Fingerprint,
    },
    /// It has several machines, and this is none of them.
    #[error(
        "{address} manages {count} machines, and none of them has this node's UUID: set it by --uuid. Theirs: {known}"
    )]
    WhichMachine {
        /// The controller.
        address: String,
        /// How many.
        count: usize,
        /// Their UUIDs.
        known: String,
    },
}

/// Sets the next start to the network and switches the machine on, or restarts it. `uuid` tells it from others of the same controller.
///
/// # Errors
/// [`PowerError`].
pub async fn wake(bmc: &Bmc, uuid: Option<Uuid>, efi: bool) -> Result<(), PowerError> {
    match bmc.protocol {
        Protocol::Redfish => redfish::wake(bmc, uuid, efi).await,
        Protocol::Ipmi => {
            let bmc = bmc.clone();
            let woken = tokio::task::spawn_blocking(move || ipmi::wake(&bmc, efi)).await;
            woken.unwrap_or_else(|error| Err(PowerError::Run(std::io::Error::other(error))))
        }
    }
}
