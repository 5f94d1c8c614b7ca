/* Names, lines and stacks of a real position-independent program: with debug information, without,
 * with it in a file of its own, and of another build. */
#include "reports/traces/symbols.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "reports/traces/trace.h"
#include "tests/scratch.h"
#include "tests/traced.h"

struct fixture {
	char *folder, *path;
};

/* The first line of the traced program with `text` in it, from the one with `after` on. */
static int line_with(const char *after, const char *text)
{
	g_autofree char *source = NULL;
	const char *at;
	int line = 1;

	assert_true(g_file_get_contents(TEST_SOURCE_DIR "/tests/end-to-end/program.c", &source,
					NULL, NULL));
	at = strstr(source, after);
	at = at ? strstr(at, text) : NULL;
	assert_non_null(at);
	for (const char *c = source; c < at; c++)
		line += *c == '\n';
	return line;
}

static int setup(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);

	fixture->folder = scratch_new();
	fixture->path = g_build_filename(fixture->folder, "trace", NULL);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	scratch_remove(fixture->folder);
	g_free(fixture->path);
	g_free(fixture);
	return 0;
}

static struct trace *trace_of(void **state, const char *program)
{
	struct fixture *fixture = *state;
	g_autoptr(GError) error = NULL;
	struct trace *trace;

	(void)traced_run(program, "2", fixture->path);
	trace = trace_read(fixture->path, &error);
	if (!trace)
		fail_msg("%s", error->message);
	return trace;
}

/* The name that the site has whose function is called `name`, or NULL; `*ret` is its symbol. */
static bool find_site(struct symbols *symbols, const struct trace *trace, const char *name,
		      struct symbol *ret)
{
	for (guint i = 0; i < trace->sites->len; i++) {
		guint64 function = g_array_index(trace->sites, struct trace_site, i).function;
		g_autoptr(GArray) here = symbols_at(symbols, function);

		*ret = g_array_index(here, struct symbol, here->len - 1);
		if (g_strcmp0(ret->name, name) == 0)
			return true;
	}
	return false;
}

static void a_function_has_its_name_file_and_line(void **state)
{
	g_autoptr(trace_t) trace = trace_of(state, TEST_TRACED);
	g_autoptr(symbols_t) symbols = symbols_new(trace->modules, NULL);
	struct symbol symbol;

	assert_int_equal(symbols_rebuilt(symbols), 0);
	assert_true(find_site(symbols, trace, "sleeps", &symbol));
	assert_string_equal(symbol.linkage, "sleeps");
	assert_string_equal(symbol.file, TEST_SOURCE_DIR "/tests/end-to-end/program.c");
	assert_int_equal(symbol.line, line_with("static void sleeps(", "static"));
	assert_false(symbol.inlined);
}

static void without_debug_information_there_is_the_symbol_table(void **state)
{
	g_autoptr(trace_t) trace = trace_of(state, TEST_TRACED_BARE);
	g_autoptr(symbols_t) symbols = symbols_new(trace->modules, NULL);
	struct symbol symbol;

	assert_true(find_site(symbols, trace, "sleeps", &symbol));
	assert_string_equal(symbol.linkage, "sleeps");
	assert_null(symbol.file);
	assert_int_equal(symbol.line, 0);
}

static void an_address_nowhere_has_no_name(void **state)
{
	g_autoptr(trace_t) trace = trace_of(state, TEST_TRACED);
	g_autoptr(symbols_t) symbols = symbols_new(trace->modules, NULL);
	g_autoptr(GArray) here = symbols_at(symbols, 42);

	assert_int_equal(here->len, 1);
	assert_null(g_array_index(here, struct symbol, 0).name);
}

/* Position of the frame called `name`, or -1. */
static int find_frame(const GArray *frames, const char *name)
{
	for (guint i = 0; i < frames->len; i++)
		if (g_strcmp0(g_array_index(frames, struct symbol, i).name, name) == 0)
			return (int)i;
	return -1;
}

static const struct contlint_trace_stack *stack_of_sleep(const struct trace *trace)
{
	for (guint i = 0; i < trace->sights->len; i++) {
		const struct trace_sight *sight =
			&g_array_index(trace->sights, struct trace_sight, i);

		if (sight->syscall >= 0 && sight->stack > 0)
			return &g_array_index(trace->stacks, struct contlint_trace_stack,
					      sight->stack - 1);
	}
	fail_msg("nobody was seen asleep");
	return NULL;
}

/* Of a sleeping thread only pc and sp are known: in a build without optimisation the frame
 * pointer has to be found. */
