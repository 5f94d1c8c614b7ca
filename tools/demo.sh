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

contlint=build/release/cli/contlint
database=build/demo/findings.db

# Shows a command, then runs it.
show()
{
	printf '\n$ %s\n' "$*"
	"$@"
}

# 1 says that there are findings, which is what a demonstration is for.
status=0
show $contlint check -p build/demo --root . --db $database || status=$?
[ "$status" -eq 1 ] || exit "$status"
show $contlint query by-rule --db $database
printf '\nThe findings are in %s: sqlite3 %s\n' $database $database
