"""Hosts: adding one (which deploys it, in the background), discovering and logging in to iSCSI on it."""

import threading
from pathlib import Path
from xml.etree.ElementTree import Element

from . import remote, switches
from .remote import Refusal
from .store import Store
from .xml import SubElement, node, put

CA = Path("/etc/pki/ovirt-engine/ca.pem")
STEPS = (
    "Connected to host {name} with SSH key fingerprint",
    "Installing Host {name}. Gathering facts.",
    "Installing Host {name}. Install packages.",
    "Installing Host {name}. Configure VDSM and libvirt.",
)


def create(store: Store, _path: str, host: Element) -> Element:
    if host.find("cluster") is None:
        host.append(store.reference("clusters", store.all("clusters")[0]))
    put(host, "status", "installing")
    host.append(node("spm", priority=5, status="none"))
    host.append(node("power_management", enabled="false", kdump_detection="true"))
    host.append(node("os", custom_kernel_cmdline="", type="RHEL"))
    store.add("hosts", host)
    threading.Thread(target=_install, args=(store, host), daemon=True).start()
    return host


def _install(store: Store, host: Element) -> None:
    name, address = host.findtext("name"), host.findtext("address")

    def tell(code: int, severity: str, words: str, status: str | None = None) -> None:
        with store.lock:
            if status is not None:
                put(host, "status", status)
            store.event(code, severity, words, host)
            store.save()

    for step in STEPS:
        tell(509, "normal", step.format(name=name))
        switches.take(1)
    try:
        remote.call(address, "host-deploy", {"network": "ovirtmgmt", "ca": CA.read_text()})
    except Refusal as refusal:
        tell(505, "error", f"Host {name} installation failed. {refusal}", "install_failed")
        return
    tell(504, "normal", f"Host {name} was added by admin@internal-authz")
    if switches.on("host-non-operational"):
        tell(519, "error", f"Host {name} does not comply with the cluster Default networks, the following networks are "
                           "missing on host: 'storage'", "non_operational")
        return
    tell(13, "normal", f"Status of host {name} was set to Up.", "up")


def act(store: Store, host: Element, action: str, request: Element) -> Element | None:
    """iSCSI actions; None when the action is not one of them."""
    if action not in ("iscsidiscover", "discoveriscsi", "iscsilogin"):
        return None
    asked = request.find("iscsi")
    details = {key: asked.findtext(key) for key in ("address", "port", "username", "password", "target")}
    address = host.findtext("address")
    done = node("action", status="complete")
    if action == "iscsilogin":
        luns = remote.call(address, "iscsi-login", details)["luns"]
        path = f"hosts/{host.get('id')}/storage"
        store.collections[path] = []
        for lun in luns:
            store.add(path, _unit(lun, details), lun["id"])
        return done
    found = SubElement(done, "discovered_targets")
    for target in remote.call(address, "iscsi-discover", details)["targets"]:
        found.append(node("iscsi_details", **target))
    return done


def _unit(lun: dict, details: dict) -> Element:
    unit = node("logical_unit", address=details["address"], port=details["port"] or 3260,
                portal=f"{details['address']}:{details['port'] or 3260},1", target=details["target"], size=lun["size"],
                serial=lun["serial"], vendor_id=lun["vendor"], product_id=lun["product"], lun_mapping=lun["number"],
                status="used" if lun["used"] else "free", paths=1)
    unit.set("id", lun["id"])
    return node("host_storage", node("logical_units", unit), type="iscsi")
