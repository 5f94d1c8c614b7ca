/* What surrounds the code: files and their hashes, suppression comments, errors, and that facts do
 * not depend on where or when they were made. */
#include "tests/analyzer/extracted.h"

#include <sys/stat.h>
#include <xxhash.h>

static struct facts *extract_here(void **state, const char *flags)
{
	g_autoptr(GError) error = NULL;

	return extracted_trip(extracted_file(*state, "a.c", flags, &error));
}

static const struct fact_file *file_named(const struct facts *facts, const char *path)
{
	for (guint i = 0; i < facts->files->len; i++) {
		const struct fact_file *file = facts_row(facts, files, struct fact_file, i);

		if (strcmp(facts_string(facts, file->path), path) == 0)
			return file;
	}
	return NULL;
}

static void every_file_read_is_listed_with_its_hash(void **state)
{
	struct extracted *extracted = *state;
	const char *header = "int one;\n";
	XXH128_hash_t hash = XXH3_128bits(header, strlen(header));
	g_autoptr(facts_t) facts = NULL;
	const struct fact_file *file;

	scratch_write(extracted->root, "inc/h.h", header);
	scratch_write(extracted->root, "a.c", "#include <stddef.h>\n#include \"inc/../inc/h.h\"\n");
	facts = extract_here(state, "");
	file = file_named(facts, "inc/h.h");
	assert_non_null(file);
	assert_true(file->hash_low == hash.low64 && file->hash_high == hash.high64);
	assert_int_equal(file->flags, FACT_FILE_IN_ROOT);
	assert_int_equal(file_named(facts, "a.c")->flags, FACT_FILE_MAIN | FACT_FILE_IN_ROOT);
	for (guint i = 0; i < facts->files->len; i++) {
		const struct fact_file *other = facts_row(facts, files, struct fact_file, i);

		if (g_str_has_suffix(facts_string(facts, other->path), "stddef.h"))
			assert_int_equal(other->flags, FACT_FILE_SYSTEM);
	}
}

static void a_changed_header_has_another_hash(void **state)
{
	struct extracted *extracted = *state;
	g_autoptr(facts_t) before = NULL;
	g_autoptr(facts_t) after = NULL;

	scratch_write(extracted->root, "a.c", "#include \"h.h\"\n");
	scratch_write(extracted->root, "h.h", "int a;\n");
	before = extract_here(state, "");
	scratch_write(extracted->root, "h.h", "int b;\n");
	after = extract_here(state, "");
	assert_true(file_named(before, "h.h")->hash_low != file_named(after, "h.h")->hash_low);
}

static GBytes *encoded_in(const char *source)
{
	struct extracted *extracted;
	g_autoptr(GError) error = NULL;
	g_autoptr(facts_t) facts = NULL;
	g_autofree char *flag = NULL;
	void *state;
	GBytes *bytes;

	extracted_setup(&state);
	extracted = state;
	scratch_write(extracted->root, "inc/h.h",
		      "struct { int x; } anonymous;\n#include <missing.h>\n");
	scratch_write(extracted->root, "a.c", source);
	flag = g_strdup_printf("-I%s/inc -I %s", extracted->root, extracted->root);
	facts = extracted_file(extracted, "a.c", flag, &error);
	assert_non_null(facts);
	bytes = facts_encode(facts);
	assert_null(memmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), extracted->root,
			   strlen(extracted->root)));
	extracted_teardown(&state);
	return bytes;
}

static void the_same_project_elsewhere_gives_the_same_bytes(void **state)
{
	const char *source =
		"#include <h.h>\n#include <assert.h>\nvoid s(const char *);\n"
		"static void t(int a) { assert(a); s(__FILE__); anonymous.x = oops; }\n"
		"void f(void) { t(1); struct { int y; } l; l.y = 1; broken( }\n";
	g_autoptr(GBytes) first = encoded_in(source);
	g_autoptr(GBytes) second = encoded_in(source);

	(void)state;
	assert_true(g_bytes_equal(first, second));
}

static void file_names_in_strings_are_relative(void **state)
{
	assert_events(state, "void s(const char *); void f(void) { s(__FILE__); }",
		      "call &s(\"a.c\")\n");
}

static void errors_are_listed_and_the_rest_survives(void **state)
{
	g_autoptr(facts_t) facts = extracted_source(
		*state, "#include <nothing.h>\nvoid g(int);\nvoid a(void) { g(1); }\n"
			"void b(void) { undeclared = 1; g(2); }\nvoid f(void) { g(3); }\n");
	g_autofree char *events = extracted_events(facts, "f");
	const struct fact_diagnostic *first =
		facts_row(facts, diagnostics, struct fact_diagnostic, 0);

	assert_int_equal(facts->diagnostics->len, 2);
	assert_string_equal(facts_string(facts, first->text), "'nothing.h' file not found");
	assert_int_equal(first->severity, 3); /* we go on after it */
	assert_int_equal(facts_row(facts, locs, struct fact_loc, first->loc)->line, 1);
	assert_string_equal(events, "call &g(3)\n");
}

