//! `hosted-deploy pxe node wait`: from the end of an installation to a host that can be deployed to.

use super::super::{Common, Exit, print};
use crate::reach;
use crate::ssh::{FirstUse, Target};
use clap::Args;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::node::{Node, State};
use hosted_deploy_pxe::node::Nodes;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

const ASK_AGAIN: Duration = Duration::from_secs(2);
/// A host that starts answers connections before its sshd does; so long is waited for a greeting.
const GREETING: Duration = Duration::from_secs(5);

/// Whom to wait for.
#[derive(Debug, Args)]
pub(in crate::cli) struct WaitArgs {
    /// Which
    name: String,
    /// How long, in minutes
    #[arg(long, value_name = "MINUTES", default_value = "120")]
    minutes: u64,
    /// Name or address to connect to [default: the address kept for it, else its name]
    #[arg(long, value_name = "HOST")]
    address: Option<String>,
}

pub(super) async fn run(args: &WaitArgs, nodes: &Nodes, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let deadline = Instant::now() + Duration::from_secs(args.minutes.saturating_mul(60));
    let node = loop {
        let node = nodes.get(&args.name)?;
        match node.state {
            State::Installed | State::Joined => break node,
            State::Failed => {
                eprintln!("{}: {}", node.name, node.failure.as_deref().unwrap_or(node.state.title(lang)));
                return Ok(Exit::Failed);
            }
            _ if Instant::now() > deadline => return Ok(late(&node, args.minutes, lang)),
            _ => tokio::time::sleep(ASK_AGAIN).await,
        }
    };
    let address = args.address.clone().or_else(|| node.address.map(|address| address.to_string()));
    let target = Target::new(&address.unwrap_or_else(|| node.name.clone()), 22, "root");
    while !greets(&target).await {
        if Instant::now() > deadline {
            return Ok(late(&node, args.minutes, lang));
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
    let pinned = !node.host_keys.is_empty();
    if pinned {
        reach::host_keys(&common.state()?, FirstUse::Refuse).replace(&target, &node.host_keys)?;
    }
    let (name, address) = (&node.name, &target.address);
    let keys = match (pinned, lang) {
        (true, Lang::En) => "; the host keys that its installation delivered are trusted",
        (true, Lang::Ja) => "。インストール時に受け取ったホストキーを信頼します",
        (false, Lang::En) => "; its installation delivered no host key, so the first connection asks",
        (false, Lang::Ja) => "。ホストキーを受け取っていないため、最初の接続時に確認します",
    };
    print(&match lang {
        Lang::En => {
            format!("{name} is installed and answers at {address}{keys}\nNext:  hosted-deploy check --host {address}")
        }
        Lang::Ja => format!(
            "{name} はインストール済みで、{address} で応答しています{keys}\n次の手順:  hosted-deploy check --host {address}"
        ),
    })?;
    Ok(Exit::Done)
}

/// Whether something there begins as an SSH server does (RFC 4253 4.2).
async fn greets(target: &Target) -> bool {
    let greeting = async {
        let mut stream = TcpStream::connect((target.address.as_str(), target.port)).await.ok()?;
        let mut start = [0; 4];
        stream.read_exact(&mut start).await.ok()?;
        (&start == b"SSH-").then_some(())
    };
    matches!(tokio::time::timeout(GREETING, greeting).await, Ok(Some(())))
}

fn late(node: &Node, minutes: u64, lang: Lang) -> Exit {
    let (name, state) = (&node.name, node.state.title(lang));
    eprintln!(
        "{}",
        match lang {
            Lang::En => format!("{name} is {state} after {minutes} minutes. See:  hosted-deploy pxe node show {name}"),
            Lang::Ja =>
                format!("{name} は {minutes} 分経っても「{state}」です。確認:  hosted-deploy pxe node show {name}"),
        }
    );
    Exit::Unreachable
}
