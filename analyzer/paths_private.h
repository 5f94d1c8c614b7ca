/* The search backward from a sink that paths and ways are read from: see paths_search.c. */
#ifndef CONTLINT_ANALYZER_PATHS_PRIVATE_H
#define CONTLINT_ANALYZER_PATHS_PRIVATE_H

#include "analyzer/paths.h"

#define MAX_COST 1024
#define SHUT_COST (MAX_COST + 1)

struct state {
	uint32_t node;
	uint32_t function; /* of the node */
	formula_id formula;
	uint32_t from; /* state nearer to the sink, or NONE */
	uint32_t edge; /* edge from here to it */
	uint32_t cost;
	bool settled;
};

/* A state whose turn comes at a cost; one that got cheaper since has another turn. */
struct turn {
	uint32_t state, next; /* of the same cost, or NONE */
};

/* A call by which a search goes on, to a node at the caller. */
struct search_step {
	uint32_t node, edge, cost;
};

/* What a search can come to: a function in which a formula must hold. The steps from there are the
 * same in each search, and are found as searches ask for them. */
struct search_node {
	uint32_t function;
	formula_id formula;
	uint32_t seen; /* of the in_edges of the function, those whose steps are known */
	uint32_t count, room;
	struct search_step *steps; /* `count` of them are set */
};

/* The nodes of searches for one context. */
struct search_map {
	GArray *nodes;      /* struct search_node; NULL until asked for */
	uint32_t *always;   /* by function: its node with FORMULA_TRUE, plus 1; 0: none yet */
	GHashTable *others; /* function << 32 | another formula -> the same */
};

/* What the searches of a program remember: many sinks lie behind the same calls. */
struct search_memory {
	uint32_t *costs;    /* by edge: of search_cost(), 0 until asked for */
	formula_id *always; /* by edge: what search_before() gives for FORMULA_TRUE, plus 1 */
	GHashTable *before; /* edge << 32 | another formula -> the same */
	GByteArray *holds;  /* by formula: 1 if it can hold, 2 if not, 0 until asked for */
	uint32_t *starts;   /* by function: of search_registration() for CONTEXT_IO, plus 2; 0 until
			     * asked for */
	const struct paths_shut *shut; /* or NULL; the costs know of its edges */
	struct search_map maps[CONTEXT_COUNT];
	GPtrArray *spare; /* struct search * that are over, with room for the next */
};

struct search {
	const struct program *program;
	uint32_t context;
	bool first_only; /* nothing is counted: the first path ends it */
	GArray *states;  /* struct state, `state_count` of them are set */
	uint32_t state_count;
	bool found;                   /* a path is there, the rest is counting */
	uint32_t found_cost;          /* what that one costs */
	struct search_memory *memory; /* of all searches, see paths_memory() */
	struct search_map *map;       /* of the context, in the memory */
	uint32_t *known;              /* by node: its state, or NONE */
	uint32_t known_count;         /* nodes that came later have none */
	GArray *turns;                /* struct turn, `turn_count` of them are set */
	uint32_t turn_count;
	uint32_t dearest;             /* cost of a turn: none is dearer */
	uint32_t first[MAX_COST + 1]; /* by cost: of turns, or NONE */
	uint32_t last[MAX_COST + 1];
};

static inline struct state *search_state(const struct search *search, uint32_t state)
{
	return &g_array_index(search->states, struct state, state);
}

/* The state where `formula` must hold in `function`, or NONE. */
uint32_t search_find(const struct search *search, uint32_t function, formula_id formula);

struct search *search_new(const struct program *program, struct search_memory *memory,
			  uint32_t context, uint32_t function, formula_id formula);
/* Keeps its memory for the next search. */
void search_free(struct search *search);
/* Frees that memory. */
void search_destroy(gpointer search);

/* Settles states cheapest first. The first continuation is the path's root, others are counted.
 * NULL if there is no path. */
struct path *search_run(struct search *search);

/* The path from `state`, which `registration` starts. Caller frees it with path_free(). */
struct path *search_path(const struct search *search, uint32_t state, uint32_t registration);
void path_free(gpointer path);

/* The registration by which `state` is a continuation that leads to the sink, or PROGRAM_NONE. */
uint32_t search_start(const struct search *search, const struct state *state);

/* The registration that makes `function` run in `context`, or PROGRAM_NONE. */
uint32_t search_registration(const struct search *search, uint32_t function);

/* What must hold where the call of `edge` is made for `formula` to hold in its callee. */
formula_id search_before(struct search *search, uint32_t edge, formula_id formula);

/* How much a call is believed where it stands, and what it costs a path. */
double search_certainty(const struct program *program, const struct program_edge *edge);
uint32_t search_cost(struct search *search, uint32_t edge);

/* Has its declaration one of `flags`? */
bool search_is_declared(const struct program *program, uint32_t function, uint32_t flags);

/* The place that an event calls through, without the stars before it. */
const struct fact_value *search_called_through(const struct program *program, uint32_t function,
					       fact_id event);

/* The node of `function` and `formula`, made when first asked for. */
uint32_t search_node(const struct search *search, uint32_t function, formula_id formula);

/* The same, or PROGRAM_NONE if nobody has asked for it. */
uint32_t search_known_node(const struct search *search, uint32_t function, formula_id formula);

/* Step `i` from the node, counted from 0; NULL if it has fewer. Borrowed until the next call. */
const struct search_step *search_step(struct search *search, uint32_t node, uint32_t i);

void search_map_free(struct search_map *map);

/* Made when first asked for. */
struct search_memory *paths_memory(const struct program *program);

#endif
