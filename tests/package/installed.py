"""An installed contlint in a scratch folder, and commands run with it."""
import os
import subprocess


def install(build, folder):
    """Installs the build to folder/usr."""
    run(["cmake", "--install", build, "--prefix", os.path.join(folder, "usr")], folder)
    return os.path.join(folder, "usr")


def environment(prefix):
    return dict(os.environ, PATH=os.path.join(prefix, "bin") + os.pathsep + os.environ["PATH"],
                CMAKE_PREFIX_PATH=prefix)


def run(command, folder, env=None, codes=(0,), shell=False):
    """What the command prints; ends the test if its exit code is none of `codes`."""
    done = subprocess.run(command, cwd=folder, env=env, shell=shell, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode not in codes:
        raise SystemExit(f"{command}: exit {done.returncode}, wanted {codes}\n{done.stdout}")
    return done.stdout
