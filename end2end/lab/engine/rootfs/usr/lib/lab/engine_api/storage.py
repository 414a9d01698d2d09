"""Storage domains and disks. The host does the work, this keeps the books."""

import copy
import uuid
from xml.etree.ElementTree import Element

from . import remote
from .remote import Refusal
from .store import Store
from .xml import node, put

OVF_STORE_BYTES = 128 << 20


def _address(store: Store) -> str:
    """The host that does storage work: the first one that is up."""
    host = next((h for h in store.all("hosts") if h.findtext("status") == "up"), None)
    if host is None:
        raise Refusal("Cannot perform the operation: no host in status Up")
    return host.findtext("address")


def create_domain(store: Store, _path: str, domain: Element) -> Element:
    if store.named("storagedomains", domain.findtext("name")) is not None:
        raise Refusal("Cannot add Storage. The Storage Domain name is already in use, please choose a unique name "
                      "and try again.")
    described = domain.find("storage")
    request = {key: described.findtext(key) for key in ("type", "address", "path", "nfs_version", "mount_options")}
    unit = described.find("logical_units/logical_unit")
    if unit is not None:
        request |= {"lun": unit.get("id")}
        request |= {key: unit.findtext(key) for key in ("address", "port", "target", "username", "password")}
    identity = str(uuid.uuid4())
    space = remote.call(_address(store), "create-domain", request | {"id": identity})
    for secret in domain.iter("password"):
        secret.text = None
    for helper in domain.findall("host"):
        domain.remove(helper)
    for key, value in {"available": space["available"], "used": space["used"], "committed": 0, "status": "unattached",
                       "master": "true", "critical_space_action_blocker": 5, "warning_low_space_indicator": 10}.items():
        put(domain, key, value)
    store.add("storagedomains", domain, identity)
    store.event(956, "normal", f"Storage Domain {domain.findtext('name')} was added by admin@internal-authz")
    return domain


def remove_domain(store: Store, domain: Element, query: dict[str, str]) -> None:
    """With `destroy` the engine only forgets the domain; with `format` its content goes too."""
    remote.call(_address(store), "remove-domain", {"id": domain.get("id"), "format": query.get("format") == "true"})
    for path in [p for p in store.collections if p.startswith("datacenters/") and p.endswith("/storagedomains")]:
        for attached in [d for d in store.all(path) if d.get("id") == domain.get("id")]:
            store.remove(path, attached)


def attach(store: Store, path: str, request: Element) -> Element:
    """POST datacenters/ID/storagedomains. Attached domains have no status of their own at the top level."""
    domain, center = store.get("storagedomains", request.get("id")), store.get("datacenters", path.split("/")[1])
    attached = copy.deepcopy(domain)
    put(attached, "status", "active")
    store.add(path, attached, domain.get("id"))
    put(center, "status", "up")
    status = domain.find("status")
    if status is not None:
        domain.remove(status)
    domain.append(node("data_centers", store.reference("datacenters", center)))
    return attached


def create_disk(store: Store, path: str, disk: Element) -> Element:
    """POST disks, or storagedomains/ID/disks."""
    parts = path.split("/")
    place = disk.find(".//storage_domain")
    domain = parts[1] if len(parts) == 3 else place.get("id") if place is not None else None
    if store.get("storagedomains", domain) is None:
        raise Refusal("Cannot add Virtual Disk. The relevant Storage Domain's status is unknown.")
    disk.set("id", str(uuid.uuid4()))
    volume, size = str(uuid.uuid4()), disk.findtext("provisioned_size")
    remote.call(_address(store), "create-image",
                {"domain": domain, "image": disk.get("id"), "volume": volume, "size": size})
    name = disk.findtext("name") or disk.findtext("alias") or ""
    for key, value in {"name": name, "alias": name, "image_id": volume, "status": "ok", "storage_type": "image",
                       "actual_size": size, "total_size": size}.items():
        put(disk, key, value)
    store.add("disks", disk)
    store.collections.setdefault(f"storagedomains/{domain}/disks", []).append(disk)
    return disk


def write_ovf_stores(store: Store, machine: Element) -> None:
    """The two disks that hold the descriptions of machines, made when they are first needed."""
    for domain in store.all("storagedomains"):
        path = f"storagedomains/{domain.get('id')}/disks"
        disks = [d for d in store.all(path) if d.findtext("name") == "OVF_STORE"]
        while store.all(path) and len(disks) < 2:
            disk = node("disk", name="OVF_STORE", content_type="ovf_store", provisioned_size=OVF_STORE_BYTES)
            disks.append(create_disk(store, path, disk))
        for disk in disks:
            remote.call(_address(store), "write-archive", {
                "domain": domain.get("id"), "image": disk.get("id"), "volume": disk.findtext("image_id"),
                "content": {f"{machine.get('id')}.ovf": _ovf(machine)}})


def _ovf(machine: Element) -> str:
    return (f'<?xml version="1.0"?><ovf:Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1/"><Content '
            f'ovf:id="out"><Name>{machine.findtext("name")}</Name></Content></ovf:Envelope>')
