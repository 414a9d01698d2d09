#!/bin/sh
# In a mount namespace of its own: makes an /etc (a copy of what logins and sudo read, with the accounts named in
# $ACCOUNTS) and a /run, then becomes the server. $1 is the folder, the rest the command. The accounts' passwords come
# on standard input, `name:password` a line.
set -e
d=$1; shift
mkdir -p "$d/etc"
for f in passwd group shadow gshadow nsswitch.conf login.defs environment security pam.d sudoers sudoers.d sudo.conf \
         hosts hostname ld.so.cache ld.so.conf ld.so.conf.d localtime alternatives ssl; do
  if [ -e "/etc/$f" ]; then cp -a "/etc/$f" "$d/etc/"; fi
done
uid=42420
for user in $ACCOUNTS; do
  mkdir -p "$d/home/$user"
  echo "$user:x:$uid:$uid::$d/home/$user:/bin/sh" >> "$d/etc/passwd"
  echo "$user:x:$uid:" >> "$d/etc/group"
  echo "$user:*:19000:0:99999:7:::" >> "$d/etc/shadow"
  chown "$uid:$uid" "$d/home/$user"
  uid=$((uid + 1))
done
if [ -d "$d/etc/sudoers.d" ]; then
  cat > "$d/etc/sudoers.d/test" <<'END'
deployer ALL=(ALL) ALL
Defaults:deployer timestamp_timeout=5, timestamp_type=global
nopass ALL=(ALL) NOPASSWD: ALL
ttyonly ALL=(ALL) NOPASSWD: ALL
Defaults:ttyonly requiretty
Defaults !fqdn
END
  chmod 440 "$d/etc/sudoers.d/test"
fi
cat > "$d/etc/pam.d/sshd" <<'END'
auth required pam_unix.so
account required pam_unix.so
session required pam_permit.so
password required pam_unix.so
END
mount --bind "$d/etc" /etc
mount -t tmpfs tmpfs /run
mkdir /run/sshd
chpasswd -c SHA256 -s 1000
exec < /dev/null
unset ACCOUNTS
exec "$@"
