"""What this machine must have: the rights to run containers, and a few Debian packages."""

import ctypes
import os
import shutil
import subprocess

from . import settings
from .console import LabError, run, say

# program or file -> Debian package
TO_RUN = {
    "/usr/bin/systemd-nspawn": "systemd-container",
    "/usr/sbin/ip": "iproute2",
    "/usr/sbin/nft": "nftables",
    "/usr/bin/nsenter": "util-linux",
    "/usr/bin/ssh-keygen": "openssh-client",
}
TO_BUILD = {
    "/usr/bin/mmdebstrap": "mmdebstrap",
    "/usr/bin/gcc": "gcc",
    "/usr/bin/xml2-config": "libxml2-dev",
    "/usr/include/python3.11/Python.h": "python3-dev",
    "/usr/lib/python3/dist-packages/pip/__init__.py": "python3-pip",
    "/usr/lib/python3/dist-packages/setuptools/__init__.py": "python3-setuptools",
    "/usr/lib/python3/dist-packages/wheel/__init__.py": "python3-wheel",
}


def machine_can_run_containers() -> None:
    """Raises LabError with code 4 and one sentence when it cannot; callers count that as skipped."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root on this machine to run containers", 4)
    if os.uname().sysname != "Linux" or not hasattr(os, "memfd_create"):
        raise LabError("the lab runs on Linux only", 4)
    # In a child: the namespaces end with it.
    child = os.fork()
    if child == 0:
        flags = 0x00020000 | 0x40000000 | 0x20000000  # CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID
        os._exit(0 if ctypes.CDLL(None).unshare(flags) == 0 else 1)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        raise LabError("this machine does not allow mount, network and process namespaces, so the lab cannot run here", 4)


def loop_devices() -> list[str]:
    """Loop device nodes to hand to the hosts, which mount the engine's disk by them."""
    from pathlib import Path
    nodes = sorted(str(p) for p in Path("/dev").glob("loop*"))
    if "/dev/loop-control" not in nodes:
        raise LabError("this machine has no /dev/loop-control, so the lab cannot mount the engine's disk", 4)
    return nodes


def install(wanted: dict[str, str]) -> None:
    """Installs by apt what is missing, and says so."""
    missing = sorted({package for path, package in wanted.items() if not os.path.exists(path)})
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise LabError(f"please install {', '.join(missing)}: this machine has no apt-get", 4)
    say(f"installing {', '.join(missing)} by apt")
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq", "-y"]
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    install_now = [*apt, "install", "--no-install-recommends", *missing]
    if subprocess.run(install_now, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        run(*apt, "update")  # the usual reason: package lists that are missing or old
        run(*install_now)


def cache_is_usable() -> None:
    """Overlays cannot lie on an overlay; say so before the build rather than in the middle of it."""
    settings.CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
    kind = run("stat", "--file-system", "--format=%T", settings.CACHE).strip()
    if kind in ("overlayfs", "tmpfs", "nfs"):
        raise LabError(f"{settings.CACHE} is on {kind}; set HOSTED_DEPLOY_LAB_CACHE to a folder on a local disk", 4)
    free = shutil.disk_usage(settings.CACHE).free
    if free < 6 << 30:
        raise LabError(f"{settings.CACHE} has only {free >> 30} GiB free, the lab wants 6", 4)
