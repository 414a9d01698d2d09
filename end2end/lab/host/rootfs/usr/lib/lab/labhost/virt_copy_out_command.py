"""virt-copy-out -a IMAGE PATH… FOLDER: copies files out of a disk image."""

from . import console, images
from .console import Refused


def main(arguments: list[str]) -> int:
    if len(arguments) < 4 or arguments[0] != "-a":
        raise Refused("virt-copy-out: usage: virt-copy-out -a disk.img /file|dir [/file|dir ...] localdir")
    _, image, *paths, folder = arguments
    with images.opened(image, write=False) as root:
        for path in paths:
            console.run("cp", "--recursive", "--no-dereference", "--preserve=mode,timestamps",
                        str(root / path.lstrip("/")), folder)
    return 0
