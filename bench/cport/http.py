#!/usr/bin/env python3
"""D8: CPU for an answered HTTP request of cport and of nginx, driven by wrk, side by side in one run.

http.py FOLDER [--rounds N] [--seconds S] [--connections N]: FOLDER holds http_cport; nginx and wrk
must be installed. Both serve the same few bytes with one thread and without a log. Servers take
turns; a round in which the server answered anything but the expected is an error."""
import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from echo import schedstat

CONFIGURATION = """
daemon off; master_process off; error_log stderr crit; pid {folder}/pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; default_type text/plain;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "Hello, World!"; }} }}
}}
"""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def start_cport(folder, _own):
    server = subprocess.Popen([os.path.join(folder, "http_cport")], stdout=subprocess.PIPE, text=True)
    return server, int(server.stdout.readline())


def start_nginx(_folder, own):
    port = free_port()
    path = os.path.join(own, "nginx.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(CONFIGURATION.format(folder=own, port=port))
    return subprocess.Popen(["nginx", "-p", own, "-c", path]), port


def wait_until_it_answers(port):
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port)) as sock:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
                if sock.recv(4096).endswith(b"Hello, World!"):
                    return
                sys.exit("another answer than was asked for")
        except ConnectionRefusedError:
            time.sleep(0.02)
    sys.exit("no server")


def measure(start, arguments, own):
    server, port = start(arguments.folder, own)
    try:
        wait_until_it_answers(port)
        before, _ = schedstat(server.pid)
        done = subprocess.run(
            ["wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s",
             f"http://127.0.0.1:{port}/"], stdout=subprocess.PIPE, text=True, check=True)
        after, _ = schedstat(server.pid)
        if re.search(r"Non-2xx|Socket errors", done.stdout):
            sys.exit(done.stdout)
        requests = int(re.search(r"(\d+) requests in", done.stdout)[1])
        return (after - before) / requests, requests / arguments.seconds
    finally:
        server.kill()
        server.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--connections", type=int, default=64)
    arguments = parser.parse_args()
    servers = {"nginx": start_nginx, "cport pool 1": start_cport}
    results = {name: [] for name in servers}
    with tempfile.TemporaryDirectory() as own:
        for _ in range(arguments.rounds):
            for name, start in servers.items():
                results[name].append(measure(start, arguments, own))
    yardstick = min(cpu for cpu, _ in results["nginx"])
    print(f"{arguments.connections} connections    min ns  median ns  best req/s  / nginx")
    for name, rows in results.items():
        cpus = [cpu for cpu, _ in rows]
        print(f"{name:16} {min(cpus):9.0f} {statistics.median(cpus):9.0f} "
              f"{max(rate for _, rate in rows):11.0f}  {min(cpus) / yardstick:6.2f}")


if __name__ == "__main__":
    main()
