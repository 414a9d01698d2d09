# Reads what a deployment host is and prints it in sections; changes nothing. POSIX sh, fed to `sh -s` on stdin.
# Needs coreutils, awk, iproute2 and systemd; whatever else is missing makes its section say so by its exit status.
#
# A section is one line `TOKEN NAME STATUS [SUBJECT]` and then the output of its command. TOKEN is random and new for
# each run, so that no output can pretend to be a section. The questions follow the last line of this file as a
# here-document with a quoted delimiter: nothing in them is ever expanded.
#
# How it asks is in `beside.sh`, which stands before this.
# shellcheck disable=SC2154 # what is assigned there

# --- the machine -----------------------------------------------------------------------------------------------------

identity() {
    # shellcheck disable=SC2046 # words
    set -- $(readlink -f /bin/sh /etc/localtime && uname -rm && systemd-detect-virt)
    # shellcheck disable=SC3028 # bash 5 knows the time without a process
    found identity 0 "uid=$uid
user=$user
umask=$(umask)
now=${EPOCHSECONDS:-$(date +%s)}
shell=$1
zone_link=$2
kernel=$3
machine=$4
virtualization=${5-}"
}

# Opening it for writing asks the module whether virtualization really works; nothing is created.
kvm() {
    [ -c /dev/kvm ]
    found kvm-device "$?" ''
    [ -c /dev/kvm ] && true 2>/dev/null <>/dev/kvm
    found kvm "$?" ''
}

machine() {
    beside identity
    kvm
    look all hostname-kernel /proc/sys/kernel/hostname
    look all os-release /etc/os-release
    begin 0 systemd '' systemctl --version
    look all cmdline /proc/cmdline
    look each product '/sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name'
    look processor cpu /proc/cpuinfo
    look each kvm-nested '/sys/module/kvm_*/parameters/nested'
    set +f
    set -- /sys/kernel/iommu_groups/*
    set -f
    [ -e "$1" ] || set --
    found iommu 0 $#
    begin 0 free '' free -m
    look all meminfo /proc/meminfo
    IFS=$newline
    # shellcheck disable=SC2086 # a line each
    set -- $directories
    IFS=$blanks
    begin 4 space '' df -k --output=file,target,size,avail,fstype,source \
        / /home /tmp /boot /var /var/crash /var/log /var/log/audit /var/tmp "$@"
    look all mounts /proc/self/mounts
    look all swaps /proc/swaps
}

# --- disks -----------------------------------------------------------------------------------------------------------

disks() {
    begin 4 lsblk '' lsblk -bP \
        -o NAME,KNAME,PKNAME,TYPE,SIZE,LOG-SEC,PHY-SEC,FSTYPE,MOUNTPOINT,WWN,VENDOR,MODEL,SERIAL,TRAN,RO
    look each block-sizes '/sys/block/*/queue/logical_block_size'
    begin 5 lvs '' lvs --noheadings --nosuffix --units m --separator '|' \
        -o vg_name,lv_name,lv_attr,lv_size,data_percent,metadata_percent
    begin 5 vgs '' vgs --noheadings --nosuffix --units m --separator '|' -o vg_name,vg_size,vg_free
    begin 5 multipath '' multipath -ll
    existing multipath-files /etc/multipath.conf '/etc/multipath/conf.d/*.conf'
    look start multipath-head /etc/multipath.conf
    look each fibre-channel '/sys/class/fc_host/*/port_name /sys/class/fc_host/*/port_state'
    look lines initiator /etc/iscsi/initiatorname.iscsi '^InitiatorName='
}

# --- network ---------------------------------------------------------------------------------------------------------

# DNS is asked apart from /etc/hosts: `getent -s dns` leaves every other source of nsswitch.conf out.
resolve() { # NAME
    begin 0 name-files "$1" getent -s files ahosts "$1"
    begin 6 name "$1" getent ahosts "$1"
    forward="$forward $room/$begun"
    begin 6 name-dns "$1" getent -s dns ahosts "$1"
    forward="$forward $room/$begun"
}

# The names of all addresses that were asked for or found.
reverse() {
    IFS=$blanks
    # shellcheck disable=SC2086 # words
    for file in $forward; do
        while read -r address _; do
            # A link-local address with its interface has no name.
            case $address in *%*) continue ;; esac
            listed "$addresses" "$address" || addresses=$addresses$newline$address
        done <"$file"
    done
    # shellcheck disable=SC2086
    set -- $addresses
    [ $# -gt 0 ] || return
    begin 6 reverse "$*" getent hosts "$@"
    begin 6 reverse-dns "$*" getent -s dns hosts "$@"
}

