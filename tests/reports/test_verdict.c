/* Verdicts on a finding by hand: on_read() -> load(), which calls read() on line 20. */
#include "reports/traces/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { BUDGET = 1000, LONG = 5000, SHORT = 500 };

/* The functions that stacks are made of; only the first two are the program's. */
static const struct known_function on_read = {.id = 1, .name = "on_read", .file = "a.c"};
static const struct known_function load = {.id = 2, .name = "load", .file = "a.c"};

struct scene {
	struct known known;
	struct trace trace;
	struct observed observed;
	struct trace_site site;
	struct trace_sight seen;
	struct observed_sight sight;
};

static int setup(void **state)
{
	struct scene *scene = g_new0(struct scene, 1);
	const struct known_finding finding = {.id = 7,
					      .sink = "read",
					      .root_id = 1,
					      .function_id = 2,
					      .line = 20,
					      .end_line = 21};
	struct observed_function function = {.site = &scene->site, .function = &on_read};

	scene->known.findings = g_array_new(FALSE, TRUE, sizeof(finding));
	g_array_append_val(scene->known.findings, finding);
	scene->site = (struct trace_site){
		.kind = CONTLINT_TRACE_IO, .calls = 3, .max_ns = LONG, .own_max_ns = LONG};
	scene->observed.trace = &scene->trace;
	scene->observed.functions = g_array_new(FALSE, TRUE, sizeof(function));
	g_array_append_val(scene->observed.functions, function);
	scene->seen.hold_ns = scene->seen.lasted_ns = LONG;
	scene->sight.sight = &scene->seen;
	scene->sight.root = &g_array_index(scene->observed.functions, struct observed_function, 0);
	scene->sight.frames = g_array_new(FALSE, TRUE, sizeof(struct observed_frame));
	scene->observed.sights = g_ptr_array_new();
	g_ptr_array_add(scene->observed.sights, &scene->sight);
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	g_array_unref(scene->known.findings);
	g_array_unref(scene->observed.functions);
	g_array_unref(scene->sight.frames);
	g_ptr_array_unref(scene->observed.sights);
	g_free(scene);
	return 0;
}

/* The next frame outwards. */
static void push(struct scene *scene, const char *name, const struct known_function *function,
		 guint line)
{
	const struct observed_frame frame = {.symbol = {.name = name, .at_line = line},
					     .function = function};

	g_array_append_val(scene->sight.frames, frame);
}

static enum evidence_verdict judge(struct scene *scene)
{
	return verdict_judge(&scene->known, &scene->observed,
			     &g_array_index(scene->known.findings, struct known_finding, 0), BUDGET)
		.verdict;
}

static void the_line_of_the_sink_confirms(void **state)
{
	push(*state, "__GI___libc_read", NULL, 0);
	push(*state, "load", &load, 21);
	push(*state, "on_read", &on_read, 9);
	assert_int_equal(judge(*state), EVIDENCE_CONFIRMED);
}

static void another_line_of_the_function_does_not(void **state)
{
	push(*state, "__GI___libc_read", NULL, 0);
	push(*state, "load", &load, 30);
	push(*state, "on_read", &on_read, 9);
	assert_int_equal(judge(*state), EVIDENCE_UNCLEAR);
}

static void without_lines_the_name_confirms(void **state)
{
	push(*state, "___interceptor_read", NULL, 0);
	push(*state, "load", &load, 0);
	assert_int_equal(judge(*state), EVIDENCE_CONFIRMED);
}

static void what_a_library_function_called_is_not_the_sink(void **state)
{
	push(*state, "__read", NULL, 0);
	push(*state, "fread", NULL, 0);
	push(*state, "load", &load, 0);
	assert_int_equal(judge(*state), EVIDENCE_UNCLEAR);
}

static void of_two_sinks_with_one_name_none_is_known_by_it(void **state)
{
	struct scene *scene = *state;
	struct known_finding other = g_array_index(scene->known.findings, struct known_finding, 0);

	other.line = other.end_line = 40;
	g_array_append_val(scene->known.findings, other);
	push(scene, "read", NULL, 0);
	push(scene, "load", &load, 0);
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR);
}

static void slow_without_a_stack_confirms_nothing(void **state)
{
	assert_int_equal(judge(*state), EVIDENCE_UNCLEAR);
}

/* What an audit saw held nothing by itself: it tells where the call was, not how long. */
static void a_call_that_an_audit_saw_is_reached_and_confirms_nothing(void **state)
{
	struct scene *scene = *state;

	push(scene, "load", &load, 20);
	scene->seen.call = 1;
	scene->seen.hold_ns = scene->seen.lasted_ns = 0;
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR);
	scene->site.own_max_ns = SHORT;
	assert_int_equal(judge(scene), EVIDENCE_FAST);
}

static void within_the_budget_a_seen_sink_is_fast(void **state)
{
	struct scene *scene = *state;

	scene->seen.hold_ns = scene->seen.lasted_ns = scene->site.own_max_ns = SHORT;
	assert_int_equal(judge(scene), EVIDENCE_WITHIN_BUDGET);
	push(scene, "load", &load, 20);
	assert_int_equal(judge(scene), EVIDENCE_FAST);
	scene->trace.dropped = 1;
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR);
}

