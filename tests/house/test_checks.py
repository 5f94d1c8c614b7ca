#!/usr/bin/env python3
"""The checks of the house say no where they should: each runs over a small tree with one fault."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools")

RULE = '/* A rule. */\nconst struct rule rule_r = {.id = "r"};\n'
BAD = "/* A fault. */\nint a; // expect: r\n"
GOOD = "/* None. */\nint a;\n"
LIMITS = "/* Limits. */\nint a; // expect-miss: r\n"
CASES = "/*" + "".join(f" micro-case {i}\n" for i in range(1, 31)) + "*/\nint a;\n"


class Checks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        shutil.copytree(TOOLS, os.path.join(self.folder.name, "tools"))
        self.put("rules/rules.def", "RULE(r)\n")
        self.put("rules/r.c", RULE)
        self.put("fixtures/r/bad_a.c", BAD)
        self.put("fixtures/r/good_a.c", GOOD)
        self.put("fixtures/r/limits.c", LIMITS)
        self.put("fixtures/cases.c", CASES)

    def tearDown(self):
        self.folder.cleanup()

    def put(self, path, text):
        full = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def remove(self, path):
        os.remove(os.path.join(self.folder.name, path))

    def check(self, name, *problems):
        """The check finds just these problems, each given by a part of its sentence."""
        result = subprocess.run(
            [sys.executable, "-B", os.path.join(self.folder.name, "tools", f"check_{name}.py")],
            capture_output=True, text=True, check=False)
        self.assertEqual(result.stderr, "")
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), len(problems), result.stdout)
        for line, part in zip(lines, problems):
            self.assertIn(part, line)
        self.assertEqual(result.returncode, 1 if problems else 0)

    def test_a_clean_tree_passes(self):
        for name in ("layers", "rules", "style"):
            self.check(name)

    def test_a_lower_room_may_not_include_a_higher_one(self):
        self.put("analyzer/a.c", '/* A. */\n#include "rules/rule.h"\n')
        self.check("layers", "analyzer/a.c:2: analyzer/ may not include rules/rule.h")

    def test_the_rooms_of_reports_have_an_order(self):
        self.put("reports/traces/a.c", '/* A. */\n#include "reports/formats/format.h"\n')
        self.put("reports/formats/a.c", '/* A. */\n#include "reports/traces/trace.h"\n')
        self.check("layers", "reports/traces/a.c:2: reports/traces/ may not include reports/formats/")

    def test_the_runtime_includes_nobody(self):
        self.put("runtime/a.c", '/* A. */\n#include "analyzer/facts.h"\n#include <glib.h>\n')
        self.check("layers", "runtime/ may not include", "glib.h has another door")

    def test_libclang_and_sqlite_have_one_door(self):
        self.put("rules/a.c", "/* A. */\n#include <clang-c/Index.h>\n#include <sqlite3.h>\n")
        self.put("reports/store/store_a.c", "/* A. */\n#include <sqlite3.h>\n")
        self.check("layers", "clang-c/Index.h has another door", "sqlite3.h has another door")

    def test_an_include_in_a_comment_is_none(self):
        self.put("analyzer/a.c", '/* A.\n#include "rules/rule.h"\n*/\n')
        self.check("layers")

    def test_each_micro_case_has_a_fixture(self):
        self.put("fixtures/cases.c", CASES.replace("micro-case 12\n", "\n"))
        self.check("rules", "no fixture says that it is of micro-case 12")

    def test_only_cli_prints(self):
        self.put("rules/a.c", '/* A: printf() */\nint f(void)\n{\n\treturn printf("exit(1)");\n}\n')
        self.put("cli/a.c", '/* A. */\nint f(void)\n{\n\treturn printf("x");\n}\n')
        self.check("layers", "rules/a.c:4: only cli/ prints and exits, this uses printf")

    def test_link_targets_point_one_way(self):
        self.put("analyzer/CMakeLists.txt", "contlint_objects(analyzer reports Libclang)\n")
        self.check("layers", "analyzer may not link reports", "analyzer may not link Libclang")

    def test_a_rule_needs_each_kind_of_fixture(self):
        for path in ("bad_a.c", "good_a.c", "limits.c"):
            self.remove(f"fixtures/r/{path}")
        self.check("rules", "no bad", "no good", "no limits")

    def test_a_rule_needs_its_file_and_id(self):
        self.put("rules/r.c", RULE.replace('"r"', '"s"'))
        self.check("rules", 'the rule\'s id must be "r"')
        self.remove("rules/r.c")
        self.check("rules", "the file is missing")

    def test_fixtures_fit_their_names(self):
        self.put("fixtures/r/bad_a.c", GOOD)
        self.put("fixtures/r/good_a.c", BAD)
        self.put("fixtures/r/limits.c", GOOD)
        self.put("fixtures/r/other.c", GOOD)
        self.check("rules", "a bad fixture expects r", "a good fixture expects nothing",
                   "limits show a miss", "the name starts with")

    def test_fixtures_are_short_and_start_with_a_sentence(self):
        self.put("fixtures/r/good_a.c", "int a;\n" * 41)
        self.check("rules", "starts with a sentence", "at most 40 lines")

    def test_a_folder_without_rule_is_seen(self):
        self.put("fixtures/s/good_a.c", GOOD)
        self.check("rules", "fixtures/s: there is no such rule")

    def test_fixtures_of_costs_are_of_no_rule_and_expect_a_cost(self):
        self.put("fixtures/cost/a.c", "/* A. */\nvoid f(void) {} // expect-cost: 0..0\n")
        self.check("rules")
        self.put("fixtures/cost/b.c", "int a; // expect: r\n")
        self.check("rules", "starts with a sentence", "cost/b.c: a fixture of costs expects a cost")

    def test_lines_are_at_most_100_columns_with_tabs_of_8(self):
        self.put("cli/a.c", "/* A. */\n\t" + "x" * 92 + "\n\t" + "y" * 93 + "\n")
        self.check("style", "cli/a.c:3: 101 columns")

    def test_blanks_do_not_indent_or_trail(self):
        self.put("cli/a.c", "/* A. */\n        int a;\nint b; \n")
        self.check("style", "indented with blanks", "blanks at the end")

    def test_a_file_begins_with_its_paragraph_and_a_header_with_a_guard(self):
        self.put("cli/a.h", "int a;\n")
        self.check("style", "the first paragraph", "needs a guard that ends in A_H")

    def test_no_path_of_one_machine_is_named(self):
        self.put("docs/a.md", "see /wor" + "k/main/a and /usr/lib\n")
        self.check("style", "docs/a.md:1: names a path of one machine")


unittest.main()
