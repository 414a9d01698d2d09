"""Calling a host over SSH with the engine's key, the way the engine reaches a host before VDSM answers."""

import json
import subprocess

KEY = "/etc/pki/ovirt-engine/keys/engine_id_rsa"


class Refusal(Exception):
    """The host could not do it; the text is what the engine would show in the fault's detail."""


def call(address: str, verb: str, request: dict) -> dict:
    """Runs `lab-vdsm VERB` on the host. The request goes through standard input: it may hold a CHAP password."""
    done = subprocess.run(
        ["ssh", "-q", "-i", KEY, "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "StrictHostKeyChecking=no",
         "-o", "UserKnownHostsFile=/dev/null", f"root@{address}", "lab-vdsm", verb],
        input=json.dumps(request), text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = done.stdout.strip().splitlines()
    try:
        answer = json.loads(lines[-1])
    except (IndexError, json.JSONDecodeError):
        raise Refusal(f"Cannot connect to host {address} by SSH: {done.stdout.strip()[-300:] or 'no answer'}") from None
    if "error" in answer:
        raise Refusal(answer["error"])
    return answer
