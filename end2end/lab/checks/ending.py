"""`down` from every state, and what it leaves."""

import os
import signal
import subprocess
from collections.abc import Callable

from driver import container, network, settings, state
from driver.console import wait_until

from . import traces
from .inside import host1, lab


def busy_host() -> None:
    """What a deployment leaves on a host when it is cut off: loop mounts, FUSE, namespaces, daemons, a bind mount."""
    said = host1("sh", "-ec", """
        truncate -s 64M /var/tmp/disk.raw && mkfs.ext4 -q /var/tmp/disk.raw
        mkdir -p /mnt/disk /mnt/nfs /mnt/gluster
        mount -o loop /var/tmp/disk.raw /mnt/disk
        mount -t nfs storage.lab.test:/exports/he /mnt/nfs
        mount -t glusterfs storage.lab.test:/he /mnt/gluster
        ip netns add nested && ip link add br9 type bridge
        ip netns exec nested setsid sleep 600 >/dev/null 2>&1 &
        mount | grep -c ' /mnt/'
        """)
    assert said.code == 0 and said.text.strip() == "3", said


def down(before: traces.Traces) -> str:
    lived = traces.processes()
    done = lab("down")
    assert done.code == 0, done
    return traces.must_be_gone(before, lived)


def busy_down(before: traces.Traces) -> str:
    busy_host()
    assert "/var/tmp/disk.raw" in traces.now().loops, "the loop device is not there to begin with"
    return down(before)


def down_twice(before: traces.Traces) -> str:
    for _ in range(2):
        done = lab("down")
        assert done.code == 0, done
    assert lab("status").code == 3
    return traces.must_be_gone(before, {})


# The moments at which the driver is killed in the middle of `up`.
MOMENTS: dict[str, Callable[[], bool]] = {
    "it has begun": lambda: state.load() is not None,
    "the namespaces are made": lambda: "hdlab-host1" in network.existing(),
    "infra is started": lambda: state.alive("infra") is not None,
    "host1 is started": lambda: state.alive("host1") is not None,
    "host1 boots": lambda: container.leader("host1") is not None,
}


def killed_up(before: traces.Traces, moment: str) -> str:
    driver = subprocess.Popen([str(settings.SOURCE / "lab"), "up"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(MOMENTS[moment], 60, moment, every=0.005)
    finally:
        os.kill(driver.pid, signal.SIGKILL)
        driver.wait()
    assert not (state.load() or {}).get("ready"), "up was over before it was killed"
    return down(before)


def other_up_after_kill(before: traces.Traces) -> str:
    """`up` itself clears what a killed one left."""
    driver = subprocess.Popen([str(settings.SOURCE / "lab"), "up"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(MOMENTS["host1 is started"], 60, "host1", every=0.005)
    finally:
        os.kill(driver.pid, signal.SIGKILL)
        driver.wait()
    half = traces.processes()
    done = lab("up")
    assert done.code == 0, done
    alive = [pid for pid, started in half.items() if state.start_time(pid) == started]
    assert not alive, f"processes of the killed up still run: {alive}"
    return down(before)
