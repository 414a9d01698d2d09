//! [`Action`]: one thing that can be done about a hosted engine. A table of what each is for, what must hold before, what it
//! means, and how one sees that it has worked. Nothing is done here; the rules judge a [`Reading`].

use super::reading::{Liveliness, Reading};
use super::vm_status::{HostStatus, VmStatus};
use crate::lang::{Text, text};
use serde::{Deserialize, Serialize};

/// An action of a person on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Global maintenance on.
    SetMaintenanceGlobal,
    /// Local maintenance of this host on.
    SetMaintenanceLocal,
    /// Both maintenances off.
    SetMaintenanceNone,
    /// Start the engine VM here.
    VmStart,
    /// Ask the engine VM to shut down.
    VmShutdown,
    /// Cut the engine VM's power.
    VmPoweroff,
    /// How to get to its console.
    Console,
    /// Connect the hosted-engine storage.
    ConnectStorage,
    /// Restart the HA agent and broker.
    RestartHa,
    /// Ask the engine whether it lives.
    CheckLiveliness,
    /// Write sanlock's lockspace anew.
    ReinitializeLockspace,
    /// Remove a host's block from the shared metadata.
    CleanMetadata,
}

/// Why an action is not done, or what to know before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// It is refused; else it is only told.
    pub refuses: bool,
    /// Why, and what to do first.
    pub text: Text,
}

impl Action {
    /// All of them, the harmless first.
    pub const ALL: [Self; 12] = [
        Self::CheckLiveliness,
        Self::Console,
        Self::SetMaintenanceGlobal,
        Self::SetMaintenanceLocal,
        Self::SetMaintenanceNone,
        Self::RestartHa,
        Self::ConnectStorage,
        Self::VmStart,
        Self::VmShutdown,
        Self::VmPoweroff,
        Self::ReinitializeLockspace,
        Self::CleanMetadata,
    ];

