#!/usr/bin/python3
"""The engine VM's network, every boot: as the ifcfg file says when the role has put one there, by DHCP else.

A service of its own: the role masks cloud-init's before the VM moves to the shared storage.
"""

import os
import shlex
import subprocess
from pathlib import Path

INTERFACE_FILE = Path("/etc/sysconfig/network-scripts/ifcfg-eth0")
CARD = "eth0"


def run(*argv: str) -> None:
    subprocess.run(argv, check=True)


def network() -> None:
    run("ip", "link", "set", CARD, "up")
    settings = read_interface_file()
    if settings.get("BOOTPROTO") != "none" or "IPADDR" not in settings:
        run("dhclient", "-1", "-q", CARD)
        return
    run("ip", "address", "add", f"{settings['IPADDR']}/{settings['PREFIX']}", "brd", "+", "dev", CARD)
    if settings.get("GATEWAY"):
        run("ip", "route", "add", "default", "via", settings["GATEWAY"])
    servers = [settings[key] for key in sorted(settings) if key.startswith("DNS")]
    Path("/etc/resolv.conf").write_text("".join(f"nameserver {server}\n" for server in servers))


def read_interface_file() -> dict[str, str]:
    if not INTERFACE_FILE.exists():
        return {}
    words = (word for line in INTERFACE_FILE.read_text().splitlines() for word in shlex.split(line, comments=True))
    return dict(word.split("=", 1) for word in words if "=" in word)


if __name__ == "__main__":
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    network()
