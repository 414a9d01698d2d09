"""The role's phases run directly by ansible-playbook on host1, over SSH, without the product: proof that the lab is right.

Values that one phase hands to the next are the least that the role needs; the product does more.
"""

import json
import re
import shlex
import subprocess
import time
import uuid
from pathlib import Path

from . import container, recipes, settings
from .console import LabError

PHASES = ("get_network_interfaces", "validate_hostnames", "initial_clean", "bootstrap_local_vm",
          "create_storage_domain", "create_target_vm", "final_clean")
ISCSI_PHASES = ("iscsi_discover", "iscsi_getdevices")
STORAGE_KINDS = ("nfs", "iscsi", "glusterfs")
WORK = "/root/rehearsal"
LONGEST_PHASE_SECONDS = 1800

PLAY = """\
- name: Deploy a hosted engine
  hosts: localhost
  connection: local
  # The package action of ansible-core 2.14 to 2.16 cannot find its module for a delegated host.
  module_defaults:
    ansible.builtin.package:
      use: dnf
  roles:
    - role: ovirt.ovirt.hosted_engine_setup
"""


def variables(kind: str) -> dict:
    """Extra variables of the first phases; he_appliance_ova has no default in newer releases of the role."""
    common = {
        "he_bridge_if": "eth0", "he_fqdn": settings.ENGINE_FQDN, "he_vm_mac_addr": settings.ENGINE_MAC,
        "he_mem_size_MB": "4096", "he_vcpus": "2", "he_vm_ip_addr": settings.ENGINE_ADDRESS,
        "he_vm_ip_prefix": str(settings.PREFIX_LENGTH), "he_gateway": settings.INFRA_ADDRESS,
        "he_dns_addr": [settings.INFRA_ADDRESS], "he_vm_etc_hosts": True, "he_cloud_init_domain_name": settings.DOMAIN,
        "he_network_test": "dns", "he_appliance_password": "rehearsal-root-1", "he_admin_password": "rehearsal-admin-1",
        "he_root_ssh_access": "yes", "he_just_collect_network_interfaces": False, "he_appliance_ova": None,
        "he_storage_if": None, "he_domain_type": kind,
        # A hook of the role stops ansible-core 2.19 when this is undefined.
        "gluster": {"hosts": []},
    }
    storage = f"storage.{settings.DOMAIN}"
    return common | {
        "nfs": {"he_storage_domain_addr": storage, "he_storage_domain_path": "/exports/he", "he_nfs_version": "v4"},
        "glusterfs": {"he_storage_domain_addr": storage, "he_storage_domain_path": "/he"},
        "iscsi": {
            "he_storage_domain_addr": settings.INFRA_ADDRESS, "he_iscsi_portal_addr": settings.INFRA_ADDRESS,
            "he_iscsi_portal_port": "3260", "he_iscsi_tpgt": "1", "he_iscsi_target": settings.ISCSI_TARGET,
            "he_iscsi_username": settings.CHAP_USER, "he_iscsi_password": settings.CHAP_PASSWORD,
            "he_iscsi_discover_username": settings.CHAP_USER, "he_iscsi_discover_password": settings.CHAP_PASSWORD,
            "he_lun_id": "360000000000000000e00000000010002", "he_nfs_version": None, "he_storage_domain_path": None,
        },
    }[kind]


def later_variables() -> dict:
    """What the phases after bootstrap_local_vm need besides; the folder of the bootstrap VM is the newest one."""
    folders = container.execute("host1", "sh", "-c", "ls -dt /var/tmp/localvm*").split()
    return {
        "he_local_vm_dir": folders[0], "he_admin_username": "admin@ovirt@internalsso",
        "he_host_name": "host1.lab.test", "he_host_address": "host1.lab.test",
        "he_host_ip": settings.HOST_ADDRESSES["host1"], "he_vm_uuid": str(uuid.uuid4()),
        "he_nic_uuid": str(uuid.uuid4()), "he_cdrom_uuid": str(uuid.uuid4()), "he_maxvcpus": "2",
        "he_time_zone": "Etc/UTC", "he_storage_domain_name": "hosted_storage",
    }


def ssh(*command: str) -> list[str]:
    """The command line of an SSH login to host1 the way the product comes in: through the forwarder."""
    key = recipes.catalogue()["ssh-key"].path / "id_ed25519"
    return ["ssh", "-q", "-i", str(key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "BatchMode=yes", "-o", "ServerAliveInterval=15", "-p", str(settings.SSH_PORTS["host1"]),
            "root@127.0.0.1", *command]


def upload(path: str, text: str) -> None:
    subprocess.run(ssh(f"umask 077 && cat > {shlex.quote(path)}"), input=text, text=True, check=True)


def rehearse(kind: str, first: str | None, until: str | None, logs: Path) -> None:
    """Runs the phases from `first` to `until`, prints a line for each, raises LabError at the first that fails.

    Full logs go to the folder `logs`.
    """
    phases = list(PHASES)
    if kind == "iscsi":
        phases[4:4] = ISCSI_PHASES
    for asked in (first, until):
        if asked is not None and asked not in phases:
            raise LabError(f"no phase {asked}; there are {', '.join(phases)}", 2)
    phases = phases[phases.index(first) if first else 0:phases.index(until) + 1 if until else None]
    logs.mkdir(parents=True, exist_ok=True)
    subprocess.run(ssh(f"mkdir -p -m 700 {WORK}"), check=True)
    upload(f"{WORK}/play.yml", PLAY)
    given = variables(kind)
    began = time.monotonic()
    print(f"{'phase':<24} {'rc':>3} {'ok':>4} {'changed':>7} {'skipped':>7} {'failed':>6} {'ignored':>7} {'wall s':>7}", flush=True)
    for phase in phases:
        if phase not in PHASES[:4] and "he_local_vm_dir" not in given:
            given |= later_variables()
        upload(f"{WORK}/variables.json", json.dumps(given))
        _phase(phase, logs / f"{phase}.log")
    print(f"{'total':<24} {'':>39} {time.monotonic() - began:>7.1f}", flush=True)


def _phase(phase: str, log: Path) -> None:
    began = time.monotonic()
    command = (f"cd {WORK} && ANSIBLE_ALLOW_BROKEN_CONDITIONALS=1 ansible-playbook -i localhost, -e @variables.json "
               f"--tags {phase} --skip-tags always play.yml")
    with open(log, "w") as out:
        done = subprocess.run(["timeout", str(LONGEST_PHASE_SECONDS), *ssh(command)], stdin=subprocess.DEVNULL,
                              stdout=out, stderr=subprocess.STDOUT)
    text = log.read_text()
    counts = dict(re.findall(r"(\w+)=(\d+)", (re.findall(r"^localhost .*", text, re.M) or [""])[-1]))
    wall = time.monotonic() - began
    shown = [counts.get(name, "-") for name in ("ok", "changed", "skipped", "failed", "ignored")]
    print(f"{phase:<24} {done.returncode:>3} {shown[0]:>4} {shown[1]:>7} {shown[2]:>7} {shown[3]:>6} {shown[4]:>7} "
          f"{wall:>7.1f}", flush=True)
    if done.returncode != 0:
        fatal = re.findall(r"^(?:fatal|failed): .*", text, re.M)
        raise LabError(f"{phase} failed: {fatal[0][:900] if fatal else text[-900:]}\nSee {log}")
