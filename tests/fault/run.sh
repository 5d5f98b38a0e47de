#!/bin/bash
# Nothing lost, for as long as you like: the tests fault_kill, fault_power and fault_disk with more of everything than in
# tests/run.sh, which passes every durable point and every kind of failing call, but few of them more than once.
#
#   tests/fault/run.sh [--kills N] [--losses N] [--seconds S] [--stride N] [--seed N] [kill] [power] [disk]
#
#   --kills N     kills at random, after one at every durable point (src/telemetry/durable_point.h) of each hospital: 500
#   --losses N    power losses at each hospital: 150
#   --seconds S   how long each fault of a disk lasts: 3
#   --stride N    a start meets every N-th of its calls on the disk as a failed one, each kind for itself: 1, which is all
#   --seed N      the seed of an earlier run, which it prints first: the same points, times and states of the disk are
#                 drawn. Threads and mail servers keep time of their own, so a run is alike, not the same
#
# Needs a build with tests (BUILD_DIR, default build; tests/run.sh makes one) and root, as the mail servers do. Two
# hospitals run with their gateways on a library (tests/fault/layer) that LD_PRELOAD puts under them: it ends the
# process at a named point, fails calls with ENOSPC or EIO, and writes down what was not synced. Studies flow both ways
# through Postfix, Dovecot, Orthanc and storescp meanwhile. At the end each run prints its counts; it fails when an
# instance that got 0000 is not in the far PACS byte for byte, is there with two contents, or when a mail, a file or a
# row of a ledger is left behind. A failure prints the ends of both logs.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build_dir=${BUILD_DIR:-$here/../../build}
export FAULT_KILLS=500 FAULT_LOSSES=150 FAULT_SECONDS=3 FAULT_STRIDE=1
tests=()
while [ $# -gt 0 ]; do
  case $1 in
    --kills) FAULT_KILLS=$2; shift 2 ;;
    --losses) FAULT_LOSSES=$2; shift 2 ;;
    --seconds) FAULT_SECONDS=$2; shift 2 ;;
    --stride) FAULT_STRIDE=$2; shift 2 ;;
    --seed) export FAULT_SEED=$2; shift 2 ;;
    kill | power | disk) tests+=("$1"); shift ;;
    *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 2 ;;
  esac
done
[ ${#tests[@]} -gt 0 ] || tests=(kill power disk)

GATEWAY_BINARY=$(realpath "$build_dir/dicom-mail-gateway")
FAULT_LAYER=$(realpath "$build_dir/tests/fault/libfault_layer.so")
export GATEWAY_BINARY FAULT_LAYER
failed=0
for name in "${tests[@]}"; do
  echo "== fault_$name"
  /usr/bin/python3 -B -W ignore -u "$here/test_$name.py" || failed=1
done
exit $failed
