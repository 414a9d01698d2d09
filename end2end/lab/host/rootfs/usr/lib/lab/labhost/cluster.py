"""What the HA daemons know: is the engine deployed, which maintenance is set, how does the engine VM fare.

There is no sanlock and no shared metadata: each lab host knows only itself.
"""

import json
import os
import re
import subprocess
import tarfile
import time
import urllib.request
from pathlib import Path

from . import console, domain, storage
from .console import Refused

CONFIGURATION = Path("/etc/ovirt-hosted-engine/hosted-engine.conf")
VM_CONFIGURATION = Path("/var/run/ovirt-hosted-engine-ha/vm.conf")
RECORD = Path("/var/lib/lab/ha.json")
HEALTHY = b"DB Up!Welcome to Health Status!"
NAME = "HostedEngine"


def configuration() -> dict[str, str]:
    """hosted-engine.conf as a mapping; empty when there is none."""
    try:
        lines = CONFIGURATION.read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.strip().split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def deployed() -> bool:
    return bool(configuration().get("vmid"))


def record() -> dict:
    """`global` and `local` maintenance, `state` and `since` of the agent."""
    try:
        return json.loads(RECORD.read_text())
    except FileNotFoundError:
        return {"global": False, "local": False, "state": "StartState", "since": time.time()}


def keep(changes: dict) -> None:
    fresh = RECORD.with_suffix(".new")
    fresh.write_text(json.dumps(record() | changes))
    fresh.replace(RECORD)


def agent_running() -> bool:
    return console.attempt("systemctl", "is-active", "--quiet", "ovirt-ha-agent")


def broker_running() -> bool:
    return console.attempt("systemctl", "is-active", "--quiet", "ovirt-ha-broker")


def storage_reachable() -> bool:
    """The hosted-engine domain's mount is there and its metadata can be read."""
    known = configuration().get("sdUUID", "")
    place = storage.records().get(known, {}).get("mount", "")
    return os.path.ismount(place) and os.path.exists(f"{place}/{known}/dom_md/metadata")


def engine_domain() -> domain.Domain | None:
    return domain.find(NAME)


def fetch_vm_configuration() -> None:
    """Takes vm.conf from the configuration volume on the shared storage, as the agent does after a reboot."""
    known = configuration()
    volume = storage.image_path(known["sdUUID"], known["conf_image_UUID"], known["conf_volume_UUID"])
    VM_CONFIGURATION.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(volume) as archive:
        VM_CONFIGURATION.write_bytes(archive.extractfile("vm.conf").read())
    os.chown(VM_CONFIGURATION, storage.VDSM, storage.KVM)


def start_engine() -> None:
    """Defines the engine VM from vm.conf and its disk on the shared storage, and starts it on the management bridge."""
    known = configuration()
    if not VM_CONFIGURATION.exists():
        fetch_vm_configuration()
    described = VM_CONFIGURATION.read_text()
    mac = re.search(r"macAddr:([0-9a-fA-F:]{17})", described)
    memory = re.search(r"^memSize=(\d+)", described, re.M)
    if mac is None:
        raise Refused("vm.conf names no network card")
    disk = storage.image_path(known["sdUUID"], known["vm_disk_id"], known["vm_disk_vol_id"])
    engine = domain.Domain(name=NAME, uuid=known["vmid"], mac=mac.group(1).lower(), bridge=known["bridge"], image=disk,
                           disk=disk, memory_mib=int(memory.group(1)) if memory else 4096)
    engine.define()
    engine.start()


def stop_engine() -> None:
    engine = engine_domain()
    if engine is not None and engine.running:
        engine.stop()


def lively(seconds: float = 5) -> bool:
    """True when the engine's health page says that it is up."""
    try:
        url = f"http://{configuration()['fqdn']}/ovirt-engine/services/health"
        with urllib.request.urlopen(url, timeout=seconds) as page:
            return HEALTHY in page.read()
    except (OSError, KeyError):
        return False


def engine_status() -> dict[str, str]:
    """The triple vm, health, detail, with the reason where there is one (spec of engine_health.py)."""
    engine = engine_domain()
    if engine is None or not engine.running:
        return {"vm": "down", "health": "bad", "detail": "unknown", "reason": "vm not running on this host"}
    if lively():
        return {"vm": "up", "health": "good", "detail": "Up"}
    if record().get("state") == "EngineStarting":
        return {"vm": "up", "health": "bad", "detail": "Powering up", "reason": "bad vm status"}
    return {"vm": "up", "health": "bad", "detail": "Up", "reason": "failed liveliness check"}


def guest_address(known: domain.Domain) -> str | None:
    """The IPv4 address inside a running machine, as its guest agent would tell."""
    done = subprocess.run(["ip", "-n", known.namespace, "-j", "address", "show", "dev", "eth0"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for link in json.loads(done.stdout or "[]"):
        for address in link.get("addr_info", []):
            if address["family"] == "inet":
                return address["local"]
    return None