static void a_blocked_stack_leads_from_the_call_to_the_continuation(void **state)
{
	g_autoptr(trace_t) trace = trace_of(state, TEST_TRACED);
	g_autoptr(symbols_t) symbols = symbols_new(trace->modules, NULL);
	enum symbols_method method;
	g_autoptr(GArray) frames = symbols_unwind(symbols, stack_of_sleep(trace), &method);
	int nap = find_frame(frames, "nap"), sleeps = find_frame(frames, "sleeps");

	assert_true(nap > 0);
	assert_int_equal(sleeps, nap + 1);
	assert_int_equal(g_array_index(frames, struct symbol, nap).at_line,
			 line_with("static void nap(", "nanosleep("));
	assert_int_equal(g_array_index(frames, struct symbol, sleeps).at_line,
			 line_with("static void sleeps(", "nap("));
	assert_int_equal(find_frame(frames, "light"), -1);
}

static void spoilt_stacks_do_no_harm(void **state)
{
	enum { ROUNDS = 200 };
	g_autoptr(trace_t) trace = trace_of(state, TEST_TRACED);
	g_autoptr(symbols_t) symbols = symbols_new(trace->modules, NULL);
	struct contlint_trace_stack stack;
	GRand *random = g_rand_new_with_seed(5);

	for (int i = 0; i < ROUNDS; i++) {
		enum symbols_method method;
		g_autoptr(GArray) frames = NULL;

		stack = *stack_of_sleep(trace);
		for (int j = 0; j < 40; j++)
			stack.bytes[g_rand_int_range(random, 0, 1024)] = (guint8)g_rand_int(random);
		if (i % 3 == 0)
			stack.size = (guint32)g_rand_int_range(random, 0, 200);
		if (i % 7 == 0)
			stack.at.sp = G_MAXUINT64 - 8;
		frames = symbols_unwind(symbols, &stack, &method);
		assert_true(frames->len > 0);
	}
	g_rand_free(random);
}

/* ---- files ------------------------------------------------------------------------------- */

static bool run_tool(const char *const *argv)
{
	int status;

	return g_spawn_sync(NULL, (char **)argv, NULL,
			    G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
			    NULL, &status, NULL) &&
	       status == 0;
}

static void separate_debug_information_is_found_by_its_link(void **state)
{
	struct fixture *fixture = *state;
	g_autofree char *program = g_build_filename(fixture->folder, "program", NULL);
	g_autofree char *debug = g_build_filename(fixture->folder, "program.debug", NULL);
	g_autofree char *link = g_strdup_printf("--add-gnu-debuglink=%s", debug);
	const char *const split[] = {"objcopy", "--only-keep-debug", TEST_TRACED, debug, NULL};
	const char *const strip[] = {"objcopy", "--strip-all", link, TEST_TRACED, program, NULL};
	g_autoptr(trace_t) trace = NULL;
	g_autoptr(symbols_t) symbols = NULL;
	struct symbol symbol;

	if (!run_tool(split) || !run_tool(strip))
		skip(); /* no binutils */
	trace = trace_of(state, program);
	symbols = symbols_new(trace->modules, NULL);
	assert_true(find_site(symbols, trace, "computes", &symbol));
	assert_int_equal(symbol.line, line_with("static void computes(", "static"));
}

/* Where a distribution's debug packages put it; NULL without a build-id. */
static char *build_id_path(const char *folder, const struct trace *trace)
{
	const struct contlint_trace_module *module =
		&g_array_index(trace->modules, struct contlint_trace_module, 0);
	g_autoptr(GString) path = g_string_new(folder);

	if (module->build_id_size < 2)
		return NULL;
	g_string_append_printf(path, "/.build-id/%02x/", module->build_id[0]);
	for (guint i = 1; i < module->build_id_size; i++)
		g_string_append_printf(path, "%02x", module->build_id[i]);
	g_string_append(path, ".debug");
	return g_string_free(g_steal_pointer(&path), FALSE);
}

static void separate_debug_information_is_found_by_its_build_id(void **state)
{
	struct fixture *fixture = *state;
	g_autofree char *program = g_build_filename(fixture->folder, "program", NULL);
	const char *const strip[] = {"objcopy", "--strip-all", TEST_TRACED, program, NULL};
	g_autoptr(trace_t) trace = NULL;
	g_autoptr(symbols_t) without = NULL, symbols = NULL;
	g_autofree char *debug = NULL, *folder = NULL;
	struct symbol symbol;

	if (!run_tool(strip))
		skip(); /* no binutils */
	trace = trace_of(state, program);
	debug = build_id_path(fixture->folder, trace);
	if (!debug)
		skip(); /* the linker makes none */
	without = symbols_new(trace->modules, fixture->folder);
	assert_false(find_site(without, trace, "computes", &symbol));
	folder = g_path_get_dirname(debug);
	assert_int_equal(g_mkdir_with_parents(folder, 0777), 0);
	{
		const char *const split[] = {"objcopy", "--only-keep-debug", TEST_TRACED, debug,
					     NULL};

		assert_true(run_tool(split));
	}
	symbols = symbols_new(trace->modules, fixture->folder);
	assert_true(find_site(symbols, trace, "computes", &symbol));
	assert_int_equal(symbol.line, line_with("static void computes(", "static"));
}

