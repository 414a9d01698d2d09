//! Errors in both languages. Their `Display` is the English text, for logs; people get [`of`].

mod image;

use crate::image::import::ImportError;
use crate::node::NodeError;
use crate::node::power::PowerError;
use crate::profile::ProfileError;
use hosted_deploy_model::lang::{Lang, Text};
use std::error::Error;

/// What an error of images, profiles, nodes or power says, with its causes.
pub fn of(error: &(dyn Error + 'static)) -> Text {
    with_causes(error, |error| {
        let en = error.to_string();
        Text { ja: japanese(error).unwrap_or_else(|| en.clone()), en }
    })
}

/// What an error says by `sentence`, and then its causes, as far as the sentences before do not hold them already.
pub fn with_causes(error: &(dyn Error + 'static), sentence: impl Fn(&(dyn Error + 'static)) -> Text) -> Text {
    let mut text = sentence(error);
    let mut cause = error.source();
    while let Some(source) = cause {
        let said = sentence(source);
        // Then what lies below is said as well, in other words.
        if text.en.contains(&said.en) {
            break;
        }
        text = Text::new(format!("{}: {}", text.en, said.en), format!("{}: {}", text.ja, said.ja));
        cause = source.source();
    }
    text
}

/// The Japanese of an error of images, profiles, nodes or power; nothing for any other.
pub fn japanese(error: &(dyn Error + 'static)) -> Option<String> {
    error
        .downcast_ref::<ImportError>()
        .map(image::import)
        .or_else(|| error.downcast_ref().map(image::store))
        .or_else(|| error.downcast_ref().map(image::trouble))
        .or_else(|| error.downcast_ref().map(node))
        .or_else(|| error.downcast_ref().map(profile))
        .or_else(|| error.downcast_ref().map(power))
}

fn node(error: &NodeError) -> String {
    match error {
        NodeError::Unknown(name) => {
            format!("ノード {name:?} はありません。`hosted-deploy pxe node list` で確認してください")
        }
        NodeError::NameTaken(name) => {
            format!("ノード {name:?} はすでにあります。変更するには `hosted-deploy pxe node set` を使ってください")
        }
        NodeError::Taken { what, owner } => {
            let what = what.replace("the MAC address", "MAC アドレス").replace("the address", "アドレス");
            let what = what.replace("the UUID", "UUID");
            format!(
                "{what} はノード {owner} がすでに使用しています。そのノードを削除するか、どちらかを修正してください"
            )
        }
        NodeError::Name(name) => {
            format!("{name:?} はノード名に使えません。英数字とハイフンのホスト名を指定してください (ドメインは任意)")
        }
        NodeError::Unidentified => {
            "--mac または --uuid を指定してください。検出済みのマシンは `hosted-deploy pxe node list` に表示されます"
                .to_owned()
        }
        NodeError::State { name, state, why } => {
            format!("ノード {name} の状態は「{}」です。{}", state.title(Lang::Ja), why.ja)
        }
        NodeError::Randomness => "このマシンの乱数生成器が使えないため、トークンを発行できません".to_owned(),
        NodeError::Database { path, source } => format!(
            "ノードのデータベース {} を使用できません: {source}。サービスと同じアカウントで実行し、ディスクの空き容量を確認するか、--state-dir で別のフォルダーを指定してください",
            path.display()
        ),
        NodeError::Document(_) => {
            "ノードのデータベースを読み取れません。新しいバージョンのプログラムが書き込んだ可能性があります".to_owned()
        }
    }
}

fn profile(error: &ProfileError) -> String {
    match error {
        ProfileError::Unknown(name) => {
            format!("プロファイル {name:?} はありません。`hosted-deploy pxe profile list` で確認してください")
        }
        ProfileError::Exists(name) => format!("プロファイル {name:?} はすでにあります。--replace で置き換えてください"),
        ProfileError::Name(name) => format!(
            "{name:?} はプロファイル名に使えません。英数字、ドット、ハイフン、アンダースコアを 64 文字以内で指定してください"
        ),
        ProfileError::File { path, source } => format!(
            "{} を使用できません: {source}。このアカウントの読み取り・書き込み権限を確認するか、--state-dir で別のフォルダーを指定してください",
            path.display()
        ),
        ProfileError::Wrong { path, problems, .. } => {
            let first = problems.first().map(|problem| problem.line(Lang::Ja));
            format!("{} に誤りがあります。最初の誤り: {}", path.display(), first.unwrap_or_default())
        }
        ProfileError::Secret { path, field, why } => format!("{}: {field} を読み取れません ({why})", path.display()),
    }
}

fn power(error: &PowerError) -> String {
    match error {
        PowerError::NoProgram => {
            "ipmitool がインストールされていません。Enterprise Linux: dnf install ipmitool、Debian: apt install ipmitool".to_owned()
        }
        PowerError::Password { path, why } => {
            format!("管理コントローラーのパスワードファイル {} を読み取れません ({why})", path.display())
        }
        PowerError::Refused { address, act, said } => format!("{address} が {act} を拒否しました ({said})"),
        PowerError::Silent { address, act, service } => {
            format!("{address} が {act} に応答しません。アドレスと {service} の設定を確認してください")
        }
        PowerError::Run(_) => "ipmitool を実行できません".to_owned(),
        PowerError::Connection { address, act, .. } => {
            format!("{address} に接続できません ({act})。アドレスと Redfish の設定を確認してください")
        }
        PowerError::Stranger { address, shown } => format!(
            "{address} の証明書はまだ承認されていないため、パスワードは送信していません。証明書の SHA-256 は {shown} です。管理コントローラーの画面に表示される値と照合してから、hosted-deploy pxe node set ノード名 --bmc-certificate {shown} を実行してください"
        ),
        PowerError::Changed { address, accepted, shown } => format!(
            "{address} の証明書が承認済みのものと異なるため、パスワードは送信していません。承認済み: {accepted}、提示: {shown}。証明書を更新した場合は、管理コントローラーの画面に表示される値と照合してから、hosted-deploy pxe node set ノード名 --bmc-certificate {shown} を実行してください"
        ),
        PowerError::WhichMachine { address, count, known } => format!(
            "{address} は {count} 台のマシンを管理していますが、このノードの UUID と一致するものがありません。--uuid で設定してください。管理対象の UUID: {known}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::StoreError;

    #[test]
    fn both_languages_name_the_object_and_the_cause() {
        let error = StoreError::Folder { path: "/x".into(), source: std::io::Error::other("it is full") };
        let text = of(&error);
        for said in [&text.en, &text.ja] {
            assert!(said.starts_with("/x ") && said.matches("it is full").count() == 1, "{said}");
            assert!(said.contains("--state-dir"), "{said}");
        }
        let nested = ImportError::Store(StoreError::Exists("a".into()));
        assert!(of(&nested).ja.contains("--replace"));
        assert_eq!(japanese(&std::io::Error::other("x")), None);
    }
}
