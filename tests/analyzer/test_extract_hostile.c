/* Sources that are made to hurt. Whatever survives parsing must give facts that decode; what kills
 * libclang is for the workers' tests. */
#include "tests/analyzer/extracted.h"

static char *repeated(const char *before, const char *text, guint count, const char *after)
{
	GString *out = g_string_new(before);

	for (guint i = 0; i < count; i++)
		g_string_append(out, text);
	g_string_append(out, after);
	return g_string_free(out, FALSE);
}

static guint events_of_kind(const struct facts *facts, enum fact_event_kind kind)
{
	guint count = 0;

	for (guint i = 0; i < facts->events->len; i++)
		count += facts_row(facts, events, struct fact_event, i)->kind == kind;
	return count;
}

/* Extracts it; what is checked is that its facts decode. The number of events of `kind`. */
static guint count_in(void **state, const char *source, enum fact_event_kind kind)
{
	g_autoptr(facts_t) facts = extracted_source(*state, source);

	return events_of_kind(facts, kind);
}

static void ten_thousand_terms(void **state)
{
	g_autofree char *source =
		repeated("int n(void); int f(int a) { return n()", " + a", 10000, "; }");

	assert_int_equal(count_in(state, source, FACT_EVENT_RETURN), 1);
}

static void five_thousand_signs(void **state)
{
	g_autofree char *source = repeated("int f(int a) { return ", "- ", 5000, "a; }");

	assert_int_equal(count_in(state, source, FACT_EVENT_RETURN), 1);
}

static void nested_ifs_beyond_our_depth(void **state)
{
	g_autofree char *source = repeated("void f(int a) {", "if (a) ", 8000, "; }");

	assert_true(count_in(state, source, FACT_EVENT_BRANCH) > 1000);
}

static void nested_conditionals(void **state)
{
	g_autofree char *source =
		repeated("int n(void); int f(int a) { return ", "a ? n() : ", 5000, "0; }");

	assert_true(count_in(state, source, FACT_EVENT_CALL) > 100);
}

static void a_chain_of_commas(void **state)
{
	g_autofree char *source =
		repeated("int n(void); int f(void) { return n()", ", n()", 2000, "; }");

	assert_true(count_in(state, source, FACT_EVENT_CALL) > 1000);
}

static void a_table_on_one_line(void **state)
{
	g_autofree char *source =
		repeated("void g(void); void (*t[])(void) = { ", "g, ", 50000, "};");

	assert_int_equal(count_in(state, source, FACT_EVENT_ASSIGN), 50000);
}

static void a_large_table_of_numbers(void **state)
{
	g_autofree char *source = repeated("int t[] = { ", "1, ", 100000, "};");

	assert_int_equal(count_in(state, source, FACT_EVENT_ASSIGN), 0);
}

static void calls_nested_as_deep_as_clang_goes(void **state)
{
	g_autofree char *head = repeated("int n(int); int f(int a) { return ", "n(", 250, "a");
	g_autofree char *source = repeated(head, ")", 250, "; }");

	assert_int_equal(count_in(state, source, FACT_EVENT_CALL), 250);
}

static void records_nested_deep(void **state)
{
	g_autofree char *head = repeated("", "struct { ", 100, "int x; ");
	g_autofree char *body = repeated(head, "} a; ", 99, "} v; void f(void) { v");
	g_autofree char *source = repeated(body, ".a", 99, ".x = 1; }");

	assert_int_equal(count_in(state, source, FACT_EVENT_ASSIGN), 1);
}

static void lines_that_go_on(void **state)
{
	g_autofree char *source =
		repeated("void g(int); void f(void) { g(", "\\\n", 20000, "1); }");
	g_autoptr(facts_t) facts = extracted_source(*state, source);
	const struct fact_event *event = facts_row(facts, events, struct fact_event, 0);

	assert_int_equal(facts->events->len, 1);
	assert_string_equal(facts_string(facts, event->text), "g (");
}

static void a_file_that_includes_itself(void **state)
{
	assert_int_equal(count_in(state, "#include \"a.c\"\nvoid g(void);\n", FACT_EVENT_CALL), 0);
}

static void a_function_of_many_calls(void **state)
{
	g_autofree char *source = repeated("void g(int); void f(int a) {", "g(a);\n", 20000, "}");

	assert_int_equal(count_in(state, source, FACT_EVENT_CALL), 20000);
}

static void bytes_of_another_encoding(void **state)
{
	struct extracted *extracted = *state;
	const char utf16[] = "\xff\xfei\0n\0t\0 \0x\0;\0";
	g_autoptr(GError) error = NULL;
	g_autoptr(facts_t) facts = NULL;

	g_free(scratch_write_bytes(extracted->root, "u.c", utf16, sizeof(utf16) - 1));
	facts = extracted_trip(extracted_file(extracted, "u.c", "", &error));
	assert_true(facts->diagnostics->len > 0);
}

static void an_empty_file(void **state)
{
	g_autoptr(facts_t) facts = extracted_source(*state, "");

	assert_int_equal(facts->functions->len, 1);
	assert_int_equal(facts->files->len, 1);
}

static void one_extractor_after_another(void **state)
{
	struct extracted *extracted = *state;

	for (int i = 0; i < 5; i++) {
		g_autoptr(facts_t) facts = extracted_source(extracted, "void f(void) { f(); }");

		assert_int_equal(facts->events->len, 1);
		extractor_free(extracted->extractor);
		extracted->extractor = extractor_new(extracted->root, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		extracted_test(ten_thousand_terms),
		extracted_test(five_thousand_signs),
		extracted_test(nested_ifs_beyond_our_depth),
		extracted_test(nested_conditionals),
		extracted_test(a_chain_of_commas),
		extracted_test(a_table_on_one_line),
		extracted_test(a_large_table_of_numbers),
		extracted_test(calls_nested_as_deep_as_clang_goes),
		extracted_test(records_nested_deep),
		extracted_test(lines_that_go_on),
		extracted_test(a_file_that_includes_itself),
		extracted_test(a_function_of_many_calls),
		extracted_test(bytes_of_another_encoding),
		extracted_test(an_empty_file),
		extracted_test(one_extractor_after_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
