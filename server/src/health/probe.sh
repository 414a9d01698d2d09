# Reads how the hosted engine is, on one of its hosts; changes nothing there. POSIX sh, fed to `sh -s` on stdin.
# Sections as those of the preflight's probe: `TOKEN NAME STATUS [ABOUT]`, then the output of the command. Every look-up has
# its own limit and they run side by side: a dead engine, storage or name server costs one limit, not their sum.

LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
set -f
conf=/etc/ovirt-hosted-engine/hosted-engine.conf
agent_log=/var/log/ovirt-hosted-engine-ha/agent.log
engine_ca=/etc/pki/vdsm/certs/cacert.pem

section() { # NAME COMMAND...
    section_name=$1
    shift
    section_text=$("$@" 2>/dev/null </dev/null)
    printf '%s %s %s\n%s\n' "$token" "$section_name" "$?" "$section_text"
}

about() { # ABOUT NAME COMMAND...
    about_what=$1
    section_name=$2
    shift 2
    section_text=$("$@" 2>/dev/null </dev/null)
    printf '%s %s %s %s\n%s\n' "$token" "$section_name" "$?" "$about_what" "$section_text"
}

limit() { timeout -k 1 "$@"; }

stage() { # runs beside those before it, prints behind them
    stage_text=$("$@" </dev/null)
    cat
    printf '%s\n' "$stage_text"
}

have() { command -v "$1" >/dev/null 2>&1; }

value_of() { sed -n "s/^$1=//p" "$conf" 2>/dev/null | head -n 1; }

paths_of() {
    set +f
    for pattern; do
        # shellcheck disable=SC2086 # the patterns are to be expanded
        for path in $pattern; do
            if [ -e "$path" ]; then printf '%s\n' "$path"; fi
        done
    done
    set -f
}

# --- the host --------------------------------------------------------------------------------------------------------

identity() {
    printf 'uid=%s\nnow=%s\nhostname=%s\n' "$(id -u)" "$(date +%s)" "$(cat /proc/sys/kernel/hostname)"
}

units() {
    limit 6 systemctl show -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState \
        ovirt-ha-agent.service ovirt-ha-broker.service vdsmd.service libvirtd.service virtqemud.service \
        sanlock.service firewalld.service chronyd.service chrony.service ntpd.service
}

# Only the keys that are used: others may hold secrets.
configuration() {
    grep -E '^(vmid|fqdn|host_id|storage|domainType|sdUUID|bridge|gateway|network_test|vm_disk_id)=' "$conf"
}

domains() { # virsh would start a socket-activated libvirtd
    for daemon in libvirtd virtqemud; do
        if systemctl is-active --quiet $daemon.service; then
            limit 5 virsh -r list --all
            return
        fi
    done
    return 125
}

our_runs() {
    systemctl list-units --no-legend --plain --state=active,activating,deactivating 'hosted-deploy-*' | cut -d' ' -f1
    readlink /var/lib/hosted-deploy/lock
    true
}

host() {
    section identity identity
    section hostname limit 3 hostname -f
    section deployed-file test -e "$conf"
    section deployed configuration
    section vm-conf test -e /var/run/ovirt-hosted-engine-ha/vm.conf
    section units units
    section domains domains
    section space limit 4 df -k --output=file,target,size,avail,fstype,source / /var /var/log /var/tmp
    section penalties penalties
    section our-runs our_runs
    section backups backups
}

# The agent logs each of them once a minute at most.
penalties() {
    tail -n 2000 "$agent_log" | grep -E 'Penalizing score by [0-9]+ due to|Score is 0 due to' | tail -n 12
}

backups() {
    for path in $(paths_of '/var/log/ovirt-engine-backup/*.log' '/var/lib/ovirt-engine-backup/*' \
        '/var/log/ovirt-hosted-engine-setup/engine-logs-*/log/ovirt-engine-backup/*.log' \
        '/var/log/ovirt-hosted-engine-setup/engine-logs-*/ovirt-engine-backup/*.log' | tail -n 40); do
        stat -c '%Y %n' "$path"
    done
    true
}

# --- the HA daemons --------------------------------------------------------------------------------------------------

