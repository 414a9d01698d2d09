//! [`Answers`]: what was asked of a deployment. One typed model for the form, the answer file and the command line.
//!
//! * Every field may be left out: [`crate::defaults`] fixes what can be derived from the host, [`Answers::problems`]
//!   names what cannot.
//! * Texts stay texts here (an address being typed is not an address yet); the rules judge them and the accessors
//!   give them parsed.
//! * A secret is a [`SecretAnswer`]: no format writes its value.

mod advanced;
mod engine;
mod engine_vm;
mod host;
mod rules;
mod secret_answer;
mod secrets;
mod storage;

pub use advanced::{Advanced, NetworkTest, Restore, TestMethod};
pub use engine::{Appliance, Engine};
pub use engine_vm::{EngineVm, NetworkMode, OpenScap, RootSshAccess};
pub use host::{Host, IpFamily};
pub(crate) use rules::field::iscsi_target as iscsi_name;
pub use secret_answer::{SecretAnswer, SecretRef};
pub use secrets::MissingSecret;
pub use storage::{
    FibreChannel, Gluster, ISCSI_PORT, Iscsi, Nfs, NfsVersion, Portal, Storage, StorageType, split_connection,
};

use serde::{Deserialize, Serialize};
use validator::Validate;

/// The version of the answer file that this program writes.
pub const VERSION: u32 = 1;

/// Everything a deployment is asked to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// Version of this file's layout; 1 today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The deployment host: how to reach it and what the engine will call it.
    #[validate(nested)]
    pub host: Host,
    /// The engine's virtual machine: name, network, size, access.
    #[validate(nested)]
    pub engine_vm: EngineVm,
    /// The image that the engine VM is built from. Left out: the appliance package is installed on the host.
    #[validate(nested)]
    #[serde(skip_serializing_if = "is_default")]
    pub appliance: Appliance,
    /// The engine inside the VM: administrator, mail, data center, cluster.
    #[validate(nested)]
    pub engine: Engine,
    /// The shared storage that the engine VM moves to. Left out: the run stops after the local VM is ready and asks.
    #[validate(nested)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// How the HA agents test that a host still has its network.
    #[validate(nested)]
    #[serde(skip_serializing_if = "is_default")]
    pub network_test: NetworkTest,
    /// Restore an engine from a backup instead of creating a new one.
    #[validate(nested)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore: Option<Restore>,
    /// What few deployments need.
    #[validate(nested)]
    #[serde(skip_serializing_if = "is_default")]
    pub advanced: Advanced,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
