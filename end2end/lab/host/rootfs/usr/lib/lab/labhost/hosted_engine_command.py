"""hosted-engine: the commands, texts and exit codes of the real one that need no second host."""

import json
import os
import sys
import time
import zlib

from . import cluster, console, switches
from .console import Refused

NOT_RETRIEVED = ("The hosted engine configuration has not been retrieved from shared storage yet,\n"
                 "please ensure that ovirt-ha-agent service is running.\n")
UNREACHABLE = ("An error occured while retrieving vm status, please make sure the HA daemon is ready and reachable.")
SCORE = 3400


def main(arguments: list[str]) -> int:
    if not arguments:
        print(usage())
        return 1
    verb, *rest = arguments
    if verb == "--help":
        print(usage())
        return 0
    if verb not in COMMANDS:
        print(f"Invalid option '{verb}'", file=sys.stderr)
        print(usage())
        return 1
    needs_deployment, act = COMMANDS[verb]
    if needs_deployment and not cluster.deployed():
        if verb == "--vm-status" and console.attempt("/usr/bin/virsh", "-r", "domstate", "HostedEngineLocal"):
            print("It seems like a previous attempt to deploy hosted-engine failed or it's still in progress. "
                  "Please clean it up before trying again")
            return 2
        print("You must run deploy first")
        return 1
    return act(rest) or 0


def usage() -> str:
    return "Usage: hosted-engine [--help] <command> [<command-args>]\n    " + "\n    ".join(COMMANDS)


def check_deployed(_rest: list[str]) -> int:
    print("The hosted engine has been deployed" if cluster.deployed() else "The hosted engine has not been deployed")
    return 0 if cluster.deployed() else 1


def check_liveliness(_rest: list[str]) -> int:
    if not cluster.configuration().get("fqdn"):
        print("fqdn is not set in the configuration", file=sys.stderr)
        return 2
    up = cluster.lively(20)
    print("Hosted Engine is up!" if up else "Hosted Engine is not up!")
    return 0 if up else 1


def vm_status(rest: list[str]) -> int:
    if not cluster.VM_CONFIGURATION.exists():
        print(NOT_RETRIEVED)
        return 1
    if not cluster.broker_running():
        if "--json" in rest:
            # The real tool forces a text with a line break into JSON and dies of it.
            raise json.JSONDecodeError("Invalid control character at", UNREACHABLE, len(UNREACHABLE))
        print(f"[Errno 2] No such file or directory\nCannot connect to the HA daemon, please check the logs\n"
              f"{UNREACHABLE}\nUnable to connect the HA Broker ", file=sys.stderr)
        return 1
    if not cluster.storage_reachable():
        raise Refused("Failed to connect to broker, the number of errors has exceeded the limit (1)\n"
                      "An error occured while retrieving vm status, please make sure your storage is reachable.")
    hosts, in_global = status()
    if "--json" in rest:
        print(json.dumps({**hosts, "global_maintenance": in_global}))
        return 0
    banner = "\n\n!! Cluster is in GLOBAL MAINTENANCE mode !!\n" if in_global else ""
    if banner:
        print(banner)
    for known in hosts.values():
        print(_plain(known))
    if banner:
        print(banner)
    return 0 if hosts else 1


