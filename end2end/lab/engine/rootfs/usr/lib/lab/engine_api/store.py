"""Collections of resources. A collection is named by its path (`hosts`, `datacenters/ID/storagedomains`); the whole
store is one file, so that it wanders with the engine's disk from the bootstrap VM to the final one."""

import json
import threading
import time
import uuid
from pathlib import Path
from xml.etree.ElementTree import Element

from .xml import SubElement, fromstring, node, put, tostring

API = "/ovirt-engine/api"
FILE = Path("/var/lib/ovirt-engine/lab-store.json")

# last part of a path: (tag of the list, tag of an item)
TAGS = {
    "affinitylabels": ("affinity_labels", "affinity_label"), "cdroms": ("cdroms", "cdrom"),
    "clusters": ("clusters", "cluster"), "datacenters": ("data_centers", "data_center"),
    "diskattachments": ("disk_attachments", "disk_attachment"), "disks": ("disks", "disk"),
    "events": ("events", "event"), "graphicsconsoles": ("graphics_consoles", "graphics_console"),
    "hostdevices": ("host_devices", "host_device"), "hosts": ("hosts", "host"),
    "instancetypes": ("instance_types", "instance_type"), "macpools": ("mac_pools", "mac_pool"),
    "networks": ("networks", "network"), "nics": ("nics", "nic"), "numanodes": ("vm_numa_nodes", "vm_numa_node"),
    "operatingsystems": ("operating_systems", "operating_system"), "permissions": ("permissions", "permission"),
    "schedulingpolicies": ("scheduling_policies", "scheduling_policy"), "snapshots": ("snapshots", "snapshot"),
    "statistics": ("statistics", "statistic"), "storage": ("host_storages", "host_storage"),
    "storageconnections": ("storage_connections", "storage_connection"),
    "storagedomains": ("storage_domains", "storage_domain"), "tags": ("tags", "tag"),
    "templates": ("templates", "template"), "users": ("users", "user"), "vms": ("vms", "vm"),
    "vnicprofiles": ("vnic_profiles", "vnic_profile"), "watchdogs": ("watchdogs", "watchdog"),
}

# Links that the SDK follows; without them a module stops with AttributeError.
LINKS = {
    "clusters": ("networks",), "datacenters": ("clusters", "networks", "storagedomains"), "hosts": ("nics", "storage"),
    "storagedomains": ("disks", "storageconnections"), "vms": ("nics", "diskattachments", "graphicsconsoles"),
}

# A reference by name inside a request is replaced by one by id.
REFERENCES = {"cluster": "clusters", "data_center": "datacenters", "host": "hosts", "template": "templates",
              "storage_domain": "storagedomains", "network": "networks"}


class Store:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.collections: dict[str, list[Element]] = {}

    # -- keeping

    def load(self) -> bool:
        """Reads the file; False when there is none yet."""
        try:
            kept = json.loads(FILE.read_text())
        except FileNotFoundError:
            return False
        self.collections = {path: [fromstring(text) for text in items] for path, items in kept.items()}
        return True

    def save(self) -> None:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        fresh = FILE.with_suffix(".new")
        fresh.write_text(json.dumps({path: [tostring(item, "unicode") for item in items]
                                     for path, items in self.collections.items()}))
        fresh.replace(FILE)

    # -- reading

    def all(self, path: str) -> list[Element]:
        return self.collections.get(path, [])

    def get(self, path: str, identity: str | None) -> Element | None:
        return next((item for item in self.all(path) if item.get("id") == identity), None)

    def named(self, path: str, name: str | None) -> Element | None:
        return next((item for item in self.all(path) if item.findtext("name") == name), None)

    def reference(self, path: str, item: Element) -> Element:
        """An element that points to `item` of the top-level collection `path`."""
        return Element(item.tag, id=item.get("id"), href=f"{API}/{path}/{item.get('id')}")

    # -- changing

    def add(self, path: str, item: Element, identity: str | None = None) -> Element:
        """Puts an item into a collection, with an id, its address and its links."""
        item.set("id", identity or item.get("id") or str(uuid.uuid4()))
        item.set("href", f"{API}/{path}/{item.get('id')}")
        present = {link.get("rel") for link in item.findall("link")}
        for name in LINKS.get(path, ()):
            if name not in present:
                SubElement(item, "link", rel=name, href=f"{item.get('href')}/{name}")
        self.collections.setdefault(path, []).append(item)
        return item

    def remove(self, path: str, item: Element) -> None:
        self.collections[path].remove(item)
        inner = f"{path}/{item.get('id')}/"
        for below in [p for p in self.collections if p.startswith(inner)]:
            del self.collections[below]

    def resolve(self, request: Element) -> None:
        """Turns `<cluster><name>x</name></cluster>` anywhere in a request into a reference by id."""
        for parent in list(request.iter()):
            for child in list(parent):
                path = REFERENCES.get(child.tag)
                if path is None:
                    continue
                meant = self.get(path, child.get("id")) if child.get("id") else self.named(path, child.findtext("name"))
                if meant is not None:
                    child.clear()
                    child.attrib.update(self.reference(path, meant).attrib)

    def event(self, code: int, severity: str, description: str, host: Element | None = None) -> None:
        """Events are listed newest first and numbered upwards."""
        number = 1 + max((int(e.get("id")) for e in self.all("events")), default=100)
        item = node("event", code=code, severity=severity, description=description, index=number, origin="oVirt",
                    time=time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()))
        if host is not None:
            about = self.reference("hosts", host)
            put(about, "name", host.findtext("name"))
            item.append(about)
        self.add("events", item, str(number))
        self.collections["events"].sort(key=lambda e: -int(e.get("id")))
