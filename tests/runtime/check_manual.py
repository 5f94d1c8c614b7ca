#!/usr/bin/env python3
"""Every function of cport.h stands in the manual, once, with the prototype that the header has; and
every promise of cport(7) has a test with its number, or is listed as a deviation.

check_manual.py SOURCE_FOLDER
"""
import glob
import os
import re
import sys

PROMISES = 65
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


def numbers(texts):
    return {int(number) for text in texts for number in re.findall(r"[sS](\d+)", text)}


def tested_promises(root):
    names = []
    for path in glob.glob(os.path.join(root, "tests", "runtime", "test_*.c")):
        with open(path, encoding="utf-8") as file:
            names += re.findall(r"(?:CASE|cmocka_unit_test\w*)\(((?:s\d+_)+)", file.read())
    return numbers(names)


def promise_problems(root):
    text = page_text(os.path.join(root, "docs", "cport.7"))
    promises = text.split(".SH PROMISES\n")[1].split(".SH DEVIATIONS\n")[0]
    deviations = text.split(".SH DEVIATIONS\n")[1].split(".SH ENVIRONMENT\n")[0]
    promised = numbers(re.findall(r"^\.IP (S\d+)$", promises, re.M))
    deviating = numbers(re.findall(r'^\.IP "(S.*?)"$', deviations, re.M))
    problems = [f"cport.7: S{n} has no test of its number"
                for n in sorted(promised - tested_promises(root))]
    problems += [f"cport.7: S{n} is neither promised nor a deviation"
                 for n in range(1, PROMISES + 1) if n not in promised | deviating]
    return problems


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
    problems += promise_problems(sys.argv[1])
    if problems or not wanted:
        sys.exit("\n".join(problems) or "cport.h: no function was found")
    print(f"{len(wanted)} functions")


main()