ask_server() { # ADDRESS of a name server
    if have dig; then
        begin 4 name-server "$1" dig +tries=1 +time=2 +noall +comments "@$1" . NS
    else
        connect name-server-port "$1" "$1" 53
    fi
}

# Nobody is expected at an address that is to be free, and that is what takes time. A machine of the same network answers
# within milliseconds; an answer that comes later is still seen in the kernel's table of neighbours, which is read last.
lives() { [ "$1" = "$gateway" ] || begin 0.1 ping "$1" ping -n -q -c 1 "$1"; }

# Somebody is expected here.
answers() { begin 1 ping "$1" ping -n -q -c 1 "$1"; }

neighbour() { begin 0 neighbour "$1" ip -j neigh show "$1"; }

connect() { # NAME SUBJECT ADDRESS PORT; only bash can connect without a tool
    # shellcheck disable=SC2016 # bash is to expand them
    begin 2 "$1" "$2" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$3" "$4"
}

reach() { connect reach "$1" "${1% *}" "${1#* }"; } # "ADDRESS PORT"

# each FUNCTION LINES: FUNCTION for every line.
each() {
    each_function=$1
    IFS=$newline
    # shellcheck disable=SC2086 # a line each
    set -- $2
    IFS=$blanks
    for each_line; do "$each_function" "$each_line"; done
}

# listed LINES LINE
listed() { case $newline$1$newline in *"$newline$2$newline"*) true ;; *) false ;; esac; }

links() {
    begin 0 addresses '' ip -j -d addr
    begin 0 routes '' ip -j route
    begin 0 routes6 '' ip -j -6 route
    begin 0 rules '' ip rule
    begin 0 rules6 '' ip -6 rule
    begin 0 sockets '' ss -lntup
    set +f
    # A link that is down refuses to tell its speed, and some awks end at that.
    begin 0 link-speed '' grep -H '' /sys/class/net/*/speed
    set -f
    look each ipv6-disabled '/proc/sys/net/ipv6/conf/*/disable_ipv6'
    look all resolv /etc/resolv.conf
    look all hosts /etc/hosts
    look lines nsswitch /etc/nsswitch.conf '^hosts:'
    begin 4 nmcli '' nmcli -t -f DEVICE,TYPE,STATE device
    begin 3 bridges-ovs '' ovs-vsctl list-br
    look proxies proxies '- /etc/environment' '^(export )?(https?|ftp|all|no)_proxy='
    look proxies proxies '/etc/dnf/dnf.conf /etc/yum.conf' '^proxy *='
}

# --- time and security -----------------------------------------------------------------------------------------------

units() {
    begin 6 units '' systemctl show -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState \
        firewalld.service NetworkManager.service chronyd.service chrony.service ntpd.service systemd-timesyncd.service \
        watchdog.service libvirtd.service virtqemud.service libvirtd-tls.socket vdsmd.service ovirt-ha-agent.service \
        ovirt-ha-broker.service sanlock.service multipathd.service iscsid.service fapolicyd.service \
        cockpit.socket postfix.service sshd.service ssh.service
}

# chrony knows best, and its tool waits no longer than 3 s. timedatectl starts a daemon to ask it: only where chrony is silent.
clock() {
    if [ -e /run/chrony/chronyd.pid ]; then
        begin 0 chrony '' chronyc -n tracking
        begin 0 chrony-sources '' chronyc -n sources
    else
        beside other_clock
    fi
}

other_clock() {
    section chrony '' chronyc -n tracking
    [ "$section_status" = 0 ] && section chrony-sources '' chronyc -n sources && return
    section timedatectl '' limit 4 timedatectl show
    [ "$section_status" = 0 ] || section timedatectl-status '' limit 4 timedatectl status
    have ntpq && section ntpq '' limit 4 ntpq -pn
}

# The default zone, as `firewall-cmd --list-all` prints it, from the daemon itself: the tool is a Python program of a quarter of
# a second. A daemon that does not run is not started for it.
firewall() {
    begin 0 firewall-zone '' busctl --timeout=5 --auto-start=no call org.fedoraproject.FirewallD1 \
        /org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1 getDefaultZone
    begin 0 firewall '' busctl --timeout=5 --auto-start=no call org.fedoraproject.FirewallD1 \
        /org/fedoraproject/FirewallD1 org.fedoraproject.FirewallD1.zone getZoneSettings2 s ''
}

