"""Package lists: what the images are made of, and the empty RPMs that stand for oVirt's packages."""

_SYSTEM = [
    "systemd", "systemd-sysv", "netbase", "locales", "libpam-systemd", "dbus", "polkitd", "openssh-server", "openssh-client", "sudo",
    "procps", "iproute2", "iputils-ping", "e2fsprogs", "kmod", "acl", "less", "file", "hostname", "gawk", "tzdata",
    "ca-certificates", "curl", "openssl", "tar", "gzip", "xz-utils", "bzip2", "unzip", "uuid-runtime",
    "python3", "python3-yaml", "dnf", "python3-dnf", "rpm",
]

BASE = sorted(_SYSTEM + [
    # what ansible-core and the role's modules import, from Debian so that all four versions share it
    "python3-jinja2", "python3-cryptography", "python3-resolvelib", "python3-packaging", "python3-jmespath",
    "python3-passlib", "python3-pycurl", "libxml2", "python3-venv",
    # what the role and the product call on the host
    "sshpass", "genisoimage", "qemu-utils", "firewalld", "network-manager", "chrony", "dnsmasq-base", "nftables",
    "bind9-dnsutils", "netcat-openbsd", "lsof", "dmidecode", "systemd-container", "isc-dhcp-client",
    # storage, both ends
    "nfs-common", "rpcbind", "libnfs-utils", "libiscsi-bin", "glusterfs-client",
    "nfs-ganesha", "nfs-ganesha-vfs", "tgt", "glusterfs-server",
    # building RPMs
    "createrepo-c",
])

ENGINE = sorted(_SYSTEM + ["isc-dhcp-client"])

# Units that have nothing to do in a container or would wait for something that never comes.
MASKED = [
    "NetworkManager-wait-online.service", "systemd-networkd-wait-online.service", "console-getty.service",
    "rpc-statd-notify.service", "run-rpc_pipefs.mount", "nfs-client.target", "apt-daily.timer",
    "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer",
    # A container's root is mounted by nspawn; remounting it fails now and then.
    "systemd-remount-fs.service",
]
INFRA_SERVICES = [
    "nfs-ganesha.service", "nfs-ganesha-lock.service", "tgt.service", "glusterd.service", "rpcbind.service",
    "rpcbind.socket",
]
MASKED_ENGINE = [
    "systemd-networkd-wait-online.service", "console-getty.service", "getty@tty1.service", "systemd-timesyncd.service",
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service",
    "fstrim.timer",
]

# name: (version, summary). The programs themselves are the stand-ins in host/rootfs and engine/rootfs.
STUBS = {
    "cloud-init": "24.4",
    "glusterfs-cli": "10.3",
    "libvirt-client": "10.10.0",
    "libvirt-daemon": "10.10.0",
    "ovirt-ansible-collection": "3.2.1",
    "ovirt-engine": "4.5.7",
    "ovirt-engine-setup": "4.5.7",
    "ovirt-host": "4.5.0",
    "ovirt-hosted-engine-ha": "2.5.2",
    "ovirt-hosted-engine-setup": "2.7.2",
    "python3-ovirt-engine-sdk4": "4.6.3",
    "vdsm": "4.50.6",
    "virt-install": "4.1.0",
}
ON_HOST = [name for name in STUBS if name not in ("cloud-init", "ovirt-engine", "ovirt-engine-setup")]
ON_ENGINE = ["cloud-init", "ovirt-engine", "ovirt-engine-setup"]


def stubs_spec() -> str:
    """One spec that makes all empty packages."""
    parts = ["Name: lab-stubs\nVersion: 1\nRelease: 1.lab\nSummary: Empty packages of the lab\nLicense: Apache-2.0\n"
             "BuildArch: noarch\n%description\nEmpty packages that stand for oVirt's own in the lab.\n"]
    for name, version in sorted(STUBS.items()):
        parts.append(f"%package -n {name}\nVersion: {version}\nSummary: Stand-in of the lab for {name}\n"
                     f"%description -n {name}\nEmpty: the lab brings the programs itself.\n%files -n {name}\n")
    return "\n".join(parts)
