/* Linking: who runs where, through which pointers, under which conditions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/conditions/condition.h"
#include "analyzer/paths.h"
#include "tests/analyzer/linked.h"

#define IO_ONLY(body) g_autoptr(linked_t) linked = linked_new("a.c", LINKED_LIBRARY body, NULL)

static void a_function_passed_to_a_modelled_call_runs_on_the_loop(void **state)
{
	IO_ONLY("static void ready(void *d) { (void)d; }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_contexts(linked, "ready"), CONTEXT_IO);
	assert_int_equal(linked_contexts(linked, "start"), 0);
	assert_int_equal(linked->program->coverage.continuations, 1);
}

/* Appends `count` functions NAME0, NAME1, … and `line` with the number of each in place of %u. */
static void append_many(GString *source, const char *name, guint count, const char *line)
{
	g_auto(GStrv) parts = g_strsplit(line, "%u", -1);

	for (guint i = 0; i < count; i++) {
		g_autofree char *number = g_strdup_printf("%u", i);
		g_autofree char *told = g_strjoinv(number, parts);

		g_string_append_printf(source, "static void %s%u(void *d) { lib_sleep(%u); }\n",
				       name, i, i + 1);
		g_string_append(source, told);
	}
}

static const char over_common_call[] = "static void ready(void *d) { slots[*(int *)d].fn(d); }\n"
				       "void start(void) { lib_register(1, ready, 0); }\n";

static void assert_cut(const GString *source)
{
	g_autoptr(linked_t) linked = linked_new("a.c", source->str, NULL);

	assert_int_equal(linked->program->coverage.io_indirect_cut, 1);
	assert_int_equal(linked_contexts(linked, "h0") & CONTEXT_IO, 0);
	assert_int_equal(linked_contexts(linked, "h249") & CONTEXT_IO, 0);
	assert_int_equal(linked_sinks(linked, "h249", NULL), 0);
}

/* Micro-case 16: functions that get into so many slots by way of others are not followed. */
static void an_over_common_pointer_is_cut_and_counted(void **state)
{
	g_autoptr(GString) source = g_string_new(
		LINKED_LIBRARY "static struct slot { lib_cb *fn; } slots[250];\n"
			       "static void set(int n, lib_cb *cb) { slots[n].fn = cb; }\n");

	append_many(source, "h", 250, "void set%u(void) { set(%u, h%u); }\n");
	g_string_append(source, over_common_call);
	assert_cut(source);
}

static void an_over_common_pointer_is_cut_behind_a_copy_too(void **state)
{
	g_autoptr(GString) source =
		g_string_new(LINKED_LIBRARY "static struct slot { lib_cb *fn; } slots[250];\n"
					    "static lib_cb *hooks[250];\n"
					    "#define TAKE(n) (slots[n].fn = hooks[n])\n"
					    "void take(int n) { TAKE(n); }\n");

	append_many(source, "h", 250, "void set%u(void) { hooks[%u] = h%u; }\n");
	g_string_append(source, over_common_call);
	assert_cut(source);
}

static void what_a_call_hands_over_tells_over_common_pointers_apart(void **state)
{
	g_autoptr(GString) source = g_string_new(
		LINKED_LIBRARY "static struct slot { lib_cb *fn; } slots[250];\n"
			       "static void set(int n, lib_cb *cb) { slots[n].fn = cb; }\n"
			       "static void two(void *d, int n) { lib_sleep(n); }\n"
			       "void set_two(void) { set(9, (lib_cb *)two); }\n");
	g_autoptr(linked_t) linked = NULL;

	append_many(source, "h", 150, "void set%u(void) { set(%u, h%u); }\n");
	g_string_append(source, "static void ready(void *d) { void (*fn)(void *, int) = "
				"(void (*)(void *, int))slots[*(int *)d].fn; fn(d, 3); }\n"
				"void start(void) { lib_register(1, ready, 0); }\n");
	linked = linked_new("a.c", source->str, NULL);
	assert_int_equal(linked->program->coverage.io_indirect_cut, 0);
	assert_int_equal(linked_contexts(linked, "two"), CONTEXT_IO);
	assert_int_equal(linked_contexts(linked, "h9") & CONTEXT_IO, 0);
}

