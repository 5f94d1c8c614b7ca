#!/bin/sh
# Breaks one rule of the runtime at a time and expects its test to notice. A mutant that survives is
# a hole in the tests. Usage: mutants.sh COMPILER REPOSITORY SCRATCH-FOLDER [NAME]
set -eu
compiler="$1 -std=c11 -D_GNU_SOURCE -O1 -I$2 -I$2/runtime" root=$2 scratch=$3 only=${4:-}
failed=0
rm -rf "$scratch"
mkdir -p "$scratch/whole"

# The test of the core needs no other file; each other one needs the whole runtime, compiled once.
build() { # test mutant source
	if [ "$1" = port ]; then
		$compiler -o "$2" "$2.c" "$root/tests/runtime/test_port.c" -lcmocka
		return
	fi
	if [ ! -e "$scratch/whole/port.o" ]; then
		(cd "$scratch/whole" && $compiler -pthread -c $(ls "$root"/runtime/*.c | grep -v /untraced.c))
	fi
	$compiler -pthread -o "$2" "$2.c" "$root/tests/runtime/test_$1.c" \
		$(ls "$scratch"/whole/*.o | grep -v "/$3.o") -luring -lcmocka
}

# name|file of the runtime|test|sed script
while IFS='|' read -r name source test script; do
	[ -z "$only" ] || [ "$only" = "$name" ] || continue
	sed "$script" "$root/runtime/$source.c" >"$scratch/$name.c"
	if cmp -s "$root/runtime/$source.c" "$scratch/$name.c"; then
		echo "$name: the script changes nothing"
		failed=1
		continue
	fi
	build "$test" "$scratch/$name" "$source"
	if timeout 120 "$scratch/$name" epoll >"$scratch/$name.log" 2>&1; then
		echo "$name: survives"
		failed=1
	else
		echo "$name: found by" $(sed -n 's/^\[  FAILED  \] \([a-z].*\)/\1/p' "$scratch/$name.log" | sort -u)
	fi
done <<'EOF'
s13_fifo_waiters|port|port|s/struct cport__member \*member = core->newest;/struct cport__member *member = core->newest; while (member \&\& member->older) member = member->older;/
s13_ignores_maximum|port|port|s/core->depth == 0 || core->active >= core->max)/core->depth == 0)/
s14_keeps_its_place|port|port|/^void cport__core_enter/,/^}/s/core->active--;/;/
s18_exit_keeps_place|port|port|/^void cport__core_leave/,/^}/s/core->active--;/;/
s19_block_keeps_place|port|port|/^void cport__core_block/,/^}/s/core->active--;/;/
s20_unblock_only_below_maximum|port|port|/^void cport__core_unblock/,/^}/s/core->active++;/core->active += core->active < core->max;/
s21_unblock_raises_maximum|port|port|/^void cport__core_unblock/,/^}/s/core->active++;/if (++core->active > core->max) core->max = core->active;/
s21_unblock_raises_maximum_of_threads|port|scheduling|/^void cport__core_unblock/,/^}/s/core->active++;/if (++core->active > core->max) core->max = core->active;/
s22_timed_out_is_not_active|port|port|/^void cport__core_time_out/,/^}/s/core->active++;/;/
s28_packets_lifo|port|port|/^void cport__core_append/,/^}/s/if (core->last)/node->next = core->first; if (1) core->first = node; else if (core->last)/
s58_retires_with_operations|pool|charge|/^static bool may_retire/,/^}/s/in_flight\[ctx->slot\], __ATOMIC_ACQUIRE) > 0/in_flight[ctx->slot], __ATOMIC_ACQUIRE) > UINT32_MAX - 1/
EOF
exit $failed
