"""Runs checks one after the other and keeps what became of them. A check is a function that raises AssertionError
or LabError when it fails, and returns a short note for the table or nothing."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from driver.console import LabError


@dataclass
class Table:
    rows: list[tuple[str, bool, float, str]] = field(default_factory=list)

    def check(self, name: str, act: Callable, *arguments) -> bool:
        """Runs one check; False when it failed."""
        began = time.monotonic()
        try:
            passed, note = True, act(*arguments) or ""
        except (AssertionError, LabError) as failure:
            passed, note = False, str(failure) or _place(failure)
        except Exception as failure:  # a broken check is a failed check, the others still run
            traceback.print_exc()
            passed, note = False, repr(failure)
        self.rows.append((name, passed, time.monotonic() - began, str(note)))
        print(_line(*self.rows[-1]), flush=True)
        return passed

    def close(self) -> int:
        """Prints the table and its closing line; returns the exit code."""
        print(f"\n{'':<6} {'s':>6}  check")
        for row in self.rows:
            print(_line(*row))
        failed = sum(1 for row in self.rows if not row[1])
        print(f"{len(self.rows) - failed} passed, {failed} failed")
        return 1 if failed or not self.rows else 0


def _line(name: str, passed: bool, seconds: float, note: str) -> str:
    return f"{'passed' if passed else 'FAILED'} {seconds:>6.1f}  {name}" + (f": {note}" if note else "")


def _place(failure: BaseException) -> str:
    last = traceback.extract_tb(failure.__traceback__)[-1]
    return f"{last.name}, line {last.lineno}: {last.line}"
