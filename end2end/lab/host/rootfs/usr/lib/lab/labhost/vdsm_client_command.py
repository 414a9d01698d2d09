"""vdsm-client NAMESPACE METHOD key=value…: the calls that the role makes."""

import json

from . import cluster, domain, storage
from .console import Refused


def _image_prepare(given: dict) -> dict:
    path = storage.image_path(given["storagedomainID"], given["imageID"], given["volumeID"])
    # The role greps the line with "path" and takes its second word: no comma may follow it, so it comes last.
    return {"info": {"type": "file"}, "path": path}


def _volume_info(given: dict) -> dict:
    path = storage.image_path(given["storagedomainID"], given["imageID"], given["volumeID"])
    with open(path, "rb") as volume:
        written = volume.read(512).strip(b"\0") != b""
    return {"status": "OK", "uuid": given["volumeID"], "format": "RAW", "voltype": "LEAF",
            "description": json.dumps({"Updated": written, "Disk Description": "OVF_STORE"})}


def _vm_stats(given: dict) -> list:
    known = domain.find(given.get("vmID", ""))
    if known is None:
        raise Refused("vdsm-client: Command VM.getStats failed: (code=1, message=Virtual machine does not exist)")
    return [{"vmId": known.uuid, "status": "Up" if known.running else "Down",
             "guestIPs": cluster.guest_address(known) or ""}]


def _vm_list(_given: dict) -> list:
    return [known.uuid for known in domain.all_domains() if known.running]


CALLS = {
    ("Image", "prepare"): _image_prepare, ("Volume", "getInfo"): _volume_info,
    ("VM", "getStats"): _vm_stats, ("Host", "getVMList"): _vm_list,
    ("Host", "ping2"): lambda given: True,
    ("Host", "getCapabilities"): lambda given: {"software_version": "4.50.6", "vdsmName": "vdsm"},
}


def main(arguments: list[str]) -> int:
    words = [a for a in arguments if not a.startswith("-")]
    if len(words) < 2 or (words[0], words[1]) not in CALLS:
        raise Refused(f"vdsm-client: the lab does not know {' '.join(words[:2])}")
    given = dict(word.split("=", 1) for word in words[2:] if "=" in word)
    print(json.dumps(CALLS[words[0], words[1]](given), indent=4))
    return 0
