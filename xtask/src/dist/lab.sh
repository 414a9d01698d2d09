# Runs on the lab's host1 as root.
# The host calls itself an EL one, and its C library is not in dpkg's books.
dpkg --force-depends -i /root/hosted-deploy.deb
trap 'dpkg --purge hosted-deploy; rm -f /root/hosted-deploy.deb; firewall-cmd --quiet --reload || :; ip link delete pxe0 || :; ip netns delete pxe || :' EXIT
page() { curl --silent --show-error --insecure --max-time 30 "$@"; }

test "$(systemctl is-enabled hosted-deploy.socket)" = disabled
systemctl start hosted-deploy.socket
test "$(systemctl is-active hosted-deploy.service)" = inactive
page https://localhost:9090/login | grep -q 'action="/login"'
test "$(systemctl is-active hosted-deploy.service)" = active
page --include http://localhost:9090/x | grep -q '^Location: https://localhost:9090/x'
pid=$(systemctl show --property=MainPID --value hosted-deploy.service)
echo "uid $(stat -c %u "/proc/$pid"), capabilities $(awk '/^CapEff/ {print $2}' "/proc/$pid/status")"
test "$(stat -c %u "/proc/$pid")" -ge 61184
test "$(awk '/^CapEff/ {print $2}' "/proc/$pid/status")" = 0000000000000000
test "$(stat -c %a /var/lib/private/hosted-deploy)" = 700

# A login is an SSH login on this host itself.
form() {
  page --include --header 'Origin: https://localhost:9090' --data-urlencode user=root --data-urlencode password=lab-root-1 "$@" \
    https://localhost:9090/login
}
fingerprint=$(form | grep -o 'SHA256:[A-Za-z0-9+/]*' | head -n 1)
test -n "$fingerprint"
form --data-urlencode "trusted=$fingerprint" | grep -q '^set-cookie: __Host-session=\|^Set-Cookie: __Host-session='
journalctl -q --no-pager -u hosted-deploy.service
! journalctl -q --no-pager -u hosted-deploy.service | grep -q lab-root-1

# kill -9: the socket stays, systemd starts it again.
kill -9 "$pid"
page --retry 20 --retry-connrefused --retry-delay 1 https://localhost:9090/login | grep -q 'action="/login"'
test "$(systemctl show --property=MainPID --value hosted-deploy.service)" != "$pid"
systemctl reload hosted-deploy.service
systemctl is-active --quiet hosted-deploy.service

# Network boot, on a pair of cards of its own. As it comes, it says that nobody has named an interface, and does not try again.
test "$(systemctl is-enabled hosted-deploy-pxe.service)" = disabled
! systemctl start hosted-deploy-pxe.service
test "$(systemctl show --property=ExecMainStatus --value hosted-deploy-pxe.service)" = 2
test "$(systemctl show --property=NRestarts --value hosted-deploy-pxe.service)" = 0
ip netns add pxe
ip link add pxe0 type veth peer name pxe1 netns pxe
ip address add 198.51.100.1/24 dev pxe0
ip link set pxe0 up
ip -n pxe address add 198.51.100.2/24 dev pxe1
ip -n pxe link set pxe1 up
printf 'interface = "pxe0"\npool = ["198.51.100.100-198.51.100.200"]\n' > /etc/hosted-deploy/pxe.toml
systemctl reset-failed hosted-deploy-pxe.service
systemctl start hosted-deploy-pxe.service
pid=$(systemctl show --property=MainPID --value hosted-deploy-pxe.service)
echo "network boot: uid $(stat -c %u "/proc/$pid"), capabilities $(awk '/^CapEff/ {print $2}' "/proc/$pid/status")"
test "$(stat -c %u "/proc/$pid")" = "$(stat -c %u "/proc/$(systemctl show --property=MainPID --value hosted-deploy.service)")"
test "$(awk '/^CapEff/ {print $2}' "/proc/$pid/status")" = 0000000000002400
# firewalld learns of new services when it reads its files.
firewall-cmd --quiet --reload
firewall-cmd --quiet --add-service=hosted-deploy-pxe
ip netns exec pxe curl --silent --show-error --max-time 30 http://198.51.100.1/boot.ipxe | grep -q '^#!ipxe'
journalctl -q --no-pager -u hosted-deploy-pxe.service
# What the sandbox takes from it, it would say.
! journalctl -q --no-pager -u hosted-deploy-pxe.service | grep -E 'unseen|answered by broadcast|WARN|ERROR'
systemctl stop hosted-deploy-pxe.service
echo served
