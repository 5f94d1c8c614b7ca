"""What the checks of the house share: our files, and C without its comments."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOMS = ("analyzer", "rules", "reports", "cli", "runtime", "include")


def files(suffixes, rooms=ROOMS):
    """Our files with one of the suffixes, relative to the root, in order."""
    found = []
    for room in rooms:
        for folder, _, names in os.walk(os.path.join(ROOT, room)):
            found += [os.path.relpath(os.path.join(folder, name), ROOT)
                      for name in names if name.endswith(suffixes)]
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace", newline="") as file:
        return file.read()


_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def without_comments(text, keep_strings=False):
    """C text with comments, and strings unless kept, made blank; lines stay where they are."""
    def blank(match):
        token = match.group()
        if keep_strings and token[0] in "\"'":
            return token
        return re.sub(r"[^\n]", " ", token)
    return _TOKEN.sub(blank, text)


def report(problems):
    """Prints the problems and ends the program: 1 if there are any."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
