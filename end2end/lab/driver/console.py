"""What the driver says, and how it runs commands."""

import subprocess
import sys
import time

_started = time.monotonic()
quiet = False


class LabError(Exception):
    """A failure the user can act on. `code` is the exit code: 1 failed, 2 bad usage, 3 state unusable, 4 machine unfit."""

    def __init__(self, message: str, code: int = 1):
        super().__init__(message)
        self.code = code


def say(text: str) -> None:
    """One line of progress with the time since the command started; silent with --quiet."""
    if not quiet:
        sys.stdout.write(f"[{time.monotonic() - _started:6.1f}s] {text}\n")  # one write: builders run side by side
        sys.stdout.flush()


def warn(text: str) -> None:
    print(f"lab: {text}", file=sys.stderr, flush=True)


def run(*argv, input: str | None = None, cwd=None, env=None) -> str:
    """Runs a command to its end and returns its standard output; a failure names the command and shows its last words."""
    command = [str(a) for a in argv]
    done = subprocess.run(command, input=input, cwd=cwd, env=env, text=True, errors="replace",
                          stdin=subprocess.DEVNULL if input is None else None,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip())[-1500:]
        raise LabError(f"{' '.join(command)[:300]} ended with {done.returncode}: {words}")
    return done.stdout


def succeeds(*argv) -> bool:
    """True when the command exits with 0; its output is dropped."""
    return subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def wait_until(condition, seconds: float, what: str, every: float = 0.05) -> None:
    """Polls `condition` until it is true; raises LabError naming `what` when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"waited {seconds:.0f} s for {what}, in vain")
        time.sleep(every)
