#!/usr/bin/env bash
# install_in_copy.sh DEB: installs the package into a throw-away copy of this machine (an overlay in
# a mount namespace of our own), with a recorder in place of systemctl, and removes it again.
set -euo pipefail

deb=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
stage=$(mktemp -d)
mount -t tmpfs tmpfs "$stage"
mkdir "$stage/changes" "$stage/work" "$stage/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$stage/changes,workdir=$stage/work" "$stage/root"
for folder in proc sys dev; do mount --rbind "/$folder" "$stage/root/$folder"; done
mount -t tmpfs tmpfs "$stage/root/run"
cp "$deb" "$stage/root/run/acqd.deb"
cp "$here/in_copy.sh" "$stage/root/run/in_copy.sh"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive \
  chroot "$stage/root" bash /run/in_copy.sh
