/* The text report: as clang prints it, whatever the source holds. */
#include "reports/formats/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "reports/formats/snippet.h"
#include "tests/reports/sample.h"

#define GOLDEN TEST_SOURCE_DIR "/tests/reports/golden"

static GString *report(GPtrArray *findings, bool colour, bool explain)
{
	const struct report_summary summary = {0};
	const struct report_input input = {
		.findings = findings,
		.summary = &summary,
		.root = GOLDEN,
		.colour = colour,
		.explain_confidence = explain,
	};
	GString *out = g_string_new(NULL);

	assert_true(formats_find("text")->write(&input, out, NULL));
	return out;
}

/* Compares with golden/NAME; tools/update_golden sets the variable to write it anew. */
static void assert_golden(const char *name, const GString *actual)
{
	g_autofree char *path = g_build_filename(GOLDEN, name, NULL);
	g_autofree char *expected = NULL;

	if (g_getenv("CONTLINT_UPDATE_GOLDEN"))
		assert_true(g_file_set_contents(path, actual->str, (gssize)actual->len, NULL));
	assert_true(g_file_get_contents(path, &expected, NULL, NULL));
	assert_string_equal(actual->str, expected);
}

static void a_finding_is_printed_as_clang_would(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(1);
	g_autoptr(GString) out = report(findings, false, false);

	assert_golden("text.txt", out);
}

static void colours_are_those_of_clang(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(1);
	g_autoptr(GString) out = report(findings, true, true);

	assert_golden("text-colour.txt", out);
}

static void no_findings_print_nothing(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(0);
	g_autoptr(GString) out = report(findings, true, false);

	assert_string_equal(out->str, "");
}

static void a_finding_needs_neither_texts_nor_places(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(0);
	struct finding *finding = finding_new("blocking-dns");
	g_autoptr(GString) out = NULL;

	(void)finding_add_step(finding, STEP_CALL);
	g_ptr_array_add(findings, finding);
	out = report(findings, false, false);
	assert_string_equal(out->str, "warning:  [contlint-blocking-dns]\nnote: \n");
}

static void a_proven_condition_is_no_question(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(1);
	g_autoptr(GString) out = NULL;

	((struct finding *)g_ptr_array_index(findings, 0))->decided = "proven";
	out = report(findings, false, false);
	assert_null(strstr(out->str, "blocks if"));
}

static void what_the_message_says_is_not_said_twice(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(1);
	struct finding *finding = g_ptr_array_index(findings, 0);
	g_autoptr(GString) out = NULL;

	sample_replace(&finding->message, "it waits; use sd_resolve_getaddrinfo()");
	out = report(findings, false, false);
	assert_null(strstr(out->str, "instead:"));
}

static void a_note_that_stands_alone_is_a_remark(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(1);
	g_autoptr(GString) out = NULL;

	((struct finding *)g_ptr_array_index(findings, 0))->level = FINDING_NOTE;
	out = report(findings, false, false);
	assert_true(g_str_has_prefix(out->str, "src/proxy.c:7:33: remark: getaddrinfo() can"));
}

static void hostile_names_and_messages_cannot_command_the_terminal(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(1);
	struct finding *finding = g_ptr_array_index(findings, 0);
	g_autoptr(GString) out = NULL;

	sample_replace(&finding->place.file, "a\033]0;x\007\n.c");
	sample_replace(&finding->message, "say \302\233 \342\200\256 \377");
	sample_replace(&finding->instead, "\033[2J");
	out = report(findings, false, true);
	assert_true(g_str_has_prefix(out->str, "a<U+001B>]0;x<U+0007><U+000A>.c:7:33: warning: "
					       "say <U+009B> <U+202E> <FF> [contlint-"));
	for (gsize i = 0; i < out->len; i++)
		assert_true(out->str[i] == '\n' || (unsigned char)out->str[i] >= ' ');
}

static void a_missing_source_costs_only_its_lines(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(1);
	struct finding *finding = g_ptr_array_index(findings, 0);
	g_autoptr(GString) out = NULL;

	sample_replace(&finding->place.file, "src/gone.c");
	out = report(findings, false, false);
	assert_true(g_str_has_prefix(out->str, "src/gone.c:7:33: warning: getaddrinfo() can block "
					       "the I/O thread [contlint-blocking-dns]\n"
					       "src/proxy.c:17:2: note: "));
}

