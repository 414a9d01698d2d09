#!/bin/sh
# Standard output: the bytes of a phase's event file from OFFSET on, until its unit is over.
# Standard error, last line: "ended RESULT CODE STATUS", or "lost" when systemd does not know the unit and nothing
# says how it ended (the host was restarted).
#   follow.sh UNIT PHASE OFFSET
cd "$(dirname "$0")" || exit 70
unit=$1 phase=$2 from=$(($3 + 1))
pid=$(systemctl show --property=MainPID "$unit" 2>/dev/null)
pid=${pid#MainPID=}
if [ "${pid:-0}" -gt 0 ]; then
    tail --bytes="+$from" --follow --sleep-interval=0.2 --pid="$pid" "$phase.events"
else
    tail --bytes="+$from" "$phase.events"
fi
# The unit's main process is gone; what it started may take a while to end, and then ended.sh runs.
while [ ! -e "$phase.ended" ]; do
    state=$(systemctl show --property=ActiveState "$unit" 2>/dev/null)
    case ${state#ActiveState=} in
        active | activating | deactivating | reloading) sleep 0.2 ;;
        *)
            sleep 0.5
            [ -e "$phase.ended" ] || { echo lost >&2; exit 0; }
            ;;
    esac
done
echo "ended $(cat "$phase.ended")$([ -e cancelled ] && echo ' cancelled')" >&2
