/* How much a function computes: units of work as a sum of terms, each a number times named sizes.
 *
 * One unit is one step of the facts: an assignment, a test, a call. It stands for about a
 * nanosecond. A loop with a constant bound multiplies, a loop over data adds a size as a factor, a
 * call adds what the callee costs with its parameters replaced by the arguments. A branch costs the
 * mean of its arms, so a term is what may be expected and no bound of the worst case.
 *
 * Sizes know who decides about them: what a peer sends weighs more than what stands in a
 * configuration file. A size that is another one in every round (the children of each parent) is
 * marked as nested: the product is the total then, and not a square. */
#ifndef CONTLINT_ANALYZER_COSTS_COST_H
#define CONTLINT_ANALYZER_COSTS_COST_H

#include "analyzer/paths.h"
#include "analyzer/program.h"

#define COST_NONE UINT32_MAX

/* Who decides how large something is; the later, the more it is out of our hands. */
enum cost_weight {
	COST_FIXED, /* only written before the loop runs: configuration */
	COST_OPEN,  /* not seen */
	COST_GROWN, /* grows in continuations: a list that is added to, a counter that is raised */
	COST_EVENT, /* came in: what a read returned, a length in a message */
};

enum cost_kind {
	COST_NUMBER,   /* the value of a place */
	COST_LIST,     /* as long as the list linked by `symbol` */
	COST_STRING,   /* as long as a string */
	COST_ELEMENTS, /* as many as the function `symbol` gives one after the other */
	COST_RESULT,   /* until the function `symbol` says stop */
	COST_DEPTH,    /* as often as the function `symbol` calls itself over what it is given */
	COST_UNKNOWN,  /* no bound can be seen */
};

/* What a size hangs on. */
enum cost_root { COST_ROOT_NONE, COST_ROOT_PARAM, COST_ROOT_GLOBAL, COST_ROOT_LOCAL };

struct cost_size {
	uint32_t kind;     /* enum cost_kind */
	uint32_t symbol;   /* program symbol of a field, variable or function, or COST_NONE */
	uint32_t root;     /* enum cost_root */
	uint32_t root_id;  /* number of the parameter or local, symbol of the variable */
	uint32_t function; /* whose parameter or local it is; of COST_UNKNOWN where the loop is */
	uint32_t weight;   /* enum cost_weight */
	uint32_t word;     /* as the source says it, see cost_said(); 0 if it says nothing */
	fact_id event;     /* loop or call in `in_function` where it was first seen */
	uint32_t in_function;
};

/* More factors than this are one that is not told; more terms are cut and say so. */
#define COST_FACTORS 4
#define COST_TERMS 8

struct cost_factor {
	uint32_t size;       /* row of sizes */
	fact_id at;          /* the loop or call in the function that brings it in */
	int32_t arg : 31;    /* of a call: the argument that it hangs on, COST_ARG_… else */
	uint32_t nested : 1; /* it is another one in each round of what is around it */
};

/* For cost_factor.arg: hangs on what is the same everywhere; on nothing that the caller can name.
 */
enum { COST_ARG_GLOBAL = -1, COST_ARG_NONE = -2 };

struct cost_term {
	double units;
	struct cost_factor factors[COST_FACTORS]; /* the outermost first */
	uint8_t count;                            /* of factors */
	uint8_t depth; /* calls between the function and what brings in the last factor, at most
			* UINT8_MAX */
	bool sorting;  /* the last factor is n log n */
	bool library;  /* a library function whose size a model names */
};

struct cost {
	uint32_t count;
	uint32_t keys[COST_TERMS];   /* of the factors of each term: differ if those do */
	uint8_t degrees[COST_TERMS]; /* of each term */
	bool recursive;              /* calls itself, maybe through others: no bound is known */
	bool calls_recursive;        /* calls what does */
	bool cut;                    /* terms or factors were left out */
	struct cost_term terms[COST_TERMS]; /* the first is the constant one */
};

