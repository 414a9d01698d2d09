#!/bin/sh
# ExecStopPost of a phase's unit: keeps how it ended, as a unit that ended well is forgotten by systemd at once.
#   ended.sh PHASE SECRETS
# systemd gives SERVICE_RESULT, EXIT_CODE (exited, killed, dumped) and EXIT_STATUS (a number or a signal's name).
cd "$(dirname "$0")" || exit 70
rm -f "$2" "$2.fifo"
printf '%s %s %s\n' "${SERVICE_RESULT:-unknown}" "${EXIT_CODE:-unknown}" "${EXIT_STATUS:-unknown}" >"$1.ended.part"
mv "$1.ended.part" "$1.ended"
