#!/usr/bin/env python3
"""What a machine can see of STYLE without knowing C: tabs, width, ends of lines, how a file
begins, guards of headers."""
import os
import re

import house

WIDTH = 100
TAB = 8
MACHINE_PATH = re.compile(r"(?<![\w.])/(work/|root/|home/\w)")


def width_of(line):
    column = 0
    for letter in line:
        column += TAB - column % TAB if letter == "\t" else 1
    return column


def check_line(line):
    if width_of(line) > WIDTH:
        yield f"{width_of(line)} columns, at most {WIDTH}"
    if line != line.rstrip():
        yield "blanks at the end"
    if line.startswith(" " * 8):
        yield "indented with blanks instead of tabs"
    if "\r" in line:
        yield "a carriage return"


def check_file(path):
    text = house.read(path)
    lines = text.split("\n")
    if not text.startswith("/*"):
        yield f"{path}:1: the first paragraph says what the file is for"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{path}:{len(lines)}: ends with one newline"
    for number, line in enumerate(lines, 1):
        for problem in check_line(line):
            yield f"{path}:{number}: {problem}"
    if path.endswith(".h"):
        name = re.sub(r"\W", "_", os.path.basename(path).upper())
        if not re.search(rf"#ifndef (\w*{name})\n#define \1\n", text):
            yield f"{path}: it needs a guard that ends in {name}"


def check_text(path):
    for number, line in enumerate(house.read(path).split("\n"), 1):
        if MACHINE_PATH.search(line):
            yield f"{path}:{number}: names a path of one machine"


def main():
    rooms = house.ROOMS + ("tests", "fixtures", "bench")
    problems = []
    for path in house.files((".c", ".h"), rooms):
        problems += check_file(path)
    for path in house.files((".md", ".yaml", ".py", ".sh", ".txt", ".cmake"),
                            ("docs", "rules", "cmake", "fixtures")):
        problems += check_text(path)
    house.report(problems)


main()
