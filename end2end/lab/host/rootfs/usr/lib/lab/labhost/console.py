"""Running commands, and failing the way a command line tool fails."""

import subprocess
import sys


class Refused(Exception):
    """The message a tool prints on stderr before it ends with code 1."""


def run(*argv: str, input: str | None = None) -> str:
    """Runs a command to its end and returns what it printed; raises Refused with its last words when it fails."""
    done = subprocess.run(argv, input=input, text=True, errors="replace",
                          stdin=subprocess.DEVNULL if input is None else None,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Refused(done.stdout.strip()[-1000:] or f"{argv[0]} ended with {done.returncode}")
    return done.stdout


def attempt(*argv: str) -> bool:
    """Runs a command whose failure is acceptable; True when it succeeded."""
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def tool(main) -> int:
    """Runs a command line tool: `main(arguments)` returns its exit code, Refused becomes a message and code 1."""
    try:
        return main(sys.argv[1:]) or 0
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
