#!/bin/sh
# suites.sh -- runs suites, JOBS at once, and prints the sum; exits 1 when anything failed.
#
# usage: [JOBS=N] [S=GLOB] tools/suites.sh BUILD_DIR NAME...
build=$1
shift
rm -rf "$build/results"
mkdir -p "$build/results"
names=
for name in "$@"; do
  case $name in
  ${S:-*}) names="$names $name" ;;
  esac
done
if [ -z "$names" ]; then
  echo "no suite${S:+ matches '$S'}"
  exit 1
fi
printf '%s\n' $names | xargs -P "${JOBS:-1}" -n 1 tools/suite "$build" || exit 1
exec lua5.4 tools/summary.lua "$build/results" $names
