# Looks at a storage from the host and leaves nothing behind. POSIX sh, fed to `sh -s` inside a mount namespace of its
# own: whatever is mounted here vanishes with this process, also when the connection breaks.
#
# Output: sections `TOKEN NAME STATUS [ARGUMENT]`, as preflight/probe.sh prints them. The questions follow the last line
# of this file as a here-document with a quoted delimiter: nothing in them is ever expanded.

LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
set -f
umask 022

# section NAME ARGUMENT COMMAND...: runs the command and prints its section.
section() {
    section_name=$1 section_about=$2
    shift 2
    section_text=$("$@" 2>/dev/null </dev/null)
    printf '%s %s %s %s\n%s\n' "$token" "$section_name" "$?" "$section_about" "$section_text"
}

# limit SECONDS COMMAND...: for whatever may wait for a network, a daemon or a disk.
limit() { timeout -k 1 "$@"; }

have() { command -v "$1" >/dev/null 2>&1; }

lines_of() { # PATTERN...: each line of the files with the file's name before it
    set +f
    # shellcheck disable=SC2086 # the caller's patterns are to be expanded
    grep -H '' $1
    lines_status=$?
    set -f
    return $lines_status
}

# --- a trial mount ---------------------------------------------------------------------------------------------------

# User and group of VDSM need not exist yet, so they are named by number.
as_vdsm() { limit 15 chroot --userspec=36:36 --groups=36 / "$@"; }

# The mounts of this process must be its own. (Before util-linux 2.27 unshare leaves them shared.)
alone() {
    [ "$(readlink /proc/self/ns/mnt)" != "$(readlink /proc/1/ns/mnt)" ] && mount --make-rprivate /
}

mount_it() { # TYPE SOURCE OPTIONS
    alone || return 125
    # What mount says is wanted, and where it says it depends on the kind.
    limit 25 mount -t "$1" ${3:+-o "$3"} "$2" "$place" 2>&1
}

numbers() {
    limit 10 stat -c 'owner=%u:%g
mode=%a' "$place" || as_vdsm stat -c 'owner=%u:%g
mode=%a' "$place"
    limit 10 df -kP "$place" | sed -n '2s/^.* \([0-9][0-9]*\)  *\([0-9][0-9]*\)  *\([0-9][0-9]*\)  *[0-9-][0-9]*%.*/size_kib=\1\
free_kib=\3/p'
    sed -n "s#^[^ ]* $place \([^ ]* [^ ]*\) .*#mounted=\1#p" /proc/self/mounts | tail -n 1
}

# shellcheck disable=SC2016 # the inner shell is to expand them
listing() { as_vdsm sh -c 'all=$(ls -A "$0") || exit 1; printf "%s\n" "$all" | head -n 40' "$place"; }

# shellcheck disable=SC2016
domains() {
    as_vdsm sh -c 'cd "$0" && for file in */dom_md/metadata; do [ -r "$file" ] && echo "FOLDER=${file%%/*}" &&
        grep -aE "^(SDUUID|DESCRIPTION|POOL_DESCRIPTION)=" "$file"; done; true' "$place"
}

# Written past the page cache, as VDSM does; a file of that name cannot be there before.
write() { # dd's flags
    test_file=$place/.hosted-deploy-$token
    as_vdsm dd if=/dev/zero of="$test_file" bs=4096 count=1 conv=excl,fsync "$@" 2>&1
    write_status=$?
    as_vdsm rm -f "$test_file" 2>/dev/null
    return $write_status
}

trial() { # TYPE SOURCE OPTIONS
    place=$(mktemp -d /run/hosted-deploy-trial.XXXXXX) || return
    trap 'limit 10 umount -l "$place" 2>/dev/null; rmdir "$place" 2>/dev/null' EXIT
    trap 'exit 1' HUP INT TERM
    section trial "$2" mount_it "$@"
    if grep -q " $place " /proc/self/mounts; then
        section trial-numbers "$2" numbers
        section trial-listing "$2" listing
        section trial-domains "$2" domains
        section trial-write-direct "$2" write oflag=direct
        section trial-write "$2" write
        limit 20 umount "$place" 2>/dev/null || umount -l "$place"
    fi
    rmdir "$place" 2>/dev/null
    trap - EXIT HUP INT TERM
}

# --- the kinds -------------------------------------------------------------------------------------------------------

exports() { limit 8 showmount --no-headers -e "$server"; }

versions() { # a null call on the NFS port for each version; rpcbind need not run
    have rpcinfo || return 127
    for version in 3 4; do
        limit 4 rpcinfo -n 2049 -t "$server" 100003 $version >/dev/null 2>&1 && echo $version
    done
    true
}

nfs() {
    section nfs-exports "$server" exports
    section nfs-versions "$server" versions
    case $server in *:*) source=[$server]:$path ;; *) source=$server:$path ;; esac
    # soft: a server that goes away must not hold a process here for ever.
    [ -z "$path" ] || trial nfs "$source" "soft,timeo=50,retrans=2${options:+,$options}"
}

volumes() {
    have gluster || return 127
    limit 20 gluster --mode=script --remote-host="$server" volume info
}

glusterfs() {
    section gluster-volumes "$server" volumes
    case $server in *:*) source=[$server]:/$path ;; *) source=$server:/$path ;; esac
    [ -z "$path" ] || trial glusterfs "$source" "$options"
}

# LVM is asked without the host's own filter, which hides shared LUNs on purpose; nothing is activated or locked.
physical_volumes() {
    limit 15 pvs --readonly --noheadings --separator '|' -o pv_name,vg_name,vg_tags \
        --config 'devices { filter=["a|.*|"] global_filter=["a|.*|"] use_devicesfile=0 }'
}

# What the host has as devices already.
devices() {
    section lsblk '' limit 10 lsblk -bP \
        -o NAME,KNAME,PKNAME,TYPE,SIZE,LOG-SEC,PHY-SEC,FSTYPE,MOUNTPOINT,WWN,VENDOR,MODEL,SERIAL,TRAN,RO
    section multipath '' limit 10 multipath -ll
    # lsblk may cut a disk's name short.
    section wwids '' lines_of '/sys/block/*/device/wwid'
    section physical-volumes '' physical_volumes
}

fc() {
    section fibre-channel '' lines_of '/sys/class/fc_host/*/port_name /sys/class/fc_host/*/port_state'
    devices
}

# Targets and LUNs are asked for by the protocol itself, not here.
iscsi() {
    section initiator '' grep '^InitiatorName=' /etc/iscsi/initiatorname.iscsi
    if [ -d /sys/class/iscsi_session ] && [ -n "$(ls /sys/class/iscsi_session)" ]; then devices; fi
}

# ---------------------------------------------------------------------------------------------------------------------

main() {
    token='' kind='' server='' path='' options=''
    while IFS= read -r line; do
        value=${line#* }
        case $line in
        token\ *) token=$value ;;
        kind\ *) kind=$value ;;
        server\ *) server=$value ;;
        path\ *) path=$value ;;
        options\ *) options=$value ;;
        esac
    done
    section storage-kind "$server" echo "$kind"
    case $kind in
    nfs | glusterfs | fc | iscsi) "$kind" ;;
    esac
    printf '%s end 0\n' "$token"
}
