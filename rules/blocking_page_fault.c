/* A file is mapped, and a continuation reads all of the mapping: each page that is not in memory is
 * a read from the disk that no call shows. What it misses is in the rule's own text below. */
#include "analyzer/handles/handle_reach.h"
#include "analyzer/handles/mode_origin.h"
#include "rules/rule.h"
#include "rules/story.h"
#include "rules/trail.h"

#define MAPPED "mapped" /* the mode of such a pointer, as models say it */
#define FRESH 0.6       /* mapped by a continuation: seldom in memory yet */
#define OLD 0.3         /* mapped before: what was read once stays a while */

enum { PAGE = 4096 }; /* one page is one read, as cheap as that of a small file */

struct reader {
	const struct rule *rule;
	const struct rule_input *input;
	const char *mode; /* interned MAPPED */
	const struct handle_reach *reach;
	GHashTable *known;
	GPtrArray *findings;
};

/* Where a function reads through a pointer. */
struct reading {
	uint32_t function;
	fact_id place;   /* the loop or call that the finding is about */
	fact_id event;   /* what reads */
	fact_id pointer; /* values */
	const struct path *path;
};

static bool is_small(const struct program *program, uint32_t unit, fact_id value)
{
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(program, unit, value);

	return v && v->kind == FACT_VALUE_INT && v->number <= PAGE;
}

/* ---- telling ----------------------------------------------------------------------------- */

static bool maps_on_loop(const struct program *program, const struct mode_origin *origin)
{
	return program->functions[origin->function].contexts & CONTEXT_IO;
}

static void add_origin(struct finding *finding, const struct program *program,
		       const struct mode_origin *origin)
{
	uint32_t unit = program->functions[origin->function].unit;

	trail_add(finding, program, STEP_NOTE, origin->function, unit, origin->event,
		  g_strdup_printf("%s() maps the file here",
				  story_sink(program, origin->function, origin->event)));
}

static void tell(const struct reader *r, const struct reading *reading)
{
	const struct program *program = r->input->program;
	const char *sink = story_sink(program, reading->function, reading->place);
	bool is_loop = g_str_equal(sink, "loop");
	struct mode_origin origin;
	bool has_origin = modes_handle_origin(program, reading->function, reading->event,
					      reading->pointer, r->mode, reading->path, &origin);
	g_autofree char *offload = story_offload(r->input, reading->path->registration);
	g_autofree char *instead =
		g_strdup_printf("read the file with calls that do not wait, or %s", offload);
	g_autofree char *claim = g_strdup_printf(
		"%s%s reads a mapped file: each page that is not in memory blocks the I/O thread",
		is_loop ? "this loop" : sink, is_loop ? "" : "()");
	struct story story = {
		.rule = r->rule,
		.input = r->input,
		.path = reading->path,
		.function = reading->function,
		.event = reading->place,
		.claim = claim,
		.step = is_loop ? "reads the mapping" : "reads the mapping, all that it is given",
		.instead = instead,
		.certainty = has_origin && maps_on_loop(program, &origin) ? FRESH : OLD,
		.why = "not in memory",
	};
	struct finding *finding = story_tell(&story);

	if (has_origin)
		add_origin(finding, program, &origin);
	story_keep_surest(r->known, r->findings, finding);
}

/* ---- finding ----------------------------------------------------------------------------- */

/* Does `pointer`, read at the reading's event, point into a mapped file on some continuation's way?
 */
static bool is_mapped(const struct reader *r, struct reading *reading, fact_id pointer)
{
	const struct program *program = r->input->program;
	formula_id formula;

	if (!handle_reach_has(r->reach, reading->function, pointer))
		return false;
	formula = modes_is_handle(program, reading->function, reading->event, pointer, r->mode);
	if (formula == FORMULA_FALSE || formula == FORMULA_UNKNOWN)
		return false;
	reading->pointer = pointer;
	reading->path = paths_best_to(program, reading->function, formula);
	return reading->path && reading->path->verdict == FORMULA_TRUE;
}

/* An element, or what a pointer points to, somewhere in `value`. */
static bool reads_in(const struct reader *r, struct reading *reading, fact_id value)
{
	const struct program *program = r->input->program;
	uint32_t unit = program->functions[reading->function].unit;
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(program, unit, value);
	fact_id parts[3];
	unsigned count;

	if (!v)
		return false;
	if ((v->kind == FACT_VALUE_ELEMENT || v->kind == FACT_VALUE_DEREF) &&
	    is_mapped(r, reading, v->a))
		return true;
	if (v->kind == FACT_VALUE_CALL)
		return false;
	count = facts_value_parts(v, parts);
	for (unsigned i = 0; i < count; i++)
		if (reads_in(r, reading, parts[i]))
			return true;
	return false;
}

