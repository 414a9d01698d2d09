#!/bin/sh
# In a mount namespace of its own, before accounts.sh: the places where a hosted engine's host keeps what the tests change are
# the folder's, so that nothing of the machine is touched. $1 is the folder, the rest the server's command.
set -e
d=$1
mkdir -p "$d/bin" "$d/log" "$d/root" "$d/engine" "$d/vartmp" "$d/mapper" "$d/fc_host" "$d/class/fc_host"
mount -t tmpfs tmpfs /var/lib
mkdir /var/lib/engine-host
mount --bind "$d/engine" /var/lib/engine-host
mount --bind "$d/log" /var/log
mount --bind "$d/root" /root
mount --bind "$d/vartmp" /var/tmp
mount --bind "$d/bin" /usr/local/sbin
# Where LUNs have their names. A machine without device mapper gets the empty folder that others have.
mkdir -p /dev/mapper
mount --bind "$d/mapper" /dev/mapper
# A folder more in sysfs, where no file can be made. The rest stays what it is.
mount -t overlay -o "lowerdir=$d/class:/sys/class" overlay /sys/class
mount --bind "$d/fc_host" /sys/class/fc_host
exec sh "$(dirname "$0")/../../server/tests/ssh/accounts.sh" "$@"
