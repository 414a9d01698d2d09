"""One machine of the lab: systemd-nspawn booting systemd as PID 1 on an overlay of a built image.

The overlay is mounted in a mount namespace that only the machine has, so it vanishes with it: however the machine
ends, no mount, loop device or FUSE file system stays behind.
"""

import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import cgroup, network, settings, state
from .console import LabError, run, succeeds, wait_until

# Real-time signal that asks systemd as PID 1 to power off (systemd(1), SIGRTMIN+4).
POWER_OFF = signal.SIGRTMIN + 4

_START = """
set -e
for group in $1; do echo "$$" >"$group/cgroup.procs"; done
shift
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"
shift 4
exec "$@"
"""


@dataclass
class Machine:
    """`lower` is the overlay's lower layers, topmost first; `binds` maps a folder of this machine to one inside."""

    name: str
    lower: list[Path]
    binds: dict[Path, str] = field(default_factory=dict)
    read_only_binds: dict[Path, str] = field(default_factory=dict)
    devices: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return settings.running() / self.name

    @property
    def upper(self) -> Path:
        """What the machine changed; files placed here before the boot are part of its image."""
        return self.folder / "upper"

    def place(self, path: str, text: str, mode: int = 0o644) -> None:
        """Writes a file into the machine's own layer, before it boots."""
        target = self.upper / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def boot(self) -> None:
        """Starts the machine and returns at once; `leader` and the services tell when it is there."""
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(mode=0o755, parents=True, exist_ok=True)
        for source in [*self.lower, *self.read_only_binds]:
            # Made here, it would be an empty artefact that every later `up` takes for a built one.
            if not source.is_dir():
                raise LabError(f"{source} is missing, {self.name} cannot start without it; `lab build` makes it")
        for source in self.binds:
            source.mkdir(parents=True, exist_ok=True)
        root = self.folder / "root"
        nspawn = ["systemd-nspawn", "--quiet", "--boot", f"--directory={root}", f"--machine={settings.PREFIX}-{self.name}",
                  f"--hostname={self.name}", f"--network-namespace-path={network.namespace_path(self.name)}",
                  "--register=no", "--capability=all", "--resolv-conf=off", "--timezone=off", "--link-journal=no",
                  "--console=read-only"]
        groups = []
        if not Path("/run/systemd/system").is_dir():
            # Without systemd as PID 1 here there is nobody who could make a scope for the machine.
            nspawn.append("--keep-unit")
            groups = cgroup.create(self.name)
        nspawn += [f"--bind={source}:{target}" for source, target in self.binds.items()]
        nspawn += [f"--bind-ro={source}:{target}" for source, target in self.read_only_binds.items()]
        nspawn += [f"--bind={device}" for device in self.devices]
        environment = os.environ | {
            "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",  # else /proc/sys/net is read-only: no forwarding, no bridge
            "SYSTEMD_SECCOMP": "0",
            "SYSTEMD_NSPAWN_LOCK": "0",
        }
        layers = ":".join(str(layer) for layer in self.lower)
        state.recorded(self.name, ["unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", _START, "sh",
                                   " ".join(map(str, groups)), layers, str(self.upper), str(self.folder / "work"), str(root), *nspawn],
                       self.folder / "console.log", environment)

    def leader(self) -> int | None:
        """The machine's PID 1 as a pid of this machine, None when it does not run (yet)."""
        return leader(self.name)

    def enter(self, *argv: str) -> list[str]:
        return enter(self.name, *argv)


def leader(name: str) -> int | None:
    known = state.alive(f"{name}.leader")
    if known is not None:
        return known
    nspawn = state.alive(name)
    if nspawn is None:
        return None
    try:
        children = Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()
    except FileNotFoundError:
        return None
    for child in map(int, children):
        # nspawn's first child prepares the mounts and ends; the one in a PID namespace of its own is the leader.
        try:
            if os.readlink(f"/proc/{child}/ns/pid") != os.readlink("/proc/self/ns/pid"):
                state.record(f"{name}.leader", child)
                return child
        except FileNotFoundError:
            continue
    return None


def enter(name: str, *argv: str) -> list[str]:
    """The command line that runs `argv` as root inside a running machine."""
    pid = leader(name)
    if pid is None:
        raise LabError(f"{name} is not running; `lab up` starts it", 3)
    return ["nsenter", f"--target={pid}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--",
            "/usr/bin/env", "-i", "HOME=/root", "USER=root", "TERM=" + os.environ.get("TERM", "dumb"), "LANG=C.UTF-8",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *argv]


def execute(name: str, *argv: str, input: str | None = None) -> str:
    """Runs a command inside and returns its output; raises LabError when it fails."""
    return run(*enter(name, *argv), input=input)


def check(name: str, *argv: str) -> bool:
    """True when the command inside exits with 0."""
    return succeeds(*enter(name, *argv))


def wait_for_boot(name: str, services: list[str], seconds: float = 60) -> None:
    """Returns when the machine's systemd has started everything; `services` must still run then."""
    wait_until(lambda: _must_live(name) and leader(name) is not None, seconds, f"{name} to start")
    done = subprocess.run(["timeout", str(seconds), *enter(name, "sh", "-c", """
        until test -S /run/systemd/private; do sleep 0.05; done
        systemctl is-system-running --wait >/dev/null; systemctl list-units --failed --plain --no-legend
        """)], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    failed = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
    if done.returncode != 0:
        raise LabError(f"{name} did not finish booting: {done.stderr.strip() or 'no answer'}; see `lab logs {name}`")
    failed += [service for service in services if not check(name, "systemctl", "is-active", "--quiet", service)]
    if failed:
        raise LabError(f"{name} booted with failed units: {', '.join(failed)}; see `lab logs {name}`")


def _must_live(name: str) -> bool:
    if state.alive(name) is None:
        log = settings.running() / name / "console.log"
        words = log.read_text(errors="replace").strip()[-800:] if log.exists() else ""
        raise LabError(f"{name} ended while booting: {words}")
    return True


def power_off(name: str, seconds: float = 40) -> None:
    """Asks the machine to shut down cleanly, so that its disks are complete."""
    pid = leader(name)
    if pid is not None:
        os.kill(pid, POWER_OFF)
        wait_until(lambda: state.start_time(pid) is None, seconds, f"{name} to shut down")
    kill(name)


def kill(name: str) -> None:
    """Ends the machine at once: when its PID 1 dies, the kernel ends everything in it."""
    leader(name)
    state.end(f"{name}.leader")
    state.end(name)
    cgroup.remove(name)
