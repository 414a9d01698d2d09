"""The verbs that the engine calls on a host: `lab-vdsm VERB`, JSON in, JSON out.

It comes over SSH with the engine's key, which the role has put into root's authorized_keys: when that went wrong, this
goes wrong. A failure is `{"error": words}` and code 3.
"""

import json
import sys
import uuid
from pathlib import Path

from . import bridge, console, storage, switches
from .console import Refused

HOST_ID = Path("/etc/vdsm/vdsm.id")
CA = Path("/etc/pki/vdsm/certs/cacert.pem")


def host_deploy(request: dict) -> dict:
    """What ovirt-host-deploy does: identity, management bridge, the engine's CA, services."""
    switches.take(3)
    routes = json.loads(console.run("ip", "-j", "route", "show", "default"))
    if not routes:
        raise Refused("no default route on the host, the management network cannot be configured")
    bridge.create(request.get("network", "ovirtmgmt"), routes[0]["dev"])
    HOST_ID.parent.mkdir(parents=True, exist_ok=True)
    if not HOST_ID.exists():
        HOST_ID.write_text(f"{uuid.uuid4()}\n")
    if request.get("ca"):
        CA.parent.mkdir(parents=True, exist_ok=True)
        CA.write_text(request["ca"])
    console.run("systemctl", "enable", "--now", "--quiet", "vdsmd")
    return {"id": HOST_ID.read_text().strip()}


VERBS = {
    "host-deploy": host_deploy,
    "iscsi-discover": lambda request: {"targets": storage.discover(request)},
    "iscsi-login": lambda request: {"luns": storage.log_in(request)},
    "create-domain": storage.create_domain,
    "remove-domain": lambda request: storage.remove_domain(request) or {},
    "create-image": storage.create_image,
    "write-archive": lambda request: storage.write_archive(
        Path(storage.image_path(request["domain"], request["image"], request["volume"])), request["content"]) or {},
}


def main(arguments: list[str]) -> int:
    request = json.loads(sys.stdin.read() or "{}")
    try:
        if not arguments or arguments[0] not in VERBS:
            raise Refused(f"unknown verb {arguments}")
        print(json.dumps(VERBS[arguments[0]](request)))
        return 0
    except Refused as refusal:
        print(json.dumps({"error": str(refusal)}))
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
