//! ISC dhcpd.

use super::{Scene, commented, joined};
use crate::kickstart::netmask;
use std::fmt::Write as _;

pub(super) fn render(scene: &Scene<'_>) -> String {
    let segment = &scene.segment;
    let mut text = commented(&[
        "ISC dhcpd: network boot by hosted-deploy.",
        "Test it:  dhcpd -t -4 -cf dhcpd.conf        Firewall:  firewall-cmd --permanent --add-service=dhcp --add-service=tftp",
        "The TFTP root needs ipxe.efi, snponly.efi and undionly.kpxe (package ipxe-bootimgs, on Debian ipxe).",
    ]);
    text.push_str(
        "\nauthoritative;\ndefault-lease-time 3600;\nmax-lease-time 86400;\n\n\
         # What clients say of themselves: RFC 4578 (93), RFC 3004 (77), iPXE's own options (175).\n\
         option client-arch code 93 = unsigned integer 16;\noption user-class code 77 = string;\n\
         option space ipxe;\noption ipxe-encap-opts code 175 = encapsulate ipxe;\n\
         # iPXE need not wait for the offer of a proxy.\noption ipxe.no-pxedhcp code 176 = unsigned integer 8;\n\n",
    );
    let _ = writeln!(text, "subnet {} netmask {} {{", segment.network, netmask(segment.prefix));
    let _ = writeln!(text, "  range {} {};", segment.range.0, segment.range.1);
    if let Some(router) = segment.router {
        let _ = writeln!(text, "  option routers {router};");
    }
    if !segment.dns.is_empty() {
        let _ = writeln!(text, "  option domain-name-servers {};", joined(&segment.dns, ", "));
    }
    if let Some(domain) = &segment.domain {
        let _ = writeln!(text, "  option domain-name \"{domain}\";");
    }
    let http = &segment.http;
    let _ = write!(
        text,
        "  next-server {};\n\n\
         \x20 # iPXE is there already, or was loaded by one of the next lines: it gets its script, never a program again.\n\
         \x20 if exists user-class and substring (option user-class, 0, 4) = \"iPXE\" {{\n\
         \x20   option ipxe.no-pxedhcp 1;\n    filename \"{http}/boot.ipxe\";\n\
         \x20 # UEFI that boots by HTTP; without option 60 it ignores the offer.\n\
         \x20 }} elsif option client-arch = 00:10 {{\n\
         \x20   option vendor-class-identifier \"HTTPClient\";\n    filename \"{http}/ipxe.efi\";\n\
         \x20 # UEFI by TFTP: ia32, x64, x64 as some firmware calls it.\n\
         \x20 }} elsif option client-arch = 00:06 or option client-arch = 00:07 or option client-arch = 00:09 {{\n\
         \x20   filename \"ipxe.efi\";\n\
         \x20 }} else {{\n    filename \"undionly.kpxe\";\n  }}\n}}\n",
        segment.server
    );
    for (node, mac) in scene.cards() {
        let _ = writeln!(text, "\nhost {} {{\n  hardware ethernet {mac};", node.name);
        if let Some(address) = node.address {
            let _ = writeln!(text, "  fixed-address {address};");
        }
        let _ = writeln!(text, "  option host-name \"{}\";\n}}", node.name);
    }
    text
}
