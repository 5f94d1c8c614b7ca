/* What the parts of the cost analysis share. */
#ifndef CONTLINT_ANALYZER_COSTS_COST_PRIVATE_H
#define CONTLINT_ANALYZER_COSTS_COST_PRIVATE_H

#include "analyzer/conditions/condition.h"
#include "analyzer/costs/cost.h"
#include "analyzer/row_table.h"

struct origins;
struct order;

#define COST_UNITS_CALL 2
#define COST_UNITS_COMPARE 8 /* a comparison of qsort() without the comparator */
#define COST_LOG_LARGE 17    /* log2 of a hundred thousand, for n log n of an unknown n */

/* What cost_substitute() said last: the terms of one callee share most of their sizes. */
struct cost_told {
	uint32_t function, event, size; /* asked */
	uint32_t told;                  /* size */
	double number;
	bool constant;
};
#define COST_TOLD 64 /* the last one of each remainder */

/* What was found out last about an argument of a call: the sizes of one callee ask for it again. */
struct cost_argument {
	uint32_t function, event, arg; /* asked; event FACT_NONE: nothing */
	struct cost_size root;         /* of which root, root_id and function are set */
	uint32_t word;                 /* as the source says it */
};
#define COST_ARGUMENTS 32 /* the last one of each remainder */

/* `event` of a function assigns all of its local or parameter. */
struct cost_assigned {
	uint32_t kind, row; /* of its value */
	fact_id event;
	uint32_t before; /* the one before with the same remainder of its row, COST_NONE: none */
};
#define COST_PLACES 64 /* remainders */

struct costs {
	const struct program *program;
	struct conditions *conditions;
	struct origins *origins;
	struct order *order; /* which functions have been read */
	GArray *sizes;       /* struct cost_size; as many as in `size_rows`, with room for more */
	struct row_table size_rows;
	GArray *words; /* struct cost_word: none at all, those in `word_rows`, and room for more */
	struct row_table word_rows;
	struct cost **summaries;  /* by function: room for `count` terms; NULL until it is read */
	struct cost_loops *loops; /* by function */
	GPtrArray
		*blocks; /* of memory for both: there are many, and callers go over them together */
	gsize block_used;       /* bytes of the last block */
	GArray *reading;        /* struct cost_loop, of the function that is being read */
	GArray *branches;       /* fact_id, for who looks for open ones at the moment */
	uint32_t *components;   /* by function: number of its cycle of calls */
	int8_t *clocks;         /* by function: calls down to a clock from 1 on, 0 if it is far */
	int8_t *asking;         /* by function: 1 if a call of it can be a clock, -1 if none, 0 if
				 * that was not asked yet */
	double usual;           /* what is noteworthy where nothing else is said */
	double limit;           /* the smallest budget of the program, at most `usual` */
	struct cost_told *told; /* COST_TOLD of them */
	struct cost_argument *arguments; /* COST_ARGUMENTS of them */
	uint32_t assigned_in;            /* the function whose `assigned` are, COST_NONE at first */
	GArray *assigned; /* struct cost_assigned in order; those that `last_assigned` leads to */
	uint32_t last_assigned[COST_PLACES]; /* of each remainder, or COST_NONE */
	GArray *sites;                       /* struct cost_site */
	struct growth *growth;               /* NULL until asked for */
};

/* One function that is being read. */
struct cost_body {
	struct costs *costs;
	uint32_t function, unit, first, count;
	const struct fact_event *events; /* count of them; rows are first + i */
	struct cost_loops loops;
};

void cost_body_init(struct cost_body *body, struct costs *costs, uint32_t function);

static inline struct fact_value cost_value(const struct cost_body *body, fact_id value)
{
	struct fact_value none = {.kind = FACT_VALUE_UNKNOWN};

	return value == FACT_NONE ? none : *program_value(body->costs->program, body->unit, value);
}

static inline const struct fact_event *cost_event(const struct cost_body *body, fact_id event)
{
	return &body->events[event - body->first];
}

static inline const struct cost_loop *cost_loop_at(const struct cost_body *body, uint32_t row)
{
	return &body->loops.rows[row];
}

/* The same local, parameter, field or variable? */
static inline bool cost_same(const struct fact_value *left, const struct fact_value *right)
{
	return left->kind == right->kind && left->a == right->a;
}

/* ---- words (cost_word.c) ------------------------------------------------------------------ */

/* Part of how the source says a size: a name, or what is made of a word that is shorter. */
struct cost_word {
	uint32_t kind; /* enum cost_word_kind */
	uint32_t of;   /* the word it is made of; of a local the function */
	uint32_t a;    /* what is added */
};

/* The words, of which row 0 is none at all. */
GArray *cost_words_new(void);

