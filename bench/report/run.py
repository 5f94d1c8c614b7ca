#!/usr/bin/env python3
"""What reports cost: 5,000 findings with paths of six steps, over 50 files, written by `contlint
report` as each format; CPU and wall seconds, minimum of three, and the size. With a browser also how
long the page takes with 10,000 findings.

bench/report/run.py [--contlint build/release/cli/contlint] [--findings 5000]
"""
import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../tests/reports"))
import browser  # noqa: E402
import project  # noqa: E402

FILES = 50
HEAD = """typedef struct sd_event sd_event;
typedef struct sd_event_source sd_event_source;
struct addrinfo;
int getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
int sd_event_add_io(sd_event *, sd_event_source **, int, unsigned,
	int (*)(sd_event_source *, int, unsigned, void *), void *);
"""
# Registration, continuation, three calls, sink: six steps.
ONE = """
static int look_up_{n}(const char *host)
{{
	return getaddrinfo(host, "http", 0, 0);
}}
static int connect_{n}(const char *host)
{{
	return look_up_{n}(host) == 0 ? 1 : -1;
}}
static int answer_{n}(void *userdata)
{{
	return connect_{n}(userdata);
}}
static int on_request_{n}(sd_event_source *source, int fd, unsigned revents, void *userdata)
{{
	return answer_{n}(userdata);
}}
void listen_{n}(sd_event *event, int fd, void *host)
{{
	sd_event_add_io(event, 0, fd, 1, on_request_{n}, host);
}}
"""
FORMATS = ("text", "sarif", "sarif:github", "html", "markdown", "gitlab", "junit", "jsonl", "csv")


def make_project(folder, count):
    files = []
    for i in range(FILES):
        name = f"server{i}.c"
        body = "".join(ONE.format(n=n) for n in range(i, count, FILES))
        project.write(folder, name, HEAD + body)
        files.append(name)
    rows = ",".join(f'{{"directory":".","file":"{n}","arguments":["cc","-c","{n}"]}}' for n in files)
    with open(os.path.join(folder, "compile_commands.json"), "w", encoding="utf-8") as file:
        file.write("[" + rows + "]")


def time_once(command, folder):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def time_format(contlint, folder, name):
    out = os.path.join(folder, "out")
    rounds = [time_once([contlint, "report", "--format", f"{name}={out}"], folder)
              for _ in range(3)]
    return min(r[0] for r in rounds), min(r[1] for r in rounds), os.path.getsize(out)


def prepare(contlint, folder, count):
    make_project(folder, count)
    project.contlint(contlint, folder, "check", "-q", "--format", "csv=all.csv", expect=1)
    with open(os.path.join(folder, "all.csv"), encoding="utf-8") as file:
        return len(file.readlines()) - 1


def main_thread_ms(page):
    metrics = page.send("Performance.getMetrics")["metrics"]
    return next(m["value"] for m in metrics if m["name"] == "TaskDuration") * 1000


def time_page(contlint, folder):
    """Milliseconds: CPU of the main thread until the page is ready, the slowest frame of a scroll,
    a search. Without the network's events, which cost as much as the page itself."""
    subprocess.run([contlint, "report", "--format", "html=page.html"], cwd=folder, check=True)
    with browser.Browser(browser.find()) as page:
        page.send("Network.disable")
        page.send("Performance.enable", timeDomain="threadTicks")
        before = main_thread_ms(page)
        page.open(os.path.join(folder, "page.html"))
        ready = main_thread_ms(page) - before
        slowest = page.eval("""(async () => { const list = document.getElementById('list');
            let worst = 0, last = performance.now();
            for (let i = 0; i < 60; i++) { list.scrollTop += 5000;
                await new Promise(requestAnimationFrame);
                const now = performance.now(); worst = Math.max(worst, now - last); last = now; }
            return worst; })()""")
        rows = page.eval("document.querySelectorAll('.row').length")
        search = page.eval("""(() => { const s = document.getElementById('search'), t = performance.now();
            s.value = 'on_request_99'; s.dispatchEvent(new Event('input'));
            return performance.now() - t; })()""")
        return ready, slowest, search, rows, page.problems


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--contlint", default="build/release/cli/contlint")
    options.add_argument("--findings", type=int, default=5000)
    words = options.parse_args()
    contlint = os.path.abspath(words.contlint)
    with tempfile.TemporaryDirectory(prefix="contlint-report-") as folder:
        print(f"{prepare(contlint, folder, words.findings)} findings\n")
        print("| format | CPU s | wall s | MB |\n|---|---|---|---|")
        for name in FORMATS:
            cpu, wall, size = time_format(contlint, folder, name)
            print(f"| {name} | {cpu:.2f} | {wall:.2f} | {size / 1e6:.2f} |", flush=True)
    if browser.find():
        with tempfile.TemporaryDirectory(prefix="contlint-report-") as folder:
            count = prepare(contlint, folder, 2 * words.findings)
            ready, slowest, search, rows, problems = time_page(contlint, folder)
            print(f"\npage with {count} findings: ready after {ready:.0f} ms of CPU, slowest of 60 frames "
                  f"of scrolling {slowest:.0f} ms, search {search:.0f} ms, {rows} rows in the page"
                  f"{', problems: ' + str(problems) if problems else ''}")


main()
