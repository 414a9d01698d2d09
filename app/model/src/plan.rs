//! [`Plan`]: what a run is going to do, fixed before it starts.
//!
//! Dry run, confirmation, progress and the run itself all read the same plan.

use crate::edited::Changed;
use crate::lang::{Lang, Text};
use crate::phase::Phase;
use serde::{Deserialize, Serialize};

/// The phases of one run, in order, and where they run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The deployment host as the administrator named it.
    pub host: String,
    /// FQDN the engine will have.
    pub engine: String,
    /// What will be done, in order.
    pub phases: Vec<PlannedPhase>,
    /// The run whose results this one goes on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<String>,
}

/// One phase with what is known of its length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPhase {
    /// Which phase.
    pub phase: Phase,
    /// Tasks of the role that it starts; the bar's length. Measured on complete runs of ovirt.ovirt 3.2.1,
    /// stable but for a few tasks more on a retry.
    pub tasks: u32,
    /// How long it usually takes on real hardware, in minutes, from and to.
    pub minutes: (u32, u32),
}

impl Plan {
    /// The plan of a deployment from `first` to its end. Preflight is always part of it: a host may have changed
    /// since the run before.
    pub fn deployment(host: &str, engine: &str, first: Phase) -> Self {
        let phases = Phase::DEPLOYMENT
            .into_iter()
            .filter(|&phase| phase == Phase::Preflight || phase >= first)
            .map(|phase| {
                let (tasks, minutes) = size(phase);
                PlannedPhase { phase, tasks, minutes }
            })
            .collect();
        Self { host: host.to_owned(), engine: engine.to_owned(), phases, retry_of: None }
    }

    /// The phases that the role runs.
    pub fn role_phases(&self) -> impl Iterator<Item = Phase> + '_ {
        self.phases.iter().map(|planned| planned.phase).filter(|&phase| phase != Phase::Preflight)
    }
}

/// Tasks and usual minutes of a phase (role-contract measured by recording; minutes from reports of real deployments).
const fn size(phase: Phase) -> (u32, (u32, u32)) {
    match phase {
        Phase::Preflight => (1, (0, 1)),
        Phase::InitialClean => (131, (1, 2)),
        Phase::BootstrapLocalVm => (326, (20, 60)),
        Phase::CreateStorageDomain => (41, (1, 5)),
        Phase::CreateTargetVm => (138, (10, 25)),
        Phase::FinalClean => (26, (1, 1)),
        Phase::GetNetworkInterfaces => (39, (0, 1)),
        Phase::ValidateHostnames => (31, (0, 1)),
        Phase::IscsiDiscover | Phase::IscsiGetDevices | Phase::FcGetDevices => (7, (0, 1)),
    }
}

/// What a phase changes on the host, in the administrator's words.
pub fn effect(phase: Phase) -> Text {
    let (en, ja) = match phase {
        Phase::Preflight => ("Reads the host; changes nothing.", "ホストを調べます。変更はしません。"),
        Phase::InitialClean => (
            "Installs ovirt-hosted-engine-setup, stops leftovers of earlier attempts (HA services, vdsm, local engine VMs) and restarts libvirt.",
            "ovirt-hosted-engine-setup をインストールし、以前の試行の残り (HA サービス、vdsm、ローカルエンジン VM) を停止して libvirt を再起動します。",
        ),
        Phase::BootstrapLocalVm => (
            "Installs the appliance, starts a local engine VM on a NAT network, runs engine-setup in it and adds this host: the management bridge is created and the network reconnects.",
            "アプライアンスをインストールし、NAT ネットワーク上でローカルエンジン VM を起動して engine-setup を実行し、このホストを追加します。管理ブリッジが作成され、ネットワークが再接続されます。",
        ),
        Phase::CreateStorageDomain => (
            "Connects the storage and creates the hosted-engine storage domain on it.",
            "ストレージに接続し、その上にホストエンジン用ストレージドメインを作成します。",
        ),
        Phase::CreateTargetVm => (
            "Creates the engine VM's disks on the storage domain, copies the engine there and starts it under HA.",
            "ストレージドメインにエンジン VM のディスクを作成し、エンジンをコピーして HA の下で起動します。",
        ),
        Phase::FinalClean => (
            "Fetches the engine's logs and removes the local VM's folder.",
            "エンジンのログを取得し、ローカル VM のフォルダーを削除します。",
        ),
        Phase::GetNetworkInterfaces
        | Phase::ValidateHostnames
        | Phase::IscsiDiscover
        | Phase::IscsiGetDevices
        | Phase::FcGetDevices => ("Asks; changes nothing.", "問い合わせるだけで、変更はしません。"),
    };
    Text::new(en, ja)
}

/// What is left when a phase is stopped half-way, in the administrator's words.
pub fn left_behind(phase: Phase) -> Text {
    let (en, ja) = match phase {
        Phase::BootstrapLocalVm => (
            "A local engine VM may stay on the host, and the management bridge may exist already.",
            "ローカルエンジン VM がホストに残る場合があります。管理ブリッジが作成済みの場合もあります。",
        ),
        Phase::CreateStorageDomain => (
            "The local engine VM keeps running, and the storage may hold a part of a storage domain: empty it, or give other storage, before the next attempt.",
            "ローカルエンジン VM は動作し続けます。ストレージにストレージドメインの一部が残る場合があるため、次の試行の前に空にするか、別のストレージを指定してください。",
        ),
        Phase::CreateTargetVm => (
            "The storage holds the storage domain and perhaps the engine VM's disks, and the HA services may try to start that VM: empty the storage, or give other storage, before the next attempt.",
            "ストレージにはストレージドメインと、場合によってはエンジン VM のディスクが残り、HA サービスがその VM を起動しようとする場合があります。次の試行の前にストレージを空にするか、別のストレージを指定してください。",
        ),
        Phase::FinalClean => (
            "The engine is deployed and keeps running; only files of the installation stay on the host.",
            "エンジンはデプロイ済みで、動作し続けます。インストール用のファイルだけがホストに残ります。",
        ),
        _ => ("Nothing of a deployment is on the host yet.", "ホストにはまだ何もデプロイされていません。"),
    };
    Text::new(en, ja)
}

