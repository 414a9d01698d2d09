//! `hosted-deploy pxe serve`.

use super::super::file::configuration;
use super::super::{Common, Exit, clock, now, print};
use super::{places, unusable};
use crate::nodes::serving::{Heartbeat, Serving};
use clap::{Args, ValueEnum};
use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_pxe::lease::Pool;
use hosted_deploy_pxe::net::Interface;
use hosted_deploy_pxe::node::Provisioner;
use hosted_deploy_pxe::serve::{Config, Event, Mode, ServeError, Weight, start};
use serde::Deserialize;
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
    /// A file with these options as keys; an option on the command line counts more [the service: /etc/hosted-deploy/pxe.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

const LEASE_SECS: u32 = 3600;
const HTTP_PORT: u16 = 80;

/// Each is a flag and a key of the configuration file.
#[derive(Debug, Default, PartialEq, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Options {
    /// The interface to serve; nothing is heard or answered on any other
    #[arg(long, value_name = "NAME")]
    interface: Option<String>,
    /// Of several addresses on the interface, this one
    #[arg(long, value_name = "ADDRESS")]
    address: Option<Ipv4Addr>,
    /// dhcp: give addresses as well; proxy: another DHCP server gives them [default: dhcp]
    #[arg(long, value_enum)]
    mode: Option<ModeArg>,
    /// Addresses to give: FIRST-LAST[/PREFIX][,router=ADDRESS]; again for each network behind a relay
    #[arg(long, value_name = "POOL")]
    pool: Vec<String>,
    /// How long a lease is, in seconds, 120 to 2592000 [default: 3600]
    #[arg(long, value_name = "SECONDS")]
    lease: Option<u32>,
    /// A name server for machines; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    dns: Vec<Ipv4Addr>,
    /// The domain of machines
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// A time server for machines; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    ntp: Vec<Ipv4Addr>,
    /// Port of the HTTP server [default: 80]
    #[arg(long, value_name = "PORT")]
    http_port: Option<u16>,
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

