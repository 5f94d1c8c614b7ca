#!/bin/sh
# Installs the .deb on a clean system and checks a small program there; then the .tar.gz, unpacked
# anywhere. For a person before a release: it needs root, debootstrap and an archive.
#
#   tools/check_package.sh [BUILD]      default: build/release; its packages are made anew
#
# CONTLINT_ROOT keeps the clean system in that folder, and uses it again.
set -eu

[ "$(id -u)" -eq 0 ] || { echo "check_package.sh: only root can make a clean system" >&2; exit 2; }
# Mounts of its own, which end with it.
[ -n "${CONTLINT_UNSHARED:-}" ] || CONTLINT_UNSHARED=1 exec unshare -m "$0" "$@"
cd "$(dirname "$0")/.."
build=$(realpath "${1:-build/release}")
suite=${CONTLINT_SUITE:-bookworm}
packages=$(mktemp -d)
root=${CONTLINT_ROOT:-$packages/root}
trap 'rm -rf "$packages"' EXIT

command -v debootstrap >/dev/null || { echo "check_package.sh: install debootstrap" >&2; exit 2; }

(cd "$build" && cpack -B "$packages/made" >/dev/null)
[ -d "$root/usr" ] || debootstrap --variant=minbase "$suite" "$root" >/dev/null
mount -t proc proc "$root/proc"
mount -t devpts devpts "$root/dev/pts" 2>/dev/null || true # for apt's log
cp "$packages"/made/*.deb "$packages"/made/*.tar.gz "$root/tmp/"
# The archive that this system uses.
rm -f "$root/etc/apt/sources.list"
cp /etc/resolv.conf "$root/etc/"
cp -r /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d "$root/etc/apt/" 2>/dev/null || true
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
apt-get install -q -y --reinstall --no-install-recommends /tmp/contlint_*.deb >/dev/null
check contlint
for file in share/contlint/models/libuv.yaml share/man/man1/contlint.1 share/man/man1/contlint-report.1 \
	share/man/man3/cport_open.3 share/man/man7/cport.7 share/bash-completion/completions/contlint \
	share/zsh/site-functions/_contlint contlint-config.cmake contlint.h cport.h cport.pc libcport
do
	# dpkg -L: what is in the package, though a slim system may leave manual pages out.
	dpkg -L contlint | grep -q "/$file" || { echo "the package lacks $file" >&2; exit 1; }
done
apt-get remove -q -y contlint >/dev/null
! command -v contlint
rm -rf /opt/somewhere && mkdir -p /opt/somewhere
tar -C /opt/somewhere --strip-components=1 -xzf /tmp/contlint-*.tar.gz
check "$(find /opt/somewhere -path '*/bin/contlint')"
rm -rf /opt/somewhere
SH
echo "check_package.sh: the .deb and the .tar.gz install and run on a clean $suite"
