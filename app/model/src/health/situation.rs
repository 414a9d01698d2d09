//! [`Situation`]: how the engine is, in one word, from what all hosts that could be read say. The branches of the advice tree hang on it.

use super::Verdict;
use super::reading::{Liveliness, Reading};
use super::vm_status::{HostStatus, VmStatus};
use crate::lang::{Text, text};
use serde::{Deserialize, Serialize};

/// How the engine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Situation {
    /// No host could be read.
    Unread,
    /// None of them has a hosted engine.
    NotDeployed,
    /// A deployment began and did not end, or goes on.
    Unfinished,
    /// The engine answers.
    Up,
    /// It answers, and the HA daemons do not.
    UpUnwatched,
    /// The HA daemons found it well a moment ago; it does not answer now.
    Silent {
        /// Where its VM runs.
        host: String,
    },
    /// Its VM starts or stops.
    Starting {
        /// Where.
        host: String,
    },
    /// Its VM runs, the engine in it does not answer.
    BadHealth {
        /// Where.
        host: String,
        /// The VM hangs in its shutdown.
        powering_down: bool,
    },
    /// Its VM is paused.
    Paused {
        /// Where.
        host: String,
    },
    /// Its VM runs nowhere, and global maintenance keeps it so.
    DownInMaintenance,
    /// Its VM's disk is locked by a host that says nothing of it.
    Locked,
    /// VDSM does not tell how its VM is.
    StatsUnknown {
        /// Which host's VDSM.
        host: String,
    },
    /// Its VM runs nowhere, and no host is fit to start it.
    NoFitHost,
    /// Its VM runs nowhere; the HA agents should start it.
    Down,
    /// vm.conf has not come from the shared storage.
    NoConfiguration,
    /// The shared storage does not answer.
    StorageGone,
    /// The HA daemons do not answer, and the engine neither.
    DaemonsDown,
}

impl Situation {
    /// What the readings say together.
    pub fn of(readings: &[Reading]) -> Self {
        let ours: Vec<&Reading> = readings.iter().filter(|reading| reading.deployed).collect();
        if readings.is_empty() {
            return Self::Unread;
        }
        if ours.is_empty() {
            let unfinished = |reading: &Reading| {
                let local = reading.local_vm.as_ref().is_some_and(|state| !state.is_empty());
                reading.vm_status == VmStatus::Unfinished || local
            };
            return if readings.iter().any(unfinished) { Self::Unfinished } else { Self::NotDeployed };
        }
        let known = ours.iter().find(|reading| matches!(reading.vm_status, VmStatus::Known { .. }));
        let answers = ours.iter().any(|reading| reading.sees_engine());
        let asked =
            ours.iter().any(|reading| reading.liveliness == Liveliness::Down || reading.page.connected.is_some());
        match (answers, known) {
            (true, Some(_)) => Self::Up,
            (true, None) => Self::UpUnwatched,
            (false, Some(reading)) => Self::by_hosts(reading, &ours, asked),
            (false, None) => Self::without_hosts(&ours),
        }
    }

    fn by_hosts(known: &Reading, ours: &[&Reading], asked: bool) -> Self {
        let hosts = known.vm_status.hosts();
        let live: Vec<&HostStatus> = hosts.iter().filter(|host| host.live).collect();
        let engine = |host: &HostStatus| host.engine.clone().unwrap_or_default();
        let starting = |host: &&&HostStatus| matches!(host.state.as_str(), "EngineStart" | "EngineStarting");
        if let Some(host) = live.iter().find(|host| engine(host).vm == "up") {
            let (status, name) = (engine(host), host.name.clone());
            return match (status.health.as_str(), status.reason.as_str(), status.detail.as_str()) {
                ("good", ..) if asked => Self::Silent { host: name },
                ("good", ..) => Self::Up,
                (_, "bad vm status", "Paused") => Self::Paused { host: name },
                (_, "bad vm status", _) => Self::Starting { host: name },
                _ if starting(&host) => Self::Starting { host: name },
                (_, _, detail) => Self::BadHealth { host: name, powering_down: detail == "Powering down" },
            };
        }
        if let Some(seen) = Self::by_libvirt(ours) {
            return seen;
        }
        if let Some(host) = live.iter().find(starting) {
            return Self::Starting { host: host.name.clone() };
        }
        if known.vm_status.global_maintenance() == Some(true) {
            return Self::DownInMaintenance;
        }
        if live.iter().any(|host| engine(host).reason.starts_with("Storage of VM is locked")) {
            return Self::Locked;
        }
        if let Some(host) = live.iter().find(|host| engine(host).vm == "unknown") {
            return Self::StatsUnknown { host: host.name.clone() };
        }
        let fit = |host: &&&HostStatus| host.score.is_some_and(|score| score > 0) && !host.maintenance && !host.stopped;
        if live.iter().any(|host| fit(&host)) { Self::Down } else { Self::NoFitHost }
    }

    /// libvirt knows of the VM also when the agent has stopped writing.
    fn by_libvirt(ours: &[&Reading]) -> Option<Self> {
        ours.iter().find_map(|reading| match reading.engine_vm.as_deref() {
            Some("running") => Some(Self::BadHealth { host: reading.hostname.clone(), powering_down: false }),
            Some("in shutdown") => Some(Self::BadHealth { host: reading.hostname.clone(), powering_down: true }),
            Some("paused") => Some(Self::Paused { host: reading.hostname.clone() }),
            _ => None,
        })
    }

