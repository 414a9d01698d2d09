"""What the build leaves behind when it is killed, runs twice at once, or clears old copies. Toy artefacts, real code."""

import multiprocessing
import os
import signal
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from driver import build, console, container, settings, state
from driver.build import Artefact
from driver.console import LabError, run, wait_until

LONG = f"600.{os.getpid()}"
"""Seconds; tells our program from any other."""

fork = multiprocessing.get_context("fork")


@contextmanager
def empty_cache():
    """Another cache for the time of the block."""
    real = settings.CACHE
    with tempfile.TemporaryDirectory(prefix="hosted-deploy-lab-selftest-", dir="/var/tmp") as folder:
        settings.CACHE, console.quiet = Path(folder), True
        try:
            yield settings.CACHE
        finally:
            settings.CACHE, console.quiet = real, False


def nothing(*_) -> set[str]:
    return set()


def killed_build() -> None:
    """Half an artefact, its mount and its tools must be gone or recognised once the driver was killed."""
    with empty_cache() as cache:
        def slowly(folder: Path, _needed) -> None:
            (folder / "half").write_text("half")
            (folder / "mounted").mkdir()
            run("mount", "-t", "tmpfs", "lab-selftest", folder / "mounted")
            run("sleep", LONG)

        def quickly(folder: Path, _needed) -> None:
            (folder / "whole").write_text("whole")

        driver = fork.Process(target=build.build, args=([Artefact("toy", slowly)], nothing))
        driver.start()
        wait_until(_tools, 20, "the toy build to start")
        tools = _tools()
        os.kill(driver.pid, signal.SIGKILL)
        driver.join()
        wait_until(lambda: not any(state.start_time(pid) == started for pid, started in tools.items()), 5,
                   "the tools of a killed build to end")
        toy = Artefact("toy", quickly)
        assert not toy.ready, "a half artefact counts as built"
        assert str(cache) not in Path("/proc/mounts").read_text(), "a mount of the killed build is left"
        build.build([toy], nothing)
        assert [p.name for p in toy.path.iterdir()] == ["whole"], "leftovers of the killed build are in the artefact"
        assert [p.name for p in settings.artefacts().iterdir()] == [toy.path.name], "unfinished folders are left"


def _tools() -> dict[int, str]:
    """Pid and start time of the program that the toy build runs."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cmdline").read_bytes() == f"sleep\0{LONG}\0".encode():
                found[int(entry.name)] = state.start_time(int(entry.name))
        except OSError:
            continue
    return found


def failed_build() -> None:
    """The failure is told and nothing counts as built."""
    with empty_cache():
        def fails(folder: Path, _needed) -> None:
            (folder / "half").write_text("half")
            raise LabError("wanted to")
        toy = Artefact("toy", fails)
        try:
            build.build([toy], nothing)
        except LabError as error:
            assert error.code == 1, f"code {error.code}"
        else:
            raise AssertionError("no error")
        assert not toy.ready


def two_builds_at_once() -> None:
    with empty_cache() as cache:
        def counted(folder: Path, _needed) -> None:
            with open(cache / "count", "a") as out:
                out.write("built\n")
            time.sleep(0.3)
            (folder / "whole").touch()

        toy = Artefact("toy", counted)
        drivers = [fork.Process(target=build.build, args=([toy], nothing)) for _ in range(3)]
        for driver in drivers:
            driver.start()
        for driver in drivers:
            driver.join()
        assert [d.exitcode for d in drivers] == [0, 0, 0], "a build failed"
        built = (cache / "count").read_text().count("built")
        assert built == 1, f"built {built} times"


def superseded() -> None:
    """Only the newest two of a name stay, and those in use."""
    with empty_cache():
        def fill(folder: Path, _needed) -> None:
            (folder / "whole").touch()

        copies = [Artefact("toy", fill, inputs=[f"version {number}"]) for number in range(5)]
        for age, copy in enumerate(copies[:4]):
            build.build([copy], lambda: {str(copies[0].path)})
            os.utime(copy.path, (1000 + age, 1000 + age))
        there = [copy.ready for copy in copies]
        assert there == [True, False, True, True, False], f"there are {there}"
        # An old checkout wants its own old copy besides something new: what it wants stays, however old.
        other = Artefact("other", fill)
        os.utime(copies[0].path, (1, 1))
        build.build([copies[0], other], nothing)
        assert copies[0].ready, "a wanted artefact was removed"


def missing_image() -> None:
    """A machine whose image is missing says so and does not make an empty folder in its place."""
    with empty_cache() as cache:
        layer, image = cache / "artefacts/base-0", cache / "artefacts/appliance-0"
        layer.mkdir(parents=True)
        try:
            container.Machine("host1", [layer], read_only_binds={image: "/mnt"}).boot()
        except LabError as error:
            assert str(image) in str(error), error
        else:
            raise AssertionError("it started")
        assert not image.exists(), "an empty folder stands where the image belongs"


CHECKS = {
    "a killed build leaves nothing half": killed_build,
    "a failed build is told": failed_build,
    "builds at the same time build once": two_builds_at_once,
    "old artefacts go, used ones stay": superseded,
    "a missing image is an error": missing_image,
}
