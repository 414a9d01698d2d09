//! Kickstarts: the answers of Anaconda and of ESXi's installer, made from a profile.
//!
//! The dialect follows the image's release: `sshkey` and `%onerror` are unknown to 7, time servers moved from `timezone`
//! to `timesource` with 9. What stands in a section was judged by the profile's rules and is quoted all the same.

mod disk;
mod esxi;
mod post;

use crate::profile::{NetworkMode, Profile, ProfileKind};
use crate::quote::{comment, kickstart as quoted};
use crate::script::Installation;
use crate::text;
use hosted_deploy_model::problem::Problem;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// The release that is assumed where neither image nor profile tells one.
const USUAL_RELEASE: u32 = 9;

/// The kickstart of an installation. The profile's secrets must be resolved: they stand in what is returned.
///
/// # Errors
/// Everything that keeps this machine from being installed by this profile.
pub fn render(installation: &Installation<'_>) -> Result<String, Vec<Problem>> {
    let profile = installation.profile;
    let mut problems = profile.problems(installation.image);
    problems.extend(lacks(installation));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(match profile.what() {
        ProfileKind::Custom => installation.filled(profile.custom.kickstart.as_deref().unwrap_or_default()),
        ProfileKind::Esxi => esxi::render(installation),
        ProfileKind::Rhvh | ProfileKind::OvirtNode | ProfileKind::El => anaconda(installation),
    })
}

/// What the profile asks of the machine and the machine does not have.
fn lacks(installation: &Installation<'_>) -> Vec<Problem> {
    let profile = installation.profile;
    let mut problems = Vec::new();
    let name = &installation.name;
    if profile.network.mode == NetworkMode::Static && installation.address.is_none() {
        problems.push(Problem::new(
            "network.mode",
            text!(
                "The profile wants a static address, and the node {name} has none.",
                "プロファイルは静的アドレスを必要としますが、ノード {name} にアドレスがありません。"
            ),
            text!(
                "Give it one: hosted-deploy pxe node set {name} --address ADDRESS.",
                "hosted-deploy pxe node set {name} --address ADDRESS で指定してください。"
            ),
        ));
    }
    if profile.what() != ProfileKind::Custom && installation.image.is_none() {
        let image = profile.image.as_deref().unwrap_or_default();
        problems.push(Problem::new(
            "image",
            text!("The image \"{image}\" is not imported.", "イメージ \"{image}\" が取り込まれていません。"),
            text!(
                "Import it: hosted-deploy pxe image import FILE.iso --name {image}.",
                "hosted-deploy pxe image import FILE.iso --name {image} で取り込んでください。"
            ),
        ));
    }
    problems
}

fn anaconda(installation: &Installation<'_>) -> String {
    let profile = installation.profile;
    let release = installation.image.and_then(|image| image.release).unwrap_or(USUAL_RELEASE);
    let system = &profile.system;
    let or = |value: &Option<String>, usual: &str| quoted(value.as_deref().unwrap_or(usual));
    let mut text = format!("# {} by hosted-deploy\ntext\n", comment(&installation.name));
    let _ = writeln!(text, "lang {}", or(&system.language, "en_US.UTF-8"));
    let _ = writeln!(text, "keyboard --xlayouts={}", or(&system.keyboard, "us"));
    time(profile, release, &mut text);
    match system.root_password.value() {
        Some(password) => {
            let _ = writeln!(text, "rootpw --iscrypted {}", quoted(password.expose()));
        }
        None => text.push_str("rootpw --lock\n"),
    }
    if release > 7 {
        for key in &system.ssh_keys {
            let _ = writeln!(text, "sshkey --username=root {}", quoted(key));
        }
    }
    source(installation, &mut text);
    disk::render(profile, &mut text);
    network(installation, &mut text);
    text.push_str(
        "firewall --enabled --service=ssh\nselinux --enforcing\nservices --enabled=sshd\nfirstboot --disable\nreboot\n",
    );
    if profile.what() == ProfileKind::El {
        text.push_str("\n%packages\n");
        let usual = ["@^minimal-environment".to_owned()];
        let packages = if profile.packages.install.is_empty() { &usual[..] } else { &profile.packages.install };
        for package in packages {
            let _ = writeln!(text, "{package}");
        }
        text.push_str("%end\n");
    }
    post::render(installation, release, &mut text);
    text
}

