//! The pages of nodes: what the browser asks becomes calls of what the command line calls ([`crate::nodes`]), and what they
//! give becomes texts ([`show`]), profiles and images ([`stock`]).
//!
//! Whoever is logged in may do all of it: a login proves the right of root on the deployment host. No secret leaves: previews
//! and files are made of profiles whose secrets were replaced before. Management controllers are shown and asked, never set
//! here: a page must not choose which file of the server is sent to which address as a password.

mod show;
mod stock;

use crate::nodes::{Places, edit, import};
use crate::told;
use hosted_deploy_app::nodes::api::{Act, Imported, Listed, NodesDesk, Rendered, Shown, Stock, Typed, Wanted};
use hosted_deploy_app::refused::{Answering, Refused};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::problem::Problem;
use hosted_deploy_pxe::node::{Nodes, csv, now, power};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// What all sessions share: the database, opened when it is first asked for.
#[derive(Debug)]
pub(super) struct Board {
    state: PathBuf,
    nodes: OnceLock<Nodes>,
}

impl Board {
    /// Of this state folder. Makes nothing yet.
    pub(super) fn new(state: &Path) -> Self {
        Self { state: state.to_owned(), nodes: OnceLock::new() }
    }

    fn places(&self) -> Result<Places, Refused> {
        Places::of(&self.state).map_err(|error| unusable(&error))
    }

    fn nodes(&self) -> Result<&Nodes, Refused> {
        if let Some(nodes) = self.nodes.get() {
            return Ok(nodes);
        }
        let opened = self.places()?.nodes().map_err(|error| unusable(&error))?;
        Ok(self.nodes.get_or_init(|| opened))
    }

    /// ` --state-dir DIR` for commands, where the usual folder of whoever types them may be another one.
    fn state_dir(&self) -> String {
        format!(" --state-dir {}", self.state.display())
    }
}

/// The folder or the database cannot be used.
fn unusable(error: &(dyn std::error::Error + 'static)) -> Refused {
    Refused::new(
        told::of(error),
        Text::new(
            "Nodes are kept below this server's state folder; whoever runs this server must be able to read and write it, also what `hosted-deploy pxe` made there as root.",
            "ノードの情報はサーバーの状態フォルダーに保存されます。root で実行した `hosted-deploy pxe` が作成したファイルも含め、サーバーの実行ユーザーが読み書きできる必要があります。",
        ),
    )
}

/// What was asked for cannot be done.
fn refused(error: &(dyn std::error::Error + 'static)) -> Refused {
    Refused::new(told::of(error), Text::new("Nothing was changed.", "変更は行われていません。"))
}

/// Of a content: another one has another mark.
fn mark(content: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(content).unwrap_or_default();
    let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Nodes for whoever is logged in.
#[derive(Clone, Debug)]
pub(super) struct Desk(pub(super) Arc<Board>);

impl NodesDesk for Desk {
    fn list(&self, seen: &str) -> Result<Option<Listed>, Refused> {
        let listed = show::list(&self.0)?;
        let mark = mark(&listed);
        Ok((mark != seen).then_some(Listed { mark, ..listed }))
    }

    fn show(&self, name: &str, seen: &str) -> Result<Option<Shown>, Refused> {
        show::node(&self.0, name, seen)
    }

    fn save(&self, typed: Typed) -> Result<Result<String, Vec<Problem>>, Refused> {
        let (places, nodes) = (self.0.places()?, self.0.nodes()?);
        let saved = edit::save(&places, nodes, &typed, now());
        Ok(saved.map(|node| {
            let profile = node.profile.as_deref().unwrap_or_default();
            tracing::info!(node = node.name, profile, state = node.state.word(), "a node was saved in the browser");
            node.name
        }))
    }

    fn act(&self, name: String, act: Act, confirm: String) -> Answering<()> {
        let board = Arc::clone(&self.0);
        Box::pin(async move {
            let nodes = board.nodes()?;
            match act {
                Act::Wake { efi } => return wake(nodes, &name, efi).await,
                Act::Joined => nodes.joined(&name, now()).map(drop),
                Act::Retry if confirm != name => {
                    return Err(Refused::new(
                        Text::new("The node's name was not typed.", "ノード名が入力されていません。"),
                        Text::new("What is on its disks would be lost.", "ディスクの内容は失われます。"),
                    ));
                }
                Act::Retry => nodes.retry(&name, now()).map(drop),
                Act::Remove => nodes.remove(&name),
            }
            .map_err(|error| refused(&error))?;
            tracing::info!(node = name, act = ?act, "done in the browser");
            Ok(())
        })
    }

    fn import(&self, list: String) -> Result<Imported, Refused> {
        let (places, nodes) = (self.0.places()?, self.0.nodes()?);
        let read = match csv::read(&list) {
            Ok(read) => read,
            Err(bad) => {
                let refused = bad.into_iter().map(|bad| (bad.line, bad.why)).collect();
                return Ok(Imported { added: Vec::new(), refused });
            }
        };
        let (with_controller, read): (Vec<_>, Vec<_>) = read.into_iter().partition(|(_, new)| new.bmc.is_some());
        let outcome = import::add(&places, nodes, read, now());
        let mut refused: Vec<(usize, Text)> = outcome
            .refused
            .into_iter()
            .map(|(line, name, why)| (line, Text::new(format!("{name}: {}", why.en), format!("{name}: {}", why.ja))))
            .chain(with_controller.into_iter().map(|(line, new)| (line, controllers_elsewhere(&new.name))))
            .collect();
        refused.sort_by_key(|(line, _)| *line);
        let added: Vec<String> = outcome.added.into_iter().map(|node| node.name).collect();
        tracing::info!(added = added.len(), refused = refused.len(), "a list of nodes was read in the browser");
        Ok(Imported { added, refused })
    }

    fn stock(&self) -> Result<Stock, Refused> {
        stock::stock(&self.0)
    }

    fn render(&self, wanted: Wanted) -> Result<Result<Rendered, Vec<Problem>>, Refused> {
        stock::render(&self.0, &wanted)
    }
}

fn controllers_elsewhere(name: &str) -> Text {
    Text::new(
        format!("{name}: management controllers are set on the server: hosted-deploy pxe node import FILE.csv"),
        format!("{name}: 管理コントローラーはサーバー上で設定してください: hosted-deploy pxe node import FILE.csv"),
    )
}

async fn wake(nodes: &Nodes, name: &str, efi: bool) -> Result<(), Refused> {
    let node = nodes.get(name).map_err(|error| refused(&error))?;
    let Some(bmc) = node.bmc else {
        return Err(Refused::new(
            Text::new(
                format!("{name} has no management controller."),
                format!("{name} に管理コントローラーの設定がありません。"),
            ),
            Text::new(
                format!(
                    "On the server: `hosted-deploy pxe node set {name} --bmc-address HOST --bmc-user USER --bmc-password-file FILE`"
                ),
                format!(
                    "サーバー上で設定します: `hosted-deploy pxe node set {name} --bmc-address HOST --bmc-user USER --bmc-password-file FILE`"
                ),
            ),
        ));
    };
    power::wake(&bmc, node.uuid, efi).await.map_err(|error| refused(&error))
}
