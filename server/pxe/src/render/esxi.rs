//! ESXi by TFTP: its loader has no HTTP unless iPXE or the firmware brought it, so everything lies below the TFTP root and
//! `prefix` is a path.

use super::{File, Scene, commented, joined};
use crate::image::esxi::BootCfg;
use crate::kickstart::netmask;
use crate::text;
use hosted_deploy_model::problem::Problem;
use std::fmt::Write as _;

pub(super) fn render(scene: &Scene<'_>) -> Result<Vec<File>, Vec<Problem>> {
    let Some(cfg) = scene.boot_cfg.as_deref().and_then(BootCfg::parse) else {
        return Err(vec![Problem::new(
            "image",
            text!("This target needs an image of ESXi.", "この出力先には ESXi のイメージが必要です。"),
            text!(
                "Import one and write kind = \"esxi\" in the profile.",
                "ESXi のイメージを取り込み、プロファイルに kind = \"esxi\" と書いてください。"
            ),
        )]);
    };
    let image = scene.image_name();
    let options = |kickstart: Option<String>| {
        let ks = kickstart.map(|url| format!(" ks={url}")).unwrap_or_default();
        format!("runweasel{ks}")
    };
    let mut files = vec![File::new("dnsmasq.conf", dnsmasq(scene))];
    files.push(File::new("boot.cfg", cfg.for_network(image, &options(scene.installation(None).kickstart))));
    for (node, mac) in scene.cards() {
        // The loader looks here first.
        let text = cfg.for_network(image, &options(scene.installation(Some(node)).kickstart));
        files.push(File::new(format!("01-{}/boot.cfg", mac.dashed()), text));
    }
    files.extend(scene.kickstarts()?);
    Ok(files)
}

fn dnsmasq(scene: &Scene<'_>) -> String {
    let segment = &scene.segment;
    let image = scene.image_name();
    let iso = scene.image.map(|image| image.iso.display().to_string()).unwrap_or_default();
    let mut text = commented(&[
        "dnsmasq: ESXi over TFTP alone, by hosted-deploy.",
        "Test it:  dnsmasq --test -C dnsmasq.conf     Firewall:  firewall-cmd --permanent --add-service=dhcp --add-service=tftp",
        "The log shows Discover, Offer, Request, Ack, then bootx64.efi, boot.cfg, the modules, and the installer starts.",
        "Everything lies below the TFTP root; a URL in boot.cfg's prefix would be asked of TFTP as a file's name:",
        &format!("  mkdir -p /var/lib/tftpboot/{image} && mount -o loop,ro {iso} /var/lib/tftpboot/{image}"),
        &format!("  cp /var/lib/tftpboot/{image}/efi/boot/bootx64.efi /var/lib/tftpboot/bootx64.efi"),
        "  cp boot.cfg /var/lib/tftpboot/boot.cfg        and each folder 01-… beside it",
        "The kickstarts are fetched by the installer itself, over HTTP.",
    ]);
    let (first, last) = segment.range;
    let _ = write!(
        text,
        "\nport=0\ninterface={}\nbind-interfaces\nlog-dhcp\ndhcp-authoritative\nno-ping\ndhcp-range={first},{last},{},1h\n",
        segment.interface,
        netmask(segment.prefix)
    );
    if let Some(router) = segment.router {
        let _ = writeln!(text, "dhcp-option=3,{router}");
    }
    if !segment.dns.is_empty() {
        let _ = writeln!(text, "dhcp-option=6,{}", joined(&segment.dns, ","));
    }
    let _ = writeln!(
        text,
        "dhcp-boot=bootx64.efi,,{}\nenable-tftp\ntftp-root=/var/lib/tftpboot\ntftp-max=200",
        segment.server
    );
    for (node, mac) in scene.cards() {
        let address = node.address.map(|address| format!(",{address}")).unwrap_or_default();
        let _ = writeln!(text, "dhcp-host={mac},{}{address}", node.name);
    }
    text
}
