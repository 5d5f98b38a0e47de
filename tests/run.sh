#!/bin/bash
# Installs what is missing, builds, and runs every test.
#   tests/run.sh [ctest options]       tests/run.sh -R e2e_round_trip
# BUILD_DIR and BUILD_JOBS may be set. The last lines are ctest's own.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${BUILD_DIR:-$source_dir/build}
jobs=${BUILD_JOBS:-$(nproc)}

"$source_dir/packaging/install-dependencies.sh"

cmake -S "$source_dir" -B "$build_dir" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DGATEWAY_TESTS=ON
ninja -C "$build_dir" -j "$jobs"

# The mail servers are started by root. Leftovers of an earlier run as root must not stop one with sudo, or vice versa.
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo --preserve-env=BUILD_JOBS --)
fi
exec "${as_root[@]}" ctest --test-dir "$build_dir" -j 5 --output-on-failure "$@"
