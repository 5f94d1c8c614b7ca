#!/usr/bin/env python3
"""What `cmake --install` puts down works from there: the program finds its models, there is a manual
page for each subcommand, and bash completes.

check_install.py BUILD
"""
import os
import re
import subprocess
import sys
import tempfile

import installed

COMPLETE = """source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _contlint; printf '%s\\n' "${COMPREPLY[@]}" """


def complete(script, *words):
    return subprocess.run(["bash", "-c", COMPLETE, "bash", script, *words], capture_output=True,
                          text=True, check=True).stdout.split()


def check_pages(prefix, commands):
    folder = os.path.join(prefix, "share/man/man1")
    for command in commands:
        path = os.path.join(folder, f"contlint-{command}.1")
        with open(path, encoding="utf-8") as file:
            page = file.read()
        for part in (".Sh NAME", ".Sh DESCRIPTION", f".Nm contlint-{command}"):
            if part not in page:
                yield f"{path}: lacks {part}"
    with open(os.path.join(folder, "contlint-report.1"), encoding="utf-8") as file:
        if "\n.It Fl \\-format Ns = Ns Ar FORMAT[=FILE] , Fl f" not in file.read():
            yield "contlint-report.1 lacks --format"


def check_completion(prefix):
    script = os.path.join(prefix, "share/bash-completion/completions/contlint")
    cases = (
        (("contlint", "rep"), "report"),
        (("contlint", "report", "--form"), "--format"),
        (("contlint", "check", "--format", "sa"), "sarif"),
        (("contlint", "explain", "blocking-d"), "blocking-dns"),
    )
    for words, wanted in cases:
        if wanted not in complete(script, *words):
            yield f"bash does not complete {' '.join(words)} to {wanted}"
    with open(os.path.join(prefix, "share/zsh/site-functions/_contlint"), encoding="utf-8") as file:
        zsh = file.read()
    if not zsh.startswith("#compdef contlint\n") or "*--format=[" not in zsh:
        yield "the completion for zsh lacks --format"


def main():
    with tempfile.TemporaryDirectory(prefix="contlint-install-") as folder:
        prefix = installed.install(os.path.abspath(sys.argv[1]), folder)
        env = installed.environment(prefix)
        version = installed.run(["contlint", "--version"], folder, env)
        if not re.search(r"clang version \d+", version):
            raise SystemExit("--version does not tell libclang's: " + version)
        if "/usr/share/contlint/models" not in installed.run(["contlint", "doctor"], folder, env,
                                                           (0, 1, 2, 3)).replace("/bin/..", ""):
            raise SystemExit("the installed program does not use the installed models")
        commands = re.findall(r"^  ([a-z]+) ", installed.run(["contlint", "--help"], folder, env),
                              re.M)
        problems = [*check_pages(prefix, commands), *check_completion(prefix)]
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
