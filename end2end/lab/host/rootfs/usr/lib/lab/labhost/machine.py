"""What the unit lab-vm@NAME runs around the container: its disk and its wire come before it and go after it."""

import os
import subprocess
import sys

from . import console, domain, images

SEED = "var/lib/cloud/seed/nocloud"


def prepare(name: str) -> None:
    found = domain.find(name)
    if found is None:
        sys.exit(f"no domain {name}")
    release(name)  # what a crash may have left
    images.mount(found.disk, found.root)
    if found.seed and os.path.exists(found.seed):
        insert_seed(found.seed, f"{found.root}/{SEED}")
    console.run("ip", "netns", "add", found.namespace)
    wire = "vnet-" + found.uuid[:8]
    console.run("ip", "link", "add", wire, "type", "veth", "peer", "name", "eth0",
                "address", found.mac, "netns", found.namespace)
    console.run("ip", "-n", found.namespace, "link", "set", "lo", "up")
    console.run("ip", "-n", found.namespace, "link", "set", "eth0", "up")
    console.run("ip", "link", "set", wire, "master", found.bridge, "up")


def insert_seed(iso: str, folder: str) -> None:
    """Hands cloud-init the files of the seed CD, read from the ISO that the role made."""
    os.makedirs(folder, exist_ok=True)
    for file in ("user-data", "meta-data", "network-config"):
        read = subprocess.run(["isoinfo", "-R", "-x", f"/{file}", "-i", iso], stdout=subprocess.PIPE)
        if read.stdout:
            with open(f"{folder}/{file}", "wb", opener=lambda p, f: os.open(p, f, 0o600)) as out:
                out.write(read.stdout)


def release(name: str) -> None:
    found = domain.find(name)
    if found is None:
        return
    console.attempt("ip", "netns", "delete", found.namespace)
    console.attempt("ip", "link", "delete", "vnet-" + found.uuid[:8])
    if os.path.ismount(found.root):
        console.run("umount", found.root)


if __name__ == "__main__":
    {"prepare": prepare, "release": release}[sys.argv[1]](sys.argv[2])
