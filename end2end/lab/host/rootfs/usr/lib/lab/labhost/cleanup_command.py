"""ovirt-hosted-engine-cleanup: the steps of the real one, in its order; like it, it goes on when a step fails."""

import glob
import json
import os
import subprocess
import sys

from . import cluster, console, domain, storage
from .console import Refused

FILES = (
    "/etc/init/libvirtd.conf", "/etc/libvirt/nwfilter/vdsm-no-mac-spoofing.xml",
    "/etc/ovirt-hosted-engine/answers.conf", "/etc/ovirt-hosted-engine/hosted-engine.conf", "/etc/vdsm/vdsm.conf",
    "/etc/pki/vdsm/*/*.pem", "/etc/pki/CA/cacert.pem", "/etc/pki/libvirt/*.pem", "/etc/pki/libvirt/private/*.pem",
    "/etc/pki/ovirt-vmconsole/*.pem", "/var/cache/libvirt/*", "/var/run/ovirt-hosted-engine-ha/*",
)
FOLDERS = "/var/tmp/localvm*"
PRIORITIES = (100, 101)
USAGE = "Usage: ovirt-hosted-engine-cleanup [-h] [-q]\n  -q  no questions"


def main(arguments: list[str]) -> int:
    if any(a not in ("-q", "-h") for a in arguments):
        print(USAGE)
        return 1
    if "-h" in arguments:
        print(USAGE)
        return 0
    if "-q" not in arguments:
        _ask()
    for banner, act in STEPS.items():
        print(f"  -=== {banner} ===- ", flush=True)
        try:
            act()
        except (Refused, OSError, KeyError) as problem:
            print(problem, file=sys.stderr)
    return 0


def _ask() -> None:
    print("\033[7mThis will de-configure the host to run ovirt-hosted-engine-setup from scratch.\033[0m\n"
          "Caution, this operation should be used with care.\n\nAre you sure you want to proceed? [y/n]", flush=True)
    if sys.stdin.readline().strip() != "y":
        raise Refused("FATAL: Please contact support for further assistance.")


def _destroy_engine() -> None:
    cluster.stop_engine()
    engine = cluster.engine_domain()
    if engine is not None:
        engine.undefine()
    # The bootstrap VM loses its process, its definition stays until the next deployment cleans it.
    local = domain.find("HostedEngineLocal")
    if local is not None and local.running:
        local.stop()


def _stop(*units: str) -> None:
    for unit in units:
        console.attempt("systemctl", "stop", unit)


def _disconnect() -> None:
    for known in storage.records().values():
        storage.disconnect(storage.Path(known["mount"]))
    storage.RECORD.unlink(missing_ok=True)


def _remove_files() -> None:
    cluster.RECORD.unlink(missing_ok=True)
    for pattern in FILES:
        found = glob.glob(pattern)
        if not found:
            print(f"? {pattern} already missing")
        for path in found:
            os.unlink(path)
            print(f"- removing {path}")
    for path in glob.glob(FOLDERS):
        subprocess.run(["rm", "-rf", "--", path], check=True)
        print(f"- removing {path}")


def _remove_rules() -> None:
    for rule in json.loads(console.run("ip", "-j", "rule")):
        if rule["priority"] in PRIORITIES:
            console.run("ip", "rule", "delete", "priority", str(rule["priority"]))


STEPS = {
    "Destroy hosted-engine VM": _destroy_engine,
    "Stop HA services": lambda: _stop("ovirt-ha-agent", "ovirt-ha-broker"),
    "Shutdown sanlock": lambda: None,
    "Disconnecting the hosted-engine storage domain": _disconnect,
    "De-configure VDSM networks": lambda: None,
    "Stop other services": lambda: _stop("vdsmd", "libvirtd-tls.socket", "libvirtd"),
    "De-configure external daemons": lambda: None,
    "De-configure OVN": lambda: None,
    "Removing configuration files": _remove_files,
    "Removing IP Rules": _remove_rules,
}
