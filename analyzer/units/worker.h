/* One worker process: it is given units one at a time and answers each with facts.
 *
 * The child lives in here too. It may crash, hang, grow or be killed at any moment; what it says is
 * hostile until decoded. */
#ifndef CONTLINT_ANALYZER_UNITS_WORKER_H
#define CONTLINT_ANALYZER_UNITS_WORKER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/units/compdb.h"

struct worker;

/* What a worker says about a unit. */
struct worker_reply {
	uint32_t unit; /* as given */
	uint32_t has_facts;
	uint32_t wall_ms, cpu_ms;
	uint32_t peak_kib; /* resident memory of its own at its highest in this process */
	uint32_t rss_kib;  /* and now */
	char problem[512]; /* one sentence if there are no facts */
};

enum worker_answer {
	WORKER_REPLIED,
	WORKER_DIED,
};

/* How a dead worker ended. */
struct worker_end {
	int signal; /* 0: by exit */
	int exit_code;
	uint64_t peak_kib;
	uint64_t cpu_ms;
};

/* Starts a process for units of `compdb`. `memory_mib` is the limit of a unit: the kernel refuses
 * far above it, the caller watches worker_rss_kib() for the limit itself. NULL if there can be no
 * process. */
struct worker *worker_start(const struct compdb *compdb, guint memory_mib, GError **error);

/* Gives the unit number `unit`. False if the worker is dead. */
bool worker_give(struct worker *worker, uint32_t unit);

/* Readable when an answer is there. */
int worker_fd(const struct worker *worker);

/* Takes the answer. With has_facts, `*ret_facts` are the encoded facts, to be unreferenced. */
enum worker_answer worker_receive(struct worker *worker, struct worker_reply *ret_reply,
				  GBytes **ret_facts);

/* Resident memory now that it did not get from its parent, 0 if unknown. */
uint64_t worker_rss_kib(const struct worker *worker);

/* Kills the process if it lives, waits for it and frees `worker`. */
void worker_stop(struct worker *worker, struct worker_end *ret_end);

#endif
