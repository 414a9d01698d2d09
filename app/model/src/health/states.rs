//! What the words of the HA agent mean: its states, the engine VM's status, and why a score is below the full one.

use super::vm_status::EngineStatus;
use crate::lang::{Text, text};
use serde::{Deserialize, Serialize};

/// A host with nothing against it.
pub const FULL_SCORE: i64 = 3400;
/// A host this much better makes the engine VM move there.
pub const MOVE_THRESHOLD: i64 = 800;

/// A state of the agent, in words (`agent/states.py` of ovirt-hosted-engine-ha); `None`: not known here.
pub fn agent_state(state: &str) -> Option<Text> {
    let (en, ja) = match state {
        "StartState" | "ReinitializeFSM" => ("the agent just started", "エージェントが起動した直後です"),
        "EngineDown" => {
            ("ready to start the engine VM if this host is the best", "必要ならエンジン VM を起動できる待機状態です")
        }
        "EngineStart" | "EngineStarting" => {
            ("starts the engine VM (gives up after 10 minutes)", "エンジン VM を起動中です (10 分で断念)")
        }
        "EngineUp" => ("runs the engine VM", "エンジン VM が動作しています"),
        "EngineUpBadHealth" => (
            "runs the engine VM, whose engine does not answer; restarts it after 5 minutes of that",
            "エンジン VM は動作していますがエンジンが応答しません。5 分続くと再起動します",
        ),
        "EngineMaybeAway" => {
            ("the engine VM vanished or is moving; looks for 40 s", "エンジン VM が消えたか移行中です (40 秒確認)")
        }
        "EngineStop" | "EngineForceStop" => ("stops the engine VM", "エンジン VM を停止中です"),
        "EngineUnexpectedlyDown" => (
            "the engine VM went down unexpectedly; waits about 9 minutes before it starts it here again",
            "エンジン VM が予期せず停止しました。ここで再起動するまで約 9 分待ちます",
        ),
        "LocalMaintenance" | "LocalMaintenanceMigrateVm" => {
            ("local maintenance: does not run the engine VM", "ローカルメンテナンス中: エンジン VM を実行しません")
        }
        "GlobalMaintenance" => {
            ("global maintenance: leaves the engine VM alone", "グローバルメンテナンス中: エンジン VM を管理しません")
        }
        "UnknownLocalVmState" => {
            ("VDSM does not tell how the engine VM is", "VDSM からエンジン VM の状態を取得できません")
        }
        "EngineMigratingAway" => ("moves the engine VM to another host", "エンジン VM を別のホストへ移行中です"),
        "AgentStopped" => ("the agent was stopped", "エージェントは停止されています"),
        _ => return None,
    };
    Some(Text::new(en, ja))
}

/// What a host says of the engine VM, in words.
pub fn engine_words(status: &EngineStatus) -> Text {
    let (en, ja) = match (status.vm.as_str(), status.health.as_str(), status.reason.as_str()) {
        ("up", "good", _) => ("engine VM up, engine answers", "エンジン VM 稼働、エンジン応答あり"),
        ("up", _, "failed liveliness check") if status.detail == "Powering down" => (
            "engine VM is stuck shutting down and its engine does not answer",
            "エンジン VM がシャットダウン中のまま止まり、エンジンが応答しません",
        ),
        ("up", _, "failed liveliness check") => {
            ("engine VM up, engine does not answer", "エンジン VM 稼働、エンジン応答なし")
        }
        ("up", _, "bad vm status") => match status.detail.as_str() {
            "Paused" => (
                "engine VM is paused, usually because its storage does not answer",
                "エンジン VM が一時停止中 (多くはストレージ無応答が原因)",
            ),
            _ => ("engine VM is starting or stopping", "エンジン VM が起動中または停止中"),
        },
        (_, _, reason) if reason.starts_with("Storage of VM is locked") => (
            "engine VM not here; its storage is locked, another host holds or starts it",
            "エンジン VM はここにありません。ストレージがロックされており、別のホストが保持または起動中です",
        ),
        (_, _, "VM migrated away successfully") => {
            ("engine VM moved to another host", "エンジン VM は別のホストへ移行しました")
        }
        ("down_unexpected", _, _) => (
            "engine VM went down unexpectedly: a crash, or shut down from inside",
            "エンジン VM が予期せず停止しました (クラッシュ、またはゲスト内からの停止)",
        ),
        ("down_missing", _, _) => ("engine VM has vanished from this host", "エンジン VM がこのホストから消えました"),
        ("down", _, _) => ("engine VM not running here", "エンジン VM はここで動作していません"),
        ("unknown", _, _) => ("VDSM does not tell how the engine VM is", "VDSM からエンジン VM の状態を取得できません"),
        _ => ("", ""),
    };
    if en.is_empty() {
        let EngineStatus { vm, health, detail, reason } = status;
        return text!("vm {vm}, health {health}, {detail} {reason}", "vm {vm}、health {health}、{detail} {reason}");
    }
    Text::new(en, ja)
}

