"""The switches that make things fail on purpose."""

from . import settings


def clear(slow: float) -> None:
    """No fault on, and the slow factor as asked: the state in which every lab starts."""
    folder = settings.control()
    (folder / "faults").mkdir(mode=0o755, parents=True, exist_ok=True)
    for switch in (folder / "faults").iterdir():
        switch.unlink()
    (folder / "slow").write_text(f"{slow}\n")