security() {
    look all selinux /sys/fs/selinux/enforce
    look lines selinux-file /etc/selinux/config '^SELINUX='
    look all crypto-policy /etc/crypto-policies/config
    look all fips /proc/sys/crypto/fips_enabled
    existing watchdogs '/dev/watchdog*'
    if [ "$uid" = 0 ]; then found privilege 0 ''; else begin 3 privilege '' sudo -n true; fi
}

# --- software --------------------------------------------------------------------------------------------------------

packages() {
    begin 6 packages '' rpm -q --qf '%{NAME}|%{VERSION}|%{RELEASE}|%{ARCH}\n' \
        ovirt-hosted-engine-setup ovirt-hosted-engine-ha ovirt-host vdsm ovirt-engine-appliance rhvm-appliance \
        ovirt-engine-appliance-centos9 ovirt-engine-appliance-centos10 ovirt-engine-appliance-el9 \
        ovirt-engine-appliance-almalinux9 ovirt-engine-appliance-rocky9 ovirt-engine-appliance-rhel9 \
        ovirt-engine-appliance-almalinux10 ovirt-engine-appliance-rocky10 ovirt-engine-appliance-rhel10 \
        ovirt-ansible-collection ansible-core ansible libvirt-client virt-install bind-utils lsof sanlock sshpass \
        libvirt-daemon-config-network glusterfs-cli guestfs-tools libguestfs-tools-c genisoimage xorriso \
        NetworkManager firewalld nfs-utils iscsi-initiator-utils device-mapper-multipath qemu-kvm \
        ovirt-release-master centos-release-ovirt45 ovirt-engine ovirt-node-ng-nodectl cockpit-ovirt-dashboard
}

