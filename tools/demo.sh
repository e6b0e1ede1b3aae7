#!/bin/sh
# demo.sh -- real programs and servers tested in real rooms, then a test that fails on purpose.
#
# usage: tools/demo.sh CLNRM
clnrm=$1
say() {
  printf '\n== %s\n$ clnrm %s\n' "$1" "$2"
}

servers="examples/redis examples/nginx examples/postgres"
say "Redis, nginx and PostgreSQL, started in rooms and tested from TOML and from Lua" \
  "run -v $servers"
"$clnrm" run -v $servers || exit 1

say "sqlite3, git, python3, the shell, programs and services of one's own" "run examples"
"$clnrm" run examples || exit 1

say "and a test that fails: what it looks like (exit code 1)" "run examples/failing/stdout.clnrm.toml"
"$clnrm" run examples/failing/stdout.clnrm.toml
[ $? = 1 ] || exit 1

printf '\ndemo: all as it should be.  Next: clnrm init, docs/quick-start.md\n'