static void many_errors_do_not_stop_it(void **state)
{
	g_autoptr(GString) source = g_string_new("void g(int); void b(void) {");
	g_autoptr(facts_t) facts = NULL;
	g_autofree char *events = NULL;

	for (int i = 0; i < 100; i++)
		g_string_append_printf(source, "u%d = 1;\n", i);
	g_string_append(source, "}\nvoid f(void) { g(3); }");
	facts = extracted_source(*state, source->str);
	events = extracted_events(facts, "f");
	assert_int_equal(facts->diagnostics->len, 100);
	assert_string_equal(events, "call &g(3)\n");
}

static void what_gcc_accepts_is_no_error(void **state)
{
	g_autoptr(facts_t) facts =
		extracted_source(*state, "void g(void (*)(int)); int h(char *); f(a) { "
					 "undeclared(1); g(h); char *p = a; return 0; }");

	assert_int_equal(facts->diagnostics->len, 0);
}

static void a_nested_function_costs_itself_only(void **state)
{
	g_autoptr(facts_t) facts = extracted_source(
		*state, "void g(int); void a(void) { int in(int x) { return x; } g(in(1)); }\n"
			"void f(void) { g(2); }");
	g_autofree char *events = extracted_events(facts, "f");

	assert_true(facts->diagnostics->len > 0);
	assert_string_equal(events, "call &g(2)\n");
}

static void a_missing_source_is_a_sentence(void **state)
{
	g_autoptr(GError) error = NULL;

	assert_null(extracted_file(*state, "none.c", "", &error));
	assert_string_equal(error->message, "none.c: no such file, or it cannot be read");
}

static void a_fifo_is_not_waited_for(void **state)
{
	struct extracted *extracted = *state;
	g_autofree char *path = g_build_filename(extracted->root, "pipe.c", NULL);
	g_autoptr(GError) error = NULL;

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(extracted_file(extracted, "pipe.c", "", &error));
	assert_non_null(error);
}

static void refused_flags_are_a_sentence(void **state)
{
	struct extracted *extracted = *state;
	g_autoptr(GError) error = NULL;

	scratch_write(extracted->root, "a.c", "int a;");
	assert_null(extracted_file(extracted, "a.c", "-target nonsense-x -march=none", &error));
	assert_true(g_str_has_prefix(error->message, "a.c: clang refuses"));
}

static void garbage_gives_facts_and_errors(void **state)
{
	struct extracted *extracted = *state;
	const char garbage[] = "\xff\xfe\0\x01 int \"\xc3( ''' \\ #if 1\n(((((({{{{[[[[";
	g_autoptr(facts_t) facts = NULL;

	g_free(scratch_write_bytes(extracted->root, "a.c", garbage, sizeof(garbage)));
	facts = extract_here(state, "");
	assert_true(facts->diagnostics->len > 0);
}

static void bytes_that_are_no_utf8_stay_out_of_strings(void **state)
{
	g_autoptr(facts_t) facts = extracted_source(
		*state, "void s(char *); void f(void) { s(\"\xe9t\xe9\"); s(\"a\\0b\"); }");
	g_autofree char *printed = extracted_print(facts);

	assert_true(g_utf8_validate(printed, -1, NULL));
}

/* "kind line rule reason\n" for every suppression. */
static char *suppressions_of(const struct facts *facts)
{
	static const char *const kinds[] = {"line", "next", "begin", "end", "file"};
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < facts->suppressions->len; i++) {
		const struct fact_suppression *row =
			facts_row(facts, suppressions, struct fact_suppression, i);
		const struct fact_loc *loc = facts_row(facts, locs, struct fact_loc, row->loc);

		g_string_append_printf(out, "%s %u %s|%s\n", kinds[row->kind], loc->line,
				       facts_string(facts, row->rule),
				       facts_string(facts, row->reason));
	}
	return g_string_free(out, FALSE);
}

static void assert_suppressions(void **state, const char *source, const char *expected)
{
	g_autoptr(facts_t) facts = extracted_source(*state, source);
	g_autofree char *found = suppressions_of(facts);

	assert_string_equal(found, expected);
}

