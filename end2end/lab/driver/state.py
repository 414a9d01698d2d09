"""What is running now: one JSON file for the options, one small file for each process.

A process file holds the pid and the kernel's start time of the process. Both must match before a signal is sent,
so a recycled pid is never hit. The child writes the file itself before it becomes the program (`recorded`), so there
is no moment in which a process runs unrecorded, even when the driver is killed.
"""

import fcntl
import json
import os
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

from . import settings
from .console import wait_until


def _file() -> Path:
    return settings.RUN / "state.json"


def load() -> dict | None:
    try:
        return json.loads(_file().read_text())
    except FileNotFoundError:
        return None


def store(state: dict) -> None:
    settings.RUN.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = _file().with_suffix(".new")
    fresh.write_text(json.dumps(state, indent=1))
    fresh.replace(_file())


@contextmanager
def exclusive():
    """Only one command changes the lab at a time."""
    with open("/run/hosted-deploy-lab.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start_time(pid: int) -> str | None:
    """The kernel's start time of a process (field 22 of its stat line), None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def _process_file(name: str) -> Path:
    return settings.RUN / "processes" / name


def record(name: str, pid: int) -> None:
    path = _process_file(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(f"{pid} {start_time(pid)}")


def recorded(name: str, argv: list[str], log: Path, env: dict | None = None) -> int:
    """Starts a long-lived program in a session of its own, recorded under `name`; returns its pid."""
    with open(log, "ab") as out:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                   env=env, preexec_fn=lambda: record(name, os.getpid()))
    return process.pid


def alive(name: str) -> int | None:
    """The pid recorded under `name` if that very process still runs."""
    try:
        pid, started = _process_file(name).read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    return int(pid) if start_time(int(pid)) == started else None


def names() -> list[str]:
    folder = settings.RUN / "processes"
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


def end(name: str, sig: int = signal.SIGKILL, seconds: float = 15) -> None:
    """Ends a recorded process and forgets it; nothing happens when it is not ours any more."""
    pid = alive(name)
    if pid is not None:
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            pass
        _reap(pid)
        wait_until(lambda: (_reap(pid), alive(name))[1] is None, seconds, f"process {pid} ({name}) to end")
    _process_file(name).unlink(missing_ok=True)


def _reap(pid: int) -> None:
    """Collects the process when it is our own child, else it would stay a zombie until this command ends."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
