//! Configuration for other people's servers, made of the same profile: complete files with comments, to be read before
//! they are used.
//!
//! Every target expects the same names: TFTP has boot programs in its root and `IMAGE/vmlinuz`, `IMAGE/initrd.img`; HTTP has
//! `/files/IMAGE/…` as our own server does. `nginx.conf`, which comes with the targets that need it, says how.

mod dhcpd;
mod dnsmasq;
mod esxi;
mod foreman;
mod ipxe;
mod kea;
mod kubevirt;
mod nginx;
mod pxelinux;

use crate::image::{Image, Part};
use crate::kickstart;
use crate::profile::Profile;
use crate::script::Installation;
use hosted_deploy_model::node::Node;
use hosted_deploy_model::problem::Problem;
use std::net::Ipv4Addr;

/// What is rendered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// ISC dhcpd.
    Dhcpd,
    /// dnsmasq, as the only DHCP server or beside another.
    Dnsmasq,
    /// Kea.
    Kea,
    /// PXELINUX.
    Pxelinux,
    /// iPXE scripts.
    Ipxe,
    /// Red Hat Satellite.
    Satellite,
    /// Foreman.
    Foreman,
    /// The TFTP tree of ESXi, with dnsmasq.
    EsxiTftp,
    /// Machines of KubeVirt that boot from the network.
    Kubevirt,
}

impl Target {
    /// Every target by its word.
    pub const ALL: [(&'static str, Self); 9] = [
        ("dhcpd", Self::Dhcpd),
        ("dnsmasq", Self::Dnsmasq),
        ("kea", Self::Kea),
        ("pxelinux", Self::Pxelinux),
        ("ipxe", Self::Ipxe),
        ("satellite", Self::Satellite),
        ("foreman", Self::Foreman),
        ("esxi-tftp", Self::EsxiTftp),
        ("kubevirt", Self::Kubevirt),
    ];
}

/// A rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below the target's folder.
    pub name: String,
    /// Its text.
    pub text: String,
    /// It holds root's crypted password or an activation key.
    pub secret: bool,
}

impl File {
    fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), secret: false }
    }
}

/// The segment that machines boot on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The network's address.
    pub network: Ipv4Addr,
    /// Its prefix length.
    pub prefix: u8,
    /// Addresses that DHCP gives away, first and last.
    pub range: (Ipv4Addr, Ipv4Addr),
    /// The router.
    pub router: Option<Ipv4Addr>,
    /// Name servers.
    pub dns: Vec<Ipv4Addr>,
    /// Domain.
    pub domain: Option<String>,
    /// The server's interface.
    pub interface: String,
    /// The TFTP and DHCP server's address.
    pub server: Ipv4Addr,
    /// The HTTP server, without a slash at the end.
    pub http: String,
    /// Somebody else gives addresses; we only say what to boot.
    pub proxy: bool,
}

/// Everything that is rendered.
#[derive(Clone, Debug)]
pub struct Scene<'a> {
    /// The profile's name.
    pub name: &'a str,
    /// The profile, its secrets resolved.
    pub profile: &'a Profile,
    /// Its image.
    pub image: Option<&'a Image>,
    /// The text of ESXi's `boot.cfg`.
    pub boot_cfg: Option<String>,
    /// The machines.
    pub nodes: &'a [Node],
    /// Where.
    pub segment: Segment,
}

/// Renders.
///
/// # Errors
/// What keeps the profile from being used so, in both languages.
pub fn render(target: Target, scene: &Scene<'_>) -> Result<Vec<File>, Vec<Problem>> {
    let problems = scene.profile.problems(scene.image);
    if !problems.is_empty() {
        return Err(problems);
    }
    match target {
        Target::Dhcpd => Ok(vec![File::new("dhcpd.conf", dhcpd::render(scene))]),
        Target::Dnsmasq => Ok(vec![File::new("dnsmasq.conf", dnsmasq::render(scene))]),
        Target::Kea => Ok(vec![File::new("kea-dhcp4.conf", kea::render(scene))]),
        Target::Pxelinux => pxelinux::render(scene),
        Target::Ipxe => ipxe::render(scene),
        Target::Satellite => foreman::render(scene, foreman::Flavour::Satellite),
        Target::Foreman => foreman::render(scene, foreman::Flavour::Foreman),
        Target::EsxiTftp => esxi::render(scene),
        Target::Kubevirt => Ok(vec![File::new("pxe-boot.yaml", kubevirt::render(scene))]),
    }
}

impl<'a> Scene<'a> {
    /// The installation of a node, or of any machine, by these servers. They know no tokens and take no callbacks.
    fn installation(&self, node: Option<&Node>) -> Installation<'a> {
        let file = node.map_or(self.name, |node| node.name.as_str());
        Installation {
            profile: self.profile,
            image: self.image,
            name: node.map_or_else(|| self.name.to_owned(), |node| node.name.clone()),
            mac: node.and_then(|node| node.mac),
            address: node.and_then(|node| node.address),
            http: self.segment.http.clone(),
            kickstart: Some(format!("{}/kickstart/{file}.ks", self.segment.http)),
            callbacks: None,
        }
    }

    /// A kickstart for each node; where there is none and the profile needs no address, one for all.
    fn kickstarts(&self) -> Result<Vec<File>, Vec<Problem>> {
        let all: Vec<Option<&Node>> = match self.nodes {
            [] => vec![None],
            nodes => nodes.iter().map(Some).collect(),
        };
        all.into_iter()
            .map(|node| {
                let installation = self.installation(node);
                let text = kickstart::render(&installation)?;
                Ok(File { secret: true, ..File::new(format!("kickstart/{}.ks", installation.name), text) })
            })
            .collect()
    }

    /// The nodes that can be told by their cards.
    fn cards(&self) -> impl Iterator<Item = (&'a Node, hosted_deploy_model::node::Mac)> {
        self.nodes.iter().filter_map(|node| Some((node, node.mac?)))
    }

    fn image_name(&self) -> &'a str {
        self.image.map_or("IMAGE", |image| image.name.as_str())
    }

    /// How the files get below TFTP and HTTP, as lines of a comment.
    fn how_to_publish(&self, root: &str) -> Vec<String> {
        let Some(image) = self.image else { return Vec::new() };
        let (name, iso) = (&image.name, image.iso.display());
        let folder = format!("{root}/files/{name}");
        let mut lines = vec![
            format!("mkdir -p {folder}/tree && mount -o loop,ro {iso} {folder}/tree"),
            format!("ln -s tree/images/pxeboot/vmlinuz tree/images/pxeboot/initrd.img {folder}/"),
        ];
        if let Some(squashfs) = image.file(Part::Squashfs) {
            lines.push(match squashfs.path.split_once('!') {
                Some((package, path)) => {
                    format!("rpm2cpio {folder}/tree/{package} | cpio -i --to-stdout './{path}' > {folder}/squashfs.img")
                }
                None => format!("ln -s tree/{} {folder}/squashfs.img", squashfs.path),
            });
        }
        lines
    }
}

/// `# ` before every line.
fn commented(lines: &[&str]) -> String {
    lines.iter().map(|line| if line.is_empty() { "#\n".to_owned() } else { format!("# {line}\n") }).collect()
}

fn joined(addresses: &[Ipv4Addr], separator: &str) -> String {
    addresses.iter().map(Ipv4Addr::to_string).collect::<Vec<String>>().join(separator)
}
