#!/bin/sh
# Builds contlint and shows what it says about a small server, fixtures/programs/relay.
set -eu

cd "$(dirname "$0")/.."
tools/install-packages.sh build

launcher=
if command -v ccache >/dev/null; then
	launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
fi
cmake --preset release $launcher
cmake --build --preset release -j "${JOBS:-$(nproc)}"
cmake -S fixtures/programs/relay -B build/demo -G Ninja >/dev/null

echo
echo '$ build/release/cli/contlint check -p build/demo'
status=0
build/release/cli/contlint check -p build/demo || status=$?
# 1 says that there are findings, which is what a demonstration is for.
[ "$status" -eq 1 ] || exit "$status"
echo "The findings are in .contlint/contlint.db, a SQLite database."
