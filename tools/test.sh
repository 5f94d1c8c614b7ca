#!/bin/sh
# Everything that must hold before a change is taken: installs what is missing, builds with ASan,
# UBSan and -Werror, and runs all tests. Arguments go to ctest: tools/test.sh -R fixture/
#
# CONTLINT_BUILD names another build folder (default build/check), JOBS another number of jobs.
set -eu

cd "$(dirname "$0")/.."
build=${CONTLINT_BUILD:-build/check}
jobs=${JOBS:-$(nproc)}

tools/install-packages.sh test

# Microsoft's validator of SARIF logs; without it its test is skipped.
if command -v npm >/dev/null && [ ! -d build/npm/node_modules ]; then
	timeout 180 npm install --prefix build/npm --no-audit --no-fund --fetch-retries 0 \
		@microsoft/sarif-multitool@5.7.0 ||
		echo "test.sh: no SARIF multitool from npm: reports/sarif will be skipped"
fi

launcher=
if command -v ccache >/dev/null; then
	launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
fi
cmake --preset check -B "$build" $launcher
cmake --build "$build" -j "$jobs"

# A leak is a failure. Coloured or paged output of the caller's settings would change what is
# compared.
export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
unset NO_COLOR TERM || true
exec ctest --test-dir "$build" -j "$jobs" --output-on-failure --timeout 300 "$@"
