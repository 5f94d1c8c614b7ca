"""What the benchmarks share: finding the contlint to measure, running a command and telling what it
cost, and turning an entry of a compile database into a clang command."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

BENCH = os.path.dirname(os.path.abspath(__file__))
BUILDS = ("release", "build/release", "build", "build-release")  # below the source tree
CORPUS = os.environ.get("CONTLINT_CORPUS") or os.path.join(BENCH, "real", "corpus")


class Cost:
    """What one run cost. CPU and memory count the command and all processes it waited for;
    `largest_kib` is the largest of them, not their sum."""

    def __init__(self, status, wall_s, usage, output, errors):
        self.status = status
        self.wall_s = wall_s
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.largest_kib = usage.ru_maxrss
        self.output = output
        self.errors = errors


def run(command, directory=None):
    """Runs a command to its end and returns its Cost."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        try:
            child = subprocess.Popen(command, cwd=directory, stdout=output, stderr=errors,
                                     stdin=subprocess.DEVNULL)
        except OSError as error:
            sys.exit(f"{command[0]}: cannot be run: {error.strerror}")
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return Cost(child.returncode, wall_s, usage, output.read().decode(errors="replace"),
                    errors.read().decode(errors="replace"))


def find_contlint(given=None):
    """The binary to measure: as given, $CONTLINT, a build beside bench/, or the one on PATH."""
    given = given or os.environ.get("CONTLINT")
    if given:
        if not shutil.which(given):
            sys.exit(f"{given}: is no program that can be run")
        return os.path.abspath(shutil.which(given))
    for build in BUILDS:
        for place in ("contlint", "cli/contlint"):
            path = os.path.join(BENCH, "..", build, place)
            if os.access(path, os.X_OK):
                return os.path.abspath(path)
    if shutil.which("contlint"):
        return shutil.which("contlint")
    sys.exit("contlint: not found; build it, or say where it is with $CONTLINT")


def find_clang(contlint, given=None):
    """The clang of the libclang that contlint was built with, so that both parse alike."""
    if given:
        if not shutil.which(given):
            sys.exit(f"{given}: is no program that can be run")
        return given
    for words in (["doctor"], ["--version"]):
        cost = run([contlint, *words])
        match = re.search(r"(?:clang|LLVM)[^0-9\n]{0,40}(\d\d)\b", cost.output + cost.errors)
        if match and shutil.which("clang-" + match[1]):
            return "clang-" + match[1]
    sys.exit("clang: the version that contlint uses is not installed; say which with --clang")


# What a clang that only checks has no use for; some of these take the next argument with them.
ALONE = {"-c", "-MD", "-MMD", "-MP", "-MG", "-M", "-MM", "-pipe", "-S", "-E", "-fanalyzer", "-Werror"}
WITH_NEXT = {"-o", "-MF", "-MT", "-MQ", "-MJ"}
UNKNOWN = re.compile(r"(?:unknown argument:?|unsupported option|unsupported argument.*to option"
                     r"|unknown target CPU) '([^']+)'")


class Syntax:
    """`clang -fsyntax-only -w` over units. Flags that only gcc knows are found in clang's own
    complaints and left out from then on; find them before measuring."""

    def __init__(self, clang):
        self.clang = clang
        self.unknown = set()

    def command(self, arguments):
        kept, skip = [], False
        for argument in arguments[1:]:
            if skip:
                skip = False
            elif argument in WITH_NEXT:
                skip = True
            elif argument in ALONE or argument in self.unknown:
                pass
            elif argument.startswith(("-Werror=", "-MF", "-specs=")):
                pass
            else:
                kept.append(argument)
        return [self.clang, "-fsyntax-only", "-w", *kept]

    def check(self, arguments, directory):
        return run(self.command(arguments), directory)

    def learn(self, arguments, directory):
        """Checks one unit, dropping flags until clang knows them all. Returns the last Cost."""
        while True:
            cost = self.check(arguments, directory)
            strangers = set(UNKNOWN.findall(cost.errors)) & set(arguments) - self.unknown
            if cost.status == 0 or not strangers:
                return cost
            self.unknown |= strangers