struct cost_loop {
	fact_id begin, end; /* events: LOOP and LOOP_END, LABEL and the last GOTO that goes back */
	fact_id test;       /* values: what it goes on for, or FACT_NONE */
	fact_id limit;      /* values: what bounds it, or FACT_NONE */
	uint32_t outer;     /* row of the loop around it, or COST_NONE */
	uint32_t bound;     /* enum fact_bound; a limit that is tested before counts as constant */
	double trips;       /* if constant */
	uint32_t size;      /* else a row of sizes */
	uint32_t follows; /* row of a loop around it that it goes as far as, half of it on average:
			   * for (i < n) for (j < i); or COST_NONE */
	double step;      /* how far it goes in a round: i += 4096 */
	struct fact_value counter; /* the local or parameter that it counts; UNKNOWN if none */
	bool budget; /* ends after a number of rounds or some time, however much there is to do */
	bool leaves; /* has a break, return or jump in it */
	bool clock;  /* what it watches for that is a clock */
	bool walks;  /* takes the elements of a container one after the other */
	bool counts; /* runs over data, and does not walk over what is there already */
	struct fact_value walker; /* the local that stands for an element; UNKNOWN if none */
};

/* The loops of a function in the order of their beginnings. */
struct cost_loops {
	uint32_t count;
	bool counting; /* one of them counts */
	const struct cost_loop *rows;
};

enum cost_site_kind {
	COST_SITE_PRODUCT,  /* two sizes multiply: `via` stands in the loop `loop` */
	COST_SITE_CONSTANT, /* a loop over constants exceeds the limit */
	COST_SITE_WALK,     /* a walk over a container whose elements are walked as well; the units
			     * are those of a round with few elements */
	COST_SITE_ARGUMENT, /* a call exceeds the limit because of a large constant argument */
};

/* A place where a cost becomes noteworthy. */
struct cost_site {
	enum cost_site_kind kind;
	uint32_t function;
	fact_id loop; /* event, FACT_NONE for COST_SITE_ARGUMENT */
	fact_id via;  /* loop or call, the place of a finding */
	struct cost_term term;
};

/* More units than this are noteworthy unless the user says otherwise: about a millisecond. A
 * CONTLINT_BUDGET_US anywhere in the program makes smaller costs noteworthy as well. */
#define COST_LIMIT 1e6
#define COST_UNITS_US 1000 /* a unit is about a nanosecond */

enum cost_part_kind {
	COST_PART_LOOP,     /* a constant number of rounds */
	COST_PART_CALL,     /* a call of a function that costs as much whatever it is given */
	COST_PART_ARGUMENT, /* a call whose argument, a constant, is a size of the callee */
	COST_PART_LIBRARY,  /* a call of a library function */
	COST_PART_CALLBACK, /* the callback that a library function calls */
};

/* What adds to the constant term of a function. */
struct cost_part {
	enum cost_part_kind kind;
	uint32_t function; /* where it stands */
	fact_id at;        /* event there: loop or call */
	uint32_t callee;   /* function that is called; COST_NONE for loops and library calls */
	struct cost_factor factor; /* COST_PART_ARGUMENT: of the callee, what the argument is */
	fact_id via;    /* event in the function that was asked for, if it stands in another one:
			 * the call that leads there; else FACT_NONE */
	double units;   /* of the constant term of the function that was asked for */
	double times;   /* rounds, or the size that the call is given; 0 if nobody says one */
	uint32_t depth; /* parts that it stands in; those come before it */
};

/* What a model says of computing. */
struct cost_model {
	const struct model_sink *sink; /* NULL if it says nothing */
	double units;                  /* for one of its size, or for all if it has none */
	double call_units;             /* for a call, beside that */
	bool sized;
};

struct costs;

/* Makes `units` the limit of the program instead of COST_LIMIT; before its costs are asked for. */
void program_limit_costs(const struct program *program, double units);

/* The costs of what runs on an I/O thread; made when first asked for, linear in the facts. Those of
 * other functions are made when cost_of() or cost_loops() asks for them. */
