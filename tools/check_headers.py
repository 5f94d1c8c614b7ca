#!/usr/bin/env python3
"""Every header compiles alone, with the flags that its room is built with.

check_headers.py BUILD_FOLDER
"""
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

import house


def flags_by_room(build):
    """Room -> include and define flags of all its units."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    rooms = {}
    for entry in entries:
        room = os.path.relpath(entry["file"], house.ROOT).split(os.sep)[0]
        words = iter(shlex.split(entry["command"]))
        flags = rooms.setdefault(room, {})
        for word in words:
            if word == "-isystem":
                flags[f"-isystem{next(words)}"] = True
            elif word.startswith(("-I", "-D", "-isystem")):
                flags[word] = True
    return {room: list(flags) for room, flags in rooms.items()}


def compile_alone(path, flags):
    """The compiler's complaint, or None."""
    command = [os.environ.get("CC", "cc"), "-std=c11", "-fsyntax-only", "-Wall", "-Wextra",
               "-Wno-unused-parameter", "-Werror", *flags, "-x", "c", "-include", path,
               os.devnull]
    result = subprocess.run(command, cwd=house.ROOT, capture_output=True, text=True, check=False)
    return f"{path}: does not compile alone:\n{result.stderr}" if result.returncode else None


def main():
    rooms = flags_by_room(sys.argv[1])
    headers = house.files((".h",))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda path: compile_alone(path, rooms.get(path.split("/")[0], [])),
                           headers)
    house.report([problem for problem in results if problem])


main()
