"""Each fault switch from host1's view: absent before it is turned on, there while it is on, absent again after."""

import time
from collections.abc import Callable

from driver import faults, lifecycle, settings
from driver.console import LabError, wait_until

from .inside import Said, host1, lab

NFS = "nfs://storage.lab.test/exports/he"
ISCSI = f"iscsi://{settings.CHAP_USER}%{settings.CHAP_PASSWORD}@{settings.INFRA_ADDRESS}/"


def luns() -> str:
    said = host1("iscsi-ls", "--show-luns", ISCSI)
    if said.code != 0:
        return "refused" if "Authentication" in said.text else str(said)
    return "luns" if "Lun:1" in said.text else "no luns"


def write_by_nfs() -> str:
    said = host1("nfs-cp", "/etc/hostname", f"{NFS}/selftest?version=4")
    if "ROFS" in said.text.upper() or "read-only" in said.text.lower():
        return "read-only"
    host1("sh", "-c", "rm -f /lab/exports/he/selftest")
    return "written" if said.code == 0 else str(said)


def list_as_vdsm() -> str:
    said = host1("nfs-ls", f"{NFS}?version=4&uid=36&gid=36")
    if said.code == 0:
        return "listed"
    return "refused" if "ACCES" in said.text.upper() else str(said)


def mounted_size() -> str:
    said = host1("sh", "-c", "mkdir -p /mnt/selftest && mount -t nfs storage.lab.test:/exports/he /mnt/selftest && "
                             "df --output=size -B1G /mnt/selftest | tail -1; umount /mnt/selftest")
    return str(said) if said.code != 0 else "small" if int(said.text) <= 4 else "large"


def appliance_size() -> str:
    said = host1("dnf", "-q", "repoquery", "--qf", "%{downloadsize}", "ovirt-engine-appliance")
    if said.code != 0 or not said.text.strip():
        return str(said)
    return "whole" if int(said.text.split()[-1]) > 10 << 20 else "damaged"


def engine_address() -> str:
    return host1("dig", "+short", "+time=2", settings.ENGINE_FQDN).text.strip() or "none"


def engine_name() -> str:
    return host1("dig", "+short", "+time=2", "-x", settings.ENGINE_ADDRESS).text.strip() or "none"


def firewall() -> str:
    return host1("firewall-cmd", "--state").text.strip()


def memory() -> str:
    said = host1("free", "-m")
    return "low" if int(said.text.splitlines()[1].split()[-1]) == 512 else "enough"


def clock() -> str:
    told = host1("chronyc", "-n", "-c", "tracking").text.strip().split(",")
    if len(told) < 14 or told[-1] != "Normal":
        return str(told)
    return "off" if abs(float(told[4])) > 50 else "right"


def ssh() -> str:
    return "greets" if lifecycle.greets(settings.SSH_PORTS["host1"]) else "silent"


def switch(name: str) -> Callable[[], str]:
    """For faults of the engine, which this lab has not deployed: that the switch arrives where its stand-in looks."""
    return lambda: "switched" if host1("test", "-e", f"/lab/control/faults/{name}").code == 0 else "not switched"


# fault: (how to look, what there is to see without it, and with it)
VIEWS: dict[str, tuple[Callable[[], str], str, str]] = {
    "chap-wrong": (luns, "luns", "refused"),
    "iscsi-no-luns": (luns, "luns", "no luns"),
    "nfs-read-only": (write_by_nfs, "written", "read-only"),
    "nfs-wrong-owner": (list_as_vdsm, "listed", "refused"),
    "storage-small": (mounted_size, "large", "small"),
    "appliance-checksum": (appliance_size, "whole", "damaged"),
    "host-non-operational": (switch("host-non-operational"), "not switched", "switched"),
    "engine-never-healthy": (switch("engine-never-healthy"), "not switched", "switched"),
    "engine-sso-refuses": (switch("engine-sso-refuses"), "not switched", "switched"),
    "dns-engine-missing": (engine_address, settings.ENGINE_ADDRESS, "none"),
    "dns-no-reverse": (engine_name, settings.ENGINE_FQDN + ".", "another.lab.test."),
    "firewalld-stopped": (firewall, "running", "not running"),
    "memory-low": (memory, "enough", "low"),
    "clock-skew": (clock, "right", "off"),
    "other-host-silent": (switch("other-host-silent"), "not switched", "switched"),
    "ssh-cut": (ssh, "greets", "silent"),
}


def fault(name: str) -> str:
    look, without, with_it = VIEWS[name]
    _sees(look, without, "before")
    try:
        _turn(name, "on")
        _sees(look, with_it, "while on")
    finally:
        _turn(name, "off")
    _sees(look, without, "after")
    return f"{without} / {with_it}"


def _turn(name: str, state: str) -> None:
    done = lab("fault", name, state)
    assert done.code == 0, done


def _sees(look: Callable[[], str], wanted: str, when: str) -> None:
    """The view may need a moment: a server that was just restarted answers when it is ready."""
    seen = ""

    def there() -> bool:
        nonlocal seen
        seen = look()
        return seen == wanted
    try:
        wait_until(there, 20, wanted, every=0.2)
    except LabError:
        raise AssertionError(f"{when}: saw {seen!r}, wanted {wanted!r}") from None


def every_fault_has_a_view() -> None:
    assert VIEWS.keys() == faults.FAULTS.keys(), VIEWS.keys() ^ faults.FAULTS.keys()


def for_some_seconds() -> str:
    """`--seconds` ends the fault without another command, and ends it whole."""
    began = time.monotonic()
    done = lab("fault", "ssh-cut", "on", "--seconds", "3")
    assert done.code == 0, done
    _sees(ssh, "silent", "while on")
    wait_until(lambda: "ssh-cut" not in faults.active(), 15, "the fault to end by itself")
    _sees(ssh, "greets", "after")
    said: Said = host1("nft", "list", "tables")
    assert "lab_cut" not in said.text, said
    return f"{time.monotonic() - began:.1f} s"


def unknown() -> None:
    done = lab("fault", "no-such-fault", "on")
    assert done.code == 2 and "lab faults" in done.text, done


CHECKS = {
    "every fault has a view": every_fault_has_a_view,
    **{f"fault {name}": (lambda name=name: fault(name)) for name in VIEWS},
    "fault ssh-cut --seconds 3": for_some_seconds,
    "an unknown fault is refused": unknown,
}
