#!/usr/bin/env python3
"""Every rule of rules.def has its file, bad and good fixtures and limits, and each fixture is of
the house's form: a sentence at its top, at most 40 lines, and comments that fit its name. The
variations of one micro-case stand in one folder and may be twice as long; each micro-case has some.
fixtures/cost is of no rule: each of its files expects what functions cost."""
import os
import re

import house

LONGEST = 40
MICRO_CASE = re.compile(r"\bmicro-case (\d+)\b", re.IGNORECASE)
MICRO_CASES = range(1, 31)
OF_NO_RULE = ("cost", "include", "programs")
ELSEWHERE = {16, 19}  # tests of tests/analyzer/test_program.c and tests/cli/test_verify.c


def check_form(path):
    text = house.read(path)
    if not text.startswith("/* "):
        yield f"{path}:1: a fixture starts with a sentence that says what happens"
    longest = LONGEST * 2 if MICRO_CASE.search(text) else LONGEST
    if text.count("\n") > longest:
        yield f"{path}:{longest + 1}: a fixture has at most {longest} lines"


def check_fixture(path, kind, rule):
    yield from check_form(path)
    text = house.read(path)
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
        if kind == "bad" and not any(re.search(rf"// expect(-note)?[+\-\d]*:.*\b{rule}\b", house.read(path))
                                     for path in paths):
            yield f"fixtures/{rule}/{case}: a bad fixture expects {rule}"
        for path in paths:
            yield from check_fixture(path, kind, rule)
    for kind in ("bad", "good", "limits"):
        if kind not in kinds:
            yield f"fixtures/{rule}: there is no {kind} fixture"


def check_costs():
    for path in house.files((".c",), ["fixtures/cost"]):
        yield from check_form(path)
        if not re.search(r"// expect-cost[+\-\d]*:", house.read(path)):
            yield f"{path}: a fixture of costs expects a cost"


def check_micro_cases():
    told = set(ELSEWHERE)
    for path in house.files((".c",), ["fixtures"]):
        told |= {int(number) for number in MICRO_CASE.findall(house.read(path))}
    for number in sorted(set(MICRO_CASES) - told):
        yield f"fixtures: no fixture says that it is of micro-case {number}"


def main():
    rules = [name.replace("_", "-")
             for name in re.findall(r"^RULE\((\w+)\)", house.read("rules/rules.def"), re.M)]
    problems = [] if rules else ["rules/rules.def: no rules found"]
    for rule in rules:
        problems += check_rule(rule)
    problems += check_costs()
    problems += check_micro_cases()
    for name in sorted(os.listdir(os.path.join(house.ROOT, "fixtures"))):
        folder = os.path.join(house.ROOT, "fixtures", name)
        if os.path.isdir(folder) and name not in (*rules, *OF_NO_RULE):
            problems.append(f"fixtures/{name}: there is no such rule in rules.def")
    house.report(problems)


main()