def status() -> tuple[dict, bool]:
    """Hosts by id (only this one, none before the agent has run) and the global maintenance flag."""
    known, flags = cluster.configuration(), cluster.record()
    if flags["state"] == "StartState":
        return {}, flags["global"]
    now, number = int(time.time()), int(known.get("host_id") or 1)
    others = _silent(number + 1, now - 600) if switches.on("other-host-silent") else {}
    live = cluster.agent_running()
    stopped = flags["state"] == "AgentStopped"
    score = 0 if flags["local"] or stopped or not live else SCORE
    written = now if live else int(flags["since"])
    stamp = time.strftime("%a %b %d %H:%M:%S %Y", time.localtime(written))
    extra = ["metadata_parse_version=1", "metadata_feature_version=1", f"timestamp={written} ({stamp})",
             f"host-id={number}", f"score={score}", f"vm_conf_refresh_time={written} ({stamp})",
             "conf_on_shared_storage=True", f"maintenance={flags['local']}", f"state={flags['state']}", f"stopped={stopped}"]
    return {str(number): {
        "host-id": number, "host-ts": written, "score": score, "engine-status": cluster.engine_status(),
        "hostname": os.uname().nodename, "maintenance": flags["local"], "stopped": stopped,
        "crc32": f"{zlib.crc32(chr(10).join(extra).encode()):08x}", "conf_on_shared_storage": True,
        "local_conf_timestamp": written, "extra": "\n".join(extra) + "\n", "live-data": live,
    }, **others}, flags["global"]


def _silent(number: int, written: int) -> dict:
    """The block of a host that stopped writing: what it said last stays there, well as it was, and is marked as no longer live."""
    stamp = time.strftime("%a %b %d %H:%M:%S %Y", time.localtime(written))
    extra = (f"metadata_parse_version=1\nmetadata_feature_version=1\ntimestamp={written} ({stamp})\nhost-id={number}\n"
             f"score={SCORE}\nmaintenance=False\nstate=EngineDown\nstopped=False\n")
    engine = {"vm": "down", "health": "bad", "detail": "unknown", "reason": "vm not running on this host"}
    return {str(number): {
        "host-id": number, "host-ts": written, "score": SCORE, "engine-status": engine, "hostname": "host2.lab.test",
        "maintenance": False, "stopped": False, "crc32": f"{zlib.crc32(extra.encode()):08x}",
        "conf_on_shared_storage": True, "local_conf_timestamp": written, "extra": extra, "live-data": False,
    }}


def _plain(known: dict) -> str:
    shown = json.dumps(known["engine-status"]) if known["live-data"] else "unknown stale-data"
    rows = [("Host ID", known["host-id"]), ("Host timestamp", known["host-ts"]), ("Score", known["score"]),
            ("Engine status", shown), ("Hostname", known["hostname"]), ("Local maintenance", known["maintenance"]),
            ("stopped", known["stopped"]), ("crc32", known["crc32"]),
            ("conf_on_shared_storage", known["conf_on_shared_storage"]),
            ("local_conf_timestamp", known["local_conf_timestamp"]), ("Status up-to-date", known["live-data"])]
    lines = [f"\n\n--== Host {known['hostname']} (id: {known['host-id']}) status ==--\n"]
    lines += [f"{name:35}: {value}" for name, value in rows]
    lines += ["Extra metadata (valid at timestamp):", *("\t" + line for line in known["extra"].splitlines())]
    return "\n".join(lines)


def set_maintenance(rest: list[str]) -> int:
    if not rest or not rest[0].startswith("--mode="):
        print("You must specify a maintenance mode with --mode")
        return 1
    mode = rest[0].partition("=")[2]
    if mode not in ("global", "local", "none"):
        print(f"Invalid value '{mode}' for --mode")
        return 1
    if not cluster.broker_running():
        raise Refused("Cannot connect to the HA daemon, please check the logs")
    if not cluster.storage_reachable():
        raise Refused("Failed to set maintenance: the shared storage is not reachable")
    engine = cluster.engine_domain()
    if mode == "local" and engine is not None and engine.running:
        raise Refused("Unable to enter local maintenance mode: the engine VM is running on the current host, "
                      "please migrate it before entering local maintenance mode.")
    # Every call writes all flags.
    cluster.keep({"global": mode == "global", "local": mode == "local"})
    return 0


def reinitialize_lockspace(rest: list[str]) -> int:
    if "--force" not in rest:
        if cluster.agent_running():
            raise Refused("Lockspace reinitialization cannot be performed with an active agent.")
        if not cluster.record()["global"]:
            raise Refused("Lockspace reinitialization can be performed in global maintenance mode only.")
    if not cluster.broker_running():
        raise Refused("Cannot connect to the HA daemon, please check the logs")
    return 0


