//! `hosted-deploy pxe render`: configuration for other people's servers.

use super::super::{Exit, print};
use super::Places;
use clap::{Args, ValueEnum};
use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_model::node::Node;
use hosted_deploy_pxe::image::Part;
use hosted_deploy_pxe::render::{File, Scene, Segment, Target, render};
use std::net::Ipv4Addr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What to render, and for which segment.
#[derive(Debug, Args)]
#[command(after_help = "\
For example:  hosted-deploy pxe render dnsmasq --profile rhvh --subnet 192.0.2.0/24 --server 192.0.2.1 --interface eth1")]
pub(in crate::cli) struct RenderArgs {
    /// Whose configuration
    target: TargetArg,
    /// The profile
    #[arg(long)]
    profile: String,
    /// A node; may be given several times [default: every node of the profile]
    #[arg(long = "node", value_name = "NAME")]
    nodes: Vec<String>,
    /// The network that machines boot on
    #[arg(long, value_name = "NETWORK/PREFIX")]
    subnet: String,
    /// Addresses that DHCP gives away, FIRST-LAST [default: the upper half of the network]
    #[arg(long, value_name = "FIRST-LAST")]
    range: Option<String>,
    /// The router
    #[arg(long, value_name = "ADDRESS")]
    router: Option<Ipv4Addr>,
    /// A name server; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    dns: Vec<Ipv4Addr>,
    /// The domain
    #[arg(long)]
    domain: Option<String>,
    /// The server's interface
    #[arg(long, default_value = "eth0")]
    interface: String,
    /// The DHCP and TFTP server's address
    #[arg(long, value_name = "ADDRESS")]
    server: Ipv4Addr,
    /// The HTTP server [default: http://SERVER]
    #[arg(long, value_name = "URL")]
    http: Option<String>,
    /// Somebody else gives the addresses (dnsmasq)
    #[arg(long)]
    proxy: bool,
    /// Write the files into this folder [default: standard output]
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

/// Whose configuration.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum TargetArg {
    /// ISC dhcpd
    Dhcpd,
    /// dnsmasq
    Dnsmasq,
    /// Kea
    Kea,
    /// PXELINUX, with kickstarts and nginx
    Pxelinux,
    /// iPXE scripts, with kickstarts and nginx
    Ipxe,
    /// Red Hat Satellite: templates and hammer commands
    Satellite,
    /// Foreman: templates and hammer commands
    Foreman,
    /// ESXi over TFTP, with dnsmasq
    EsxiTftp,
    /// KubeVirt machines that boot from the network
    Kubevirt,
}

impl From<TargetArg> for Target {
    fn from(target: TargetArg) -> Self {
        match target {
            TargetArg::Dhcpd => Self::Dhcpd,
            TargetArg::Dnsmasq => Self::Dnsmasq,
            TargetArg::Kea => Self::Kea,
            TargetArg::Pxelinux => Self::Pxelinux,
            TargetArg::Ipxe => Self::Ipxe,
            TargetArg::Satellite => Self::Satellite,
            TargetArg::Foreman => Self::Foreman,
            TargetArg::EsxiTftp => Self::EsxiTftp,
            TargetArg::Kubevirt => Self::Kubevirt,
        }
    }
}

pub(super) fn run(args: &RenderArgs, places: &Places, lang: Lang) -> anyhow::Result<Exit> {
    let segment = match segment(args) {
        Ok(segment) => segment,
        Err(why) => return Ok(super::unusable(&why, lang)),
    };
    let images = places.images()?;
    let profile = places.profiles()?.with_secrets(&args.profile)?;
    let image = profile.image.as_deref().map(|name| images.get(name)).transpose()?;
    let boot_cfg = image.as_ref().and_then(|image| images.text(image, Part::BootCfg));
    let nodes = nodes(args, places)?;
    let scene =
        Scene { name: &args.profile, profile: &profile, image: image.as_ref(), boot_cfg, nodes: &nodes, segment };
    let files = match render(args.target.into(), &scene) {
        Ok(files) => files,
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("{}: {}", args.profile, problem.line(lang)));
            return Ok(Exit::Usage);
        }
    };
    match &args.output {
        Some(folder) => write(&files, folder)?,
        None => show(&files)?,
    }
    if files.iter().any(|file| file.secret) {
        eprintln!(
            "{}",
            lang.pick(
                "Kickstarts hold root's crypted password: serve them only to the machines that are installed.",
                "キックスタートには root の暗号化パスワードが含まれます。インストール対象のマシンだけに配信してください。"
            )
        );
    }
    Ok(Exit::Done)
}

