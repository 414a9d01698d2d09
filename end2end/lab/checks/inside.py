"""Commands on host1 as a check sees them: what they said and how they ended."""

import subprocess
from dataclasses import dataclass

from driver import container, rehearse


@dataclass
class Said:
    code: int
    text: str

    def __str__(self) -> str:
        return f"ended with {self.code}: {self.text.strip()[-300:]}"


def host1(*argv: str) -> Said:
    """Runs a command as root on host1, at most 30 s; its output and errors together."""
    return _run(container.enter("host1", "timeout", "30", *argv))


def infra(*argv: str) -> Said:
    return _run(container.enter("infra", "timeout", "30", *argv))


def login(command: str) -> Said:
    """The same by SSH through the forwarder, as the product comes in."""
    return _run(["timeout", "30", *rehearse.ssh(command)])


def lab(*argv: str, seconds: float = 300) -> Said:
    """The lab's own command line."""
    from driver import settings
    return _run(["timeout", str(seconds), str(settings.SOURCE / "lab"), *argv])


def _run(argv: list[str]) -> Said:
    done = subprocess.run(argv, text=True, errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return Said(done.returncode, done.stdout)
