//! What is done on a host: its facts, its storage, runs, health, actions and the clean-up.

use super::{act, inner};
use crate::cleanup::CleanError;
use crate::health::ReadError;
use crate::preflight::GatherError;
use crate::runs::begin::{NotRetried, ProposeError};
use crate::runs::bundle::FetchError;
use crate::runs::driver::DriveError;
use crate::runs::host::HostError;
use crate::storage::DiscoverError;
use crate::storage::prepare::PrepareError;
use crate::troubleshoot::ActError;
use crate::troubleshoot::logs::LogError;
use hosted_deploy_model::check::OverrideError;
use hosted_deploy_model::facts::ParseError;
use std::error::Error;

pub(super) fn japanese(error: &(dyn Error + 'static)) -> Option<String> {
    error
        .downcast_ref()
        .map(gather)
        .or_else(|| error.downcast_ref().map(parse))
        .or_else(|| error.downcast_ref().map(discover))
        .or_else(|| error.downcast_ref().map(prepare))
        .or_else(|| error.downcast_ref().map(clean))
        .or_else(|| error.downcast_ref().map(read))
        .or_else(|| error.downcast_ref().map(action))
        .or_else(|| error.downcast_ref().map(log))
        .or_else(|| error.downcast_ref().map(host))
        .or_else(|| error.downcast_ref().map(propose))
        .or_else(|| error.downcast_ref().map(skip))
        .or_else(|| error.downcast_ref().map(not_retried))
        .or_else(|| error.downcast_ref().map(fetch))
        .or_else(|| error.downcast_ref().map(drive))
}

fn gather(error: &GatherError) -> String {
    match error {
        GatherError::Command(_) => "ホストを読み取れません".to_owned(),
        GatherError::Answer { status, complaint, .. } => {
            format!("ホストを読み取れません (調査スクリプトは {status} で終了、出力: {complaint:?})")
        }
        GatherError::Slow => {
            format!(
                "ホストが調査に {} 秒以内に応答しませんでした: 名前解決が止まっているか、負荷が高すぎます",
                crate::preflight::LONGEST.as_secs()
            )
        }
    }
}

fn parse(error: &ParseError) -> String {
    match error {
        ParseError::NotAProbe(said) => format!("ホストが調査スクリプトを実行しませんでした。応答: {said:?}"),
        ParseError::CutOff(section) => {
            format!("調査の応答が {section:?} の後で途切れました。接続またはホストのシェルが途中で終了しました")
        }
    }
}

fn discover(error: &DiscoverError) -> String {
    match error {
        DiscoverError::Command(_) => "ストレージを調べられません".to_owned(),
        DiscoverError::Answer { complaint, .. } => format!("ストレージを調べられません (ホストの出力: {complaint:?})"),
        DiscoverError::Slow => format!(
            "ホストはストレージの調査を {} 秒以内に終えませんでした: ストレージが応答していません",
            crate::storage::LONGEST.as_secs()
        ),
        DiscoverError::NotAskable { what, value } => format!("{what} {value:?} には使用できない文字が含まれています"),
    }
}

fn prepare(error: &PrepareError) -> String {
    match error {
        PrepareError::Command(error) => inner(error),
        PrepareError::NoAnsible => {
            "ホストに ansible-playbook がありません: ホストで dnf install ansible-core を実行し、やり直してください"
                .to_owned()
        }
        PrepareError::Ansible(said) => format!("ホストの ansible-playbook は最初の手順の前に失敗しました: {said}"),
        PrepareError::Slow => format!(
            "ホストは {} 秒以内に終わりませんでした。同じコマンドで続きから再開します",
            crate::storage::prepare::LONGEST.as_secs()
        ),
    }
}

fn clean(error: &CleanError) -> String {
    match error {
        CleanError::Gather(error) => inner(error),
        CleanError::Command(error) => inner(error),
        CleanError::Script { act: what, said } => script(what, said),
        CleanError::CutOff => {
            "クリーンアップが途切れました: ホストが再起動したか、ユニットが停止されました。もう一度実行してください"
                .to_owned()
        }
        CleanError::Lost(_) => format!(
            "クリーンアップの {} 秒後もホストに接続できません。ネットワークは保護機能により元に戻っているはずです。ホストのコンソールを確認してください",
            crate::cleanup::PATIENCE.as_secs()
        ),
    }
}

fn read(error: &ReadError) -> String {
    match error {
        ReadError::Command(error) => inner(error),
        ReadError::Answer(error) => inner(error),
        ReadError::Slow => format!(
            "調査に {} 秒以内に応答しませんでした: 名前解決が止まっているか、負荷が高すぎます",
            crate::health::LONGEST.as_secs()
        ),
    }
}

fn action(error: &ActError) -> String {
    match error {
        ActError::Read(_) => "操作の前にホストを読み取れなかったため、何も行っていません".to_owned(),
        ActError::Command(_) => {
            "操作の途中で接続が切れました。`hosted-deploy status` でホストを確認してください".to_owned()
        }
        ActError::Record(error) => inner(error),
        ActError::Slow => format!("コマンドが {} 秒以内に終わりませんでした", crate::troubleshoot::LONGEST.as_secs()),
    }
}

fn log(error: &LogError) -> String {
    match error {
        LogError::Command(error) => inner(error),
        LogError::Time { said } => format!("ホストは時刻を解釈できません: {said}"),
        LogError::Pattern { pattern } => format!("`{pattern}` は拡張正規表現ではありません"),
        LogError::Pack(error) => inner(error),
        LogError::Archive(_) => "アーカイブを作成できません".to_owned(),
    }
}

fn host(error: &HostError) -> String {
    match error {
        HostError::Ssh(error) => inner(error),
        HostError::Script { act: what, said } => script(what, said),
        HostError::Taken { run, who, busy: true } => format!(
            "ホストは実行 {run} ({who}) が使用中で、フェーズが動作しています。完了を待つか、使用元でキャンセルしてください"
        ),
        HostError::Taken { run, who, busy: false } => {
            format!("ホストは実行 {run} ({who}) が占有していますが、何も動作していません。--take-over で引き継げます")
        }
    }
}

fn propose(error: &ProposeError) -> String {
    match error {
        ProposeError::Gather(error) => inner(error),
        ProposeError::Skip(error) => inner(error),
        ProposeError::Host(error) => inner(error),
    }
}

fn skip(error: &OverrideError) -> String {
    match error {
        OverrideError::Unknown(id) => {
            format!("確認項目 {id:?} はありません。`hosted-deploy check --json` で ID を確認してください")
        }
        OverrideError::Mandatory(id) => format!(
            "確認項目 {id:?} は省略できません。満たさない場合、デプロイは成功しないか、何かを破壊する恐れがあります"
        ),
    }
}

fn not_retried(error: &NotRetried) -> String {
    match error {
        NotRetried::Store(error) => inner(error),
        NotRetried::GoesOn => "実行は終了していません。先にキャンセルしてください".to_owned(),
        NotRetried::Succeeded => "実行は成功しています".to_owned(),
    }
}

fn fetch(error: &FetchError) -> String {
    match error {
        FetchError::Store(error) => inner(error),
        FetchError::Host(error) => inner(error),
    }
}

fn drive(error: &DriveError) -> String {
    match error {
        DriveError::Store(error) => inner(error),
        DriveError::Journal(error) => inner(error),
        DriveError::Reach(error) => inner(&**error),
        DriveError::Host(error) => inner(error),
    }
}

fn script(what: &str, said: &str) -> String {
    format!("ホストでの{}に失敗しました: {said}", act(what))
}
