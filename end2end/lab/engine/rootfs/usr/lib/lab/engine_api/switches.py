"""Fault switches and the slow factor. The lab's driver sets them; /lab/control is shared with every machine, read-only."""

import time
from pathlib import Path

CONTROL = Path("/lab/control")


def on(name: str) -> bool:
    return (CONTROL / "faults" / name).exists()


def take(seconds: float) -> None:
    """Spends the time that a step takes in the lab at factor 1, stretched by the slow factor."""
    try:
        factor = float((CONTROL / "slow").read_text())
    except (OSError, ValueError):
        factor = 1.0
    time.sleep(seconds * factor)


if __name__ == "__main__":
    import sys
    take(float(sys.argv[1]))
