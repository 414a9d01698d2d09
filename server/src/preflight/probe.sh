# Reads what a deployment host is and prints it in sections; changes nothing. POSIX sh, fed to `sh -s` on stdin.
# Needs coreutils, awk, iproute2 and systemd; whatever else is missing makes its section say so by its exit status.
#
# A section is one line `TOKEN NAME STATUS [SUBJECT]` and then the output of its command. TOKEN is random and new for
# each run, so that no output can pretend to be a section. The questions follow the last line of this file as a
# here-document with a quoted delimiter: nothing in them is ever expanded.
#
# How it asks is in `beside.sh` and what it asks of the software in `software.sh`; both stand before this.
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
