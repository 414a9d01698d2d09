"""Arguments and exit codes.

0 done, 1 failed, 2 bad usage, 3 not in a state for that, 4 this machine cannot run the lab, 130 interrupted.
"""

import argparse
import json
import subprocess
import sys

from . import console, container, faults, lifecycle, recipes, rehearse, settings, snapshot, state
from .console import LabError, say

ENTER_ENGINE = """
for name in HostedEngine HostedEngineLocal; do
    pid=$(systemctl show --property=MainPID --value "lab-vm@$name")
    [ "${pid:-0}" -gt 0 ] || continue
    leader=$(cat /proc/"$pid"/task/*/children | cut -d' ' -f1)
    exec nsenter --target="$leader" --mount --uts --ipc --net --pid -- "$@"
done
echo "no engine VM runs on host1" >&2
exit 3
"""


def main(arguments: list[str]) -> int:
    chosen = parser().parse_args(arguments)
    try:
        return chosen.act(chosen) or 0
    except LabError as error:
        console.warn(str(error))
        return error.code
    except KeyboardInterrupt:
        console.warn("interrupted; what was half done is taken down by `lab down` or the next `lab up`")
        return 130


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="lab", description="The lab: an oVirt host and its storage, in containers.")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, act, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(act=act)
        return sub

    build = command("build", do_build, "build what is missing into the cache")
    build.add_argument("--quiet", action="store_true")
    up = command("up", do_up, "start the lab, building first what is missing")
    up.add_argument("--ansible", default=settings.DEFAULT_ANSIBLE, metavar="2.17", help="2.14, 2.16, 2.17 or 2.19")
    up.add_argument("--el8", action="store_true", help="a host with the systemd of EL8")
    up.add_argument("--slow", type=float, default=1.0, metavar="FACTOR", help="stretch what takes long on real hosts")
    up.add_argument("--hosts", type=int, default=1, metavar="N", help="1 or 2")
    up.add_argument("--restore", metavar="NAME", help="as it was when saved as NAME")
    command("down", do_down, "end everything")
    command("reset", do_reset, "down, and up again with the same options")
    status = command("status", do_status, "what runs, and how to reach it")
    status.add_argument("--json", action="store_true")
    shell = command("shell", do_shell, "a shell, or a command, on infra, host1, host2 or engine")
    shell.add_argument("machine")
    shell.add_argument("argv", nargs=argparse.REMAINDER, metavar="CMD")
    logs = command("logs", do_logs, "console and journal of a machine")
    logs.add_argument("machine")
    fault = command("fault", do_fault, "turn a fault on or off")
    fault.add_argument("name")
    fault.add_argument("state", choices=["on", "off"])
    fault.add_argument("--seconds", type=float, help="on: for so long; off: after so long")
    command("faults", do_faults, "list the faults")
    save = command("save", do_save, "shut the lab down and keep its disks as NAME")
    save.add_argument("name")
    command("saved", do_saved, "list the saved states")
    forget = command("forget", do_forget, "delete a saved state")
    forget.add_argument("name")
    rehearsal = command("rehearse", do_rehearse, "run the role's phases without the product")
    rehearsal.add_argument("--storage", default="nfs", choices=["nfs", "iscsi", "glusterfs"])
    rehearsal.add_argument("--from", dest="first", metavar="PHASE")
    rehearsal.add_argument("--until", metavar="PHASE")
    return whole


def do_build(chosen) -> None:
    console.quiet = chosen.quiet
    lifecycle.build_missing()


def do_up(chosen) -> None:
    try:
        settings.ansible_version(chosen.ansible)
    except KeyError:
        raise LabError(f"no ansible-core {chosen.ansible} in the lab; there are {', '.join(settings.ANSIBLE_CORE)}", 2) from None
    options = lifecycle.Options(chosen.ansible, chosen.el8, chosen.slow, chosen.hosts)
    lifecycle.build_missing()
    with state.exclusive():
        if chosen.restore:
            options = lifecycle.Options(**snapshot.meta(chosen.restore)["options"] | {"restore": chosen.restore})
        fresh = lifecycle.up(options)
        say("up" if fresh else "it was up already")


def do_down(chosen) -> None:
    with state.exclusive():
        lifecycle.down()


def do_reset(chosen) -> None:
    lifecycle.build_missing()
    with state.exclusive():
        lifecycle.reset()


def current() -> dict:
    found = state.load()
    if found is None or not found.get("ready"):
        raise LabError("the lab is not up; `lab up` starts it", 3)
    return found


def host_names() -> list[str]:
    return lifecycle.Options(**current()["options"]).host_names


def do_status(chosen) -> int:
    found = state.load()
    if found is None or not found.get("ready"):
        print(json.dumps({"up": False}) if chosen.json else "down")
        return 3
    key = str(recipes.catalogue()["ssh-key"].path / "id_ed25519")
    hosts = {
        name: {"address": "127.0.0.1", "port": settings.SSH_PORTS[name], "fqdn": f"{name}.{settings.DOMAIN}",
               "user": "root", "password": settings.ROOT_PASSWORD, "key": key}
        for name in lifecycle.Options(**found["options"]).host_names
    }
    whole = {"up": True, "options": found["options"], "faults": faults.active(), "hosts": hosts,
             "engine": "http://127.0.0.1:22080/ovirt-engine/services/health"}
    if chosen.json:
        print(json.dumps(whole, indent=1))
        return 0
    print(f"up, ansible-core {settings.ansible_version(found['options']['ansible'])}")
    for name, host in hosts.items():
        print(f"{name}: ssh -p {host['port']} -i {key} root@127.0.0.1   (password {host['password']})")
    print(f"engine: {whole['engine']}\nfaults: {', '.join(whole['faults']) or 'none'}")
    return 0


def inside(machine: str, *argv: str) -> list[str]:
    """The command line that runs `argv` on a machine, the engine VM included."""
    if machine == "engine":
        return container.enter("host1", "sh", "-c", ENTER_ENGINE, "sh", *argv)
    if machine in ("infra", *settings.HOST_ADDRESSES):
        return container.enter(machine, *argv)
    raise LabError(f"no machine {machine}; there are infra, host1, host2 and engine", 2)


def do_shell(chosen) -> int:
    return subprocess.run(inside(chosen.machine, *(chosen.argv or ["bash", "-l"]))).returncode


def do_logs(chosen) -> int:
    journal = inside(chosen.machine, "journalctl", "--no-pager")
    log = settings.running() / chosen.machine / "console.log"
    if log.exists():
        sys.stdout.write(log.read_text(errors="replace"))
        sys.stdout.flush()
    return subprocess.run(journal).returncode


def do_fault(chosen) -> None:
    hosts = host_names()
    faults.turn(chosen.name, chosen.state == "on", hosts, chosen.seconds)


def do_faults(chosen) -> None:
    on = faults.active()
    for name, fault in faults.FAULTS.items():
        print(f"{name:<22} {'on ' if name in on else 'off'}  {fault.means}")


def do_save(chosen) -> None:
    with state.exclusive():
        lifecycle.save(chosen.name, current())


def do_saved(chosen) -> None:
    print("\n".join(snapshot.saved()))


def do_forget(chosen) -> None:
    with state.exclusive():
        snapshot.forget(chosen.name)


def do_rehearse(chosen) -> None:
    current()
    rehearse.rehearse(chosen.storage, chosen.first, chosen.until, settings.RUN / "rehearsal")
