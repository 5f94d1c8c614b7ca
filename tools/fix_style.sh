#!/bin/sh
# Lets clang-format break the lines that tools/check_style.py finds too wide, and only those. With
# names only these files: tools/fix_style.sh [FILE…]
set -eu

cd "$(dirname "$0")/.."
command -v clang-format >/dev/null || {
	echo "fix_style.sh: needs clang-format" >&2
	exit 1
}
python3 -B tools/check_style.py | sed -n 's/^\([^:]*\):\([0-9]*\): [0-9]* columns.*/\1 \2/p' |
while read -r file line; do
	[ $# -eq 0 ] || printf '%s\n' "$@" | grep -qxF "$file" || continue
	printf '%s %s\n' "$file" "$line"
done | awk '{lines[$1] = lines[$1] " --lines=" $2 ":" $2} END {for (f in lines) print f lines[f]}' |
while read -r file lines; do
	clang-format -i $lines "$file"
	echo "$file"
done
