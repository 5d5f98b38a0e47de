#!/bin/bash
# Builds optimised and measures the gateway against its peers, in one run: docs/performance.md.
#   tests/bench/run.sh [--rows 1,4,6] [--runs 3] [--small] [--out DIRECTORY]
# Writes bench.md, bench.json and bench.svg into DIRECTORY (default: build-bench/results).
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
build_dir=${BUILD_DIR:-$source_dir/build-bench}

"$source_dir/packaging/install-dependencies.sh"
cmake -S "$source_dir" -B "$build_dir" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DGATEWAY_TESTS=ON >/dev/null
ninja -C "$build_dir" dicom-mail-gateway bench_stages
export GATEWAY_BINARY=$build_dir/dicom-mail-gateway BENCH_STAGES=$build_dir/tests/bench_stages
exec /usr/bin/python3 -B -W ignore -u "$source_dir/tests/bench/bench.py" --out "$build_dir/results" "$@"
