//! dnsmasq: addresses and boot files, or only boot files beside another DHCP server (proxy).

use super::{Scene, commented, joined};
use crate::kickstart::netmask;
use std::fmt::Write as _;

pub(super) fn render(scene: &Scene<'_>) -> String {
    let segment = &scene.segment;
    let mut text = commented(&[
        "dnsmasq: network boot by hosted-deploy.",
        "Test it:  dnsmasq --test -C dnsmasq.conf     Firewall:  firewall-cmd --permanent --add-service=dhcp --add-service=tftp",
        "The TFTP root needs ipxe.efi and undionly.kpxe (package ipxe-bootimgs, on Debian ipxe).",
    ]);
    let _ = writeln!(
        text,
        "\n# No name service, only this interface.\nport=0\ninterface={}\nbind-interfaces\nlog-dhcp\n",
        segment.interface
    );
    if segment.proxy {
        let _ = writeln!(
            text,
            "# Another server gives the addresses; this one says what to boot.\ndhcp-range={},proxy,{}",
            segment.network,
            netmask(segment.prefix)
        );
    } else {
        let (first, last) = segment.range;
        let _ = writeln!(
            text,
            "dhcp-authoritative\n# Without the three seconds that each offer waits for an answer to a ping.\nno-ping"
        );
        let _ = writeln!(text, "dhcp-range={first},{last},{},1h", netmask(segment.prefix));
        if let Some(router) = segment.router {
            let _ = writeln!(text, "dhcp-option=option:router,{router}");
        }
        if !segment.dns.is_empty() {
            let _ = writeln!(text, "dhcp-option=option:dns-server,{}", joined(&segment.dns, ","));
        }
        if let Some(domain) = &segment.domain {
            let _ = writeln!(text, "domain={domain}");
        }
    }
    let (http, server) = (&segment.http, segment.server);
    text.push_str("\n# iPXE is there already, or was just loaded: it gets its script, never a program again.\ndhcp-userclass=set:ipxe,iPXE\ndhcp-match=set:ipxe,175\n");
    if segment.proxy {
        let _ = write!(
            text,
            "pxe-service=tag:ipxe,x86PC,\"hosted-deploy\",{http}/boot.ipxe\npxe-service=tag:ipxe,X86-64_EFI,\"hosted-deploy\",{http}/boot.ipxe\n\
             pxe-service=tag:ipxe,BC_EFI,\"hosted-deploy\",{http}/boot.ipxe\n\
             pxe-service=tag:!ipxe,x86PC,\"iPXE\",undionly.kpxe,{server}\npxe-service=tag:!ipxe,X86-64_EFI,\"iPXE\",ipxe.efi,{server}\n\
             pxe-service=tag:!ipxe,BC_EFI,\"iPXE\",ipxe.efi,{server}\n"
        );
    } else {
        let _ = write!(
            text,
            "# Option 175.176 is no-pxedhcp: iPXE need not wait for a proxy.\ndhcp-option=tag:ipxe,encap:175,176,1b\n\
             dhcp-boot=tag:ipxe,{http}/boot.ipxe\n\n\
             # UEFI, as option 93 tells (6 is ia32, 7 and 9 are x64).\n\
             dhcp-match=set:efi,option:client-arch,6\ndhcp-match=set:efi,option:client-arch,7\ndhcp-match=set:efi,option:client-arch,9\n\
             dhcp-boot=tag:efi,tag:!ipxe,ipxe.efi,,{server}\n\n\
             # UEFI that boots by HTTP; without option 60 it ignores the offer.\n\
             dhcp-match=set:httpboot,option:client-arch,16\ndhcp-option-force=tag:httpboot,60,HTTPClient\n\
             dhcp-boot=tag:httpboot,tag:!ipxe,{http}/ipxe.efi\n\n\
             # BIOS.\ndhcp-boot=tag:!ipxe,tag:!efi,tag:!httpboot,undionly.kpxe,,{server}\n"
        );
    }
    text.push_str("\nenable-tftp\ntftp-root=/var/lib/tftpboot\ntftp-max=200\n");
    for (node, mac) in scene.cards() {
        let address = node.address.filter(|_| !segment.proxy).map(|address| format!(",{address}")).unwrap_or_default();
        let _ = writeln!(text, "dhcp-host={mac},{}{address}", node.name);
    }
    text
}
