# Reads what a deployment host is and prints it in sections; changes nothing. POSIX sh, fed to `sh -s` on stdin.
# Needs coreutils, iproute2 and systemd; whatever else is missing makes its section say so by its exit status.
#
# A section is one line `TOKEN NAME STATUS [ARGUMENT]` and then the output of its command. TOKEN is random and new for
# each run, so that no output can pretend to be a section. The questions follow the last line of this file as a
# here-document with a quoted delimiter: nothing in them is ever expanded.

LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
set -f
newline='
'
blanks=' 	
'

# section NAME COMMAND [ARGUMENT...]: runs the command and prints its section.
section() {
    section_name=$1
    shift
    section_text=$("$@" 2>/dev/null </dev/null)
    printf '%s %s %s\n%s\n' "$token" "$section_name" "$?" "$section_text"
}

# about ARGUMENT NAME COMMAND...: the same for one of several objects of a kind.
about() {
    about_what=$1
    section_name=$2
    shift 2
    section_text=$("$@" 2>/dev/null </dev/null)
    printf '%s %s %s %s\n%s\n' "$token" "$section_name" "$?" "$about_what" "$section_text"
}

# limit SECONDS COMMAND...: for whatever may wait for a network, a daemon or a disk.
# Not for functions of this script: timeout runs programs.
limit() { timeout -k 1 "$@"; }

# A pipeline of stages runs all of them at once. Each holds back its own sections until those before it are printed.
stage() {
    stage_text=$("$@" </dev/null)
    cat
    printf '%s\n' "$stage_text"
}

have() { command -v "$1" >/dev/null 2>&1; }

lines_of() { # FILE...: each line with its file's name before it
    set +f
    # shellcheck disable=SC2086 # the caller's patterns are to be expanded
    grep -H '' $1
    lines_status=$?
    set -f
    return $lines_status
}

paths_of() { # PATTERN...: those that exist
    set +f
    for pattern; do
        # shellcheck disable=SC2086
        for path in $pattern; do
            if [ -e "$path" ] || [ -L "$path" ]; then printf '%s\n' "$path"; fi
        done
    done
    set -f
}

without_passwords() { sed 's#//[^@/]*@#//********@#'; }

# --- the machine -----------------------------------------------------------------------------------------------------

identity() {
    printf 'uid=%s\n' "$(id -u)"
    printf 'user=%s\n' "$(id -un)"
    printf 'groups=%s\n' "$(id -Gn)"
    printf 'umask=%s\n' "$(umask)"
    printf 'now=%s\n' "$(date +%s)"
    printf 'shell=%s\n' "$(readlink -f /bin/sh)"
    printf 'kernel=%s\n' "$(uname -r)"
    printf 'machine=%s\n' "$(uname -m)"
    printf 'virtualization=%s\n' "$(systemd-detect-virt 2>/dev/null)"
    printf 'zone_link=%s\n' "$(readlink /etc/localtime)"
}

cpu_flags() { # one processor's lines, then what POWER prints once at the end
    sed -n '1,/^$/p' /proc/cpuinfo
    grep -E '^(platform|model|machine|firmware|MMU)[[:space:]]*:' /proc/cpuinfo | tail -n 5
}

# Opening it for writing asks the module whether virtualization really works; nothing is created.
kvm_open() { [ -c /dev/kvm ] && (: <>/dev/kvm); }

iommu_groups() { paths_of '/sys/kernel/iommu_groups/*' | grep -c .; }

space() { # more directories, a line each
    IFS=$newline
    # shellcheck disable=SC2086
    set -- $1
    IFS=$blanks
    limit 4 df -k --output=file,target,size,avail,fstype,source \
        / /home /tmp /boot /var /var/crash /var/log /var/log/audit /var/tmp "$@"
    true
}

machine() {
    section identity identity
    section hostname limit 3 hostname -f
    section hostname-kernel cat /proc/sys/kernel/hostname
    section os-release cat /etc/os-release
    section systemd systemctl --version
    section cmdline cat /proc/cmdline
    section product lines_of '/sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name'
    section processors grep -c '^processor' /proc/cpuinfo
    section cpu cpu_flags
    section kvm kvm_open
    section kvm-device ls -l /dev/kvm
    section kvm-nested lines_of '/sys/module/kvm_*/parameters/nested'
    section iommu iommu_groups
    section free free -m
    section meminfo cat /proc/meminfo
    section space space "$directories"
    section mounts cat /proc/self/mounts
    section swaps cat /proc/swaps
}