vm_status() { # standard output in one section, the complaints in another
    vm_status_file=$(mktemp) || return 1
    about - vm-status vm_status_out "$vm_status_file"
    section vm-status-said cat "$vm_status_file"
    rm -f "$vm_status_file"
}

vm_status_out() {
    have hosted-engine || return 127
    limit 25 hosted-engine --vm-status --json 2>"$1"
}

liveliness() {
    have hosted-engine || return 127
    limit 25 hosted-engine --check-liveliness 2>&1
}

check_liveliness() { section liveliness liveliness; }

# --- the engine's page -----------------------------------------------------------------------------------------------

page() { # ENGINE [OPTION...]: the health page over TLS, with what openssl thinks of the certificate
    page_engine=$1
    shift
    printf 'GET /ovirt-engine/services/health HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n' "$page_engine" |
        limit 10 openssl s_client -connect "$page_engine:443" -servername "$page_engine" -verify_hostname "$page_engine" \
            -ign_eof "$@" 2>&1
}

certificate() { printf '%s\n' "$1" | openssl x509 -noout -enddate -subject -issuer; }

engine_page() {
    [ -n "$engine" ] || return 0
    if [ -r "$engine_ca" ]; then
        about engine-ca page page "$engine" -CAfile "$engine_ca"
    fi
    case ${section_text-} in
    *'Verify return code: 0 '*) ;;
    *) about system page page "$engine" ;;
    esac
    section certificate certificate "$section_text"
    section host-certificate limit 3 openssl x509 -noout -enddate -in /etc/pki/vdsm/certs/vdsmcert.pem
}

# --- names and time --------------------------------------------------------------------------------------------------

resolve() { # NAME
    [ -n "$1" ] || return 0
    about "$1" name limit 6 getent ahosts "$1"
    about "$1" name-dns limit 6 getent -s dns ahosts "$1"
    for found in $(printf '%s\n' "$section_text" | cut -d' ' -f1 | sort -u | head -n 4); do
        about "$found" reverse limit 6 getent hosts "$found"
        about "$found" reverse-dns limit 6 getent -s dns hosts "$found"
    done
}

clock() {
    section timedatectl limit 4 timedatectl show -p NTPSynchronized -p NTP
    section chrony limit 4 chronyc -n tracking
}

# --- the storage -----------------------------------------------------------------------------------------------------

storage_places() { # the hosted-engine domain's folder, where VDSM links or mounts it
    [ -n "$domain" ] || return 1
    set +f
    limit 5 sh -c 'for place in /rhev/data-center/mnt/*/"$0" /rhev/data-center/mnt/*/*/"$0"; do
        [ -e "$place/dom_md/metadata" ] && { echo "$place"; exit 0; }; done; exit 1' "$domain"
    storage_status=$?
    set -f
    return $storage_status
}

# Read as a whole, through the mount: a server that is gone shows as a time-out here, not as a hanging probe.
storage_read() { limit 8 cat "$1/dom_md/metadata"; }

# Asked, not tried: nothing is written. As VDSM's user, because root may be nobody on the server. Block storage has no folder.
storage_write() { # PLACE
    case $1 in */blockSD/*) return 125 ;; esac
    limit 8 setpriv --reuid=36 --regid=36 --clear-groups test -w "$1/dom_md"
}

storage() {
    section mounts grep -F ' /rhev/data-center/mnt' /proc/self/mounts
    section storage-place storage_places
    place=$section_text
    if [ -n "$place" ]; then
        section storage-read storage_read "$place"
        section storage-write storage_write "$place"
        section storage-space limit 5 df -k --output=file,target,size,avail,fstype,source "$place"
    fi
    section storage-group limit 6 vgs --noheadings --nosuffix --units k --separator '|' -o vg_size,vg_free "$domain"
}

# ---------------------------------------------------------------------------------------------------------------------

main() {
    token=$1
    engine=$(value_of fqdn)
    domain=$(value_of sdUUID)
    host |
        stage vm_status |
        stage check_liveliness |
        stage engine_page |
        stage storage |
        stage resolve "$engine" |
        stage resolve "$(limit 3 hostname -f 2>/dev/null)" |
        stage clock
    printf '%s end 0\n' "$token"
}
