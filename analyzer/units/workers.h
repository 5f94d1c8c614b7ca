/* All units of a compile database -> their facts, in worker processes, with limits and a cache.
 *
 * A unit that crashes, hangs or grows costs itself only: its worker is replaced. Largest units go
 * first. Nothing here writes to the database; the results come back in the units' order. */
#ifndef CONTLINT_ANALYZER_UNITS_WORKERS_H
#define CONTLINT_ANALYZER_UNITS_WORKERS_H

#include "analyzer/units/compdb.h"
#include "analyzer/facts.h"

enum unit_status {
	UNIT_OK,
	UNIT_CACHED,      /* from the cache, nothing parsed */
	UNIT_PARSE_ERROR, /* facts are there, but the source has compile errors */
	UNIT_FAILED,      /* no facts: unreadable source, flags refused */
	UNIT_CRASHED,
	UNIT_TIMEOUT,
	UNIT_MEMORY, /* over the memory limit */
};

const char *unit_status_name(enum unit_status status);

struct unit_result {
	enum unit_status status;
	struct facts *facts; /* NULL for failed, crashed, timeout and memory; owned */
	char *problem;       /* one sentence for those, else NULL; owned */
	guint error_count;   /* compile errors */
	guint wall_ms;
	guint cpu_ms;
	guint peak_kib;   /* of the worker after this unit; 0 if cached */
	char *cache_name; /* of the facts in the cache, NULL if they are not there; owned */
};

struct workers_progress {
	guint done, total, cached, failed;
	const char *label; /* the unit finished last or started first */
	double seconds;    /* since the start */
};

struct workers_options {
	guint jobs;            /* 0: number of cores */
	guint timeout_seconds; /* a unit; 0: 60 */
	guint memory_mib;      /* a unit; 0: 2048 */
	const char *cache_dir; /* NULL: no cache */
	void (*progress)(const struct workers_progress *progress, void *data); /* may be NULL */
	void *progress_data;
	/* Asked between units; true stops at once, kills the workers and returns an error of
	 * G_IO_ERROR_CANCELLED's meaning. May be NULL. */
	bool (*cancelled)(void *data);
	void *cancelled_data;
};

/* Extracts every unit. The array has one `struct unit_result *` for each of compdb->units, same
 * order, and frees its elements. NULL and `error` only if workers cannot be started at all or the
 * run was cancelled; problems of single units are in their results. */
GPtrArray *workers_extract(const struct compdb *compdb, const struct workers_options *options,
			   GError **error);

/* One hash of all facts of a run: equal hashes, equal facts. NULL if one of the results is not in
 * the cache. Caller frees. */
char *workers_input_hash(const GPtrArray *results);

/* The same without extracting or reading facts: NULL unless the cache in `cache_dir` has every unit
 * of `compdb`. Caller frees. */
char *workers_find_input(const struct compdb *compdb, const char *cache_dir);

GQuark workers_error_quark(void);
#define WORKERS_ERROR (workers_error_quark())
enum workers_error { WORKERS_ERROR_START, WORKERS_ERROR_CANCELLED };

#endif
