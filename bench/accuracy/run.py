#!/usr/bin/env python3
"""Asks whether contlint finds real bugs: those of known-bugs.json, each fixed in public history.

Every bug is a commit and its parent. The tree before the fix should be flagged at the place, by one
of the rules listed for it, on a path from the right continuation; the tree after the fix should be
silent there. A finding that shows another path but names a way from the right continuation over the
line of the bug is an alternative, one that only counts it is counted. "At the place" means that the
finding or a step of its path is on one of the lines of `site`. Silent means no such finding after the
fix, and none from a right root with the same function at its end whose path goes over a line that
the fix has written into the file of `site`; a way that a finding names counts like a path. A way over
a line of that file that was there before is another problem than this bug; it is named in the remark.
Bugs whose fix leaves the call where it was (partial, conditional) have no answer for "after".

usage: run.py [--contlint FILE] [-j JOBS] [--keep FOLDER] TREES [ID...]
  TREES   folder with ID/pre and ID/post, the two checkouts, each with a compile_commands.json that
          covers at least the files of the call path; what is not there is listed as not prepared
A library without a loop of its own is checked with what its maintainers would say of it beside
contlint's models: the folder models/ID here, if there is one.

  --keep  leaves ID.pre.txt and ID.post.txt, contlint's output, in FOLDER
Exit: 0 if every prepared bug is found and every answer after the fix is right, 1 if not, 2 usage.
"""
import argparse
import contextlib
import difflib
import json
import os
import re
import sqlite3
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import measure

PLACE = re.compile(r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):\d+: (?P<level>\w+): (?P<text>.*)$")
RULE = re.compile(r" \[contlint-([a-z-]+)\]$")
FINISHED = (0, 1, 3)
HEAD = ["bug", "found", "by", "confidence", "root", "silent after the fix", "remark"]
CONFIDENCE = re.compile(r"^(high|medium|low) confidence ")
EVERYTHING = ["--rules", "*", "--confidence", "low"]


class Finding:
    """One finding of contlint's text: its rule, message, and every place of the path it shows. The
    other ways that it names are asked of the database (is_alternative)."""

    def __init__(self, rule, text, sink):
        self.rule = rule
        self.sink = sink
        self.text = text
        self.confidence = ""
        self.places = set()

    def names(self, function):
        return re.search(r"\b" + re.escape(function) + r"\b", self.text) is not None


def read_findings(output):
    findings = []
    for line in output.splitlines():
        place = PLACE.match(line)
        if not place:
            continue
        rule = RULE.search(place["text"])
        if place["level"] != "note" or rule:
            if not rule:
                continue
            findings.append(Finding(rule[1], place["text"], (place["file"], int(place["line"]))))
        elif place["text"].startswith("also from "):
            continue
        elif findings:
            findings[-1].text += "\n" + place["text"]
            confidence = CONFIDENCE.match(place["text"])
            if confidence:
                findings[-1].confidence = confidence[1]
        if findings:
            findings[-1].places.add((place["file"], int(place["line"])))
    return findings


def own_models(bug):
    """A bug's own models, in a folder named after it."""
    folder = os.path.join(HERE, "models", bug["id"])
    return ["--models", folder] if os.path.isdir(folder) else []


def check(contlint, tree, folder, name, options, more=()):
    """Runs contlint over a tree. Returns its findings and a remark, None and a reason if it failed."""
    command = [contlint, "check", "-p", tree, "--root", tree, "-j", str(options.jobs),
               "--db", os.path.join(folder, name + ".db"), "--cache-dir",
               os.path.join(folder, "cache"), "--explain-confidence", *options.extra, *more]
    cost = measure.run(command, tree)
    with open(os.path.join(folder, name + ".txt"), "w") as file:
        file.write(cost.output + cost.errors)
    if cost.status not in FINISHED:
        return None, f"check ended with {cost.status}: {cost.errors.strip()[-120:]}"
    return read_findings(cost.output), "incomplete" if cost.status == 3 else ""


def in_file(file, bug):
    return file == bug["site"]["file"] or file.endswith("/" + bug["site"]["file"])


def is_site(file, line, bug, lines):
    return line in lines and in_file(file, bug)


def at_site(finding, bug, lines):
    return any(is_site(file, line, bug, lines) for file, line in finding.places)


def from_root(finding, bug):
    return any(finding.names(root) for root in bug["roots"])


