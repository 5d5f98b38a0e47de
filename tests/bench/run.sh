#!/bin/bash
# Builds optimised and measures the gateway against its peers, in one run: docs/performance.md.
#   tests/bench/run.sh [--rows 1,4,6] [--runs 3] [--small] [--profile] [--before bench.json] [--out DIRECTORY]
# Writes bench.md, bench.json, bench.svg and wire-cost.md, with --profile profile.md too, into DIRECTORY (default:
# build-bench/results). GATEWAY_BINARY and BENCH_STAGES may name programs that are built already: those of an earlier
# version, say.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
build_dir=${BUILD_DIR:-$source_dir/build-bench}

"$source_dir/packaging/install-dependencies.sh" --build --bench
if [ -z "${GATEWAY_BINARY:-}" ] || [ -z "${BENCH_STAGES:-}" ]; then
  cmake -S "$source_dir" -B "$build_dir" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DGATEWAY_TESTS=ON >/dev/null
  ninja -C "$build_dir" dicom-mail-gateway bench_stages
  export GATEWAY_BINARY=$build_dir/dicom-mail-gateway BENCH_STAGES=$build_dir/tests/bench_stages
fi
# The mail servers are started by root.
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo --preserve-env=GATEWAY_BINARY,BENCH_STAGES,BENCH_POLL_INTERVAL --)
fi
exec "${as_root[@]}" /usr/bin/python3 -B -W ignore -u "$source_dir/tests/bench/bench.py" --out "$build_dir/results" "$@"
