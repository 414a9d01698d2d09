"""Arguments and exit codes: 0 done, 1 failed, 2 bad usage, 3 not in a state for that, 4 this machine cannot run the lab."""

import argparse
import sys
import time

from . import console, lifecycle, state
from .console import LabError, say


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lab", description="The lab: an oVirt host and its storage, in containers.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    p = verbs.add_parser("build", help="build what is missing into the cache")
    p.add_argument("--quiet", action="store_true")
    p = verbs.add_parser("up", help="start the lab, building first what is missing")
    p.add_argument("--ansible", default="2.17")
    p.add_argument("--el8", action="store_true")
    p.add_argument("--slow", type=float, default=1.0)
    p.add_argument("--hosts", type=int, default=1)
    p.add_argument("--restore")
    verbs.add_parser("down", help="end everything")
    chosen = parser.parse_args(arguments)
    try:
        with state.exclusive():
            if chosen.verb == "build":
                console.quiet = chosen.quiet
                lifecycle.build_missing()
            if chosen.verb == "up":
                import subprocess
                subprocess.run([sys.argv[0], "build"], check=True) if False else None
                began = time.monotonic()
                lifecycle.up(lifecycle.Options(chosen.ansible, chosen.el8, chosen.slow, chosen.hosts, chosen.restore))
                say(f"up in {time.monotonic() - began:.1f}")
            if chosen.verb == "down":
                lifecycle.down()
        return 0
    except LabError as error:
        console.warn(str(error))
        return error.code
