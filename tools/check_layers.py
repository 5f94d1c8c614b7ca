#!/usr/bin/env python3
"""Who may use whom: analyzer <- rules <- reports <- cli, runtime alone, and one door to each
foreign library. Reads #include lines and the link lines of CMake."""
import re

import house

# room -> rooms whose headers it may include
MAY_INCLUDE = {
    "analyzer": {"analyzer"},
    "rules": {"analyzer", "rules"},
    "reports": {"analyzer", "rules", "reports"},
    "cli": {"analyzer", "rules", "reports", "cli"},
    "runtime": {"runtime"},
    "include": set(),
}

# rooms in a room, each may include only those before it and itself
INNER_ORDER = {"reports": ["store", "traces", "formats"]}

# header of runtime that others may include: the format of its traces
TRACE_FORMAT = re.compile(r"runtime/trace_format\.h$")

# start of a foreign header -> files that may include it
DOORS = {
    "clang-c/": r"analyzer/extract/",
    "sqlite3": r"reports/store/store",
    "liburing": r"runtime/(probe/)?uring",
    "jansson": r"analyzer/units/compdb|reports/",
    "cyaml/": r"analyzer/models/yaml_tree",
    "yaml": r"analyzer/models/yaml_tree",
    "elfutils/": r"reports/traces/symbols",
    "glib": r"(analyzer|rules|reports|cli)/",
    "gio/": r"(analyzer|rules|reports|cli)/",
}

# CMake target -> targets that it may link
MAY_LINK = {
    "extract": {"analyzer", "Libclang"},
    "analyzer": {"extract"},
    "rules": {"analyzer"},
    "reports": {"rules", "analyzer", "PkgConfig::SQLITE"},
    "cli": {"reports", "rules", "analyzer", "extract"},
    "contlint": {"cli"},
    "cport": {"PkgConfig::LIBURING", "PkgConfig::URING"},
}
GUARDED = {target for targets in MAY_LINK.values() for target in targets} | set(MAY_LINK)

PRINTS = re.compile(r"(?<![\w.>])(v?printf|puts|putchar|perror|g_print|g_printerr|exit|stderr|"
                    r"stdout)\b(?!\s*:)")
SILENT = ("analyzer/", "rules/", "reports/")


def check_inner_order(path, line, name):
    room, inner = path.split("/")[:2]
    order = INNER_ORDER.get(room, [])
    used = name.split("/")[1] if name.startswith(f"{room}/") else None
    if inner in order and used in order and order.index(used) > order.index(inner):
        yield f"{path}:{line}: {room}/{inner}/ may not include {name}"


def check_include(path, line, name):
    room = path.split("/")[0]
    used = name.split("/")[0] if "/" in name else None
    if used in MAY_INCLUDE:
        if used not in MAY_INCLUDE[room] and not (room == "reports" and TRACE_FORMAT.match(name)):
            yield f"{path}:{line}: {room}/ may not include {name}"
        if name.endswith("_private.h") and used != room:
            yield f"{path}:{line}: {name} is private to {used}/"
        if name.startswith("analyzer/extract/") and not path.startswith(("analyzer/", "cli/")):
            yield f"{path}:{line}: only analyzer/ and cli/ may include {name}"
    yield from check_inner_order(path, line, name)
    for start, door in DOORS.items():
        if name.startswith(start) and not re.match(door, path):
            yield f"{path}:{line}: {name} has another door ({door})"


def check_source(path):
    text = house.read(path)
    for number, line in enumerate(house.without_comments(text, True).split("\n"), 1):
        match = re.match(r'\s*#\s*include\s+[<"]([^>"]+)[>"]', line)
        if match:
            yield from check_include(path, number, match.group(1))
    if path.startswith(SILENT):
        for number, line in enumerate(house.without_comments(text).split("\n"), 1):
            match = PRINTS.search(line)
            if match and not line.lstrip().startswith("#"):
                yield f"{path}:{number}: only cli/ prints and exits, this uses {match.group(1)}"


def check_links(path):
    text = re.sub(r"#[^\n]*", "", house.read(path))
    for words in re.findall(r"(?:contlint_objects|target_link_libraries)\s*\(([^)]*)\)", text):
        target, *linked = words.split()
        for name in linked:
            if target in MAY_LINK and name in GUARDED and name not in MAY_LINK[target]:
                yield f"{path}: {target} may not link {name}"


def main():
    problems = []
    for path in house.files((".c", ".h")):
        problems += check_source(path)
    for path in house.files(("CMakeLists.txt",)):
        problems += check_links(path)
    house.report(problems)


main()
