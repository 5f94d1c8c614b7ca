#!/usr/bin/env python3
"""Prints which fixtures stand for which micro-case of the precision checklist, as a Markdown table.

A fixture says so in its first comment ("Micro-case 7: …"); tests say it beside their names. Folders
hold the variations of a case: under other names, by a helper in another file, and by a macro.

usage: cases.py
"""
import os
import re

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
NUMBER = re.compile(r"micro-case (\d+)\b", re.IGNORECASE)
TEST = re.compile(r"^static void (\w+)\(void \*\*state\)", re.MULTILINE)


def sources(folder):
    for where, _, names in os.walk(os.path.join(ROOT, folder)):
        for name in sorted(names):
            if name.endswith(".c"):
                with open(os.path.join(where, name), encoding="utf-8", errors="replace") as file:
                    yield os.path.relpath(os.path.join(where, name), ROOT), file.read()


def collect():
    found = {}
    for path, text in sources("fixtures"):
        place = path if path.count("/") == 2 else os.path.dirname(path)
        for number in NUMBER.findall(text.split("*/", 1)[0]):
            found.setdefault(int(number), set()).add(place.removeprefix("fixtures/"))
    for path, text in sources("tests"):
        for case in NUMBER.finditer(text):
            test = TEST.search(text, case.end())
            if test:
                found.setdefault(int(case[1]), set()).add(f"{path}: {test[1]}")
    return found


def main():
    print("| case | where |\n|---|---|")
    for number, places in sorted(collect().items()):
        print(f"| {number} | {', '.join(f'`{place}`' for place in sorted(places))} |")


if __name__ == "__main__":
    main()
