"""up, down, reset: the order in which the lab comes and goes."""

import os
import shutil
import socket
import time
import uuid
from dataclasses import asdict, dataclass

from . import build, container, exports, faults, network, prerequisites, recipes, settings, snapshot, state
from .console import LabError, say, wait_until

FORWARDER = "forwarder"
SERVICES = {
    "infra": ["lab-dns", "nfs-ganesha", "lab-targets", "lab-volume", "lab-mail", "chrony"],
    "host": ["ssh", "firewalld", "NetworkManager", "libvirtd"],
}


@dataclass
class Options:
    """What `up` was asked for; `reset` asks for the same again."""

    ansible: str = settings.DEFAULT_ANSIBLE
    el8: bool = False
    slow: float = 1.0
    hosts: int = 1
    restore: str | None = None

    @property
    def host_names(self) -> list[str]:
        return list(settings.HOST_ADDRESSES)[:self.hosts]


def wanted_artefacts() -> list[build.Artefact]:
    all_of_them = recipes.catalogue()
    return [all_of_them[name] for name in ("infra", "host", "appliance", "ssh-key")]


def build_key() -> str:
    """One key for all images together: a saved state belongs to exactly one."""
    import hashlib
    return hashlib.sha256("".join(a.key for a in wanted_artefacts()).encode()).hexdigest()[:16]


def build_missing() -> None:
    prerequisites.machine_can_run_containers()
    prerequisites.install(prerequisites.TO_RUN)
    if build.missing(wanted_artefacts()):
        prerequisites.install(prerequisites.TO_BUILD)
        prerequisites.cache_is_usable()
        build.build(wanted_artefacts(), in_use)


def in_use() -> set[str]:
    """The artefacts of the lab that runs now; it may have been started from another checkout."""
    return set((state.load() or {}).get("artefacts", ()))


def machines(options: Options) -> list[container.Machine]:
    images = recipes.catalogue()
    shared_storage = exports.folder(settings.running())
    shared = {settings.control(): "/lab/control"}
    made = [container.Machine("infra", [images["infra"].path, images["base"].path], {shared_storage: "/exports"}, shared)]
    devices = [*prerequisites.loop_devices(), "/dev/fuse"]
    for name in options.host_names:
        data = settings.running() / name
        made.append(container.Machine(
            name, [images["host"].path, images["base"].path],
            # Disk images lie outside the overlay: they are sparse, loop-mounted and read with O_DIRECT.
            {shared_storage: "/lab/exports", data / "var-tmp": "/var/tmp", data / "lab": "/var/lib/lab"},
            {**shared, images["appliance"].path: "/usr/share/lab/repository/appliance"}, devices))
    return made


def up(options: Options) -> bool:
    """Brings the lab up as asked; False when it was already up that way."""
    current, key = state.load(), build_key()
    if current is not None:
        if (current["options"], current["build"]) == (asdict(options), key) and is_complete(current):
            return False
        say("the lab is up with other options or images, or incomplete: taking it down first")
        down()
    if not 1 <= options.hosts <= len(settings.HOST_ADDRESSES):
        raise LabError(f"--hosts must be 1 to {len(settings.HOST_ADDRESSES)}", 2)
    if options.restore is not None:
        snapshot.must_fit(options.restore, key)
    began = time.monotonic()
    with build.unchanging():
        if build.missing(wanted_artefacts()):
            raise LabError("images of the lab are missing; `lab build` makes them", 3)
        used = [str(artefact.path) for artefact in build.with_needed(wanted_artefacts()).values()]
        state.store({"options": asdict(options), "build": key, "cache": str(settings.CACHE), "artefacts": used,
                     "ready": False})
    try:
        _start(options, key)
    except BaseException:
        say("not up: taking down what was started")
        down()
        raise
    state.store(state.load() | {"ready": True, "up_seconds": round(time.monotonic() - began, 2)})
    return True


def _start(options: Options, key: str) -> None:
    clear_disks()
    faults.clear(options.slow)
    if options.restore is not None:
        snapshot.put_back(options.restore)
    exports.attach()
    network.create(options.host_names)
    start_forwarder()
    started = machines(options)
    for machine in started:
        if options.restore is None:
            prepare(machine, options)
        machine.boot()
    for name in options.host_names:
        wait_for_ssh(name)
    for machine in started:
        container.wait_for_boot(machine.name, SERVICES["infra" if machine.name == "infra" else "host"])