fn nodes(args: &RenderArgs, places: &Places) -> anyhow::Result<Vec<Node>> {
    let nodes = places.nodes()?;
    if args.nodes.is_empty() {
        let all = nodes.list()?.into_iter();
        return Ok(all.filter(|node| node.profile.as_ref() == Some(&args.profile)).collect());
    }
    args.nodes.iter().map(|name| Ok(nodes.get(name)?)).collect()
}

fn segment(args: &RenderArgs) -> Result<Segment, Text> {
    let wrong = |what: &str, value: &str, example: &str| {
        Text::new(
            format!("{what} {value} cannot be used; write it like {example}."),
            format!("{what} {value} は使用できません。{example} のように書いてください。"),
        )
    };
    let subnet = || {
        let (network, prefix) = args.subnet.split_once('/')?;
        let (network, prefix): (Ipv4Addr, u8) = (network.parse().ok()?, prefix.parse().ok()?);
        let hosts = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
        ((8..=30).contains(&prefix) && network.to_bits() & hosts == 0).then_some((network, prefix, hosts))
    };
    let (network, prefix, hosts) = subnet().ok_or_else(|| wrong("--subnet", &args.subnet, "192.0.2.0/24"))?;
    let inside = |address: Ipv4Addr| address.to_bits() & !hosts == network.to_bits();
    let range = match &args.range {
        None => {
            let at = |offset: u32| Ipv4Addr::from_bits(network.to_bits() | offset);
            (at(hosts / 2 + 1), at(hosts - 1))
        }
        Some(text) => {
            let parsed = text
                .split_once('-')
                .and_then(|(first, last)| Some((first.trim().parse().ok()?, last.trim().parse().ok()?)));
            let range =
                parsed.filter(|(first, last): &(Ipv4Addr, Ipv4Addr)| first <= last && inside(*first) && inside(*last));
            range.ok_or_else(|| wrong("--range", text, "192.0.2.100-192.0.2.200"))?
        }
    };
    let http = args.http.clone().unwrap_or_else(|| format!("http://{}", args.server));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-~/:".contains(&byte);
    if !http.starts_with("http://") || !http.bytes().all(plain) {
        return Err(wrong("--http", &http, "http://192.0.2.1:8080"));
    }
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    if let Some(domain) = args.domain.as_ref().filter(|domain| !word(domain)) {
        return Err(wrong("--domain", domain, "example.com"));
    }
    if !word(&args.interface) {
        return Err(wrong("--interface", &args.interface, "eth0"));
    }
    Ok(Segment {
        network,
        prefix,
        range,
        router: args.router,
        dns: args.dns.clone(),
        domain: args.domain.clone(),
        interface: args.interface.clone(),
        server: args.server,
        http: http.trim_end_matches('/').to_owned(),
        proxy: args.proxy,
    })
}

fn show(files: &[File]) -> anyhow::Result<()> {
    for file in files {
        if files.len() > 1 {
            print(&format!("#### {}", file.name))?;
        }
        print(file.text.trim_end())?;
    }
    Ok(())
}

fn write(files: &[File], folder: &Path) -> anyhow::Result<()> {
    for file in files {
        let path = folder.join(&file.name);
        let parent = path.parent().unwrap_or(folder);
        std::fs::DirBuilder::new().recursive(true).mode(0o755).create(parent)?;
        let mode = if file.secret { 0o600 } else { 0o644 };
        let opened = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&path);
        let written = opened.and_then(|mut to| std::io::Write::write_all(&mut to, file.text.as_bytes()));
        written.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        print(&path.display().to_string())?;
    }
    Ok(())
}
