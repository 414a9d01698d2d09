//! What to do: the advice tree of the deployment guide's troubleshooting chapter, one branch for each [`Situation`]. Every step
//! is a command that can be copied or an [`Action`] that can be done from here.

use super::action::Action;
use super::findings::{Finding, Level};
use super::reading::Reading;
use super::situation::Situation;
use super::vm_status::VmStatus;
use crate::lang::{Text, text};
use serde::{Deserialize, Serialize};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What to do, and what to look for.
    pub text: Text,
    /// The command to type; empty when there is none.
    pub command: String,
    /// The action that does it from here.
    pub action: Option<Action>,
    /// Where: a host's or the engine's name; empty: on this machine.
    pub host: String,
}

impl Step {
    pub(super) fn look(text: Text, command: impl Into<String>, host: &str) -> Self {
        Self { text, command: command.into(), action: None, host: host.to_owned() }
    }

    pub(super) fn act(text: Text, action: Action, host: &str) -> Self {
        Self { text, command: action.command().to_owned(), action: Some(action), host: host.to_owned() }
    }
}

pub(super) fn advice(situation: &Situation, readings: &[Reading], findings: &[Finding], engine: &str) -> Vec<Step> {
    let reader = readings.iter().find(|reading| reading.deployed).or(readings.first());
    let reader = reader.map(|reading| reading.host.as_str()).unwrap_or_default();
    let mut steps = branch(situation, readings, reader, engine);
    for finding in findings.iter().filter(|finding| finding.level == Level::Trouble) {
        for step in &finding.steps {
            let same =
                |known: &Step| known.action == step.action && known.command == step.command && known.host == step.host;
            if !steps.iter().any(same) {
                steps.push(step.clone());
            }
        }
    }
    steps
}

/// The name by which we reach the host that the HA daemons call `name`.
fn reached<'a>(readings: &'a [Reading], name: &'a str) -> &'a str {
    readings.iter().find(|reading| reading.hostname == name).map_or(name, |reading| &reading.host)
}

