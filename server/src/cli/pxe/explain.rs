//! `hosted-deploy pxe explain`.

use super::super::{Common, Exit, print};
use super::{places, unusable};
use crate::nodes::advice::last;
use clap::Args;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::node::Node;
use hosted_deploy_pxe::boot::Programs;
use hosted_deploy_pxe::explain::{Subject, address, explain};
use hosted_deploy_pxe::lease::Store;
use hosted_deploy_pxe::mac::Mac;
use hosted_deploy_pxe::net::Interface;
use hosted_deploy_pxe::node::Provisioner;
use hosted_deploy_pxe::provisioning::{Machine, Origin, Provisioning as _};
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use uuid::Uuid;

/// Which machine.
#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainArgs {
    /// Its hardware address
    #[arg(long, value_name = "MAC")]
    mac: Mac,
    /// Its UUID
    #[arg(long)]
    uuid: Option<Uuid>,
    /// Its architecture as in DHCP option 93: 0 BIOS, 7 UEFI x64, 11 UEFI arm64, 16 UEFI x64 HTTP boot [default: the usual ones]
    #[arg(long, value_name = "NUMBER")]
    arch: Option<u16>,
    /// Its user class; iPXE for a card that has iPXE itself
    #[arg(long, value_name = "WORD")]
    user_class: Option<String>,
    /// The interface that serves; without one, URLs begin with the address 0.0.0.0
    #[arg(long, value_name = "NAME")]
    interface: Option<String>,
    /// Another DHCP server gives the addresses
    #[arg(long)]
    proxy: bool,
    /// Port of the HTTP server
    #[arg(long, value_name = "PORT", default_value = "80")]
    http_port: u16,
    /// The folder of boot programs given to `pxe serve`
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
}

pub(super) fn run(args: &ExplainArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let mut origin = Origin { address: Ipv4Addr::UNSPECIFIED, http_port: args.http_port };
    if let Some(name) = &args.interface {
        match Interface::find(name, None) {
            Ok(interface) => origin.address = interface.address,
            Err(error) => return Ok(unusable(&error.text(), lang)),
        }
    }
    let places = places(common)?;
    let nodes = places.nodes()?;
    let node = nodes.find(args.mac, args.uuid);
    let provisioner = Provisioner::start(nodes, places.profiles()?, places.images()?);
    let machine = Machine { mac: args.mac, uuid: args.uuid, arch: args.arch, address: None };
    let known = provisioner.known(&machine);
    let leased = match places.leases() {
        path if path.exists() => Store::open(&path)?.leases()?.into_iter().find(|lease| lease.mac == args.mac),
        _ => None,
    };
    let subject =
        Subject { mac: args.mac, uuid: args.uuid, arch: args.arch, ipxe: args.user_class.as_deref() == Some("iPXE") };
    let programs = Programs::find(args.programs.as_deref());
    let mut text = heading(args.mac, node.as_deref(), lang);
    let address = address(known.as_ref(), leased.map(|lease| lease.address), !args.proxy);
    let _ = writeln!(text, "{}: {}", lang.pick("Address", "アドレス"), address.get(lang));
    for chain in explain(&subject, known.as_ref(), &origin, &programs) {
        text.push('\n');
        for (number, step) in (1..).zip(&chain) {
            let file = step.file.as_deref().unwrap_or(lang.pick("nothing", "なし"));
            let _ = writeln!(text, "{number}. {} → {file}", step.client);
            let _ = writeln!(text, "   {}", step.why.get(lang));
        }
        if chain.last().is_some_and(|step| step.file.is_some()) {
            let _ = writeln!(text, "{}. {}", chain.len() + 1, last(node.as_deref()).get(lang));
        }
    }
    print(text.trim_end())?;
    Ok(Exit::Done)
}

fn heading(mac: Mac, node: Option<&Node>, lang: Lang) -> String {
    match (node, lang) {
        (Some(node), Lang::En) => format!("{mac} is node {}, {}\n", node.name, node.state.title(lang)),
        (Some(node), Lang::Ja) => format!("{mac} はノード {} ({})\n", node.name, node.state.title(lang)),
        (None, Lang::En) => format!("{mac} is unknown\n"),
        (None, Lang::Ja) => format!("{mac} は未登録です\n"),
    }
}
