#!/usr/bin/env python3
"""Every function of cport.h stands in the manual, once, with the prototype that the header has.

check_manual.py SOURCE_FOLDER
"""
import glob
import os
import re
import sys

PROTOTYPE = re.compile(r"^[a-z][\w \t*]*?\b(cport_\w+)\(([^;{}]*)\);", re.M)


def plain(text):
    return re.sub(r"\s+", " ", text).strip()


def header_prototypes(root):
    with open(os.path.join(root, "runtime", "cport.h"), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/|typedef[^;{]*;", "", file.read(), flags=re.S)
    return {match[1]: plain(match[0]) for match in PROTOTYPE.finditer(text)}


def page_text(page):
    with open(page, encoding="utf-8") as file:
        return file.read()


def page_names(text):
    return re.search(r"\.SH NAME\n(.*) \\- ", text)[1].split(", ")


def page_prototypes(text):
    synopsis = text.split(".SH SYNOPSIS\n")[1].split("\n.fi\n")[0]
    lines = [line.removeprefix(".B ").replace("\\ ", " ") for line in synopsis.split("\n")]
    return {match[1]: plain(match[0]) for match in PROTOTYPE.finditer("\n".join(lines))}


def main():
    wanted, seen, problems = header_prototypes(sys.argv[1]), {}, []
    for page in sorted(glob.glob(os.path.join(sys.argv[1], "docs", "man3", "*.3"))):
        text, base = page_text(page), os.path.basename(page)
        names, prototypes = page_names(text), page_prototypes(text)
        if names[0].split("_")[:2] != base.removesuffix(".3").split("_")[:2]:
            problems.append(f"{base}: begins with {names[0]}")
        if set(names) != set(prototypes):
            problems.append(f"{base}: name and synopsis differ: {set(names) ^ set(prototypes)}")
        for name, prototype in prototypes.items():
            if name in seen:
                problems.append(f"{base}: {name} is in {seen[name]} too")
            if wanted.get(name) != prototype:
                problems.append(f"{base}: the header says: {wanted.get(name)}")
            seen[name] = base
    problems += [f"docs/man3: {name} is missing" for name in sorted(set(wanted) - set(seen))]
    if problems or not wanted:
        sys.exit("\n".join(problems) or "cport.h: no function was found")
    print(f"{len(wanted)} functions")


main()
