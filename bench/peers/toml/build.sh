#!/bin/sh
# build.sh -- builds the TOML peers into DIR: those whose tools are here; says which are not.
#
# usage: bench/peers/toml/build.sh DIR
set -eu
here=$(dirname "$0")
mkdir -p "$1"
out=$(cd "$1" && pwd)

${CC:-gcc} -std=c11 -D_GNU_SOURCE -Isrc -O2 -DNDEBUG -fPIC -o "$out/core" "$here/core.c" \
  src/core/toml*.c src/core/text.c src/core/utf8.c src/base/alloc.c src/base/buf.c src/base/status.c \
  -lutf8proc -lxxhash -lm
if ! g++ -std=c++17 -O3 -DNDEBUG -o "$out/tomlplusplus" "$here/tomlplusplus.cpp"; then
  echo "no toml++: install g++ and libtomlplusplus-dev" >&2
fi
if CARGO_TARGET_DIR="$out/rust" cargo build --release --quiet --locked \
  --manifest-path "$here/rust/Cargo.toml"; then
  cp "$out/rust/release/toml-peer" "$out/rust-toml"
else
  echo "no Rust peers: they need a cargo of 1.76 or newer and crates.io" >&2
fi
