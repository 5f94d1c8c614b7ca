/* What the two files of the pointer closure share: targets.c builds it, targets_query.c asks it. */
#ifndef CONTLINT_ANALYZER_TARGETS_PRIVATE_H
#define CONTLINT_ANALYZER_TARGETS_PRIVATE_H

#include "analyzer/targets.h"

struct node {
	struct target *targets; /* its own until they are settled */
	uint32_t count, capacity, done;
	uint32_t by_name;    /* how many came by name */
	uint32_t first_copy; /* copies, or NONE */
	uint32_t first_site; /* sites, or NONE */
	uint32_t external;   /* a library's function whose result comes here, or NONE */
	const char *sought;  /* the name of a function that is not here (dlsym), or NULL */
	bool cut, queued;
	bool slot;   /* a field, variable or local that is declared as a pointer to a function */
	bool handed; /* a parameter that is declared so */
	bool null;   /* a null pointer or another constant is stored here */
	bool opaque; /* so is what is not followed: a computed pointer, bytes */
};

struct copy {
	uint32_t to, next;
};
struct site {
	uint32_t unit, function;
	fact_id event;
	uint32_t next;
};

struct targets {
	const struct program *program;
	GArray *nodes;           /* struct node */
	GArray *copies;          /* struct copy */
	GArray *sites;           /* struct site */
	GArray *seeds;           /* struct target_seed */
	struct target *sets;     /* those of all nodes, when they are settled; NULL before */
	GArray *queue;           /* uint32_t nodes */
	uint32_t *base;          /* function -> its first node */
	uint32_t *rest;          /* function -> node of its va_list, or NONE */
	uint32_t *stamps, stamp; /* symbol -> the add_range() that saw it last */
	uint32_t *
		*results; /* unit -> event -> node of an indirect call's result; made when needed */
	GHashTable *functions; /* name -> symbol of an external function + 1; made when needed */
};

static inline struct node *node_at(const struct targets *targets, uint32_t node)
{
	return &g_array_index(targets->nodes, struct node, node);
}

#endif
