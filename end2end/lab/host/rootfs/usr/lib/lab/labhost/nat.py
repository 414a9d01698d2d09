"""libvirt's network `default`: a bridge with an address, DHCP by dnsmasq, and masquerading to the outside."""

import os
import re
import time
from pathlib import Path

from . import console
from .console import Refused

DEFINITION = Path("/etc/libvirt/qemu/networks/default.xml")
LEASES = Path("/var/lib/lab/default.leases")
STARTED = Path("/var/lib/lab/default.started")
DHCP_UNIT = "lab-default-network.service"
BRIDGE = "virbr0"
TABLE = "lab_libvirt"


def defined() -> str:
    try:
        return DEFINITION.read_text()
    except FileNotFoundError:
        raise Refused("error: failed to get network 'default'\n"
                      "error: Network not found: no network with matching name 'default'") from None


def active() -> bool:
    return os.path.exists(f"/sys/class/net/{BRIDGE}")


def define(source: str) -> None:
    DEFINITION.write_text(Path(source).read_text())


def undefine() -> None:
    defined()
    DEFINITION.unlink()


def start() -> None:
    if active():
        raise Refused("error: Failed to start network default\n"
                      "error: Requested operation is not valid: network is already active")
    address = re.search(r"<ip address='([\d.]+)'", defined())
    if address is None:
        raise Refused("error: Failed to start network default\nerror: the lab's network needs an IPv4 address")
    gateway = address.group(1)
    subnet = gateway.rpartition(".")[0]
    console.run("ip", "link", "add", BRIDGE, "type", "bridge", "forward_delay", "0")
    console.run("ip", "address", "add", f"{gateway}/24", "brd", "+", "dev", BRIDGE)
    console.run("ip", "link", "set", BRIDGE, "up")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    console.run("nft", "-f", "-", input=f"""
        table ip {TABLE} {{
            chain postrouting {{
                type nat hook postrouting priority 100;
                ip saddr {subnet}.0/24 ip daddr != {subnet}.0/24 masquerade
            }}
        }}""")
    # libvirt puts its bridge in a zone of its own; without one, firewalld rejects DHCP and forwarding.
    console.attempt("firewall-cmd", "--zone=libvirt", f"--add-interface={BRIDGE}")
    # A name server that ended badly stays known to systemd, and its unit's name taken.
    console.attempt("systemctl", "reset-failed", DHCP_UNIT)
    console.run("systemd-run", "--quiet", f"--unit={DHCP_UNIT}", "/usr/sbin/dnsmasq", "--keep-in-foreground",
                "--conf-file=/dev/null", f"--interface={BRIDGE}", "--except-interface=lo", "--bind-interfaces",
                f"--dhcp-range={subnet}.2,{subnet}.254,1h", "--dhcp-authoritative", f"--dhcp-leasefile={LEASES}",
                "--no-hosts", "--user=root")
    STARTED.touch()


def stop() -> None:
    if not active():
        raise Refused("error: Failed to destroy network default\n"
                      "error: Requested operation is not valid: network 'default' is not active")
    console.attempt("systemctl", "stop", DHCP_UNIT)
    console.attempt("firewall-cmd", "--zone=libvirt", f"--remove-interface={BRIDGE}")
    console.attempt("ip", "link", "delete", BRIDGE)
    console.attempt("nft", "delete", "table", "ip", TABLE)
    STARTED.unlink(missing_ok=True)


def leases() -> list[tuple[str, str, str, str]]:
    """Expiry (local time), MAC, address, host name of each lease."""
    if not LEASES.exists():
        return []
    rows = (line.split() for line in LEASES.read_text().splitlines())
    return [(time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(int(row[0]))), row[1], row[2], row[3])
            for row in rows if len(row) >= 4]
