#!/bin/sh
# Looks at shared storage that a deployment used, and empties it.
#   storage.sh look nfs|glusterfs PLACE OPTIONS      prints: domain ID DESCRIPTION | other NAME | written SECONDS
#   storage.sh empty nfs|glusterfs PLACE OPTIONS     removes the domains, and only them
#   storage.sh lun-look DEVICE                       prints what is on a LUN
#   storage.sh lun-wipe DEVICE                       deactivates a volume group of oVirt's on it and wipes its signatures
set -u
LC_ALL=C
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
# Where vdsm may look, too.
place=/run/hosted-deploy-storage

limit() { timeout -k 5 "$@"; }

# The export belongs to vdsm, and root may be nobody there.
as_vdsm() {
    if command -v setpriv >/dev/null; then
        limit 600 setpriv --reuid=36 --regid=36 --clear-groups "$@"
    else
        limit 600 "$@"
    fi
}

connect() { # KIND PLACE OPTIONS
    mkdir -p -m 755 "$place"
    case $1 in
    nfs) limit 60 mount -t nfs -o "soft,timeo=100,retrans=2${3:+,$3}" "$2" "$place" ;;
    glusterfs) limit 60 mount -t glusterfs ${3:+-o "$3"} "$2" "$place" ;;
    *) echo "no directory to mount for storage of kind $1" >&2; return 1 ;;
    esac || return 1
    trap 'limit 30 umount "$place"; rmdir "$place"' EXIT
    trap 'exit 1' HUP INT TERM
}

is_domain() {
    printf '%s\n' "$1" | grep -qE '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' && as_vdsm test -e "$place/$1/dom_md/metadata"
}

entries() { as_vdsm ls -A "$place"; }

look() {
    entries >/dev/null || return 1
    entries | while IFS= read -r name; do
        case $name in
        lost+found | __DIRECT_IO_TEST__ | .snapshot | .trashcan | .glusterfs) continue ;;
        esac
        if is_domain "$name"; then
            description=$(as_vdsm sed -n 's/^DESCRIPTION=//p' "$place/$name/dom_md/metadata" | head -n 1)
            printf 'domain %s %s\n' "$name" "$description"
            newest=$(as_vdsm stat -c %Y "$place/$name/dom_md/ids" 2>/dev/null)
            [ -n "$newest" ] && printf 'written %s\n' "$(($(date +%s) - newest))"
        else
            printf 'other %s\n' "$name"
        fi
    done
    return 0
}

empty() {
    # Looked at again in this very moment: what is refused for a person is refused here as well.
    if look | grep -q '^other '; then
        echo "there are other things than storage domains" >&2
        return 1
    fi
    for name in $(entries); do
        if is_domain "$name" || [ "$name" = __DIRECT_IO_TEST__ ]; then
            as_vdsm rm -rf -- "${place:?}/$name" && echo "removed $name" || return 1
        fi
    done
}

lun_look() {
    limit 10 lsblk -o NAME,SIZE,TYPE,FSTYPE,LABEL,MOUNTPOINT,MODEL,SERIAL "$1"
    echo "signatures:"
    limit 10 wipefs --no-act "$1"
    echo "volume groups:"
    limit 10 pvs --noheadings -o pv_name,vg_name,vg_tags "$1"
    true
}

lun_wipe() {
    if limit 10 lsblk -nro MOUNTPOINT "$1" | grep -q .; then
        echo "something on $1 is mounted" >&2
        return 1
    fi
    group=$(limit 10 pvs --noheadings -o vg_name "$1" 2>/dev/null | tr -d ' ')
    if [ -n "$group" ]; then
        limit 30 vgchange -an "$group" || return 1
    fi
    limit 30 wipefs --all "$1"
}

case $1 in
look) connect "$2" "$3" "${4-}" && look ;;
empty) connect "$2" "$3" "${4-}" && empty ;;
lun-look) lun_look "$2" ;;
lun-wipe) lun_wipe "$2" ;;
*) exit 2 ;;
esac
