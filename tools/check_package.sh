#!/bin/sh
# Installs the .deb on a clean system and checks a small program there; then the .tar.gz, unpacked
# anywhere. For a person before a release: it needs root, debootstrap and an archive.
#
#   tools/check_package.sh [BUILD]      default: build/release; its packages are made anew
#
# CONTLINT_ROOT keeps the clean system in that folder, and uses it again.
set -eu

cd "$(dirname "$0")/.."
build=$(realpath "${1:-build/release}")
suite=${CONTLINT_SUITE:-bookworm}
packages=$(mktemp -d)
root=${CONTLINT_ROOT:-$packages/root}
trap 'rm -rf "$packages"' EXIT

[ "$(id -u)" -eq 0 ] || { echo "check_package.sh: only root can make a clean system" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "check_package.sh: install debootstrap" >&2; exit 2; }

(cd "$build" && cpack -B "$packages/made" >/dev/null)
[ -d "$root/usr" ] || debootstrap --variant=minbase "$suite" "$root" >/dev/null
cp "$packages"/made/*.deb "$packages"/made/*.tar.gz "$root/tmp/"
for file in /etc/apt/sources.list /etc/resolv.conf; do
	[ ! -f "$file" ] || cp "$file" "$root$file"
done
cp -r /etc/apt/sources.list.d /etc/apt/apt.conf.d "$root/etc/apt/" 2>/dev/null || true
cp -r fixtures/blocking-dns fixtures/include "$root/tmp/"

chroot "$root" sh -eu <<'SH'
export DEBIAN_FRONTEND=noninteractive
check()
{
	"$1" --version
	# Exit 1: there are findings, as there must be.
	code=0
	"$1" check --no-db --no-cache -q /tmp/blocking-dns/bad_*.c -- -I/tmp/include >/tmp/out || code=$?
	grep -c 'contlint-blocking-dns' /tmp/out
	[ "$code" -eq 1 ]
}
apt-get update -q >/dev/null
apt-get install -q -y --no-install-recommends /tmp/contlint_*.deb >/dev/null
check contlint
test -f /usr/share/man/man1/contlint-report.1 || echo "no manual pages (dpkg may exclude them here)"
apt-get remove -q -y contlint >/dev/null
! command -v contlint
mkdir -p /opt/somewhere
tar -C /opt/somewhere --strip-components=1 -xzf /tmp/contlint-*.tar.gz
check "$(find /opt/somewhere -path '*/bin/contlint')"
rm -rf /opt/somewhere
SH
echo "check_package.sh: the .deb and the .tar.gz install and run on a clean $suite"
