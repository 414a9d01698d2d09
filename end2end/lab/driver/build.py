"""Artefacts: folders in the cache, each named after a hash of everything that went into it.

A changed input gives a new key and so a new folder; an unchanged one is used again. An artefact is built in a folder
with another name and renamed when it is complete, so an interrupted build leaves nothing that could be taken for one.
Independent artefacts are built side by side. The building happens in namespaces of its own: with the driver end all
its processes and mounts, however it ends.
"""

import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import settings
from .console import LabError, run, say, warn

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
PR_SET_PDEATHSIG = 1


@dataclass
class Artefact:
    """`build(folder, needed)` fills `folder`; `needed` maps the names in `needs` to their finished folders.

    `inputs` are the values and files (folders are taken whole) that the result depends on besides `needs`.
    """

    name: str
    build: Callable[[Path, dict[str, Path]], None]
    needs: list["Artefact"] = field(default_factory=list)
    inputs: list[str | Path] = field(default_factory=list)

    @cached_property
    def key(self) -> str:
        """Computed once: what was built is what starts, even when somebody edits a source file in between."""
        digest = hashlib.sha256(self.name.encode())
        for needed in self.needs:
            digest.update(needed.key.encode())
        for item in self.inputs:
            for part in _contents(item):
                digest.update(hashlib.sha256(part).digest())
        return digest.hexdigest()[:16]

    @property
    def path(self) -> Path:
        return settings.artefacts() / f"{self.name}-{self.key}"

    @property
    def ready(self) -> bool:
        return self.path.is_dir()


def _contents(item: str | Path):
    if isinstance(item, str):
        yield item.encode()
        return
    files = [item] if item.is_file() else sorted(p for p in item.rglob("*") if p.is_file() or p.is_symlink())
    if not files:
        raise LabError(f"{item} is missing from the lab's source")
    for file in files:
        if "__pycache__" in file.parts:
            continue
        # Mode and name count: a script that lost its x bit is another image.
        yield f"{file.relative_to(settings.SOURCE)} {file.lstat().st_mode:o}".encode()
        yield str(file.readlink()).encode() if file.is_symlink() else file.read_bytes()


def missing(wanted: list[Artefact]) -> list[Artefact]:
    """What has to be built for `wanted`, inner parts first, each once."""
    ordered: list[Artefact] = []

    def visit(artefact: Artefact) -> None:
        if artefact.ready or any(a.name == artefact.name for a in ordered):
            return
        for needed in artefact.needs:
            visit(needed)
        ordered.append(artefact)

    for artefact in wanted:
        visit(artefact)
    return ordered


def with_needed(wanted: Iterable[Artefact]) -> dict[str, Artefact]:
    """`wanted` and all that they are made of, by name."""
    found: dict[str, Artefact] = {}
    for artefact in wanted:
        found |= with_needed(artefact.needs) | {artefact.name: artefact}
    return found


@contextmanager
def _lock(kind: int):
    settings.artefacts().mkdir(mode=0o755, parents=True, exist_ok=True)
    with open(settings.CACHE / "build.lock", "w") as lock:
        fcntl.flock(lock, kind)
        yield


def unchanging():
    """A block in which no artefact of this cache comes or goes."""
    return _lock(fcntl.LOCK_SH)


def build(wanted: list[Artefact], in_use: Callable[[], set[str]]) -> None:
    """Builds what is missing, then removes old copies, but none of `wanted` and no folder that `in_use` names."""
    with _lock(fcntl.LOCK_EX):
        plan = missing(wanted)
        if plan:
            _in_namespaces(lambda: _build_all(plan))
            _drop_superseded(with_needed(wanted), in_use())


def _in_namespaces(act: Callable[[], None]) -> None:
    """Runs `act` with mounts and a process tree of its own, which the kernel ends when this process ends."""
    def first_inside() -> None:
        run("mount", "--make-rprivate", "/")
        _clear_unfinished()
        act()

    def outer() -> None:
        if ctypes.CDLL(None).unshare(CLONE_NEWNS | CLONE_NEWPID) != 0:
            raise LabError("this machine does not allow mount and process namespaces, the lab cannot be built here", 4)
        _in_child(first_inside)  # the first child of this one is the namespace's PID 1

    _in_child(outer)


def _in_child(act: Callable[[], None]) -> None:
    """Runs `act` in a child and waits for it; the child is killed when this process ends before."""
    parent, child = os.getpid(), os.fork()
    if child == 0:
        os._exit(_as_child(act, parent))
    try:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    if code != 0:
        raise BuildFailed("the build failed, see above", max(code, 1))


class BuildFailed(LabError):
    """A child failed and has said why."""


def _as_child(act: Callable[[], None], parent: int) -> int:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() not in (parent, 0):  # 0: the parent is outside this process namespace
        return 1
    try:
        act()
    except BuildFailed as error:
        return error.code
    except KeyboardInterrupt:
        return 130  # the terminal interrupts all of the driver's processes, one message is enough
    except LabError as error:
        warn(str(error))
        return error.code
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _build_all(plan: list[Artefact]) -> None:
    waiting, started = list(plan), {}
    with ThreadPoolExecutor(max_workers=3) as pool:
        while waiting or started:
            for artefact in [a for a in waiting if all(n.ready for n in a.needs)]:
                waiting.remove(artefact)
                started[pool.submit(_build_one, artefact)] = artefact
            done: set[Future] = wait(started, return_when=FIRST_COMPLETED).done
            for future in done:
                del started[future]
                if future.exception() is not None:
                    pool.shutdown(cancel_futures=True)
                    raise future.exception()


def _build_one(artefact: Artefact) -> None:
    began = time.monotonic()
    say(f"building {artefact.name}")
    unfinished = artefact.path.with_name(f".unfinished-{artefact.path.name}")
    unfinished.mkdir(mode=0o755)
    artefact.build(unfinished, {needed.name: needed.path for needed in artefact.needs})
    unfinished.rename(artefact.path)
    os.utime(artefact.path)  # a root file system may bring its own time; the age decides what is superseded
    say(f"built {artefact.name} in {time.monotonic() - began:.1f} s ({_size(artefact.path)})")


def _size(path: Path) -> str:
    return run("du", "-sh", "--apparent-size", path).split()[0]


def _clear_unfinished() -> None:
    for leftover in settings.artefacts().glob(".unfinished-*"):
        say(f"removing {leftover.name}, left by an interrupted build")
        shutil.rmtree(leftover)


def _drop_superseded(wanted: dict[str, Artefact], in_use: set[str]) -> None:
    """Keeps the newest two of each name: the current one and the one that an older checkout may still use."""
    kept = in_use | {str(artefact.path) for artefact in wanted.values()}
    for name in wanted:
        copies = sorted((p for p in settings.artefacts().iterdir() if p.name.rpartition("-")[0] == name),
                        key=lambda p: p.stat().st_mtime, reverse=True)
        for old in copies[2:]:
            if str(old) not in kept:
                say(f"removing superseded {old.name}")
                shutil.rmtree(old)
