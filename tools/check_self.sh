#!/bin/sh
# contlint over its own sources must be clean, so that every accepted place has its reason there.
#
#   tools/check_self.sh CONTLINT BUILD_FOLDER
set -eu

if [ $# -ne 2 ]; then
	echo "usage: tools/check_self.sh CONTLINT BUILD_FOLDER" >&2
	exit 2
fi
contlint=$(realpath "$1")
build=$(realpath "$2")
cd "$(dirname "$0")/.."
exec "$contlint" check -p "$build" --no-db --no-cache \
	$(find analyzer rules reports cli runtime -name '*.c' | sort)
