"""Storage as VDSM serves it: connecting to the real NFS, iSCSI and Gluster services, domains and images on them.

NFS     `mount -t nfs` (see nfs_mount): the export is really asked by libnfs, the data lie on a bind mount
Gluster really mounted, by FUSE
iSCSI   discovery, CHAP login and LUN sizes really asked by libiscsi; the data lie in a file system inside the LUN's
        backing file, mounted by a loop device

Errors carry the words that the real engine shows for the same failure.
"""

import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from . import console, images, switches
from .console import Refused

RECORD = Path("/var/lib/lab/storage.json")
MOUNTS = Path("/rhev/data-center/mnt")
BACKING = Path("/lab/exports/luns")
VDSM, KVM = 36, 36
LUN_ID = "360000000000000000e0000000001"
"""What multipath calls a LUN of tgt's target 1 (NAA, page 0x83), without its number."""
GIB = 1 << 30
SMALL = 4 * GIB


def records() -> dict[str, dict]:
    """By storage domain id: where it is mounted and how to mount it again."""
    try:
        return json.loads(RECORD.read_text())
    except FileNotFoundError:
        return {}


def _keep(known: dict[str, dict]) -> None:
    fresh = RECORD.with_suffix(".new")
    fresh.write_text(json.dumps(known, indent=1))
    fresh.replace(RECORD)


@contextmanager
def as_vdsm():
    """File access with the rights of user vdsm, which is how VDSM touches shared storage."""
    os.setegid(KVM)
    os.seteuid(VDSM)
    try:
        yield
    except PermissionError:
        raise Refused("Permission settings on the specified path do not allow access to the storage. "
                      "Verify permission settings on the specified storage path.") from None
    except OSError as error:
        if error.errno == 30:  # EROFS
            raise Refused("Storage domain is read-only: Read-only file system. "
                          "Verify permission settings on the specified storage path.") from None
        raise
    finally:
        os.seteuid(0)
        os.setegid(0)


# ------------------------------------------------------------------------------------------------------ connecting

def _escaped(path: str) -> str:
    return path.replace("_", "__").replace("/", "_")


def connect(source: dict) -> Path:
    """Mounts what `source` describes (type, address, path, nfs_version, mount_options, target, lun, …)."""
    kind = source["type"]
    if kind == "nfs":
        place = MOUNTS / f"{source['address']}:{_escaped(source['path'])}"
        version = {"v3": "nfsvers=3", "v4": "nfsvers=4", "v4_0": "nfsvers=4.0", "v4_1": "nfsvers=4.1",
                   "v4_2": "nfsvers=4.2"}.get(source.get("nfs_version") or "auto", "")
        options = ",".join(o for o in ("soft", version, source.get("mount_options")) if o)
        _mount(place, "-t", "nfs", "-o", options, f"{source['address']}:{source['path']}")
    elif kind == "glusterfs":
        place = MOUNTS / "glusterSD" / f"{source['address']}:{_escaped(source['path'])}"
        _mount(place, "-t", "glusterfs", f"{source['address']}:{source['path']}")
    elif kind == "iscsi":
        place = MOUNTS / "blockSD" / source["lun"]
        if not os.path.ismount(place):
            place.mkdir(parents=True, exist_ok=True)
            images.mount(str(_backing_file(source)), str(place))
    else:
        raise Refused(f"The lab has no storage of type {kind}")
    return place


def _mount(place: Path, *arguments: str) -> None:
    if os.path.ismount(place):
        return
    place.mkdir(parents=True, exist_ok=True)
    try:
        console.run("mount", *arguments, str(place))
    except Refused as refusal:
        raise Refused(f"Problem while trying to mount target: {refusal}") from None
    if not os.path.ismount(place):  # mount.glusterfs has been seen to end with 0 all the same
        raise Refused("Problem while trying to mount target")


def disconnect(place: Path) -> None:
    if os.path.ismount(place):
        console.run("umount", str(place))


def reconnect() -> None:
    """After a boot: mounts every domain that was connected before."""
    for known in records().values():
        connect(known["source"])


# ----------------------------------------------------------------------------------------------------------- iSCSI