def prepare(machine: container.Machine, options: Options) -> None:
    """What differs between runs goes into the machine's own layer before it boots."""
    if machine.name == "infra":
        return
    fqdn = f"{machine.name}.{settings.DOMAIN}"
    machine.place("/etc/hostname", fqdn + "\n")
    machine.place("/etc/machine-id", uuid.uuid5(uuid.NAMESPACE_DNS, fqdn).hex + "\n", 0o444)
    machine.place("/etc/lab-system-uuid", str(uuid.uuid5(uuid.NAMESPACE_DNS, "dmi." + fqdn)) + "\n")
    machine.place("/etc/iscsi/initiatorname.iscsi", f"InitiatorName=iqn.1994-05.test.lab:{machine.name}\n")
    public = (recipes.catalogue()["ssh-key"].path / "id_ed25519.pub").read_text()
    for home, owner in (("/root", (0, 0)), (f"/home/{settings.OPERATOR}", (1000, 100))):
        machine.place(f"{home}/.ssh/authorized_keys", public, 0o600)
        folder = machine.upper / home.lstrip("/") / ".ssh"
        folder.chmod(0o700)
        for path in (folder, folder / "authorized_keys"):
            os.chown(path, *owner)
        folder.parent.chmod(0o700)
        os.chown(folder.parent, *owner)
    programs = recipes.catalogue()["host"].path / "opt/ansible" / settings.ansible_version(options.ansible) / "bin"
    for program in programs.glob("ansible*"):
        link = machine.upper / "usr/bin" / program.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"/opt/ansible/{settings.ansible_version(options.ansible)}/bin/{program.name}")
    if options.el8:
        shutil.copytree(settings.SOURCE / "host" / "el8", machine.upper, dirs_exist_ok=True)


def start_forwarder() -> None:
    routes = [f"{local}:{address}:{port}" for local, (address, port) in settings.FORWARDS.items()]
    program = settings.SOURCE / "driver" / "forward.py"
    state.recorded(FORWARDER, ["/usr/bin/python3", "-B", str(program), network.namespace_path("infra"), *routes],
                   settings.RUN / "forwarder.log")


def wait_for_ssh(name: str) -> None:
    """Returns when sshd's greeting comes through the forwarder."""
    def answers() -> bool:
        container._must_live(name)
        if state.alive(FORWARDER) is None:
            raise LabError("the forwarder ended: " + (settings.RUN / "forwarder.log").read_text()[-500:])
        return greets(settings.SSH_PORTS[name])
    wait_until(answers, 60, f"SSH on {name}")


def greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            connection.settimeout(2)
            return connection.recv(8).startswith(b"SSH-2.0")
    except OSError:
        return False


def is_complete(current: dict) -> bool:
    """Everything that belongs to the lab still runs."""
    names = ["infra", *Options(**current["options"]).host_names]
    return bool(current.get("ready")) and all(state.alive(n) for n in [*names, FORWARDER])


def down() -> None:
    """Ends all that the lab started, in whatever state it is. Running it twice does no harm."""
    current = state.load() or {}
    for name in [FORWARDER, *settings.HOST_ADDRESSES, "infra"]:
        container.kill(name) if name != FORWARDER else state.end(name)
    for name in state.names():
        state.end(name)
    network.remove()
    clear_disks(current.get("cache"))
    shutil.rmtree(settings.RUN, ignore_errors=True)


def save(name: str, current: dict) -> None:
    """Shuts the machines down, so that their disks are complete, and keeps the disks under `name`."""
    options = Options(**current["options"])
    snapshot.folder(name)
    faults.clear(options.slow)
    state.end(FORWARDER)
    for machine in [*options.host_names, "infra"]:
        container.power_off(machine)
    exports.detach(settings.running())
    snapshot.keep(name, asdict(options) | {"restore": None}, current["build"])
    down()


def clear_disks(cache: str | None = None) -> None:
    from pathlib import Path
    folder = Path(cache) / "running" if cache else settings.running()
    exports.detach(folder)
    shutil.rmtree(folder, ignore_errors=False) if folder.exists() else None


def reset() -> None:
    current = state.load()
    options = Options(**current["options"]) if current else Options()
    down()
    up(options)
