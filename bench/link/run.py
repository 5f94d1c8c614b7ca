#!/usr/bin/env python3
"""What linking and judging costs as programs grow: joins the programs of prepare.sh 1, 2, 4 and 8
times, each copy under names of its own, and runs `contlint link` over all of them as one program.

CPU seconds of the phases are contlint's own (--timings); memory is the largest the process had. The
copies are made by copy_facts: cmake --build build/release --target copy_facts

usage: run.py [--contlint FILE] [--copies 1,2,4,8] [--cache FOLDER] COPY_FACTS
  --cache FOLDER   keeps the facts of the programs there for the next time
"""
import argparse
import glob
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import compdb
import measure

FINISHED = (0, 1, 3)
TIMING = re.compile(r"^contlint: (\w+) +[0-9.]+ s +cpu +([0-9.]+) s$", re.MULTILINE)
HEAD = ["copies", "units", "lines of C", "facts", "read CPU s", "link CPU s", "judge CPU s",
        "link + judge a million lines", "largest memory", "findings"]


def must(cost, what):
    if cost.status not in FINISHED:
        sys.exit(f"{what}: ended with {cost.status}: {cost.errors.strip()[-300:]}")
    return cost


def facts_of(contlint, name, cache):
    """Fills a cache folder with the facts of a program; the paths of its files."""
    folder = os.path.join(measure.CORPUS, name)
    must(measure.run([contlint, "check", "-p", folder, "--no-db", "--cache-dir", cache, "-q"],
                     folder), f"check of {name}")
    return [path for path in glob.glob(cache + "/**/*", recursive=True) if os.path.isfile(path)]


def copy(copy_facts, name, into, files):
    must(measure.run([copy_facts, name, into, *files]), f"copy {name}")


def link(contlint, folder, copies, lines):
    files = sorted(glob.glob(folder + "/*"))
    cost = must(measure.run([contlint, "link", "--no-db", "--timings", "--root", folder, *files],
                            folder), "contlint link")
    phase = {name: float(seconds) for name, seconds in TIMING.findall(cost.errors)}
    late = phase["link"] + phase["judge"]
    return [str(copies), str(len(files)), f"{copies * lines:,}",
            f"{sum(os.path.getsize(file) for file in files) / 1e6:.0f} MB",
            f"{phase['read']:.2f}", f"{phase['link']:.2f}", f"{phase['judge']:.2f}",
            f"{late / (copies * lines) * 1e6:.2f} s", f"{cost.largest_kib / 1024:.0f} MB",
            str(len(re.findall(r" \[contlint-[a-z-]+\]$", cost.output, re.MULTILINE)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contlint")
    parser.add_argument("--copies", default="1,2,4,8")
    parser.add_argument("--cache", metavar="FOLDER")
    parser.add_argument("copy_facts", metavar="COPY_FACTS")
    options = parser.parse_args()
    contlint = measure.find_contlint(options.contlint)
    copy_facts = os.path.abspath(options.copy_facts)
    names = sorted(os.path.basename(os.path.dirname(path))
                   for path in glob.glob(measure.CORPUS + "/*/compile_commands.json"))
    if not names:
        sys.exit(f"{measure.CORPUS}: nothing is prepared there; run bench/real/prepare.sh first")
    with tempfile.TemporaryDirectory(prefix="contlint-link-") as scratch:
        cache = os.path.abspath(options.cache or os.path.join(scratch, "cache"))
        programs = {name: facts_of(contlint, name, os.path.join(cache, name)) for name in names}
        lines = sum(compdb.count_lines(compdb.c_units(compdb.load(
            os.path.join(measure.CORPUS, name, "compile_commands.json")))) for name in names)
        print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
        made = 0
        joined = os.path.join(scratch, "joined")
        os.makedirs(joined)
        for copies in sorted(int(word) for word in options.copies.split(",")):
            while made < copies:
                made += 1
                for name, files in programs.items():
                    copy(copy_facts, f"{name}{made}", joined, files)
            print("| " + " | ".join(link(contlint, joined, copies, lines)) + " |", flush=True)


if __name__ == "__main__":
    main()