fn time(profile: &Profile, release: u32, text: &mut String) {
    let zone = quoted(profile.system.time_zone.as_deref().unwrap_or("Etc/UTC"));
    let servers = &profile.system.time_servers;
    let utc = if release > 7 { "--utc" } else { "--isUtc" };
    match (servers.is_empty(), release > 8) {
        (false, false) => {
            let _ = writeln!(text, "timezone {zone} {utc} --ntpservers={}", servers.join(","));
        }
        (_, _) => {
            let _ = writeln!(text, "timezone {zone} {utc}");
            for server in servers {
                let _ = writeln!(text, "timesource --ntp-server={server}");
            }
        }
    }
}

/// Where the system's files come from.
fn source(installation: &Installation<'_>, text: &mut String) {
    let profile = installation.profile;
    if profile.what().is_live_image() {
        let sum = installation.image.and_then(|image| image.file(crate::image::Part::Squashfs));
        let sum = sum.map(|file| format!(" --checksum={}", file.sha256)).unwrap_or_default();
        let _ = writeln!(text, "liveimg --url={}{sum}", quoted(&installation.url("squashfs.img")));
        return;
    }
    let _ = writeln!(text, "url --url={}", quoted(&installation.url("tree")));
    let trees = installation.image.map(|image| image.repositories.as_slice()).unwrap_or_default();
    for tree in trees.iter().filter(|tree| !tree.is_empty()) {
        let name = tree.replace('/', "-");
        let _ = writeln!(
            text,
            "repo --name={} --baseurl={}",
            quoted(&name),
            quoted(&installation.url(&format!("tree/{tree}")))
        );
    }
    for (number, url) in profile.packages.repositories.iter().enumerate() {
        let _ = writeln!(text, "repo --name=more{number} --baseurl={} --install", quoted(url));
    }
}

/// Dotted mask of a prefix length.
pub(crate) fn netmask(prefix: u8) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0))
}

fn network(installation: &Installation<'_>, text: &mut String) {
    let network = &installation.profile.network;
    let mut line = "network".to_owned();
    let mut add = |option: &str, value: &str| {
        let _ = write!(line, " --{option}={value}");
    };
    match (network.mode, installation.address) {
        (NetworkMode::Static, Some(address)) => {
            add("bootproto", "static");
            add("ip", &address.to_string());
            add("netmask", &netmask(network.prefix.unwrap_or(24)).to_string());
            network.gateway.iter().for_each(|gateway| add("gateway", gateway));
        }
        _ => add("bootproto", "dhcp"),
    }
    if !network.dns.is_empty() {
        add("nameserver", &network.dns.join(","));
    }
    if network.bond.is_empty() {
        let device = network.device.clone().or_else(|| installation.mac.map(|mac| mac.to_string()));
        add("device", device.as_deref().unwrap_or("link"));
    } else {
        add("device", "bond0");
        add("bondslaves", &network.bond.join(","));
        add("bondopts", network.bond_options.as_deref().unwrap_or("mode=active-backup,miimon=100"));
    }
    if let Some(vlan) = network.vlan {
        add("vlanid", &vlan.to_string());
    }
    // Without a domain DHCP and DNS know the name better than we do.
    if network.domain.is_some() || network.mode == NetworkMode::Static {
        add("hostname", &installation.profile.host_name(&installation.name));
    }
    let _ = writeln!(text, "{line} --onboot=yes --activate");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_dotted() {
        assert_eq!(netmask(24).to_string(), "255.255.255.0");
        assert_eq!(netmask(32).to_string(), "255.255.255.255");
        assert_eq!(netmask(1).to_string(), "128.0.0.0");
        assert_eq!(netmask(0).to_string(), "0.0.0.0");
    }
}
