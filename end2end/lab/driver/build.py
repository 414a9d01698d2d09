"""Artefacts: folders in the cache, each named after a hash of everything that went into it.

A changed input gives a new key and so a new folder; an unchanged one is used again. An artefact is built in a folder
with another name and renamed when it is complete, so an interrupted build leaves nothing that could be taken for one.
Independent artefacts are built side by side.
"""

import ctypes
import fcntl
import hashlib
import shutil
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from . import settings
from .console import LabError, run, say

CLONE_NEWNS = 0x00020000


@dataclass
class Artefact:
    """`build(folder, needed)` fills `folder`; `needed` maps the names in `needs` to their finished folders.

    `inputs` are the values and files (folders are taken whole) that the result depends on besides `needs`.
    """

    name: str
    build: Callable[[Path, dict[str, Path]], None]
    needs: list["Artefact"] = field(default_factory=list)
    inputs: list[str | Path] = field(default_factory=list)

    @property
    def key(self) -> str:
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


def build(wanted: list[Artefact]) -> None:
    """Builds what is missing. Needs root and takes a private mount namespace: mounts end with this process."""
    settings.artefacts().mkdir(mode=0o755, parents=True, exist_ok=True)
    with open(settings.CACHE / "build.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        plan = missing(wanted)
        if plan:
            _own_mounts()
            _clear_unfinished()
            _build_all(plan)
            _drop_superseded(wanted)


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
    say(f"built {artefact.name} in {time.monotonic() - began:.1f} s ({_size(artefact.path)})")


def _size(path: Path) -> str:
    return run("du", "-sh", "--apparent-size", path).split()[0]


def _own_mounts() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise LabError("this machine does not allow mount namespaces, the lab cannot be built here", 4)
    run("mount", "--make-rprivate", "/")


def _clear_unfinished() -> None:
    for leftover in settings.artefacts().glob(".unfinished-*"):
        say(f"removing {leftover.name}, left by an interrupted build")
        shutil.rmtree(leftover)


def _drop_superseded(wanted: list[Artefact]) -> None:
    """Keeps the newest two of each name: the current one and the one a running or older checkout may still use."""
    names: set[str] = set()

    def visit(artefact: Artefact) -> None:
        names.add(artefact.name)
        for needed in artefact.needs:
            visit(needed)

    for artefact in wanted:
        visit(artefact)
    for name in names:
        copies = sorted((p for p in settings.artefacts().iterdir() if p.name.rpartition("-")[0] == name),
                        key=lambda p: p.stat().st_mtime, reverse=True)
        for old in copies[2:]:
            say(f"removing superseded {old.name}")
            shutil.rmtree(old)