static void a_file_of_another_build_is_not_believed(void **state)
{
	struct fixture *fixture = *state;
	g_autofree char *program = g_build_filename(fixture->folder, "program", NULL);
	const char *const first[] = {"cp", TEST_TRACED, program, NULL};
	const char *const second[] = {"cp", TEST_TRACED_BARE, program, NULL};
	g_autoptr(trace_t) trace = NULL;
	g_autoptr(symbols_t) symbols = NULL;
	struct symbol symbol;

	assert_true(run_tool(first));
	trace = trace_of(state, program);
	assert_true(run_tool(second));
	symbols = symbols_new(trace->modules, NULL);
	assert_int_equal(symbols_rebuilt(symbols), 1);
	assert_false(find_site(symbols, trace, "sleeps", &symbol));
}

static void modules_of_strangers_are_only_unreadable(void **state)
{
	g_autoptr(GArray) modules = g_array_new(FALSE, TRUE, sizeof(struct contlint_trace_module));
	struct contlint_trace_module strange[] = {
		{.start = 0x1000, .end = 0x2000, .path = "/dev/zero"},
		{.start = 0x3000, .end = 0x4000, .path = "/no/such/file"},
		{.start = 0x5000,
		 .end = G_MAXUINT64,
		 .bias = G_MAXUINT64 - 4096,
		 .path = TEST_SOURCE_DIR "/CMakeLists.txt"},
		{.start = 0, .end = G_MAXUINT64, .path = "linux-vdso.so.1"},
	};
	g_autoptr(symbols_t) symbols = NULL;
	g_autoptr(GArray) here = NULL;

	g_array_append_vals(modules, strange, G_N_ELEMENTS(strange));
	symbols = symbols_new(modules, NULL);
	assert_int_equal(symbols_unreadable(symbols), 3);
	here = symbols_at(symbols, 0x1800);
	assert_null(g_array_index(here, struct symbol, 0).name);
}

/* Every number of the modules may be anything, and their files any file. */
static void hostile_modules_do_no_harm(void **state)
{
	enum { ROUNDS = 60 };
	static const char *const paths[] = {"/dev/zero",
					    "/proc/self/mem",
					    "/etc/passwd",
					    TEST_TRACED,
					    TEST_SOURCE_DIR "/CMakeLists.txt",
					    ""};
	const guint64 words[] = {0, 1, 4096, G_MAXUINT32, G_MAXINT64, G_MAXUINT64, 0x400000};
	g_autoptr(trace_t) trace = trace_of(state, TEST_TRACED);
	GRand *random = g_rand_new_with_seed(11);
	guint named = 0;

	for (int i = 0; i < ROUNDS; i++) {
		g_autoptr(GArray) modules = g_array_copy(trace->modules);
		struct contlint_trace_module *module =
			&g_array_index(modules, struct contlint_trace_module,
				       (guint)g_rand_int_range(random, 0, (gint32)modules->len));
		guint64 *const numbers[] = {&module->start, &module->end, &module->bias};
		enum symbols_method method;
		g_autoptr(symbols_t) symbols = NULL;
		g_autoptr(GArray) frames = NULL;
		struct symbol symbol;

		if (i % 2 == 0)
			*numbers[g_rand_int_range(random, 0, 3)] =
				words[g_rand_int_range(random, 0, G_N_ELEMENTS(words))];
		if (i % 3 == 0)
			module->build_id_size = (guint32)g_rand_int_range(random, 0, 33);
		if (i % 5 == 0)
			g_strlcpy(module->path,
				  paths[g_rand_int_range(random, 0, G_N_ELEMENTS(paths))],
				  sizeof(module->path));
		symbols = symbols_new(modules, NULL);
		named += find_site(symbols, trace, "sleeps", &symbol);
		frames = symbols_unwind(symbols, stack_of_sleep(trace), &method);
		assert_true(frames->len > 0);
	}
	g_rand_free(random);
	assert_true(named > 0 && named < ROUNDS);
}

#define test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_function_has_its_name_file_and_line),
		test(without_debug_information_there_is_the_symbol_table),
		test(an_address_nowhere_has_no_name),
		test(a_blocked_stack_leads_from_the_call_to_the_continuation),
		test(spoilt_stacks_do_no_harm),
		test(separate_debug_information_is_found_by_its_link),
		test(separate_debug_information_is_found_by_its_build_id),
		test(a_file_of_another_build_is_not_believed),
		test(modules_of_strangers_are_only_unreadable),
		test(hostile_modules_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
