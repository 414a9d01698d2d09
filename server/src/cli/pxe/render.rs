//! `hosted-deploy pxe render`: configuration for other people's servers.

use super::super::{Exit, print};
use crate::nodes::Places;
use crate::nodes::render::{self, Asked, NoFiles};
use clap::{Args, ValueEnum};
use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_model::problem::Problem;
use hosted_deploy_pxe::render::{File, Target};
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
    let asked = Asked {
        subnet: args.subnet.clone(),
        range: args.range.clone(),
        router: args.router,
        dns: args.dns.clone(),
        domain: args.domain.clone(),
        interface: args.interface.clone(),
        server: Some(args.server),
        http: args.http.clone(),
        proxy: args.proxy,
    };
    let segment = match render::segment(&asked) {
        Ok(segment) => segment,
        Err(problem) => {
            let Problem { field, message, remedy, .. } = *problem;
            let line = |lang| format!("--{field}: {} {}", message.get(lang), remedy.get(lang));
            return Ok(super::unusable(&Text::new(line(Lang::En), line(Lang::Ja)), lang));
        }
    };
    let nodes = render::nodes(places, &args.profile, &args.nodes)?;
    let files = match render::files(places, args.target.into(), &args.profile, &nodes, segment, true) {
        Ok(files) => files,
        Err(NoFiles::Unreadable(why)) => {
            eprintln!("hosted-deploy: {}", why.get(lang));
            return Ok(Exit::Failed);
        }
        Err(NoFiles::Wrong(problems)) => {
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
