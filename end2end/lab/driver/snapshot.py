"""save and restore: the machines' disks, as they were when the machines had shut down cleanly.

A saved state fits only the images that it was made with: their key is kept beside it.
"""

import json
import shutil

from . import settings
from .console import LabError, run


def folder(name: str):
    if not name or "/" in name or name.startswith("."):
        raise LabError(f"{name!r} is no name for a saved state", 2)
    return settings.saved() / name


def saved() -> list[str]:
    """Names of the saved states."""
    place = settings.saved()
    return sorted(each.name for each in place.iterdir() if (each / "meta.json").exists()) if place.is_dir() else []


def forget(name: str) -> None:
    """Deletes a saved state."""
    meta(name)
    shutil.rmtree(folder(name))


def meta(name: str) -> dict:
    try:
        return json.loads((folder(name) / "meta.json").read_text())
    except FileNotFoundError:
        raise LabError(f"nothing is saved as {name}", 3) from None


def must_fit(name: str, key: str) -> None:
    """Raises LabError with code 3 unless `name` was saved from the images of `key`."""
    if meta(name)["build"] != key:
        raise LabError(f"{name} was saved from other images of the lab: make it again", 3)


def keep(name: str, options: dict, key: str) -> None:
    """Moves the disks of the machines, which must be shut down, to the saved states."""
    place = folder(name)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700, parents=True)
    settings.running().rename(place / "disks")
    part = place / "meta.part"
    part.write_text(json.dumps({"build": key, "options": options}))
    part.rename(place / "meta.json")


def put_back(name: str) -> None:
    """Copies the saved disks to where machines run."""
    run("cp", "--archive", "--sparse=always", "--reflink=auto", folder(name) / "disks", settings.running())
