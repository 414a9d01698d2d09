//! Why the server did not do something: what every function that a page asks answers instead.

use crate::lean::LeanJson;
use hosted_deploy_model::lang::Text;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use std::pin::Pin;

/// Why the server did not do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// What happened.
    pub what: Text,
    /// What to do.
    pub next: Text,
    /// Logging in again is what helps.
    pub log_in: bool,
}

impl Refused {
    /// Both texts at once.
    pub fn new(what: Text, next: Text) -> Self {
        Self { what, next, log_in: false }
    }

    pub(crate) fn unreachable() -> Self {
        Self::new(
            Text::new("The server of these pages cannot be reached.", "このページのサーバーに接続できません。"),
            Text::new(
                "Check the network and that `hosted-deploy serve` runs; what you typed stays here and is sent when it answers.",
                "ネットワークと `hosted-deploy serve` の動作を確認してください。入力内容はここに残り、応答があれば送信されます。",
            ),
        )
    }

    /// An answer that is none of ours: too late, too large, or of something in between.
    pub(crate) fn strange() -> Self {
        Self::new(
            Text::new(
                "The answer to this request cannot be read: it took too long, or did not come from this server.",
                "要求に対する応答を解釈できません。時間がかかりすぎたか、このサーバー以外からの応答です。",
            ),
            Text::new(
                "Reload the page and see what was done before you try again.",
                "ページを再読み込みし、処理の結果を確認してから再試行してください。",
            ),
        )
    }

    /// What everybody gets who is not logged in.
    pub fn no_session() -> Self {
        Self {
            what: Text::new("Your session has ended.", "セッションが終了しました。"),
            next: Text::new(
                "Log in again; what was saved is still there, except for passwords after a restart of the server.",
                "再度ログインしてください。保存済みの内容は残っています (サーバーの再起動後はパスワードを除く)。",
            ),
            log_in: true,
        }
    }
}

impl FromServerFnError for Refused {
    type Encoder = LeanJson;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::unreachable(),
            ServerFnErrorErr::Deserialization(_) => Self::strange(),
            other => Self::new(
                Text::new(format!("The request failed: {other}."), format!("要求に失敗しました: {other}。")),
                Text::new("Reload the page and try again.", "ページを再読み込みして再試行してください。"),
            ),
        }
    }
}

/// Something that takes time, and its answer.
pub type Answering<T> = Pin<Box<dyn Future<Output = Result<T, Refused>> + Send>>;