static void clang_tidy_comments_are_read(void **state)
{
	assert_suppressions(
		state,
		"int a; // NOLINT(contlint-blocking-dns): only at start\n"
		"// NOLINTNEXTLINE(contlint-blocking-wait, bugprone-x, contlint-nested-loop)\n"
		"int b; /* NOLINT(*): all of it */\n"
		"// NOLINTBEGIN(contlint-blocking-dns)\n"
		"int c;\n// NOLINTEND(contlint-blocking-dns)\n",
		"line 1 blocking-dns|only at start\nnext 2 blocking-wait|\n"
		"next 2 nested-loop|\nline 3 *|all of it\nbegin 4 blocking-dns|\n"
		"end 6 blocking-dns|\n");
}

static void our_comments_are_read(void **state)
{
	assert_suppressions(state,
			    "int a; // contlint-ok: blocking-dns loop is not running yet\n"
			    "/* contlint-ok-file: blocking-wait -- a test program */\n"
			    "int b; /* contlint-ok(blocking-dns, nested-loop): twice */\n"
			    "// contlint-ok-next: busy-wait short\n"
			    "/* contlint-ok-begin(blocking-dns) -- start */\n"
			    "// contlint-ok-end(blocking-dns)\n",
			    "line 1 blocking-dns|loop is not running yet\n"
			    "file 2 blocking-wait|a test program\n"
			    "line 3 blocking-dns|twice\nline 3 nested-loop|twice\n"
			    "next 4 busy-wait|short\n"
			    "begin 5 blocking-dns|start\nend 6 blocking-dns|\n");
}

static void a_comment_alone_is_about_the_code_below(void **state)
{
	g_autoptr(facts_t) facts = extracted_source(
		*state,
		"\t/* contlint-ok(busy-wait) -- short,\n\t * as measured */\n\n"
		"int a; // contlint-ok: busy-wait short\n"
		"// contlint-ok-next(busy-wait) -- short\n// as measured\nint b;\n"
		"// NOLINT(contlint-busy-wait): clang-tidy means its own line\n"
		"/* contlint-ok(busy-wait) */ int c; // NOLINTNEXTLINE(contlint-busy-wait)\n"
		"// contlint-ok(busy-wait) -- nothing below\n");
	static const uint32_t lines[] = {4, 4, 7, 8, 9, 10, 10};

	assert_int_equal(facts->suppressions->len, G_N_ELEMENTS(lines));
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
		assert_int_equal(facts_row(facts, suppressions, struct fact_suppression, i)->about,
				 lines[i]);
}

static void what_is_not_about_us_is_left_alone(void **state)
{
	assert_suppressions(state,
			    "int a; // NOLINT\nint b; // NOLINT(bugprone-x)\n"
			    "const char *s = \"// NOLINT(contlint-blocking-dns)\";\n"
			    "int c; // XNOLINT(contlint-blocking-dns)\n"
			    "int d; // NOLINT(contlint-)\nint e; // contlint-ok\n"
			    "int f; // NOLINT(contlint-blocking-dns\n",
			    "");
}

static void a_block_comment_counts_its_lines(void **state)
{
	assert_suppressions(
		state,
		"/* first\n * NOLINTNEXTLINE(contlint-busy-wait): because\n */\nint a;\n"
		"char q = '\"'; // contlint-ok: busy-wait quote\n",
		"next 2 busy-wait|because\nline 5 busy-wait|quote\n");
}

static void headers_of_the_project_suppress_too(void **state)
{
	struct extracted *extracted = *state;
	g_autoptr(facts_t) facts = NULL;
	g_autofree char *found = NULL;

	scratch_write(extracted->root, "h.h", "int h; // contlint-ok: busy-wait here\n");
	facts = extracted_source(extracted, "#include \"h.h\"\n");
	found = suppressions_of(facts);
	assert_string_equal(found, "line 1 busy-wait|here\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		extracted_test(every_file_read_is_listed_with_its_hash),
		extracted_test(a_changed_header_has_another_hash),
		extracted_test(the_same_project_elsewhere_gives_the_same_bytes),
		extracted_test(file_names_in_strings_are_relative),
		extracted_test(errors_are_listed_and_the_rest_survives),
		extracted_test(many_errors_do_not_stop_it),
		extracted_test(what_gcc_accepts_is_no_error),
		extracted_test(a_nested_function_costs_itself_only),
		extracted_test(a_missing_source_is_a_sentence),
		extracted_test(a_fifo_is_not_waited_for),
		extracted_test(refused_flags_are_a_sentence),
		extracted_test(garbage_gives_facts_and_errors),
		extracted_test(bytes_that_are_no_utf8_stay_out_of_strings),
		extracted_test(clang_tidy_comments_are_read),
		extracted_test(our_comments_are_read),
		extracted_test(a_comment_alone_is_about_the_code_below),
		extracted_test(what_is_not_about_us_is_left_alone),
		extracted_test(a_block_comment_counts_its_lines),
		extracted_test(headers_of_the_project_suppress_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