impl Options {
    /// What is not given here is taken from there.
    fn or(self, other: Self) -> Self {
        fn list<T>(here: Vec<T>, there: Vec<T>) -> Vec<T> {
            if here.is_empty() { there } else { here }
        }
        Self {
            interface: self.interface.or(other.interface),
            address: self.address.or(other.address),
            mode: self.mode.or(other.mode),
            pool: list(self.pool, other.pool),
            lease: self.lease.or(other.lease),
            dns: list(self.dns, other.dns),
            domain: self.domain.or(other.domain),
            ntp: list(self.ntp, other.ntp),
            http_port: self.http_port.or(other.http_port),
            programs: self.programs.or(other.programs),
            advertise: self.advertise || other.advertise,
            beside_other_dhcp: self.beside_other_dhcp || other.beside_other_dhcp,
            verbose: self.verbose || other.verbose,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ModeArg {
    #[default]
    Dhcp,
    Proxy,
}

pub(super) async fn run(args: ServeArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    let from_file = match args.config.as_deref().map(|file| configuration::<Options>(file, lang)).transpose() {
        Ok(options) => options.unwrap_or_default(),
        Err(why) => {
            eprintln!("{why}");
            return Ok(Exit::Usage);
        }
    };
    let args = args.options.or(from_file);
    let Some(name) = &args.interface else {
        return Ok(unusable(
            &Text::new(
                "no interface is named: give --interface, or `interface` in a file named by --config; `ip -brief address` lists them",
                "インターフェースが指定されていません。--interface、または --config で指定したファイルの `interface` で指定してください。`ip -brief address` で一覧を確認できます",
            ),
            lang,
        ));
    };
    let lease_secs = args.lease.unwrap_or(LEASE_SECS);
    if !(120..=2_592_000).contains(&lease_secs) {
        let text = Text::new(
            format!("--lease {lease_secs}: 120 to 2592000 seconds are possible"),
            format!("--lease {lease_secs}: 120 ～ 2592000 秒を指定してください"),
        );
        return Ok(unusable(&text, lang));
    }
    let interface = match Interface::find(name, args.address) {
        Ok(interface) => interface,
        Err(error) => return Ok(unusable(&error.text(), lang)),
    };
    let mode = args.mode.unwrap_or_default();
    if let (ModeArg::Proxy, [pool, ..]) = (mode, args.pool.as_slice()) {
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
    for text in &args.pool {
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
    let mode = match mode {
        ModeArg::Dhcp => Mode::Dhcp,
        ModeArg::Proxy => Mode::Proxy,
    };
    let http_port = args.http_port.unwrap_or(HTTP_PORT);
    let serving = Serving {
        interface: interface.name.clone(),
        address: interface.address,
        http_port,
        proxy: mode == Mode::Proxy,
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
        lease_secs,
        dns: args.dns,
        domain: args.domain,
        ntp: args.ntp,
        http_port,
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
        (Lang::En, Mode::Dhcp) => format!("serving DHCP, TFTP and {http} on {name}; Ctrl-C ends it"),
        (Lang::En, Mode::Proxy) => {
            format!("serving boot files beside the DHCP server, TFTP and {http} on {name}; Ctrl-C ends it")
        }
        (Lang::Ja, Mode::Dhcp) => {
            format!("{name} で DHCP、TFTP、{http} を提供しています。Ctrl-C で終了します")
        }
        (Lang::Ja, Mode::Proxy) => {
            format!("{name} で proxyDHCP、TFTP、{http} を提供しています。Ctrl-C で終了します")
        }
    })?;
    if let Err(error) = crate::web::ready() {
        tracing::warn!(%error, "systemd does not hear that the service is ready");
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command};

    const EVERY: &str = "interface = 'eth1'\naddress = '192.0.2.1'\nmode = 'proxy'\npool = ['192.0.2.100-192.0.2.200']\nlease = 600\n\
        dns = ['192.0.2.53']\ndomain = 'example.com'\nntp = ['192.0.2.123']\nhttp-port = 8080\nprograms = '/p'\nadvertise = true\n\
        beside-other-dhcp = true\nverbose = true\n";

    #[test]
    fn every_key_is_a_flag_and_every_flag_a_key() {
        let flags = Options::augment_args(Command::new("serve"));
        let keys: Vec<&str> = EVERY.lines().filter_map(|line| line.split(' ').next()).collect();
        let flags: Vec<&str> = flags.get_arguments().filter_map(|flag| flag.get_long()).collect();
        assert_eq!(flags, keys);
        let read: Options = toml::from_str(EVERY).unwrap();
        assert_eq!((read.mode, read.dns.len(), read.http_port), (Some(ModeArg::Proxy), 1, Some(8080)));
    }

    #[test]
    fn the_command_line_counts_more_than_the_file() {
        let given = Options { interface: Some("eth2".into()), ..Options::default() };
        let both = given.or(toml::from_str(EVERY).unwrap());
        assert_eq!((both.interface.as_deref(), both.lease, both.pool.len()), (Some("eth2"), Some(600), 1));
    }

    #[test]
    fn the_packaged_file_names_only_keys_that_there_are() {
        let text = include_str!("../../../../packaging/pxe.toml");
        let given: String = text
            .lines()
            .map(|line| format!("{}\n", line.strip_prefix('#').filter(|l| !l.starts_with(' ')).unwrap_or(line)))
            .collect();
        let read: Options = toml::from_str(&given).unwrap_or_else(|error| panic!("{error}\n{given}"));
        assert!(read.interface.is_some() && !read.pool.is_empty(), "{read:?}");
        // As it is delivered, nothing is served: somebody has to say where.
        assert_eq!(toml::from_str::<Options>(text).unwrap(), Options::default());
    }
}
