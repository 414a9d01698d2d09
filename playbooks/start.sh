#!/bin/sh
# Starts a phase as a transient unit that outlives every connection. Safe to run again: a phase that was started
# is not started twice.
#   start.sh UNIT PHASE SECRETS credential|fifo      (the secrets come on standard input)
# Prints one word: started, known (it was started before) or cancelled.
set -eu
umask 077
cd "$(dirname "$0")"
unit=$1 phase=$2 secrets=$3 way=$4
if [ -e cancelled ]; then echo cancelled; exit 0; fi
if [ -e "$phase.ended" ] || systemctl is-active --quiet "$unit"; then echo known; exit 0; fi
mkdir -p "$(dirname "$secrets")"
cat >"$secrets"
: >>"$phase.events"
systemctl reset-failed "$unit" 2>/dev/null || true
if [ "$way" = credential ]; then set -- --property="LoadCredential=secrets:$secrets"; else set --; fi
if ! systemd-run --quiet --unit="$unit" --description="hosted-deploy: $phase" \
    --property=KillMode=mixed --property=KillSignal=SIGINT --property=TimeoutStopSec=60 \
    --property="ExecStopPost=/bin/sh '$PWD/ended.sh' $phase '$secrets'" "$@" \
    /bin/bash "$PWD/phase.sh" "$phase" "$secrets"; then
    rm -f "$secrets"
    exit 1
fi
echo started
