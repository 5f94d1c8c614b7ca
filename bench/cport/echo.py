#!/usr/bin/env python3
"""D1, D2, D9, D11: CPU per echoed request of cport and its peers, side by side in one run.

echo.py FOLDER [--rounds N] [--seconds S] [--pin SERVER CLIENT]: FOLDER holds the programs. Peers
take turns within a round. Prints minimum and median of CPU ns per request and the ratio of the
minima.

Where the scheduler puts the client decides more than anything else: on the server's processor a
wake-up is a switch, on another one an interrupt. --pin says where both are."""
import argparse
import os
import statistics
import subprocess
import tempfile

SERVERS = {
    "epoll by hand": ["echo_epoll"],
    "uring by hand": ["echo_uring"],
    "uring by hand, coop": ["echo_uring", "coop"],
    "uring by hand, defer": ["echo_uring", "defer"],
    "libuv": ["echo_uv"],
    "libevent": ["echo_event"],
    "libev": ["echo_ev"],
    "asio": ["echo_asio", "1"],
    "asio, 2 threads": ["echo_asio", "2"],
    "cport loop": ["echo_cport", "0"],
    "cport loop batch": ["echo_cport", "0", "batch"],
    "cport loop batch one": ["echo_cport", "0", "batch", "one"],
    "cport pool 1": ["echo_cport", "1"],
    "cport pool 1, trace": ["TRACE", "echo_cport", "1"],
    "cport pool 1 batch": ["echo_cport", "1", "batch"],
    "cport pool 8 batch": ["echo_cport", "8", "batch"],
    "cport pool 1 batch, trace": ["TRACE", "echo_cport", "1", "batch"],
    "cport loop, epoll": ["EPOLL", "echo_cport", "0"],
    "cport loop skip, epoll": ["EPOLL", "echo_cport", "0", "skip"],
}


def schedstat(pid):
    cpu = wait = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            numbers = file.read().split()
        cpu += int(numbers[0])
        wait += int(numbers[1])
    return cpu, wait


def is_there(folder, command):
    """A peer whose package is not installed was not built."""
    program = command[1] if command[0].isupper() else command[0]
    return os.path.exists(os.path.join(folder, program))


def pin_to(processor):
    """What a child does before it becomes the program."""
    return (lambda: os.sched_setaffinity(0, {processor})) if processor is not None else None


def measure(folder, command, connections, seconds, pins):
    environment = dict(os.environ)
    trace = None
    if command[0] == "TRACE":
        trace = tempfile.mktemp(suffix=".trace")
        environment["CONTLINT_TRACE"] = trace
    if command[0] == "EPOLL":
        environment["CPORT_BACKEND"] = "epoll"
    if command[0].isupper():
        command = command[1:]
    server = subprocess.Popen([os.path.join(folder, command[0]), *command[1:]],
                              stdout=subprocess.PIPE, env=environment, text=True,
                              preexec_fn=pin_to(pins[0]))
    try:
        port = server.stdout.readline().strip()
        before, _ = schedstat(server.pid)
        client = subprocess.run([os.path.join(folder, "client"), port, str(connections), seconds],
                                stdout=subprocess.PIPE, text=True, check=True,
                                preexec_fn=pin_to(pins[1]))
        after, _ = schedstat(server.pid)
        return (after - before) / int(client.stdout), int(client.stdout) / float(seconds)
    finally:
        server.kill()
        server.wait()
        if trace and os.path.exists(trace):
            os.unlink(trace)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", default="0.5")
    parser.add_argument("--only", nargs="*", help="servers whose name contains one of these")
    parser.add_argument("--pin", type=int, nargs=2, default=[None, None],
                        metavar=("SERVER", "CLIENT"), help="processors of the two")
    parser.add_argument("--connections", type=int, nargs="*", default=[1, 64])
    arguments = parser.parse_args()
    for connections in arguments.connections:
        results = {name: [] for name in SERVERS if is_there(arguments.folder, SERVERS[name]) and
                   (not arguments.only or name == "uring by hand" or
                    any(part in name for part in arguments.only))}
        for _ in range(arguments.rounds):
            for name, rows in results.items():
                rows.append(measure(arguments.folder, SERVERS[name], connections,
                                    arguments.seconds, arguments.pin))
        yardstick = min(cpu for cpu, _ in results["uring by hand"])
        print(f"{connections} connections        min ns  median ns  best req/s  / uring by hand")
        for name, rows in results.items():
            cpus = [cpu for cpu, _ in rows]
            print(f"{name:26} {min(cpus):8.0f} {statistics.median(cpus):8.0f} "
                  f"{max(rate for _, rate in rows):10.0f}   {min(cpus) / yardstick:6.2f}")


if __name__ == "__main__":
    main()
