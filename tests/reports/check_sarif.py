#!/usr/bin/env python3
"""SARIF logs before Microsoft's validator: no remark by its rules "Sarif" and "Ghas", which include
the JSON schema, and the same line hashes as it computes. Its exit code says nothing: its log does.

check_sarif.py CONTLINT

The validator is the npm package @microsoft/sarif-multitool: below node_modules here, or where
CONTLINT_SARIF says.
"""
import json
import os
import subprocess
import sys
import tempfile

import project

PLACES = ("node_modules", "build/npm/node_modules")
TOOL = "@microsoft/sarif-multitool-linux/Sarif.Multitool"


def find_tool():
    places = [os.path.join(place, TOOL) for place in PLACES]
    return next((os.path.abspath(path) for path in [os.environ.get("CONTLINT_SARIF", ""), *places]
                 if os.access(path, os.X_OK) and os.path.isfile(path)), None)


def run_tool(tool, folder, *words):
    environment = dict(os.environ, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1")
    return subprocess.run([tool, *words], cwd=folder, env=environment, capture_output=True,
                          text=True, timeout=240)


def read(path):
    with open(path, encoding="utf-8-sig") as file:
        return json.load(file)


def validate(tool, folder, log):
    out = os.path.join(folder, log + ".remarks")
    done = run_tool(tool, folder, "validate", "--rule-kind", "Sarif;Ghas", "-o", out, log)
    if not os.path.exists(out):
        return [f"{log}: the validator wrote no log: {done.stdout}{done.stderr}"]
    return [f"{log}: {remark['ruleId']}: {json.dumps(remark['message'])}"
            for run in read(out)["runs"] for remark in run.get("results", [])]


def hashes(log):
    return [result["partialFingerprints"]["primaryLocationLineHash"]
            for result in read(log)["runs"][0]["results"]]


def compare_hashes(tool, folder, log):
    """The validator gives hashes only to results that have none."""
    path, bare = os.path.join(folder, log), os.path.join(folder, "bare.sarif")
    ours, content = hashes(path), read(path)
    for result in content["runs"][0]["results"]:
        del result["partialFingerprints"]
    with open(bare, "w", encoding="utf-8") as file:
        json.dump(content, file)
    done = run_tool(tool, folder, "rewrite", "--insert", "RollingHashPartialFingerprints", "-o",
                    os.path.join(folder, "hashed.sarif"), bare)
    try:
        theirs = hashes(os.path.join(folder, "hashed.sarif"))
    except (OSError, KeyError) as error:
        return [f"the validator makes no line hashes ({error}): {done.stdout}{done.stderr}"]
    return [] if ours == theirs else [f"line hashes differ: {ours} and {theirs}"]


def main():
    tool = find_tool()
    if not tool:
        print("skipped: there is no SARIF multitool (npm install @microsoft/sarif-multitool)")
        sys.exit(77)
    contlint, problems = os.path.abspath(sys.argv[1]), []
    with tempfile.TemporaryDirectory(prefix="contlint-sarif-") as folder:
        project.write(folder, name="proxy server.c")
        project.contlint(contlint, folder, "check", "-q", "--format", "sarif=full.sarif",
                         "--format", "sarif:github=github.sarif", expect=1)
        for log in ("full.sarif", "github.sarif"):
            problems += validate(tool, folder, log)
        problems += compare_hashes(tool, folder, "full.sarif")
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
