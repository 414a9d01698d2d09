//! Moving the engine to the shared storage.

use crate::explain::Explanation;
use crate::phase::Phase::{self, CreateTargetVm};

const TARGET: &[Phase] = &[CreateTargetVm];

pub(super) static FAILURES: &[Explanation] = &[
    Explanation::new(
        "cpu-model",
        TARGET,
        ("Convert CPU model name", &[]),
        (
            "The cluster's CPU type is not among those that this engine knows.",
            "クラスターの CPU タイプを、このエンジンは認識できません。",
        ),
        (
            "Set engine.cluster_cpu_type to the type of this host's CPU, then deploy again.",
            "engine.cluster_cpu_type にこのホストの CPU のタイプを設定し、もう一度デプロイしてください。",
        ),
        Some("engine.cluster_cpu_type"),
    ),
    Explanation::new(
        "lockspace",
        TARGET,
        ("Initialize lockspace volume", &[]),
        (
            "The HA broker could not write its lockspace: it does not reach the storage, or sanlock does not run.",
            "HA ブローカーがロックスペースを書き込めません。ストレージに到達できないか、sanlock が動作していません。",
        ),
        (
            "Check `systemctl status sanlock ovirt-ha-broker` and /var/log/ovirt-hosted-engine-ha/broker.log on the host.",
            "ホストで `systemctl status sanlock ovirt-ha-broker` と /var/log/ovirt-hosted-engine-ha/broker.log を確認してください。",
        ),
        None,
    ),
    Explanation::new(
        "engine-address-differs",
        TARGET,
        ("", &["while the engine's he_fqdn"]),
        (
            "The engine VM runs, but at another address than its name resolves to.",
            "エンジン VM は動作していますが、名前が解決されるアドレスと異なるアドレスを使用しています。",
        ),
        (
            "Correct the DHCP reservation for its MAC, or the DNS record, then start over.",
            "その MAC の DHCP 予約または DNS レコードを修正し、最初からやり直してください。",
        ),
        Some("engine_vm.ip"),
    ),
    Explanation::new(
        "engine-vm-not-running",
        TARGET,
        ("", &["Engine VM is not running, please check vdsm logs"]),
        (
            "HA did not start the engine VM on the shared storage.",
            "HA が共有ストレージ上のエンジン VM を起動しませんでした。",
        ),
        (
            "Read /var/log/ovirt-hosted-engine-ha/agent.log and /var/log/vdsm/vdsm.log on the host; `hosted-engine --vm-status` shows the reason.",
            "ホストの /var/log/ovirt-hosted-engine-ha/agent.log と /var/log/vdsm/vdsm.log を確認してください。理由は `hosted-engine --vm-status` に表示されます。",
        ),
        None,
    ),
    Explanation::new(
        "engine-not-up-on-target",
        TARGET,
        ("Check engine VM health", &[]),
        (
            "The engine VM was started on the shared storage, but its engine did not become healthy within 15 minutes.",
            "エンジン VM は共有ストレージ上で起動しましたが、15 分以内にエンジンが正常になりませんでした。",
        ),
        (
            "See `hosted-engine --vm-status` and the VM's console (`hosted-engine --console`); check DHCP or static address, DNS and engine.log.",
            "`hosted-engine --vm-status` と VM のコンソール (`hosted-engine --console`) を確認し、DHCP または静的アドレス、DNS、engine.log を調べてください。",
        ),
        None,
    ),
    Explanation::new(
        "bootstrap-vm-still-up",
        TARGET,
        ("Wait for the local bootstrap engine VM to be down", &[]),
        (
            "The engine runs on the shared storage; only the record of the local VM is still shown as up.",
            "エンジンは共有ストレージ上で動作しています。ローカル VM の記録だけが起動中と表示されています。",
        ),
        (
            "Nothing is broken: check `hosted-engine --vm-status`, then remove the VM named external-HostedEngineLocal in the Administration Portal.",
            "問題はありません。`hosted-engine --vm-status` を確認し、管理ポータルで external-HostedEngineLocal という VM を削除してください。",
        ),
        None,
    ),
];