# --- disks -----------------------------------------------------------------------------------------------------------

disks() {
    section lsblk limit 4 lsblk -bP \
        -o NAME,KNAME,PKNAME,TYPE,SIZE,LOG-SEC,PHY-SEC,FSTYPE,MOUNTPOINT,WWN,VENDOR,MODEL,SERIAL,TRAN,RO
    section block-sizes lines_of '/sys/block/*/queue/logical_block_size'
    section lvs limit 5 lvs --noheadings --nosuffix --units m --separator '|' \
        -o vg_name,lv_name,lv_attr,lv_size,data_percent,metadata_percent
    section vgs limit 5 vgs --noheadings --nosuffix --units m --separator '|' -o vg_name,vg_size,vg_free
    section multipath limit 5 multipath -ll
    section multipath-files paths_of /etc/multipath.conf '/etc/multipath/conf.d/*.conf'
    section multipath-head head -n 3 /etc/multipath.conf
    section fibre-channel lines_of '/sys/class/fc_host/*/port_name /sys/class/fc_host/*/port_state'
    section initiator grep '^InitiatorName=' /etc/iscsi/initiatorname.iscsi
    section iscsi-sessions limit 4 iscsiadm -m session
}

# --- network ---------------------------------------------------------------------------------------------------------

# DNS is asked apart from /etc/hosts: `getent -s dns` leaves every other source of nsswitch.conf out.
resolve() { # NAME
    about "$1" name limit 6 getent ahosts "$1"
    found=$section_text
    about "$1" name-files limit 2 getent -s files ahosts "$1"
    about "$1" name-dns limit 6 getent -s dns ahosts "$1"
    found="$found$newline$section_text"
    for found_address in $(printf '%s\n' "$found" | cut -d' ' -f1 | sort -u | head -n 6); do
        about "$found_address" reverse limit 6 getent hosts "$found_address"
        about "$found_address" reverse-dns limit 6 getent -s dns hosts "$found_address"
    done
}

reverse() { # ADDRESS
    about "$1" reverse limit 6 getent hosts "$1"
    about "$1" reverse-dns limit 6 getent -s dns hosts "$1"
}

ask_server() { # ADDRESS of a name server
    if have dig; then
        about "$1" name-server limit 4 dig +tries=1 +time=2 +noall +comments "@$1" . NS
    else
        about "$1" name-server-port open_port "$1" 53
    fi
}

# A machine of the same network answers within milliseconds; waiting longer only makes "nobody there" slow.
answers_ping() { # ADDRESS
    have ping || return 127
    limit 0.4 ping -n -q -c 1 "$1"
    case $? in
    0) return 0 ;;
    1 | 124) return 1 ;;
    *) return 2 ;;
    esac
}

answers_at() { # ADDRESS
    about "$1" ping answers_ping "$1"
    about "$1" neighbour ip -j neigh show "$1"
}

open_port() { # ADDRESS PORT; only bash can connect without a tool
    have bash || return 127
    # shellcheck disable=SC2016 # bash is to expand them
    limit 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"
}

reach() { about "$1" reach open_port "${1% *}" "${1#* }"; } # "ADDRESS PORT"

