/* query, callbacks, reaches and show over a database made by hand. */
#include <glib.h>
#include <sqlite3.h>
#include <string.h>

#include "tests/end-to-end/command.h"
#include "tests/reports/sample.h"
#include "tests/reports/sample_run.h"

/* A project folder whose database has one run with two findings. */
static int setup(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(2);
	g_autoptr(store_t) store = NULL;
	g_autofree char *path = NULL;

	*state = scratch_new();
	path = g_build_filename(*state, ".contlint", "contlint.db", NULL);
	store = store_open(path, NULL);
	assert_non_null(store);
	sample->run.root = *state;
	(void)sample_store(store, sample);
	return 0;
}

static void the_database_is_found_from_a_folder_below(void **state)
{
	g_autofree char *below = g_build_filename(*state, "src", "deep", NULL);

	assert_int_equal(g_mkdir_with_parents(below, 0700), 0);
	assert_printed(contlint(below, "query", "--sql", "SELECT count(*) AS n FROM findings", "-f",
				"csv"),
		       0, "n\n2\n");
}

static void no_database_is_exit_4_and_says_who_makes_it(void **state)
{
	static const char *const commands[][3] = {
		{"query", "open", NULL},
		{"callbacks", NULL},
		{"reaches", "x", NULL},
		{"show", "1", NULL},
	};
	char *elsewhere = scratch_new();

	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		assert_said(contlint_run(elsewhere, commands[i]), 4,
			    "there is no .contlint/contlint.db here or above");
	assert_said(contlint(elsewhere, "query", "open", "--db", "x.db"), 4,
		    "x.db: there is no such database");
	scratch_write(elsewhere, "text.db", "hello");
	assert_said(contlint(elsewhere, "query", "open", "--db", "text.db"), 4,
		    "text.db is not a contlint database");
	scratch_remove(elsewhere);
}

static void a_stored_query_prints_a_box(void **state)
{
	assert_printed(contlint(*state, "query", "by-rule"), 0,
		       "│ blocking-dns │        2 │    2 │   2 │");
}

static void a_query_prints_json_csv_and_markdown(void **state)
{
	const char *sql = "SELECT 1 AS a, 'x|y,\"z\"' AS b, NULL AS c, 2.5 AS d";

	assert_printed(contlint(*state, "query", "--sql", sql, "-f", "json"), 0,
		       "[\n{\"a\":1,\"b\":\"x|y,\\\"z\\\"\",\"c\":null,\"d\":2.5}\n]\n");
	assert_printed(contlint(*state, "query", "--sql", sql, "-f", "csv"), 0,
		       "a,b,c,d\n1,\"x|y,\"\"z\"\"\",,2.5\n");
	assert_printed(
		contlint(*state, "query", "--sql", sql, "-f", "markdown"), 0,
		"| a | b | c | d |\n| ---: | --- | --- | ---: |\n| 1 | x\\|y,\"z\" |  | 2.5 |\n");
}

static void parameters_are_given_as_key_and_value(void **state)
{
	assert_printed(contlint(*state, "query", "callers", "function=getaddrinfo", "-f", "csv"), 0,
		       "resolve,external,src/proxy.c:7,1,\n");
	assert_printed(
		contlint(*state, "query", "--sql", "SELECT :x + 1 AS y", "x=41", "-f", "csv"), 0,
		"y\n42\n");
	assert_printed(contlint(*state, "query", "slow-units", "-f", "csv"), 0,
		       "src/proxy.c,ok,12");
	assert_said(contlint(*state, "query", "callers"), 2,
		    "query callers needs function=…: its name");
	assert_said(contlint(*state, "query", "open", "limit=1"), 2,
		    "the query has no parameter limit");
	assert_said(contlint(*state, "query", "open", "limit"), 2, "limit is no parameter");
}

static void the_list_tells_names_and_parameters(void **state)
{
	assert_printed(contlint(*state, "query", "--list"), 0, "\ndiff a=… b=…  ");
}

static void bad_questions_are_usage_errors(void **state)
{
	assert_said(contlint(*state, "query"), 2, "query needs a NAME or --sql");
	assert_said(contlint(*state, "query", "opne"), 2, "did you mean open?");
	assert_said(contlint(*state, "query", "open", "-f", "jsn"), 2, "did you mean json?");
	assert_said(contlint(*state, "query", "--sql", "SELECT nowhere"), 2,
		    "no such column: nowhere");
	assert_said(contlint(*state, "query", "--sql", "DELETE FROM finding"), 2,
		    "it may only read");
	assert_said(contlint(*state, "query", "--sql", "SELECT 1; SELECT 2"), 2,
		    "it must be one statement");
	assert_said(contlint(*state, "query", "--slq", "x"), 2, "did you mean --sql?");
}

