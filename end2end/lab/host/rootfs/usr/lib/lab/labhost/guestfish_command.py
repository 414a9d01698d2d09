"""guestfish: the commands that the role gives it on its command line, separated by `:`, on one image (-a IMAGE -i)."""

import itertools
import os
from pathlib import Path

from . import console, images
from .console import Refused


def main(arguments: list[str]) -> int:
    if "-a" not in arguments or "-i" not in arguments:
        raise Refused("guestfish: the lab's stand-in needs -a IMAGE and -i")
    image = arguments[arguments.index("-a") + 1]
    words = arguments[arguments.index("-i") + 1:]
    commands = [list(part) for is_colon, part in itertools.groupby(words, lambda w: w == ":") if not is_colon]
    with images.opened(image, write=True) as root:
        for name, *operands in commands:
            if name not in COMMANDS:
                raise Refused(f"guestfish: {name}: unknown command")
            COMMANDS[name](root, operands)
    return 0


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _copy_in(root: Path, operands: list[str]) -> None:
    *sources, folder = operands
    target = _inside(root, folder)
    if not target.is_dir():
        raise Refused(f"guestfish: copy-in: {folder} is not a directory")
    for source in sources:
        console.run("cp", "--recursive", "--preserve=mode,timestamps", source, str(target))


COMMANDS = {
    "copy-in": _copy_in,
    "chmod": lambda root, o: os.chmod(_inside(root, o[1]), int(o[0], 8)),
    "sh": lambda root, o: print(console.run("chroot", str(root), "/bin/sh", "-c", o[0]), end=""),
    "selinux-relabel": lambda root, o: None,  # the lab has no SELinux
}
