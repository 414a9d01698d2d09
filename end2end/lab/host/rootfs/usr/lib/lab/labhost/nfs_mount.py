"""`mount -t nfs` where the kernel has no NFS client (mount(8) calls this program as mount.nfs).

The server is really asked, by libnfs: whether it is there, has the export, lets this host in, and takes a write. Then
the export's folder, which the lab shares with its hosts, is bind-mounted; read-only when the server refused the write.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from . import console, switches
from .console import Refused

SHARED = Path("/lab/exports")
PROBE = ".hosted-deploy-lab-write-test"


def main(arguments: list[str]) -> int:
    source, place, options = arguments[0], arguments[1], ""
    if "-o" in arguments:
        options = arguments[arguments.index("-o") + 1]
    matched = re.fullmatch(r"\[?([^\]]+?)\]?:(/.*)", source)
    if matched is None:
        raise Refused(f"mount.nfs: remote share not in 'host:dir' format: {source}")
    server, path = matched.groups()
    version = re.search(r"(?:nfsvers|vers)=(\d)", options)
    url = f"nfs://{server}{path}?version={version.group(1) if version else 4}"
    _ask(source, url)
    local = SHARED / Path(path).name
    if not local.is_dir() or not path.startswith("/exports/"):
        raise Refused(f"mount.nfs: mounting {source} failed, reason given by server: No such file or directory")
    if switches.on("storage-small"):
        console.run("mount", "-i", "-t", "tmpfs", "-o", "size=4G,uid=36,gid=36,mode=0755", source, place)
        return 0
    console.run("mount", "--bind", str(local), place)
    if "ro" in options.split(",") or not _writable(url):
        console.run("mount", "-o", "remount,bind,ro", place)
    return 0


def _ask(source: str, url: str) -> None:
    done = subprocess.run(["timeout", "20", "nfs-ls", url], text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = done.stdout.strip()
    if done.returncode == 0:
        return
    if "ACCESS" in said.upper() or "PERM" in said.upper():
        # The folder is closed to the user who asks; the mount itself works, as with the kernel's client.
        return
    if done.returncode == 124:
        raise Refused(f"mount.nfs: Connection timed out for {source}")
    if "NOENT" in said.upper():
        raise Refused(f"mount.nfs: mounting {source} failed, reason given by server: No such file or directory")
    raise Refused(f"mount.nfs: mounting {source} failed: {said[-300:]}")


def _writable(url: str) -> bool:
    """Only a refusal that names a read-only file system makes the mount read-only; rights are judged by the files."""
    base, _, query = url.partition("?")
    done = subprocess.run(["timeout", "20", "nfs-cp", "/etc/hostname", f"{base}/{PROBE}?{query}"], text=True,
                          errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    (SHARED / Path(base).name / PROBE).unlink(missing_ok=True)
    return "ROFS" not in done.stdout.upper() and "read-only" not in done.stdout.lower()


if __name__ == "__main__":
    os.environ.setdefault("PATH", "/usr/sbin:/usr/bin")
    sys.exit(console.tool(main))
