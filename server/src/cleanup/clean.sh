#!/bin/sh
# Removes what a deployment left. Runs on the host as a transient unit, so that a network that goes away does not end it:
#   clean.sh STEP...      prints `step NAME` and `end NAME STATUS` around what each step prints
# Every step looks for itself and does nothing where nothing is, so that a clean-up that was cut off can be run again.
set -u
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
here=/var/lib/hosted-deploy/cleanup
conf=/etc/ovirt-hosted-engine/hosted-engine.conf
virsh="virsh -c qemu:///system?authfile=/etc/ovirt-hosted-engine/virsh_auth.conf"

limit() { timeout -k 5 "$@"; }

# Where the storage is, is known only from the configuration that goes.
keep_storage() {
    if grep -q '^sdUUID=' "$conf" 2>/dev/null; then
        grep -E '^(storage|domainType|sdUUID|mnt_options|nfs_version)=' "$conf" >"$here/storage"
    fi
}

libvirt() { # libvirt must answer; vdsm's configuration or a missing certificate may keep it from it
    limit 10 $virsh list >/dev/null 2>&1 && return 0
    systemctl reset-failed libvirtd.service 2>/dev/null
    systemctl start libvirtd.service 2>/dev/null || systemctl start virtqemud.service 2>/dev/null
    limit 10 $virsh list >/dev/null 2>&1
}

step_runs() {
    for unit in $(systemctl list-units --no-legend --plain --state=active,activating 'hosted-deploy-*' | cut -d' ' -f1); do
        case $unit in hosted-deploy-cleanup*) continue ;; esac
        systemctl stop "$unit" && echo "stopped $unit"
    done
    for unit in $(systemctl list-units --all --no-legend --plain --state=failed 'hosted-deploy-*' | awk '{ print $1 }'); do
        systemctl reset-failed "$unit"
    done
    rm -f /var/lib/hosted-deploy/lock
    rm -rf /run/hosted-deploy
}

step_upstream() {
    command -v ovirt-hosted-engine-cleanup >/dev/null || return 0
    limit 600 ovirt-hosted-engine-cleanup -q
}

# The bootstrap's VM first: it holds its disk and the network.
step_local_vm() {
    if libvirt; then
        for vm in HostedEngineLocal HostedEngine; do
            $virsh domstate "$vm" >/dev/null 2>&1 || continue
            $virsh destroy "$vm" 2>/dev/null
            $virsh undefine --managed-save --nvram "$vm" || $virsh undefine "$vm" || return 1
        done
    else
        # libvirt does not start: what defines a VM is its file.
        rm -fv /etc/libvirt/qemu/HostedEngineLocal.xml /etc/libvirt/qemu/HostedEngine.xml
    fi
    # So that the engine's address is seen to be free, and not remembered.
    ip neigh flush all
}

step_pools() {
    libvirt || return 0
    for pool in $(limit 5 $virsh pool-list --all --name); do
        case $($virsh pool-dumpxml "$pool" 2>/dev/null | sed -n 's:.*<path>\(.*\)</path>.*:\1:p' | head -n 1) in
        /var/tmp/localvm*)
            $virsh pool-destroy "$pool"
            $virsh pool-undefine "$pool" || return 1
            ;;
        esac
    done
}

step_local_folders() {
    for folder in /var/tmp/localvm*; do
        [ -e "$folder" ] && rm -rf -- "$folder" && echo "removed $folder"
    done
    rm -f /tmp/he-network-config.xml /tmp/he-setup-lock /tmp/ansible.*_he_setup_lock
    rm -f /etc/libvirt/qemu/autostart/HostedEngineLocal.xml
}

step_hosts_entry() {
    grep -q 'temporary entry added by hosted-engine-setup' /etc/hosts || return 0
    # Written in place: the file may be a mount of its own.
    kept=$(grep -v 'temporary entry added by hosted-engine-setup' /etc/hosts)
    printf '%s\n' "$kept" >/etc/hosts
}

step_ip_rules() {
    for family in -4 -6; do
        for priority in 100 101; do
            while ip "$family" rule show priority "$priority" 2>/dev/null | grep -q .; do
                ip "$family" rule del priority "$priority" || break
            done
        done
    done
}

step_default_network() {
    packaged=/usr/share/libvirt/networks/default.xml
    if [ ! -e "$packaged" ] || ! libvirt; then return 0; fi
    $virsh net-destroy default 2>/dev/null
    $virsh net-undefine default 2>/dev/null
    $virsh net-define "$packaged" && $virsh net-autostart default
}

