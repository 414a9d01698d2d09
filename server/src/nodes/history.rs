//! What was seen of a node, in words.

use hosted_deploy_model::lang::Text;

/// A kind of sighting for people; one that is not known here stands for itself.
pub fn happened(kind: &str) -> Text {
    let (en, ja) = match kind {
        "added" => ("added", "追加"),
        "asked" => ("asked for an address or a boot file", "アドレスまたはブートファイルを要求"),
        "assigned" => ("got its profile", "プロファイルを設定"),
        "built" => ("reported that it is installed", "インストール完了を報告"),
        "failed" => ("reported that it failed", "失敗を報告"),
        "file" => ("loaded", "ファイルを取得"),
        "joined" => ("joined the engine", "エンジンに参加"),
        "kickstart" => ("got its kickstart", "キックスタートを取得"),
        "leased" => ("took an address", "アドレスを取得"),
        "profile" => ("its next installation's profile", "次回のプロファイル"),
        "refused" => ("was refused", "拒否"),
        "retry" => ("is to be installed again", "再インストールを指示"),
        "script" => ("got its boot script", "ブートスクリプトを取得"),
        "started" => ("its installer runs", "インストーラーを開始"),
        "timeout" => ("was given up", "時間切れ"),
        "unassigned" => ("lost its profile", "プロファイルを解除"),
        other => (other, other),
    };
    Text::new(en, ja)
}