static void a_pipe_as_source_is_not_waited_for(void **state)
{
	g_autofree char *directory = g_dir_make_tmp("contlint-XXXXXX", NULL);
	g_autofree char *pipe = g_build_filename(directory, "pipe.c", NULL);
	g_autoptr(GPtrArray) findings = sample_findings(1);
	struct finding *finding = g_ptr_array_index(findings, 0);
	g_autoptr(GString) out = NULL;

	assert_int_equal(mkfifo(pipe, 0600), 0);
	sample_replace(&finding->place.file, pipe);
	out = report(findings, false, false);
	assert_non_null(strstr(out->str, "pipe.c:7:33: warning:"));
	assert_int_equal(g_remove(pipe), 0);
	assert_int_equal(g_rmdir(directory), 0);
}

static void assert_snippet(const char *text, guint column, guint end_column, const char *expected)
{
	const struct finding_place place = {NULL, 3, column, end_column > 0 ? 3 : 0, end_column};
	g_autoptr(GString) out = g_string_new(NULL);

	snippet_append(out, &place, text, strlen(text), "", "");
	assert_string_equal(out->str, expected);
}

static void the_caret_stands_under_its_column(void **state)
{
	assert_snippet("sleep(1);", 1, 0, "    3 | sleep(1);\n      | ^\n");
	assert_snippet("x = sleep(1);", 5, 10, "    3 | x = sleep(1);\n      |     ^~~~~\n");
}

static void an_expression_that_goes_on_is_marked_to_the_end_of_the_line(void **state)
{
	const struct finding_place place = {NULL, 3, 5, 4, 9};
	g_autoptr(GString) out = g_string_new(NULL);

	snippet_append(out, &place, "x = f(1,", 8, "", "");
	assert_string_equal(out->str, "    3 | x = f(1,\n      |     ^~~~\n");
}

static void tabs_are_blanks_up_to_the_next_stop(void **state)
{
	assert_snippet("\tsleep(1);", 2, 7, "    3 |         sleep(1);\n      |         ^~~~~\n");
	assert_snippet("if (x)\tsleep(1);", 8, 0, "    3 | if (x)  sleep(1);\n      |         ^\n");
}

static void wide_and_combining_characters_keep_the_caret_in_place(void **state)
{
	/* Two wide characters; then an e with a combining accent. */
	assert_snippet("\"\344\270\226\347\225\214\", f()", 11, 0,
		       "    3 | \"\344\270\226\347\225\214\", f()\n      |         ^\n");
	assert_snippet("e\314\201 f()", 5, 6, "    3 | e\314\201 f()\n      |   ^\n");
}

static void bytes_that_are_no_text_are_spelled_out(void **state)
{
	assert_snippet("\377\001 f()", 4, 5, "    3 | <FF><U+0001> f()\n      |              ^\n");
}

static void a_caret_behind_the_line_stands_at_its_end(void **state)
{
	assert_snippet("f()", 90, 95, "    3 | f()\n      |    ^\n");
	assert_snippet("", 1, 1, "    3 | \n      | ^\n");
	assert_snippet("f()", 0, 0, "    3 | f()\n      | ^\n");
}

/* `size` bytes of x with f() at `at`. */
static GString *long_line(gsize size, gsize at)
{
	GString *line = g_string_new(NULL);

	g_string_set_size(line, size);
	memset(line->str, 'x', size);
	memcpy(line->str + at, "f()", 3);
	return line;
}

static void a_long_line_is_cut_around_the_caret(void **state)
{
	static const gsize places[] = {0, 50, 91, 92, 300, 5000, 9990, 9997};

	for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autoptr(GString) line = long_line(10000, places[i]);
		const struct finding_place place = {NULL, 3, (guint)places[i] + 1, 3,
						    (guint)places[i] + 4};
		g_autoptr(GString) out = g_string_new(NULL);
		g_auto(GStrv) lines = NULL;
		const char *caret;

		snippet_append(out, &place, line->str, line->len, "", "");
		lines = g_strsplit(out->str, "\n", -1);
		caret = strstr(lines[1], "^~~");
		assert_non_null(caret);
		assert_memory_equal(lines[0] + (caret - lines[1]), "f()", 3);
		assert_true(strlen(lines[0]) <= 106);
		assert_true(strstr(lines[0], "...") != NULL);
	}
}

