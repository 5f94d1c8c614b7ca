/* Shared by file_bulk.c (what is written where) and file_bulk_name.c (names and questions). */
#ifndef CONTLINT_ANALYZER_HANDLES_FILE_BULK_PRIVATE_H
#define CONTLINT_ANALYZER_HANDLES_FILE_BULK_PRIVATE_H

#include "analyzer/handles/file_bulk.h"

/* How much is written; more of two is the greater one. */
enum file_amount {
	AMOUNT_NONE,   /* nobody is seen to write */
	AMOUNT_FIXED,  /* a line, a constant number of bytes */
	AMOUNT_BUFFER, /* as much as one buffer has */
	AMOUNT_LINES,  /* lines, as many as there are */
	AMOUNT_BULK,   /* pieces of any size, as many as there are */
};

/* A call that gives a descriptor or stream of the file with a name. */
struct file_opening {
	struct spot at; /* the call */
	struct spot by; /* the call of the library inside, which has the name; mostly the same */
	uint32_t name;  /* the argument of that */
	bool is_wrapped;
};

struct file_bulk {
	struct conditions *c;
	GHashTable *amounts; /* place -> enum file_amount */
	GHashTable *closers; /* place of a parameter that is closed */
	GArray *raised;      /* gsize: places whose amount is to be passed on */
	GArray *openings;    /* struct file_opening */
	GArray *renames;     /* struct spot */
	GHashTable *names;   /* key -> enum file_amount; NULL until asked for */
};

struct file_bulk *file_bulk_of(struct conditions *conditions);

/* What is written to the descriptor or stream `value`. */
enum file_amount file_bulk_amount(struct file_bulk *bulk, uint32_t function, fact_id value);

/* What is written to the result of the call at `at`. */
enum file_amount file_bulk_of_result(struct file_bulk *bulk, struct spot at);

/* The place that gets the result of a call, 0 if it is none; *ret_returned, if not NULL: the
 * result, or that place, is returned. */
gsize file_bulk_place_of_result(const struct program *program, struct spot at, bool *ret_returned);

const struct model_file *file_bulk_model(const struct program *program, uint32_t unit,
					 const struct fact_event *event);

/* The number of a local, parameter or symbol as a place; 0 if `value` is none. */
gsize file_bulk_place(const struct program *program, uint32_t function, fact_id value);

#endif
