"""save and restore."""

from .console import LabError


def must_fit(name: str, key: str) -> None:
    raise LabError(f"nothing is saved as {name}", 3)


def put_back(name: str) -> None:
    raise LabError(f"nothing is saved as {name}", 3)