    /// Its name on the command line and in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SetMaintenanceGlobal => "set-maintenance-global",
            Self::SetMaintenanceLocal => "set-maintenance-local",
            Self::SetMaintenanceNone => "set-maintenance-none",
            Self::VmStart => "vm-start",
            Self::VmShutdown => "vm-shutdown",
            Self::VmPoweroff => "vm-poweroff",
            Self::Console => "console",
            Self::ConnectStorage => "connect-storage",
            Self::RestartHa => "restart-ha",
            Self::CheckLiveliness => "check-liveliness",
            Self::ReinitializeLockspace => "reinitialize-lockspace",
            Self::CleanMetadata => "clean-metadata",
        }
    }

    /// The action of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// It can harm and is done only after the engine's name was typed.
    pub const fn is_harmful(self) -> bool {
        matches!(self, Self::VmShutdown | Self::VmPoweroff | Self::ReinitializeLockspace | Self::CleanMetadata)
    }

    /// The command that it is on the host, as a person would type it there.
    pub const fn command(self) -> &'static str {
        match self {
            Self::SetMaintenanceGlobal => "hosted-engine --set-maintenance --mode=global",
            Self::SetMaintenanceLocal => "hosted-engine --set-maintenance --mode=local",
            Self::SetMaintenanceNone => "hosted-engine --set-maintenance --mode=none",
            Self::VmStart => "hosted-engine --vm-start",
            Self::VmShutdown => "hosted-engine --vm-shutdown",
            Self::VmPoweroff => "hosted-engine --vm-poweroff",
            Self::Console => "hosted-engine --console",
            Self::ConnectStorage => "hosted-engine --connect-storage",
            Self::RestartHa => "systemctl restart ovirt-ha-broker ovirt-ha-agent",
            Self::CheckLiveliness => "hosted-engine --check-liveliness",
            Self::ReinitializeLockspace => {
                "systemctl stop ovirt-ha-agent; hosted-engine --reinitialize-lockspace; systemctl start ovirt-ha-agent"
            }
            Self::CleanMetadata => "hosted-engine --clean-metadata",
        }
    }

    /// What it is for.
    pub fn title(self) -> Text {
        let (en, ja) = match self {
            Self::SetMaintenanceGlobal => ("Global maintenance on", "グローバルメンテナンスを有効化"),
            Self::SetMaintenanceLocal => {
                ("Local maintenance of this host on", "このホストのローカルメンテナンスを有効化")
            }
            Self::SetMaintenanceNone => ("Maintenance off", "メンテナンスを解除"),
            Self::VmStart => ("Start the engine VM", "エンジン VM を起動"),
            Self::VmShutdown => ("Shut the engine VM down", "エンジン VM をシャットダウン"),
            Self::VmPoweroff => ("Power the engine VM off", "エンジン VM の電源を切断"),
            Self::Console => ("Console of the engine VM", "エンジン VM のコンソール"),
            Self::ConnectStorage => ("Connect the engine's storage", "エンジンのストレージを接続"),
            Self::RestartHa => ("Restart the HA agent and broker", "HA エージェントとブローカーを再起動"),
            Self::CheckLiveliness => ("Ask the engine whether it lives", "エンジンの応答を確認"),
            Self::ReinitializeLockspace => ("Write the lockspace anew", "ロックスペースを再初期化"),
            Self::CleanMetadata => ("Remove a host's block from the metadata", "ホストのメタデータを削除"),
        };
        Text::new(en, ja)
    }

    /// What it means when it is done.
    pub fn consequences(self) -> Text {
        let (en, ja) = match self {
            Self::SetMaintenanceGlobal => (
                "The HA agents of all hosts leave the engine VM alone: a VM that goes down stays down, also after a reboot from inside. Ends local maintenance.",
                "すべてのホストの HA エージェントがエンジン VM を管理しなくなります。停止した VM は (ゲスト内の再起動後も) 停止したままです。ローカルメンテナンスは解除されます。",
            ),
            Self::SetMaintenanceLocal => (
                "This host no longer starts the engine VM. It also ends global maintenance for all hosts: the command writes all flags at once.",
                "このホストはエンジン VM を起動しなくなります。コマンドは全フラグを一度に書き込むため、全ホストのグローバルメンテナンスも解除されます。",
            ),
            Self::SetMaintenanceNone => (
                "The HA agents watch over the engine VM again and start it if it is down. Ends global and this host's local maintenance.",
                "HA エージェントがエンジン VM の管理を再開し、停止していれば起動します。グローバルとこのホストのローカルメンテナンスを解除します。",
            ),
            Self::VmStart => (
                "The engine VM starts on this host; the engine answers some minutes later.",
                "エンジン VM がこのホストで起動します。エンジンの応答まで数分かかります。",
            ),
            Self::VmShutdown => (
                "The Manager is away until its VM runs again; virtual machines go on. Without global maintenance the HA agents start it again.",
                "VM が再び起動するまで Manager は利用できません。仮想マシンは動作を続けます。グローバルメンテナンスでなければ HA エージェントが再起動します。",
            ),
            Self::VmPoweroff => (
                "As pulling the plug: what the engine has not written is lost, its database recovers at the next start. Only when a shutdown hangs.",
                "電源断と同じです。未書き込みのデータは失われ、データベースは次回起動時に回復処理を行います。シャットダウンが完了しない場合のみ使用してください。",
            ),
            Self::Console => ("Shows how to reach it; changes nothing.", "接続方法を表示します。変更はしません。"),
            Self::ConnectStorage => (
                "Mounts or logs in to the hosted-engine storage on this host; harms nothing that is connected already.",
                "このホストでホステッドエンジンのストレージを接続します。接続済みの場合に害はありません。",
            ),
            Self::RestartHa => (
                "The engine VM goes on. For about a minute this host's state is not up to date.",
                "エンジン VM は動作を続けます。約 1 分間、このホストの状態は古いままになります。",
            ),
            Self::CheckLiveliness => (
                "Asks the engine's health page; changes nothing.",
                "エンジンのヘルスページを確認します。変更はしません。",
            ),
            Self::ReinitializeLockspace => (
                "All leases of the hosted-engine storage are written anew. If an engine VM runs anywhere, two of them may run afterwards and destroy its disk.",
                "ホステッドエンジンストレージの全リースを書き直します。どこかでエンジン VM が動作している場合、二重起動によりディスクが破壊される恐れがあります。",
            ),
            Self::CleanMetadata => (
                "The host disappears from the list of hosted-engine hosts until its agent starts again.",
                "エージェントが再起動するまで、ホストはホステッドエンジンホストの一覧から消えます。",
            ),
        };
        Text::new(en, ja)
    }

    /// So long until its effect shows, in seconds: the agents write every 10 s and `--vm-status` is up to 20 s behind.
    pub const fn patience_secs(self) -> u32 {
        match self {
            Self::Console | Self::CheckLiveliness => 0,
            Self::SetMaintenanceGlobal | Self::SetMaintenanceLocal | Self::SetMaintenanceNone => 60,
            Self::VmStart | Self::ConnectStorage => 90,
            Self::RestartHa | Self::ReinitializeLockspace | Self::CleanMetadata => 120,
            // --vm-shutdown gives the guest 120 s.
            Self::VmShutdown | Self::VmPoweroff => 180,
        }
    }

    /// What speaks against doing it now. `target` is the host whose block [`Action::CleanMetadata`] is about; `None`: this host's.
    pub fn objections(self, reading: &Reading, target: Option<u32>) -> Vec<Objection> {
        let mut found = Vec::new();
        let mut refuse = |refuses: bool, text: Text| found.push(Objection { refuses, text });
        if !reading.deployed {
            refuse(
                true,
                Text::new(
                    "No hosted engine is deployed on this host.",
                    "このホストにホステッドエンジンはデプロイされていません。",
                ),
            );
            return found;
        }
        if !reading.root {
            refuse(
                true,
                Text::new(
                    "It needs root on the host: log in as root, or as a user who may use sudo.",
                    "ホストの root 権限が必要です。root または sudo を使えるユーザーでログインしてください。",
                ),
            );
        }
        let status = &reading.vm_status;
        let global = status.global_maintenance();
        let here = reading.engine_vm.as_deref().unwrap_or_default();
        let elsewhere = runs_elsewhere(reading);
        let answered = matches!(status, VmStatus::Known { .. });
        let unanswered = || {
            Text::new(
                "The HA daemons do not answer. Look at their state first: restart-ha, and whether the storage answers.",
                "HA デーモンが応答しません。先に restart-ha とストレージの応答を確認してください。",
            )
        };
        match self {
            Self::Console | Self::CheckLiveliness | Self::RestartHa => {}
            Self::SetMaintenanceGlobal | Self::SetMaintenanceNone => {
                if !answered {
                    refuse(true, unanswered());
                }
            }
            Self::SetMaintenanceLocal => {
                if !answered {
                    refuse(true, unanswered());
                }
                if here == "running" {
                    refuse(
                        true,
                        Text::new(
                            "The engine VM runs on this host: migrate it to another one first.",
                            "エンジン VM がこのホストで動作しています。先に別のホストへ移行してください。",
                        ),
                    );
                }
                if global == Some(true) {
                    refuse(
                        false,
                        Text::new(
                            "Global maintenance is on and will be off afterwards.",
                            "現在のグローバルメンテナンスは解除されます。",
                        ),
                    );
                }
            }
            Self::VmStart => {
                if here == "running" {
                    refuse(
                        true,
                        Text::new(
                            "The engine VM runs on this host already.",
                            "エンジン VM はすでにこのホストで動作しています。",
                        ),
                    );
                }
                if let Some(host) = &elsewhere {
                    refuse(true, text!("The engine VM runs on {host}.", "エンジン VM は {host} で動作しています。"));
                }
                if reading.domain.readable == Some(false) || reading.domain.place.is_empty() {
                    refuse(
                        true,
                        Text::new(
                            "Its storage is not connected here: connect-storage first.",
                            "ストレージが接続されていません。先に connect-storage を実行してください。",
                        ),
                    );
                }
                if global == Some(false) {
                    refuse(
                        false,
                        Text::new(
                            "Without global maintenance the HA agents may start it on another host at the same time; sanlock lets only one of them win.",
                            "グローバルメンテナンスでないため、HA エージェントが別のホストで同時に起動する可能性があります (sanlock により一方だけが成功します)。",
                        ),
                    );
                }
            }
            Self::VmShutdown | Self::VmPoweroff => {
                if matches!(here, "" | "shut off") {
                    let where_ = elsewhere.unwrap_or_else(|| "–".to_owned());
                    refuse(
                        true,
                        text!(
                            "The engine VM does not run on this host (elsewhere: {where_}).",
                            "エンジン VM はこのホストで動作していません (他のホスト: {where_})。"
                        ),
                    );
                }
                if global == Some(false) {
                    refuse(
                        false,
                        Text::new(
                            "Global maintenance is off: the HA agents will start it again within minutes.",
                            "グローバルメンテナンスではないため、数分以内に HA エージェントが再起動します。",
                        ),
                    );
                }
            }
            Self::ConnectStorage => match global {
                Some(false) => refuse(
                    true,
                    Text::new(
                        "Global maintenance must be on: set-maintenance-global first.",
                        "グローバルメンテナンスが必要です。先に set-maintenance-global を実行してください。",
                    ),
                ),
                Some(true) => {}
                None => refuse(
                    false,
                    Text::new(
                        "Whether global maintenance is on cannot be known while the daemons do not reach the storage.",
                        "デーモンがストレージに接続できないため、グローバルメンテナンスの状態は不明です。",
                    ),
                ),
            },
            Self::ReinitializeLockspace => {
                if global != Some(true) {
                    refuse(
                        true,
                        Text::new(
                            "Global maintenance must be on, so that no agent starts the engine VM meanwhile: set-maintenance-global first.",
                            "作業中に起動されないよう、グローバルメンテナンスが必要です。先に set-maintenance-global を実行してください。",
                        ),
                    );
                }
                if here == "running" || elsewhere.is_some() {
                    refuse(
                        true,
                        Text::new(
                            "The engine VM must not run on any host: vm-shutdown first.",
                            "どのホストでもエンジン VM が動作していないことが必要です。先に vm-shutdown を実行してください。",
                        ),
                    );
                }
                let others: Vec<&str> =
                    others(reading).filter(|host| host.live && !host.stopped).map(|host| host.name.as_str()).collect();
                if !others.is_empty() {
                    let others = others.join(", ");
                    refuse(
                        true,
                        text!(
                            "The HA agents of the other hosts must be stopped (systemctl stop ovirt-ha-agent on {others}).",
                            "他のホストの HA エージェントを停止してください ({others} で systemctl stop ovirt-ha-agent)。"
                        ),
                    );
                }
            }
            Self::CleanMetadata => {
                if global != Some(true) {
                    refuse(
                        true,
                        Text::new(
                            "Global maintenance must be on: set-maintenance-global first.",
                            "グローバルメンテナンスが必要です。先に set-maintenance-global を実行してください。",
                        ),
                    );
                }
                let id = target.or(reading.host_id);
                match status.hosts().iter().find(|host| Some(host.id) == id) {
                    None if answered => refuse(
                        true,
                        Text::new(
                            "The metadata has no block of that host.",
                            "メタデータにそのホストのブロックはありません。",
                        ),
                    ),
                    Some(host) if host.live && !host.stopped => {
                        let name = &host.name;
                        refuse(
                            true,
                            text!(
                                "The agent of {name} runs: stop it first (systemctl stop ovirt-ha-agent there).",
                                "{name} のエージェントが動作中です。先に停止してください (そのホストで systemctl stop ovirt-ha-agent)。"
                            ),
                        );
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// A fresh reading shows its effect. `None`: there is nothing to see.
    pub fn shows(self, reading: &Reading, target: Option<u32>) -> Option<bool> {
        let status = &reading.vm_status;
        let here = status.hosts().iter().find(|host| Some(host.id) == reading.host_id);
        let running = reading.engine_vm.as_deref() == Some("running");
        let local = here.is_some_and(|host| host.maintenance);
        Some(match self {
            Self::Console => return None,
            Self::CheckLiveliness => reading.liveliness == Liveliness::Up,
            Self::SetMaintenanceGlobal => status.global_maintenance() == Some(true),
            Self::SetMaintenanceLocal => local && status.global_maintenance() == Some(false),
            Self::SetMaintenanceNone => !local && status.global_maintenance() == Some(false),
            Self::VmStart => running,
            Self::VmShutdown | Self::VmPoweroff => reading.engine_vm.is_some() && !running,
            Self::ConnectStorage => reading.domain.readable == Some(true),
            Self::RestartHa | Self::ReinitializeLockspace => {
                !reading.is_stopped("ovirt-ha-agent")
                    && !reading.is_stopped("ovirt-ha-broker")
                    && here.is_some_and(|host| host.live)
            }
            Self::CleanMetadata => {
                let id = target.or(reading.host_id);
                matches!(status, VmStatus::Known { .. }) && status.hosts().iter().all(|host| Some(host.id) != id)
            }
        })
    }
}

fn others(reading: &Reading) -> impl Iterator<Item = &HostStatus> {
    reading.vm_status.hosts().iter().filter(|host| Some(host.id) != reading.host_id)
}

/// Another host that says, now, that it runs the engine VM.
fn runs_elsewhere(reading: &Reading) -> Option<String> {
    let up = |host: &&HostStatus| host.live && host.engine.as_ref().is_some_and(|engine| engine.vm == "up");
    others(reading).find(up).map(|host| host.name.clone())
}
