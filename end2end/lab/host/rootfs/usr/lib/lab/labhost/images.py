"""Looking into disk images: loop mounts, of raw files directly, of qcow2 files by way of a raw copy."""

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import console, domain

LOOP_MAJOR = 7
LOOP_DEVICES = 64


def _loop_nodes() -> None:
    """The kernel hands out loop devices whose node nobody makes in a container."""
    for number in range(LOOP_DEVICES):
        node = f"/dev/loop{number}"
        if not os.path.exists(node):
            os.mknod(node, 0o660 | stat.S_IFBLK, os.makedev(LOOP_MAJOR, number))


def mount(disk: str, place: str) -> None:
    _loop_nodes()
    os.makedirs(place, exist_ok=True)
    console.run("mount", "-o", "loop", disk, place)


@contextmanager
def opened(image: str, write: bool):
    """The root folder of the file system in `image`: the live one when a domain runs from it."""
    for known in domain.all_domains():
        if os.path.realpath(image) in map(os.path.realpath, (known.image, known.disk)) and os.path.ismount(known.root):
            yield Path(known.root)
            return
    with tempfile.TemporaryDirectory(prefix="image-", dir="/var/lib/lab") as folder:
        raw, place = f"{folder}/disk.raw", f"{folder}/root"
        console.run("qemu-img", "convert", "-O", "raw", image, raw)
        mount(raw, place)
        try:
            yield Path(place)
        finally:
            console.run("umount", place)
        if write:
            owner = os.stat(image)
            console.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, image)
            os.chown(image, owner.st_uid, owner.st_gid)