def _libiscsi(program: str, *arguments: str, user: str | None, password: str | None) -> str:
    environment = {"PATH": os.environ.get("PATH", "/usr/bin")}
    if user:
        # By environment, so that no password stands in a command line.
        environment |= {"LIBISCSI_CHAP_USERNAME": user, "LIBISCSI_CHAP_PASSWORD": password or ""}
    done = subprocess.run(["timeout", "20", program, *arguments], env=environment, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if "authentication" in done.stdout.lower() or "Authorization" in done.stdout:
        raise Refused("Failed to login to iSCSI node due to authorization failure")
    if done.returncode != 0:
        raise Refused(f"Failed to setup iSCSI subsystem: {done.stdout.strip()[-300:]}")
    return done.stdout


def _portal(request: dict) -> str:
    return f"iscsi://{request['address']}:{request.get('port') or 3260}"


def discover(request: dict) -> list[dict]:
    """Targets behind a portal: `target`, `portal`, `address`, `port` of each."""
    printed = _libiscsi("iscsi-ls", _portal(request), user=request.get("username"), password=request.get("password"))
    found = re.findall(r"^Target:(\S+) Portal:([^:\s]+):(\d+),(\d+)", printed, re.M)
    return [{"target": target, "address": address, "port": int(port), "portal": f"{address}:{port},{group}"}
            for target, address, port, group in found]


def log_in(request: dict) -> list[dict]:
    """The LUNs of a target after a CHAP login: `number`, `id`, `size`, `serial`, `vendor`, `product`, `used`."""
    who = {"user": request.get("username"), "password": request.get("password")}
    printed = _libiscsi("iscsi-ls", "--show-luns", _portal(request), **who)
    found = []
    for target, listed in re.findall(r"^Target:(\S+)[^\n]*\n((?:Lun:[^\n]*\n?)*)", printed, re.M):
        if target != request["target"]:
            continue
        for number in re.findall(r"^Lun:(\d+)\s+Type:DIRECT_ACCESS", listed, re.M):
            url = f"{_portal(request)}/{target}/{number}"
            size = re.search(r"Total size:(\d+)", _libiscsi("iscsi-readcapacity16", url, **who))
            serial = _libiscsi("iscsi-inq", "--evpd=1", "--pagecode=128", url, **who)
            lun = {"number": int(number), "id": f"{LUN_ID}{int(number):04x}", "size": int(size.group(1)) if size else 0,
                   "serial": serial.rpartition(":")[2].strip(), "vendor": "LAB", "product": f"HELUN{number}"}
            found.append(lun | {"used": _signature(_backing_file({"lun": lun["id"]})) != ""})
    return found


def _backing_file(source: dict) -> Path:
    number = source["lun"].removeprefix(LUN_ID)
    if re.fullmatch(r"[0-9a-f]{4}", number) is None:
        raise Refused(f"The LUN {source['lun']} is not visible on this host")
    return BACKING / f"lun{int(number, 16)}.img"


def _signature(file: Path) -> str:
    done = subprocess.run(["blkid", "--probe", "--output", "value", "--match-tag", "TYPE", str(file)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.strip()


# --------------------------------------------------------------------------------------------------------- domains

def create_domain(request: dict) -> dict:
    """Connects and creates a domain; returns its `available` and `used` bytes. `request`: `id` and a source."""
    source = {key: value for key, value in request.items() if key not in ("id", "username", "password")}
    if source["type"] == "iscsi":
        if source["lun"] not in [lun["id"] for lun in log_in(request)]:
            raise Refused(f"The LUN {source['lun']} is not visible on this host")
        if _signature(_backing_file(source)):
            raise Refused("Physical device initialization failed. "
                          "Please check that the device is empty and accessible by the host.")
        console.run("mkfs.ext4", "-q", "-O", "^has_journal", "-E", "lazy_itable_init=1", str(_backing_file(source)))
    place = connect(source)
    try:
        if source["type"] == "iscsi":
            os.chown(place, VDSM, KVM)
        with as_vdsm():
            if any(place.glob("*/dom_md/metadata")):
                raise Refused("Storage domain is not empty - requires cleaning")
            folder = place / request["id"]
            (folder / "images").mkdir(parents=True)
            (folder / "dom_md").mkdir()
            (folder / "dom_md" / "metadata").write_text(f"CLASS=Data\nROLE=Master\nSDUUID={request['id']}\nVERSION=5\n")
            # Where sanlock keeps the hosts' leases. There is no sanlock: nobody renews them.
            with open(folder / "dom_md" / "ids", "wb") as leases:
                leases.truncate(1 << 20)
    except Refused:
        disconnect(place)
        raise
    _keep(records() | {request["id"]: {"mount": str(place), "source": source}})
    return space(place, source)


def space(place: Path, source: dict) -> dict:
    seen = os.statvfs(place)
    available = seen.f_bavail * seen.f_frsize
    if switches.on("storage-small"):
        available = min(available, SMALL)
    elif source["type"] == "iscsi":
        available = max(available, _backing_file(source).stat().st_size * 95 // 100)
    return {"available": available, "used": (seen.f_blocks - seen.f_bfree) * seen.f_frsize}


def remove_domain(request: dict) -> None:
    """Forgets a domain; with `format` its files go too, without (destroy) they stay on the storage."""
    known = records()
    record = known.pop(request["id"], None)
    _keep(known)
    if record is None:
        return
    if request.get("format"):
        shutil.rmtree(f"{record['mount']}/{request['id']}", ignore_errors=True)
    disconnect(Path(record["mount"]))


# ---------------------------------------------------------------------------------------------------------- images

def image_path(domain: str, image: str, volume: str) -> str:
    record = records().get(domain)
    if record is None:
        raise Refused(f"Storage domain does not exist: ({domain!r},)")
    return f"{record['mount']}/{domain}/images/{image}/{volume}"


def create_image(request: dict) -> dict:
    """A raw, sparse volume; `content` gives files that it holds as a tar archive (OVF stores)."""
    path = Path(image_path(request["domain"], request["image"], request["volume"]))
    with as_vdsm():
        path.parent.mkdir(parents=True)
        with open(path, "wb") as volume:
            volume.truncate(int(request["size"]))
    if request.get("content"):
        write_archive(path, request["content"])
    return {"path": str(path)}


def write_archive(path: Path, content: dict[str, str]) -> None:
    import io
    import tarfile
    with open(path, "r+b") as volume, tarfile.open(fileobj=volume, mode="w") as archive:
        for name, text in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
