# What software a deployment host has: packages, commands, repositories, appliances, and the Ansible that would run the role.
# `probe.sh`, which follows this, calls it; `beside.sh` before this is how it asks.
# shellcheck disable=SC2154 # what is assigned there

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
