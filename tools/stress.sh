#!/bin/sh
# stress.sh -- runs a suite again and again while the machine is busy: each run must give the verdicts
# of the first one, which runs alone.
#
# usage: tools/stress.sh CLNRM [services|mixed] [RUNS]
#   services  the examples with services, which pass, and the lies about services, most of them red
#   mixed     200 scenarios of mixed kind (tools/mixed.lua), whose names say their verdicts, -j auto
#
# Prints a line for each run that differs, with what it said in build/stress/, and a summary.  Ends
# with 1 when a run differed.
set -u
clnrm=$1
kind=${2:-services}
runs=${3:-200}
i=0 different=0 slowest=0 count=0 cores=$(nproc) begin=$(date +%s)
out=build/stress/$kind
load=
case $kind in
services)
  jobs=4
  suite="examples/http examples/nginx examples/own-service examples/postgres examples/redis"
  suite="$suite $(echo tests/lies/service_* tests/lies/health_* tests/lies/task_*)"
  ;;
mixed) jobs=auto suite=$out/project ;;
*)
  echo "stress: no suite '$kind'; there are services and mixed" >&2
  exit 2
  ;;
esac

# Prints "VERDICT FILE › NAME" of each result, sorted, and the exit code of the run.
run() {
  "$clnrm" run -j "$jobs" --format json $suite >"$out/report.json" 2>"$out/stderr"
  code=$?
  {
    # What a dying service of a lie leaves is noticed or dies first: the mark is no verdict.  The
    # end of one that forks away is seen while it starts (T602) or after (T603), a fail each time.
    "$clnrm" tools/verdicts.lua "$out/report.json" | sed -e '/ tests\/lies\//s/ leak / /' \
      -e '/leaves_the_foreground/s/ T60[23]$/ T602 or T603/' | LC_ALL=C sort
    echo "exit code $code"
  } >"$1" 2>&1
}

summary() {
  echo "stress: $i runs of $count scenarios beside stress-ng ($cores cpu, switch, vm, hdd):" \
    "$different different; $(($(date +%s) - begin)) s, slowest run $slowest ms"
}
stop_load() {
  [ -z "$load" ] || kill "$load" 2>/dev/null
  [ -z "$load" ] || wait "$load" 2>/dev/null
  load=
}
trap 'stop_load' EXIT
trap 'summary; exit 130' INT TERM HUP

# Whether the verdicts of the first run are those that they have to be.
is_right() {
  grep -q '^exit code [12]$' "$out/first" || return 1
  case $kind in
  services) ! grep -v '^pass ' "$out/first" | grep -q ' examples/' ;;
  mixed) ! grep -v '^exit code' "$out/first" | grep -vqE '^([a-z]+) .* › \1 ' && [ "$count" = 200 ] ;;
  esac
}

rm -rf "$out"
mkdir -p "$out"
[ "$kind" != mixed ] || "$clnrm" lua tools/mixed.lua "$suite" 200
run "$out/first"
count=$(grep -c '^[a-z_]* [a-z]*/' "$out/first")
if [ "$count" -lt "$(echo "$suite" | wc -w)" ] || ! is_right; then
  cat "$out/first"
  echo "stress: not the verdicts that they have to be, and the machine is idle" >&2
  exit 1
fi

stress-ng --quiet --cpu "$cores" --switch 1 --vm 1 --vm-bytes 64m --hdd 1 --hdd-bytes 16m \
  --temp-path "$out" >"$out/stress-ng" 2>&1 &
load=$!
begin=$(date +%s)
while [ "$i" -lt "$runs" ]; do
  i=$((i + 1))
  at=$(date +%s%N)
  run "$out/this"
  ms=$((($(date +%s%N) - at) / 1000000))
  [ "$ms" -le "$slowest" ] || slowest=$ms
  if ! cmp -s "$out/first" "$out/this"; then
    different=$((different + 1))
    cp "$out/report.json" "$out/$i.json"
    cp "$out/stderr" "$out/$i.stderr"
    echo "stress: run $i differs, see $out/$i.json"
    diff "$out/first" "$out/this"
  fi
  kill -0 "$load" 2>/dev/null || {
    echo "stress: stress-ng ended: $(cat "$out/stress-ng")" >&2
    exit 1
  }
done
summary
[ "$different" = 0 ]
