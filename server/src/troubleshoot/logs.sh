# Prints one log of a hosted-engine host: NAME TAIL SINCE UNTIL PATTERN [follow] on the last line. POSIX sh on stdin of `sh -s`.
# The first line says where it comes from (origin.rs), in fields between tabs. Empty SINCE, UNTIL and PATTERN: no such limit.

LC_ALL=C
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
ha=/var/log/ovirt-hosted-engine-ha
setup=/var/log/ovirt-hosted-engine-setup

origin() { # KIND [FIELD...]
    printf '%s' "$1"
    shift
    for field; do printf '\t%s' "$field"; done
    echo
}

# newest FILE...: the one written last of those that exist. The patterns are expanded by the caller.
newest() {
    # shellcheck disable=SC2012 # names of logs
    ls -dt "$@" 2>/dev/null | head -n 1
}

# Lines of the time window; a line without a time belongs to the one before it.
window() {
    awk -v since="$since_time" -v until="$until_time" '
    BEGIN { inside = (since == "") }
    {
        at = match($0, /[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-5][0-9]:[0-5][0-9]/)
        if (at) {
            time = substr($0, at, 19)
            sub(/T/, " ", time)
            inside = (since == "" || time >= since) && (until == "" || time <= until)
        }
        if (inside) print
    }'
}

chosen() { if [ -n "$pattern" ]; then grep -E -e "$pattern"; else cat; fi | tail -n "$tail"; }

# followed COMMAND...: what it prints, as it comes. An empty line every few seconds shows when nobody reads any more: then it is
# ended, as no signal tells us.
followed() {
    trap '' PIPE
    # shellcheck disable=SC2016 # the inner shell expands them
    setsid sh -c 'trap - PIPE; pattern=$1; shift
        "$@" 2>/dev/null | if [ -n "$pattern" ]; then grep --line-buffered -E -e "$pattern"; else cat; fi' sh "$pattern" "$@" &
    while sleep 3 && echo 2>/dev/null; do :; done
    kill -- "-$!"
}

file() { # PATH
    origin file "$1"
    lines_of "$1"
}

lines_of() { # PATH
    if [ -n "$follow" ]; then followed tail -n "$tail" -F -- "$1"; else window <"$1" | chosen; fi
}

unit() { # UNIT
    origin unit "$1"
    set -- -u "$1" --no-pager -o short-iso
    if [ -n "$follow" ]; then
        followed journalctl "$@" -n "$tail" -f
        return
    fi
    [ -n "$since_time" ] && set -- "$@" --since "$since_time"
    [ -n "$until_time" ] && set -- "$@" --until "$until_time"
    journalctl "$@" | chosen
}

file_or_unit() { if [ -s "$1" ]; then file "$1"; else unit "$2"; fi; }

# The engine's own logs lie in its VM. Where root here has a key for it they are read there; else what the deployment fetched.
engine() { # engine.log or server.log
    fqdn=$(sed -n 's/^fqdn=//p' /etc/ovirt-hosted-engine/hosted-engine.conf 2>/dev/null)
    live=/var/log/ovirt-engine/$1
    if [ -n "$fqdn" ] && timeout 10 ssh -n -o BatchMode=yes -o ConnectTimeout=5 "root@$fqdn" test -e "$live" 2>/dev/null; then
        origin engine "$fqdn" "$live"
        if [ -n "$follow" ]; then
            followed ssh -n -o BatchMode=yes "root@$fqdn" tail -n "$tail" -F "$live"
            return
        fi
        timeout 60 ssh -n -o BatchMode=yes "root@$fqdn" cat "$live" | window | chosen
        return
    fi
    copy=$(newest $setup/engine-logs-*/ovirt-engine/"$1" $setup/engine-logs-*/log/ovirt-engine/"$1" \
        $setup/engine-logs-*/*/ovirt-engine/"$1")
    if [ -n "$copy" ]; then
        origin copy "$fqdn" "$live" "$copy"
        lines_of "$copy"
    else
        origin locked "$fqdn" "$live"
        return 3
    fi
}

time_of() { [ -z "$1" ] || date -d "$1" '+%Y-%m-%d %H:%M:%S'; }

main() {
    tail=$2 pattern=$5 follow=${6-}
    echo | grep -qE -e "$pattern" 2>/dev/null
    [ $? -le 1 ] || return 4
    since_time=$(time_of "$3") && until_time=$(time_of "$4") || return 2
    case $1 in
    agent) file_or_unit $ha/agent.log ovirt-ha-agent ;;
    broker) file_or_unit $ha/broker.log ovirt-ha-broker ;;
    vdsm) file_or_unit /var/log/vdsm/vdsm.log vdsmd ;;
    engine) engine engine.log ;;
    server) engine server.log ;;
    setup)
        log=$(newest $setup/*.log /var/lib/hosted-deploy/runs/*/*.log)
        if [ -n "$log" ]; then file "$log"; else origin no-setup; return 3; fi
        ;;
    console)
        log=$(newest /var/log/libvirt/qemu/HostedEngine*-console.log /var/log/libvirt/qemu/HostedEngine*.log)
        if [ -n "$log" ]; then file "$log"; else origin no-console; return 3; fi
        ;;
    esac
}
