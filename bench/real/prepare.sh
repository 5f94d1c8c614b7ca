#!/bin/bash
# Prepares real C servers for contlint: unpacks each as a Debian source package, installs what it
# needs to build, and leaves NAME/compile_commands.json in the chosen folder. Needs Debian or
# Ubuntu and root (or sudo). A program that is ready is not prepared again.
#
# usage: prepare.sh [-o DIR] [-j JOBS] [-f] [NAME...]
#   -o DIR   where to prepare (default: $CONTLINT_CORPUS, else bench/real/corpus)
#   -j JOBS  compiler runs at once (default 1)
#   -f       prepare again what is ready already
#   NAME     of: redis tmux memcached lighttpd mosquitto libuv dnsmasq (default: all)
# Exit: 0 all are ready, 1 one could not be prepared, 2 usage.
set -u
here=$(cd "$(dirname "$0")" && pwd)
all="redis tmux memcached lighttpd mosquitto libuv dnsmasq"

die() { echo "prepare.sh: $*" >&2; exit 2; }

dir=${CONTLINT_CORPUS:-$here/corpus} jobs=1 force=
while getopts o:j:fh opt; do
	case $opt in
	o) dir=$OPTARG ;;
	j) jobs=$OPTARG ;;
	f) force=1 ;;
	h) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
	*) die "unknown option; usage: prepare.sh [-o DIR] [-j JOBS] [-f] [NAME...]" ;;
	esac
done
shift $((OPTIND - 1))
case $jobs in '' | 0 | *[!0-9]*) die "-j wants a number of jobs, not '$jobs'" ;; esac
for name in "$@"; do
	case " $all " in *" $name "*) ;; *) die "unknown program '$name'; known are: $all" ;; esac
done
command -v apt-get >/dev/null || die "apt-get is missing: this script needs Debian or Ubuntu"
as_root=
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
	command -v sudo >/dev/null || die "installing build dependencies needs root or sudo"
fi
mkdir -p "$dir/.log" || die "cannot make the folder '$dir'"
dir=$(cd "$dir" && pwd)

export LC_ALL=C DEBIAN_FRONTEND=noninteractive
export DEB_BUILD_PROFILES="nodoc nocheck" # build-dep leaves out what only documentation and tests need
export CFLAGS="-O0 -w" CXXFLAGS="-O0 -w" # the code matters, not its speed
export PATH=$PATH:/usr/sbin:/sbin

apt() { # apt-get that never removes a package and waits for other users of apt
	$as_root env DEBIAN_FRONTEND=noninteractive DEB_BUILD_PROFILES="$DEB_BUILD_PROFILES" apt-get -qq -y \
		--no-remove --no-install-recommends -o DPkg::Lock::Timeout=1800 "$@" </dev/null
}

# Source packages come from where the system's own packages come from: every apt source of this
# release is repeated with deb-src instead of deb, in a file of our own.
enable_sources() {
	local codename added=/etc/apt/sources.list.d/contlint-deb-src
	[ -n "$(apt-cache showsrc --only-source redis 2>/dev/null)" ] && return 0
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -n "$codename" ] || die "/etc/os-release names no release, so apt sources cannot be chosen"
	echo "adding source packages of $codename to apt: $added.sources, $added.list" >&2
	cat /etc/apt/sources.list.d/*.sources 2>/dev/null | grep -v '^#' |
		awk -v suite="$codename" 'BEGIN { RS = ""; ORS = "\n\n" }
			$0 ~ "\nSuites:.*[ \t]" suite && sub(/Types:[^\n]*/, "Types: deb-src")' |
		$as_root tee "$added.sources" >/dev/null
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		grep -E "^deb .* $codename" | sed 's/^deb /deb-src /' |
		$as_root tee "$added.list" >/dev/null
	apt update || die "apt-get update failed"
}

tools() {
	local missing= package
	for package in gcc make pkg-config dpkg-dev cmake ninja-build meson autoconf automake bison python3; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
	done
	[ -z "$missing" ] && return 0
	echo "installing:$missing" >&2
	apt install $missing >/dev/null || die "cannot install:$missing"
}