/* How the source says `value`, a local by what it was given before `event`: a row of the words. */
uint32_t cost_word_of(const struct cost_body *body, fact_id value, fact_id event);

/* `word` with `argument` where it begins with parameter `param`. */
uint32_t cost_word_retell(struct costs *costs, uint32_t word, uint32_t param, uint32_t argument);

/* Appends `word`, in which parameters are those of `function`, to the text. */
void cost_word_append(const struct costs *costs, uint32_t word, uint32_t function, GString *text);

/* Does a value of this kind give a local another name, and is no start of counting? */
static inline bool cost_is_alias(enum fact_value_kind kind)
{
	return kind != FACT_VALUE_INT && kind != FACT_VALUE_NULL && kind != FACT_VALUE_BINARY &&
	       kind != FACT_VALUE_UNARY && kind != FACT_VALUE_UNKNOWN;
}

/* ---- sizes (cost_size.c) ------------------------------------------------------------------ */

/* The row of `size`, added with its weight if new. */
uint32_t cost_size_intern(struct costs *costs, const struct cost_size *size);

/* How large the number `value` can be where `event` stands: a constant, or a row of sizes. Returns
 * true if it is constant. */
bool cost_number(const struct cost_body *body, fact_id value, fact_id event, double *ret_constant,
		 uint32_t *ret_size);

/* As long as the string `value`; likewise. */
bool cost_string(const struct cost_body *body, fact_id value, fact_id event, double *ret_constant,
		 uint32_t *ret_size);

/* The type of a local, field or variable, "" of all else; and 256 of "char[256]", 0 if it is no
 * array. */
const char *cost_type_of(const struct cost_body *body, const struct fact_value *v);
double cost_array_length(const char *type);

/* If the call `event` measures a string (strlen): its length, constant or a row of sizes. */
bool cost_measured(const struct cost_body *body, fact_id event, bool *ret_constant,
		   double *ret_number, uint32_t *ret_size);

/* What `value` hangs on at `event`: sets root, root_id and function of `size`. */
void cost_root(const struct cost_body *body, fact_id value, fact_id event, int depth,
	       struct cost_size *size);

/* The last event before `event`, and after `after`, that assigns all of the local or parameter
 * `place`; FACT_NONE if there is none. */
fact_id cost_last_assignment(const struct cost_body *body, const struct fact_value *place,
			     fact_id after, fact_id event);

/* `size` of the callee, said in the words of the caller at the call `event`. True if it is constant
 * there. */
bool cost_substitute(const struct cost_body *caller, uint32_t size, fact_id event,
		     double *ret_constant, uint32_t *ret_size);

/* ---- invariance (cost_invariant.c) -------------------------------------------------------- */

/* Is the address of `place` an argument of the call `e`? */
bool cost_takes_address(const struct cost_body *body, const struct fact_event *e,
			const struct fact_value *place);

/* Is `value` the same in every round of the loop between the events `begin` and `end`? */
bool cost_is_invariant(const struct cost_body *body, fact_id value, fact_id begin, fact_id end,
		       int depth);

/* Does what a call costs hang on this target? Of several nobody knows which one it will be. */
static inline bool cost_follows(const struct program_edge *edge)
{
	return edge->kind == EDGE_SYNCHRONOUS || edge->target_count <= 1;
}

/* Factor `i` of the term is the number `n` (cost_along.c). */
void cost_settle(struct cost_term *term, uint32_t i, double n);

/* cost_library_call() where the body and the model of the call `event` are known, and what a
 * library function takes beside that (cost_library.c). */
bool cost_library_term(struct cost_body *body, fact_id event, const struct model_function *model,
		       struct cost_term *ret_term);
double cost_library_units(const struct model_function *model);

/* The number that is the size of a call whose constant term is `term`, 0 if that has none. */
double cost_library_times(const struct model_function *model, const struct cost_term *term);

/* Does the library call `event` in `loop` go over what it has appended in the rounds before, and
 * make it longer (cost_append.c)? */
bool cost_appends(const struct cost_body *body, fact_id event, const struct cost_loop *loop);

/* Reads one function (cost.c); its callees in other components must have been read. */
void cost_read_function(struct costs *costs, uint32_t function);

/* ---- parts of the constant term (cost_part.c) --------------------------------------------- */

/* The loops and calls that stand in the function itself and add to its constant term; struct
 * cost_part in the order of the source, each before those that stand in it. Reads the function once
 * more (cost.c). Caller frees. */
GArray *cost_read_parts(struct costs *costs, uint32_t function);

/* The parts from row `first` on are `share` of what they were. */
void cost_parts_scale(GArray *parts, guint first, double share);

/* The parts from row `first` on stand in the loop `loop`, whose row is `first` then. */
void cost_parts_wrap(GArray *parts, guint first, const struct cost_part *loop);

