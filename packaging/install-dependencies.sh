#!/bin/bash
# Installs the Debian 12 packages that are missing.
#   install-dependencies.sh [--build] [--test] [--demo] [--bench] [--package]     default: the first two, which hold the third
# Works as root, or through sudo. Without anything missing it calls neither apt nor sudo. For the tests it also unpacks,
# without installing them, servers that conflict with these: tests/rig/unpack_servers.sh.
set -euo pipefail

build=(g++ cmake ninja-build ccache pkg-config dpkg-dev file lowdown
       libdcmtk-dev librnp-dev libgcrypt20-dev libgmime-3.0-dev libcurl4-openssl-dev libssl-dev libsoci-dev libsqlite3-dev libspdlog-dev
       libyaml-cpp-dev libpng-dev libjpeg-dev libopenjp2-7-dev zlib1g-dev libicu-dev libcli11-dev nlohmann-json3-dev libsystemd-dev libseccomp-dev
       libgtest-dev libgmock-dev libbenchmark-dev)
demo=(postfix dovecot-imapd dovecot-lmtpd orthanc dcmtk python3 python3-pydicom openssl ca-certificates procps)
test=("${demo[@]}" orthanc-python gnupg gpg-agent sq sqlite3 mpack msmtp fetchmail libopenjp2-tools swaks zip bzip2 sharutils faketime dicom3tools libgdcm-tools libjpeg-turbo-progs clang-format clang-tidy
      clang-14 libclang-rt-14-dev lld-14 llvm)
package=(debootstrap systemd-container lintian mandoc dcmtk python3 python3-pydicom)
# linux-perf: of the kernel's version or not, it is only needed for --profile.
bench=("${demo[@]}" gnupg gpg-agent mpack msmtp fetchmail libopenjp2-tools linux-perf)

unpack=$(dirname "$0")/../tests/rig/unpack_servers.sh
unpacked=${DMG_OTHER_SERVERS:-/var/cache/dicom-mail-gateway/servers}

wanted=()
with_servers=false
for option in "${@:---all}"; do
  case "$option" in
    --build) wanted+=("${build[@]}") ;;
    --test) wanted+=("${test[@]}"); with_servers=true ;;
    --demo) wanted+=("${demo[@]}") ;;
    --bench) wanted+=("${bench[@]}") ;;
    --package) wanted+=("${package[@]}") ;;
    --all) wanted+=("${build[@]}" "${test[@]}"); with_servers=true ;;
    *) echo "usage: $0 [--build] [--test] [--demo] [--bench] [--package]" >&2; exit 2 ;;
  esac
done

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=missing
  [ "$state" = installed ] || missing+=("$package")
done
[ -e "$unpacked" ] && with_servers=false
if [ ${#missing[@]} -eq 0 ] && ! $with_servers; then
  exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "missing: ${missing[*]:-$unpacked}; run this as root" >&2; exit 1; }
  exec sudo -- "$0" "$@"
fi

# Postfix, Dovecot and Orthanc must not come up on this machine's ports because somebody ran our tests: the services
# stay installed but are not started. A policy that stands there already is kept.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  command -v debconf-set-selections >/dev/null &&
    echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
  apt-get install -q -y --no-install-recommends "${missing[@]}"
fi
if $with_servers; then "$unpack" "$unpacked"; fi
