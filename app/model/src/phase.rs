//! [`Phase`]: one step of a deployment, or one question that the role answers.

use serde::{Deserialize, Serialize};

/// The upstream role runs by tags, one process each. The first six are a deployment in its order;
/// the rest ask the role something and change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Our own probe and rules; no tag of the role.
    Preflight,
    /// Removes what an earlier attempt left.
    InitialClean,
    /// Builds a local engine VM, runs engine-setup in it and adds the host.
    BootstrapLocalVm,
    /// Creates and attaches the hosted-engine storage domain.
    CreateStorageDomain,
    /// Moves the engine VM's disk to the shared storage and starts it there under HA.
    CreateTargetVm,
    /// Removes the local VM's folder and fetches the engine's logs.
    FinalClean,
    /// Lists the network interfaces that may carry the management bridge.
    GetNetworkInterfaces,
    /// Resolves the names of host and engine.
    ValidateHostnames,
    /// Lists the targets of an iSCSI portal.
    IscsiDiscover,
    /// Logs in to an iSCSI target and lists its LUNs.
    IscsiGetDevices,
    /// Lists the LUNs of the Fibre Channel adapters.
    FcGetDevices,
}

impl Phase {
    /// A deployment's phases in their order.
    pub const DEPLOYMENT: [Self; 6] = [
        Self::Preflight,
        Self::InitialClean,
        Self::BootstrapLocalVm,
        Self::CreateStorageDomain,
        Self::CreateTargetVm,
        Self::FinalClean,
    ];

    /// The role's tag, which is also the phase's name on the command line and in file names.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::InitialClean => "initial_clean",
            Self::BootstrapLocalVm => "bootstrap_local_vm",
            Self::CreateStorageDomain => "create_storage_domain",
            Self::CreateTargetVm => "create_target_vm",
            Self::FinalClean => "final_clean",
            Self::GetNetworkInterfaces => "get_network_interfaces",
            Self::ValidateHostnames => "validate_hostnames",
            Self::IscsiDiscover => "iscsi_discover",
            Self::IscsiGetDevices => "iscsi_getdevices",
            Self::FcGetDevices => "fc_getdevices",
        }
    }

    /// The phase of a tag.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::DEPLOYMENT
            .into_iter()
            .chain([
                Self::GetNetworkInterfaces,
                Self::ValidateHostnames,
                Self::IscsiDiscover,
                Self::IscsiGetDevices,
                Self::FcGetDevices,
            ])
            .find(|phase| phase.tag() == tag)
    }

    /// What a person reads.
    pub const fn title(self, lang: crate::lang::Lang) -> &'static str {
        let (en, ja) = match self {
            Self::Preflight => ("Check the host", "ホストの確認"),
            Self::InitialClean => ("Clean up earlier attempts", "以前の試行の後片付け"),
            Self::BootstrapLocalVm => ("Prepare the local engine VM", "ローカルエンジン VM の準備"),
            Self::CreateStorageDomain => ("Create the storage domain", "ストレージドメインの作成"),
            Self::CreateTargetVm => ("Move the engine to shared storage", "エンジンの共有ストレージへの移行"),
            Self::FinalClean => ("Final clean-up", "最後の後片付け"),
            Self::GetNetworkInterfaces => ("List network interfaces", "ネットワークインターフェースの一覧"),
            Self::ValidateHostnames => ("Resolve the host names", "ホスト名の解決"),
            Self::IscsiDiscover => ("List iSCSI targets", "iSCSI ターゲットの一覧"),
            Self::IscsiGetDevices => ("List iSCSI LUNs", "iSCSI LUN の一覧"),
            Self::FcGetDevices => ("List Fibre Channel LUNs", "ファイバーチャネル LUN の一覧"),
        };
        lang.pick(en, ja)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_found_by_its_tag_and_by_nothing_else() {
        for phase in Phase::DEPLOYMENT {
            assert_eq!(Phase::from_tag(phase.tag()), Some(phase));
            assert_eq!(serde_json::to_value(phase).unwrap(), phase.tag());
        }
        assert_eq!(Phase::from_tag("always"), None);
    }
}