# What the repositories' cached lists offer. Starting dnf is the dearest act of this script: it is asked only when something
# is not installed, and without cached lists it could only say that it has none.
offered() {
    set +f
    set -- /usr/share/*-appliance/*.ova /var/cache/dnf/*/repodata/repomd.xml /var/cache/libdnf5/*/repodata/repomd.xml \
        /var/cache/yum/*/*/*/repomd.xml
    set -f
    appliance='' lists=''
    for path; do
        case $path in *\**) ;; *.ova) appliance=$path ;; *) lists=$path ;; esac
    done
    if have hosted-engine && [ -n "$appliance" ]; then
        found available 125 ''
    elif [ -n "$lists" ] || grep -qs '^cachedir' /etc/dnf/dnf.conf /etc/yum.conf; then
        beside section available '' available
    else
        found available 125 ''
    fi
}

# Its complaint tells "nothing" from "no lists".
available() {
    limit 8 dnf -q -C list --available 'ovirt-engine-appliance*' 'rhvm-appliance*' ovirt-hosted-engine-setup \
        ovirt-ansible-collection ansible-core 2>&1
}

commands() {
    commands=''
    for command in ansible-playbook dig nmcli firewall-cmd sshpass ssh mkisofs genisoimage xorriso virsh virt-install \
        guestfish virt-copy-out qemu-img lsof dmidecode showmount iscsiadm multipath gluster dnf yum rpm nodectl \
        subscription-manager hosted-engine ovirt-hosted-engine-cleanup getent chronyc tar gzip zcat bash; do
        have "$command" && commands=$commands$command$newline
    done
    found commands 0 "$commands"
}

software() {
    packages
    offered
    commands
    # Ids and whether they are enabled; addresses may hold passwords and stay here.
    look lines repositories '/etc/yum.repos.d/*.repo' '^[ \t]*(\[|enabled[ \t]*=)'
    look all versionlock /etc/dnf/plugins/versionlock.list
    existing appliance-files '/usr/share/ovirt-engine-appliance/*' '/usr/share/rhvm-appliance/*'
    begin 8 subscription '' subscription-manager status
    begin 12 node '' nodectl check
    set +f
    for image in /usr/share/ovirt-engine-appliance/*.ova /usr/share/rhvm-appliance/*.ova; do
        [ -e "$image" ] && beside section appliance-image "$image" image "$image"
    done
    set -f
}

size_of() { stat -L -c %s "$1"; }

named_file() {
    beside section file "$1" size_of "$1"
    beside section appliance-image "$1" image "$1"
}

image() { # size, and for a gzip file what gzip stores of the unpacked size
    printf 'size=%s\n' "$(size_of "$1")"
    case $(od -An -tx1 -N2 "$1" | tr -d ' ') in
    1f8b) printf 'unpacked=%s\n' "$(od -An -tu4 -j $(($(size_of "$1") - 4)) "$1" | tr -d ' ')" ;;
    esac
}

# What Python finds: this Ansible, the collections on its path, and which modules it lacks. Nothing is imported: that
# would take longer than Python itself. No single quotes below.
python_question='
import os, sys
from importlib.machinery import PathFinder
def find(name):
    try:
        return PathFinder.find_spec(name)
    except Exception:
        return None
def between(path, before, after):
    try:
        with open(path) as file:
            return file.read().split(before, 1)[1].split(after, 1)[0].strip(" \"\x27\r")
    except Exception:
        return ""
def text(value):
    return "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\""
core = ""
spec = find("ansible")
for folder in spec.submodule_search_locations if spec and spec.submodule_search_locations else []:
    core = core or between(os.path.join(folder, "release.py"), "\n__version__ =", "\n")
collections = []
if core:
    roots = [os.path.expanduser("~/.ansible/collections"), "/usr/share/ansible/collections"] + sys.path
    for name in ("ovirt/ovirt", "ansible/posix"):
        for root in roots:
            folder = os.path.join(root, "ansible_collections", name)
            if os.path.isdir(folder):
                version = between(os.path.join(folder, "MANIFEST.json"), "\"version\":", ",")
                version = version or between(os.path.join(folder, "galaxy.yml"), "\nversion:", "\n")
                collections.append("%s: {\"version\": %s, \"folder\": %s}" % (text(name), text(version), text(folder)))
                break
print("{\"python\": %s, \"executable\": %s, \"missing\": [%s], \"core\": %s, \"collections\": {%s}}" % (
    text(".".join(map(str, sys.version_info[:3]))), text(sys.executable),
    ", ".join(text(name) for name in sys.argv[1:] if find(name) is None), text(core), ", ".join(collections)))
'

# The interpreter of an ansible-playbook: its first line, or, where a wrapper stands there, what it says of itself.
interpreter_of() {
    first_line=''
    IFS= read -r first_line <"$1"
    case $first_line in
    '#!'*/env\ *python*)
        first_line=${first_line#*env }
        first_line=${first_line#-S }
        interpreter=$(command -v "${first_line%% *}")
        ;;
    '#!'*python*)
        first_line=${first_line#'#!'}
        first_line=${first_line#"${first_line%%[! ]*}"}
        interpreter=${first_line%% *}
        ;;
    *) interpreter=$(limit 10 "$1" --version | sed -n 's/.*python version = .*(\(\/[^)]*\)).*/\1/p') ;;
    esac
}

# The interpreter that modules on this host run with: what ansible-core discovers for the local connection.
# Up to 2.16 a table by distribution comes first, from 2.17 on the newest python3 that this release knows of.
discovered_interpreter() {
    older='python3.12 python3.11 python3.10 python3.9 python3.8 /usr/bin/python3 /usr/libexec/platform-python'
    case $1 in
    2.[0-9].* | 2.1[0-6].*) candidates='/usr/libexec/platform-python /usr/bin/python3' ;;
    2.17.*) candidates=$older ;;
    2.18.* | 2.19.*) candidates="python3.13 $older" ;;
    *) candidates="python3.14 python3.13 $older" ;;
    esac
    for candidate in $candidates; do
        if have "$candidate"; then
            case $candidate in /*) modules_python=$candidate ;; *) modules_python=$(command -v "$candidate") ;; esac
            return
        fi
    done
}

ansible_of() { # PATH of ansible-playbook, or nothing
    # The phases run in a unit of the system's manager: its path, root's home, and the usual collection folders.
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
    [ "$uid" = 0 ] && HOME=/root
    export HOME
    core=2.14.0
    playbook=${1:-$(command -v ansible-playbook)}
    if [ -z "$playbook" ] || [ ! -e "$playbook" ]; then
        found ansible 127 ''
    else
        interpreter_of "$playbook"
        section ansible "$playbook" "$interpreter" -B -c "$python_question" \
            jmespath passlib jinja2 yaml cryptography packaging resolvelib ovirtsdk4 pycurl lxml netaddr
        case $section_text in *'"core": "'[0-9]*)
            core=${section_text#*'"core": "'}
            core=${core%%\"*}
            ;;
        esac
    fi
    modules_python=''
    discovered_interpreter "$core"
    [ -n "$modules_python" ] &&
        section module-python "$modules_python" "$modules_python" -B -c "$python_question" \
            ovirtsdk4 pycurl lxml jmespath passlib netaddr dnf selinux firewall ovirt_imageio
}

# --- what is there already -------------------------------------------------------------------------------------------

# virsh would start a socket-activated libvirtd, so it is asked only when one runs.
domains() {
    systemctl is-active --quiet libvirtd.service virtqemud.service || return 125
    limit 4 virsh -r list --all
}

state() {
    conf=/etc/ovirt-hosted-engine/hosted-engine.conf
    look lines deployed "$conf" '^(vmid|fqdn|host_id|storage|domainType)='
    [ -e "$conf" ]
    found deployed-file "$?" ''
    if [ -e /etc/pki/vdsm/certs/cacert.pem ]; then
        begin 3 registered '' openssl x509 -noout -issuer -in /etc/pki/vdsm/certs/cacert.pem
    else
        found registered 1 ''
    fi
    look all default-network /etc/libvirt/qemu/networks/default.xml
    [ -e /etc/libvirt/qemu/networks/default.xml ]
    found default-network-file "$?" ''
    existing local-vms '/var/tmp/localvm*' /etc/libvirt/qemu/HostedEngineLocal.xml \
        /etc/libvirt/qemu/HostedEngine.xml /tmp/he-network-config.xml '/tmp/ansible.*_he_setup_lock' \
        /tmp/he-setup-lock /etc/vdsm/vdsm.conf '/var/run/ovirt-hosted-engine-ha/*.conf' \
        /etc/ovirt-hosted-engine/answers.conf '/var/lib/vdsm/persistence/netconf/nets/*' /run/hosted-deploy.lock
    look having vdsm-sections '/etc/libvirt/libvirtd.conf /etc/libvirt/qemu.conf /etc/libvirt/qemu-sanlock.conf
        /etc/sysconfig/libvirtd /etc/sasl2/libvirt.conf' vdsm
    begin 3 machines '' pgrep -a '^(qemu-kvm|qemu-system)'
    look lines storage-mounts /proc/self/mounts ' /rhev/data-center/mnt'
}

# ---------------------------------------------------------------------------------------------------------------------

main() {
    token='' names='' addresses='' servers='' living='' ports='' files='' directories='' playbook_path=''
    while IFS= read -r line; do
        value=${line#* }
        case $line in
        token\ *) token=$value ;;
        name\ *) listed "$names" "$value" || names=$names$newline$value ;;
        address\ *) listed "$addresses" "$value" || addresses=$addresses$newline$value ;;
        name-server\ *) listed "$servers" "$value" || servers=$servers$newline$value ;;
        answers\ *) listed "$living" "$value" || living=$living$newline$value ;;
        port\ *) ports=$ports$newline$value ;;
        file\ *) files=$files$newline$value ;;
        directory\ *) directories=$directories$newline$value ;;
        ansible-playbook\ *) playbook_path=$value ;;
        esac
    done

    # Notes in memory, for what runs beside each other prints one after the other.
    for room in /dev/shm /run /tmp; do
        room=$(mktemp -d "$room/hosted-deploy-probe.XXXXXX" 2>/dev/null) && break
    done
    [ -n "$room" ] || { echo 'no folder can be made in /dev/shm, /run or /tmp' >&2 && exit 1; }
    trap 'rm -rf "$room"' EXIT
    trap 'exit 1' HUP INT TERM
    exec 3>"$room/list"
    begun=0 running='' forward=''

    # The host's own name and gateway are always asked about, whether the questions know them or not.
    ids=$(id) fqdn=$(limit 3 hostname -f 2>/dev/null)
    found hostname "$?" "$fqdn"
    uid=${ids#uid=} user=${ids#*\(}
    uid=${uid%%[!0-9]*} user=${user%%\)*}
    [ -z "$fqdn" ] || listed "$names" "$fqdn" || names=$fqdn$newline$names
    gateway=$(ip -o route show default 2>/dev/null)
    case $gateway in *' via '*) gateway=${gateway#* via } && gateway=${gateway%%[ "$newline"]*} ;; *) gateway='' ;; esac
    while read -r key server _; do
        [ "$key" != nameserver ] || listed "$servers" "$server" || servers=$servers$newline$server
    done </etc/resolv.conf

    each resolve "$names"
    resolving=$running running=''
    each lives "$living"
    [ -z "$gateway" ] || answers "$gateway"
    listed "$living" "$gateway" || living=$living$newline$gateway
    firewall
    beside section domains '' domains
    beside ansible_of "$playbook_path"
    each ask_server "$servers"
    each reach "$ports"
    clock
    units
    software
    each named_file "$files"
    machine
    disks
    links
    security
    state
    wait_for "$resolving"
    reverse
    wait_for "$running"
    running=''
    each neighbour "$living"
    wait_for "$running"
    exec 3>&-
    awk -v token="$token" "$print_all" "$room/list"
    printf '%s end 0\n' "$token"
}
