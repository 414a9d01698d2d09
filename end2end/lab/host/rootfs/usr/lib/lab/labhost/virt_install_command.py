"""virt-install --import: defines a domain from an existing disk image and starts it."""

import argparse

from . import domain, nat
from .console import Refused


def _values(text: str) -> dict[str, str]:
    """`path=/x,device=cdrom` as a mapping; a part without `=` is the path."""
    parts = (part.partition("=") for part in text.split(","))
    return {name: value for name, value in ((n, v) if sep else ("path", n) for n, sep, v in parts)}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="virt-install")
    parser.add_argument("-n", "--name", required=True)
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("--vcpus", type=int, required=True)
    parser.add_argument("--network", required=True)
    parser.add_argument("--disk", action="append", required=True)
    asked, _ = parser.parse_known_args(arguments)  # the rest describes hardware that a container does not have
    if domain.find(asked.name):
        raise Refused(f"ERROR    Guest name '{asked.name}' is already in use.")
    network, disks = _values(asked.network), [_values(d) for d in asked.disk]
    if network.get("network") != "default" or not nat.active():
        raise Refused(f"ERROR    Virtual network '{network.get('network')}' is not active.")
    hard_disk = next(d["path"] for d in disks if d.get("device") != "cdrom")
    seed = next((d["path"] for d in disks if d.get("device") == "cdrom"), None)
    print("\nStarting install...\nCreating domain...", flush=True)
    made = domain.from_image(asked.name, hard_disk, mac=network["mac"].lower(), bridge=nat.BRIDGE, seed=seed,
                             memory_mib=asked.memory, vcpus=asked.vcpus)
    made.start()
    print("Domain creation completed.")
    return 0
