/* All facts joined: symbols, call graph, pointer targets, contexts. Built once, then only read.
 *
 * Everything is an array of rows that name each other by index; names are interned once and live
 * as long as the program. */
#ifndef CONTLINT_ANALYZER_PROGRAM_H
#define CONTLINT_ANALYZER_PROGRAM_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/facts.h"
#include "analyzer/models/model.h"

#define PROGRAM_NONE UINT32_MAX

/* Where code runs; a function can be in several. */
enum program_context {
	CONTEXT_IO = 1 << 0,
	CONTEXT_WORKER = 1 << 1,
	CONTEXT_STARTUP = 1 << 2,
	CONTEXT_SHUTDOWN = 1 << 3,
	CONTEXT_SIGNAL = 1 << 4,
	CONTEXT_CHILD = 1 << 5, /* a forked child */
};
#define CONTEXT_COUNT 6

const char *program_context_name(enum program_context context);

/* One unit that took part. `facts` is borrowed from the caller of program_link(). */
struct program_unit {
	const struct facts *facts;
	const uint32_t *symbols; /* facts symbol id -> program symbol */
	const char *file;        /* its main file */
	const char *target;
};

/* A name with external or internal linkage, a field or a callback typedef. */
struct program_symbol {
	const char *usr, *name, *owner, *type;
	uint32_t kind, linkage, flags;      /* enums of facts.h */
	const struct model_function *model; /* functions without a body here, or NULL */
	uint32_t function;  /* its definition if there is just one, else PROGRAM_NONE */
	uint32_t twin;      /* a function that by its name does the same without waiting, or NONE */
	uint32_t budget_us; /* CONTLINT_BUDGET_US, 0 if not said */
};

/* A function with a body. The same body seen in several units (headers, one source with several
 * flags) is one function. */
struct program_function {
	uint32_t symbol;
	uint32_t unit; /* where its body is read */
	fact_id row;   /* functions row of that unit's facts */
	const char *name, *usr, *file;
	uint32_t line, end_line;
	uint32_t contexts;             /* enum program_context bits */
	bool is_loop;                  /* waits and dispatches; not itself inside a continuation */
	uint32_t first_out, out_count; /* program->out_edges: edges from here, source order */
	uint32_t first_in, in_count;   /* program->in_edges: edges to here */
};

enum edge_kind {
	EDGE_DIRECT,
	EDGE_INDIRECT,    /* through a place; `target_count` says how many share it */
	EDGE_SYNCHRONOUS, /* a callback that the callee runs before it returns (qsort) */
};

/* A call from one defined function to another. */
struct program_edge {
	uint32_t caller, callee; /* functions */
	uint32_t event;          /* event number within the caller's unit's facts (absolute row) */
	uint32_t kind;           /* enum edge_kind */
	uint32_t target_count;   /* direct: definitions that the name may mean, mostly 1 */
	uint32_t place;          /* symbol of the field or variable called through, or NONE */
	bool stored;             /* indirect: each target was stored into that place by name */
	bool method;             /* indirect: an object's own, set for it by a function */
	bool by_parameter;       /* indirect: through a parameter, so that the caller decides */
};

/* A call of one function by its name, and of no other. */
static inline bool program_is_sure(const struct program_edge *edge)
{
	return edge->kind == EDGE_DIRECT && edge->target_count == 1;
}

/* A function handed over to be called later. */
struct program_registration {
	uint32_t function;    /* the continuation */
	uint32_t context;     /* one bit of enum program_context; 0: not handed over at all, but a
			       * loop that handles events in its own body */
	uint32_t calls;       /* enum model_calls */
	uint32_t in_function; /* function in which it is registered, or NONE at file scope */
	uint32_t unit;        /* unit of the registering place */
	fact_id event;        /* events row there (call or assignment) */
	const char *via;      /* interned: "sd_event_add_io", "event_op.handler", a typedef */
	const char *library;  /* interned, or NULL if found without a model */
	bool by_loop;         /* a home-made loop calls it because something is ready */
	double certainty;     /* 0 to 1 */
};

/* What was not found out of a call through a place, or of a callback that is handed over: no
 * function is known, or too many are. */
struct program_unresolved {
	uint32_t function;
	fact_id event;
	uint32_t place;        /* symbol, or NONE */
	uint32_t target_count; /* 0: no target known; else the number at which it was cut */
	const char *reason;    /* where a function would have to come from; interned */
	bool outside;          /* only from outside the program: none of its functions is meant */
	const char *via;       /* what the callback is registered with; NULL for a call. Interned */
	fact_id value;         /* values: what is called, or handed over */
};

struct program_coverage {
	guint units, functions, continuations;
	guint indirect_calls, indirect_resolved, indirect_cut, indirect_unresolved;
	guint indirect_outside; /* those set from outside the program only: neither of the above */
	/* the same, counting only calls inside continuations */
	guint io_indirect_calls, io_indirect_resolved, io_indirect_cut, io_indirect_unresolved;
	guint io_indirect_outside;
	guint ambiguous_names;          /* calls of names that mean several definitions equally */
	guint registrations_unresolved; /* callbacks handed over that no function is known of */
	guint registrations_outside;    /* set from outside the program only: not among them */
};

