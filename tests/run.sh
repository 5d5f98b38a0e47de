#!/bin/bash
# Installs what is missing, builds, runs the tests once each, and says what took longest.
#   tests/run.sh [ctest options]       tests/run.sh -R e2e_round_trip
# BUILD_DIR, BUILD_JOBS and TEST_JOBS may be set. README.md names the commands for what takes hours.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${BUILD_DIR:-$source_dir/build}
jobs=${BUILD_JOBS:-$(nproc)}
# Most tests wait for servers most of the time. Beside them, behind them at the processors, the sanitizer builds go on.
tests=${TEST_JOBS:-$(($(nproc) + 2))}

"$source_dir/packaging/install-dependencies.sh"
installed=$SECONDS

# As the package is built, but for lines without variables (-g1), which are a third of the compiler's time; without most
# of the unit tests, which the sanitizer builds hold.
cmake -S "$source_dir" -B "$build_dir" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
      -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O2 -g1 -DNDEBUG" -DGATEWAY_BATCHES=ON -DGATEWAY_TESTS=ON \
      -DGATEWAY_UNIT_TESTS=unsanitized
ninja -C "$build_dir" -j "$jobs"
built=$SECONDS

# What asks nothing of a disk lies in memory where that is not scarce: no flush, no wear.
in_memory=
if [ -w /dev/shm ] && awk '/^MemAvailable/ { exit $2 < 3000000 }' /proc/meminfo; then
  in_memory=$(mktemp -d /dev/shm/dmg.XXXX)
  chmod 755 "$in_memory"
  export TMPDIR=$in_memory
fi

# The mail servers are started by root. Leftovers of an earlier run as root must not stop one with sudo, or vice versa.
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo --preserve-env=BUILD_JOBS,TMPDIR --)
fi
trap '[ -z "$in_memory" ] || "${as_root[@]}" rm -rf "$in_memory"' EXIT
code=0
"${as_root[@]}" ctest --test-dir "$build_dir" -j "$tests" --output-on-failure --output-junit "$build_dir/tests.xml" \
  "$@" || code=$?
/usr/bin/python3 -B "$source_dir/tests/slowest.py" "$build_dir/tests.xml"
echo "installing $installed s, building $((built - installed)) s, tests $((SECONDS - built)) s, all $SECONDS s"
exit "$code"