static void a_cut_never_splits_a_character(void **state)
{
	g_autoptr(GString) line = g_string_new(NULL);
	g_autoptr(GString) out = g_string_new(NULL);
	struct finding_place place = {NULL, 3, 0, 0, 0};

	for (guint i = 0; i < 1000; i++)
		g_string_append(line, "\342\202\254");
	for (place.column = 1; place.column < line->len; place.column += 97)
		snippet_append(out, &place, line->str, line->len, "", "");
	assert_null(strchr(out->str, '<')); /* a split character would be spelled <E2> */
}

static void the_summary_tells_findings_units_and_coverage(void **state)
{
	const struct report_summary summary = {
		.units = 140,
		.continuations = 312,
		.indirect_calls = 1021,
		.indirect_resolved = 890,
		.indirect_outside = 100,
		.indirect_unresolved = 31,
		.registrations_unresolved = 2,
		.seconds = 2.314,
		.shown_high = 3,
		.shown_medium = 9,
	};
	g_autoptr(GString) out = g_string_new(NULL);

	text_summary(&summary, out);
	assert_string_equal(out->str, "contlint: 12 findings (3 high, 9 medium) in 140 units, 312 "
				      "continuations; callbacks without a function: 2 unresolved; "
				      "indirect calls 890/1021 resolved, 100 set "
				      "from outside, 31 unresolved; 2.31 s\n");
}

static void the_summary_says_what_is_not_known(void **state)
{
	const struct report_summary summary = {
		.units = 2,
		.units_failed = 1,
		.units_with_errors = 1,
		.continuations = 1,
		.hidden_low = 4,
		.hidden_suppressed = 1,
		.database = ".contlint/findings.db",
		.indirect_calls = 9,
		.indirect_resolved = 8,
		.indirect_cut = 1,
	};
	g_autoptr(GString) out = g_string_new(NULL);

	text_summary(&summary, out);
	assert_string_equal(
		out->str,
		"contlint: 1 of 2 units could not be analysed: nothing is known about it\n"
		"contlint: 1 unit has compile errors: only what could be parsed was judged\n"
		"contlint: not shown: 4 of low confidence, 1 suppressed; all are in "
		".contlint/findings.db\n"
		"contlint: no findings in 2 units, 1 continuation; indirect calls 8/9 resolved, "
		"1 cut; 0.00 s\n");
}

static void findings_are_counted_by_confidence(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(3);
	struct report_summary summary = {.shown_low = 7};

	((struct finding *)g_ptr_array_index(findings, 0))->confidence = FINDING_HIGH;
	summary_count(&summary, findings);
	assert_int_equal(summary.shown_high, 1);
	assert_int_equal(summary.shown_medium, 2);
	assert_int_equal(summary.shown_low, 0);
}

static void formats_are_found_by_name(void **state)
{
	assert_string_equal(formats_find("text")->name, "text");
	assert_null(formats_find("texd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finding_is_printed_as_clang_would),
		cmocka_unit_test(colours_are_those_of_clang),
		cmocka_unit_test(no_findings_print_nothing),
		cmocka_unit_test(a_finding_needs_neither_texts_nor_places),
		cmocka_unit_test(a_proven_condition_is_no_question),
		cmocka_unit_test(what_the_message_says_is_not_said_twice),
		cmocka_unit_test(a_note_that_stands_alone_is_a_remark),
		cmocka_unit_test(hostile_names_and_messages_cannot_command_the_terminal),
		cmocka_unit_test(a_missing_source_costs_only_its_lines),
		cmocka_unit_test(a_pipe_as_source_is_not_waited_for),
		cmocka_unit_test(the_caret_stands_under_its_column),
		cmocka_unit_test(an_expression_that_goes_on_is_marked_to_the_end_of_the_line),
		cmocka_unit_test(tabs_are_blanks_up_to_the_next_stop),
		cmocka_unit_test(wide_and_combining_characters_keep_the_caret_in_place),
		cmocka_unit_test(bytes_that_are_no_text_are_spelled_out),
		cmocka_unit_test(a_caret_behind_the_line_stands_at_its_end),
		cmocka_unit_test(a_long_line_is_cut_around_the_caret),
		cmocka_unit_test(a_cut_never_splits_a_character),
		cmocka_unit_test(the_summary_tells_findings_units_and_coverage),
		cmocka_unit_test(the_summary_says_what_is_not_known),
		cmocka_unit_test(findings_are_counted_by_confidence),
		cmocka_unit_test(formats_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
