/* Two ways meet in a lock: a continuation that waits for it, and a holder that is busy. One finding
 * a holder: the best continuation is shown, the others are counted, because one change makes all of
 * them good. */
#include "rules/lock_rule.h"

#include "analyzer/conditions/condition.h"
#include "analyzer/locks/lock.h"
#include "rules/trail.h"

#define SAME_FIELD 0.9 /* certainty that two objects of one type are one object */
#define UNKNOWN_GUARD 0.6
#define UNKNOWN_CALLERS 0.6
#define ON_FAILURE 0.6

/* A continuation that takes the lock. */
struct taker {
	const struct lock_act *act;
	const struct path *path;
	double score;
	guint others; /* further places and continuations that take it */
};

struct maker {
	const struct rule *rule;
	const struct rule_input *input;
	enum lock_holder holder;
	struct lock_burden burden;
	const struct path *busy; /* from a worker to the holder; NULL for unknown holders */
	formula_id verdict;
	struct taker taker;
	char *lock; /* its name, for people */
	struct finding *finding;
};

static const char *call_name(const struct program *program, uint32_t function, fact_id event)
{
	uint32_t unit = program->functions[function].unit;
	uint32_t symbol = program_callee(program, unit, program_event(program, unit, event));

	return symbol == PROGRAM_NONE ? "a function" : program->symbols[symbol].name;
}

static double score_of(const struct path *path)
{
	return path->root_certainty * path->call_certainty *
	       (path->verdict == FORMULA_UNKNOWN ? UNKNOWN_GUARD : 1);
}

/* The continuation that most certainly waits for the lock of `hold`. */
static struct taker find_taker(const struct program *program, const struct lock_hold *hold)
{
	const GArray *acts = locks_acts(program);
	struct taker best = {0};

	for (guint i = 0; i < acts->len; i++) {
		const struct lock_act *act = &g_array_index(acts, struct lock_act, i);
		const struct path *path;

		if (act->kind != LOCK_ACT_TAKE || act->tries || (act->shared && hold->shared) ||
		    !(program->functions[act->function].contexts & CONTEXT_IO) ||
		    !locks_are_same(program, act->lock, hold->lock))
			continue;
		path = paths_to(
			program, CONTEXT_IO, act->function,
			conditions_guard(program_conditions(program), act->function, act->event));
		if (!path)
			continue;
		best.others += best.act != NULL;
		if (best.act && score_of(path) <= best.score)
			continue;
		best.act = act;
		best.path = path;
		best.score = score_of(path);
	}
	return best;
}

/* Is the lock one object for both, or a field that many objects have, or any of an array? */
static double sameness(const struct program *program, const struct maker *m)
{
	struct lock_name left = locks_name(program, m->taker.act->lock);
	struct lock_name right = locks_name(program, m->burden.hold->lock);

	if (left.index != right.index)
		return SAME_FIELD;
	if (program->symbols[left.symbol].kind == FACT_SYMBOL_VARIABLE)
		return 1;
	return left.object != PROGRAM_NONE && left.object == right.object ? 1 : SAME_FIELD;
}

static void set_confidence(struct maker *m)
{
	const struct program *program = m->input->program;
	struct finding *f = m->finding;
	double holder =
		m->busy ? m->busy->root_certainty * m->busy->call_certainty : UNKNOWN_CALLERS;
	double condition = m->verdict == FORMULA_TRUE ? 1 : trail_unknown_weight(&m->burden.site);
	double same = sameness(program, m);
	double test = trail_test_weight(f->place.file);

	holder *= m->burden.certainty * m->burden.site.certainty *
		  (m->burden.site.on_failure ? ON_FAILURE : 1);
	f->score = m->taker.score * holder * condition * same * test;
	f->confidence = trail_confidence(f->score);
	f->confidence_text = g_strdup_printf(
		"confidence %.2f = continuation %.2f x holder %.2f x condition %.2f (%s) x same "
		"lock %.2f x test code %.2f",
		f->score, m->taker.score, holder, condition, f->decided, same, test);
}

