#!/usr/bin/env python3
"""The manual has every command, and every option of `check`, of which `link` has a part.

check_manual.py CONTLINT
"""
import re
import subprocess
import sys

import house

MANUAL = "docs/contlint.1"


def help_of(*words):
    return subprocess.run([sys.argv[1], *words, "--help"], capture_output=True, text=True,
                          check=True).stdout


def main():
    manual = house.read(MANUAL)
    problems = []
    commands = re.findall(r"^  ([a-z]+)  ", help_of(), re.M)
    options = re.findall(r"--([a-z][a-z-]*)", help_of("check"))
    if not commands or not options:
        problems.append("contlint --help: cannot be understood by this check")
    for command in commands:
        if f"\n.It Cm {command}\n" not in manual:
            problems.append(f"{MANUAL}: the command {command} is missing")
    for option in options:
        if option != "help" and not re.search(rf"Fl -{option}\b", manual):
            problems.append(f"{MANUAL}: the option --{option} of check is missing")
    house.report(problems)


main()
