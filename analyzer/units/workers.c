/* All units -> facts: who is given what, how long, and what becomes of those who do not answer. */
#include "analyzer/units/workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "analyzer/units/cache.h"
#include "analyzer/file_path.h"
#include "analyzer/units/worker.h"

G_DEFINE_QUARK(contlint_workers, workers_error)

enum {
	WATCH_MS = 100,           /* how often memory, time and cancellation are looked at */
	RECYCLE_KIB = 400 * 1024, /* a worker this large is replaced after its unit */
	DEFAULT_TIMEOUT_SECONDS = 60,
	DEFAULT_MEMORY_MIB = 2048,
};

static const guint no_unit = G_MAXUINT;

struct seat {
	struct worker *worker; /* NULL: nobody */
	guint unit;            /* being read, or no_unit */
	gint64 started_us;
};

struct run {
	const struct compdb *compdb;
	const struct workers_options *options;
	struct cache *cache;
	GPtrArray *results; /* struct unit_result *, NULL until known */
	GArray *queue;      /* guint: units, the largest last */
	struct seat *seats;
	guint seat_count;
	guint timeout_seconds, memory_mib;
	gint64 started_us;
	struct workers_progress progress;
};

const char *unit_status_name(enum unit_status status)
{
	switch (status) {
	case UNIT_OK:
		return "ok";
	case UNIT_CACHED:
		return "cached";
	case UNIT_PARSE_ERROR:
		return "parse-error";
	case UNIT_FAILED:
		return "failed";
	case UNIT_CRASHED:
		return "crashed";
	case UNIT_TIMEOUT:
		return "timeout";
	case UNIT_MEMORY:
		return "memory";
	}
	g_assert_not_reached();
}

static void result_free(gpointer data)
{
	struct unit_result *result = data;

	if (!result)
		return;
	facts_free(result->facts);
	g_free(result->problem);
	g_free(result->cache_name);
	g_free(result);
}

static const struct compdb_unit *unit_of(const struct run *run, guint unit)
{
	return run->compdb->units->pdata[unit];
}

static void report_progress(struct run *run, const char *label)
{
	run->progress.label = label;
	run->progress.seconds = (double)(g_get_monotonic_time() - run->started_us) / 1e6;
	if (run->options->progress)
		run->options->progress(&run->progress, run->options->progress_data);
}

/* The place for the result of `unit`; each is asked for once. */
static struct unit_result *finish(struct run *run, guint unit, enum unit_status status)
{
	struct unit_result *result = g_new0(struct unit_result, 1);

	result->status = status;
	run->results->pdata[unit] = result;
	run->progress.done++;
	run->progress.cached += status == UNIT_CACHED;
	run->progress.failed += status >= UNIT_FAILED;
	return result;
}

static struct unit_result *finish_without(struct run *run, guint unit, enum unit_status status,
					  char *problem)
{
	struct unit_result *result = finish(run, unit, status);

	result->problem = problem;
	report_progress(run, unit_of(run, unit)->label);
	return result;
}

/* The sentence of `error` about `unit`, the label in front exactly once. */
static char *unit_problem(const struct compdb_unit *unit, const char *message)
{
	if (g_str_has_prefix(message, unit->label))
		return g_strdup(message);
	if (g_str_has_prefix(message, unit->file))
		return g_strconcat(unit->label, message + strlen(unit->file), NULL);
	return g_strdup_printf("%s: %s", unit->label, message);
}

/* Settles what needs no worker: unreadable sources and cached units. */
static void settle(struct run *run, guint unit)
{
	const struct compdb_unit *source = unit_of(run, unit);
	g_autoptr(GError) error = NULL;
	g_autofree char *name = NULL;
	struct unit_result *result;
	struct facts *facts;

	if (!file_path_check(source->file, &error)) {
		(void)finish_without(run, unit, UNIT_FAILED, unit_problem(source, error->message));
		return;
	}
	facts = run->cache ? cache_load(run->cache, source, &name) : NULL;
	if (!facts)
		return;
	result = finish(run, unit, UNIT_CACHED);
	result->facts = facts;
	result->cache_name = g_steal_pointer(&name);
	report_progress(run, source->label);
}

static gint compare_size(gconstpointer left, gconstpointer right, gpointer data)
{
	const struct run *run = data;
	guint a = *(const guint *)left, b = *(const guint *)right;
	guint64 size_a = unit_of(run, a)->size, size_b = unit_of(run, b)->size;

	if (size_a != size_b)
		return size_a < size_b ? -1 : 1;
	return a > b ? -1 : 1; /* the first of equals last, to be taken first */
}

static bool is_cancelled(const struct run *run)
{
	return run->options->cancelled && run->options->cancelled(run->options->cancelled_data);
}

static bool set_cancelled(GError **error)
{
	g_set_error_literal(error, WORKERS_ERROR, WORKERS_ERROR_CANCELLED, "stopped");
	return false;
}