static void set_level(struct maker *m)
{
	gint64 wait = trail_constant_wait(m->input->program, &m->burden.site);

	m->finding->level = m->rule->level;
	if (wait >= 0 && wait <= m->input->short_sleep_ns)
		m->finding->level = FINDING_NOTE;
}

static const char *burden_name(const struct maker *m)
{
	return paths_sink_name(m->input->program, &m->burden.site);
}

static const char *taker_name(const struct maker *m)
{
	return call_name(m->input->program, m->taker.act->inner, m->taker.act->inner_event);
}

static void describe(struct maker *m)
{
	const struct program *program = m->input->program;
	const struct program_function *holder = &program->functions[m->burden.hold->function];
	struct finding *f = m->finding;
	g_autoptr(GString) text = g_string_new(NULL);

	f->instead = g_strdup_printf("give %s back before %s()", m->lock, burden_name(m));
	if (m->holder == LOCK_HOLDER_WORKER)
		g_string_append_printf(text,
				       "%s() waits on the I/O thread while %s() holds %s across "
				       "%s(): ",
				       taker_name(m), holder->name, m->lock, burden_name(m));
	else
		g_string_append_printf(text,
				       "%s() is called while %s() holds %s, which a continuation "
				       "takes: ",
				       burden_name(m), holder->name, m->lock);
	trail_append_chain(program, m->taker.path, text);
	if (m->holder == LOCK_HOLDER_UNKNOWN)
		g_string_truncate(text, text->len - strlen(" -> here"));
	g_string_append_printf(text, "; %s", f->instead);
	f->message = g_string_free(g_steal_pointer(&text), FALSE);
}

static void set_sink(struct maker *m, uint32_t function, fact_id event, const char *name)
{
	const struct program *program = m->input->program;
	const struct program_function *in = &program->functions[function];
	const struct fact_event *e = program_event(program, in->unit, event);
	struct finding *f = m->finding;

	f->sink_name = g_strdup(name);
	f->function_name = g_strdup(in->name);
	f->function_usr = g_strdup(in->usr);
	f->sink_text = g_strdup(facts_string(program->units[in->unit].facts, e->text));
	f->unit = g_strdup(program->units[in->unit].file);
	trail_locate(program, in->unit, e->loc, e->end, &f->place);
}

static void set_identity(struct maker *m)
{
	const struct program *program = m->input->program;
	const struct program_function *root =
		&program->functions[program->registrations[m->taker.path->registration].function];
	const struct condition *when = m->burden.site.sink->when;
	struct finding *f = m->finding;

	f->context = "io";
	f->root_name = g_strdup(root->name);
	f->root_usr = g_strdup(root->usr);
	f->root_file = g_strdup(root->file);
	f->other_roots = m->taker.path->other_roots;
	f->other_paths = m->taker.path->other_paths + m->taker.others;
	f->decided = m->verdict == FORMULA_TRUE ? "proven" : "unknown";
	if (when && when->kind != CONDITION_TRUE && when->text)
		f->condition = g_strdup(when->text);
	if (m->holder == LOCK_HOLDER_WORKER)
		set_sink(m, m->taker.act->function, m->taker.act->event, taker_name(m));
	else
		set_sink(m, m->burden.site.function, m->burden.site.event, burden_name(m));
}

static void add_take(struct maker *m, enum finding_step_kind kind)
{
	const struct program *program = m->input->program;
	const struct lock_act *act = m->taker.act;

	trail_add(m->finding, program, kind, act->function, program->functions[act->function].unit,
		  act->event, g_strdup_printf("waits for %s here", m->lock));
}

