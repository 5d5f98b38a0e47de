#!/bin/bash
# Unpacks mail servers that cannot be installed beside Postfix and Dovecot: Exim and Cyrus, with the libraries that this
# machine lacks. Nothing of them is installed or started; other_servers.py runs them from there.
#   unpack_servers.sh [DIRECTORY]    default: $DMG_OTHER_SERVERS or /var/cache/dicom-mail-gateway/servers
# Does nothing when they are there. Needs apt's lists (apt-get update) and no root, if DIRECTORY can be written.
set -euo pipefail

target=${1:-${DMG_OTHER_SERVERS:-/var/cache/dicom-mail-gateway/servers}}
[ -e "$target" ] && exit 0

# What apt would install for them here: the servers, and the libraries that are missing. apt removes nothing, it only
# says what it would do.
packages=()
for server in exim4-daemon-light "cyrus-imapd sasl2-bin"; do
  # shellcheck disable=SC2086
  plan=$(apt-get --simulate --no-install-recommends install $server | awk '$1 == "Inst" {print $2}')
  for package in $plan; do packages+=("${package%%:*}"); done
done

mkdir -p "$(dirname "$target")"
work=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/debs" "$work/root"
chmod 755 "$work/root"
echo "unpacking ${packages[*]} into $target"
(cd "$work/debs" && apt-get download -q "${packages[@]}" 2>&1 | grep -v '^W: Download is performed unsandboxed' || true)
for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$work/root"; done
# Exim looks for the user that it was compiled for, although its configuration names another one.
perl -0777 -pi -e 's/\0Debian-exim\0/"\0mail" . "\0" x 8/ge' "$work/root/usr/sbin/exim4"
chmod -R u-s,g-s "$work/root"

# Libraries of old packages lie below /lib.
libraries=$work/root/usr/lib/$(uname -m)-linux-gnu:$work/root/lib/$(uname -m)-linux-gnu
for program in usr/sbin/exim4 usr/sbin/saslpasswd2 usr/lib/cyrus/bin/{imapd,lmtpd,idled,ctl_cyrusdb,master}; do
  if LD_LIBRARY_PATH=$libraries ldd "$work/root/$program" | grep 'not found' >&2; then
    echo "$program cannot run here" >&2
    exit 1
  fi
done
mv -T "$work/root" "$target" 2>/dev/null || [ -e "$target" ]  # somebody else was faster
