#!/bin/sh
# Installs what contlint is built and tested with, on Debian and Ubuntu, as root or through sudo.
# Elsewhere it prints the list and stops.
#
#   tools/install-packages.sh [build|test]      default: build
#
# "test" adds what only the tests need, among it the headers of the libraries that are modelled, so
# that the models' argument positions are checked against them.
set -eu

group=${1:-build}
build="gcc libc6-dev cmake ninja-build pkg-config git python3 libglib2.0-dev libsqlite3-dev
	libjansson-dev libyaml-dev libxxhash-dev libdw-dev liburing-dev"
test="libcmocka-dev sqlite3 libuv1-dev libevent-dev libev-dev libsystemd-dev libwayland-dev
	libcurl4-openssl-dev libc-ares-dev libhiredis-dev libpq-dev libdbus-1-dev libssl-dev
	zlib1g-dev mingw-w64-x86-64-dev"
# For the test of the HTML report, where the archive has it; else that test is skipped.
browser=
libclang="libclang-21-dev libclang-20-dev libclang-19-dev libclang-18-dev libclang-17-dev libclang-16-dev"

case $group in
build) packages=$build ;;
test)
	packages="$build $test"
	command -v chromium >/dev/null || command -v google-chrome >/dev/null || browser=chromium
	;;
*)
	echo "install-packages.sh: the group is build or test, not '$group'" >&2
	exit 2
	;;
esac

say_list_and_stop()
{
	echo "install-packages.sh: $1 Install these by hand (Debian's names) and run again:" >&2
	echo $packages "and one of" $libclang >&2
	exit 1
}

installed()
{
	[ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

# Prints those of its arguments that are not installed, with a leading blank each.
missing_of()
{
	for package; do
		installed "$package" || printf ' %s' "$package"
	done
}

# Prints the newest libclang that the archive has; nothing if one is installed or none is there.
pick_libclang()
{
	for package in $libclang; do
		! installed "$package" || return 0
	done
	for package in $libclang; do
		candidate=$(apt-cache policy "$package" 2>/dev/null | sed -n 's/^  Candidate: //p')
		if [ -n "$candidate" ] && [ "$candidate" != "(none)" ]; then
			printf ' %s' "$package"
			return 0
		fi
	done
	return 1
}

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif [ -t 2 ]; then
		sudo "$@" || say_list_and_stop "sudo does not let us install."
	else
		sudo -n "$@" || say_list_and_stop "sudo does not let us install."
	fi
}

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
	say_list_and_stop "this system has no apt."

missing=$(missing_of $packages)
if [ -z "$missing$browser" ] && clang=$(pick_libclang) && [ -z "$clang" ]; then
	echo "install-packages.sh: everything is installed"
	exit 0
fi
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
	say_list_and_stop "we are not root and there is no sudo."
fi

export DEBIAN_FRONTEND=noninteractive
as_root apt-get update -q </dev/null
[ -z "$browser" ] || apt-cache policy "$browser" | grep -q '^  Candidate: [0-9]' || browser=
clang=$(pick_libclang) || say_list_and_stop "the archive has no libclang of version 16 or newer."
echo "install-packages.sh: installing$missing$clang${browser:+ $browser}"
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
	$missing $clang $browser </dev/null
