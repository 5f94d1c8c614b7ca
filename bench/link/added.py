#!/usr/bin/env python3
"""What some families of rules add to link and judge: each program of prepare.sh is judged without
them and with them, and what link and judge take is compared.

Millions of instructions are counted by callgrind and are the same in each run; CPU seconds are
contlint's own (--timings), the least of all rounds, all on one processor: two of them may differ by
more than the rules add. Facts come from the cache. Which rule is of
which family says `contlint explain --markdown`, so a new rule is never left out of the comparison.
Rules that are off by default stay off, unless --all switches them on.

usage: added.py [--contlint FILE] [--families computes,misuses] [--rounds 5] [--cache FOLDER]
                [--all] [--no-instructions] [PROGRAM...]
  --cache FOLDER      keeps the facts of the programs there for the next time
  --no-instructions   only CPU seconds: valgrind is not needed
"""
import argparse
import glob
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import measure

FINISHED = (0, 1, 3)
TIMING = re.compile(r"^contlint: (\w+) +[0-9.]+ s +cpu +([0-9.]+) s$", re.MULTILINE)
ROW = re.compile(r"^\| \[([a-z-]+)\]\([^)]*\) \| (\w+) \|", re.MULTILINE)
COUNTED = {"link": "program_link", "judge": "judge"}


def must(cost, what):
    if cost.status not in FINISHED:
        sys.exit(f"{what}: ended with {cost.status}: {cost.errors.strip()[-300:]}")
    return cost


def rules_of(contlint, families):
    """The rules of these families, as contlint says itself."""
    rows = ROW.findall(must(measure.run([contlint, "explain", "--markdown"]), "explain").output)
    unknown = set(families) - {family for _, family in rows}
    if unknown:
        sys.exit(f"{', '.join(sorted(unknown))}: no rule is of this family")
    return [rule for rule, family in rows if family in families]


def cpu_seconds(command, folder):
    phase = dict(TIMING.findall(must(measure.run([*command, "--timings"], folder), "check").errors))
    return {name: float(phase[name]) for name in COUNTED}


def instructions(command, folder):
    """Millions of instructions of link and of judge, with all that they call."""
    with tempfile.NamedTemporaryFile(prefix="callgrind-") as out:
        must(measure.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}",
                          *command], folder), "valgrind")
        told = must(measure.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100",
                                 out.name]), "callgrind_annotate").output
    found = {}
    for name, function in COUNTED.items():
        match = re.search(rf"^ *([\d,]+) \([^)]*\)  \S*:{function} ", told, re.MULTILINE)
        if not match:
            sys.exit(f"{function}(): callgrind has not seen it; is contlint built with symbols?")
        found[name] = int(match[1].replace(",", "")) / 1e6
    return found


def least(runs):
    return {name: min(run[name] for run in runs) for name in COUNTED}


def row(name, without, with_them, form):
    before = without["link"] + without["judge"]
    added = with_them["judge"] - without["judge"]
    return " | ".join([name, *(format(value, form) for value in (
        without["link"], without["judge"], with_them["judge"])), f"{added / before:.0%}"])


def total(parts):
    return {name: sum(part[name] for part in parts) for name in COUNTED}


def measured(title, form, programs, ask):
    """Prints a table. `ask` gives what one program takes without the rules, and with them."""
    print(f"\n{title}\n\n| program | link | judge without | judge with | on top |\n|---|---|---|---|---|")
    pairs = []
    for name in programs:
        pairs.append(ask(name))
        print(f"| {row(name, *pairs[-1], form)} |", flush=True)
    print(f"| {row('all', total([a for a, _ in pairs]), total([b for _, b in pairs]), form)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contlint")
    parser.add_argument("--families", default="computes,misuses")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", metavar="FOLDER")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--no-instructions", action="store_true")
    parser.add_argument("programs", metavar="PROGRAM", nargs="*")
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    contlint = measure.find_contlint(options.contlint)
    rules = rules_of(contlint, options.families.split(","))
    programs = options.programs or sorted(
        os.path.basename(os.path.dirname(path))
        for path in glob.glob(measure.CORPUS + "/*/compile_commands.json"))
    if not programs:
        sys.exit(f"{measure.CORPUS}: nothing is prepared there; run bench/real/prepare.sh first")
    with tempfile.TemporaryDirectory(prefix="contlint-added-") as scratch:
        cache = os.path.abspath(options.cache or scratch)

        def commands(name):
            check = [contlint, "check", "-p", ".", "--no-db", "-j", "1", "--cache-dir",
                     os.path.join(cache, name)]
            others = [check + ["--rules", ",".join("-" + rule for rule in rules)]]
            return others + [check + (["--rules", ",".join("+" + rule for rule in rules)]
                                      if options.all else [])]

        def seconds(name):
            folder = os.path.join(measure.CORPUS, name)
            runs = [[cpu_seconds(command, folder) for command in commands(name)]
                    for _ in range(options.rounds)]
            return [least(both) for both in zip(*runs)]

        def counts(name):
            folder = os.path.join(measure.CORPUS, name)
            return [instructions(command, folder) for command in commands(name)]

        for name in programs:
            must(measure.run(commands(name)[0], os.path.join(measure.CORPUS, name)), name)
        print("left out and put back: " + ", ".join(rules))
        measured("CPU seconds", ".3f", programs, seconds)
        if not options.no_instructions:
            measured("millions of instructions", ",.0f", programs, counts)


if __name__ == "__main__":
    main()
