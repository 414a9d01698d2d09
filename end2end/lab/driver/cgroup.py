"""A control group for each machine.

systemd-nspawn keeps the group that it was started in when there is no systemd here that could make one. Two machines
in one group would share their units' groups as well: each would take the other's `ssh.service` for its own.
"""

import os
from pathlib import Path

from . import settings
from .console import LabError, wait_until


def _places() -> list[Path]:
    """Where this process is in the hierarchies that a systemd inside uses: the unified one, and systemd's own."""
    own = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        own[controllers] = path
    places = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, system = line.partition(" - ")
        kind, _, options = system.split(" ", 2)
        point = mount.split()[4]
        if kind == "cgroup2" and "" in own:
            places.append(Path(point + own[""]))
        elif kind == "cgroup" and "name=systemd" in options.split(","):
            places.append(Path(point + own["name=systemd"]))
    return places


def of(machine: str) -> list[Path]:
    """The machine's groups, whether they exist or not."""
    return [place / f"{settings.PREFIX}-{machine}" for place in _places()]


def create(machine: str) -> list[Path]:
    """Makes the machine's groups; a process joins one by writing its pid to the file cgroup.procs in it."""
    groups = of(machine)
    try:
        for group in groups:
            group.mkdir(exist_ok=True)
    except OSError as error:
        raise LabError(f"this machine does not let the lab make control groups ({error}), so it cannot run here", 4) from None
    return groups


def remove(machine: str) -> None:
    """Removes the groups of a machine that has ended, and those that its systemd made in them."""
    for group in of(machine):
        wait_until(lambda: _removed(group), 10, f"the control group {group} to become empty")


def _removed(group: Path) -> bool:
    if not group.is_dir():
        return True
    try:
        for folder, _, _ in os.walk(group, topdown=False):
            os.rmdir(folder)
    except FileNotFoundError:
        pass
    except OSError:
        return False  # a process in it is still ending
    return not group.is_dir()
