#!/usr/bin/env python3
"""The HTML report in a headless browser: it loads, filters, finds, opens a path, knows the keys, and
nothing that a project says is executed.

check_page.py CONTLINT [FOLDER for pictures]
"""
import os
import sys
import tempfile

import browser
import project

ROWS = "document.querySelectorAll('.row').length"


class Check:
    def __init__(self, page):
        self.page, self.failures = page, []

    def equal(self, what, script, wanted):
        got = self.page.eval(script)
        if got != wanted:
            self.failures.append(f"{what}: {got!r} instead of {wanted!r}")


def type_search(page, words):
    page.eval(f"(() => {{ const s = document.getElementById('search'); s.value = '{words}';"
              "s.dispatchEvent(new Event('input')); })()")


def check_list(check, page):
    check.equal("ready", "document.documentElement.dataset.ready", "yes")
    check.equal("rows", ROWS, 2)
    check.equal("groups", "document.querySelectorAll('.group').length", 2)
    type_search(page, "getaddrinfo accept_cb")
    check.equal("rows found", ROWS, 1)
    check.equal("what one row is, where nothing can be chosen",
                "[...document.querySelectorAll('.alike')].map(a => a.textContent)"
                ".includes('blocking-dns')", True)
    type_search(page, "nothing like it")
    check.equal("rows of a vain search", ROWS, 0)
    type_search(page, "")
    page.eval("[...document.querySelectorAll('.facet')].find(f => "
              "f.textContent.startsWith('blocking-wait')).click()")
    check.equal("rows of one rule", ROWS, 1)
    page.eval("document.querySelector('#tally button').click()")
    check.equal("rows after show all", ROWS, 2)
    page.eval("[...document.querySelectorAll('.facet')].find(f => "
              "f.textContent.startsWith('suppressed')).click()")
    check.equal("silenced rows", ROWS, 1)
    page.eval("document.querySelector('.row').click()")
    check.equal("the reason is text", "document.querySelector('.callout.quiet').textContent",
                "Silenced: <img src=x onerror=pwn()>")
    page.eval("[...document.querySelectorAll('.facet')].find(f => "
              "f.textContent.startsWith('suppressed')).click()")


def check_path(check, page):
    type_search(page, "accept_cb")
    page.key("j")
    check.equal("steps", "document.querySelectorAll('.step').length", 4)
    check.equal("the place that is marked",
                "[...document.querySelectorAll('.step.sink mark')].map(m => m.textContent).join('')",
                'getaddrinfo(name, "</script><script>window.pwned = 1</script>", 0, 0)')
    page.key("n")
    check.equal("the current step", "document.querySelector('.step.current').id", "step-0")
    check.equal("a link to it", "location.hash.length", 13)
    type_search(page, "")


def check_keys(check, page):
    theme = page.eval("document.documentElement.dataset.theme")
    page.key("t")
    check.equal("the other theme", "document.documentElement.dataset.theme",
                "dark" if theme == "light" else "light")
    page.key("g")
    check.equal("groups of files", "document.querySelectorAll('.group').length", 1)
    page.key("?")
    check.equal("help", "document.getElementById('help').open", True)
    page.eval("document.getElementById('close').click()")
    page.key("o")
    check.equal("overview", "document.querySelector('#detail h2').textContent", "Overview")


def check_safety(check, page):
    check.equal("no script of others ran", "typeof window.pwned", "undefined")
    check.equal("no markup of others", "document.querySelectorAll('img, iframe, object').length", 0)
    page.problems += ["the policy lets other scripts run"] if page.eval(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.other = 1';"
        "document.body.append(s); return !!window.other; })()") else []


def check_page(path, pictures):
    with browser.Browser(browser.find()) as page:
        check = Check(page)
        page.open(path)
        check_list(check, page)
        check_path(check, page)
        check_keys(check, page)
        if pictures:
            page.screenshot(os.path.join(pictures, "page.png"))
        problems = list(page.problems)
        check_safety(check, page)
        return check.failures + problems


def main():
    if not browser.find():
        print("skipped: there is no chromium (set CONTLINT_BROWSER to one)")
        sys.exit(77)
    contlint = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="contlint-page-") as folder:
        project.write(folder)
        project.contlint(contlint, folder, "check", "-q", "--format", "html=report.html", expect=1)
        failures = check_page(os.path.join(folder, "report.html"), (sys.argv[2:] or [None])[0])
    for failure in failures:
        print(failure)
    sys.exit(1 if failures else 0)


main()
