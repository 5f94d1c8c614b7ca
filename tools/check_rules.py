#!/usr/bin/env python3
"""Every rule of rules.def has its file, bad and good fixtures and limits, and each fixture is of
the house's form: a sentence at its top, at most 40 lines, and comments that fit its name."""
import os
import re

import house

LONGEST = 40


def check_fixture(path, kind, rule):
    text = house.read(path)
    if not text.startswith("/* "):
        yield f"{path}:1: a fixture starts with a sentence that says what happens"
    if text.count("\n") > LONGEST:
        yield f"{path}:{LONGEST + 1}: a fixture has at most {LONGEST} lines"
    if kind == "good" and "// expect" in text:
        yield f"{path}: a good fixture expects nothing"
    if kind == "limits" and not re.search(rf"// expect-(miss|false|low)[^:]*:.*\b{rule}\b", text):
        yield f"{path}: limits show a miss or a false alarm of {rule}"


def names_of(rule):
    """File or folder name without suffix -> the paths of its files."""
    folder = os.path.join(house.ROOT, "fixtures", rule)
    cases = {}
    for path in house.files((".c",), [os.path.join("fixtures", rule)]):
        first = os.path.relpath(os.path.join(house.ROOT, path), folder).split(os.sep)[0]
        cases.setdefault(first.removesuffix(".c"), []).append(path)
    return cases


def check_rule(rule):
    source = f"rules/{rule.replace('-', '_')}.c"
    if not os.path.exists(os.path.join(house.ROOT, source)):
        yield f"{source}: rules.def names this rule, but the file is missing"
    elif f'.id = "{rule}"' not in house.read(source):
        yield f'{source}: the rule\'s id must be "{rule}"'
    kinds = set()
    for case, paths in names_of(rule).items():
        kind = case.split("_")[0]
        kinds.add(kind)
        if kind not in ("bad", "good", "limits"):
            yield f"fixtures/{rule}/{case}: the name starts with bad_, good_ or is limits"
        if kind == "bad" and not any(re.search(rf"// expect[+\-\d]*:.*\b{rule}\b", house.read(path))
                                     for path in paths):
            yield f"fixtures/{rule}/{case}: a bad fixture expects {rule}"
        for path in paths:
            yield from check_fixture(path, kind, rule)
    for kind in ("bad", "good", "limits"):
        if kind not in kinds:
            yield f"fixtures/{rule}: there is no {kind} fixture"


def main():
    rules = [name.replace("_", "-")
             for name in re.findall(r"^RULE\((\w+)\)", house.read("rules/rules.def"), re.M)]
    problems = [] if rules else ["rules/rules.def: no rules found"]
    for rule in rules:
        problems += check_rule(rule)
    for name in sorted(os.listdir(os.path.join(house.ROOT, "fixtures"))):
        folder = os.path.join(house.ROOT, "fixtures", name)
        if os.path.isdir(folder) and name not in rules + ["include", "programs"]:
            problems.append(f"fixtures/{name}: there is no such rule in rules.def")
    house.report(problems)


main()
