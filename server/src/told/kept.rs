//! What is kept on this machine, and serving it: runs, drafts, records, certificates.

use super::{act, inner};
use crate::drafts::DraftError;
use crate::health::history::HistoryError;
use crate::runs::journal::JournalError;
use crate::runs::secrets::SecretsError;
use crate::runs::store::StoreError;
use crate::troubleshoot::record::RecordError;
use crate::web::{ServeError, TlsError};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::run::FoldError;
use std::error::Error;
use std::path::Path;

pub(super) fn japanese(error: &(dyn Error + 'static)) -> Option<String> {
    error
        .downcast_ref()
        .map(store)
        .or_else(|| error.downcast_ref().map(journal))
        .or_else(|| error.downcast_ref().map(fold))
        .or_else(|| error.downcast_ref().map(draft))
        .or_else(|| error.downcast_ref::<SecretsError>().map(|error| error.text(Lang::Ja)))
        .or_else(|| error.downcast_ref().map(record))
        .or_else(|| error.downcast_ref().map(history))
        .or_else(|| error.downcast_ref().map(serve))
        .or_else(|| error.downcast_ref().map(tls))
}

fn store(error: &StoreError) -> String {
    match error {
        StoreError::Io { act: what, path, source } => failed(what, path, source),
        StoreError::Damaged { path, source } => damaged(path, source),
        StoreError::Unknown { id } => format!("実行 {id} はありません。`hosted-deploy runs list` で確認してください"),
        StoreError::Ambiguous { id, matches } => {
            format!("{id} に該当する実行が複数あります: {}。ID をもっと長く指定してください", matches.join(", "))
        }
        StoreError::Driven { id } => format!(
            "実行 {id} はこのマシンの別のプロセスが進めています。`hosted-deploy runs attach {id}` で表示できます"
        ),
        StoreError::Journal(error) => inner(error),
    }
}

fn journal(error: &JournalError) -> String {
    match error {
        JournalError::Io { act: what, path, source } => format!(
            "{}。空き容量または権限を確認してください。ホストでの実行は続いています",
            failed(what, path, source)
        ),
        JournalError::Line { path, line, source } => {
            format!("{} の {line} 行目はイベントではありません: {source}", path.display())
        }
        JournalError::Order { path, source } => damaged(path, &inner(source)),
        JournalError::Empty { path } => format!("{} は空です: 実行は計画されていません", path.display()),
    }
}

fn fold(error: &FoldError) -> String {
    match error {
        FoldError::NotPlanned { seq } => format!("実行の最初のイベントは計画のはずですが、イベント {seq} でした"),
        FoldError::OutOfOrder { seq, after } => format!("イベント {after} の後にイベント {seq} は続きません"),
        FoldError::AfterEnd { seq } => format!("実行の終了後にイベント {seq} があります"),
    }
}

fn draft(error: &DraftError) -> String {
    match error {
        DraftError::Io { act: what, path, source } => failed(what, path, source),
        DraftError::Damaged { path, source } => damaged(path, source),
        DraftError::Field(name) => format!("項目 {name:?} にその値は設定できません"),
    }
}

fn record(error: &RecordError) -> String {
    format!("{} に書き込めません。記録できない操作は行いません", error.path.display())
}

fn history(error: &HistoryError) -> String {
    format!("履歴 {} を読み書きできません", error.path)
}

fn serve(error: &ServeError) -> String {
    match error {
        ServeError::NoPages => {
            "このバイナリには画面が含まれていません。`cargo xtask build` でビルドしてください".to_owned()
        }
        ServeError::OpenToAll { listen } => format!(
            "ほかから接続できる {listen} で待ち受けるには、デプロイ先ホストの指定が必要です: --host で指定するか、127.0.0.1 で待ち受けてください"
        ),
        ServeError::Tls(error) => inner(error),
        ServeError::Listen { listen, .. } => format!(
            "{listen} で待ち受けできません。別のプログラムが使用中の場合 (`ss -ltnp`) は、--listen で別のポートを指定してください"
        ),
        ServeError::Ended(_) => "サービスの提供が終了しました".to_owned(),
    }
}

fn tls(error: &TlsError) -> String {
    match error {
        TlsError::File { act: what, path, .. } => format!("{} の{}に失敗しました", path.display(), act(what)),
        TlsError::Make { names, .. } => format!("{} の証明書を作成できません", names.join(", ")),
        TlsError::NoCertificate { path } => format!("{} に PEM 形式の証明書がありません", path.display()),
        TlsError::Unusable { cert, key, .. } => {
            format!("証明書 {} と鍵 {} は組み合わせて使用できません", cert.display(), key.display())
        }
    }
}

fn failed(what: &str, path: &Path, source: &std::io::Error) -> String {
    format!("{} の{}に失敗しました: {source}", path.display(), act(what))
}

fn damaged(path: &Path, source: &dyn std::fmt::Display) -> String {
    format!("{} が壊れています: {source}", path.display())
}