fn branch(situation: &Situation, readings: &[Reading], reader: &str, engine: &str) -> Vec<Step> {
    let agent_log = |host: &str| {
        Step::look(
            Text::new("What does the HA agent say?", "HA エージェントのログを確認してください。"),
            "tail -n 50 /var/log/ovirt-hosted-engine-ha/agent.log",
            host,
        )
    };
    let global = |host: &str| {
        Step::act(
            Text::new(
                "So that the HA agents do not act meanwhile: global maintenance.",
                "作業中に HA エージェントが動作しないよう、グローバルメンテナンスにします。",
            ),
            Action::SetMaintenanceGlobal,
            host,
        )
    };
    let none = |host: &str| {
        Step::act(
            Text::new(
                "When the engine answers again: end the maintenance.",
                "エンジンが応答したらメンテナンスを解除します。",
            ),
            Action::SetMaintenanceNone,
            host,
        )
    };
    let start =
        |host: &str| Step::act(Text::new("Start the engine VM.", "エンジン VM を起動します。"), Action::VmStart, host);
    let shutdown = |host: &str| {
        Step::act(
            Text::new("Shut the engine VM down.", "エンジン VM をシャットダウンします。"),
            Action::VmShutdown,
            host,
        )
    };
    let poweroff = |host: &str| {
        Step::act(
            Text::new(
                "If the shutdown does not end within two minutes: power it off.",
                "2 分以内に終わらない場合は電源を切断します。",
            ),
            Action::VmPoweroff,
            host,
        )
    };
    let vdsm_log = |host: &str| {
        Step::look(
            Text::new("What does VDSM say?", "VDSM のログを確認してください。"),
            "grep -E 'ERROR|WARN' /var/log/vdsm/vdsm.log | tail -n 50",
            host,
        )
    };
    match situation {
        Situation::Up | Situation::Unread => Vec::new(),
        Situation::NotDeployed => vec![Step::look(
            Text::new("Deploy one.", "デプロイしてください。"),
            "hosted-deploy answers new -o engine.toml && hosted-deploy --answers engine.toml --dry-run",
            "",
        )],
        Situation::Unfinished => vec![
            Step::look(
                Text::new(
                    "Was it started from here? Then see how it stands.",
                    "ここから開始した場合は、その状態を確認してください。",
                ),
                "hosted-deploy runs list",
                "",
            ),
            Step::look(
                Text::new(
                    "If nobody goes on with it: see what it left, then clean up.",
                    "続行しない場合は、残ったものを確認してクリーンアップしてください。",
                ),
                format!("hosted-deploy cleanup --host {reader} --dry-run"),
                "",
            ),
        ],
        Situation::UpUnwatched
            if readings.iter().any(|reading| matches!(reading.vm_status, VmStatus::Storage { .. })) =>
        {
            branch(&Situation::StorageGone, readings, reader, engine)
        }
        Situation::UpUnwatched => vec![
            Step::act(Text::new("Restart the HA daemons.", "HA デーモンを再起動します。"), Action::RestartHa, reader),
            agent_log(reader),
        ],
        Situation::Silent { host } => {
            let host = reached(readings, host);
            let mut steps = vec![Step::act(
                Text::new("Wait 20 seconds and ask once more.", "20 秒待って再度確認します。"),
                Action::CheckLiveliness,
                host,
            )];
            steps.extend(branch(
                &Situation::BadHealth { host: host.to_owned(), powering_down: false },
                readings,
                reader,
                engine,
            ));
            steps
        }
        Situation::Starting { host } => {
            let host = reached(readings, host);
            vec![
                Step::look(
                    Text::new(
                        "Wait: the start takes up to 10 minutes, then the HA agent tries again.",
                        "お待ちください。起動には最大 10 分かかり、その後 HA エージェントが再試行します。",
                    ),
                    format!("hosted-deploy status --host {host} --watch"),
                    "",
                ),
                Step::act(
                    Text::new(
                        "If it takes longer, look at the console.",
                        "それ以上かかる場合はコンソールを確認してください。",
                    ),
                    Action::Console,
                    host,
                ),
            ]
        }
        Situation::BadHealth { host, powering_down } => {
            let host = reached(readings, host);
            let mut steps = vec![Step::look(
                Text::new(
                    "Wait 5 minutes: without global maintenance the HA agent restarts the VM by itself.",
                    "5 分待ちます。グローバルメンテナンスでなければ HA エージェントが VM を再起動します。",
                ),
                format!("hosted-deploy status --host {host} --watch"),
                "",
            )];
            steps.push(global(host));
            if *powering_down {
                steps.push(poweroff(host));
            } else {
                steps.extend([
                    Step::act(Text::new("Log in to the engine VM by its console, as root.", "コンソールからエンジン VM に root でログインします。"), Action::Console, host),
                    Step::look(text!("On {engine}: is the service up?", "{engine} で: サービスは動作していますか?"), "systemctl status ovirt-engine httpd postgresql", engine),
                    Step::look(text!("On {engine}: start it, if it was only stopped.", "{engine} で: 停止しているだけなら起動します。"), "systemctl start ovirt-engine", engine),
                    Step::look(text!("On {engine}: what do the logs say?", "{engine} で: ログを確認します。"), "tail -n 100 /var/log/messages /var/log/ovirt-engine/engine.log /var/log/ovirt-engine/server.log", engine),
                    shutdown(host),
                    poweroff(host),
                ]);
            }
            steps.extend([start(host), none(host)]);
            steps
        }
        Situation::Paused { host } => {
            let host = reached(readings, host);
            vec![
                Step::look(
                    Text::new(
                        "Does its storage answer? A VM is paused when writing fails, and goes on by itself when the storage is back.",
                        "ストレージは応答していますか? 書き込みに失敗すると VM は一時停止し、復旧すると自動で再開します。",
                    ),
                    "df -h /rhev/data-center/mnt/*",
                    host,
                ),
                vdsm_log(host),
                global(host),
                poweroff(host),
                start(host),
                none(host),
            ]
        }
        Situation::DownInMaintenance => vec![
            Step::act(
                Text::new(
                    "If the maintenance is over: end it, and the HA agents start the engine VM.",
                    "メンテナンスが終わっている場合は解除します。HA エージェントがエンジン VM を起動します。",
                ),
                Action::SetMaintenanceNone,
                reader,
            ),
            Step::act(
                Text::new(
                    "If it must go on: start the engine VM by hand.",
                    "メンテナンスを続ける場合は手動で起動します。",
                ),
                Action::VmStart,
                reader,
            ),
        ],
        Situation::Locked => vec![
            Step::look(
                Text::new(
                    "Which host holds the lease? Wait two minutes: a start elsewhere ends the lock.",
                    "どのホストがリースを保持していますか? 2 分待ちます (別のホストでの起動により解消します)。",
                ),
                "sanlock client status",
                reader,
            ),
            vdsm_log(reader),
            agent_log(reader),
        ],
        Situation::StatsUnknown { host } => {
            let host = reached(readings, host);
            vec![
                vdsm_log(host),
                agent_log(host),
                Step::look(
                    Text::new(
                        "If VDSM hangs: restart it. Virtual machines go on.",
                        "VDSM が応答しない場合は再起動します。仮想マシンは動作を続けます。",
                    ),
                    "systemctl restart vdsmd",
                    host,
                ),
            ]
        }
        Situation::NoFitHost => vec![
            Step::look(
                Text::new(
                    "See each host's state, score and maintenance.",
                    "各ホストの状態、スコア、メンテナンスを確認します。",
                ),
                "hosted-engine --vm-status",
                reader,
            ),
            Step::act(
                Text::new(
                    "If a host's maintenance is over: end it there.",
                    "メンテナンスが終わったホストで解除します。",
                ),
                Action::SetMaintenanceNone,
                reader,
            ),
            Step::act(
                Text::new(
                    "If an agent is silent or stopped: restart it there.",
                    "エージェントが無応答または停止している場合は再起動します。",
                ),
                Action::RestartHa,
                reader,
            ),
            agent_log(reader),
        ],
        Situation::Down => vec![
            Step::look(
                Text::new(
                    "Is no other host starting it? Wait five minutes and look again.",
                    "別のホストが起動中ではありませんか? 5 分待って再確認します。",
                ),
                format!("hosted-deploy status --host {reader} --watch"),
                "",
            ),
            agent_log(reader),
            start(reader),
        ],
        Situation::NoConfiguration => vec![
            Step::look(
                Text::new("Does the agent run?", "エージェントは動作していますか?"),
                "systemctl status ovirt-ha-agent; journalctl -u ovirt-ha-agent -n 50",
                reader,
            ),
            Step::act(Text::new("Start it.", "起動します。"), Action::RestartHa, reader),
            agent_log(reader),
            storage_answers(readings, reader),
            Step::look(
                Text::new("Is it mounted?", "マウントされていますか?"),
                "grep /rhev/data-center/mnt /proc/mounts",
                reader,
            ),
            Step::act(Text::new("Connect it.", "接続します。"), Action::ConnectStorage, reader),
        ],
        Situation::StorageGone => vec![
            storage_answers(readings, reader),
            Step::look(
                Text::new("Is it mounted?", "マウントされていますか?"),
                "grep /rhev/data-center/mnt /proc/mounts",
                reader,
            ),
            Step::act(
                Text::new("When the server answers again: connect it.", "サーバーが復旧したら接続します。"),
                Action::ConnectStorage,
                reader,
            ),
            Step::act(
                Text::new(
                    "Then restart the HA daemons, which have given up.",
                    "その後、停止した HA デーモンを再起動します。",
                ),
                Action::RestartHa,
                reader,
            ),
            vdsm_log(reader),
        ],
        Situation::DaemonsDown => vec![
            Step::look(
                Text::new("Why do they not run?", "動作していない理由を確認します。"),
                "systemctl status ovirt-ha-broker ovirt-ha-agent vdsmd sanlock",
                reader,
            ),
            Step::act(Text::new("Restart them.", "再起動します。"), Action::RestartHa, reader),
            Step::look(
                Text::new("What does the broker say?", "ブローカーのログを確認します。"),
                "tail -n 50 /var/log/ovirt-hosted-engine-ha/broker.log",
                reader,
            ),
            agent_log(reader),
        ],
    }
}

fn storage_answers(readings: &[Reading], reader: &str) -> Step {
    let at = readings.iter().find(|reading| !reading.storage.is_empty());
    let text = Text::new("Does the storage server answer?", "ストレージサーバーは応答していますか?");
    let Some(reading) = at else {
        return Step::look(text, "grep ^storage= /etc/ovirt-hosted-engine/hosted-engine.conf", reader);
    };
    let server = reading.storage.split(':').next().unwrap_or_default();
    let command = match reading.storage_kind.as_str() {
        "nfs" => format!("ping -c 3 {server}; showmount -e {server}"),
        "glusterfs" => format!("ping -c 3 {server}; gluster --remote-host={server} volume status"),
        "iscsi" => format!("ping -c 3 {server}; iscsiadm -m session; multipath -ll"),
        _ => "multipath -ll".to_owned(),
    };
    Step::look(text, command, reader)
}
