#!/bin/sh
# make.sh -- makes an image of this machine's redis-server: the program, the libraries that it needs,
# and busybox for a shell; as a plain tar of a root, redis.tar.
set -eu
cd "$(dirname "$0")"
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bin" "$root/usr/bin" "$root/etc"
cp /bin/busybox "$root/bin/"
ln -s busybox "$root/bin/sh"
cp -L /usr/bin/redis-server /usr/bin/redis-cli "$root/usr/bin/"
ldd /usr/bin/redis-server /usr/bin/redis-cli | grep -v ':$' | grep -o '/[^ ]*' | sort -u |
  while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
tar -C "$root" -cf redis.tar .