static bool fill_queue(struct run *run, GError **error)
{
	for (guint i = 0; i < run->compdb->units->len; i++) {
		if (is_cancelled(run))
			return set_cancelled(error);
		settle(run, i);
		if (!run->results->pdata[i])
			g_array_append_val(run->queue, i);
	}
	g_array_sort_with_data(run->queue, compare_size, run);
	return true;
}

static void dismiss(struct seat *seat, struct worker_end *ret_end)
{
	worker_stop(seat->worker, ret_end);
	seat->worker = NULL;
	seat->unit = no_unit;
}

/* Gives the next unit to the seat, with a new worker if there is none. False if none can be
 * started; the unit stays in the queue. */
static bool dispatch(struct run *run, struct seat *seat, GError **error)
{
	guint unit;

	if (run->queue->len == 0)
		return true;
	if (!seat->worker)
		seat->worker = worker_start(run->compdb, run->memory_mib, error);
	if (!seat->worker)
		return false;
	unit = g_array_index(run->queue, guint, run->queue->len - 1);
	g_array_set_size(run->queue, run->queue->len - 1);
	seat->unit = unit;
	seat->started_us = g_get_monotonic_time();
	/* A worker that died meanwhile is found by its socket's end. */
	(void)worker_give(seat->worker, unit);
	report_progress(run, unit_of(run, unit)->label);
	return true;
}

static void take_facts(struct run *run, guint unit, const struct worker_reply *reply, GBytes *bytes)
{
	const struct compdb_unit *source = unit_of(run, unit);
	g_autoptr(GError) error = NULL;
	struct unit_result *result;
	struct facts *facts;
	gsize size;
	const void *data = g_bytes_get_data(bytes, &size);

	facts = facts_decode(data, size, source->label, &error);
	if (!facts) {
		result = finish_without(run, unit, UNIT_FAILED,
					unit_problem(source, error->message));
	} else {
		result =
			finish(run, unit, facts->diagnostics->len > 0 ? UNIT_PARSE_ERROR : UNIT_OK);
		result->facts = facts;
		result->error_count = facts->diagnostics->len;
		if (run->cache)
			result->cache_name = cache_store(run->cache, source, facts, bytes);
		report_progress(run, source->label);
	}
	result->wall_ms = reply->wall_ms;
	result->cpu_ms = reply->cpu_ms;
	result->peak_kib = reply->peak_kib;
}

static const char *signal_name(int number)
{
	const char *name = sigabbrev_np(number);

	return name ? name : "unknown";
}

/* The worker of `seat` is gone without an answer. */
static void bury(struct run *run, struct seat *seat)
{
	const struct compdb_unit *unit = unit_of(run, seat->unit);
	gint64 started_us = seat->started_us;
	guint number = seat->unit;
	struct unit_result *result;
	struct worker_end end;

	dismiss(seat, &end);
	/* Nearly at the limit when it died: an allocation that was refused. */
	if (end.peak_kib >= (uint64_t)run->memory_mib * 1024 / 10 * 9)
		result = finish_without(run, number, UNIT_MEMORY,
					g_strdup_printf("%s: needs more than %u MiB of memory",
							unit->label, run->memory_mib));
	else if (end.signal)
		result = finish_without(run, number, UNIT_CRASHED,
					g_strdup_printf("%s: crashed the parser (SIG%s)",
							unit->label, signal_name(end.signal)));
	else
		result = finish_without(run, number, UNIT_CRASHED,
					g_strdup_printf("%s: ended the parser (exit code %d)",
							unit->label, end.exit_code));
	result->wall_ms = (guint)((g_get_monotonic_time() - started_us) / 1000);
	result->cpu_ms = (guint)end.cpu_ms;
	result->peak_kib = (guint)end.peak_kib;
}

/* An answer, or the end, of the worker of `seat`. The next unit goes out before the facts are
 * looked at, so that the worker is not kept waiting. */
static bool receive(struct run *run, struct seat *seat, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;
	struct worker_reply reply;
	guint unit = seat->unit;
	bool started;

	if (worker_receive(seat->worker, &reply, &bytes) == WORKER_DIED || reply.unit != unit) {
		bury(run, seat);
		return dispatch(run, seat, error);
	}
	seat->unit = no_unit;
	if (reply.rss_kib > RECYCLE_KIB || run->queue->len == 0)
		dismiss(seat, NULL);
	started = dispatch(run, seat, error);
	if (bytes)
		take_facts(run, unit, &reply, bytes);
	else
		(void)finish_without(run, unit, UNIT_FAILED,
				     unit_problem(unit_of(run, unit), reply.problem));
	return started;
}

/* Ends a worker that is over its time or memory. */
static bool watch(struct run *run, struct seat *seat, GError **error)
{
	const struct compdb_unit *unit = unit_of(run, seat->unit);
	gint64 spent_us = g_get_monotonic_time() - seat->started_us;
	guint number = seat->unit;
	struct unit_result *result;
	struct worker_end end;

	if (worker_rss_kib(seat->worker) > (uint64_t)run->memory_mib * 1024) {
		dismiss(seat, &end);
		result = finish_without(run, number, UNIT_MEMORY,
					g_strdup_printf("%s: needs more than %u MiB of memory",
							unit->label, run->memory_mib));
	} else if (spent_us > (gint64)run->timeout_seconds * G_USEC_PER_SEC) {
		dismiss(seat, &end);
		result = finish_without(run, number, UNIT_TIMEOUT,
					g_strdup_printf("%s: is not read after %u s", unit->label,
							run->timeout_seconds));
	} else {
		return true;
	}
	result->wall_ms = (guint)(spent_us / 1000);
	result->cpu_ms = (guint)end.cpu_ms;
	result->peak_kib = (guint)end.peak_kib;
	return dispatch(run, seat, error);
}