/* A table that names its functions may be long, as those of commands are, but not endless. */
static void a_table_of_names_is_followed_up_to_a_thousand(void **state)
{
	g_autoptr(GString) some =
		g_string_new(LINKED_LIBRARY "static struct slot { lib_cb *fn; } slots[2000];\n");
	g_autoptr(GString) many = g_string_new(some->str);

	append_many(some, "h", 250, "void set%u(void) { slots[%u].fn = h%u; }\n");
	g_string_append(some, over_common_call);
	append_many(many, "h", 1001, "void set%u(void) { slots[%u].fn = h%u; }\n");
	g_string_append(many, over_common_call);
	g_autoptr(linked_t) linked = linked_new("a.c", some->str, NULL);

	assert_int_equal(linked_contexts(linked, "h249"), CONTEXT_IO);
	assert_cut(many);
}

static void contexts_follow_calls_across_files(void **state)
{
	g_autoptr(linked_t) linked = linked_new(
		"a.c",
		LINKED_LIBRARY "void far(void);\nstatic void ready(void *d) { (void)d; far(); }\n"
			       "void start(void) { lib_register(1, ready, 0); }\n",
		"b.c", LINKED_LIBRARY "void far(void) { lib_sleep(1); }\n", NULL);

	assert_int_equal(linked_contexts(linked, "far"), CONTEXT_IO);
	assert_int_equal(linked_sinks(linked, "far", NULL), 1);
}

static void equal_static_names_in_two_files_stay_apart(void **state)
{
	g_autoptr(linked_t) linked =
		linked_new("a/x.c",
			   LINKED_LIBRARY "static void help(void) { lib_sleep(1); }\n"
					  "void unused(void) { help(); }\n",
			   "b/x.c",
			   LINKED_LIBRARY "static void help(void) { lib_receive(1, 64); }\n"
					  "static void ready(void *d) { (void)d; help(); }\n"
					  "void start(void) { lib_register(1, ready, 0); }\n",
			   NULL);
	guint count;
	g_autofree uint32_t *found = program_functions_named(linked->program, "help", &count);

	assert_int_equal(count, 2);
	assert_int_equal(linked->program->functions[found[0]].contexts |
				 linked->program->functions[found[1]].contexts,
			 CONTEXT_IO);
	assert_int_not_equal(linked->program->functions[found[0]].contexts,
			     linked->program->functions[found[1]].contexts);
}

static void a_positional_initializer_fills_the_field_it_stands_for(void **state)
{
	IO_ONLY("static void ready(void *d) { (void)d; lib_sleep(1); }\n"
		"static void other(void *d) { (void)d; }\n"
		"struct lib_ops ops = {1, ready, other};\n");

	assert_int_equal(linked_contexts(linked, "ready"), CONTEXT_IO);
	assert_int_equal(linked_contexts(linked, "other"), 0);
	assert_int_equal(linked_sinks(linked, "ready", NULL), 1);
}

static void a_callback_travels_through_parameters_and_a_field(void **state)
{
	g_autoptr(linked_t) linked = linked_new(
		"a.c",
		LINKED_LIBRARY "struct box { lib_cb *kept; };\n"
			       "static void deep(struct box *b, lib_cb *f) { b->kept = f; }\n"
			       "void wrap(struct box *b, lib_cb *f) { deep(b, f); }\n"
			       "void arm(struct box *b) { lib_register(3, b->kept, b); }\n",
		"b.c",
		LINKED_LIBRARY "struct box;\nvoid wrap(struct box *b, lib_cb *f);\n"
			       "static void ready(void *d) { (void)d; lib_sleep(2); }\n"
			       "void start(struct box *b) { wrap(b, ready); }\n",
		NULL);

	assert_int_equal(linked_contexts(linked, "ready"), CONTEXT_IO);
	assert_int_equal(linked_sinks(linked, "ready", NULL), 1);
}

