"""Addresses, credentials, versions and paths of the lab. All credentials are for tests only."""

import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
"""The folder end2end/lab."""

CACHE = Path(os.environ.get("HOSTED_DEPLOY_LAB_CACHE") or "/var/cache/hosted-deploy-lab")
"""Artefacts, the running machines' disks, saved states. Must be on a real file system, not on an overlay or tmpfs."""

RUN = Path("/run/hosted-deploy-lab")
"""What is running now. On a tmpfs, so that a reboot forgets it. One lab a machine: the addresses below are fixed."""

PREFIX = "hdlab"
"""Names of network namespaces and machines start with this."""

DOMAIN = "lab.test"
PREFIX_LENGTH = 24
INFRA_ADDRESS = "10.99.0.1"
ENGINE_ADDRESS = "10.99.0.50"
ENGINE_FQDN = f"engine.{DOMAIN}"
ENGINE_MAC = "00:16:3e:12:34:56"
ENGINE_VMS = ("HostedEngine", "HostedEngineLocal")

HOST_ADDRESSES = {"host1": "10.99.0.11", "host2": "10.99.0.12"}
HOST_MACS = {"host1": "52:54:00:99:00:11", "host2": "52:54:00:99:00:12"}

# Loopback port on this machine -> address and port inside the lab.
FORWARDS = {
    22011: (HOST_ADDRESSES["host1"], 22),
    22012: (HOST_ADDRESSES["host2"], 22),
    22443: (ENGINE_ADDRESS, 443),
    22080: (ENGINE_ADDRESS, 80),
}
SSH_PORTS = {"host1": 22011, "host2": 22012}

ROOT_PASSWORD = "lab-root-1"
OPERATOR = "operator"
OPERATOR_PASSWORD = "lab-operator-1"

ISCSI_TARGET = "iqn.2024-01.test.lab:he"
CHAP_USER = "chapuser"
CHAP_PASSWORD = "chapsecret12"

PYTHON = "python3.11"
"""Debian 12's; the wheels below are installed for it."""

# ansible-core versions in the host image: what EL9 shipped early and late, the current default, the newest that the
# role gets through. Hash of the published wheel, so that a changed file is noticed.
ANSIBLE_CORE = {
    "2.14.18": "5219ab3f415790ad63e1485532ce9911c669c934a20e8ee4fb869ee9e2c28e10",
    "2.16.19": "d7a32ba0f96f9c6582b7ff159a4a6f0e694662cfc4840497c88fed63bf58cd14",
    "2.17.14": "34a49582a57c2f2af17ede2cefd3b3602a2d55d22089f3928570d52030cafa35",
    "2.19.14": "d518d0e96fa75bedfe9b0a96d5b158aa712d092961824c115140c8677b88ff06",
}
DEFAULT_ANSIBLE = "2.17"

# The `ansible` wheel is only the carrier of the collections ovirt.ovirt 3.2.1 and ansible.posix 2.1.0.
ANSIBLE_BUNDLE = ("12.3.0", "cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414")
COLLECTIONS = ("ovirt/ovirt", "ansible/posix")
OVIRT_SDK = ("4.6.3", "9cf0242792b8910cb7b2decc3886db2ccfd779507e46ac1ce2a52573075fd3df")

DEBIAN_RELEASE = "bookworm"
DEBIAN_MIRROR = "http://deb.debian.org/debian"

WARM_UP_BUDGET_SECONDS = 5.0


def ansible_version(short: str) -> str:
    """The full version for `2.17`; raises KeyError for a line that is not in the image."""
    for version in ANSIBLE_CORE:
        if version.startswith(short + ".") or version == short:
            return version
    raise KeyError(short)


def artefacts() -> Path:
    return CACHE / "artefacts"


def running() -> Path:
    """Disks of the running machines."""
    return CACHE / "running"


def saved() -> Path:
    return CACHE / "saved"


def control() -> Path:
    """Shared read-only with every machine as /lab/control: fault switches and the slow factor."""
    return RUN / "control"
