#!/bin/bash
# Main process of a phase's unit: runs the role's tag PHASE and becomes ansible-playbook.
#   phase.sh PHASE SECRETS
# SECRETS is a file on a tmpfs with the phase's passwords. Where systemd handed it over as a credential, the copy
# there is used; on hosts before systemd 247 it goes through a FIFO. Either way the file itself goes at once.
set -u
umask 077
phase=$1 secrets=$2
cd "$(dirname "$0")" || exit 70
exec >>"$phase.log" 2>&1 </dev/null

if [ -n "${CREDENTIALS_DIRECTORY:-}" ] && [ -r "$CREDENTIALS_DIRECTORY/secrets" ]; then
    vars=$CREDENTIALS_DIRECTORY/secrets
    rm -f "$secrets"
else
    vars=$secrets.fifo
    rm -f "$vars"
    mkfifo "$vars" || exit 71
    (cat "$secrets" >"$vars"; rm -f "$secrets" "$vars") &
fi

export HOME=${HOME:-/root} LC_ALL=C.UTF-8 ANSIBLE_CONFIG=$PWD/ansible.cfg
export HOSTED_DEPLOY_EVENTS=$PWD/$phase.events
# The role's conditions are strings in places; ansible-core 2.19 refuses those unless told otherwise.
export ANSIBLE_ALLOW_BROKEN_CONDITIONALS=1

exec ansible-playbook --inventory localhost, --tags "$phase" --skip-tags always \
    --extra-vars "@$PWD/$phase.vars.json" --extra-vars "@$vars" deploy.yml
