#!/usr/bin/env python3
"""Makes and reads compile databases for the benchmarks.

usage: compdb.py from-log LOG-FOLDER OUT.json    from the log of prepare.sh's compiler wrapper
       compdb.py add DB.json FOLDER FLAG...      every .c file below FOLDER, compiled with FLAGs
       compdb.py count DB.json                   number of C units
       compdb.py lines DB.json                   number of lines of the distinct C files
"""
import glob
import json
import os
import shlex
import sys

WITH_VALUE = {"-o", "-MF", "-MT", "-MQ", "-MJ", "-include", "-imacros", "-I", "-isystem", "-iquote",
              "-idirafter", "-D", "-U", "-x", "-L", "-l", "-T", "-u", "-Xlinker"}
NOT_COMPILING = {"-E", "-S", "-M", "-MM"}
NOT_SOURCES = ("conftest", "sanitycheck", "testfile")  # what configure tries out
WRAPPERS = {"ccache", "distcc", "sccache"}
POSITION_INDEPENDENT = {"-fPIC", "-DPIC", "-fPIE", "-fpic", "-fpie"}


def die(text):
    sys.exit("compdb.py: " + text)


def load(path):
    try:
        with open(path) as file:
            entries = json.load(file)
    except (OSError, ValueError) as error:
        die(f"cannot read {path}: {error}")
    if not isinstance(entries, list):
        die(f"{path} is no compile database: it is not a list")
    return entries


def save(entries, path):
    with open(path, "w") as file:
        json.dump(entries, file, indent=1)
        file.write("\n")


def arguments_of(entry):
    """The command without what stands in front of the compiler."""
    arguments = list(entry.get("arguments") or shlex.split(entry["command"]))
    while len(arguments) > 1 and os.path.basename(arguments[0]) in WRAPPERS:
        arguments.pop(0)
    return arguments


def source_of(entry):
    return os.path.normpath(os.path.join(entry["directory"], entry["file"]))


def c_units(entries):
    return [entry for entry in entries if entry["file"].endswith(".c")]


def sources_in(arguments):
    values = {i + 1 for i, argument in enumerate(arguments) if argument in WITH_VALUE}
    return [argument for i, argument in enumerate(arguments)
            if argument.endswith(".c") and not argument.startswith("-") and i not in values]


def without_linking(arguments, sources):
    """Drops sources, objects, libraries and outputs: what is left are the flags of one unit."""
    flags, rest = [], iter(arguments)
    for argument in rest:
        if argument in ("-o", "-L", "-l"):
            next(rest, None)
        elif argument in WITH_VALUE:
            flags += [argument, next(rest, "")]
        elif argument == "-c" or argument in sources or argument.startswith(("-l", "-L", "-Wl,")):
            pass
        elif argument.startswith("-") or not argument.endswith((".o", ".a", ".lo", ".la", ".so")):
            flags.append(argument)
    return flags


def from_log(folder, out):
    """One entry a source of each logged run; a second run that differs only in -fPIC is dropped."""
    entries, seen = [], set()
    logs = [os.path.join(folder, name) for name in os.listdir(folder)]
    for log in sorted(logs, key=lambda path: (os.stat(path).st_mtime_ns, path)):
        with open(log, "rb") as file:
            directory, *arguments = file.read().decode(errors="surrogateescape").split("\0")[:-2]
        if NOT_COMPILING.intersection(arguments):
            continue
        sources = sources_in(arguments)
        flags = without_linking(arguments, sources)
        for source in sources:
            path = os.path.normpath(os.path.join(directory, source))
            key = (path, tuple(sorted(set(flags) - POSITION_INDEPENDENT)))
            if key in seen or os.path.basename(path).startswith(NOT_SOURCES) or not os.path.exists(path):
                continue
            seen.add(key)
            entries.append({"directory": directory, "file": path,
                            "arguments": ["cc", *flags, "-c", source]})
    if not entries:
        die(f"{folder} holds no compiler run with a C source")
    save(entries, out)


def add(database, folder, flags):
    entries = load(database)
    known = {source_of(entry) for entry in entries}
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.c"), recursive=True)):
        if path not in known:
            entries.append({"directory": os.path.dirname(path), "file": path,
                            "arguments": ["cc", *flags, "-c", path]})
    save(entries, database)


def count_lines(entries):
    total = 0
    for path in {source_of(entry) for entry in c_units(entries)}:
        try:
            with open(path, "rb") as file:
                total += file.read().count(b"\n")
        except OSError as error:
            die(f"{path} is in the compile database but cannot be read: {error.strerror}")
    return total


def main(arguments):
    match arguments:
        case ["from-log", folder, out]:
            from_log(folder, out)
        case ["add", database, folder, *flags]:
            add(database, folder, flags)
        case ["count", database]:
            print(len(c_units(load(database))))
        case ["lines", database]:
            print(count_lines(load(database)))
        case _:
            die("usage: compdb.py from-log|add|count|lines ...; see the head of the file")


if __name__ == "__main__":
    main(sys.argv[1:])
