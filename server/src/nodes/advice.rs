//! What a node gets when it starts from the network, and what a person does next.

use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_model::node::failure::Cause;
use hosted_deploy_model::node::{Boot, Node, Role, State};

/// What its script says.
pub fn last(node: Option<&Node>) -> Text {
    match node.map(|node| (node.state.boot(), node)) {
        None | Some((Boot::Menu, _)) => Text::new(
            "its script shows the menu: nobody has given it a profile",
            "スクリプトはメニューを表示します (プロファイル未設定)",
        ),
        Some((Boot::Install, node)) => {
            let profile = node.profile.as_deref().unwrap_or_default();
            Text::new(
                format!("its script installs it by the profile {profile}"),
                format!("スクリプトはプロファイル {profile} でインストールします"),
            )
        }
        Some((Boot::LocalDisk, node)) => {
            let (en, ja) = (node.state.title(Lang::En), node.state.title(Lang::Ja));
            Text::new(
                format!("its script starts the local disk: it is {en}, and is not installed again by itself"),
                format!("スクリプトはローカルディスクから起動します (状態 {ja}。自動では再インストールしません)"),
            )
        }
    }
}

/// What a person does next, in order; commands stand between backquotes.
pub fn next(node: &Node) -> Vec<Text> {
    let Node { name, .. } = node;
    match node.state {
        State::Discovered => vec![Text::new(
            "Give it a name and a profile below: then it is installed at its next start from the network.",
            "下のフォームで名前とプロファイルを設定してください。次回のネットワーク起動時にインストールされます。",
        )],
        State::Assigned => vec![
            Text::new(
                "Start the machine from the network. Its installation begins at once; what is on its disks is lost.",
                "マシンをネットワークから起動してください。インストールがすぐに開始され、ディスクの内容は失われます。",
            ),
            Text::new(
                "Nothing comes? `hosted-deploy pxe serve -v` on the server shows every packet of it.",
                "応答がない場合は、サーバーの `hosted-deploy pxe serve -v` で受信パケットを確認できます。",
            ),
        ],
        State::Booting => vec![Text::new(
            "It has its boot script and loads the installer. Its next sign is the question for its kickstart.",
            "ブートスクリプトを取得し、インストーラーを読み込んでいます。次にキックスタートを要求します。",
        )],
        State::Installing => vec![Text::new(
            "It is being installed. Its next sign is the report that it is done; it starts from its disk then.",
            "インストール中です。完了が報告されると、ディスクから起動します。",
        )],
        State::Installed => installed(node),
        State::Joined => vec![Text::new(
            "The engine has it as a host; nothing is left to do here.",
            "エンジンのホストとして参加済みです。ここで行う作業はありません。",
        )],
        State::Failed => {
            let cause = Cause::of(node).unwrap_or(Cause::Installer);
            let again = Text::new(
                format!(
                    "It starts from its disk until then. On the command line: `hosted-deploy pxe node retry {name}`"
                ),
                format!("それまではディスクから起動します。コマンドラインでは: `hosted-deploy pxe node retry {name}`"),
            );
            vec![cause.what(), cause.remedy(), again]
        }
    }
}

fn installed(node: &Node) -> Vec<Text> {
    let Node { name, .. } = node;
    let address = node.address.map_or_else(|| name.clone(), |address| address.to_string());
    let host = match node.role {
        Role::SelfHostedEngineNode => Text::new(
            format!(
                "The first host: deploy the engine on it (`hosted-deploy check --host {address}`). Another one: add it in the Administration Portal under Compute, Hosts, New, with Hosted Engine: Deploy."
            ),
            format!(
                "最初のホストの場合は、エンジンをデプロイします (`hosted-deploy check --host {address}`)。2 台目以降は、管理ポータルの [コンピュート] - [ホスト] - [新規] で追加し、[ホステッドエンジン] で [デプロイ] を選択します。"
            ),
        ),
        Role::Host => Text::new(
            "Add it in the Administration Portal under Compute, Hosts, New.",
            "管理ポータルの [コンピュート] - [ホスト] - [新規] で追加します。",
        ),
    };
    vec![
        Text::new(
            format!(
                "Wait until it answers by SSH and trust the host keys that its installation delivered: `hosted-deploy pxe node wait {name}`"
            ),
            format!(
                "SSH の応答を待ち、インストール時に受け取ったホストキーを信頼します: `hosted-deploy pxe node wait {name}`"
            ),
        ),
        host,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_leads_on_in_both_languages() {
        for state in State::ALL {
            let steps = next(&Node { state, ..Node::named("node1") });
            assert!(!steps.is_empty(), "{state:?}");
            for Text { en, ja } in steps {
                let commands = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
                assert_eq!(commands(&en), commands(&ja), "{en}");
                assert!(ja.chars().any(|c| ('\u{3040}'..'\u{3100}').contains(&c)), "{ja}");
            }
        }
    }
}