# unpack SOURCE: $name gets the newest version that the archive really has, with Debian's patches.
unpack() {
	local version pool=$dir/.source/$name
	rm -rf "${dir:?}/$name"
	if ! ls "$pool"/*.dsc >/dev/null 2>&1; then
		for version in $(apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p' | sort -Vru); do
			rm -rf "$pool" && mkdir -p "$pool" || return 1
			(cd "$pool" && apt-get -qq source --download-only --only-source "$1=$version") && break
			rm -f "$pool"/*.dsc
		done
	fi
	ls "$pool"/*.dsc >/dev/null && dpkg-source --no-check --no-copy -x "$pool"/*.dsc "$dir/$name"
}

needs() { # needs SOURCE: installs its build dependencies
	apt build-dep --arch-only -P nodoc,nocheck "$1"
}

# A compiler in front of the compiler: writes down where and how it was called, then is the real one.
make_logger() {
	local cc
	mkdir -p "$dir/.bin"
	cc=$(command -v gcc)
	cat >"$dir/.bin/gcc" <<-END
		#!/bin/sh
		[ -n "\${COMPILER_LOG:-}" ] && printf '%s\\0' "\$PWD" "\$@" '' >"\$COMPILER_LOG/\$\$"
		exec $cc "\$@"
	END
	chmod +x "$dir/.bin/gcc" && ln -sf gcc "$dir/.bin/cc"
}

# logged MAKE-ARGUMENTS...: builds here and writes compile_commands.json from the compiler's log. A
# build that ends early still gives what it compiled.
logged() {
	rm -rf .compiler-log && mkdir .compiler-log
	COMPILER_LOG=$PWD/.compiler-log PATH=$dir/.bin:$PATH nice make -k -j"$jobs" "$@"
	python3 "$here/../compdb.py" from-log .compiler-log compile_commands.json
}

# Sources and headers that the build writes itself have to exist before anyone can parse; nothing
# else of a ninja build is run.
generate() {
	local files
	files=$(ninja -C "$1" -t targets all | sed -n 's/: CUSTOM_COMMAND\(_DEP\)\?$//p' |
		grep -E '\.(h|c|inc|inl|def)$' | sort -u)
	[ -z "$files" ] || nice ninja -C "$1" -k0 -j"$jobs" $files
	cp "$1/compile_commands.json" .
}

with_cmake() {
	nice cmake -S . -B build -G Ninja -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@" && generate build
}

with_meson() {
	nice meson setup build --buildtype=plain -Dwarning_level=0 "$@" && generate build
}

# --- the programs

prepare_redis() {
	unpack redis && needs redis && cd "$dir/redis" || return 1
	logged -C src MALLOC=libc OPTIMIZATION=-O0 V=1
}

prepare_tmux() {
	unpack tmux && needs tmux && cd "$dir/tmux" || return 1
	[ -x configure ] || nice autoreconf -fi || return 1
	nice ./configure && logged V=1
}

prepare_memcached() {
	unpack memcached && needs memcached && cd "$dir/memcached" || return 1
	[ -x configure ] || nice autoreconf -fi || return 1
	nice ./configure --enable-sasl --enable-tls --disable-docs && logged V=1
}

prepare_lighttpd() {
	unpack lighttpd && needs lighttpd && cd "$dir/lighttpd" && with_meson
}

prepare_mosquitto() {
	unpack mosquitto && needs mosquitto && cd "$dir/mosquitto" &&
		with_cmake -DDOCUMENTATION=OFF -DWITH_WEBSOCKETS=ON -DWITH_SYSTEMD=ON
}

prepare_dnsmasq() {
	unpack dnsmasq && needs dnsmasq && cd "$dir/dnsmasq" || return 1
	logged all CFLAGS="$CFLAGS" \
		COPTS="-DHAVE_DBUS -DHAVE_LIBIDN2 -DHAVE_CONNTRACK -DHAVE_DNSSEC"
}

# The programs of libuv's guide (docs/code) are in no build system; each gets a plain command line.
# One of them speaks libcurl; any of its -dev packages will do, and they exclude each other.
prepare_libuv() {
	unpack libuv1 && needs libuv1 && cd "$dir/libuv" || return 1
	pkg-config --exists libcurl || apt install libcurl4-openssl-dev || return 1
	with_cmake -DLIBUV_BUILD_TESTS=OFF &&
		python3 "$here/../compdb.py" add compile_commands.json "$dir/libuv/docs/code" \
			-D_GNU_SOURCE -I"$dir/libuv/include"
}

# --- all of it

[ $# -gt 0 ] || set -- $all
wanted=
for name in "$@"; do
	if [ -z "$force" ] && [ -s "$dir/$name/compile_commands.json" ]; then
		echo "$name: is ready"
	else
		wanted="$wanted $name"
	fi
done
[ -z "$wanted" ] && exit 0
enable_sources
tools
make_logger
failed=0
for name in $wanted; do
	start=$SECONDS
	if (prepare_$name) >"$dir/.log/$name" 2>&1 && [ -s "$dir/$name/compile_commands.json" ]; then
		echo "$name: $(python3 "$here/../compdb.py" count "$dir/$name/compile_commands.json")" \
			"units, prepared in $((SECONDS - start)) s"
	else
		rm -f "$dir/$name/compile_commands.json"
		echo "$name: could not be prepared; $dir/.log/$name says why" >&2
		failed=1
	fi
done
exit $failed
