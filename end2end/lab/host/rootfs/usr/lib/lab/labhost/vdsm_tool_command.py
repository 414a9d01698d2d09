"""vdsm-tool: the role configures OVN with it, the clean-up tool undoes configuration; nothing of that exists here."""

from .console import Refused

KNOWN = ("ovn-config", "ovn-unconfigure", "configure", "is-configured", "remove-config", "restore-nets", "clear-nets")


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in KNOWN:
        raise Refused(f"vdsm-tool: unknown verb {' '.join(arguments[:1])}")
    return 0
