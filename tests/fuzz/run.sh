#!/bin/bash
# Fuzzes what reads bytes from outside.
#   tests/fuzz/run.sh --hours 1 [target...]        one after the other (all targets: the time is shared out)
#   tests/fuzz/run.sh --seconds 10 [target...]
# A crash is left in BUILD_DIR/findings; once mended, it belongs in tests/fuzz/crashes/TARGET, which every run starts
# with. What was found worth keeping stays in BUILD_DIR/corpus and is built upon next time.
# BUILD_DIR (default: build/fuzz), BUILD_JOBS; with PREBUILT=1 nothing is built. --seconds leaves the corpus as it is and
# starts from the seeds alone.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build_dir=${BUILD_DIR:-$here/../../build/fuzz}
seconds=
unit=${1:-}
case "$unit" in
  --hours) seconds=$(awk -v hours="${2:?}" 'BEGIN { print int(hours * 3600) }') ;;
  --seconds) seconds=${2:?} ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
shift 2
mapfile -t targets < <(if [ $# -gt 0 ]; then printf '%s\n' "$@"; else
  sed -n 's/^gateway_fuzz_target(\([a-z0-9_]*\) .*/\1/p' "$here/CMakeLists.txt"; fi)

corpus=$build_dir/corpus
random=()
if [ "$unit" = --seconds ]; then
  random=(-seed=4711)  # the short run of two equal trees says the same
  corpus=$(mktemp -d)
  trap 'rm -rf "$corpus"' EXIT
fi
if [ -z "${PREBUILT:-}" ]; then
  mkdir -p "$(dirname "$build_dir")"
  CXXFLAGS=-O1 "$here/../sanitize/build.sh" address "$build_dir" fuzzing > /dev/null
fi
mkdir -p "$build_dir/findings"

failed=()
for target in "${targets[@]}"; do
  seeds=("$build_dir/seeds/$target")
  if [ -d "$here/crashes/$target" ]; then seeds+=("$here/crashes/$target"); fi
  dictionary=()
  if [ -e "$here/$target.dict" ]; then dictionary=(-dict="$here/$target.dict"); fi
  mkdir -p "$corpus/$target"
  # The time-outs are wide, for a machine that is busy with other tests.
  "$build_dir/tests/fuzz/fuzz_$target" -max_total_time=$((seconds / ${#targets[@]} + 1)) "${random[@]}" -timeout=120 \
    -rss_limit_mb=3000 -max_len=20000 -len_control=20 -print_final_stats=1 -artifact_prefix="$build_dir/findings/$target-" \
    "${dictionary[@]}" "$corpus/$target" "${seeds[@]}" > "$build_dir/findings/$target.log" 2>&1 || failed+=("$target")
  echo "$target: $(grep -aE 'cov: ' "$build_dir/findings/$target.log" | tail -n 1)"
  grep -aE 'stat::number_of_executed_units|stat::peak_rss' "$build_dir/findings/$target.log" || true
done
for target in "${failed[@]}"; do
  echo "FINDING in $target:"
  tail -n 60 "$build_dir/findings/$target.log"
done
[ ${#failed[@]} -eq 0 ]