# each FUNCTION WORD...: FUNCTION for every word, all at once.
each() {
    each_function=$1
    shift
    [ $# -gt 0 ] || return 0
    each_word=$1
    shift
    each "$each_function" "$@" | stage "$each_function" "$each_word"
}

asked() { # FUNCTION LINES: the lines are the words
    asked_function=$1
    IFS=$newline
    # shellcheck disable=SC2086
    set -- $2
    IFS=$blanks
    each "$asked_function" "$@"
}

proxies() {
    { env; cat /etc/environment; } 2>/dev/null | grep -iE '^(export )?(https?|ftp|all|no)_proxy=' | without_passwords
    grep -hiE '^proxy *=' /etc/dnf/dnf.conf /etc/yum.conf 2>/dev/null | without_passwords
    true
}

links() {
    section addresses ip -j -d addr
    section routes ip -j route
    section routes6 ip -j -6 route
    section rules ip rule
    section rules6 ip -6 rule
    section link-speed lines_of '/sys/class/net/*/speed'
    section ipv6-disabled lines_of '/proc/sys/net/ipv6/conf/*/disable_ipv6'
    section resolv cat /etc/resolv.conf
    section hosts cat /etc/hosts
    section nsswitch grep '^hosts:' /etc/nsswitch.conf
    section nmcli limit 4 nmcli -t -f DEVICE,TYPE,STATE device
    section bridges-ovs limit 3 ovs-vsctl list-br
    section proxies proxies
    section sockets ss -lntup
}

# --- time and security -----------------------------------------------------------------------------------------------

units() {
    limit 6 systemctl show -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState \
        firewalld.service NetworkManager.service chronyd.service chrony.service ntpd.service systemd-timesyncd.service \
        watchdog.service libvirtd.service virtqemud.service libvirtd-tls.socket vdsmd.service ovirt-ha-agent.service \
        ovirt-ha-broker.service sanlock.service multipathd.service iscsid.service fapolicyd.service \
        cockpit.socket postfix.service sshd.service ssh.service
}

security() {
    section units units
    section selinux cat /sys/fs/selinux/enforce
    section selinux-file grep '^SELINUX=' /etc/selinux/config
    section crypto-policy cat /etc/crypto-policies/config
    section fips cat /proc/sys/crypto/fips_enabled
    section timedatectl limit 4 timedatectl show
    section timedatectl-status limit 4 timedatectl status
    section chrony limit 4 chronyc -n tracking
    section chrony-sources limit 4 chronyc -n sources
    section ntpq limit 4 ntpq -pn
    section watchdogs paths_of '/dev/watchdog*'
}

firewall() {
    section firewall limit 5 firewall-cmd --list-all
}

privilege() { [ "$(id -u)" = 0 ] || limit 3 sudo -n true; }

# --- software --------------------------------------------------------------------------------------------------------

packages() {
    limit 6 rpm -q --qf '%{NAME}|%{VERSION}|%{RELEASE}|%{ARCH}\n' \
        ovirt-hosted-engine-setup ovirt-hosted-engine-ha ovirt-host vdsm ovirt-engine-appliance rhvm-appliance \
        ovirt-engine-appliance-centos9 ovirt-engine-appliance-centos10 ovirt-engine-appliance-el9 \
        ovirt-engine-appliance-almalinux9 ovirt-engine-appliance-rocky9 ovirt-engine-appliance-rhel9 \
        ovirt-engine-appliance-almalinux10 ovirt-engine-appliance-rocky10 ovirt-engine-appliance-rhel10 \
        ovirt-ansible-collection ansible-core ansible libvirt-client virt-install bind-utils lsof sanlock sshpass \
        libvirt-daemon-config-network glusterfs-cli guestfs-tools libguestfs-tools-c genisoimage xorriso \
        NetworkManager firewalld nfs-utils iscsi-initiator-utils device-mapper-multipath qemu-kvm \
        ovirt-release-master centos-release-ovirt45 ovirt-engine ovirt-node-ng-nodectl cockpit-ovirt-dashboard |
        grep '|'
}

commands() {
    for command in ansible-playbook dig nmcli firewall-cmd sshpass ssh mkisofs genisoimage xorriso virsh virt-install \
        guestfish virt-copy-out qemu-img lsof dmidecode showmount iscsiadm multipath gluster dnf yum rpm nodectl \
        subscription-manager hosted-engine ovirt-hosted-engine-cleanup getent chronyc tar gzip zcat bash; do
        have "$command" && printf '%s\n' "$command"
    done
    true
}

repositories() { # ids and whether they are enabled; addresses may hold passwords and stay here
    [ -d /etc/yum.repos.d ] || return 2
    set +f
    cat /etc/yum.repos.d/*.repo | grep -E '^[[:space:]]*(\[|enabled[[:space:]]*=)'
    set -f
}

software() {
    section packages packages
    section commands commands
    section repositories repositories
    section versionlock cat /etc/dnf/plugins/versionlock.list
    section appliance-files paths_of '/usr/share/ovirt-engine-appliance/*' '/usr/share/rhvm-appliance/*'
    section appliance-conf lines_of '/etc/ovirt-hosted-engine/*appliance*.conf'
}

subscription() {
    section subscription limit 8 subscription-manager status
    section node limit 12 nodectl check
    section node-layer limit 5 imgbase w
}

# What the repositories' cached lists offer, asked only when something is not installed. dnf's complaint tells "nothing"
# from "no lists".
available() {
    if rpm -q ovirt-hosted-engine-setup >/dev/null && paths_of '/usr/share/*-appliance/*.ova' | grep -q .; then
        return 125
    fi
    # Starting dnf is the dearest act of this script; without cached lists it could only say that it has none.
    paths_of '/var/cache/dnf/*/repodata/repomd.xml' '/var/cache/libdnf5/*/repodata/repomd.xml' \
        '/var/cache/yum/*/*/*/repomd.xml' | grep -q . || grep -qs '^cachedir' /etc/dnf/dnf.conf /etc/yum.conf || return 125
    limit 8 dnf -q -C list --available 'ovirt-engine-appliance*' 'rhvm-appliance*' ovirt-hosted-engine-setup \
        ovirt-ansible-collection ansible-core 2>&1
}

packages_available() { section available available; }

size_of() { stat -L -c %s "$1"; }

named_file() {
    about "$1" file size_of "$1"
    about "$1" appliance-image image "$1"
}

image() { # size, and for a gzip file what gzip stores of the unpacked size
    printf 'size=%s\n' "$(size_of "$1")"
    case $(od -An -tx1 -N2 "$1" | tr -d ' ') in
    1f8b) printf 'unpacked=%s\n' "$(od -An -tu4 -j $(($(size_of "$1") - 4)) "$1" | tr -d ' ')" ;;
    esac
}

installed_appliance() {
    for image_path in $(paths_of '/usr/share/ovirt-engine-appliance/*.ova' '/usr/share/rhvm-appliance/*.ova'); do
        about "$image_path" appliance-image image "$image_path"
    done
}

# What Python finds: this Ansible, the collections on its path, and which modules it lacks. No single quotes below.
python_question='
import json, os, sys
sys.dont_write_bytecode = True
from importlib.util import find_spec
def absent(name):
    try:
        return find_spec(name) is None
    except Exception:
        return True
answer = {"python": ".".join(map(str, sys.version_info[:3])), "executable": sys.executable}
answer["missing"] = [name for name in sys.argv[1:] if absent(name)]
try:
    from ansible.release import __version__
    answer["core"] = __version__
except Exception:
    answer["core"] = ""
roots = ["~/.ansible/collections", "/usr/share/ansible/collections"] if answer["core"] else []
answer["collections"] = {}
for root in [os.path.expanduser(root) for root in roots] + sys.path:
    for name in ("ovirt/ovirt", "ansible/posix"):
        folder = os.path.join(root, "ansible_collections", name)
        if name in answer["collections"] or not os.path.isdir(folder):
            continue
        found = ""
        try:
            with open(os.path.join(folder, "MANIFEST.json")) as manifest:
                found = json.load(manifest)["collection_info"]["version"]
        except Exception:
            try:
                with open(os.path.join(folder, "galaxy.yml")) as galaxy:
                    for line in galaxy:
                        if line.startswith("version:"):
                            found = line.split(":", 1)[1].strip().strip("\"")
            except Exception:
                pass
        answer["collections"][name] = {"version": found, "folder": folder}
print(json.dumps(answer))
'

# The interpreter of an ansible-playbook: its first line, or, where a wrapper stands there, what it says of itself.
interpreter_of() {
    interpreter=$(head -n 1 "$1" 2>/dev/null | tr -d '\000' | sed -n 's/^#! *//p')
    case $interpreter in
    */env\ *python*) interpreter=$(command -v "$(printf '%s' "${interpreter#*env }" | sed 's/^-S *//; s/ .*//')") ;;
    *python*) interpreter=${interpreter%% *} ;;
    *) interpreter=$(limit 10 "$1" --version 2>/dev/null | sed -n 's/.*python version = .*(\(\/[^)]*\)).*/\1/p') ;;
    esac
    printf '%s' "$interpreter"
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
            command -v "$candidate"
            return
        fi
    done
}

