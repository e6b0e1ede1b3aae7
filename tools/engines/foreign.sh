#!/bin/sh
# foreign.sh -- fetches programs for another processor, and what emulates it, for tests of such images.
#
# usage: tools/engines/foreign.sh      into build/foreign; does nothing when all are there
# Nothing is installed: qemu-user-static would register itself with the kernel of this machine, and a
# package of another architecture would have to be made known to dpkg.
set -eu

cd "$(dirname "$0")/../.."
place=build/foreign
if [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ]; then
  exit 0 # the test says so
fi
if [ -x $place/bash-static ] && [ -x $place/busybox ] && [ -x $place/qemu-aarch64-static ]; then
  exit 0
fi
echo "deps: fetching an emulation of arm64, and programs for it, into $place"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
chmod 755 "$work"
mkdir -p "$work/lists/partial" $place

# lists of its own: those of the machine stay as they are
apt() {
  apt-get -qq -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 \
    -o Dir::State::Lists="$work/lists" -o Dir::State::status=/dev/null -o Dir::Cache::pkgcache= \
    -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none -o APT::Sandbox::User= "$@" </dev/null
}
apt update || echo "deps: apt-get update for arm64 had errors; trying with what came" >&2
(cd "$work" && apt download bash-static:arm64 busybox-static:arm64 qemu-user-static:amd64)
unpack() { # PACKAGE PATH: -> $place
  dpkg-deb --fsys-tarfile "$work/$1"_*.deb | tar -xO "./$2" >"$place/new"
  chmod 755 "$place/new"
  mv "$place/new" "$place/${2##*/}"
}
unpack bash-static bin/bash-static
unpack busybox-static bin/busybox
unpack qemu-user-static usr/bin/qemu-aarch64-static