/* How the holder comes to what it does under the lock. */
static void add_busy(struct maker *m, enum finding_step_kind last)
{
	const struct program *program = m->input->program;
	const struct lock_hold *hold = m->burden.hold;
	const struct sink_site *site = &m->burden.site;
	guint first = m->finding->steps->len;

	if (m->busy)
		trail_add_path(m->finding, program, m->busy);
	trail_add(m->finding, program, STEP_NOTE, hold->function,
		  program->functions[hold->function].unit, hold->taken,
		  g_strdup_printf("%s() takes %s here", program->functions[hold->function].name,
				  m->lock));
	for (guint i = 0; i < m->burden.edges->len; i++)
		trail_add_call(m->finding, program,
			       &program->edges[g_array_index(m->burden.edges, uint32_t, i)]);
	for (guint i = first; i < m->finding->steps->len; i++)
		((struct finding_step *)m->finding->steps->pdata[i])->kind = STEP_NOTE;
	trail_add(m->finding, program, last, site->function,
		  program->functions[site->function].unit, site->event,
		  g_strdup_printf("calls %s() while it holds %s", burden_name(m), m->lock));
}

static struct finding *make(struct maker *m)
{
	m->lock = locks_text(m->input->program, m->burden.hold->lock);
	m->finding = finding_new(m->rule->id);
	set_identity(m);
	set_confidence(m);
	set_level(m);
	describe(m);
	trail_add_path(m->finding, m->input->program, m->taker.path);
	add_take(m, m->holder == LOCK_HOLDER_WORKER ? STEP_SINK : STEP_NOTE);
	add_busy(m, m->holder == LOCK_HOLDER_WORKER ? STEP_NOTE : STEP_SINK);
	g_free(m->lock);
	return m->finding;
}

/* Does the function hold its lock on a thread of the kind that is meant? */
static bool is_holder(const struct program *program, const struct lock_hold *hold,
		      enum lock_holder holder)
{
	uint32_t contexts = program->functions[hold->function].contexts;

	return holder == LOCK_HOLDER_WORKER ? (contexts & CONTEXT_WORKER) != 0 : contexts == 0;
}

/* On the I/O thread itself the burden is a finding of its own. */
static bool is_continuation(const struct program *program, const struct lock_burden *burden)
{
	return (program->functions[burden->hold->function].contexts & CONTEXT_IO) &&
	       paths_to(program, CONTEXT_IO, burden->hold->function, burden->site.formula);
}

/* How the holder is reached, and whether it then is busy for sure. */
static bool find_busy(struct maker *m)
{
	const struct program *program = m->input->program;
	const struct lock_burden *burden = &m->burden;

	if (m->holder == LOCK_HOLDER_UNKNOWN) {
		m->verdict = conditions_at_root(program_conditions(program), burden->site.formula,
						PROGRAM_NONE);
		return m->verdict != FORMULA_FALSE;
	}
	m->busy = paths_to(program, CONTEXT_WORKER, burden->hold->function, burden->site.formula);
	if (m->busy)
		m->verdict = m->busy->verdict;
	return m->busy != NULL;
}

static void look_at(struct maker *m, guint first, guint last, GPtrArray *findings)
{
	const struct program *program = m->input->program;
	const struct lock_hold *hold =
		&g_array_index(locks_holds(program), struct lock_hold, first);

	if (!is_holder(program, hold, m->holder))
		return;
	m->taker = find_taker(program, hold);
	if (!m->taker.act || !locks_burden(program, first, last, &m->burden))
		return;
	if (!is_continuation(program, &m->burden) && find_busy(m))
		g_ptr_array_add(findings, make(m));
	lock_burden_clear(&m->burden);
}

void lock_rule_check(const struct rule *rule, const struct rule_input *input,
		     enum lock_holder holder, GPtrArray *findings)
{
	const GArray *holds = locks_holds(input->program);

	for (guint first = 0, last; first < holds->len; first = last) {
		const struct lock_hold *hold = &g_array_index(holds, struct lock_hold, first);
		struct maker m = {.rule = rule, .input = input, .holder = holder};

		for (last = first + 1; last < holds->len; last++) {
			const struct lock_hold *next =
				&g_array_index(holds, struct lock_hold, last);

			if (next->function != hold->function || next->lock != hold->lock ||
			    next->taken != hold->taken)
				break;
		}
		look_at(&m, first, last, findings);
	}
}