ansible_of() { # PATH of ansible-playbook, or nothing
    # The phases run in a unit of the system's manager: its path, root's home, and the usual collection folders.
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
    [ "$(id -u)" = 0 ] && HOME=/root
    export HOME
    playbook=${1:-$(command -v ansible-playbook)}
    if [ -z "$playbook" ] || [ ! -e "$playbook" ]; then
        printf '%s ansible 127\n' "$token"
    else
        interpreter=$(interpreter_of "$playbook")
        about "$playbook" ansible limit 10 "$interpreter" -B -c "$python_question" \
            jmespath passlib jinja2 yaml cryptography packaging resolvelib ovirtsdk4 pycurl lxml netaddr
        core=$(printf '%s' "$section_text" | sed -n 's/.*"core": "\([^"]*\)".*/\1/p')
    fi
    modules_python=$(discovered_interpreter "${core:-2.14.0}")
    [ -n "$modules_python" ] &&
        about "$modules_python" module-python limit 10 "$modules_python" -B -c "$python_question" \
            ovirtsdk4 pycurl lxml jmespath passlib netaddr dnf selinux firewall ovirt_imageio
}

# --- what is there already -------------------------------------------------------------------------------------------

running() { systemctl is-active --quiet "$1.service"; }

# virsh would start a socket-activated libvirtd, so it is asked only when one runs.
libvirt() {
    running libvirtd || running virtqemud || return 125
    limit 4 virsh -r "$@"
}