struct program {
	struct program_unit *units;
	guint unit_count;
	struct program_symbol *symbols;
	guint symbol_count;
	struct program_function *functions;
	guint function_count;
	struct program_edge *edges;
	guint edge_count; /* ordered by caller, event */
	uint32_t *in_edges;
	guint in_edge_count; /* -> edges */
	struct program_registration *registrations;
	guint registration_count; /* by function */
	struct loop_body *loop_bodies;
	guint loop_body_count; /* ordered by function */
	struct program_unresolved *unresolved;
	guint unresolved_count;
	struct program_coverage coverage;
	const struct models *models;
	struct program_private *private;
};

/* Joins `count` sets of facts (elements may be NULL and are skipped); `models` and the facts must
 * outlive the program. Never fails: what cannot be resolved is counted. */
struct program *program_link(struct facts *const *facts, guint count, const struct models *models);
void program_free(struct program *program);
typedef struct program program_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(program_t, program_free)

/* Row access across units. */
static inline const struct facts *program_facts(const struct program *program, uint32_t function)
{
	return program->units[program->functions[function].unit].facts;
}

/* The file, line and column of locs row `loc` of unit `unit`; false for FACT_NONE. */
bool program_locate(const struct program *program, uint32_t unit, fact_id loc,
		    const char **ret_file, uint32_t *ret_line, uint32_t *ret_column);

/* Functions called `name`, `*ret_count` of them, in order. Caller
 * frees with g_free(). Several statics may share a name. */
uint32_t *program_functions_named(const struct program *program, const char *name,
				  guint *ret_count);

/* The registrations of `function`: first row and count in program->registrations. */
guint program_registrations_of(const struct program *program, uint32_t function, guint *ret_first);

/* Events of a function: first row in its unit's facts, and how many. */
const struct fact_event *program_events(const struct program *program, uint32_t function,
					uint32_t *ret_first, uint32_t *ret_count);

/* The initializers of a unit's variables, as its assignments at file scope: likewise. */
const struct fact_event *program_file_scope(const struct program *program, uint32_t unit,
					    uint32_t *ret_first, uint32_t *ret_count);

/* The symbol of the function that `event` calls directly, PROGRAM_NONE for calls through places. */
uint32_t program_callee(const struct program *program, uint32_t unit,
			const struct fact_event *event);

/* The first edge of `function`, counted from its first_out, that is not before `event`. */
uint32_t program_first_edge(const struct program *program, uint32_t function, fact_id event);

/* The model of the function that `event` calls directly, NULL if there is none. */
const struct model_function *program_call_model(const struct program *program, uint32_t unit,
						const struct fact_event *event);

/* A call by name of a function that has a model. */
struct program_model_call {
	fact_id event;
	const struct model_function *model;
};

/* Those of `function` in the order of their events. All of the program are found when first asked
 * for any. */
const struct program_model_call *program_model_calls(const struct program *program,
						     uint32_t function, uint32_t *ret_count);

/* The same, to be asked for their models in the order of the events. */
struct program_model_walk {
	const struct program_model_call *calls;
	uint32_t count, next;
};

struct program_model_walk program_walk_models(const struct program *program, uint32_t function);

/* The model of what the call `event` calls by name, NULL if it has none. */
static inline const struct model_function *program_model_at(struct program_model_walk *walk,
							    fact_id event)
{
	while (walk->next < walk->count && walk->calls[walk->next].event < event)
		walk->next++;
	return walk->next < walk->count && walk->calls[walk->next].event == event
		       ? walk->calls[walk->next].model
		       : NULL;
}

/* Is there one whose model `is`? */
bool program_calls(const struct program *program, uint32_t function,
		   bool (*is)(const struct model_function *model));

/* Does the function call anything otherwise than by its name? */
bool program_calls_through(const struct program *program, uint32_t function);

/* Value row of argument `k` of a call, FACT_NONE if it has fewer. */
fact_id program_argument(const struct program *program, uint32_t unit,
			 const struct fact_event *event, uint32_t k);

static inline const struct fact_value *program_value(const struct program *program, uint32_t unit,
						     fact_id value)
{
	return facts_row(program->units[unit].facts, values, struct fact_value, value);
}

static inline const struct fact_event *program_event(const struct program *program, uint32_t unit,
						     fact_id event)
{
	return facts_row(program->units[unit].facts, events, struct fact_event, event);
}

/* What decides conditions in this program; lives as long as it. See condition.h. */
struct conditions *program_conditions(const struct program *program);

/* Name and type of a local or parameter of `function`; NULL if `value` is neither. */
static inline const struct fact_param *
program_local(const struct program *program, uint32_t function, const struct fact_value *value)
{
	const struct facts *facts = program_facts(program, function);
	const struct fact_function *row =
		facts_row(facts, functions, struct fact_function, program->functions[function].row);

	if (value->kind == FACT_VALUE_LOCAL)
		return facts_row(facts, locals, struct fact_param, row->first_local + value->a);
	return value->kind == FACT_VALUE_PARAM
		       ? facts_row(facts, params, struct fact_param, row->first_param + value->a)
		       : NULL;
}

#endif
