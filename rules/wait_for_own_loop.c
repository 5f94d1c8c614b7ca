/* A continuation waits for what only its own loop can do. What it misses is in the rule's own text
 * below. */
#include "analyzer/conditions/condition.h"
#include "analyzer/locks/lock.h"
#include "rules/rule.h"
#include "rules/trail.h"

#define UNKNOWN_WAKERS 0.6 /* somebody wakes an object whose place cannot be told */

/* Who wakes the waiters of one object. */
struct wakers {
	const struct lock_act *first;
	guint count;
	bool all_on_loop;
	bool unknown; /* there are wakes of objects that cannot be told */
};

/* Loops of one program on several threads wake each other. */
static bool has_one_loop(const struct program *program)
{
	const GPtrArray *libraries = models_libraries(program->models);

	for (guint i = 0; i < program->registration_count; i++) {
		const struct program_registration *r = &program->registrations[i];

		for (guint k = 0; r->context == CONTEXT_IO && r->library && k < libraries->len;
		     k++) {
			const struct model_library *library = libraries->pdata[k];

			if (library->many_threads && g_str_equal(library->name, r->library))
				return false;
		}
	}
	for (uint32_t i = 0; i < program->function_count; i++)
		if (program->functions[i].is_loop &&
		    (program->functions[i].contexts & CONTEXT_WORKER))
			return false;
	return true;
}

/* Does a worker run a library's loop? */
static bool runs_loop_in_worker(const struct program *program)
{
	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count;
		const struct fact_event *events = program_events(program, i, &first, &count);

		if (!(program->functions[i].contexts & CONTEXT_WORKER))
			continue;
		for (uint32_t k = 0; k < count; k++) {
			uint32_t symbol =
				events[k].kind == FACT_EVENT_CALL
					? program_callee(program, program->functions[i].unit,
							 &events[k])
					: PROGRAM_NONE;

			if (symbol != PROGRAM_NONE && program->symbols[symbol].model &&
			    program->symbols[symbol].model->runs_loop)
				return true;
		}
	}
	return false;
}

static struct wakers find_wakers(const struct program *program, uint32_t object)
{
	const GArray *acts = locks_acts(program);
	struct wakers wakers = {.all_on_loop = true};

	for (guint i = 0; i < acts->len; i++) {
		const struct lock_act *act = &g_array_index(acts, struct lock_act, i);

		if (act->kind != LOCK_ACT_WAKE)
			continue;
		wakers.unknown |= act->lock == PROGRAM_NONE;
		if (!locks_are_same(program, act->lock, object))
			continue;
		wakers.all_on_loop &= program->functions[act->function].contexts == CONTEXT_IO;
		wakers.count++;
		if (!wakers.first)
			wakers.first = act;
	}
	return wakers;
}

static const char *call_name(const struct program *program, const struct lock_act *act)
{
	uint32_t unit = program->functions[act->inner].unit;
	uint32_t symbol =
		program_callee(program, unit, program_event(program, unit, act->inner_event));

	return symbol == PROGRAM_NONE ? "a function" : program->symbols[symbol].name;
}

static void set_identity(struct finding *f, const struct program *program,
			 const struct lock_act *act, const struct path *path)
{
	const struct program_function *in = &program->functions[act->inner];
	const struct program_function *root =
		&program->functions[program->registrations[path->registration].function];
	const struct fact_event *e = program_event(program, in->unit, act->inner_event);

	f->context = "io";
	f->decided = path->verdict == FORMULA_UNKNOWN ? "unknown" : "proven";
	f->root_name = g_strdup(root->name);
	f->root_usr = g_strdup(root->usr);
	f->root_file = g_strdup(root->file);
	f->sink_name = g_strdup(call_name(program, act));
	f->function_name = g_strdup(in->name);
	f->function_usr = g_strdup(in->usr);
	f->sink_text = g_strdup(facts_string(program->units[in->unit].facts, e->text));
	f->unit = g_strdup(program->units[in->unit].file);
	f->other_roots = path->other_roots;
	f->other_paths = path->other_paths;
	trail_locate(program, in->unit, e->loc, e->end, &f->place);
}

