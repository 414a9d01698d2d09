#!/usr/bin/python3
"""The part of cloud-init (NoCloud) that the role's seed CD uses, once: host name, password hashes, keys, commands."""

import os
import subprocess
from pathlib import Path

import yaml

SEED = Path("/var/lib/cloud/seed/nocloud")
DONE = Path("/var/lib/cloud/lab-first-boot-done")


def run(*argv: str, input: str | None = None) -> None:
    subprocess.run(argv, input=input, text=True, check=True)


def first_boot() -> None:
    user = yaml.safe_load((SEED / "user-data").read_text())
    meta = yaml.safe_load((SEED / "meta-data").read_text())
    name = meta["local-hostname"]
    Path("/etc/hostname").write_text(name + "\n")
    run("hostname", name)
    if user.get("timezone") and Path("/usr/share/zoneinfo", user["timezone"]).exists():
        Path("/etc/localtime").unlink(missing_ok=True)
        Path("/etc/localtime").symlink_to(f"/usr/share/zoneinfo/{user['timezone']}")
    for command in user.get("bootcmd") or []:
        subprocess.run(["sh", "-c", command])
    for entry in (user.get("chpasswd") or {}).get("list", "").splitlines():
        run("chpasswd", "--encrypted", input=entry + "\n")
    keys = user.get("ssh_authorized_keys") or []
    if keys:
        folder = Path("/root/.ssh")
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / "authorized_keys").write_text("\n".join(keys) + "\n")
        (folder / "authorized_keys").chmod(0o600)
    with open("/etc/ssh/sshd_config", "a") as config:
        config.write(f"PasswordAuthentication {'yes' if user.get('ssh_pwauth') else 'no'}\n")
    for command in user.get("runcmd") or []:
        subprocess.run(["sh", "-c", command])
    DONE.touch()


def main() -> None:
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    if (SEED / "user-data").exists() and not DONE.exists():
        first_boot()


if __name__ == "__main__":
    main()
