"""The disk of the shared storage: a sparse file system of its own, so that NFS and Gluster tell the space of a real storage
and not what happens to be free on this machine."""

import os
from pathlib import Path

from . import settings
from .console import run

SIZE = 260 << 30
"""Room for two LUNs of 70 and 140 GB, sparse as well, and a disk for an engine."""


def folder(running: Path) -> Path:
    """Where it is mounted: /exports of the infra machine, /lab/exports of the hosts."""
    return running / "exports"


def attach() -> None:
    """Makes it where there is none, and mounts it."""
    running = settings.running()
    image, place = running / "exports.img", folder(running)
    place.mkdir(parents=True, exist_ok=True)
    if not image.exists():
        with image.open("wb") as file:
            file.truncate(SIZE)
        # Few inodes and no journal: it is made in a moment and takes some MiB.
        run("mkfs.ext4", "-q", "-F", "-m", "0", "-N", "65536", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard",
            str(image))
    # discard: what is deleted there goes back to this machine's disk. noinit_itable: nothing is written unasked.
    run("mount", "-o", "loop,discard,noinit_itable", str(image), str(place))


def detach(running: Path) -> None:
    """Unmounts it where it is mounted; the loop device goes with the last mount, also those of machines."""
    place = folder(running)
    if os.path.ismount(place):
        run("umount", str(place))