struct costs *program_costs(const struct program *program);
void costs_free(struct costs *costs);

/* The limit for what has no budget of its own. */
double cost_limit(const struct costs *costs);

/* Borrowed. */
const struct cost *cost_of(const struct costs *costs, uint32_t function);
const struct cost_size *cost_size(const struct costs *costs, uint32_t size);
struct cost_loops cost_loops(const struct costs *costs, uint32_t function);
const GArray *cost_sites(const struct costs *costs); /* struct cost_site */

/* The loops and calls of `function`, and of what it calls, that make up the constant term of its
 * cost: struct cost_part, of those that stand in the same loop or function the heaviest few, none
 * below `least` units. A call of a function is told by its loops and calls where they make up half
 * of it and more; the same place reached from the same call is told once. Reads the functions once
 * more. Caller frees. */
GArray *cost_parts(struct costs *costs, uint32_t function, double least);

struct cost_model cost_model(const struct costs *costs, const struct model_function *model);

/* Who decides how much hangs on a field or variable. */
enum cost_weight cost_symbol_weight(const struct costs *costs, uint32_t symbol);

/* The loop of a site, borrowed; NULL if it is no loop. */
const struct cost_loop *cost_site_loop(const struct costs *costs, const struct cost_site *site);

/* May the loop end early because an element is what was looked for? That something fails, or that a
 * buffer is full, ends no loop that goes well. */
bool cost_loop_searches(struct costs *costs, uint32_t function, const struct cost_loop *loop);

/* A function that allocates elements of what the walk `loop` goes over, on the I/O thread;
 * PROGRAM_NONE if none is seen. */
uint32_t cost_loop_grown_by(struct costs *costs, uint32_t function, const struct cost_loop *loop);

/* How fast the cost grows if all sizes grow alike, nested ones not counted: 0 constant, 1 linear.
 */
static inline uint32_t cost_term_degree(const struct cost_term *term)
{
	uint32_t degree = 0;

	for (uint32_t i = 0; i < term->count; i++)
		degree += !term->factors[i].nested;
	return degree;
}

uint32_t cost_degree(const struct cost *cost);

/* Units if each size is `n`, more than 1, nested ones not counted. */
double cost_units_at(const struct cost *cost, double n);

/* What a model says that the call `event` computes, over the sizes in `function`; false if it
 * computes nothing that is worth a word. */
bool cost_library_call(struct costs *costs, uint32_t function, fact_id event,
		       struct cost_term *ret_term);

/* `term`, which is about the end of `path`, with what the calls on the path pass for parameters:
 * constants become part of its units. */
void cost_along(struct costs *costs, const struct path *path, struct cost_term *term);

/* The same for what the library call `site` at the end of `path` goes over: if that is an array
 * there or in one of the callers, the size that the model names is at most what it holds. */
void cost_within(struct costs *costs, const struct path *path, const struct sink_site *site,
		 struct cost_term *term);

/* The weight of the factors that count (not nested): the least, COST_EVENT if there is none. */
enum cost_weight cost_term_weight(const struct costs *costs, const struct cost_term *term);

/* "p->count": what the size is over, as the source says it. Caller frees. */
char *cost_said(const struct costs *costs, const struct cost_size *size);

/* "p->count", "the length of line", "the list of struct client"; for people. Caller frees. */
char *cost_size_text(const struct costs *costs, uint32_t size);

/* "40 + 12 n + 3 n m"; without names of nothing: "about 1500". Caller frees. */
char *cost_text(const struct costs *costs, const struct cost *cost);

/* How a program looks at the clock around something. */
enum cost_timed {
	COST_TIMED_NOT,
	COST_TIMED_AROUND, /* before it, and after it how long that took */
	COST_TIMED_LOOP,   /* in the loop around it, which ends when the time is over */
};
enum cost_timed cost_timed(struct costs *costs, uint32_t function, fact_id event);

/* True if `function` tells what time it is, itself or through few others. */
bool cost_is_clock(const struct costs *costs, uint32_t function);

#endif
