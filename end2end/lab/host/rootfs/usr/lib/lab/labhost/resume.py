"""At boot: bring back what a real host finds again after a reboot. On a fresh lab there is nothing to do."""

from . import bridge, domain, nat, storage


def main() -> None:
    bridge.restore()
    if nat.STARTED.exists():
        nat.start()
    storage.reconnect()
    for known in domain.all_domains():
        if known.wanted_running:
            known.start()


if __name__ == "__main__":
    main()
