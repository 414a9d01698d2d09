"""The HA agent: keeps the engine VM running unless a maintenance forbids it. The unit ovirt-ha-agent runs it."""

import signal
import sys
import time

from . import cluster, switches
from .console import Refused

PAUSE_SECONDS = 3


def _state() -> str:
    """One step: looks, acts if it must, and names the state it is in."""
    flags = cluster.record()
    if not cluster.deployed():
        return "StartState"
    if not cluster.VM_CONFIGURATION.exists():
        cluster.fetch_vm_configuration()  # /run was empty after a boot
    if flags["global"]:
        return "GlobalMaintenance"
    if flags["local"]:
        return "LocalMaintenance"
    engine = cluster.engine_domain()
    if engine is None or not engine.running:
        switches.take(1)
        cluster.start_engine()
        return "EngineStarting"
    if cluster.lively(3):
        return "EngineUp"
    return "EngineStarting" if flags["state"] in ("EngineStarting", "StartState", "AgentStopped") else "EngineUpBadHealth"


def _stopped(_number: int, _frame: object) -> None:
    """A clean stop is written down, so that others need not wait for the block to grow old."""
    if cluster.deployed():
        cluster.keep({"state": "AgentStopped", "since": time.time()})
    sys.exit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, _stopped)
    while True:
        try:
            state = _state()
        except (Refused, OSError, KeyError) as problem:
            print(f"cannot run the engine VM now: {problem}", flush=True)
            state = "EngineDown"
        if state != cluster.record()["state"]:
            print(f"state {state}", flush=True)
            cluster.keep({"state": state, "since": time.time()})
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
