//! [`Told`]: what is told of a clean-up while it goes on, read from the log of `clean.sh`, and its words.

use hosted_deploy_model::cleanup::CleanStep;
use hosted_deploy_model::health::ActionOutcome;
use hosted_deploy_model::lang::Text;

/// What is told while it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A step begins.
    Step(String),
    /// A line that it printed.
    Line(String),
    /// A step failed.
    Failed {
        /// Which.
        step: String,
        /// Its exit status.
        status: i32,
    },
    /// The connection was lost; the clean-up goes on there.
    LineLost(Text),
    /// A new connection works.
    Back {
        /// The guard had to put the network back.
        restored: bool,
    },
}

impl Told {
    /// What a line of the log tells; `None`: nothing that is to be shown.
    pub(super) fn of(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        Some(match words.as_slice() {
            ["step", step] => Self::Step((*step).to_owned()),
            ["end", _, "0"] => return None,
            ["end", step, status] => Self::Failed { step: (*step).to_owned(), status: status.parse().unwrap_or(-1) },
            _ if line.trim().is_empty() => return None,
            _ => Self::Line(line.chars().filter(|c| !c.is_control()).collect()),
        })
    }

    /// The step that failed, with its exit status.
    pub fn failure(&self) -> Option<String> {
        match self {
            Self::Failed { step, status } => Some(format!("{step} ({status})")),
            _ => None,
        }
    }

    /// A sign for what it is, and the words.
    pub fn words(&self) -> (&'static str, Text) {
        match self {
            Self::Step(step) => ("▶", named(step)),
            Self::Line(line) => (" ", Text::new(line, line)),
            Self::Failed { step, status } => (
                "✗",
                Text::new(
                    format!("{step}: ended with {status}; its reason is above"),
                    format!("{step}: 終了コード {status} (理由は上記)"),
                ),
            ),
            Self::LineLost(why) => (
                "!",
                Text::new(
                    format!("{}. The clean-up goes on there; connecting again.", why.en),
                    format!("{}。クリーンアップはホスト上で続行中です。再接続します。", why.ja),
                ),
            ),
            Self::Back { restored: true } => (
                "!",
                Text::new(
                    "The network was gone; the guard on the host has put it back. A new connection works.",
                    "ネットワークが失われたため、ホスト上のガードが復元しました。再接続できます。",
                ),
            ),
            Self::Back { restored: false } => {
                ("✓", Text::new("A new connection to the host works.", "ホストへの新しい接続を確認しました。"))
            }
        }
    }
}

/// What is written down of a clean-up that came to its end; `failures`: its steps that failed.
pub fn outcome(good: bool, failures: &[String]) -> ActionOutcome {
    if good { ActionOutcome::Done } else { ActionOutcome::Failed { said: failures.join(", ") } }
}

/// A step by its name in the log, and what it does. The log may be of another release, with steps that are not known here.
fn named(step: &str) -> Text {
    let known = CleanStep::ALL.into_iter().find(|known| known.name() == step).map(title);
    known.map_or_else(
        || Text::new(step, step),
        |title| Text::new(format!("{step}: {}", title.en), format!("{step}: {}", title.ja)),
    )
}

/// What a step does.
pub fn title(step: CleanStep) -> Text {
    let (en, ja) = match step {
        CleanStep::Runs => {
            ("stop runs of this program, give the lock back", "このプログラムの実行を停止し、ロックを解放")
        }
        CleanStep::Upstream => ("run ovirt-hosted-engine-cleanup", "ovirt-hosted-engine-cleanup を実行"),
        CleanStep::LocalVm => {
            ("destroy and undefine the engine VM on this host", "このホストのエンジン VM を停止し、定義を削除")
        }
        CleanStep::Pools => ("remove the bootstrap's storage pools", "ブートストラップのストレージプールを削除"),
        CleanStep::LocalFolders => {
            ("remove the bootstrap's disks and files", "ブートストラップのディスクとファイルを削除")
        }
        CleanStep::HostsEntry => {
            ("remove the bootstrap VM from /etc/hosts", "/etc/hosts からブートストラップ VM を削除")
        }
        CleanStep::IpRules => ("remove routing rules 100 and 101", "ルーティングルール 100 と 101 を削除"),
        CleanStep::DefaultNetwork => (
            "define libvirt's network default as its package has it",
            "libvirt ネットワーク default をパッケージの定義に戻す",
        ),
        CleanStep::ManagementNetwork => (
            "give the management bridge's addresses back to its card",
            "管理ブリッジのアドレスをネットワークカードに戻す",
        ),
        CleanStep::Firewall => ("close what the deployment opened in firewalld", "firewalld で開放した設定を閉じる"),
        CleanStep::AuthorizedKeys => {
            ("remove the engine's key from root's authorized_keys", "root の authorized_keys からエンジン鍵を削除")
        }
        CleanStep::Services => ("stop and disable the HA daemons and VDSM", "HA デーモンと VDSM を停止し、無効化"),
        CleanStep::Vdsm => ("remove VDSM's configuration and certificates", "VDSM の設定と証明書を削除"),
        CleanStep::Mounts => ("unmount storage domains", "ストレージドメインをアンマウント"),
        CleanStep::HostsBackups => ("remove copies of /etc/hosts", "/etc/hosts の控えを削除"),
    };
    Text::new(en, ja)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_told_by_its_name_and_by_what_it_does_in_both_languages() {
        for step in CleanStep::ALL {
            let (sign, words) = Told::Step(step.name().to_owned()).words();
            assert_eq!(sign, "▶");
            assert_eq!(words.en, format!("{}: {}", step.name(), title(step).en));
            assert!(words.ja.starts_with(&format!("{}: ", step.name())) && !words.ja.is_ascii(), "{}", words.ja);
        }
        assert_eq!(Told::Step("later".to_owned()).words().1, Text::new("later", "later"));
    }

    #[test]
    fn the_record_names_the_steps_that_failed() {
        let told = ["step pools", "no pool", "end pools 3", "step mounts", "end mounts 32", "end vdsm 0"];
        let failures: Vec<String> = told.into_iter().filter_map(Told::of).filter_map(|told| told.failure()).collect();
        assert_eq!(outcome(false, &failures).sentence().en, "It failed: pools (3), mounts (32)");
        assert_eq!(outcome(true, &[]), ActionOutcome::Done);
    }
}