def ways_to(contlint, database, findings):
    """The ways from every I/O continuation to the functions of the sinks, one text a way."""
    places = json.dumps([list(finding.sink) for finding in findings])
    functions = measure.run([contlint, "query", "--db", database, "--format", "json", "--sql",
                             "SELECT DISTINCT function FROM findings JOIN json_each(:places) p"
                             " ON file = p.value ->> 0 AND line = p.value ->> 1",
                             f"places={places}"]).output
    for row in json.loads(functions or "[]"):
        ways = measure.run([contlint, "reaches", "--db", database, "--context", "io",
                            row["function"]]).output
        yield from re.split(r"\n(?=\S)", ways)


def is_alternative(database, finding, bug, is_place):
    """Is one of the other ways that the finding names from a right root, over a place of the bug?
    `is_place` is asked with file and line of each step."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        ways = connection.execute(
            "SELECT w.message, w.steps FROM other_way w JOIN findings f ON f.id = w.finding_id"
            " WHERE f.file = ? AND f.line = ? AND f.rule = ?",
            (*finding.sink, finding.rule)).fetchall()
    for message, steps in ways:
        steps = json.loads(steps)
        text = " ".join([message] + [step.get("message", "") for step in steps])
        if any(re.search(r"\b" + re.escape(root) + r"\b", text) for root in bug["roots"]) and \
                any(is_place(step.get("file", ""), step["line"]) for step in steps):
            return True
    return False


def is_counted(contlint, database, findings, bug, lines):
    """A finding shows one path and counts the others; the database knows them all. Is one of them
    from a right root over one of the lines? A home-made loop is the root of what it calls."""
    for way in ways_to(contlint, database, findings):
        if any(re.search(r"\b" + re.escape(root) + r"(\(\)| at )", way)
               for root in bug["roots"]) and \
                (not lines or any(is_site(file, int(line), bug, lines) for file, line in
                                  re.findall(r"^ +(\S+):(\d+): ", way, re.MULTILINE))):
            return True
    return False


def is_before(bug):
    return lambda file, line: is_site(file, line, bug, bug["site"]["pre_lines"])


def judge_before(contlint, database, findings, bug):
    """The best finding at the place: right rule and root, else right rule, else none."""
    right = [finding for finding in findings if finding.rule in bug["rules"]]
    hits = [finding for finding in right if at_site(finding, bug, bug["site"]["pre_lines"])]
    rooted = [finding for finding in hits if from_root(finding, bug)]
    if not rooted and hits:
        rooted = [one for one in hits if is_counted(contlint, database, [one], bug, None)]
    elif not rooted:
        rooted = [one for one in right if is_alternative(database, one, bug, is_before(bug))] or \
                 [one for one in right
                  if is_counted(contlint, database, [one], bug, bug["site"]["pre_lines"])]
    return (rooted or hits or [None])[0], bool(rooted)


def source_of(tree, bug):
    """The file of the site as lines; found by its end where the tree was moved to a folder."""
    for where, _, names in os.walk(tree):
        file = os.path.relpath(os.path.join(where, os.path.basename(bug["site"]["file"])), tree)
        if os.path.basename(file) in names and in_file(file, bug):
            with open(os.path.join(tree, file), encoding="utf-8", errors="replace") as source:
                return source.read().splitlines()
    return []


def written_by_fix(before, after, bug):
    """Numbers of the lines of the site's file in the tree `after` that `before` has not."""
    matcher = difflib.SequenceMatcher(None, source_of(before, bug), source_of(after, bug), False)
    return {number + 1 for tag, _, _, first, last in matcher.get_opcodes() if tag != "equal"
            for number in range(first, last)}


def goes_over(finding, bug, database, is_place):
    """Is a way from a right root to the bug's function, shown or named, over such a line?"""
    return finding.names(bug["sink"]) and (
        from_root(finding, bug) and any(is_place(file, line) for file, line in finding.places) or
        is_alternative(database, finding, bug, is_place))


def judge_after(findings, bug, database, written):
    """By what is printed only: `contlint reaches` lists ways that branches on fork() rule out.
    Returns whether the place is silent, and whether another line of its file is told."""
    lines = set(bug["site"]["post_lines"])
    right = [finding for finding in findings if finding.rule in bug["rules"]]
    told = any(at_site(finding, bug, lines) or
               is_alternative(database, finding, bug,
                              lambda file, line: is_site(file, line, bug, lines)) or
               goes_over(finding, bug, database,
                         lambda file, line: is_site(file, line, bug, written))
               for finding in right)
    return not told, any(goes_over(finding, bug, database, lambda file, _: in_file(file, bug))
                         for finding in right)


