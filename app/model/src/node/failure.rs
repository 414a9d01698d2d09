//! [`Cause`]: why a node failed, and what to do about it. A node keeps its reason as the installer or the clock said it, in
//! English; the beginnings of the clock's reasons stand here, so that whoever writes them and whoever reads them agree.

use super::{Node, State};
use crate::lang::Text;

/// The clock, of a node that has its script: what follows is how long was waited.
pub const NO_KICKSTART: &str = "the kickstart was not fetched";
/// The clock, of a node that has its kickstart: what follows is how long was waited.
pub const NO_CALLBACK: &str = "the installation did not call back";
/// Whoever counts attempts: what follows is how many there were.
pub const TOO_OFTEN: &str = "its installation was begun";

/// What a reason means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The boot script went out, and then nothing came.
    NoKickstart,
    /// The installer ran, and then nothing came.
    NoCallback,
    /// It starts its installation again and again.
    TooOften,
    /// The installer itself gave up.
    Installer,
}

impl Cause {
    /// Of a node that has failed.
    pub fn of(node: &Node) -> Option<Self> {
        if node.state != State::Failed {
            return None;
        }
        let why = node.failure.as_deref().unwrap_or_default();
        let beginnings =
            [(NO_KICKSTART, Self::NoKickstart), (NO_CALLBACK, Self::NoCallback), (TOO_OFTEN, Self::TooOften)];
        let known = beginnings.into_iter().find(|(beginning, _)| why.starts_with(beginning));
        Some(known.map_or(Self::Installer, |(_, cause)| cause))
    }

    /// What happened, in a sentence.
    pub fn what(self) -> Text {
        match self {
            Self::NoKickstart => Text::new(
                "The machine got its boot script, but its installer never asked for the kickstart.",
                "マシンはブートスクリプトを取得しましたが、インストーラーがキックスタートを要求しませんでした。",
            ),
            Self::NoCallback => Text::new(
                "The installer began, but never reported that it was done.",
                "インストールは開始されましたが、完了の報告がありません。",
            ),
            Self::TooOften => Text::new(
                "The machine began its installation again and again and never finished one.",
                "インストールが繰り返し開始されましたが、一度も完了していません。",
            ),
            Self::Installer => Text::new("The installer gave up.", "インストーラーが処理を中止しました。"),
        }
    }

    /// What to do.
    pub fn remedy(self) -> Text {
        match self {
            Self::NoKickstart => Text::new(
                "Look at the machine's console. Where the kernel was not loaded, the line is slow or the image's ISO has moved; where the installer has no network, its card is in another VLAN or needs a driver of its own. Then install it again.",
                "マシンのコンソールを確認してください。カーネルが読み込まれていない場合は、回線の速度とイメージの ISO の場所を、インストーラーがネットワークに接続できない場合は、カードの VLAN とドライバーを確認します。その後、再インストールしてください。",
            ),
            Self::NoCallback => Text::new(
                "Look at the machine's console: Anaconda waits there with its question or its error (Ctrl+Alt+F2 is a shell; /tmp/*.log). A slow disk or a large download needs a larger install_minutes in the profile. Then install it again.",
                "マシンのコンソールを確認してください。Anaconda が質問またはエラーを表示して停止しています (Ctrl+Alt+F2 でシェル、ログは /tmp/*.log)。ディスクや回線が遅い場合は、プロファイルの install_minutes を大きくします。その後、再インストールしてください。",
            ),
            Self::TooOften => Text::new(
                "Look at the machine's console while it starts: it restarts before its installation ends, for want of memory or by a watchdog, or a boot order that goes to the network after every restart hides an error. Then install it again.",
                "起動中のマシンのコンソールを確認してください。メモリ不足やウォッチドッグによりインストール完了前に再起動しているか、毎回ネットワークから起動するブート順序によりエラーが見えなくなっています。その後、再インストールしてください。",
            ),
            Self::Installer => Text::new(
                "The reason is the installer's own. Most often a disk that the profile names is missing or too small, or a package source cannot be reached. Correct the profile, then install it again.",
                "理由はインストーラーが報告したものです。プロファイルで指定したディスクがない、または小さい、パッケージの取得元に接続できない、といった原因が考えられます。プロファイルを修正し、再インストールしてください。",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clocks_reasons_are_told_from_the_installers() {
        let node = |state, why: &str| Node { state, failure: Some(why.to_owned()), ..Node::named("node1") };
        for (why, cause) in [
            ("the kickstart was not fetched within 15 minutes", Cause::NoKickstart),
            ("the installation did not call back within 90 minutes", Cause::NoCallback),
            ("its installation was begun 3 times and never called back", Cause::TooOften),
            ("no disk sdb", Cause::Installer),
            ("", Cause::Installer),
        ] {
            assert_eq!(Cause::of(&node(State::Failed, why)), Some(cause), "{why}");
            assert_eq!(Cause::of(&node(State::Assigned, why)), None, "{why}");
        }
    }
}
