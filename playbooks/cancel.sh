#!/bin/sh
# Stops what runs of a run and lets no further phase begin. Stopping waits until all of the phase's processes ended.
#   cancel.sh RUN
cd "$(dirname "$0")" || exit 70
: >cancelled
systemctl stop "hosted-deploy-$1-*"
