# What LVM on this host uses and lets through. Fed to `sh -s`; reads only. Output: sections as look.sh prints them.
LC_ALL=C
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
section() {
    section_name=$1
    shift
    section_text=$("$@" 2>/dev/null </dev/null)
    printf '%s %s %s\n%s\n' "$token" "$section_name" "$?" "$section_text"
}
main() {
    read -r token
    section lvm-used lsblk -nrpo NAME,TYPE,MOUNTPOINT
    section lvm-names lvs --noheadings --separator '|' -o vg_name,lv_dm_path
    section lvm-volumes pvs --noheadings --separator '|' -o vg_name,pv_uuid,pv_name
    section lvm-filter lvmconfig --typeconfig current devices/filter
    section lvm-devices-file lvmconfig --typeconfig full devices/use_devicesfile
    printf '%s end 0\n' "$token"
}