static bool event_reads(const struct reader *r, struct reading *reading)
{
	const struct program *program = r->input->program;
	uint32_t unit = program->functions[reading->function].unit;
	const struct fact_event *e = program_event(program, unit, reading->event);

	switch ((enum fact_event_kind)e->kind) {
	case FACT_EVENT_ASSIGN:
		return reads_in(r, reading, e->a) || reads_in(r, reading, e->b);
	case FACT_EVENT_LOOP:
	case FACT_EVENT_BRANCH:
	case FACT_EVENT_SWITCH:
	case FACT_EVENT_RETURN:
		return reads_in(r, reading, e->a);
	case FACT_EVENT_CALL:
		for (uint32_t k = 0; k < e->c; k++)
			if (reads_in(r, reading, program_argument(program, unit, e, k)))
				return true;
		return false;
	case FACT_EVENT_LOOP_END:
	case FACT_EVENT_ELSE:
	case FACT_EVENT_BRANCH_END:
	case FACT_EVENT_CASE:
	case FACT_EVENT_SWITCH_END:
	case FACT_EVENT_GOTO:
	case FACT_EVENT_LABEL:
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
	case FACT_EVENT_READ:
		return false;
	}
	return false;
}

/* The arguments that a library call reads as far as another one says, or to the end of a string. */
static bool call_reads(const struct reader *r, struct reading *reading)
{
	const struct program *program = r->input->program;
	uint32_t unit = program->functions[reading->function].unit;
	const struct fact_event *e = program_event(program, unit, reading->event);
	const struct model_function *model = program_call_model(program, unit, e);

	for (guint i = 0; model && i < model->sink_count; i++) {
		const struct model_sink *sink = &model->sinks[i];

		if (sink->kind != MODEL_COMPUTE || (sink->size_arg < 0 && sink->string_arg < 0) ||
		    (sink->size_arg >= 0 &&
		     is_small(program, unit,
			      program_argument(program, unit, e, (uint32_t)sink->size_arg))))
			continue;
		for (uint32_t k = 0; k < e->c; k++)
			if ((int)k != sink->size_arg && (int)k != model->copies.to &&
			    is_mapped(r, reading, program_argument(program, unit, e, k)))
				return true;
	}
	return false;
}

static bool is_short_loop(const struct program *program, uint32_t unit, const struct fact_event *e)
{
	return e->c == FACT_BOUND_CONSTANT && is_small(program, unit, e->b);
}

/* The first place of the function that reads much of a mapping; one is enough to be told. */
static void check_function(const struct reader *r, uint32_t function)
{
	const struct program *program = r->input->program;
	uint32_t first, count, unit = program->functions[function].unit;
	const struct fact_event *events = program_events(program, function, &first, &count);
	g_autoptr(GArray) loops = g_array_new(FALSE, FALSE, sizeof(fact_id));

	for (fact_id i = first; i < first + count; i++) {
		const struct fact_event *e = &events[i - first];
		struct reading reading = {.function = function, .place = i, .event = i};
		fact_id loop;

		if (e->kind == FACT_EVENT_LOOP) {
			loop = is_short_loop(program, unit, e) ? FACT_NONE : i;
			g_array_append_val(loops, loop);
		}
		if (e->kind == FACT_EVENT_LOOP_END)
			g_array_set_size(loops, loops->len - 1);
		loop = loops->len ? g_array_index(loops, fact_id, loops->len - 1) : FACT_NONE;
		if (e->kind == FACT_EVENT_CALL && call_reads(r, &reading)) {
			tell(r, &reading);
			return;
		}
		reading.place = loop;
		if (loop != FACT_NONE && event_reads(r, &reading)) {
			tell(r, &reading);
			return;
		}
	}
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;
	g_autoptr(GHashTable) known = story_places();
	const char *mode = g_intern_static_string(MAPPED);
	g_autoptr(handle_reach_t) reach = handle_reach_new(program, mode);
	struct reader r = {rule, input, mode, reach, known, findings};

	if (!reach)
		return;
	for (uint32_t i = 0; i < program->function_count; i++)
		if (program->functions[i].contexts & CONTEXT_IO)
			check_function(&r, i);
}

const struct rule rule_blocking_page_fault = {
	.id = "blocking-page-fault",
	.family = "blocks",
	.summary = "A continuation reads a whole mapped file, page by page.",
	.why = "mmap() of a file returns at once, and reading the memory looks like computing. But "
	       "a page that is not in memory yet is a page fault: the thread sleeps until the "
	       "disk has read it, once for every few pages. No system call shows it, no timeout "
	       "bounds it, and from a sleeping disk or a network volume it takes as long as "
	       "the device does.",
	.instead =
		"Read the file where it may take long, in a worker thread, or with a call that has "
		"a callback. A mapping that many continuations use is filled before the loop "
		"starts (MAP_POPULATE, mlock), or in a worker. madvise(MADV_WILLNEED) only begins "
		"to read: who comes soon after still waits. Whether it matters a run knows: it "
		"sees a thread that sleeps outside of any system call.",
	.misses =
		"Only pointers that certainly come from mmap() of a file that was opened here, and "
		"only loops over them and library calls that read as much as they are told; not "
		"what reads a page or less, nor write() and send() from a mapping. One place a "
		"function is told. What was mapped before the loop has low confidence: "
		"once read it stays in memory until that is needed for something else.",
	.level = FINDING_NOTE,
	.precision = "medium",
	.check = check,
};