static void hostile_text_is_spelled_out_for_people_only(void **state)
{
	const char *sql = "SELECT char(27) || '[2J' AS a";

	assert_printed(contlint(*state, "query", "--sql", sql), 0, "│ <U+001B>[2J │");
	assert_printed(contlint(*state, "query", "--sql", sql, "-f", "markdown"), 0,
		       "| \\<U+001B>[2J |");
	assert_printed(contlint(*state, "query", "--sql", sql, "-f", "csv"), 0, "\033[2J");
}

static void change_database(const char *folder, const char *sql)
{
	g_autofree char *path = g_build_filename(folder, ".contlint", "contlint.db", NULL);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA ignore_check_constraints = ON", 0, 0, 0), 0);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	(void)sqlite3_close(db);
}

static void callbacks_tell_who_registered_them(void **state)
{
	assert_printed(contlint(*state, "callbacks"), 0,
		       "on_accept  src/proxy.c:10\n"
		       "    io, registered through add_source in main() at src/proxy.c:17:2\n");
	assert_printed(contlint(*state, "callbacks", "on_accept", "-f", "csv"), 0,
		       "registered,on_accept,src/proxy.c:10,io,add_source,main,src/proxy.c:17:2,"
		       "many,,1.0\n");
}

static void a_function_that_is_no_continuation_is_an_answer(void **state)
{
	assert_printed(contlint(*state, "callbacks", "resolve"), 0,
		       "resolve() is no continuation; contlint reaches resolve");
	assert_printed(contlint(*state, "callbacks", "--context", "worker"), 0,
		       "no continuation was found");
}

static void nothing_dispatched_is_an_answer(void **state)
{
	assert_printed(contlint(*state, "callbacks", "--dispatched"), 0,
		       "no continuation calls anything through a pointer");
	assert_said(contlint(*state, "callbacks", "--dispatched", "--unresolved"), 2,
		    "ask for one");
}

static void what_a_continuation_calls_through_a_pointer_is_listed_too(void **state)
{
	static const char registered[] =
		"on_accept  src/proxy.c:10\n"
		"    io, registered through add_source in main() at src/proxy.c:17:2\n";
	static const char dispatched[] =
		"resolve  src/proxy.c:3\n"
		"    io, called through source.handler in on_accept() at src/proxy.c:12\n";
	g_autofree char *both = g_strconcat(registered, dispatched, NULL);

	change_database(*state, "UPDATE call_edge SET kind = 'indirect', via = 'source.handler'");
	assert_printed(contlint(*state, "callbacks"), 0, both);
	assert_printed(contlint(*state, "callbacks", "--dispatched"), 0, dispatched);
	assert_printed(contlint(*state, "callbacks", "--registered"), 0, registered);
	assert_printed(contlint(*state, "callbacks", "--registered", "resolve"), 0,
		       "resolve() is no continuation");
}

static void unresolved_calls_are_listed(void **state)
{
	assert_printed(contlint(*state, "callbacks", "--unresolved"), 0,
		       "src/proxy.c:17:2: main() calls through source.handler: no target known; "
		       "runs on: startup\n"
		       "    needs a function in source.handler, and nothing here stores one\n");
	assert_printed(contlint(*state, "callbacks", "--unresolved", "resolve"), 0,
		       "every call through a pointer and every callback is resolved in resolve");
}

static void reaches_shows_the_way(void **state)
{
	assert_printed(contlint(*state, "reaches", "getaddrinfo"), 0,
		       "1 continuation reaches getaddrinfo()\n"
		       "on_accept() on io, registered through add_source at src/proxy.c:17:2\n"
		       "    src/proxy.c:12: calls resolve()\n"
		       "    src/proxy.c:7: calls getaddrinfo()\n");
	assert_printed(contlint(*state, "reaches", "getaddrinfo", "-f", "csv"), 0,
		       "2,on_accept -> resolve -> getaddrinfo\n");
	assert_printed(contlint(*state, "reaches", "on_accept"), 0, "    is the function itself\n");
}

static void reaching_nothing_is_told_with_what_is_not_known(void **state)
{
	assert_said(contlint(*state, "reaches", "main"), 0,
		    "1 call through a pointer was not followed");
	assert_printed(contlint(*state, "reaches", "getaddrinfo", "--context", "worker"), 0,
		       "no continuation on worker reaches getaddrinfo()");
}

static void unknown_functions_and_contexts_get_a_suggestion(void **state)
{
	assert_said(contlint(*state, "reaches", "getadrinfo"), 2, "did you mean getaddrinfo?");
	assert_said(contlint(*state, "callbacks", "on_acept"), 2, "did you mean on_accept?");
	assert_said(contlint(*state, "reaches", "zzz"), 2, "no function is called zzz");
	assert_said(contlint(*state, "reaches", "main", "--context", "wroker"), 2,
		    "did you mean worker?");
	assert_said(contlint(*state, "reaches"), 2, "reaches takes one function");
}

