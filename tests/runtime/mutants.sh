#!/bin/sh
# Breaks one rule of the port core at a time and expects test_port to notice. A mutant that
# survives is a hole in the tests. Usage: mutants.sh COMPILER REPOSITORY SCRATCH-FOLDER
set -eu
compiler=$1 root=$2 scratch=$3
mkdir -p "$scratch"
failed=0

# name | sed script for port.c
while IFS='|' read -r name script; do
	sed "$script" "$root/runtime/port.c" >"$scratch/$name.c"
	if cmp -s "$root/runtime/port.c" "$scratch/$name.c"; then
		echo "$name: the script changes nothing"
		failed=1
		continue
	fi
	$compiler -std=c11 -D_GNU_SOURCE -O1 -I"$root" -I"$root/runtime" -o "$scratch/$name" \
		"$scratch/$name.c" "$root/tests/runtime/test_port.c" -lcmocka
	if timeout 60 "$scratch/$name" >"$scratch/$name.log" 2>&1; then
		echo "$name: survives"
		failed=1
	else
		echo "$name: found by $(grep '^\[  FAILED  \] [a-z]' "$scratch/$name.log" | sort -u | wc -l) tests"
	fi
done <<'EOF'
s13_fifo_waiters|s/struct cport__member \*member = core->newest;/struct cport__member *member = core->newest; while (member \&\& member->older) member = member->older;/
s13_ignores_maximum|s/core->depth == 0 || core->active >= core->max)/core->depth == 0)/
s14_keeps_its_place|/^void cport__core_enter/,/^}/s/core->active--;/;/
s18_exit_keeps_place|/^void cport__core_leave/,/^}/s/core->active--;/;/
s19_block_keeps_place|/^void cport__core_block/,/^}/s/core->active--;/;/
s20_unblock_only_below_maximum|/^void cport__core_unblock/,/^}/s/core->active++;/core->active += core->active < core->max;/
s22_timed_out_is_not_active|/^void cport__core_time_out/,/^}/s/core->active++;/;/
s28_packets_lifo|/^void cport__core_append/,/^}/s/if (core->last)/node->next = core->first; if (1) core->first = node; else if (core->last)/
EOF
exit $failed
