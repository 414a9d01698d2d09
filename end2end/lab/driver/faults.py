"""The switches that make things fail on purpose.

A switch is a file in the control folder, which every machine sees read-only; stand-ins look at it. Where a real
service has to notice, it is restarted. Nothing survives a reset.
"""

import os
import time
from dataclasses import dataclass
from typing import Callable

from . import container, settings, state
from .console import LabError


def clear(slow: float) -> None:
    """No fault on, and the slow factor as asked: the state in which every lab starts."""
    folder = settings.control()
    (folder / "faults").mkdir(mode=0o755, parents=True, exist_ok=True)
    for switch in (folder / "faults").iterdir():
        switch.unlink()
    (folder / "slow").write_text(f"{slow}\n")


@dataclass
class Fault:
    """What a fault does, and what must happen besides its switch when it comes or goes."""

    means: str
    turned: Callable[[bool, list[str]], None] = lambda on, hosts: None


def restart(service: str) -> Callable[[bool, list[str]], None]:
    return lambda on, hosts: container.execute("infra", "systemctl", "restart", service) and None


def firewall(on: bool, hosts: list[str]) -> None:
    for host in hosts:
        container.execute(host, "systemctl", "stop" if on else "start", "firewalld")


def appliance(on: bool, hosts: list[str]) -> None:
    for host in hosts:
        name = "appliance-damaged" if on else "appliance"
        container.execute(host, "sh", "-c", f"echo {name} > /etc/dnf/vars/lab_appliance && dnf -q clean metadata")


def memory(on: bool, hosts: list[str]) -> None:
    wrapper = "/usr/local/sbin/free"
    script = """#!/bin/sh
echo '               total        used        free      shared  buff/cache   available'
echo 'Mem:            4096        3584         256           8         256         512'
echo 'Swap:              0           0           0'
"""
    for host in hosts:
        if on:
            container.execute(host, "sh", "-c", f"cat > {wrapper} && chmod 755 {wrapper}", input=script)
        else:
            container.execute(host, "rm", "-f", wrapper)


CUT = "table inet lab_cut { chain in { type filter hook input priority -400; tcp dport 22 drop; }; " \
      "chain out { type filter hook output priority -400; tcp sport 22 drop; }; }"


def cut(on: bool, hosts: list[str]) -> None:
    """Packets of host1's SSH vanish; connections neither close nor answer."""
    if on:
        container.execute("host1", "nft", "-f", "-", input=CUT)
    else:
        container.check("host1", "nft", "delete", "table", "inet", "lab_cut")


TIME_SERVER = """import socket, struct, time
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("10.99.0.1", 123))
while True:
    asked, client = server.recvfrom(512)
    now = time.time() + 2208988800 + 100
    stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
    server.sendto(struct.pack("!BBbbII4s", 0x24, 2, 4, -20, 0, 0, b"LAB0") + stamp + asked[40:48] + stamp + stamp, client)
"""


def clock(on: bool, hosts: list[str]) -> None:
    """A time server that is 100 s ahead stands in for the lab's own; the hosts' chrony believes it, and may not set the clock."""
    container.check("infra", "systemctl", "stop", "lab-wrong-time")
    if on:
        container.execute("infra", "systemctl", "stop", "chrony")
        container.execute("infra", "systemd-run", "--quiet", "--collect", "--unit=lab-wrong-time",
                          "/usr/bin/python3", "-c", TIME_SERVER)
    else:
        container.execute("infra", "systemctl", "start", "chrony")
    for host in hosts:
        container.execute(host, "systemctl", "restart", "chrony")


FAULTS = {
    "chap-wrong": Fault("the iSCSI target has another CHAP password", restart("lab-targets")),
    "iscsi-no-luns": Fault("the iSCSI target has no LUN", restart("lab-targets")),
    "nfs-read-only": Fault("/exports/he is exported read-only", restart("nfs-ganesha")),
    "nfs-wrong-owner": Fault("/exports/he belongs to root, mode 0700", restart("nfs-ganesha")),
    "storage-small": Fault("storage domains have too little space"),
    "appliance-checksum": Fault("the appliance package holds a damaged OVA", appliance),
    "host-non-operational": Fault("the engine finds the host non-operational"),
    "engine-never-healthy": Fault("the engine's health page never answers well"),
    "engine-sso-refuses": Fault("the engine refuses every login"),
    "dns-engine-missing": Fault("the engine has no DNS record", restart("lab-dns")),
    "dns-no-reverse": Fault("the engine's address has another name", restart("lab-dns")),
    "firewalld-stopped": Fault("firewalld is stopped on the hosts", firewall),
    "memory-low": Fault("`free` on the hosts shows little memory", memory),
    "clock-skew": Fault("the time source is 100 s ahead of the hosts' clocks", clock),
    "other-host-silent": Fault("the HA daemons know of a second host that has been silent for ten minutes"),
    "ssh-cut": Fault("packets of host1's SSH vanish (--seconds N: for so long)", cut),
}


def turn(name: str, on: bool, hosts: list[str], seconds: float | None = None) -> None:
    """Turns a fault on, with `seconds` for so long; or off, with `seconds` after so long."""
    if name not in FAULTS:
        raise LabError(f"no fault {name}; `lab faults` lists them", 2)
    if not on and seconds is not None:
        time.sleep(seconds)
    switch = settings.control() / "faults" / name
    if on == switch.exists():
        return
    if on:
        switch.touch()
    else:
        switch.unlink()
        # The process that waited for a fault's time to be over is this one: it must not end itself.
        if state.alive(_timer(name)) != os.getpid():
            state.end(_timer(name))
    try:
        FAULTS[name].turned(on, hosts)
    except LabError:
        switch.unlink(missing_ok=True)
        raise
    if on and seconds is not None:
        end_later(name, seconds)


def _timer(name: str) -> str:
    return f"fault-{name}"


def end_later(name: str, seconds: float) -> None:
    """Starts `lab fault NAME off --seconds N`, which waits so long first."""
    program = str(settings.SOURCE / "lab")
    state.recorded(_timer(name), [program, "fault", name, "off", "--seconds", str(seconds)], settings.RUN / "faults.log")


def active() -> list[str]:
    """The faults that are on now."""
    folder = settings.control() / "faults"
    return sorted(switch.name for switch in folder.iterdir()) if folder.is_dir() else []
