"""The lab's "virtual machines": what libvirt would know about them. A domain is a container booted from a disk image.

Definitions are one JSON file a domain under /var/lib/lab/domains. A running domain is the unit lab-vm@NAME.
"""

import json
import os
import shutil
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from . import console
from .console import Refused

DEFINITIONS = Path("/var/lib/lab/domains")


@dataclass
class Domain:
    """`image` is the disk as given (qcow2 or raw), `disk` the raw file that is booted, maybe the same."""

    name: str
    uuid: str
    mac: str
    bridge: str
    image: str
    disk: str
    seed: str | None = None
    memory_mib: int = 4096
    vcpus: int = 2

    @property
    def unit(self) -> str:
        return f"lab-vm@{self.name}.service"

    @property
    def namespace(self) -> str:
        return f"vm-{self.name}"

    @property
    def root(self) -> str:
        """Where the disk is mounted while the domain runs."""
        return f"/run/lab-vm/{self.name}"

    @property
    def folder(self) -> Path:
        return DEFINITIONS / self.name

    @property
    def running(self) -> bool:
        return console.attempt("systemctl", "is-active", "--quiet", self.unit)

    def define(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / "domain.json.new"
        fresh.write_text(json.dumps(asdict(self), indent=1))
        fresh.replace(self.folder / "domain.json")

    def undefine(self) -> None:
        shutil.rmtree(self.folder)

    def start(self) -> None:
        if self.running:
            raise Refused("error: Requested operation is not valid: domain is already running")
        console.attempt("systemctl", "reset-failed", self.unit)
        console.run("systemctl", "start", self.unit)
        self._mark.touch()

    def stop(self) -> None:
        """Shuts the domain down and writes its disk back into the image it came from."""
        self._mark.unlink(missing_ok=True)
        console.run("systemctl", "stop", self.unit)
        if self.disk != self.image and Path(self.image).exists():
            owner = os.stat(self.image)
            console.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", self.disk, self.image)
            os.chown(self.image, owner.st_uid, owner.st_gid)

    @property
    def _mark(self) -> Path:
        """Exists from `start` to `stop`. A host that is shut down leaves it, so that `resume` knows what ran."""
        return self.folder / "wanted-running"

    @property
    def wanted_running(self) -> bool:
        return self._mark.exists()


def all_domains() -> list[Domain]:
    return [Domain(**json.loads(path.read_text())) for path in sorted(DEFINITIONS.glob("*/domain.json"))]


def find(name: str) -> Domain | None:
    """By name or by UUID, as virsh takes them."""
    return next((d for d in all_domains() if name in (d.name, d.uuid)), None)


def from_image(name: str, image: str, **more) -> Domain:
    """A new domain whose qcow2 image is unpacked to a raw disk, which alone can be mounted here."""
    domain = Domain(name=name, uuid=str(uuid.uuid4()), image=image, disk="", **more)
    domain.folder.mkdir(parents=True, exist_ok=True)
    domain.disk = str(domain.folder / "disk.raw")
    console.run("qemu-img", "convert", "-O", "raw", image, domain.disk)
    domain.define()
    return domain