static guint count_busy(const struct run *run)
{
	guint busy = 0;

	for (guint i = 0; i < run->seat_count; i++)
		busy += run->seats[i].unit != no_unit;
	return busy;
}

/* One look at all workers. */
static bool attend(struct run *run, GError **error)
{
	g_autofree struct pollfd *polls = g_new0(struct pollfd, run->seat_count);

	for (guint i = 0; i < run->seat_count; i++) {
		const struct seat *seat = &run->seats[i];

		polls[i].fd = seat->unit != no_unit ? worker_fd(seat->worker) : -1;
		polls[i].events = POLLIN;
	}
	if (poll(polls, run->seat_count, WATCH_MS) < 0 && errno != EINTR) {
		g_set_error(error, WORKERS_ERROR, WORKERS_ERROR_START,
			    "worker processes: cannot be watched: %s", g_strerror(errno));
		return false;
	}
	if (is_cancelled(run))
		return set_cancelled(error);
	for (guint i = 0; i < run->seat_count; i++) {
		struct seat *seat = &run->seats[i];
		bool going;

		if (polls[i].fd < 0)
			continue;
		/* contlint-ok-next(blocking-*) -- this loop serves our own workers only */
		going = polls[i].revents ? receive(run, seat, error) : watch(run, seat, error);
		/* With the others still at work, one that cannot be replaced is not missed. */
		if (!going && count_busy(run) == 0)
			return false;
		if (!going)
			g_clear_error(error);
	}
	return true;
}

static bool work(struct run *run, GError **error)
{
	if (!fill_queue(run, error))
		return false;
	run->seat_count = MIN(run->seat_count, run->queue->len);
	for (guint i = 0; i < run->seat_count; i++) {
		run->seats[i].unit = no_unit;
		if (!dispatch(run, &run->seats[i], error)) {
			if (count_busy(run) == 0)
				return false;
			g_clear_error(error);
		}
	}
	while (count_busy(run) > 0)
		if (!attend(run, error))
			return false;
	return true;
}

GPtrArray *workers_extract(const struct compdb *compdb, const struct workers_options *options,
			   GError **error)
{
	struct run run = {
		.compdb = compdb,
		.options = options,
		.seat_count = options->jobs ? options->jobs : g_get_num_processors(),
		.timeout_seconds = options->timeout_seconds ? options->timeout_seconds
							    : DEFAULT_TIMEOUT_SECONDS,
		.memory_mib = options->memory_mib ? options->memory_mib : DEFAULT_MEMORY_MIB,
		.started_us = g_get_monotonic_time(),
		.progress.total = compdb->units->len,
	};
	bool done;

	/* A cache that cannot be used is the caller's to tell: it opened or made the folder. */
	if (options->cache_dir)
		run.cache = cache_open(options->cache_dir, compdb->root, CACHE_DEFAULT_LIMIT, NULL);
	run.results = g_ptr_array_new_with_free_func(result_free);
	g_ptr_array_set_size(run.results, (gint)compdb->units->len);
	run.queue = g_array_new(FALSE, FALSE, sizeof(guint));
	run.seats = g_new0(struct seat, run.seat_count);
	done = work(&run, error);
	for (guint i = 0; i < run.seat_count; i++)
		if (run.seats[i].worker)
			dismiss(&run.seats[i], NULL);
	cache_close(run.cache);
	g_array_unref(run.queue);
	g_free(run.seats);
	if (!done)
		g_clear_pointer(&run.results, g_ptr_array_unref);
	return run.results;
}

char *workers_input_hash(const GPtrArray *results)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

	for (guint i = 0; i < results->len; i++) {
		const char *name = ((const struct unit_result *)results->pdata[i])->cache_name;

		if (!name)
			return NULL;
		g_checksum_update(checksum, (const guchar *)name, -1);
	}
	return g_strdup(g_checksum_get_string(checksum));
}

char *workers_find_input(const struct compdb *compdb, const char *cache_dir)
{
	struct cache *cache = cache_open(cache_dir, compdb->root, CACHE_DEFAULT_LIMIT, NULL);
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	bool complete = cache != NULL;

	for (guint i = 0; complete && i < compdb->units->len; i++) {
		g_autofree char *name = cache_find(cache, compdb->units->pdata[i]);

		complete = name != NULL;
		if (complete)
			g_checksum_update(checksum, (const guchar *)name, -1);
	}
	cache_close(cache);
	return complete ? g_strdup(g_checksum_get_string(checksum)) : NULL;
}
