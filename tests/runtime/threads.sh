#!/bin/sh
# Builds the runtime and some of its tests with ThreadSanitizer and runs them on both backends. 77
# where the compiler has none. Usage: threads.sh CMAKE COMPILER REPOSITORY SCRATCH-FOLDER
set -eu
cmake=$1 compiler=$2 root=$3 scratch=$4

mkdir -p "$scratch"
echo 'int main(void) { return 0; }' >"$scratch/empty.c"
"$compiler" -fsanitize=thread -o "$scratch/empty" "$scratch/empty.c" && "$scratch/empty" || exit 77

"$cmake" -S "$root/runtime" -B "$scratch/build" -DCMAKE_C_COMPILER="$compiler" \
	-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS=-fsanitize=thread >"$scratch/log"
"$cmake" --build "$scratch/build" --target test_runtime_port test_runtime_refinement \
	test_runtime_race test_runtime_task >>"$scratch/log" 2>&1 || {
	tail -20 "$scratch/log"
	exit 1
}
cd "$scratch"
build/tests/test_runtime_port
CPORT_REFINE=170000 build/tests/test_runtime_refinement uring # a million steps of six threads
for backend in uring epoll; do
	for module in race task; do
		r=0
		"build/tests/test_runtime_$module" "$backend" || r=$?
		[ "$r" = 0 ] || [ "$r" = 77 ] || exit "$r"
	done
done
