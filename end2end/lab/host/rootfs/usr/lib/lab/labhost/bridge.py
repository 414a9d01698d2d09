"""The management bridge: what VDSM does to the host's network when the engine adds it.

The address moves from the network card to the bridge in a few milliseconds and keeps its MAC, so connections that
are open (the SSH session of the person who deploys) go on. VDSM keeps its networks over a reboot; so does this.
"""

import json
import os
from pathlib import Path

from . import console

RECORD = Path("/var/lib/vdsm/persistence/netconf/nets/ovirtmgmt")


def create(name: str, card: str) -> None:
    """Puts `card` under a new bridge `name`, which takes over its IPv4 address and default route."""
    if os.path.exists(f"/sys/class/net/{name}"):
        return
    link = json.loads(console.run("ip", "-j", "address", "show", "dev", card))[0]
    routes = json.loads(console.run("ip", "-j", "route", "show", "default"))
    address = next(f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"] if a["family"] == "inet")
    commands = [
        f"link add {name} address {link['address']} type bridge forward_delay 0",
        f"link set {name} up",
        f"link set {card} master {name}",
        f"address delete {address} dev {card}",
        f"address add {address} brd + dev {name}",
        *(f"route add default via {route['gateway']} dev {name}" for route in routes if "gateway" in route),
    ]
    console.run("ip", "-batch", "-", input="\n".join(commands) + "\n")
    console.attempt("firewall-cmd", "--zone=public", f"--change-interface={name}")
    console.attempt("firewall-cmd", "--permanent", "--zone=public", f"--change-interface={name}")
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps({"name": name, "card": card}))


def restore() -> None:
    """After a boot: the bridge that was there before."""
    if RECORD.exists():
        record = json.loads(RECORD.read_text())
        create(record["name"], record["card"])