/* ---- clocks (cost_clock.c) ---------------------------------------------------------------- */

/* Finds out which functions tell the time, for the questions below. */
void cost_find_clocks(struct costs *costs);

/* Does the call `event` of `function` tell what time it is, itself or few calls down? */
bool cost_call_is_clock(const struct costs *costs, uint32_t function, uint32_t event);

/* Can that be true of any call of `function`? Most never ask. */
bool cost_asks_clock(struct costs *costs, uint32_t function);

/* ---- loops (cost_loop.c) ------------------------------------------------------------------ */

/* Reads the loop at event `begin` of the body. */
struct cost_loop cost_loop_read(const struct cost_body *body, fact_id begin, uint32_t outer);

/* Reads the loop that jumps back to the label at event `begin` make; false if they make none. */
bool cost_loop_of_jumps(const struct cost_body *body, fact_id begin, uint32_t outer,
			struct cost_loop *ret_loop);

/* ---- loops that follow others (cost_follow.c) --------------------------------------------- */

/* The local or parameter that the test `value` of `loop` counts, and how far in a round; of kind
 * FACT_VALUE_UNKNOWN if there is none. */
struct fact_value cost_counter(const struct cost_body *body, const struct cost_loop *loop,
			       fact_id value, double *ret_step);

/* Is `value` at `event` where the counter of `loop` is, give or take what stays the same in its
 * rounds? */
bool cost_is_at_counter(const struct cost_body *body, fact_id value, fact_id event,
			const struct cost_loop *loop);

/* Does `loop` count from a place to that place and so many more: i = n; i < n + 15? */
bool cost_is_window(const struct cost_body *body, const struct cost_loop *loop, double *ret_trips);

/* The row of the loop around `loop` that its limit follows, COST_NONE if there is none. */
uint32_t cost_followed(const struct cost_body *body, const struct cost_loop *loop);

/* The same for a walk over the list linked by the field `link` that starts at `start`. */
uint32_t cost_followed_list(const struct cost_body *body, const struct cost_loop *loop,
			    fact_id start, fact_id link);

/* ---- loops of jumps (cost_jump.c) --------------------------------------------------------- */

/* Reads the loop that the jumps back to the label at event `begin` make; false if nobody jumps
 * back, or only to try again what has failed. */
bool cost_jump_read(const struct cost_body *body, fact_id begin, uint32_t outer,
		    struct cost_loop *ret_loop);

/* Does the GOTO at event `jump` lead out of the loop that it stands in? */
bool cost_jump_leaves(const struct cost_body *body, const struct cost_loop *loop, fact_id jump);

/* ---- recursion (cost_depth.c) ------------------------------------------------------------- */

/* Does the call `event` of the function to itself go on with a part of what it was given? The
 * parameter of which, COST_NONE if it does not. */
uint32_t cost_goes_down(const struct cost_body *body, fact_id event);

/* Does the loop `inner` go over the same things in every round of `outer`, and all of them? */
bool cost_loop_repeats(const struct cost_body *body, const struct cost_loop *inner,
		       const struct cost_loop *outer);

/* ---- who decides (cost_origin.c) ---------------------------------------------------------- */

struct origins *origins_new(const struct program *program);
void origins_free(struct origins *origins);
enum cost_weight origins_symbol(const struct origins *origins, uint32_t symbol);
/* The most that the variable or field ever is: what counts the elements of an array of known size
 * is compared with that wherever it grows. False if that is not known. */
bool origins_most(const struct origins *origins, uint32_t symbol, double *ret_most);
enum cost_weight origins_param(const struct origins *origins, uint32_t function, uint32_t param);
enum cost_weight origins_local(const struct origins *origins, uint32_t function, uint32_t local);

/* The tests whose outcome is known at events of a function. It must be asked about them in their
 * order; the events between two questions are read then. */
struct cost_tests *cost_tests_new(void);
void cost_tests_free(struct cost_tests *tests);
void cost_tests_begin(struct cost_tests *tests, const struct facts *facts,
		      const struct fact_event *events);

/* What they keep the number that the assignment `e` changes below: a value, FACT_NONE if they do
 * not. */
fact_id cost_tests_limit(struct cost_tests *tests, const struct fact_event *e);

/* The most that the number can be after the assignment `e`, as far as that says it: what is set,
 * the limit below which it is raised, 0 where it gets smaller. False if anything is possible. */
bool cost_tests_most(struct cost_tests *tests, const struct fact_event *e, int64_t *ret_most);

/* The most that the local `place` ever is; false if that is not known. */
bool cost_local_most(const struct cost_body *body, const struct fact_value *place,
		     double *ret_most);

/* The limit that it is known to have come to before, FACT_NONE if none is. */
fact_id cost_tests_passed(struct cost_tests *tests, const struct fact_event *e);

#endif
