"""The lab's wires: one namespace with the bridge (infra's), one namespace a host, veth pairs between them.

    hdlab-infra   lab0 (bridge) 10.99.0.1/24 ──┬── host1 ── eth0 10.99.0.11/24   hdlab-host1
                                               └── host2 ── eth0 10.99.0.12/24   hdlab-host2

Nothing connects them to the machine's own network: the forwarder is the only way in, and there is no way out.
"""

from . import settings
from .console import run

BRIDGE = "lab0"


def namespace(machine: str) -> str:
    return f"{settings.PREFIX}-{machine}"


def namespace_path(machine: str) -> str:
    return f"/run/netns/{namespace(machine)}"


def create(hosts: list[str]) -> None:
    """Makes the namespaces and wires for infra and `hosts`."""
    _batch(None, [f"netns add {namespace(machine)}" for machine in ["infra", *hosts]])
    _batch("infra", [
        "link set lo up",
        f"link add {BRIDGE} type bridge forward_delay 0",
        f"address add {settings.INFRA_ADDRESS}/{settings.PREFIX_LENGTH} dev {BRIDGE}",
        f"link set {BRIDGE} up",
    ])
    for host in hosts:
        _batch("infra", [
            f"link add {host} type veth peer name eth0 address {settings.HOST_MACS[host]} netns {namespace(host)}",
            f"link set {host} master {BRIDGE} up",
        ])
        _batch(host, [
            "link set lo up",
            f"address add {settings.HOST_ADDRESSES[host]}/{settings.PREFIX_LENGTH} brd + dev eth0",
            "link set eth0 up",
            f"route add default via {settings.INFRA_ADDRESS}",
        ])


def remove() -> None:
    """Deletes every namespace of the lab; wires inside vanish with them."""
    for name in existing():
        run("ip", "netns", "delete", name)


def existing() -> list[str]:
    """Names of the lab's namespaces that exist now."""
    return [line.split()[0] for line in run("ip", "netns", "list").splitlines()
            if line.startswith(settings.PREFIX + "-")]


def _batch(machine: str | None, commands: list[str]) -> None:
    where = [] if machine is None else ["-n", namespace(machine)]
    run("ip", *where, "-batch", "-", input="\n".join(commands) + "\n")