# The role opens them for the bootstrap VM; `ssh` was there before.
step_firewall() {
    limit 10 firewall-cmd --state >/dev/null 2>&1 || return 0
    for service in vdsm libvirt-tls ovirt-imageio ovirt-vmconsole; do
        limit 10 firewall-cmd --permanent --zone=libvirt --query-service=$service >/dev/null 2>&1 &&
            limit 10 firewall-cmd --permanent --zone=libvirt --remove-service=$service
    done
    limit 10 firewall-cmd --zone=public --query-port=6900/tcp >/dev/null 2>&1 &&
        limit 10 firewall-cmd --zone=public --remove-port=6900/tcp
    limit 20 firewall-cmd --reload
}

step_authorized_keys() {
    file=/root/.ssh/authorized_keys
    grep -q ' ovirt-engine$' "$file" 2>/dev/null || return 0
    # Put into place as a whole: a login in this moment must find the other keys.
    sed '/ ovirt-engine$/d' "$file" >"$file.clean" && chmod --reference="$file" "$file.clean" &&
        chown --reference="$file" "$file.clean" && mv -f "$file.clean" "$file"
}

step_services() {
    systemctl disable --now ovirt-ha-agent.service ovirt-ha-broker.service vdsmd.service libvirtd-tls.socket 2>/dev/null
    true
}

step_vdsm() {
    if grep -lq vdsm /etc/libvirt/libvirtd.conf /etc/libvirt/qemu.conf /etc/libvirt/qemu-sanlock.conf \
        /etc/sysconfig/libvirtd /etc/sasl2/libvirt.conf 2>/dev/null; then
        command -v vdsm-tool >/dev/null && limit 120 vdsm-tool remove-config
    fi
    rm -f /etc/vdsm/vdsm.conf /etc/pki/vdsm/certs/*.pem /etc/pki/vdsm/keys/*.pem
    rm -f /etc/ovirt-hosted-engine/hosted-engine.conf /etc/ovirt-hosted-engine/answers.conf
    rm -f /var/run/ovirt-hosted-engine-ha/*
}

step_mounts() {
    for place in $(sed -n 's:^[^ ]* \(/rhev/data-center/mnt/[^ ]*\) .*:\1:p' /proc/self/mounts | sort -r); do
        limit 30 umount "$(printf '%b' "$place")" || return 1
    done
}

# The management bridge gives its addresses back to its port. nmstate, which VDSM uses, does it as one change that it takes
# back when it fails; where there is none, so do these commands, and the guard behind them.
step_management_network() {
    bridge=ovirtmgmt
    port=''
    for link in "/sys/class/net/$bridge/brif/"*; do
        name=${link##*/}
        case $name in vnet* | \*) ;; *) port=${port:-$name} ;; esac
    done
    if [ -e "/sys/class/net/$bridge" ] && [ -z "$port" ]; then
        echo "$bridge has no port that could take its addresses; it stays" >&2
        return 1
    fi
    if [ -n "$port" ]; then
        if command -v nmstatectl >/dev/null && limit 30 nmstatectl show --json >"$here/nmstate" 2>/dev/null; then
            wanted_network "$bridge" "$port" <"$here/nmstate" >"$here/wanted.json" &&
                limit 120 nmstatectl apply "$here/wanted.json" || return 1
        else
            move_addresses "$bridge" "$port" || return 1
        fi
    fi
    rm -rf /var/lib/vdsm/persistence/netconf /var/lib/vdsm/staging/netconf
}

wanted_network() {
    python3 -c '
import json, sys
bridge, port = sys.argv[1:]
seen = json.load(sys.stdin)
link = {each["name"]: each for each in seen["interfaces"]}
routes = [dict(each, **{"next-hop-interface": port}) for each in seen["routes"]["config"] if each["next-hop-interface"] == bridge]
gone = {"name": bridge, "type": link[bridge]["type"], "state": "absent"}
back = {"name": port, "type": link[port]["type"], "state": "up", "ipv4": link[bridge]["ipv4"], "ipv6": link[bridge]["ipv6"]}
json.dump({"interfaces": [gone, back], "routes": {"config": routes}}, sys.stdout)' "$1" "$2"
}

# One batch: an open connection outlives it.
move_addresses() {
    {
        ip -o addr show dev "$1" scope global | awk -v port="$2" '{ print "address add " $4 " dev " port }'
        echo "link set $2 nomaster"
        echo "link set $2 up"
        echo "link delete $1"
        ip -o -4 route show default dev "$1" | sed "s/^default/route replace default/; s/ *\$/ dev $2/"
    } >"$here/batch"
    ip -batch "$here/batch"
}

step_hosts_backups() { rm -f /etc/hosts.*~; }

mkdir -p "$here"
keep_storage
failed=0
for step; do
    echo "step $step"
    "step_$(printf '%s' "$step" | tr - _)" </dev/null 2>&1
    ended=$?
    echo "end $step $ended"
    [ "$ended" = 0 ] || failed=1
done
exit "$failed"
