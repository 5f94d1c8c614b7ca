#!/usr/bin/env python3
"""Compares a cold `contlint check` with `clang -fsyntax-only -w` over the same compile database.

Both run in turn, several rounds, in one go, so that what else the machine does hits both. Compared
is CPU time (user and system, of all processes). Every round has a new database and a new cache; the
second check of a round finds both as the first one left them. The clang is that of the libclang in
use. Flags only gcc knows are found in a first, unmeasured round, which also warms the page cache.

usage: run.py [-r ROUNDS] [-j JOBS] [--contlint FILE] [--clang NAME] [-o OUT.json] [DIR...]
  DIR   folders with a compile_commands.json (default: every one in $CONTLINT_CORPUS)
"""
import argparse
import glob
import json
import os
import re
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import compdb
import measure

PHASES = ("extract", "link", "judge", "store")
TIMING = re.compile(r"^contlint: (" + "|".join(PHASES) + r") +[0-9.]+ s +cpu +([0-9.]+) s$",
                    re.MULTILINE)
FINISHED = (0, 1, 3)  # gate passed, findings, a unit could not be analysed


def check_command(contlint, folder, scratch, jobs):
    return [contlint, "check", "-p", folder, "--db", os.path.join(scratch, "contlint.db"),
            "--cache-dir", os.path.join(scratch, "cache"), "-j", str(jobs), "--timings"]


def check(command, folder):
    cost = measure.run(command, folder)
    if cost.status not in FINISHED:
        sys.exit(f"contlint check -p {folder}: ended with {cost.status}: {cost.errors.strip()[-300:]}")
    return cost


def phases_of(cost):
    """CPU seconds of the phases as --timings tells them."""
    return {name: float(seconds) for name, seconds in TIMING.findall(cost.errors)}


def measure_round(contlint, syntax, units, folder, jobs, clang_first):
    """One cold check, one unchanged check and one clang sweep."""
    result = {}

    def sweep():
        costs = [syntax.check(arguments, directory) for arguments, directory in units]
        result["clang_cpu_s"] = sum(cost.cpu_s for cost in costs)
        result["clang_largest_kib"] = max(cost.largest_kib for cost in costs)

    if clang_first:
        sweep()
    with tempfile.TemporaryDirectory(prefix="contlint-bench-") as scratch:
        command = check_command(contlint, folder, scratch, jobs)
        cold = check(command, folder)
        again = check(command, folder)
    if not clang_first:
        sweep()
    result.update(cold_cpu_s=cold.cpu_s, cold_wall_s=cold.wall_s, again_cpu_s=again.cpu_s,
                  largest_kib=cold.largest_kib, status=cold.status, phases=phases_of(cold))
    return result


def bench(contlint, clang, folder, rounds, jobs):
    entries = compdb.c_units(compdb.load(os.path.join(folder, "compile_commands.json")))
    if not entries:
        sys.exit(f"{folder}: its compile database names no C file")
    units = [(compdb.arguments_of(entry), entry["directory"]) for entry in entries]
    syntax = measure.Syntax(clang)
    broken = sum(syntax.learn(arguments, directory).status != 0 for arguments, directory in units)
    results = [measure_round(contlint, syntax, units, folder, jobs, number % 2 == 1)
               for number in range(rounds)]
    return {"name": os.path.basename(os.path.abspath(folder)), "units": len(units),
            "not_parsed_by_clang": broken, "left_out": sorted(syntax.unknown), "rounds": results}


def both(values):
    return f"{min(values):.2f} / {statistics.median(values):.2f}"


def row(result):
    rounds = result["rounds"]
    column = {key: [one[key] for one in rounds] for key in rounds[0] if key != "phases"}
    ratios = [one["cold_cpu_s"] / one["clang_cpu_s"] for one in rounds]
    again = [one["again_cpu_s"] / one["cold_cpu_s"] for one in rounds]
    late = [sum(seconds for name, seconds in one["phases"].items() if name != "extract") /
            one["cold_cpu_s"] for one in rounds if one["phases"]]
    unparsed = result["not_parsed_by_clang"]
    return [result["name"], str(result["units"]) + (f" ({unparsed} broken)" if unparsed else ""),
            both(column["clang_cpu_s"]), both(column["cold_cpu_s"]),
            f"{min(column['cold_cpu_s']) / min(column['clang_cpu_s']):.2f}"
            f" / {statistics.median(ratios):.2f}",
            f"{100 * statistics.median(late):.1f} %" if late else "not told",
            f"{100 * statistics.median(again):.1f} %",
            f"{max(column['largest_kib']) / 1024:.0f} MB", f"{min(column['cold_wall_s']):.1f} s"]


HEAD = ["program", "units", "clang CPU s, min / median", "cold check CPU s, min / median",
        "ratio of min / median of ratios", "link + judge + store", "unchanged again",
        "largest process", "wall"]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-r", "--rounds", type=int, default=5)
    parser.add_argument("-j", "--jobs", type=int, default=1)
    parser.add_argument("-o", "--out", help="all numbers as JSON")
    parser.add_argument("--contlint")
    parser.add_argument("--clang")
    parser.add_argument("folders", nargs="*", metavar="DIR")
    options = parser.parse_args()
    if options.rounds < 1 or options.jobs < 1:
        parser.error("-r and -j want a number above 0")
    folders = options.folders or sorted(
        os.path.dirname(path) for path in glob.glob(measure.CORPUS + "/*/compile_commands.json"))
    if not folders:
        sys.exit(f"{measure.CORPUS}: nothing is prepared there; run bench/real/prepare.sh first")
    contlint = measure.find_contlint(options.contlint)
    clang = measure.find_clang(contlint, options.clang)
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    results = []
    for folder in folders:
        results.append(bench(contlint, clang, folder, options.rounds, options.jobs))
        print("| " + " | ".join(row(results[-1])) + " |", flush=True)
    if options.out:
        with open(options.out, "w") as file:
            json.dump({"clang": clang, "jobs": options.jobs, "programs": results}, file, indent=1)


if __name__ == "__main__":
    main()