def vm_start(_rest: list[str]) -> int:
    if not cluster.VM_CONFIGURATION.exists():
        print(NOT_RETRIEVED)
        return 1
    engine = cluster.engine_domain()
    if engine is not None and engine.running:
        print("VM exists and its status is Up")
        return 1
    if engine is not None:
        print("VM exists and is Down, cleaning up and restarting")
    cluster.start_engine()
    print("VM in WaitForLaunch")
    return 0


def add_console_password(rest: list[str]) -> int:
    given = any(r.startswith("--password=") for r in rest) or os.environ.get("OVIRT_HOSTED_ENGINE_CONSOLE_PASSWORD")
    if not given:
        raise Refused("the lab's hosted-engine does not ask: use --password or OVIRT_HOSTED_ENGINE_CONSOLE_PASSWORD")
    print(f"You can now connect the hosted-engine VM with VNC at {os.uname().nodename}:5900")
    return 0


def deploy(_rest: list[str]) -> int:
    raise Refused("hosted-engine --deploy has no stand-in: the lab is there to deploy by the role")


def disconnect_storage(_rest: list[str]) -> int:
    engine = cluster.engine_domain()
    if engine is not None and engine.running:
        return 1
    from . import storage
    for known in storage.records().values():
        storage.disconnect(storage.Path(known["mount"]))
    return 0


def serial_console(_rest: list[str]) -> int:
    """The words of the real one; there is no serial console to attach to."""
    engine = cluster.engine_domain()
    if engine is None or not engine.running:
        print("The engine VM is not on this host")
        return 0
    print("The engine VM is running on this host\nConnected to domain 'HostedEngine'\nEscape character is ^]")
    return 0


def clean_metadata(rest: list[str]) -> int:
    """Like `ovirt-ha-agent --cleanup`: ends with 0 also when it refuses, and says so in a log line only."""
    if not cluster.broker_running():
        print("ERROR:ovirt_hosted_engine_ha.agent.agent.Agent:Failed to start necessary monitors", file=sys.stderr)
        return 157
    if not cluster.storage_reachable():
        print("ERROR:ovirt_hosted_engine_ha.agent.agent.Agent:Failed to connect the storage", file=sys.stderr)
        return 157
    clean = cluster.record()["state"] in ("AgentStopped", "StartState")
    if not clean and "--force-cleanup" not in rest:
        print("ERROR:ovirt_hosted_engine_ha.agent.hosted_engine.HostedEngine:Cannot clean unclean metadata block. "
              "Consider --force-clean.", file=sys.stderr)
        return 0
    print("WARNING:ovirt_hosted_engine_ha.agent.hosted_engine.HostedEngine:Cleaning the metadata block!",
          file=sys.stderr)
    cluster.keep({"state": "StartState"})
    return 0


def connect_storage(_rest: list[str]) -> int:
    from . import storage
    storage.reconnect()
    return 0


# name: (works only when deployed, what it does)
COMMANDS = {
    "--deploy": (False, deploy),
    "--vm-start": (True, vm_start),
    "--vm-shutdown": (True, lambda rest: cluster.stop_engine()),
    "--vm-poweroff": (True, lambda rest: cluster.stop_engine()),
    "--vm-status": (True, vm_status),
    "--add-console-password": (True, add_console_password),
    "--check-deployed": (False, check_deployed),
    "--check-liveliness": (False, check_liveliness),
    "--connect-storage": (True, connect_storage),
    "--disconnect-storage": (True, disconnect_storage),
    "--console": (False, serial_console),
    "--clean-metadata": (True, clean_metadata),
    "--set-maintenance": (True, set_maintenance),
    "--reinitialize-lockspace": (False, reinitialize_lockspace),
}
