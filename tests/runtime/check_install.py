#!/usr/bin/env python3
"""Installs the runtime into a folder of its own and builds programs against what is there: the header
alone, in C11 and C++17, linked as pkg-config says, and run. Its manual is there too.

check_install.py INSTALL_SCRIPT CMAKE LIBDIR C_COMPILER CXX_COMPILER [FLAG…]: an empty CXX_COMPILER
leaves C++ out; the flags are those that the library itself was built with and needs again.
"""
import os
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
PROGRAM = """#include <cport.h>
int main(void)
{
	struct cport *port;
	struct cport_packet packet;
	if (cport_open(&port, 0) < 0 || cport_post(port, 7, 0, 0) < 0)
		return 1;
	if (cport_get(port, &packet, CPORT_FOREVER) != 1 || packet.result != 7)
		return 2;
	cport_release(port);
	return 0;
}
"""


def run(*command, **environment):
    done = subprocess.run(command, env={**os.environ, **environment}, text=True,
                          capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_and_run(folder, compiler, standard, language, flags, packages):
    source, program = os.path.join(folder, "program"), os.path.join(folder, "a.out")
    with open(source, "w", encoding="utf-8") as file:
        file.write(PROGRAM)
    words = run("pkg-config", "--cflags", "--libs", "--static", "cport", PKG_CONFIG_PATH=packages)
    run(compiler, f"-std={standard}", "-Wall", "-Wextra", "-pedantic", "-Werror", *flags, "-x",
        language, source, "-x", "none", "-o", program, *words.split())
    run(program)


def check_manual(prefix):
    pages = os.path.join(prefix, "share", "man")
    for page in ("man7/cport.7", "man3/cport_open.3", "man3/cport_cancel_all.3"):
        if not os.path.exists(os.path.join(pages, page)):
            sys.exit(f"{page} is not installed")
    with open(os.path.join(pages, "man3", "cport_cancel_all.3"), encoding="utf-8") as file:
        if file.read() != ".so man3/cport_read.3\n":
            sys.exit("man3/cport_cancel_all.3 does not lead to its page")


def main():
    script, cmake, library_folder, c_compiler, cxx_compiler, *flags = sys.argv[1:]
    if not shutil.which("pkg-config"):
        print("there is no pkg-config")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        prefix = os.path.join(folder, "prefix")
        packages = os.path.join(prefix, library_folder, "pkgconfig")
        run(cmake, f"-DCMAKE_INSTALL_PREFIX={prefix}", "-P", script)
        build_and_run(folder, c_compiler, "c11", "c", flags, packages)
        if cxx_compiler:
            build_and_run(folder, cxx_compiler, "c++17", "c++", flags, packages)
        check_manual(prefix)


main()
