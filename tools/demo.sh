#!/bin/sh
# demo.sh -- real programs tested in real rooms, then a test that fails on purpose.
#
# usage: tools/demo.sh CLNRM
clnrm=$1
say() {
  printf '\n== %s\n$ clnrm %s\n' "$1" "$2"
}

say "sqlite3, git, python3, the shell, a program of one's own: each scenario in a fresh room" \
  "run examples"
"$clnrm" run examples || exit 1

say "and a test that fails: what it looks like (exit code 1)" "run examples/failing/stdout.clnrm.toml"
"$clnrm" run examples/failing/stdout.clnrm.toml
[ $? = 1 ] || exit 1

printf '\ndemo: all as it should be.  Next: clnrm init, docs/quick-start.md\n'
