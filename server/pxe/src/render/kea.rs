//! Kea. Its JSON may hold comments.

use super::{Scene, commented, joined};
use serde_json::json;

pub(super) fn render(scene: &Scene<'_>) -> String {
    let segment = &scene.segment;
    let http = &segment.http;
    let mut options = Vec::new();
    if let Some(router) = segment.router {
        options.push(json!({ "name": "routers", "data": router.to_string() }));
    }
    if !segment.dns.is_empty() {
        options.push(json!({ "name": "domain-name-servers", "data": joined(&segment.dns, ", ") }));
    }
    if let Some(domain) = &segment.domain {
        options.push(json!({ "name": "domain-name", "data": domain }));
    }
    let reservations = scene.cards().map(|(node, mac)| {
        let mut reservation = json!({ "hw-address": mac.to_string(), "hostname": node.name });
        if let (Some(address), Some(fields)) = (node.address, reservation.as_object_mut()) {
            fields.insert("ip-address".to_owned(), json!(address.to_string()));
        }
        reservation
    });
    let not_ipxe = "not member('ipxe')";
    let document = json!({ "Dhcp4": {
        "interfaces-config": { "interfaces": [segment.interface] },
        "lease-database": { "type": "memfile", "persist": true },
        "valid-lifetime": 3600,
        "authoritative": true,
        "option-def": [
            { "name": "no-pxedhcp", "code": 176, "space": "ipxe", "type": "uint8" },
            { "name": "ipxe", "code": 175, "space": "dhcp4", "type": "empty", "encapsulate": "ipxe" },
        ],
        "client-classes": [
            {
                "name": "ipxe",
                "test": "substring(option[77].hex,0,4) == 'iPXE' or substring(option[77].hex,1,4) == 'iPXE'",
                "boot-file-name": format!("{http}/boot.ipxe"),
                "option-data": [
                    { "name": "ipxe", "always-send": true },
                    { "name": "no-pxedhcp", "space": "ipxe", "data": "1", "always-send": true },
                ],
            },
            {
                "name": "httpboot",
                "test": format!("option[93].hex == 0x0010 and {not_ipxe}"),
                "boot-file-name": format!("{http}/ipxe.efi"),
                "option-data": [{ "name": "vendor-class-identifier", "data": "HTTPClient", "always-send": true }],
            },
            {
                "name": "efi",
                "test": format!("(option[93].hex == 0x0006 or option[93].hex == 0x0007 or option[93].hex == 0x0009) and {not_ipxe}"),
                "next-server": segment.server.to_string(),
                "boot-file-name": "ipxe.efi",
            },
            {
                "name": "bios",
                "test": format!("option[93].hex == 0x0000 and {not_ipxe}"),
                "next-server": segment.server.to_string(),
                "boot-file-name": "undionly.kpxe",
            },
        ],
        "subnet4": [{
            "id": 1,
            "subnet": format!("{}/{}", segment.network, segment.prefix),
            "pools": [{ "pool": format!("{} - {}", segment.range.0, segment.range.1) }],
            "option-data": options,
            "reservations": reservations.collect::<Vec<_>>(),
        }],
    }});
    let head = commented(&[
        "Kea: network boot by hosted-deploy.",
        "Test it:  kea-dhcp4 -t kea-dhcp4.conf",
        "A TFTP server with ipxe.efi and undionly.kpxe (package ipxe-bootimgs, on Debian ipxe) runs beside it.",
        "Class ipxe comes first: iPXE gets its script, never a program again. httpboot answers option 60, without which",
        "UEFI's HTTP boot ignores the offer. Option 175.176 spares iPXE the wait for a proxy.",
    ]);
    format!("{head}{}\n", serde_json::to_string_pretty(&document).unwrap_or_default())
}
