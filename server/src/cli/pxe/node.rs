//! `hosted-deploy pxe node`.

use super::super::file::text_of;
use super::super::{Common, Exit, date, print};
use super::{places, ready};
use crate::nodes::history::happened;
use crate::nodes::{Places, advice, import};
use clap::{Args, Subcommand};
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::node::{Bmc, Fingerprint, Mac, Node, Protocol, Role, Sighting, Uuid};
use hosted_deploy_pxe::node::{Change, NewNode, NoPreview, Nodes, Provisioner, csv, now, power};
use hosted_deploy_pxe::provisioning::Origin;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// The commands over machines.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum NodeCommand {
    /// Add a machine; one that was only discovered gets its name and keeps its history
    Add {
        /// Its name: the host name, with or without its domain
        name: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Change a machine
    Set {
        /// Which
        name: String,
        #[command(flatten)]
        fields: Fields,
        /// Take its profile away
        #[arg(long, conflicts_with = "profile")]
        no_profile: bool,
    },
    /// List the machines
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Show a machine, and what was seen of it
    Show {
        /// Which
        name: String,
        /// One JSON object with everything
        #[arg(long)]
        json: bool,
    },
    /// Show the script and the kickstart it would get, without secrets
    Preview {
        /// Which
        name: String,
        /// The address that serves
        #[arg(long, value_name = "ADDRESS", default_value = "192.0.2.1")]
        server: Ipv4Addr,
    },
    /// Forget machines
    Rm {
        /// Which
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Add the machines of a list: name,mac,uuid,profile,role,address,bmc_protocol,bmc_address,bmc_user,bmc_password_file,bmc_certificate
    Import {
        /// The list, with the columns' names in its first line
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
    },
    /// Install a machine again at its next start. WHAT IS ON ITS DISKS IS LOST
    Retry {
        /// Which
        name: String,
    },
    /// Switch a machine on and let it start from the network, by IPMI or Redfish
    Wake {
        /// Which
        name: String,
        /// Its firmware is UEFI
        #[arg(long)]
        efi: bool,
    },
    /// Wait until a machine is installed and answers by SSH; trust the host keys that its installation delivered
    Wait(ready::WaitArgs),
    /// Note that the engine has a machine as a host
    Joined {
        /// Which
        name: String,
    },
}

/// What is known of a machine.
#[derive(Debug, Args)]
pub(in crate::cli) struct Fields {
    /// The address of the card that it boots from
    #[arg(long)]
    mac: Option<Mac>,
    /// Its SMBIOS UUID, as it is printed on the machine
    #[arg(long)]
    uuid: Option<Uuid>,
    /// How it is installed
    #[arg(long)]
    profile: Option<String>,
    /// self-hosted-engine-node or host
    #[arg(long)]
    role: Option<Role>,
    /// The address kept for it
    #[arg(long)]
    address: Option<Ipv4Addr>,
    /// How its management controller is asked: ipmi or redfish [default: ipmi]
    #[arg(long, value_name = "PROTOCOL")]
    bmc_protocol: Option<Protocol>,
    /// Its management controller; for Redfish with a port after a colon where that is not 443
    #[arg(long, value_name = "HOST", requires_all = ["bmc_user", "bmc_password_file"])]
    bmc_address: Option<String>,
    /// The controller's user
    #[arg(long, value_name = "USER", requires = "bmc_address")]
    bmc_user: Option<String>,
    /// A file with the controller's password
    #[arg(long, value_name = "FILE", requires = "bmc_address")]
    bmc_password_file: Option<String>,
    /// The SHA-256 of the controller's certificate, compared and accepted; for Redfish
    #[arg(long, value_name = "SHA256")]
    bmc_certificate: Option<Fingerprint>,
}

impl Fields {
    /// The controller as it is wanted, of the one `before`; nothing where nothing was said of it.
    fn bmc(&self, before: Option<Bmc>) -> Result<Option<Bmc>, NoController> {
        if self.bmc_protocol.is_none() && self.bmc_address.is_none() && self.bmc_certificate.is_none() {
            return Ok(None);
        }
        let named = self.bmc_address.clone().zip(self.bmc_user.clone()).zip(self.bmc_password_file.clone());
        let named = named.map(|((address, user), password_file)| Bmc {
            protocol: before.as_ref().map(|before| before.protocol).unwrap_or_default(),
            address,
            user,
            password_file,
            certificate: None,
        });
        let bmc = named.or(before).ok_or(NoController)?;
        Ok(Some(Bmc {
            protocol: self.bmc_protocol.unwrap_or(bmc.protocol),
            certificate: self.bmc_certificate.or(bmc.certificate),
            ..bmc
        }))
    }
}

/// Something was said of a controller, but not which one it is.
struct NoController;

impl NoController {
    fn tell(&self, name: &str, lang: Lang) -> Exit {
        let options = "--bmc-address HOST --bmc-user USER --bmc-password-file FILE [--bmc-protocol redfish]";
        match lang {
            Lang::En => eprintln!("{name} has no management controller: hosted-deploy pxe node set {name} {options}"),
            Lang::Ja => {
                eprintln!("{name} に管理コントローラーの設定がありません: hosted-deploy pxe node set {name} {options}")
            }
        }
        Exit::Usage
    }
}

pub(super) async fn run(command: NodeCommand, common: &Common) -> anyhow::Result<Exit> {
    let (places, lang) = (places(common)?, common.lang());
    let nodes = places.nodes()?;
    match command {
        NodeCommand::Add { name, fields } => {
            let Ok(bmc) = fields.bmc(None) else { return Ok(NoController.tell(&name, lang)) };
            let new = NewNode {
                bmc,
                name,
                mac: fields.mac,
                uuid: fields.uuid,
                role: fields.role.unwrap_or_default(),
                profile: fields.profile,
                address: fields.address,
            };
            places.known_profile(new.profile.as_deref())?;
            line(&nodes.add(new, now())?, lang)?;
        }
        NodeCommand::Set { name, fields, no_profile } => {
            places.known_profile(fields.profile.as_deref())?;
            let Ok(bmc) = fields.bmc(nodes.get(&name)?.bmc) else { return Ok(NoController.tell(&name, lang)) };
            let change = Change {
                bmc,
                mac: fields.mac,
                uuid: fields.uuid,
                role: fields.role,
                profile: if no_profile { Some(None) } else { fields.profile.map(Some) },
                address: fields.address.map(Some),
            };
            line(&nodes.set(&name, change, now())?, lang)?;
        }
        NodeCommand::List { json } => list(&nodes, json, lang)?,
        NodeCommand::Show { name, json } => show(&nodes, &name, json, lang)?,
        NodeCommand::Preview { name, server } => return preview(&places, &nodes.get(&name)?, server, lang),
        NodeCommand::Rm { names } => names.iter().try_for_each(|name| nodes.remove(name))?,
        NodeCommand::Import { file } => return import(&places, &nodes, &file, lang),
        NodeCommand::Retry { name } => line(&nodes.retry(&name, now())?, lang)?,
        NodeCommand::Wake { name, efi } => return wake(nodes.get(&name)?, efi, lang).await,
        NodeCommand::Wait(args) => return ready::run(&args, &nodes, common).await,
        NodeCommand::Joined { name } => line(&nodes.joined(&name, now())?, lang)?,
    }
    Ok(Exit::Done)
}

fn line(node: &Node, lang: Lang) -> anyhow::Result<()> {
    let mac = node.mac.map_or_else(|| "-".to_owned(), |mac| mac.to_string());
    let address = node.address.map_or_else(|| "-".to_owned(), |address| address.to_string());
    let profile = node.profile.as_deref().unwrap_or("-");
    let last = node.last.as_ref().map(|last| seen(last, lang));
    let (name, state) = (&node.name, node.state.title(lang));
    print(
        format!("{name:<28}  {state:<10}  {mac:<17}  {address:<15}  {profile:<16}  {}", last.unwrap_or_default())
            .trim_end(),
    )?;
    Ok(())
}

/// When and what, in a line.
fn seen(sighting: &Sighting, lang: Lang) -> String {
    let (what, detail) = (happened(&sighting.kind), &sighting.detail);
    let colon = if detail.is_empty() { "" } else { ": " };
    format!("{}  {}{colon}{detail}", date(sighting.at), what.get(lang))
}

fn list(nodes: &Nodes, json: bool, lang: Lang) -> anyhow::Result<()> {
    let all = nodes.list()?;
    if all.is_empty() && !json {
        print(lang.pick(
            "No machine yet: hosted-deploy pxe node add NAME --mac MAC --profile PROFILE",
            "マシンはまだありません: hosted-deploy pxe node add 名前 --mac MAC --profile プロファイル",
        ))?;
    }
    for node in all {
        if json {
            print(&serde_json::to_string(&node)?)?;
        } else {
            line(&node, lang)?;
        }
    }
    Ok(())
}

fn show(nodes: &Nodes, name: &str, json: bool, lang: Lang) -> anyhow::Result<()> {
    let (node, sightings) = (nodes.get(name)?, nodes.sightings(name)?);
    if json {
        print(&serde_json::to_string_pretty(&serde_json::json!({ "node": node, "sightings": sightings }))?)?;
        return Ok(());
    }
    line(&Node { last: None, ..node.clone() }, lang)?;
    let uuid = node.uuid.map(|uuid| uuid.to_string());
    let bmc = node.bmc.as_ref().map(ToString::to_string);
    let certificate = node.bmc.as_ref().and_then(|bmc| bmc.certificate).map(|certificate| certificate.to_string());
    let attempts = node.attempts.to_string();
    for (en, ja, value) in [
        ("UUID", "UUID", uuid.as_deref()),
        ("role", "役割", Some(node.role.word())),
        ("controller", "管理コントローラー", bmc.as_deref()),
        ("its certificate", "その証明書", certificate.as_deref()),
        ("attempts", "試行回数", Some(attempts.as_str())),
        ("failure", "失敗の理由", node.failure.as_deref()),
    ] {
        if let Some(value) = value {
            print(&format!("  {}: {value}", lang.pick(en, ja)))?;
        }
    }
    if node.failure.is_some() {
        for step in advice::next(&node) {
            print(&format!("  → {}", step.get(lang)))?;
        }
    }
    for key in &node.host_keys {
        print(&format!("  {}: {key}", lang.pick("host key", "ホストキー")))?;
    }
    for sighting in sightings {
        print(&format!("  {}", seen(&sighting, lang)))?;
    }
    Ok(())
}

fn preview(places: &Places, node: &Node, server: Ipv4Addr, lang: Lang) -> anyhow::Result<Exit> {
    let provisioner = Provisioner::start(places.nodes()?, places.profiles()?, places.images()?);
    match provisioner.preview(node, &Origin { address: server, http_port: 80 }) {
        Ok(preview) => {
            print(&format!("{}\n#### kickstart\n{}", preview.script, preview.kickstart.trim_end()))?;
            Ok(Exit::Done)
        }
        Err(NoPreview::Unreadable(why)) => {
            eprintln!("{}: {}", node.name, why.get(lang));
            Ok(Exit::Failed)
        }
        Err(NoPreview::Wrong(problems)) => {
            problems.iter().for_each(|problem| eprintln!("{}: {}", node.name, problem.line(lang)));
            Ok(Exit::Usage)
        }
    }
}

fn import(places: &Places, nodes: &Nodes, file: &Path, lang: Lang) -> anyhow::Result<Exit> {
    let text = text_of(file, lang)?;
    let list = match csv::read(&text) {
        Ok(list) => list,
        Err(bad) => {
            let line = lang.pick("line", "行");
            bad.iter().for_each(|bad| eprintln!("{}: {line} {}: {}", file.display(), bad.line, bad.why.get(lang)));
            return Ok(Exit::Usage);
        }
    };
    let import::Outcome { added, refused } = import::add(places, nodes, list, now());
    added.iter().try_for_each(|node| line(node, lang))?;
    // The same list may be given again when these are mended.
    for (number, name, why) in &refused {
        eprintln!("{}: {} {number}: {name}: {}", file.display(), lang.pick("line", "行"), why.get(lang));
    }
    Ok(if refused.is_empty() { Exit::Done } else { Exit::Usage })
}

async fn wake(node: Node, efi: bool, lang: Lang) -> anyhow::Result<Exit> {
    let Some(bmc) = node.bmc else { return Ok(NoController.tell(&node.name, lang)) };
    power::wake(&bmc, node.uuid, efi).await?;
    Ok(Exit::Done)
}
