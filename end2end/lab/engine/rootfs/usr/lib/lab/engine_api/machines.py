"""Virtual machines, their network cards and disk attachments."""

from xml.etree.ElementTree import Element

from . import storage
from .store import Store
from .xml import node, put


def create(store: Store, path: str, machine: Element) -> Element:
    put(machine, "status", "down")
    if machine.find("os") is None:
        machine.append(node("os", type="other"))
    store.event(34, "normal", f"VM {machine.findtext('name')} was created by admin@internal-authz.")
    return store.add(path, machine)


def update(store: Store, machine: Element) -> None:
    storage.write_ovf_stores(store, machine)


def create_card(store: Store, path: str, card: Element) -> Element:
    put(card, "plugged", "true")
    put(card, "linked", "true")
    return store.add(path, card)


def attach_disk(store: Store, path: str, attachment: Element) -> Element:
    """An attachment has the id of its disk."""
    asked = attachment.find("disk")
    disk = store.get("disks", asked.get("id")) or storage.create_disk(store, "disks", asked)
    attachment.remove(asked)
    attachment.append(store.reference("disks", disk))
    put(attachment, "active", "true")
    return store.add(path, attachment, disk.get("id"))


def act(machine: Element, action: str) -> None:
    put(machine, "status", {"start": "up", "stop": "down", "shutdown": "down", "suspend": "suspended"}[action])
