//! `hosted-deploy pxe serve`.

use super::super::{Common, Exit, clock, now, print};
use super::{places, unusable};
use crate::nodes::serving::{Heartbeat, Serving};
use clap::{Args, ValueEnum};
use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_pxe::lease::Pool;
use hosted_deploy_pxe::net::Interface;
use hosted_deploy_pxe::node::Provisioner;
use hosted_deploy_pxe::serve::{Config, Event, Mode, ServeError, Weight, start};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// How to answer machines that boot.
#[derive(Debug, Args)]
#[command(after_help = "\
Begin with:  hosted-deploy pxe serve --interface eth1 --pool 192.0.2.100-192.0.2.200      (this server gives the addresses)
        or:  hosted-deploy pxe serve --interface eth1 --mode proxy                        (another DHCP server does)
Needs root, or CAP_NET_BIND_SERVICE and CAP_NET_RAW. Firewall: 67, 69, 4011 UDP and the HTTP port TCP.")]
pub(in crate::cli) struct ServeArgs {
    /// The interface to serve; nothing is heard or answered on any other
    #[arg(long, value_name = "NAME")]
    interface: String,
    /// Of several addresses on the interface, this one
    #[arg(long, value_name = "ADDRESS")]
    address: Option<Ipv4Addr>,
    /// dhcp: give addresses as well; proxy: another DHCP server gives them
    #[arg(long, value_enum, default_value = "dhcp")]
    mode: ModeArg,
    /// Addresses to give: FIRST-LAST[/PREFIX][,router=ADDRESS]; again for each network behind a relay
    #[arg(long = "pool", value_name = "POOL")]
    pools: Vec<String>,
    /// How long a lease is, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = clap::value_parser!(u32).range(120..=2_592_000))]
    lease: u32,
    /// A name server for machines; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    dns: Vec<Ipv4Addr>,
    /// The domain of machines
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// A time server for machines; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    ntp: Vec<Ipv4Addr>,
    /// Port of the HTTP server
    #[arg(long, value_name = "PORT", default_value = "80")]
    http_port: u16,
    /// A folder of boot programs that come before those of the packages (undionly.kpxe, ipxe-x86_64.efi, …)
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Tell IPv6 clients that there is no router to wait for; iPXE starts up to 13 seconds earlier. Silent where a router is
    #[arg(long)]
    advertise: bool,
    /// Start although another DHCP server gives addresses here
    #[arg(long)]
    beside_other_dhcp: bool,
    /// Show every packet that means something, not only the course of boots
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum ModeArg {
    Dhcp,
    Proxy,
}

pub(super) async fn run(args: ServeArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let interface = match Interface::find(&args.interface, args.address) {
        Ok(interface) => interface,
        Err(error) => return Ok(unusable(&error.text(), lang)),
    };
    if let (ModeArg::Proxy, [pool, ..]) = (args.mode, args.pools.as_slice()) {
        let text = Text::new(
            format!(
                "--pool {pool}: with --mode proxy the other DHCP server gives the addresses; leave --pool out, or use --mode dhcp"
            ),
            format!(
                "--pool {pool}: --mode proxy では別の DHCP サーバーがアドレスを割り当てます。--pool を省略するか、--mode dhcp を使用してください"
            ),
        );
        return Ok(unusable(&text, lang));
    }
    let mut pools = Vec::new();
    for text in &args.pools {
        match Pool::parse(text, interface.prefix) {
            Ok(pool) => pools.push(pool),
            Err(error) => {
                let ja = format!("--pool {text} は使用できません ({error})");
                return Ok(unusable(&Text::new(format!("--pool {text}: {error}"), ja), lang));
            }
        }
    }
    let places = places(common)?;
    let nodes = Provisioner::start(places.nodes()?, places.profiles()?, places.images()?);
    let mode = match args.mode {
        ModeArg::Dhcp => Mode::Dhcp,
        ModeArg::Proxy => Mode::Proxy,
    };
    let serving = Serving {
        interface: interface.name.clone(),
        address: interface.address,
        http_port: args.http_port,
        proxy: matches!(args.mode, ModeArg::Proxy),
        since: now(),
        others: Vec::new(),
        warnings: Vec::new(),
    };
    // The pages do not know of this server then; machines are served all the same.
    let heartbeat = Heartbeat::begin(&places, serving)
        .inspect_err(|error| tracing::warn!(%error, "the pages will not show that this server runs"))
        .ok();
    let config = Config {
        interface,
        mode,
        pools,
        lease_secs: args.lease,
        dns: args.dns,
        domain: args.domain,
        ntp: args.ntp,
        http_port: args.http_port,
        leases: places.leases(),
        programs: args.programs,
        advertise: args.advertise,
        beside_other: args.beside_other_dhcp,
    };
    let least = if args.verbose { Weight::Detail } else { Weight::Course };
    let hear = move |event| {
        if let Some(heartbeat) = &heartbeat {
            heartbeat.hear(&event);
        }
        show(&event, least, lang);
    };
    // Whoever is asked to end before everything is open ends, too.
    let mut terminate = signal(SignalKind::terminate())?;
    let started = tokio::select! {
        started = start(config, nodes, hear) => started,
        _ = tokio::signal::ctrl_c() => return Ok(Exit::Cancelled),
        _ = terminate.recv() => return Ok(Exit::Done),
    };
    let running = match started {
        Ok(running) => running,
        Err(error) => return Ok(refused(&error, lang)),
    };
    let http = running.origin.http();
    print(&match (lang, mode) {
        (Lang::En, Mode::Dhcp) => format!("serving DHCP, TFTP and {http} on {}; Ctrl-C ends it", args.interface),
        (Lang::En, Mode::Proxy) => {
            format!("serving boot files beside the DHCP server, TFTP and {http} on {}; Ctrl-C ends it", args.interface)
        }
        (Lang::Ja, Mode::Dhcp) => {
            format!("{} で DHCP、TFTP、{http} を提供しています。Ctrl-C で終了します", args.interface)
        }
        (Lang::Ja, Mode::Proxy) => {
            format!("{} で proxyDHCP、TFTP、{http} を提供しています。Ctrl-C で終了します", args.interface)
        }
    })?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    running.stop().await;
    print(match lang {
        Lang::En => "ended; leases and nodes are kept",
        Lang::Ja => "終了しました。リースとノードの情報は保存されています",
    })?;
    Ok(Exit::Done)
}

/// A check blocks, or the system does not let us.
fn refused(error: &ServeError, lang: Lang) -> Exit {
    eprintln!("{}", error.text().get(lang));
    match error {
        ServeError::OtherServer { .. } => Exit::Blocked,
        ServeError::NoPool | ServeError::PoolElsewhere { .. } | ServeError::PoolHoldsUs(_) => Exit::Usage,
        ServeError::Socket(_) | ServeError::Store(_) | ServeError::System(_) => Exit::Failed,
    }
}

fn show(event: &Event, least: Weight, lang: Lang) {
    let weight = event.weight();
    let text = event.text();
    let text = text.get(lang);
    if weight < least || text.is_empty() {
        return;
    }
    let mark = match (weight, lang) {
        (Weight::Warning, Lang::En) => "! warning: ",
        (Weight::Warning, Lang::Ja) => "! 警告: ",
        _ => "",
    };
    // A reader that went away does not end the servers.
    let _ = print(&format!("{} {mark}{text}", clock(now())));
}