static char *fingerprint_of_first(void)
{
	g_autoptr(GPtrArray) findings = sample_findings(2);
	const struct finding *first = g_ptr_array_index(findings, 0);

	return g_strdup(first->fingerprint);
}

static void a_finding_is_shown_by_number_and_fingerprint(void **state)
{
	g_autofree char *fingerprint = fingerprint_of_first();
	g_autofree char *beginning = g_strndup(fingerprint + strlen("v1:"), 8);
	g_autofree char *line = g_strdup_printf("fingerprint  %s\n", fingerprint);

	assert_printed(contlint(*state, "show", "1"), 0, line);
	assert_printed(contlint(*state, "show", fingerprint), 0, line);
	assert_printed(contlint(*state, "show", beginning), 0, line);
}

static void a_shown_finding_has_path_source_and_history(void **state)
{
	g_autofree char *folder = g_build_filename(*state, "src", NULL);

	assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
	scratch_write(*state, "src/proxy.c", "1\n2\n3\n4\n5\n6\n\treturn f();\n");
	assert_printed(contlint(*state, "show", "1"), 0,
		       "src/proxy.c:7:33: warning: getaddrinfo() can block the I/O thread "
		       "[contlint-blocking-dns]\n    7 |         return f();\n");
	assert_printed(contlint(*state, "show", "1"), 0,
		       "note: medium confidence 0.62 = path 0.50 x condition 1.25\n");
	assert_printed(contlint(*state, "show", "1"), 0,
		       "2024-05-06T07:08:09Z to 2024-05-06T07:08:09Z, in 1 run\n");
	assert_printed(contlint(*state, "show", "1"), 0,
		       "by hand: // NOLINT(contlint-blocking-dns): …, at the end of line 7 "
		       "of src/proxy.c");
}

static void a_finding_that_cannot_be_told_is_a_usage_error(void **state)
{
	assert_said(contlint(*state, "show", "99"), 2,
		    "no finding has the fingerprint or number 99");
	assert_said(contlint(*state, "show", "0123456789abcdef"), 2, "no finding has");
	assert_said(contlint(*state, "show", "ab"), 2, "ab is too short for a fingerprint");
	assert_said(contlint(*state, "show", "v1:"), 2, "too short");
	assert_said(contlint(*state, "show"), 2, "show takes one fingerprint or number");
}

/* As a stranger would send it: our mark, our names, none of our constraints. */
static void a_hostile_database_is_only_wrong(void **state)
{
	static const char sql[] =
		"PRAGMA writable_schema = ON;"
		"UPDATE sqlite_schema SET sql = replace(replace(replace(sql, 'NOT NULL', ''),"
		" 'STRICT, ', ''), 'STRICT', '') WHERE type = 'table';"
		"PRAGMA writable_schema = RESET;"
		"UPDATE variant SET message = NULL, decided = NULL, line = 'x';"
		"UPDATE finding SET sink = NULL, context = NULL;"
		"UPDATE path_step SET message = NULL, kind = NULL;"
		"UPDATE function SET name = NULL WHERE name = 'resolve';"
		"UPDATE call_edge SET kind = x'00', line = -7, via = char(27) || '[2J'";

	change_database(*state, sql);
	assert_printed(contlint(*state, "show", "1"), 0, "fingerprint  v1:");
	assert_printed(contlint(*state, "reaches", "getaddrinfo"), 0, "through <U+001B>[2J");
	assert_printed(contlint(*state, "callbacks"), 0, "on_accept");
	assert_printed(contlint(*state, "query", "open"), 0, "blocking-dns");
}

#define look_test(name) cmocka_unit_test_setup_teardown(name, setup, command_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		look_test(the_database_is_found_from_a_folder_below),
		look_test(no_database_is_exit_4_and_says_who_makes_it),
		look_test(a_stored_query_prints_a_box),
		look_test(a_query_prints_json_csv_and_markdown),
		look_test(parameters_are_given_as_key_and_value),
		look_test(the_list_tells_names_and_parameters),
		look_test(bad_questions_are_usage_errors),
		look_test(hostile_text_is_spelled_out_for_people_only),
		look_test(callbacks_tell_who_registered_them),
		look_test(nothing_dispatched_is_an_answer),
		look_test(a_function_that_is_no_continuation_is_an_answer),
		look_test(what_a_continuation_calls_through_a_pointer_is_listed_too),
		look_test(unresolved_calls_are_listed),
		look_test(reaches_shows_the_way),
		look_test(reaching_nothing_is_told_with_what_is_not_known),
		look_test(unknown_functions_and_contexts_get_a_suggestion),
		look_test(a_finding_is_shown_by_number_and_fingerprint),
		look_test(a_shown_finding_has_path_source_and_history),
		look_test(a_finding_that_cannot_be_told_is_a_usage_error),
		look_test(a_hostile_database_is_only_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
