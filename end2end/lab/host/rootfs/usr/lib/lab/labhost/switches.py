"""Fault switches and the slow factor. The lab's driver sets them; /lab/control is shared with every machine, read-only."""

import time
from pathlib import Path

CONTROL = Path("/lab/control")


def on(name: str) -> bool:
    """True while the fault switch `name` is on."""
    return (CONTROL / "faults" / name).exists()


def slow_factor() -> float:
    try:
        return float((CONTROL / "slow").read_text())
    except (OSError, ValueError):
        return 1.0


def take(seconds: float) -> None:
    """Spends the time that a step takes in the lab at factor 1, stretched by the slow factor."""
    time.sleep(seconds * slow_factor())
