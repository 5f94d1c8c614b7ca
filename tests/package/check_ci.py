#!/usr/bin/env python3
"""docs/ci.md keeps what it says: its files are put into a small project and what they run is run,
with an installed contlint.

check_ci.py BUILD
"""
import json
import os
import re
import shutil
import sys
import tempfile

import installed

BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.M | re.S)
STEP = re.compile(r"^ *(?:- run: |- |entry: )((?:cmake|contlint|cat|mkdir|ls|while) .*)$", re.M)

FILES = {
    "include/name.h": "int name_of(const char *host);\n",
    "src/name.c": """#include "name.h"
struct addrinfo;
int getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
int name_of(const char *host)
{
	return getaddrinfo(host, "http", 0, 0);
}
""",
    "src/server.c": """#include "name.h"
typedef struct sd_event sd_event;
typedef struct sd_event_source sd_event_source;
int sd_event_add_io(sd_event *, sd_event_source **, int, unsigned,
	int (*)(sd_event_source *, int, unsigned, void *), void *);
static int accept_cb(sd_event_source *source, int fd, unsigned revents, void *userdata)
{
	return name_of(userdata);
}
int listen_on(sd_event *event, int fd, void *host)
{
	return sd_event_add_io(event, 0, fd, 1, accept_cb, host);
}
""",
    ".contlint.yaml": "",
}


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def need(condition, what):
    if not condition:
        raise SystemExit(what)


class Place:
    """The project with one block of the page."""

    def __init__(self, root, env, blocks, name):
        self.folder = os.path.join(root, re.sub(r"\W", "_", name))
        self.env = dict(env, GITHUB_STEP_SUMMARY=os.path.join(self.folder, "step.md"))
        for path, text in FILES.items():
            write(self.folder, path, text)
        write(self.folder, "CMakeLists.txt", blocks["CMakeLists.txt"])
        if name in blocks:
            write(self.folder, name, blocks[name])

    def run(self, command, codes=(0, 1), **more):
        return installed.run(command, self.folder, dict(self.env, **more), codes, shell=True)

    def steps(self, text, **more):
        return "".join(self.run(step, **more) for step in STEP.findall(text))

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()


NEW = """
int resolve_again(const char *host)
{
	return getaddrinfo(host, "ftp", 0, 0) + name_of(host);
}
"""


def add_new(place):
    """One more place that blocks, called by the continuation."""
    write(place.folder, "src/name.c", FILES["src/name.c"] + NEW)
    write(place.folder, "src/server.c", FILES["src/server.c"].replace(
        "return name_of", "return resolve_again").replace(
        "static int accept_cb", "int resolve_again(const char *host);\nstatic int accept_cb"))


def check_github(place, blocks):
    place.steps(blocks[".github/workflows/contlint.yml"], GITHUB_REF_NAME="main")
    need("getaddrinfo" in place.read("step.md"), "the step summary does not tell the finding")
    log = json.loads(place.read("contlint.sarif"))
    need(len(log["runs"][0]["results"]) == 1, "the SARIF log has not one result")
    gate = STEP.findall(blocks["pull-request-step.yml"])[0]
    place.run(gate, (0,), GITHUB_REF_NAME="12/merge")
    add_new(place)
    said = place.run(gate, (1,), GITHUB_REF_NAME="12/merge")
    need('"ftp"' in said, "the new finding is not told: " + said)


def check_gitlab(place, blocks):
    said = place.steps(blocks[".gitlab-ci.yml"])
    need("[contlint-blocking-dns]" in said, "the job's log does not tell the finding: " + said)
    issue = json.loads(place.read("gl-code-quality.json"))[0]
    need(issue["location"]["path"] == "src/name.c", "GitLab is told another file")


def check_shards(place, blocks):
    extract, _, judge = blocks["sharded/.gitlab-ci.yml"].partition("judge:")
    for index in ("1", "2"):
        place.steps(extract, CI_NODE_TOTAL="2", CI_NODE_INDEX=index)
    need("accept_cb" in place.steps(judge), "the judge does not see a path over both shards")


def check_merged(place, blocks):
    check, _, report = blocks["merged/.gitlab-ci.yml"].partition("report:\n  stage")
    write(place.folder, "src/server.c", FILES["src/server.c"].replace(
        "name_of(userdata)", "usleep(100000)").replace('#include "name.h"',
                                                       "int usleep(unsigned);"))
    for index in ("1", "2"):
        place.steps(check, CI_NODE_TOTAL="2", CI_NODE_INDEX=index)
    said = place.steps(report)
    need("usleep" in said, "the whole does not tell what a shard found: " + said)


def check_cmake(place, blocks):
    said = place.run(blocks["cmake-check.sh"])
    need("[contlint-blocking-dns]" in said, "contlint_check() tells nothing: " + said)
    again = place.run("cmake --build build-check --target contlint-server")
    need("extract" not in again, "an unchanged source is extracted again: " + again)
    write(place.folder, "include/name.h", "/* changed */\n" + FILES["include/name.h"])
    again = place.run("cmake --build build-check --target contlint-server")
    need("extract" in again, "a changed header extracts nothing: " + again)


def check_make(place, blocks):
    need("[contlint-blocking-dns]" in place.run("make -f contlint.mk contlint", (0, 2)),
         "make does not tell the finding")


def check_ninja(place, blocks):
    need("[contlint-blocking-dns]" in place.run("ninja contlint"),
         "ninja does not tell the finding")


def check_hooks(place, blocks):
    place.run("cmake -B build")
    write(place.folder, ".gitignore", "build\n.contlint\nstep.md\n")
    place.run("git init -q . && git add -A && "
              "git -c user.name=a -c user.email=a@b commit -q -m one", (0,))
    hook = STEP.findall(blocks[".pre-commit-config.yaml"])[0]
    place.run(hook, (0,))
    add_new(place)
    place.run("git add -A", (0,))
    said = place.run(hook, (1,))
    need('"ftp"' in said, "the hook does not tell what the commit brings: " + said)
    said = place.run("sh ./pre-commit", (1,))
    need('"ftp"' in said, "the plain hook does not tell what the commit brings: " + said)


CHECKS = (
    (".github/workflows/contlint.yml", None, check_github),
    (".gitlab-ci.yml", None, check_gitlab),
    ("sharded/.gitlab-ci.yml", None, check_shards),
    ("merged/.gitlab-ci.yml", None, check_merged),
    ("cmake-check.sh", "ninja", check_cmake),
    ("contlint.mk", "make", check_make),
    ("build.ninja", "ninja", check_ninja),
    ("pre-commit", "git", check_hooks),
)


def main():
    with open("docs/ci.md", encoding="utf-8") as file:
        blocks = dict(BLOCK.findall(file.read()))
    with tempfile.TemporaryDirectory(prefix="contlint-ci-") as root:
        prefix = installed.install(os.path.abspath(sys.argv[1]), root)
        for name, tool, check in CHECKS:
            if tool and not shutil.which(tool):
                print(f"{name}: left out, there is no {tool}")
                continue
            check(Place(root, installed.environment(prefix), blocks, name), blocks)


main()
