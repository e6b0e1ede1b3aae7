#!/bin/sh
# build.sh -- builds the template peers into DIR: those whose tools are here; says which are not.
#
# usage: bench/peers/template/build.sh DIR
set -eu
here=$(dirname "$0")
mkdir -p "$1"
out=$(cd "$1" && pwd)

if CARGO_TARGET_DIR="$out/rust" cargo build --release --quiet --locked \
  --manifest-path "$here/rust/Cargo.toml"; then
  cp "$out/rust/release/template-peer" "$out/template-peer"
else
  echo "no Tera, no minijinja: they need a cargo of 1.85 or newer and crates.io" >&2
fi
if [ ! -x "$out/venv/bin/python" ] || ! "$out/venv/bin/python" -c 'import jinja2' 2>/dev/null; then
  if ! python3 -m venv "$out/venv" || ! "$out/venv/bin/pip" install --quiet jinja2==3.1.6; then
    rm -rf "$out/venv"
    echo "no jinja2: it needs python3-venv and PyPI" >&2
  fi
fi
