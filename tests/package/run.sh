#!/bin/bash
# Makes the Debian package and tries its whole life in a fresh Debian 12 that is booted with systemd.
#   tests/package/run.sh [PACKAGE.deb]     default: builds the package, in build-package
# Needs root, a network to Debian's archive and about five minutes. Not part of tests/run.sh.
#
# The package must have no lintian errors, and no warnings but those that packaging/debian/lintian-explained names. Then
# it is installed, configured by the steps of README.md, upgraded with images in the spool, upgraded with an error in the
# configuration, removed and purged. systemd-nspawn boots the Debian, which shares this machine's network; it is made by
# debootstrap and kept in /var/cache/dicom-mail-gateway for the next time.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
"$source_dir/packaging/install-dependencies.sh" --build --package

package=${1:-}
if [ -z "$package" ]; then
  build=$source_dir/build-package
  cmake -S "$source_dir" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DGATEWAY_TESTS=OFF > /dev/null
  ninja -C "$build"
  rm -f "$build"/*.deb
  (cd "$build" && cpack -G DEB > cpack.log) || { cat "$build/cpack.log"; exit 1; }
  package=$(ls "$build"/*.deb)
fi

root=${DMG_DEBIAN_ROOT:-/var/cache/dicom-mail-gateway/bookworm}
if [ ! -e "$root" ]; then
  mkdir -p "$(dirname "$root")"
  rm -rf "$root.new"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,logrotate,ca-certificates bookworm "$root.new" \
    > "$root.log" 2>&1 || { tail -20 "$root.log"; exit 1; }
  mv "$root.new" "$root"
fi
exec /usr/bin/python3 -B -u "$here/package_life.py" "$package" "$root"
