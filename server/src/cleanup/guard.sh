#!/bin/sh
# Guards the host's network while a clean-up takes it apart.
#   guard.sh save               writes down addresses, routes and configuration as they are
#   guard.sh arm SECONDS        a timer restores them after so long, whoever is still there
#   guard.sh disarm             the network is fine: the timer goes
#   guard.sh restore            puts back what is not as it was; what still is, is left alone
# It writes `restored` into its folder when it had to act.
set -u
LC_ALL=C
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
here=/var/lib/hosted-deploy/cleanup
saved=$here/network
unit=hosted-deploy-cleanup-guard

# An interface and its addresses a line: `eth0 10.0.0.1/24`. What the kernel makes itself is not ours.
addresses() { ip -o addr show scope global | awk '$2 != "lo" && $2 !~ /^(virbr|vnet)/ { print $2, $4 }' | sort; }
routes() { for family in -4 -6; do ip "$family" -o route show default | sed "s/^/$family /"; done; }
# The addresses that somebody reaches the host by, wherever they are now.
reachable() { ip -o addr show scope global | awk '{ print $4 }' | sort -u; }

case ${1-} in
save)
    rm -rf "$saved"
    mkdir -p "$saved/files"
    addresses >"$saved/addresses"
    routes >"$saved/routes"
    for folder in /etc/sysconfig/network-scripts /etc/NetworkManager/system-connections /var/lib/vdsm/persistence; do
        [ -d "$folder" ] && mkdir -p "$saved/files$folder" && cp -a "$folder/." "$saved/files$folder/"
    done
    rm -f "$here/restored"
    ;;
arm)
    systemctl stop $unit.timer 2>/dev/null
    systemctl reset-failed $unit.service 2>/dev/null
    exec systemd-run --quiet --unit=$unit --on-active="$2" --timer-property=AccuracySec=1s /bin/sh "$here/guard.sh" restore
    ;;
disarm)
    systemctl stop $unit.timer 2>/dev/null
    [ -e "$here/restored" ] && echo restored
    rm -f "$here/restored"
    exit 0
    ;;
restore)
    missing=''
    while read -r device address; do
        reachable | grep -qxF "$address" || missing="$missing $device,$address"
    done <"$saved/addresses"
    lost_route=''
    [ -n "$(routes)" ] || lost_route=$(cat "$saved/routes")
    [ -n "$missing$lost_route" ] || exit 0
    echo "$missing $lost_route" >"$here/restored"
    (cd "$saved/files" && cp -a . /)
    if command -v nmcli >/dev/null; then
        timeout 30 nmcli connection reload
        timeout 60 nmcli networking on
    fi
    if [ -d /var/lib/vdsm/persistence/netconf/nets ] && command -v vdsm-tool >/dev/null; then
        timeout 120 vdsm-tool restore-nets
    fi
    # Whatever that did: the addresses and routes must be back.
    for pair in $missing; do
        device=${pair%%,*} address=${pair#*,}
        reachable | grep -qxF "$address" && continue
        # The bridge is gone: its address goes to the card that was under it, else to the first that is there.
        [ -e "/sys/class/net/$device" ] || device=$(ip -o link show | awk -F': ' '$2 !~ /^(lo|virbr|vnet|ovs|;)/ { sub(/@.*/, "", $2); print $2; exit }')
        ip link set "$device" up
        ip addr add "$address" dev "$device"
    done
    while read -r family route; do
        ip "$family" route show default | grep -q . || {
            # shellcheck disable=SC2086 # a route is several words
            ip "$family" route replace $route 2>/dev/null ||
                ip "$family" route replace ${route%% dev *}
        }
    done <"$saved/routes"
    ;;
*)
    echo "save, arm, disarm or restore" >&2
    exit 2
    ;;
esac