/// One reason for a lower score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Penalty {
    /// How much it takes away.
    pub points: i64,
    /// What for, and what to look at.
    pub why: Text,
}

/// Why a score is below the full one: by the lines that the host's own agent logged, `Penalizing score by 400 due to …`, newest
/// last. What no line explains is said by arithmetic where one cause alone fits, else left as a rest.
pub fn penalties(score: i64, log: &[String]) -> Vec<Penalty> {
    let lost = FULL_SCORE - score;
    if lost <= 0 {
        return Vec::new();
    }
    if score == 0
        && let Some(line) = log.iter().rev().find_map(|line| line.split("Score is 0 due to ").nth(1))
    {
        return vec![Penalty { points: lost, why: reason(line) }];
    }
    // The newest line of each cause, for as long as they fit into what is lost: older lines may be of causes that are gone.
    let mut found: Vec<(String, Penalty)> = Vec::new();
    let mut rest = lost;
    for line in log.iter().rev() {
        let Some((points, why)) = logged(line) else { continue };
        let kind: String = why.chars().filter(|c| !c.is_ascii_digit()).collect();
        if points > 0 && points <= rest && found.iter().all(|(known, _)| *known != kind) {
            rest -= points;
            found.push((kind, Penalty { points, why: reason(why) }));
        }
    }
    let mut found: Vec<Penalty> = found.into_iter().map(|(_, penalty)| penalty).collect();
    if rest > 0 {
        found.push(Penalty { points: rest, why: guess(rest) });
    }
    found
}

fn logged(line: &str) -> Option<(i64, &str)> {
    let (points, why) = line.split("Penalizing score by ").nth(1)?.split_once(" due to ")?;
    Some((points.parse().ok()?, why.trim()))
}

fn reason(why: &str) -> Text {
    let (en, ja) = match why {
        _ if why.starts_with("gateway") || why.starts_with("network") => (
            "the network test fails (gateway, DNS or TCP, as set up): up to 1600 points",
            "ネットワークテスト (ゲートウェイ、DNS、TCP) が失敗: 最大 1600 点",
        ),
        _ if why.starts_with("mgmt bridge") => ("the management bridge is down", "管理ブリッジが停止しています"),
        _ if why.starts_with("cpu load") => {
            ("the processors are busy (from 40 % load on)", "CPU 負荷が高い (40 % 以上)")
        }
        _ if why.starts_with("free memory") => {
            ("less memory is free than the engine VM needs", "エンジン VM に必要な空きメモリーがありません")
        }
        _ if why.contains("retry attempts") => {
            ("starting the engine VM failed here", "ここでのエンジン VM の起動に失敗しました")
        }
        _ if why.starts_with("local maintenance") => ("local maintenance", "ローカルメンテナンス"),
        _ => return Text::new(why, why),
    };
    Text::new(en, ja)
}

fn guess(points: i64) -> Text {
    let (en, ja) = match points {
        FULL_SCORE => (
            "score 0: local maintenance, a stopped or restarting agent, or the engine VM that failed to start here more than 3 times",
            "スコア 0: ローカルメンテナンス、エージェントの停止・再起動、またはここでの起動失敗が 3 回を超えました",
        ),
        1600 => ("probably the network test, which fails each time", "おそらくネットワークテストが毎回失敗しています"),
        1280 | 960 | 640 | 320 => (
            "probably the network test, which fails some of the time",
            "おそらくネットワークテストが時々失敗しています",
        ),
        600 => ("probably the management bridge, which is down", "おそらく管理ブリッジが停止しています"),
        400 => {
            ("probably less free memory than the engine VM needs", "おそらく空きメモリーがエンジン VM に不足しています")
        }
        50 | 100 | 150 => ("probably failed starts of the engine VM", "おそらくエンジン VM の起動失敗によるものです"),
        _ => ("no line in this host's agent.log explains it", "このホストの agent.log に説明となる行がありません"),
    };
    Text::new(en, ja)
}