static void set_confidence(struct finding *f, const struct rule *rule, const struct path *path,
			   const struct wakers *wakers)
{
	double known = wakers->unknown ? UNKNOWN_WAKERS : 1;
	double test = trail_test_weight(f->place.file);

	f->score = path->root_certainty * path->call_certainty * known * test;
	f->confidence = trail_confidence(f->score);
	f->confidence_text = g_strdup_printf(
		"confidence %.2f = registration %.2f x calls %.2f x all who wake it "
		"are known %.2f x test code %.2f",
		f->score, path->root_certainty, path->call_certainty, known, test);
	f->level = f->confidence == FINDING_HIGH ? rule->level : FINDING_WARNING;
}

static void describe(struct finding *f, const struct program *program, const struct lock_act *act,
		     const struct path *path, const struct wakers *wakers)
{
	const struct lock_act *waker = wakers->first;
	g_autofree char *object = locks_text(program, act->lock);
	g_autoptr(GString) text = g_string_new(NULL);

	f->instead = g_strdup("return to the loop and go on in the continuation that wakes it now");
	g_string_append_printf(text,
			       "%s() waits for ever: only continuations of the same loop wake %s: ",
			       f->sink_name, object);
	trail_append_chain(program, path, text);
	g_string_append_printf(text, "; %s", f->instead);
	f->message = g_string_free(g_steal_pointer(&text), FALSE);
	trail_add_path(f, program, path);
	if (act->inner != act->function)
		trail_add(f, program, STEP_CALL, act->function,
			  program->functions[act->function].unit, act->event,
			  g_strdup_printf("has %s() wait for %s",
					  program->functions[act->inner].name, object));
	trail_add(f, program, STEP_SINK, act->inner, program->functions[act->inner].unit,
		  act->inner_event, g_strdup_printf("waits for %s", object));
	trail_add(f, program, STEP_NOTE, waker->function, program->functions[waker->function].unit,
		  waker->event,
		  g_strdup_printf("%s() wakes it, on the same thread%s",
				  program->functions[waker->function].name,
				  wakers->count > 1 ? ", as do all others" : ""));
}

static void look_at(const struct rule *rule, const struct program *program,
		    const struct lock_act *act, GPtrArray *findings)
{
	struct wakers wakers = find_wakers(program, act->lock);
	const struct path *path;
	struct finding *f;

	if (!wakers.count || !wakers.all_on_loop)
		return;
	path = paths_to(program, CONTEXT_IO, act->function,
			conditions_guard(program_conditions(program), act->function, act->event));
	if (!path)
		return;
	f = finding_new(rule->id);
	set_identity(f, program, act, path);
	set_confidence(f, rule, path, &wakers);
	describe(f, program, act, path, &wakers);
	g_ptr_array_add(findings, f);
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;
	const GArray *acts = locks_acts(program);
	int one_loop = -1;

	for (guint i = 0; i < acts->len; i++) {
		const struct lock_act *act = &g_array_index(acts, struct lock_act, i);

		if (act->kind != LOCK_ACT_WAIT || act->lock == PROGRAM_NONE ||
		    !(program->functions[act->function].contexts & CONTEXT_IO))
			continue;
		if (one_loop < 0)
			one_loop = has_one_loop(program) && !runs_loop_in_worker(program);
		if (one_loop)
			look_at(rule, program, act, findings);
	}
}

static const char *const replaced[] = {"blocking-wait", NULL};

const struct rule rule_wait_for_own_loop = {
	.id = "wait-for-own-loop",
	.family = "waits",
	.summary = "A continuation waits for what only its own loop can do.",
	.why = "The continuation waits for a condition variable, a semaphore or a queue, and all "
	       "code that wakes it are continuations of the same loop. They cannot run before the "
	       "one that waits has returned, so it waits for ever: the program hangs as soon as "
	       "the way is taken once. It is a deadlock of one thread with itself.",
	.instead =
		"Do not wait: keep what is needed in an object, return to the loop, and go on in "
		"the continuation that would have woken you. If the work is to be done by somebody "
		"else, give it to a worker, and let the worker wake the loop with its asynchronous "
		"handle.",
	.misses =
		"Programs with several loops, or whose continuations run on a pool of threads: "
		"there another thread can wake it, and blocking-wait reports the wait. A wait with "
		"a timeout ends, and is left to blocking-wait as well. Wakes by code whose callers "
		"are not known count as another thread's. Waiting for a thread to end that itself "
		"waits for the loop is not seen.",
	.level = FINDING_ERROR,
	.precision = "very-high",
	.replaces = replaced,
	.check = check,
};
