//! What the HA daemons tell of all hosts.

use super::{Found, Level};
use crate::health::action::Action;
use crate::health::advice::Step;
use crate::health::reading::Reading;
use crate::health::situation::Situation;
use crate::health::vm_status::VmStatus;
use crate::health::{FULL_SCORE, MOVE_THRESHOLD, agent_state};
use crate::lang::{Text, text};

/// What the HA daemons tell of all hosts.
pub(super) fn cluster(found: &mut Found, situation: &Situation, ours: &[&Reading]) {
    let Some(reading) = ours.iter().find(|reading| matches!(reading.vm_status, VmStatus::Known { .. })) else { return };
    let hosts = reading.vm_status.hosts();
    if reading.vm_status.global_maintenance() == Some(true) {
        found.add(
            "global-maintenance",
            Level::Trouble,
            "",
            Text::new(
                "Global maintenance is on: nothing restarts the engine VM when it stops, also after a reboot from inside.",
                "グローバルメンテナンス中です。エンジン VM が停止しても (ゲスト内の再起動後も) 再起動されません。",
            ),
            vec![Step::act(
                Text::new("When the maintenance is over, end it.", "メンテナンスが終わったら解除してください。"),
                Action::SetMaintenanceNone,
                &reading.host,
            )],
        );
    }
    if hosts.is_empty() {
        found.add(
            "no-metadata",
            Level::Trouble,
            &reading.host,
            Text::new(
                "The HA daemons answer, and no host has written its state yet (they need about a minute after a start).",
                "HA デーモンは応答していますが、どのホストも状態を書き込んでいません (起動後 1 分ほど必要です)。",
            ),
            vec![Step::look(Text::new("See what the agent does.", "エージェントの動作を確認してください。"), "journalctl -u ovirt-ha-agent -n 50", &reading.host)],
        );
    }
    for host in hosts {
        let name = &host.name;
        // An agent that starts into local maintenance idles and lets its block grow old.
        if !host.live && !host.maintenance && !host.stopped {
            let steps = vec![Step::look(
                text!(
                    "On {name}: does the agent run, and does the storage answer?",
                    "{name} で: エージェントは動作し、ストレージは応答していますか?"
                ),
                "systemctl status ovirt-ha-agent ovirt-ha-broker",
                name,
            )];
            found.add(
                "host-silent",
                Level::Trouble,
                name,
                text!(
                    "{name} has not written its state for more than a minute; what is shown of it is old.",
                    "{name} は 1 分以上状態を書き込んでいません。表示されている内容は古いものです。"
                ),
                steps,
            );
        }
        if host.stopped {
            found.add(
                "agent-stopped",
                Level::Trouble,
                name,
                text!(
                    "The HA agent of {name} was stopped: it does not take part in keeping the engine up.",
                    "{name} の HA エージェントは停止されています。エンジンの維持に参加していません。"
                ),
                vec![Step::act(text!("Start it on {name}.", "{name} で起動してください。"), Action::RestartHa, name)],
            );
        }
        if host.maintenance {
            found.add(
                "local-maintenance",
                Level::Note,
                name,
                text!(
                    "{name} is in local maintenance: it does not start the engine VM.",
                    "{name} はローカルメンテナンス中です。エンジン VM を起動しません。"
                ),
                vec![Step::act(
                    text!(
                        "When its maintenance is over, end it on {name}.",
                        "メンテナンスが終わったら {name} で解除してください。"
                    ),
                    Action::SetMaintenanceNone,
                    name,
                )],
            );
        }
        let Some(score) = host.score.filter(|_| host.live && !host.maintenance && !host.stopped) else { continue };
        if score == 0 {
            let state = agent_state(&host.state).unwrap_or_else(|| Text::new(&host.state, &host.state));
            found.add(
                "score-zero",
                Level::Trouble,
                name,
                Text::new(
                    format!("{name} has score 0 and cannot run the engine VM ({}).", state.en),
                    format!("{name} のスコアは 0 で、エンジン VM を実行できません ({})。", state.ja),
                ),
                vec![Step::look(
                    Text::new("See why.", "理由を確認してください。"),
                    "grep -E 'Penalizing|Score is 0' /var/log/ovirt-hosted-engine-ha/agent.log | tail",
                    name,
                )],
            );
        } else if score < FULL_SCORE - MOVE_THRESHOLD {
            found.add(
                "score-low",
                Level::Note,
                name,
                text!("{name} has score {score} of 3400.", "{name} のスコアは 3400 中 {score} です。"),
                Vec::new(),
            );
        }
    }
    let fit = hosts
        .iter()
        .filter(|host| host.live && !host.maintenance && !host.stopped && host.score.is_some_and(|s| s > 0));
    if fit.count() == 1 && *situation == Situation::Up {
        found.add(
            "single-host",
            Level::Note,
            "",
            Text::new(
                "Only one host can run the engine VM: there is no high availability.",
                "エンジン VM を実行できるホストは 1 台だけです。高可用性はありません。",
            ),
            Vec::new(),
        );
    }
}