    fn without_hosts(ours: &[&Reading]) -> Self {
        let says = |wanted: fn(&VmStatus) -> bool| ours.iter().any(|reading| wanted(&reading.vm_status));
        let gone = |reading: &&&Reading| reading.domain.hangs || reading.domain.readable == Some(false);
        if says(|status| matches!(status, VmStatus::Storage { .. })) || ours.iter().any(|reading| gone(&reading)) {
            Self::StorageGone
        } else if says(|status| *status == VmStatus::NoConfiguration) {
            Self::NoConfiguration
        } else {
            Self::by_libvirt(ours).unwrap_or(Self::DaemonsDown)
        }
    }

    /// What it means by itself.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Up => Verdict::Healthy,
            Self::UpUnwatched => Verdict::Degraded,
            Self::Unread | Self::NotDeployed | Self::Unfinished => Verdict::Unknown,
            _ => Verdict::Down,
        }
    }

    /// One sentence, with the reason. `engine` is the engine's name, empty when no host told it.
    pub fn sentence(&self, engine: &str) -> Text {
        let engine = if engine.is_empty() { "–" } else { engine };
        match self {
            Self::Unread => Text::new(
                "None of the hosts could be read, so nothing is known of the engine.",
                "どのホストにも接続できないため、エンジンの状態は不明です。",
            ),
            Self::NotDeployed => {
                Text::new("No hosted engine is deployed there.", "ホステッドエンジンはデプロイされていません。")
            }
            Self::Unfinished => Text::new(
                "A deployment was begun there and has not finished: it goes on, or it failed.",
                "デプロイが開始されたまま完了していません (進行中、または失敗)。",
            ),
            Self::Up => text!("The engine {engine} answers.", "エンジン {engine} は応答しています。"),
            Self::UpUnwatched => text!(
                "The engine {engine} answers, but the HA daemons do not: nothing restarts it when it fails.",
                "エンジン {engine} は応答していますが HA デーモンが応答しません。障害時に再起動されません。"
            ),
            Self::Silent { host } => text!(
                "The engine {engine} does not answer, although the HA agent on {host} found it well a moment ago (its view is up to 20 s old).",
                "エンジン {engine} が応答しません。{host} の HA エージェントは直前まで正常と判断していました (最大 20 秒の遅れがあります)。"
            ),
            Self::Starting { host } => text!(
                "The engine {engine} does not answer yet: its VM is starting or stopping on {host}.",
                "エンジン {engine} はまだ応答しません: VM が {host} で起動中または停止中です。"
            ),
            Self::BadHealth { host, powering_down: false } => text!(
                "The engine {engine} does not answer; its VM runs on {host} (failed liveliness check).",
                "エンジン {engine} が応答しません。VM は {host} で動作しています (failed liveliness check)。"
            ),
            Self::BadHealth { host, powering_down: true } => text!(
                "The engine {engine} does not answer; its VM hangs in a shutdown on {host}.",
                "エンジン {engine} が応答しません。VM は {host} でシャットダウン中のまま止まっています。"
            ),
            Self::Paused { host } => text!(
                "The engine {engine} does not answer: its VM is paused on {host}, usually because its storage does not answer.",
                "エンジン {engine} が応答しません: VM が {host} で一時停止しています (多くはストレージ無応答が原因)。"
            ),
            Self::DownInMaintenance => text!(
                "The engine {engine} is down: its VM runs nowhere, and global maintenance keeps the HA agents from starting it.",
                "エンジン {engine} は停止しています: VM はどこでも動作しておらず、グローバルメンテナンスのため HA エージェントは起動しません。"
            ),
            Self::Locked => text!(
                "The engine {engine} is down: its VM's storage is locked by a host that does not run it.",
                "エンジン {engine} は停止しています: VM のストレージが、VM を実行していないホストによりロックされています。"
            ),
            Self::StatsUnknown { host } => text!(
                "The engine {engine} does not answer, and VDSM on {host} does not tell how its VM is (failed to getVmStats).",
                "エンジン {engine} が応答せず、{host} の VDSM から VM の状態を取得できません (failed to getVmStats)。"
            ),
            Self::NoFitHost => text!(
                "The engine {engine} is down: its VM runs nowhere, and no host may start it (maintenance, score 0, or its agent is silent).",
                "エンジン {engine} は停止しています: VM はどこでも動作しておらず、起動できるホストがありません (メンテナンス、スコア 0、エージェント無応答)。"
            ),
            Self::Down => text!(
                "The engine {engine} is down: its VM runs nowhere. The HA agents should start it within minutes.",
                "エンジン {engine} は停止しています: VM はどこでも動作していません。HA エージェントが数分以内に起動するはずです。"
            ),
            Self::NoConfiguration => text!(
                "The engine {engine} is down: the HA agent has not fetched its configuration from the shared storage.",
                "エンジン {engine} は停止しています: HA エージェントが共有ストレージから設定を取得できていません。"
            ),
            Self::StorageGone => text!(
                "The engine {engine} is down: its shared storage does not answer.",
                "エンジン {engine} は停止しています: 共有ストレージが応答しません。"
            ),
            Self::DaemonsDown => text!(
                "The engine {engine} does not answer, and neither do the HA daemons that should start it.",
                "エンジン {engine} が応答せず、起動を担う HA デーモンも応答しません。"
            ),
        }
    }
}
