"""virsh: the subcommands that the role, the product and administrators use on domains and on the network `default`."""

import os

from . import domain, nat
from .console import Refused


def main(arguments: list[str]) -> int:
    rest = _without_options(arguments)
    if not rest:
        raise Refused("error: the lab's virsh has no interactive mode")
    verb, *operands = rest
    if verb not in VERBS:
        raise Refused(f"error: unknown command: '{verb}'")
    return VERBS[verb](operands) or 0


def _without_options(arguments: list[str]) -> list[str]:
    """Drops virsh's own options before the subcommand (-r, -q, -c URI, --connect=URI)."""
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-c", "--connect") and rest:
            rest.pop(0)
    return rest


def _named(operands: list[str]) -> domain.Domain:
    names = [o for o in operands if not o.startswith("-")]
    found = domain.find(names[0]) if names else None
    if found is None:
        raise Refused(f"error: failed to get domain '{names[0] if names else ''}'")
    return found


def _list(operands: list[str]) -> None:
    running = {d.name: d.running for d in domain.all_domains()}
    shown = [d for d in domain.all_domains() if running[d.name] or "--all" in operands]
    if "--name" in operands:
        print("\n".join(d.name for d in shown) + "\n")
        return
    print(" Id   Name                State\n" + "-" * 36)
    for number, known in enumerate(shown, 1):
        state = ("running" if running[known.name] else "shut off")
        print(f" {number if running[known.name] else '-':<4} {known.name:<19} {state}")
    print()


def _state(operands: list[str]) -> None:
    print(("running" if _named(operands).running else "shut off") + "\n")


def _info(operands: list[str]) -> None:
    known = _named(operands)
    print(f"Id:             {'1' if known.running else '-'}\nName:           {known.name}\nUUID:           {known.uuid}\n"
          f"OS Type:        hvm\nState:          {'running' if known.running else 'shut off'}\nCPU(s):         {known.vcpus}\n"
          f"Max memory:     {known.memory_mib * 1024} KiB\nUsed memory:    {known.memory_mib * 1024} KiB\n")


def _shut_down(words: str):
    def act(operands: list[str]) -> None:
        known = _named(operands)
        if not known.running:
            raise Refused(f"error: Failed to {words.split()[0]} domain '{known.name}'\n"
                          "error: Requested operation is not valid: domain is not running")
        known.stop()
        print(f"Domain '{known.name}' {words.partition(' ')[2]}\n")
    return act


def _start(operands: list[str]) -> None:
    known = _named(operands)
    known.start()
    print(f"Domain '{known.name}' started\n")


def _undefine(operands: list[str]) -> None:
    known = _named(operands)
    if known.running:
        known.stop()
    known.undefine()
    print(f"Domain '{known.name}' has been undefined\n")


def _block_info(operands: list[str]) -> None:
    size = os.path.getsize(_named(operands).disk)
    print(f"Capacity:       {size}\nAllocation:     {size}\nPhysical:       {size}\n")


def _net_list(operands: list[str]) -> None:
    print(" Name      State    Autostart   Persistent\n" + "-" * 44)
    if nat.DEFINITION.exists() and (nat.active() or "--all" in operands):
        print(f" default   {'active' if nat.active() else 'inactive'}   yes         yes")
    print()


def _net_define(operands: list[str]) -> None:
    file = next(o for o in operands if not o.startswith("-"))
    nat.define(file)
    print(f"Network default defined from {file}\n")


def _net(act, words: str):
    def run(operands: list[str]) -> None:
        if "default" not in operands:
            raise Refused(f"error: failed to get network '{' '.join(operands)}'")
        act()
        print(f"Network default {words}\n")
    return run


def _net_leases(operands: list[str]) -> None:
    print(" Expiry Time           MAC address         Protocol   IP address           Hostname   Client ID or DUID")
    print("-" * 104)
    for expiry, mac, address, name in nat.leases():
        print(f" {expiry}   {mac}   ipv4       {address + '/24':<20} {name:<10} -")
    print()


def _pool(_operands: list[str]) -> None:
    name = next((o for o in _operands if not o.startswith("-")), "")
    print(f"Pool {name} gone\n")  # virt-install makes a pool for the disk's folder; here there are none


VERBS = {
    "list": _list, "domstate": _state, "dominfo": _info, "domuuid": lambda o: print(_named(o).uuid + "\n"),
    "domblkinfo": _block_info, "start": _start, "undefine": _undefine,
    "shutdown": _shut_down("shutdown is being shutdown"), "destroy": _shut_down("destroy destroyed"),
    "net-list": _net_list, "net-dumpxml": lambda o: print(nat.defined()), "net-define": _net_define,
    "net-start": _net(nat.start, "started"), "net-destroy": _net(nat.stop, "destroyed"),
    "net-undefine": _net(nat.undefine, "has been undefined"),
    "net-autostart": _net(lambda: None, "marked as autostarted"), "net-dhcp-leases": _net_leases,
    "pool-destroy": _pool, "pool-undefine": _pool, "version": lambda o: print("Using library: libvirt 10.10.0\n"),
}
