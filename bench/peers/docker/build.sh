#!/bin/sh
# build.sh -- installs the peers that test with containers into DIR: those that can be had; says which cannot.
#
# usage: bench/peers/docker/build.sh DIR
set -eu
here=$(dirname "$0")
mkdir -p "$1"
out=$(cd "$1" && pwd)

command -v docker-compose >/dev/null || echo "no docker-compose: install Debian's" >&2
if [ ! -x "$out/venv/bin/python" ] || ! "$out/venv/bin/python" -c 'import testcontainers' 2>/dev/null; then
  if python3 -m venv "$out/venv" && "$out/venv/bin/pip" install --quiet testcontainers==4.15.0; then
    :
  else
    rm -rf "$out/venv"
    echo "no testcontainers-python: it needs python3-venv and PyPI" >&2
  fi
fi
if CARGO_TARGET_DIR="$out/rust" cargo build --release --quiet --locked \
  --manifest-path "$here/rust/Cargo.toml"; then
  cp "$out/rust/release/testcontainers-peer" "$out/testcontainers-rs"
else
  echo "no testcontainers for Rust: it needs a cargo of 1.85 or newer and crates.io" >&2
fi
