//! KubeVirt: machines that boot from a bridge of the nodes (container-native virtualization).

use super::{Scene, commented};
use crate::profile::ProfileKind;
use serde_json::{Value, json};
use std::fmt::Write as _;

const NETWORK: &str = "pxe-net-conf";

pub(super) fn render(scene: &Scene<'_>) -> String {
    let mut text = commented(&[
        "KubeVirt: network boot by hosted-deploy. The bridge br1 must be on every node, on the segment that is booted from.",
        "  oc create -f pxe-boot.yaml",
        "  oc get vmi NAME -o yaml | grep -i phase       until it says Running",
        "  virtctl console NAME                          the machine's MAC address is the one below:  ip address",
        "JSON is YAML: each document can be read by both.",
    ]);
    document(&network(), &mut text);
    if scene.nodes.is_empty() {
        document(&machine(scene, scene.name, None, None), &mut text);
    }
    for node in scene.nodes {
        let mac = node.mac.map(|mac| mac.to_string());
        let uuid = node.uuid.map(|uuid| uuid.to_string());
        document(&machine(scene, &node.name, mac.as_deref(), uuid.as_deref()), &mut text);
    }
    text
}

fn document(value: &Value, text: &mut String) {
    let _ = write!(text, "---\n{}\n", serde_json::to_string_pretty(value).unwrap_or_default());
}

/// The bridge, and `cnv-tuning`, which lets a machine have a MAC address of its own.
fn network() -> Value {
    let config = json!({
        "cniVersion": "0.3.1",
        "name": NETWORK,
        "plugins": [{ "type": "cnv-bridge", "bridge": "br1", "ipam": {} }, { "type": "cnv-tuning" }],
    });
    json!({
        "apiVersion": "k8s.cni.cncf.io/v1",
        "kind": "NetworkAttachmentDefinition",
        "metadata": { "name": NETWORK },
        "spec": { "config": config.to_string() },
    })
}

fn machine(scene: &Scene<'_>, name: &str, mac: Option<&str>, uuid: Option<&str>) -> Value {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let mut card = json!({ "name": "pxe-net", "bridge": {}, "bootOrder": 1, "model": "virtio" });
    if let (Some(mac), Some(card)) = (mac, card.as_object_mut()) {
        card.insert("macAddress".to_owned(), json!(mac));
    }
    // 55 GiB is what an image-based host needs, and something to spare.
    let disk = if scene.profile.what() == ProfileKind::Custom { "20Gi" } else { "70Gi" };
    let mut firmware = json!({ "bootloader": { "efi": { "secureBoot": false } } });
    if let (Some(uuid), Some(firmware)) = (uuid, firmware.as_object_mut()) {
        firmware.insert("uuid".to_owned(), json!(uuid));
    }
    json!({
        "apiVersion": "kubevirt.io/v1",
        "kind": "VirtualMachineInstance",
        "metadata": { "name": name, "labels": { "special": "vmi-pxe-boot" } },
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "domain": {
                "cpu": { "cores": 2 },
                "memory": { "guest": "4Gi" },
                "firmware": firmware,
                "devices": {
                    "disks": [{ "name": "root", "bootOrder": 2, "disk": { "bus": "virtio" } }],
                    "interfaces": [{ "name": "default", "masquerade": {} }, card],
                },
            },
            "networks": [
                { "name": "default", "pod": {} },
                { "name": "pxe-net", "multus": { "networkName": NETWORK } },
            ],
            "volumes": [{ "name": "root", "emptyDisk": { "capacity": disk } }],
        },
    })
}
