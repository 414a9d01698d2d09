"""iscsiadm: discovery really asks the portal (libiscsi); sessions do not exist, as this kernel has no initiator."""

import argparse
import sys

from . import storage
from .console import Refused

NO_RECORDS = 21  # iscsi_err.h, ISCSI_ERR_NO_OBJS_FOUND
DEFAULT_PORT = "3260"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="iscsiadm")
    parser.add_argument("-m", "--mode", required=True)
    parser.add_argument("-t", "--type")
    parser.add_argument("-p", "--portal")
    parser.add_argument("-T", "--targetname")
    parser.add_argument("-P", "--print")
    parser.add_argument("-R", "--rescan", action="store_true")
    parser.add_argument("-l", "--login", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.mode == "discovery" and asked.type in ("st", "sendtargets") and asked.portal:
        address, _, port = asked.portal.partition(":")
        for found in storage.discover({"address": address, "port": port or DEFAULT_PORT}):
            print(f"{found['portal']} {found['target']}")
        return 0
    if asked.login:
        raise Refused("iscsiadm: iSCSI driver tcp is not loaded. Load the module then retry the command.")
    words = {"session": "No active sessions.", "node": "No records found"}.get(asked.mode)
    if words is None:
        raise Refused(f"iscsiadm: the lab does not know mode {asked.mode} with these options")
    print(f"iscsiadm: {words}", file=sys.stderr)
    return NO_RECORDS