/* Not looked at, nobody knows; an audit that lacks nothing has seen all there was. */
static void only_an_audit_knows_what_was_not_reached(void **state)
{
	struct scene *scene = *state;
	struct trace_sight call = {.call = 1};
	struct observed_sight other = {
		.sight = &call, .root = scene->sight.root, .frames = g_array_new(0, 1, 1)};

	scene->site.own_max_ns = SHORT;
	g_ptr_array_set_size(scene->observed.sights, 0);
	assert_int_equal(judge(scene), EVIDENCE_WITHIN_BUDGET);
	scene->trace.audited = true;
	assert_int_equal(judge(scene), EVIDENCE_SINK_NOT_REACHED);
	/* A stack that was cut may have been that of the sink. */
	g_ptr_array_add(scene->observed.sights, &other);
	assert_int_equal(judge(scene), EVIDENCE_WITHIN_BUDGET);
	other.whole = true;
	assert_int_equal(judge(scene), EVIDENCE_SINK_NOT_REACHED);
	scene->trace.calls_refused = 1;
	assert_int_equal(judge(scene), EVIDENCE_WITHIN_BUDGET);
	g_array_unref(other.frames);
}

/* ---- how long ---------------------------------------------------------------------------- */

/* The continuation was in the sink for a moment, and then elsewhere for long. */
static void what_took_long_elsewhere_does_not_confirm(void **state)
{
	struct scene *scene = *state;

	push(scene, "load", &load, 20);
	scene->seen.lasted_ns = SHORT;
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR);
}

/* A finding about what follows a submission wants that to have been long, and not what was before.
 */
static void what_took_long_before_the_submission_does_not_confirm_a_pump(void **state)
{
	struct scene *scene = *state;
	struct judgement judgement;

	push(scene, "load", &load, 20);
	g_array_index(scene->known.findings, struct known_finding, 0).rule = "work-past-next-io";
	scene->site.max_held_ns = SHORT;
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR);
	scene->site.max_held_ns = LONG;
	scene->site.overruns = 2;
	judgement = verdict_judge(&scene->known, &scene->observed,
				  &g_array_index(scene->known.findings, struct known_finding, 0),
				  BUDGET);
	assert_int_equal(judgement.verdict, EVIDENCE_CONFIRMED);
	assert_true(judgement.is_pump);
	assert_int_equal(judgement.past_ns, LONG);
	assert_int_equal(judgement.overruns, 2);
}

/* Adds a look at `age_ns` of the scene's call, computing in `function`, like the first. */
static void look_again(struct scene *scene, struct trace_sight *seen, struct observed_sight *sight,
		       guint64 age_ns)
{
	*seen = scene->seen;
	seen->age_ns = age_ns;
	*sight = (struct observed_sight){.sight = seen, .root = scene->sight.root};
	sight->frames = g_array_new(FALSE, TRUE, sizeof(struct observed_frame));
	g_ptr_array_add(scene->observed.sights, sight);
}

static void push_load(struct observed_sight *sight, guint line)
{
	const struct observed_frame frame = {.symbol = {.name = "load", .at_line = line},
					     .function = &load};

	g_array_append_val(sight->frames, frame);
}

static void what_lies_between_two_looks_at_the_sink_is_its(void **state)
{
	struct scene *scene = *state;
	struct trace_sight seen[2];
	struct observed_sight sights[2];

	scene->seen = (struct trace_sight){.syscall = -2, .hold_ns = LONG, .age_ns = 1000};
	push(scene, "load", &load, 20);
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR); /* one look is no time */
	look_again(scene, &seen[0], &sights[0], 1000 + BUDGET);
	look_again(scene, &seen[1], &sights[1], 1001 + BUDGET);
	push_load(&sights[0], 30);
	push_load(&sights[1], 20);
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR); /* it was elsewhere in between */
	g_array_index(sights[0].frames, struct observed_frame, 0).symbol.at_line = 20;
	assert_int_equal(judge(scene), EVIDENCE_CONFIRMED);
	seen[1].apart = true;
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR);
	seen[1].apart = false;
	seen[1].sequence = 2; /* of another call */
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR);
	seen[1].sequence = 0;
	for (int i = 0; i < 2; i++)
		seen[i].hold_ns = SHORT;
	scene->seen.hold_ns = SHORT; /* most of it was waiting for a processor */
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR);
	for (int i = 0; i < 2; i++)
		g_array_unref(sights[i].frames);
}

static void another_continuation_is_not_this_one(void **state)
{
	struct scene *scene = *state;
	struct known_finding *finding =
		&g_array_index(scene->known.findings, struct known_finding, 0);

	finding->root_id = 99;
	push(scene, "load", &load, 20);
	assert_int_equal(judge(scene), EVIDENCE_NOT_EXECUTED);
	scene->observed.unnamed = 1;
	assert_int_equal(judge(scene), EVIDENCE_UNCLEAR);
	/* Unless the finding stands for several. */
	finding->other_roots = 1;
	assert_int_equal(judge(scene), EVIDENCE_CONFIRMED);
}

static void a_worker_is_no_io_thread(void **state)
{
	struct scene *scene = *state;

	scene->site.kind = CONTLINT_TRACE_WORKER;
	g_ptr_array_set_size(scene->observed.sights, 0);
	assert_int_equal(judge(scene), EVIDENCE_NOT_EXECUTED);
}

#define test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_line_of_the_sink_confirms),
		test(another_line_of_the_function_does_not),
		test(without_lines_the_name_confirms),
		test(what_a_library_function_called_is_not_the_sink),
		test(of_two_sinks_with_one_name_none_is_known_by_it),
		test(slow_without_a_stack_confirms_nothing),
		test(a_call_that_an_audit_saw_is_reached_and_confirms_nothing),
		test(within_the_budget_a_seen_sink_is_fast),
		test(another_continuation_is_not_this_one),
		test(only_an_audit_knows_what_was_not_reached),
		test(what_took_long_elsewhere_does_not_confirm),
		test(what_took_long_before_the_submission_does_not_confirm_a_pump),
		test(what_lies_between_two_looks_at_the_sink_is_its),
		test(a_worker_is_no_io_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
