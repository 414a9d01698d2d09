"""What the lab may leave on this machine, taken before the first `up` and compared after each `down`."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from driver import cgroup, network, settings, state
from driver.console import LabError, run, wait_until


@dataclass
class Traces:
    """Everything of this machine that a lab adds to, and its folders."""

    mounts: set[str]
    namespaces: set[str]
    loops: set[str]
    ports: set[int]
    links: set[str]
    groups: set[str]
    folders: set[str]


def now() -> Traces:
    return Traces(
        mounts={line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()},
        namespaces=set(network.existing()),
        loops={file.read_text().strip() for file in Path("/sys/block").glob("loop*/loop/backing_file")},
        ports={int(line.split()[3].rpartition(":")[2]) for line in run("ss", "-Htln").splitlines()},
        links={each["ifname"] for each in json.loads(run("ip", "-json", "link"))},
        groups={str(group) for machine in ("infra", *settings.HOST_ADDRESSES) for group in cgroup.of(machine)
                if group.exists()},
        folders={str(path) for path in (settings.RUN, settings.running()) if path.exists()},
    )


def left(before: Traces) -> list[str]:
    """What is there now and was not before. Mounts, loop devices and ports of others come and go on a busy machine:
    of mounts and loop devices the lab's own count, by their path, and of ports those that it forwards."""
    after = now()
    ours = (str(settings.CACHE), str(settings.RUN), f"/run/netns/{settings.PREFIX}-")
    found = [f"mount {each}" for each in after.mounts - before.mounts if each.startswith(ours)]
    found += [f"namespace {each}" for each in after.namespaces]
    # The disks are deleted by now, which tells our loop devices from those of anybody else.
    found += [f"loop device on {each}" for each in after.loops - before.loops if each.endswith("(deleted)")]
    found += [f"port {each}" for each in after.ports & set(settings.FORWARDS)]
    found += [f"link {each}" for each in after.links - before.links if each in (network.BRIDGE, *settings.HOST_ADDRESSES)]
    found += [f"control group {each}" for each in after.groups]
    found += [f"folder {each}" for each in after.folders]
    return sorted(found)


def processes() -> dict[int, str]:
    """Pid and start time of each process of the running lab: the recorded ones and all that came from them, and all
    whose network namespace is one of the lab's."""
    parents, networks = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                networks[int(entry.name)] = os.stat(entry / "ns/net").st_ino
            except OSError:
                continue  # gone, or not to be looked into even by root; then it is not one of ours
    lab_networks = {os.stat(f"/run/netns/{name}").st_ino for name in network.existing()}
    known = {pid for name in state.names() if (pid := state.alive(name))}
    known |= {pid for pid, inode in networks.items() if inode in lab_networks}
    grown = True
    while grown:
        children = {pid for pid, parent in parents.items() if parent in known} - known
        known |= children
        grown = bool(children)
    return {pid: started for pid in known if (started := state.start_time(pid)) is not None}


def must_be_gone(before: Traces, lived: dict[int, str]) -> str:
    """Asserts that nothing is left; processes and loop devices get a moment, the kernel ends them behind our back."""
    def still() -> list[str]:
        alive = [pid for pid, started in lived.items() if state.start_time(pid) == started]
        return [f"process {pid} ({_name(pid)})" for pid in alive] + left(before)
    try:
        wait_until(lambda: not still(), 5, "nothing to be left")
    except LabError:
        raise AssertionError("left: " + ", ".join(still())) from None
    return f"{len(lived)} processes gone"


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()[:60] or "?"
    except OSError:
        return "?"