/// Where a retry must start: what the failed phase left decides, not only which phase failed.
///
/// `local_vm_runs`: HostedEngineLocal still runs on the host, so the bootstrap engine is there to talk to. `changed`: between the
/// answers of the failed run and those of the retry.
pub fn retry_from(failed: Phase, local_vm_runs: bool, changed: Changed) -> (Phase, Text) {
    match failed {
        Phase::CreateStorageDomain if local_vm_runs && changed != Changed::EngineVm => (
            failed,
            Text::new(
                "The local engine VM still runs, so only the storage domain is tried again.",
                "ローカルエンジン VM は動作中のため、ストレージドメインの作成だけを再試行します。",
            ),
        ),
        Phase::CreateTargetVm if local_vm_runs && changed == Changed::Nothing => (
            failed,
            Text::new(
                "The local engine VM still runs, so the storage domain is kept and the engine VM is moved again.",
                "ローカルエンジン VM は動作中のため、ストレージドメインはそのままにして、エンジン VM の移行を再試行します。",
            ),
        ),
        Phase::CreateStorageDomain | Phase::CreateTargetVm if local_vm_runs => (
            Phase::InitialClean,
            Text::new(
                "Answers that the local engine VM was made with were changed, so the deployment starts over. Empty the storage first, or give other storage: a domain of the failed attempt may be on it.",
                "ローカルエンジン VM の作成に使われた回答が変更されたため、最初からやり直します。失敗した試行のドメインが残っている可能性があるため、先にストレージを空にするか、別のストレージを指定してください。",
            ),
        ),
        Phase::CreateStorageDomain | Phase::CreateTargetVm => (
            Phase::InitialClean,
            Text::new(
                "The local engine VM is gone, so the deployment starts over. Empty the storage first, or give other storage: a domain of the failed attempt may be on it.",
                "ローカルエンジン VM が残っていないため、最初からやり直します。失敗した試行のドメインが残っている可能性があるため、先にストレージを空にするか、別のストレージを指定してください。",
            ),
        ),
        Phase::FinalClean => (
            failed,
            Text::new(
                "The engine is deployed; only the clean-up is tried again.",
                "エンジンはデプロイ済みです。後片付けだけを再試行します。",
            ),
        ),
        _ => (
            Phase::InitialClean,
            Text::new(
                "Earlier attempts are cleaned up and the local engine VM is built again.",
                "以前の試行を片付けて、ローカルエンジン VM を作り直します。",
            ),
        ),
    }
}

/// One line a phase, as dry run and confirmation print it.
pub fn describe(plan: &Plan, lang: Lang) -> Vec<String> {
    plan.phases
        .iter()
        .enumerate()
        .map(|(index, planned)| {
            let (from, to) = planned.minutes;
            let time = match lang {
                Lang::En if to <= 1 => "about a minute".to_owned(),
                Lang::Ja if to <= 1 => "約 1 分".to_owned(),
                Lang::En => format!("{from}–{to} min"),
                Lang::Ja => format!("{from}〜{to} 分"),
            };
            format!(
                "{}. {} ({time}, {})\n   {}",
                index + 1,
                planned.phase.title(lang),
                planned.phase.tag(),
                effect(planned.phase).get(lang)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_begins_with_preflight_wherever_it_goes_on_from() {
        for first in Phase::DEPLOYMENT {
            let plan = Plan::deployment("h", "e", first);
            assert_eq!(plan.phases.first().map(|p| p.phase), Some(Phase::Preflight), "{first:?}");
            assert!(plan.role_phases().all(|phase| phase >= first), "{first:?}");
            assert_eq!(plan.role_phases().last(), Some(Phase::FinalClean), "{first:?}");
        }
    }

    #[test]
    fn a_retry_keeps_what_can_be_kept() {
        use Changed::{EngineVm, Nothing, Storage};
        let start = Phase::InitialClean;
        for (failed, local_vm_runs, changed, first) in [
            (Phase::CreateStorageDomain, true, Nothing, Phase::CreateStorageDomain),
            (Phase::CreateStorageDomain, true, Storage, Phase::CreateStorageDomain),
            (Phase::CreateStorageDomain, true, EngineVm, start),
            (Phase::CreateStorageDomain, false, Nothing, start),
            (Phase::BootstrapLocalVm, true, Nothing, start),
            (Phase::CreateTargetVm, true, Nothing, Phase::CreateTargetVm),
            // The domain that is kept is on the storage of before.
            (Phase::CreateTargetVm, true, Storage, start),
            (Phase::CreateTargetVm, false, Nothing, start),
            (Phase::FinalClean, false, EngineVm, Phase::FinalClean),
        ] {
            assert_eq!(retry_from(failed, local_vm_runs, changed).0, first, "{failed:?} {local_vm_runs} {changed:?}");
        }
    }
}