static void a_call_through_a_field_reaches_all_that_is_stored_there(void **state)
{
	IO_ONLY("struct verb { const char *name; void (*run)(void); };\n"
		"static void one(void) { lib_sleep(1); }\nstatic void two(void) { lib_sleep(1); }\n"
		"static const struct verb verbs[] = {{\"one\", one}, {.run = two, .name = "
		"\"two\"}};\n"
		"static void ready(void *d) { verbs[*(int *)d].run(); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_contexts(linked, "one"), CONTEXT_IO);
	assert_int_equal(linked_contexts(linked, "two"), CONTEXT_IO);
	assert_int_equal(linked->program->coverage.indirect_resolved, 1);
}

static void offloaded_work_is_not_on_the_loop_and_its_after_work_is(void **state)
{
	IO_ONLY("static void work(void *d) { (void)d; lib_sleep(1); }\n"
		"static void after(void *d) { (void)d; lib_sleep(1); }\n"
		"static void ready(void *d) { (void)d; lib_offload(work, after); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_contexts(linked, "work"), CONTEXT_WORKER);
	assert_int_equal(linked_sinks(linked, "work", NULL), 0);
	assert_int_equal(linked_sinks(linked, "after", NULL), 1);
}

static void a_synchronous_callback_runs_where_its_caller_runs(void **state)
{
	IO_ONLY("static void each(void *d) { (void)d; lib_sleep(1); }\n"
		"static void ready(void *d) { lib_each(d, each); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_contexts(linked, "each"), CONTEXT_IO);
	assert_int_equal(linked_sinks(linked, "each", NULL), 1);
}

static void a_callback_typedef_makes_unmodelled_calls_register(void **state)
{
	IO_ONLY("static void done(void *d) { (void)d; lib_sleep(1); }\n"
		"void start(void) { lib_unknown(done); }\n");

	assert_int_equal(linked_contexts(linked, "done"), CONTEXT_IO);
}

static void constant_arguments_decide_conditions(void **state)
{
	IO_ONLY("#define NOW 64\nenum { ZERO };\n"
		"static void quiet(void *d) { int flags = NOW; (void)d; lib_sleep(0); "
		"lib_sleep(ZERO);\n"
		"  lib_receive(1, flags | 2); if (0) lib_sleep(1); }\n"
		"static void loud(void *d) { (void)d; lib_receive(1, 2); }\n"
		"void start(void) { lib_register(1, quiet, 0); lib_register(1, loud, 0); }\n");
	uint32_t verdict = FORMULA_UNKNOWN;

	assert_int_equal(linked_sinks(linked, "quiet", NULL), 0);
	assert_int_equal(linked_sinks(linked, "loud", &verdict), 1);
	assert_int_equal(verdict, FORMULA_TRUE);
}

static void a_parameter_is_decided_at_the_caller(void **state)
{
	IO_ONLY("static void wrapped(lib_done_cb f) { lib_open(\"x\", f); }\n"
		"static void asynchronous(lib_done_cb f) { lib_open(\"y\", f); }\n"
		"static void done(void *d) { (void)d; }\n"
		"static void ready(void *d) { (void)d; wrapped(0); asynchronous(done); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");
	uint32_t verdict = FORMULA_UNKNOWN;

	assert_int_equal(linked_sinks(linked, "wrapped", &verdict), 1);
	assert_int_equal(verdict, FORMULA_TRUE);
	assert_int_equal(linked_sinks(linked, "asynchronous", NULL), 0);
}

static void a_branch_on_a_parameter_is_decided_at_the_caller(void **state)
{
	IO_ONLY("static void empty(int lazy) { if (lazy) { return; } lib_sleep(1); }\n"
		"static void clear(int lazy) { if (lazy) { return; } lib_sleep(1); }\n"
		"static void ready(void *d) { (void)d; empty(1); clear(0); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_sinks(linked, "empty", NULL), 0);
	assert_int_equal(linked_sinks(linked, "clear", NULL), 1);
}

static void a_switch_on_a_parameter_is_decided_at_the_caller(void **state)
{
	IO_ONLY("static void act(int what) { switch (what) { case 1: lib_sleep(1); break;\n"
		"  default: lib_receive(1, 64); } }\n"
		"static void ready(void *d) { (void)d; act(2); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_sinks(linked, "act", NULL), 0);
}

static void a_local_that_changes_is_not_constant(void **state)
{
	IO_ONLY("static void ready(void *d) { int n = 0; n++; lib_sleep(n);\n"
		"  int m = 0; if (d) m = 3; if (m) lib_sleep(1); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_sinks(linked, "ready", NULL), 2);
}

static void a_way_out_of_the_program_may_block(void **state)
{
	IO_ONLY("static void die(const char *s) { lib_sleep(1); if (s) lib_exit(2); lib_exit(1); "
		"}\n"
		"static void ready(void *d) { if (!d) { lib_sleep(1); die(\"x\"); } }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_sinks(linked, "ready", NULL), 0);
	assert_int_equal(linked_sinks(linked, "die", NULL), 0);
}

static void a_forked_child_has_left_the_loop(void **state)
{
	IO_ONLY("static int my_fork(void) { int pid = lib_fork(); return pid; }\n"
		"static void child(void) { lib_sleep(1); }\n"
		"static void parent(void) { lib_sleep(1); }\n"
		"static void ready(void *d) { int pid; if ((pid = my_fork()) == 0) { child(); }\n"
		"  else { parent(); } }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_sinks(linked, "child", NULL), 0);
	assert_int_equal(linked_sinks(linked, "parent", NULL), 1);
}

static void a_test_of_the_context_splits_it(void **state)
{
	IO_ONLY("static void help(void) { if (lib_on_loop()) return; lib_sleep(1); }\n"
		"static void ready(void *d) { (void)d; help(); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_sinks(linked, "help", NULL), 0);
}

static void recursion_ends_and_gives_one_path(void **state)
{
	IO_ONLY("static void b(int n);\nstatic void a(int n) { if (n) b(n - 1); }\n"
		"static void b(int n) { lib_sleep(1); a(n); }\n"
		"static void ready(void *d) { (void)d; a(3); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_sinks(linked, "b", NULL), 1);
}

static void a_home_made_loop_is_found_without_a_model_of_it(void **state)
{
	g_autoptr(linked_t) linked = linked_new(
		"loop.c",
		LINKED_LIBRARY
		"struct event { lib_cb *read; void *data; };\nstruct event table[16];\n"
		"void add(int fd, lib_cb *f) { table[fd].read = f; }\n"
		"static int poll_all(void) { return lib_wait(3, -1); }\n"
		"void process(void) { int n = poll_all(); for (int i = 0; i < n; i++)\n"
		"  table[i].read(table[i].data); }\n"
		"void run(void) { while (1) process(); }\n",
		"main.c",
		LINKED_LIBRARY "void add(int, lib_cb *);\nvoid run(void);\n"
			       "static void ready(void *d) { (void)d; lib_sleep(1); }\n"
			       "static void before(void) { lib_sleep(1); }\n"
			       "int main(void) { before(); add(1, ready); run(); return 0; }\n",
		NULL);

	assert_true(linked->program->functions[linked_function(linked, "process")].is_loop);
	assert_int_equal(linked_contexts(linked, "ready"), CONTEXT_IO);
	assert_int_equal(linked_contexts(linked, "before"), CONTEXT_STARTUP);
	assert_int_equal(linked_sinks(linked, "ready", NULL), 1);
}

static void direct_calls_in_a_waiting_loop_are_continuations(void **state)
{
	IO_ONLY("static void handle(int n) { (void)n; lib_sleep(1); }\n"
		"static void before(void) { lib_sleep(1); }\n"
		"int main(void) { before(); for (;;) { int n = lib_wait(1, -1); handle(n); } }\n");

	assert_int_equal(linked_contexts(linked, "handle"), CONTEXT_IO);
	assert_int_equal(linked_sinks(linked, "before", NULL), 0);
}

static void a_field_behind_a_pointer_may_have_been_changed_by_others(void **state)
{
	IO_ONLY("struct job { int state; };\n"
		"void kill_job(struct job *j) { j->state = 2; }\n"
		"static void ready(void *d) { struct job *j = d;\n"
		"  if (j->state == 2) { lib_sleep(1); } else { j->state = 3; } }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_sinks(linked, "ready", NULL), 1);
}

static void a_field_of_a_local_object_has_what_is_assigned_to_it(void **state)
{
	IO_ONLY("struct options { int seconds; };\n"
		"static void ready(void *d) { struct options o = {.seconds = 0}; (void)d;\n"
		"  lib_sleep(o.seconds); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_sinks(linked, "ready", NULL), 0);
}

static void what_is_called_beside_a_loop_step_runs_on_its_thread(void **state)
{
	IO_ONLY("struct event { lib_cb *read; void *data; };\nstruct event table[16];\n"
		"static void step(void) { int n = lib_wait(3, -1); for (int i = 0; i < n; i++)\n"
		"  table[i].read(table[i].data); }\n"
		"static void tidy(void) { lib_sleep(1); }\n"
		"static void before(void) { lib_sleep(1); }\n"
		"int main(void) { before(); for (;;) { tidy(); step(); } }\n");

	assert_int_equal(linked_sinks(linked, "tidy", NULL), 1);
	assert_int_equal(linked_sinks(linked, "before", NULL), 0);
}

static void a_call_tested_before_an_exit_is_believed_less(void **state)
{
	IO_ONLY("static int finish(void) { lib_sleep(1); return 0; }\n"
		"static void stop(void *d) { (void)d; if (finish() == 0) lib_exit(0); }\n"
		"void start(void) { lib_register(1, stop, 0); }\n");

	assert_int_equal(linked_sinks(linked, "finish", NULL), 1);
	assert_true(linked_certainty(linked, "finish") < 0.6);
}

static void a_file_that_stays_open_is_not_freed_by_its_removal(void **state)
{
	IO_ONLY("static int fd;\n"
		"static void background(const char *name) { fd = lib_make(name); lib_remove(name); "
		"}\n"
		"static void ready(void *d) { background(d); lib_remove(d); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_int_equal(linked_sinks(linked, "background", NULL), 0);
	assert_int_equal(linked_sinks(linked, "ready", NULL), 1);
}

static void a_function_that_passes_the_loop_step_on_is_a_step(void **state)
{
	IO_ONLY("struct event { lib_cb *read; void *data; };\nstruct event table[16];\n"
		"static void poll_once(void) { int n = lib_wait(3, -1); for (int i = 0; i < n; "
		"i++)\n"
		"  table[i].read(table[i].data); }\n"
		"static void step(void) { poll_once(); }\n"
		"static void tidy(void) { lib_sleep(1); }\n"
		"int main(void) { for (;;) { tidy(); step(); } }\n");

	assert_int_equal(linked_sinks(linked, "tidy", NULL), 1);
}

static void a_whole_table_can_be_registered(void **state)
{
	IO_ONLY("struct verbs { void (*one)(void); void (*two)(void); };\n"
		"static void one(void) { lib_sleep(1); }\nstatic void two(void) { lib_sleep(1); }\n"
		"static const struct verbs table = {one, .two = two};\n"
		"void start(void) { lib_implement(&table); }\n");

	assert_int_equal(linked_contexts(linked, "one"), CONTEXT_IO);
	assert_int_equal(linked_contexts(linked, "two"), CONTEXT_IO);
}

static void branches_of_failure_are_told_apart(void **state)
{
	IO_ONLY("static void ready(void *d) { int fd = lib_make(d); if (fd < 0) { lib_sleep(1); }\n"
		"  else { lib_sleep(2); }\n  if (-1 != lib_fork()) { lib_sleep(3); } }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");
	const GArray *sites = paths_sinks(linked->program);

	assert_int_equal(sites->len, 3);
	assert_true(g_array_index(sites, struct sink_site, 0).on_failure);
	assert_false(g_array_index(sites, struct sink_site, 1).on_failure);
	assert_false(g_array_index(sites, struct sink_site, 2).on_failure);
}

/* The function in which way `i` joins the path to the only sink. */
static const char *joins(const struct linked *linked, guint i, guint *ret_count)
{
	const struct sink_site *site =
		&g_array_index(paths_sinks(linked->program), struct sink_site, 0);
	guint cut;
	g_autoptr(GArray) ways =
		paths_ways(linked->program, paths_best(linked->program, site), &cut);
	const struct path_way *way;
	uint32_t edge;

	*ret_count = ways->len;
	if (i >= ways->len)
		return "";
	way = &g_array_index(ways, struct path_way, i);
	edge = g_array_index(way->path->edges, uint32_t, way->path->edges->len - way->shared - 1);
	return linked->program->functions[linked->program->edges[edge].caller].name;
}

static void each_way_into_what_blocks_is_kept(void **state)
{
	IO_ONLY("static void helper(void) { lib_sleep(1); }\n"
		"static void near(void) { helper(); }\n"
		"static void far(void) { helper(); }\n"
		"static void farther(void) { far(); }\n"
		"static void ready(void *d) { near(); farther(); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");
	guint count;

	assert_string_equal(joins(linked, 0, &count), "far");
	assert_int_equal(count, 1);
}

static void a_second_line_of_one_caller_and_a_recursion_are_no_other_ways(void **state)
{
	IO_ONLY("static void helper(int n) { lib_sleep(1); if (n) helper(n - 1); }\n"
		"static void ready(void *d) { helper(1); helper(2); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");
	guint count;

	(void)joins(linked, 0, &count);
	assert_int_equal(count, 0);
}

/* Sixty functions call what blocks; behind one more are two that three others call each. */
static void a_way_in_that_many_come_by_is_told_more_than_once(void **state)
{
	g_autoptr(GString) near = g_string_new(NULL);
	g_autoptr(GString) calls = g_string_new(NULL);
	guint count = 1, over_hub = 0;

	for (guint i = 0; i < 60; i++) {
		g_string_append_printf(near, "static void near%u(void) { helper(); }\n", i);
		g_string_append_printf(calls, "near%u(); ", i);
	}
	for (guint i = 0; i < 6; i++) {
		g_string_append_printf(near, "static void far%u(void) { gate%u(); }\n", i, i % 2);
		g_string_append_printf(calls, "far%u(); ", i);
	}
	g_autofree char *text =
		g_strconcat(LINKED_LIBRARY "static void helper(void) { lib_sleep(1); }\n"
					   "static void hub(void) { helper(); }\n"
					   "static void gate0(void) { hub(); }\n"
					   "static void gate1(void) { hub(); }\n",
			    near->str, "static void ready(void *d) { ", calls->str,
			    "}\nvoid start(void) { lib_register(1, ready, 0); }\n", NULL);
	g_autoptr(linked_t) linked = linked_new("a.c", text, NULL);

	for (guint i = 0; i < count; i++)
		over_hub += g_str_equal(joins(linked, i, &count), "hub");
	assert_int_equal(count, PATHS_WAYS);
	assert_int_equal(over_hub, 2);
}

static void callbacks_of_one_name_in_two_programs_are_both_found(void **state)
{
	static const char client[] = LINKED_LIBRARY
		"void keep(lib_cb *f);\nvoid on_done(void *d) { (void)d; lib_sleep(1); }\n"
		"int main(void) { keep(on_done); return 0; }\n";
	g_autoptr(linked_t) linked = linked_new(
		"one/client.c", client, "two/client.c", client, "lib/keep.c",
		LINKED_LIBRARY "static lib_cb *kept;\nvoid keep(lib_cb *f) { kept = f; }\n"
			       "static void ready(void *d) { kept(d); }\n"
			       "void start(void) { lib_register(1, ready, 0); }\n",
		NULL);
	guint count;
	g_autofree uint32_t *found = program_functions_named(linked->program, "on_done", &count);

	assert_int_equal(count, 2);
	assert_true((linked->program->functions[found[0]].contexts |
		     linked->program->functions[found[1]].contexts) &
		    CONTEXT_IO);
}

#define WAIT_USER                                                                                  \
	LINKED_LIBRARY "void settle(void);\n"                                                      \
		       "static void ready(void *d) { (void)d; settle(); }\n"                       \
		       "void start(void) { lib_register(1, ready, 0); }\n"
#define WAIT_STUB "void settle(void);\nvoid settle(void) { }\n"

static void a_name_of_two_definitions_is_half_certain_of_each(void **state)
{
	g_autoptr(linked_t) linked = linked_new(
		"lib/use.c", WAIT_USER, "one/settle.c", WAIT_STUB, "two/settle.c",
		LINKED_LIBRARY "static void pause_now(void) { lib_sleep(1); }\n"
			       "void settle(void);\nvoid settle(void) { pause_now(); }\n",
		NULL);

	assert_int_equal(linked_contexts(linked, "pause_now"), CONTEXT_IO);
	assert_true(linked_certainty(linked, "pause_now") == 0.5);
	assert_int_equal(linked->program->coverage.ambiguous_names, 1);
}

static void a_definition_of_the_same_target_is_the_one(void **state)
{
	g_autoptr(linked_t) linked = linked_new(
		"one/use.c", WAIT_USER, "one/settle.c", WAIT_STUB, "two/settle.c",
		LINKED_LIBRARY "static void pause_now(void) { lib_sleep(1); }\n"
			       "void settle(void);\nvoid settle(void) { pause_now(); }\n",
		NULL);

	assert_int_equal(linked_contexts(linked, "pause_now"), 0);
	assert_int_equal(linked->program->coverage.ambiguous_names, 0);
}

static void a_name_of_very_many_definitions_is_not_followed(void **state)
{
	g_autoptr(linked_t) linked =
		linked_new("lib/use.c", WAIT_USER, "a/s.c", WAIT_STUB, "b/s.c", WAIT_STUB, "c/s.c",
			   WAIT_STUB, "d/s.c", WAIT_STUB, "e/s.c", WAIT_STUB, "f/s.c", WAIT_STUB,
			   "g/s.c", WAIT_STUB, "h/s.c", WAIT_STUB, "i/s.c", WAIT_STUB, NULL);
	guint count;
	g_autofree uint32_t *found = program_functions_named(linked->program, "settle", &count);

	assert_int_equal(count, 9);
	assert_int_equal(linked->program->functions[found[0]].contexts, 0);
	assert_int_equal(linked->program->coverage.ambiguous_names, 1);
}

static void a_loop_inside_a_continuation_waits_on_its_thread(void **state)
{
	IO_ONLY("struct event { lib_cb *read; void *data; };\nstruct event table[16];\n"
		"static void pump(void) { for (;;) { int n = lib_wait(3, -1);\n"
		"  for (int i = 0; i < n; i++) table[i].read(0); lib_receive(1, 0); } }\n"
		"static void ready(void *d) { (void)d; pump(); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");

	assert_true(linked->program->functions[linked_function(linked, "pump")].is_loop);
	assert_int_equal(linked_sinks(linked, "pump", NULL), 1);
}

static void a_wait_with_no_timeout_at_the_helper_s_caller_is_no_loop(void **state)
{
	IO_ONLY("static int ask(int timeout) { return lib_wait(1, timeout); }\n"
		"static void info(void) { lib_sleep(1); }\n"
		"void check(void) { for (;;) { if (ask(0)) return; info(); } }\n");

	assert_int_equal(linked_contexts(linked, "info"), 0);
}

static void a_choice_of_flags_is_decided_at_the_caller(void **state)
{
	IO_ONLY("static void help(int now) { const int flags = now ? 64 : 0; lib_receive(1, "
		"flags); }\n"
		"static void hold(int now) { lib_receive(1, now ? 64 : 0); }\n"
		"static void ready(void *d) { (void)d; help(1); hold(0); }\n"
		"void start(void) { lib_register(1, ready, 0); }\n");
	uint32_t verdict = FORMULA_UNKNOWN;

	assert_int_equal(linked_sinks(linked, "help", NULL), 0);
	assert_int_equal(linked_sinks(linked, "hold", &verdict), 1);
	assert_int_equal(verdict, FORMULA_TRUE);
}

static void the_layers_of_a_wait_are_no_continuations(void **state)
{
	IO_ONLY("struct event { lib_cb *read; };\nstruct event table[16];\n"
		"struct backend { int (*poll)(int); };\n"
		"static int wait_in_kernel(int t) { return lib_wait(1, t); }\n"
		"static int poll_ring(int t) { return wait_in_kernel(t); }\n"
		"static const struct backend backends[] = {{poll_ring}};\n"
		"void get(void) { for (;;) { int n = wait_in_kernel(0); n += "
		"backends[0].poll(-1);\n"
		"  n += wait_in_kernel(-1); for (int i = 0; i < n; i++) table[i].read(0); } }\n");

	assert_int_equal(linked_contexts(linked, "poll_ring"), 0);
}

static void a_call_through_an_unknown_pointer_is_counted(void **state)
{
	IO_ONLY("struct plugin { void (*go)(void); };\n"
		"void load(struct plugin *p) { p->go(); }\n");

	assert_int_equal(linked->program->coverage.indirect_outside, 1);
	assert_int_equal(linked->program->unresolved_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_passed_to_a_modelled_call_runs_on_the_loop),
		cmocka_unit_test(an_over_common_pointer_is_cut_and_counted),
		cmocka_unit_test(an_over_common_pointer_is_cut_behind_a_copy_too),
		cmocka_unit_test(what_a_call_hands_over_tells_over_common_pointers_apart),
		cmocka_unit_test(a_table_of_names_is_followed_up_to_a_thousand),
		cmocka_unit_test(contexts_follow_calls_across_files),
		cmocka_unit_test(equal_static_names_in_two_files_stay_apart),
		cmocka_unit_test(a_positional_initializer_fills_the_field_it_stands_for),
		cmocka_unit_test(a_callback_travels_through_parameters_and_a_field),
		cmocka_unit_test(a_call_through_a_field_reaches_all_that_is_stored_there),
		cmocka_unit_test(offloaded_work_is_not_on_the_loop_and_its_after_work_is),
		cmocka_unit_test(a_synchronous_callback_runs_where_its_caller_runs),
		cmocka_unit_test(a_callback_typedef_makes_unmodelled_calls_register),
		cmocka_unit_test(constant_arguments_decide_conditions),
		cmocka_unit_test(a_parameter_is_decided_at_the_caller),
		cmocka_unit_test(a_branch_on_a_parameter_is_decided_at_the_caller),
		cmocka_unit_test(a_switch_on_a_parameter_is_decided_at_the_caller),
		cmocka_unit_test(a_local_that_changes_is_not_constant),
		cmocka_unit_test(a_way_out_of_the_program_may_block),
		cmocka_unit_test(a_forked_child_has_left_the_loop),
		cmocka_unit_test(a_test_of_the_context_splits_it),
		cmocka_unit_test(recursion_ends_and_gives_one_path),
		cmocka_unit_test(a_home_made_loop_is_found_without_a_model_of_it),
		cmocka_unit_test(direct_calls_in_a_waiting_loop_are_continuations),
		cmocka_unit_test(a_field_behind_a_pointer_may_have_been_changed_by_others),
		cmocka_unit_test(a_field_of_a_local_object_has_what_is_assigned_to_it),
		cmocka_unit_test(what_is_called_beside_a_loop_step_runs_on_its_thread),
		cmocka_unit_test(a_call_tested_before_an_exit_is_believed_less),
		cmocka_unit_test(a_file_that_stays_open_is_not_freed_by_its_removal),
		cmocka_unit_test(a_function_that_passes_the_loop_step_on_is_a_step),
		cmocka_unit_test(a_whole_table_can_be_registered),
		cmocka_unit_test(branches_of_failure_are_told_apart),
		cmocka_unit_test(each_way_into_what_blocks_is_kept),
		cmocka_unit_test(a_second_line_of_one_caller_and_a_recursion_are_no_other_ways),
		cmocka_unit_test(a_way_in_that_many_come_by_is_told_more_than_once),
		cmocka_unit_test(callbacks_of_one_name_in_two_programs_are_both_found),
		cmocka_unit_test(a_name_of_two_definitions_is_half_certain_of_each),
		cmocka_unit_test(a_definition_of_the_same_target_is_the_one),
		cmocka_unit_test(a_name_of_very_many_definitions_is_not_followed),
		cmocka_unit_test(a_loop_inside_a_continuation_waits_on_its_thread),
		cmocka_unit_test(a_wait_with_no_timeout_at_the_helper_s_caller_is_no_loop),
		cmocka_unit_test(a_choice_of_flags_is_decided_at_the_caller),
		cmocka_unit_test(the_layers_of_a_wait_are_no_continuations),
		cmocka_unit_test(a_call_through_an_unknown_pointer_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
