#!/usr/bin/env python3
"""Asks whether contlint finds real bugs: those of known-bugs.json, each fixed in public history.

Every bug is a commit and its parent. The tree before the fix should be flagged at the place, by one
of the rules listed for it, on a path from the right continuation; the tree after the fix should be
silent there. "At the place" means that the finding or a step of its path is on one of the lines of
`site`. Silent means no such finding, and none with the same root and the same function at its end.
Bugs whose fix leaves the call where it was (partial, conditional) have no answer for "after".

usage: run.py [--contlint FILE] [-j JOBS] [--keep FOLDER] TREES [ID...]
  TREES   folder with ID/pre and ID/post, the two checkouts, each with a compile_commands.json that
          covers at least the files of the call path; what is not there is listed as not prepared
  --keep  leaves ID.pre.txt and ID.post.txt, contlint's output, in FOLDER
Exit: 0 if every prepared bug is found and every answer after the fix is right, 1 if not, 2 usage.
"""
import argparse
import json
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import measure

PLACE = re.compile(r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):\d+: (?P<level>\w+): (?P<text>.*)$")
RULE = re.compile(r" \[contlint-([a-z-]+)\]$")
FINISHED = (0, 1, 3)
HEAD = ["bug", "found", "by", "root", "silent after the fix", "remark"]


class Finding:
    """One finding of contlint's text: its rule, message, and every place of its path."""

    def __init__(self, rule, text):
        self.rule = rule
        self.text = text
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
            findings.append(Finding(rule[1], place["text"]))
        elif findings:
            findings[-1].text += "\n" + place["text"]
        if findings:
            findings[-1].places.add((place["file"], int(place["line"])))
    return findings


def check(contlint, tree, jobs, extra, keep):
    """Runs contlint over a tree. Returns its findings and a remark, None and a reason if it failed."""
    with tempfile.TemporaryDirectory(prefix="contlint-known-") as scratch:
        command = [contlint, "check", "-p", tree, "--db", os.path.join(scratch, "contlint.db"),
                   "-j", str(jobs), *extra]
        for option in ("--cache-dir", "--cache"):
            if measure.has_option(contlint, "check", option):
                command += [option, os.path.join(scratch, "cache")]
                break
        cost = measure.run(command, tree)
    if keep:
        with open(keep, "w") as file:
            file.write(cost.output + cost.errors)
    if cost.status not in FINISHED:
        return None, f"check ended with {cost.status}: {cost.errors.strip()[-120:]}"
    return read_findings(cost.output), "incomplete" if cost.status == 3 else ""


def at_site(finding, bug, lines):
    return any(line in lines and (file == bug["site"]["file"] or
                                  file.endswith("/" + bug["site"]["file"]))
               for file, line in finding.places)


def from_root(finding, bug):
    return any(finding.names(root) for root in bug["roots"])


def judge_before(findings, bug):
    """The best finding at the place: right rule and root, else right rule, else none."""
    hits = [finding for finding in findings
            if finding.rule in bug["rules"] and at_site(finding, bug, bug["site"]["pre_lines"])]
    rooted = [finding for finding in hits if from_root(finding, bug)]
    return (rooted or hits or [None])[0], bool(rooted)


def judge_after(findings, bug):
    return not any(finding.rule in bug["rules"] and
                   (at_site(finding, bug, bug["site"]["post_lines"]) or
                    from_root(finding, bug) and finding.names(bug["sink"]))
                   for finding in findings)


def missing_rules(contlint, bug):
    return all(measure.run([contlint, "explain", rule]).status != 0 for rule in bug["rules"])


def judge(contlint, bug, options):
    """Returns the cells of one row, and the answers: found with root, and silent (None: no answer)."""
    output = {}
    for when in ("pre", "post"):
        tree = os.path.join(options.trees, bug["id"], when)
        if not os.path.exists(os.path.join(tree, "compile_commands.json")):
            return [bug["id"], "", "", "", "", f"not prepared: {when}"], None, None
        keep = options.keep and os.path.join(options.keep, f"{bug['id']}.{when}.txt")
        output[when] = check(contlint, tree, options.jobs, options.extra, keep)
    (before, remark), (after, later) = output["pre"], output["post"]
    if before is None or after is None:
        return [bug["id"], "", "", "", "", remark if before is None else later], False, False
    hit, rooted = judge_before(before, bug)
    if not hit and missing_rules(contlint, bug):
        remark = "no rule for it yet"
    silent = judge_after(after, bug) if bug["post_expect"] == "clean" else None
    answer = {True: "yes", False: "no", None: f"({bug['post_expect']})"}[silent]
    return [bug["id"], "yes" if hit else "no", hit.rule if hit else "",
            ("yes" if rooted else "no") if hit else "", answer, remark], rooted, silent


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
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    contlint = measure.find_contlint(options.contlint)
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    found, silent = [], []
    for bug in bugs:
        if options.ids and bug["id"] not in options.ids:
            continue
        cells, is_found, is_silent = judge(contlint, bug, options)
        print("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |",
              flush=True)
        found += [is_found] if is_found is not None else []
        silent += [is_silent] if is_silent is not None else []
    print(f"\nFound with the right root: {sum(found)} of {len(found)} prepared."
          f" Silent after the fix: {sum(silent)} of {len(silent)} that should be.")
    sys.exit(0 if found and all(found) and all(silent) else 1)


if __name__ == "__main__":
    main()
