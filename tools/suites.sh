#!/bin/sh
# suites.sh -- runs suites, JOBS at once, and prints the sum; exits 1 when anything failed.
#
# usage: [JOBS=N] [S='GLOB...'] [FLAKY=pass] tools/suites.sh BUILD_DIR NAME...
#
# With FLAKY=pass a red suite runs a second time, alone; green then, it is told as flaky with what its
# first run said, and does not fail the whole.  More than three red suites are not tried again.
build=$1
shift
rm -rf "$build/results"
mkdir -p "$build/results"
names=
set -f # what S says is for names of suites, not of files
for name in "$@"; do
  for glob in ${S:-*}; do
    case $name in
    $glob) names="$names $name"; break ;;
    esac
  done
done
set +f
if [ -z "$names" ]; then
  echo "no suite${S:+ matches '$S'}"
  exit 1
fi
# Engines that suites start where this machine has none are shared, and end with this process.
export CLNRM_ENGINES="/tmp/clnrm-engines.$$" CLNRM_ENGINES_OWNER=$$
stop_engines() {
  left=$(timeout 30 docker ps -aq --filter "label=clnrm.tests.run=$$" 2>/dev/null)
  [ -z "$left" ] || timeout 60 docker rm -fv $left >/dev/null
  [ ! -d "$CLNRM_ENGINES" ] || tools/engines/engine.py stop "$CLNRM_ENGINES"/*
}
trap stop_engines EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
printf '%s\n' $names | xargs -P "${JOBS:-1}" -n 1 tools/suite "$build" || exit 1
if [ "${FLAKY:-fail}" = pass ]; then
  red=$(lua5.4 tools/summary.lua --red "$build/results" $names)
  set -- $red
  if [ $# -le 3 ]; then
    for name in $red; do
      for kind in tap err rc; do
        mv "$build/results/$name.$kind" "$build/results/$name.first.$kind"
      done
      tools/suite "$build" "$name" || exit 1
    done
  fi
fi
lua5.4 tools/summary.lua "$build/results" $names
