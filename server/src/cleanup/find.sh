# What a deployment left on a host, besides what the preflight's probe sees. Changes nothing. POSIX sh on stdin of `sh -s`;
# sections as those of the probes.

LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
conf=/etc/ovirt-hosted-engine/hosted-engine.conf
virsh="virsh -c qemu:///system?authfile=/etc/ovirt-hosted-engine/virsh_auth.conf"

section() { # NAME COMMAND...
    section_name=$1
    shift
    section_text=$("$@" 2>/dev/null </dev/null)
    printf '%s %s %s\n%s\n' "$token" "$section_name" "$?" "$section_text"
}

limit() { timeout -k 1 "$@"; }

pools() { # one line a pool: its name and its folder
    systemctl is-active --quiet libvirtd.service || systemctl is-active --quiet virtqemud.service || return 125
    for pool in $(limit 5 $virsh pool-list --all --name); do
        printf '%s %s\n' "$pool" "$(limit 5 $virsh pool-dumpxml "$pool" | sed -n 's:.*<path>\(.*\)</path>.*:\1:p' | head -n 1)"
    done
}

units() { systemctl list-units --all --no-legend --plain 'hosted-deploy-*' | awk '{ print $1, $3 }'; }

keys() { grep -nE ' ovirt-engine$' /root/.ssh/authorized_keys | sed 's/^\([0-9]*\):.* /line \1: /'; }

networks() { # a copy of libvirt's own definition is needed to put `default` back
    for network in $(limit 5 virsh -r net-list --name); do
        printf '%s %s\n' "$network" "$(limit 5 virsh -r net-dumpxml "$network" | sed -n "s/.*<ip address=['\"]\([^'\"]*\).*/\1/p" | head -n 1)"
    done
}

packaged_network() { sed -n "s/.*<ip address=['\"]\([^'\"]*\).*/\1/p" /usr/share/libvirt/networks/default.xml; }

enabled() {
    for unit in ovirt-ha-agent.service ovirt-ha-broker.service libvirtd-tls.socket; do
        systemctl is-enabled --quiet "$unit" && printf '%s\n' "$unit"
    done
    true
}

main() {
    token=$1
    section upstream command -v ovirt-hosted-engine-cleanup
    section configuration grep -E '^(storage|domainType|sdUUID|fqdn|mnt_options|nfs_version|lunGUID|lunguid|iqn)=' "$conf"
    section kept-storage cat /var/lib/hosted-deploy/cleanup/storage
    section pools pools
    section live-networks networks
    section packaged-network packaged_network
    section firewall-services limit 5 firewall-cmd --permanent --zone=libvirt --list-services
    section firewall-ports limit 5 firewall-cmd --zone=public --list-ports
    section keys keys
    section units units
    section lock readlink /var/lib/hosted-deploy/lock
    section hosts-backups ls -d /etc/hosts.*~
    section enabled enabled
    section secrets find /run/hosted-deploy -type f
    printf '%s end 0\n' "$token"
}