def missing_rules(contlint, bug):
    return all(measure.run([contlint, "explain", rule]).status != 0 for rule in bug["rules"])


def root_answer(hit, rooted, bug, database):
    if not hit:
        return ""
    if not rooted:
        return "no"
    if from_root(hit, bug) and at_site(hit, bug, bug["site"]["pre_lines"]):
        return "yes"
    return "alternative" if is_alternative(database, hit, bug, is_before(bug)) else "counted"


def judge(contlint, bug, options, folder):
    """Returns the cells of one row, and the answers: found with root, and silent (None: no answer)."""
    tree = {when: os.path.join(options.trees, bug["id"], when) for when in ("pre", "post")}
    for when, where in tree.items():
        if not os.path.exists(os.path.join(where, "compile_commands.json")):
            return [bug["id"], "", "", "", "", "", f"not prepared: {when}"], None, None
    before, remark = check(contlint, tree["pre"], folder, bug["id"] + ".pre", options,
                           own_models(bug))
    if before is None:
        return [bug["id"], "", "", "", "", "", remark], False, None
    database = os.path.join(folder, bug["id"] + ".pre.db")
    hit, rooted = judge_before(contlint, database, before, bug)
    found, hidden_rooted = "yes" if rooted else "elsewhere" if hit else "no", False
    if not rooted:
        every, _ = check(contlint, tree["pre"], folder, bug["id"] + ".all", options,
                         EVERYTHING + own_models(bug))
        database = os.path.join(folder, bug["id"] + ".all.db")
        hidden, hidden_rooted = judge_before(contlint, database, every or [], bug)
        if hidden and (hidden_rooted or not hit):
            hit, found = hidden, "hidden"
        if not hit and missing_rules(contlint, bug):
            remark = "no rule for it yet"
    silent = None
    if bug["post_expect"] == "clean":
        after, later = check(contlint, tree["post"], folder, bug["id"] + ".post", options,
                             own_models(bug))
        remark = remark or later
        written = written_by_fix(tree["pre"], tree["post"], bug)
        silent, elsewhere = judge_after(after, bug, os.path.join(folder, bug["id"] + ".post.db"),
                                        written) if after is not None else (False, False)
        if silent and elsewhere:
            remark = "; ".join(filter(None, [remark, "another line of the file is told"]))
    answer = {True: "yes", False: "no", None: f"({bug['post_expect']})"}[silent]
    return [bug["id"], found, hit.rule if hit else "", hit.confidence if hit else "",
            root_answer(hit, rooted or hidden_rooted, bug, database), answer, remark], rooted, silent


def table(contlint, bugs, options, folder):
    """Prints a row for each bug. Returns the answers found and silent, without those not asked."""
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    found, silent = [], []
    for bug in bugs:
        if options.ids and bug["id"] not in options.ids:
            continue
        cells, is_found, is_silent = judge(contlint, bug, options, folder)
        print("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |",
              flush=True)
        found += [is_found] if is_found is not None else []
        silent += [is_silent] if is_silent is not None else []
    return found, silent


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contlint")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", metavar="FOLDER")
    parser.add_argument("--extra", action="append", default=[], metavar="OPTION",
                        help="one more option for contlint check, as --extra=--option=value")
    parser.add_argument("trees", metavar="TREES")
    parser.add_argument("ids", nargs="*", metavar="ID")
    options = parser.parse_args()
    options.trees = os.path.abspath(options.trees)
    if not os.path.isdir(options.trees):
        parser.error(f"{options.trees} is no folder")
    with open(os.path.join(HERE, "known-bugs.json")) as file:
        bugs = json.load(file)
    unknown = set(options.ids) - {bug["id"] for bug in bugs}
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))}: not in known-bugs.json")
    contlint = measure.find_contlint(options.contlint)
    with tempfile.TemporaryDirectory(prefix="contlint-known-") as scratch:
        folder = os.path.abspath(options.keep or scratch)
        os.makedirs(folder, exist_ok=True)
        found, silent = table(contlint, bugs, options, folder)
    print(f"\nFound with the right root: {sum(found)} of {len(found)} prepared."
          f" Silent after the fix: {sum(silent)} of {len(silent)} that should be.")
    sys.exit(0 if found and all(found) and all(silent) else 1)


if __name__ == "__main__":
    main()