state() {
    section deployed grep -E '^(vmid|fqdn|host_id|storage|domainType)=' /etc/ovirt-hosted-engine/hosted-engine.conf
    section deployed-file test -e /etc/ovirt-hosted-engine/hosted-engine.conf
    section registered limit 3 openssl x509 -noout -issuer -in /etc/pki/vdsm/certs/cacert.pem
    section domains libvirt list --all
    section networks libvirt net-list --all
    section default-network libvirt net-dumpxml default
    section default-network-file test -e /etc/libvirt/qemu/networks/default.xml
    section local-vms paths_of '/var/tmp/localvm*' /etc/libvirt/qemu/HostedEngineLocal.xml \
        /etc/libvirt/qemu/HostedEngine.xml /tmp/he-network-config.xml '/tmp/ansible.*_he_setup_lock' \
        /tmp/he-setup-lock /etc/vdsm/vdsm.conf '/var/run/ovirt-hosted-engine-ha/*.conf' \
        /etc/ovirt-hosted-engine/answers.conf '/var/lib/vdsm/persistence/netconf/nets/*' /run/hosted-deploy.lock
    section vdsm-sections grep -lE 'vdsm' /etc/libvirt/libvirtd.conf /etc/libvirt/qemu.conf \
        /etc/libvirt/qemu-sanlock.conf /etc/sysconfig/libvirtd /etc/sasl2/libvirt.conf
    section machines limit 3 pgrep -a '^(qemu-kvm|qemu-system)'
    section storage-mounts grep -F ' /rhev/data-center/mnt' /proc/self/mounts
}

# ---------------------------------------------------------------------------------------------------------------------

main() {
    token='' names='' addresses='' servers='' living='' ports='' files='' directories='' playbook_path=''
    while IFS= read -r line; do
        value=${line#* }
        case $line in
        token\ *) token=$value ;;
        name\ *) names=$names$newline$value ;;
        address\ *) addresses=$addresses$newline$value ;;
        name-server\ *) servers=$servers$newline$value ;;
        answers\ *) living=$living$newline$value ;;
        port\ *) ports=$ports$newline$value ;;
        file\ *) files=$files$newline$value ;;
        directory\ *) directories=$directories$newline$value ;;
        ansible-playbook\ *) playbook_path=$value ;;
        esac
    done
    # The host's own name and gateway are always asked about, whether the questions know them or not.
    names=$(printf '%s\n' "$(limit 3 hostname -f 2>/dev/null)" "$names" | grep . | sort -u)
    gateway=$(ip -o route show default 2>/dev/null | sed -n 's/.* via \([^ ]*\).*/\1/p' | head -n 1)
    living=$(printf '%s\n' "$gateway" "$living" | grep . | sort -u)
    servers=$servers$newline$(sed -n 's/^nameserver  *\([^ ]*\).*/\1/p' /etc/resolv.conf 2>/dev/null | head -n 3)
    servers=$(printf '%s\n' "$servers" | grep . | sort -u)
    machine </dev/null |
        stage ansible_of "$playbook_path" |
        stage asked resolve "$names" |
        stage asked reverse "$addresses" |
        stage asked ask_server "$servers" |
        stage asked answers_at "$living" |
        stage asked reach "$ports" |
        stage software |
        stage subscription |
        stage packages_available |
        stage installed_appliance |
        stage asked named_file "$files" |
        stage disks |
        stage links |
        stage security |
        stage firewall |
        stage section privilege privilege |
        stage state
    printf '%s end 0\n' "$token"
}
