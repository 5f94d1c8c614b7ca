#!/usr/bin/env python3
"""Runs `contlint check` over the programs of prepare.sh and prints a Markdown table of what came out.

Every check starts with a new database and a new cache. Lines are those of the distinct C files in
the compile database, headers not counted. A program whose check ends early gets a row that says so.
Calls through pointers that only somebody outside the program can set are told apart; the percentage
inside continuations is of the others.

usage: run.py [-j JOBS] [--contlint FILE] [--keep FOLDER] [NAME...]
  --keep FOLDER   leaves NAME.txt (findings), NAME.err (summary) and NAME.db there
  NAME            of the programs in $CONTLINT_CORPUS (default: all of them)
"""
import argparse
import collections
import contextlib
import glob
import os
import re
import shutil
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import compdb
import measure

FINDING = re.compile(r"^\S.*:\d+:\d+: (?:error|warning|remark): .* \[contlint-([a-z-]+)\]$",
                     re.MULTILINE)
COVERAGE = re.compile(r"indirect calls? (.*?); [0-9.]+ s$", re.MULTILINE)
HIDDEN = re.compile(r"not shown: (\d+)")
CONTINUATIONS = re.compile(r"(\d+) continuations?")
ENDINGS = {0: "gate passed", 1: "findings", 3: "incomplete"}
HEAD = ["program", "units", "lines of C", "continuations", "findings", "by rule", "not shown",
        "wall s", "CPU s", "largest process", "end", "indirect calls", "inside continuations"]


def check(contlint, folder, scratch, jobs):
    return measure.run([contlint, "check", "-p", folder, "--db",
                        os.path.join(scratch, "contlint.db"), "--cache-dir",
                        os.path.join(scratch, "cache"), "-j", str(jobs)], folder)


def keep(folder, name, cost, scratch):
    os.makedirs(folder, exist_ok=True)
    for ending, text in ((".txt", cost.output), (".err", cost.errors)):
        with open(os.path.join(folder, name + ending), "w") as file:
            file.write(text)
    database = os.path.join(scratch, "contlint.db")
    if os.path.exists(database):
        shutil.copy(database, os.path.join(folder, name + ".db"))


def inside_continuations(scratch):
    """What the database says of the calls through pointers that the loop's threads make."""
    database = os.path.join(scratch, "contlint.db")
    if not os.path.exists(database):
        return "not told"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        found = connection.execute(
            "SELECT io_indirect_calls, io_indirect_resolved, io_indirect_outside,"
            " io_indirect_cut, io_indirect_unresolved FROM coverage"
            " ORDER BY run_id DESC LIMIT 1").fetchone()
    if not found:
        return "not told"
    calls, resolved, outside, cut, unresolved = found
    rest = "".join(f", {count} {what}" for count, what in
                   ((outside, "from outside"), (cut, "cut"), (unresolved, "unresolved")) if count)
    share = f" ({100 * resolved / (calls - outside):.0f} %)" if calls > outside else ""
    return f"{resolved} of {calls}{rest}{share}"


def row(name, entries, cost, scratch):
    rules = collections.Counter(FINDING.findall(cost.output))
    coverage, hidden = COVERAGE.search(cost.errors), HIDDEN.search(cost.errors)
    continuations = CONTINUATIONS.search(cost.errors)
    end = ENDINGS.get(cost.status, f"exit {cost.status}: {cost.errors.strip()[-100:]}")
    return [name, str(len(entries)), f"{compdb.count_lines(entries):,}",
            continuations[1] if continuations else "not told", str(sum(rules.values())),
            ", ".join(f"{rule} {count}" for rule, count in rules.most_common()) or "none",
            hidden[1] if hidden else "0",
            f"{cost.wall_s:.1f}", f"{cost.cpu_s:.1f}", f"{cost.largest_kib / 1024:.0f} MB", end,
            coverage[1] if coverage else "not told", inside_continuations(scratch)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--contlint")
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    if options.jobs < 1:
        parser.error("-j wants a number above 0")
    prepared = sorted(os.path.basename(os.path.dirname(path))
                      for path in glob.glob(measure.CORPUS + "/*/compile_commands.json"))
    if not prepared:
        sys.exit(f"{measure.CORPUS}: nothing is prepared there; run bench/real/prepare.sh first")
    for name in options.names:
        if name not in prepared:
            sys.exit(f"{name}: is not prepared; ready are: {' '.join(prepared)}")
    contlint = measure.find_contlint(options.contlint)
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    for name in options.names or prepared:
        folder = os.path.join(measure.CORPUS, name)
        entries = compdb.c_units(compdb.load(os.path.join(folder, "compile_commands.json")))
        with tempfile.TemporaryDirectory(prefix="contlint-bench-") as scratch:
            cost = check(contlint, folder, scratch, options.jobs)
            if options.keep:
                keep(options.keep, name, cost, scratch)
            told = row(name, entries, cost, scratch)
        cells = [cell.replace("|", "\\|").replace("\n", " ") for cell in told]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
