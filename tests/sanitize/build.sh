#!/bin/bash
# Builds the unit tests, the gateway and the fuzz targets with sanitizers; what is built already is kept.
#   tests/sanitize/build.sh address|thread BUILD_DIR [target...]
# BUILD_JOBS and CXXFLAGS may be set.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
case "${1:-}" in
  address) sanitizers=address,undefined ;;
  thread) sanitizers=thread ;;
  *) echo "usage: $0 address|thread BUILD_DIR [target...]" >&2; exit 2 ;;
esac
build_dir=$2
shift 2

# Ccache cannot tell a precompiled header's content without these.
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
cmake -S "$source_dir" -B "$build_dir" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER=clang-14 \
      -DCMAKE_CXX_COMPILER=clang++-14 -DCMAKE_CXX_FLAGS="${CXXFLAGS:-}" -DGATEWAY_SANITIZE="$sanitizers" \
      -DGATEWAY_PRECOMPILE=ON -DGATEWAY_BATCHES=ON -DGATEWAY_TESTS=ON > "$build_dir.log" || { cat "$build_dir.log"; exit 1; }
exec ninja -C "$build_dir" -j "${BUILD_JOBS:-$(nproc)}" "$@"
