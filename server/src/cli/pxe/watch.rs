//! `hosted-deploy pxe watch`.

use super::super::{Common, Exit, print};
use super::unusable;
use clap::Args;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_pxe::net::Interface;
use hosted_deploy_pxe::serve::watch::{PATIENCE, look};

/// Where to listen.
#[derive(Debug, Args)]
pub(in crate::cli) struct WatchArgs {
    /// The interface
    #[arg(long, value_name = "NAME")]
    interface: String,
}

pub(super) async fn run(args: &WatchArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let interface = match Interface::find(&args.interface, None) {
        Ok(interface) => interface,
        Err(error) => return Ok(unusable(&error.text(), lang)),
    };
    let heard = match tokio::task::spawn_blocking(move || look(&interface, PATIENCE)).await? {
        Ok(heard) => heard,
        Err(error) => {
            eprintln!("{}", error.text().get(lang));
            return Ok(Exit::Failed);
        }
    };
    for one in &heard {
        let gives = match (one.addresses, lang) {
            (true, Lang::En) => "gives addresses",
            (true, Lang::Ja) => "アドレスを割り当て",
            (false, Lang::En) => "gives boot files only (proxyDHCP)",
            (false, Lang::Ja) => "ブートファイルのみ (proxyDHCP)",
        };
        print(&format!("{}  {}  {gives}", one.server, one.card))?;
    }
    if heard.is_empty() {
        print(lang.pick("No DHCP server answers here.", "応答する DHCP サーバーはありません。"))?;
    }
    Ok(Exit::Done)
}
