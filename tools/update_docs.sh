#!/bin/sh
# Writes the pages that are made from the program itself, docs/rules/*.md; with --check it only says
# whether they are up to date.
#
#   tools/update_docs.sh [--check] CONTLINT
set -eu

check=
if [ "${1:-}" = --check ]; then
	check=yes
	shift
fi
if [ $# -ne 1 ]; then
	echo "usage: tools/update_docs.sh [--check] CONTLINT" >&2
	exit 2
fi
contlint=$(realpath "$1")
cd "$(dirname "$0")/.."

new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
"$contlint" explain --markdown >"$new/README.md"
"$contlint" explain | while read -r rule rest; do
	"$contlint" explain --markdown "$rule" >"$new/$rule.md"
done

if [ -z "$check" ]; then
	rm -rf docs/rules
	mkdir -p docs/rules
	cp "$new"/* docs/rules/
elif ! diff -r docs/rules "$new"; then
	echo "docs/rules is not what the rules say: run tools/update_docs.sh CONTLINT" >&2
	exit 1
fi
