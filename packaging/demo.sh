#!/bin/bash
# Shows the whole way of a study on this machine: two hospitals, real mail servers, a real PACS.
#   demo.sh [--study DIR] [--keep]
#     --study DIR   sends the DICOM files below DIR instead of an anonymous study that comes with python3-pydicom
#     --keep        leaves everything running, prints how to use it, and ends with Ctrl-C
# Installs what is missing (apt) and builds. Exit code 0: every instance arrived identical.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${BUILD_DIR:-$source_dir/build}

for option in "$@"; do
  case "$option" in
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
  esac
done

"$source_dir/packaging/install-dependencies.sh" --build --demo

if [ ! -e "$build_dir/build.ninja" ]; then
  cmake -S "$source_dir" -B "$build_dir" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DGATEWAY_TESTS=OFF
fi
ninja -C "$build_dir" dicom-mail-gateway

# Postfix and Dovecot are started by root; they drop to users of their own.
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo --)
fi
exec "${as_root[@]}" env GATEWAY_BINARY="$build_dir/dicom-mail-gateway" PYTHONDONTWRITEBYTECODE=1 \
  /usr/bin/python3 "$source_dir/packaging/demo.py" "$@"
