#!/usr/bin/env bash
# The steps of install_in_copy.sh, run inside the copy.
set -euo pipefail

fail() { echo "FAILED: $*" >&2; exit 1; }
# calls PATTERN: was systemctl called so since the last reset?
calls() { grep -qE -- "$1" /run/calls; }
reset() { : > /run/calls; }

# The recorder stands for a running service manager.
mkdir -p /run/systemd/system
cat > /run/systemctl <<'RECORDER'
#!/bin/sh
echo "$*" >> /run/calls
RECORDER
chmod +x /run/systemctl
rm -f /usr/sbin/policy-rc.d  # a container's word that nothing is to be started; the copy has a recorder
mount --bind /run/systemctl "$(realpath "$(command -v systemctl)")"

echo "== a first installation makes the user and starts nothing"
reset
dpkg -i /run/acqd.deb
getent passwd acqd | grep -q ':/var/lib/acqd:/usr/sbin/nologin$' || fail "user acqd: $(getent passwd acqd)"
[ "$(stat -c '%U:%G %a' /var/lib/acqd)" = 'acqd:acqd 750' ] || fail "/var/lib/acqd: $(stat -c '%U:%G %a' /var/lib/acqd)"
calls daemon-reload || fail "no daemon-reload"
! calls 'start|enable' || fail "started or enabled: $(cat /run/calls)"

echo "== the unit verifies without output"
printed=$(systemd-analyze verify /lib/systemd/system/acqd.service 2>&1) || fail "verify: $printed"
[ -z "$printed" ] || fail "verify printed: $printed"

echo "== what is installed runs as the service's user"
as_acqd() { setpriv --reuid acqd --regid acqd --clear-groups --no-new-privs "$@"; }
as_acqd acqd --version
as_acqd acqd --check-config /etc/acqd/acqd.toml
acqctl --version
man -w acqd acqctl

echo "== an upgrade restarts a running service and keeps the administrator's configuration"
echo '# mine' >> /etc/acqd/acqd.toml
reset
dpkg -i /run/acqd.deb
calls 'try-restart acqd.service' || fail "not restarted: $(cat /run/calls)"
grep -q '^# mine' /etc/acqd/acqd.toml || fail "the configuration was replaced"

echo "== a removal stops the service and keeps configuration and recordings"
touch /var/lib/acqd/recording
reset
dpkg -r acqd
calls 'stop acqd.service' || fail "not stopped: $(cat /run/calls)"
[ ! -e /usr/bin/acqd ] || fail "/usr/bin/acqd is left"
[ -e /etc/acqd/acqd.toml ] || fail "the configuration is gone"

echo "== a purge removes the rest, but no recording"
dpkg -P acqd
[ ! -e /etc/acqd ] || fail "/etc/acqd is left"
[ -e /var/lib/acqd/recording ] || fail "a recording is gone"
dpkg -i /run/acqd.deb
rm /var/lib/acqd/recording
dpkg -P acqd
[ ! -e /var/lib/acqd ] || fail "/var/lib/acqd is left"
