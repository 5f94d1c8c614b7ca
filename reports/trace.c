/* Reads trace files, area by area with pread(): a mapped file that is cut while we look would end
 * us. Every offset and count is checked against the size of what was read. */
#include "reports/trace.h"

#include "reports/trace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(contlint_trace_error, trace_error)

enum {
	AREAS_MOST = 1024,
	AREA_SIZE_MOST = 4 << 20, /* bytes; cport's have half a megabyte */
	MODULES_MOST = 4096,
	SITES_MOST = 65536, /* of one trace, each thread's for itself */
	SIGHTS_MOST = 65536,
	STACKS_MOST = 8192,
	CALLS_MOST = 65536,
};

struct reader {
	struct trace *trace;
	int fd;
	guint64 size;     /* of the file */
	GHashTable *ends; /* tid and sequence -> struct ending * */
	GHashTable *io;   /* tids of I/O threads, as a set */
};

/* How long a continuation held its thread by itself, and how much of that it computed. */
struct ending {
	guint64 hold_ns, cpu_ns; /* 0: not known */
};

static bool read_at(const struct reader *reader, void *bytes, gsize size, guint64 offset)
{
	gsize done = 0;

	if (offset > reader->size || size > reader->size - offset)
		return false;
	while (done < size) {
		gssize count = pread(reader->fd, (char *)bytes + done, size - done,
				     (off_t)(offset + done));

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		done += (gsize)count;
	}
	return true;
}

static bool refuse(const struct reader *reader, const char *reason, GError **error)
{
	g_set_error(error, TRACE_ERROR, TRACE_ERROR_FORMAT, "%s %s", reader->trace->path, reason);
	return false;
}

/* ---- the front of the file --------------------------------------------------------------- */

static bool read_header(struct reader *reader, GError **error)
{
	struct contlint_trace_header *header = &reader->trace->header;

	if (!read_at(reader, header, sizeof(*header), 0))
		return refuse(reader, "is no trace: it is shorter than the header of one", error);
	if (header->magic != CONTLINT_TRACE_MAGIC)
		return refuse(reader,
			      "is no trace of a cport program, or its program ended while it was "
			      "being made",
			      error);
	if (header->version != CONTLINT_TRACE_VERSION)
		return refuse(reader, "is of a version that this contlint does not know", error);
	if (header->site_size != sizeof(struct contlint_trace_site) ||
	    header->record_size != sizeof(struct contlint_trace_record) ||
	    header->stack_size != sizeof(struct contlint_trace_stack) ||
	    header->module_size != sizeof(struct contlint_trace_module))
		return refuse(reader, "is damaged: its parts have sizes that no cport writes",
			      error);
	header->command[sizeof(header->command) - 1] = '\0';
	reader->trace->audited = header->audited != 0;
	reader->trace->command = g_utf8_make_valid(header->command, -1);
	if (header->latest_ns > header->start_ns)
		reader->trace->duration_ns = MIN(header->latest_ns - header->start_ns, G_MAXINT64);
	return true;
}

static void read_modules(struct reader *reader)
{
	struct trace *trace = reader->trace;
	guint count = MIN(trace->header.module_count, MODULES_MOST);

	for (guint i = 0; i < count; i++) {
		struct contlint_trace_module module;
		guint64 offset = (guint64)i * sizeof(module);

		if (trace->header.modules_offset > reader->size ||
		    !read_at(reader, &module, sizeof(module),
			     trace->header.modules_offset + offset))
			return;
		module.path[sizeof(module.path) - 1] = '\0';
		module.build_id_size = MIN(module.build_id_size, CONTLINT_TRACE_BUILD_ID);
		if (module.start < module.end)
			g_array_append_val(trace->modules, module);
	}
}

/* ---- one area ---------------------------------------------------------------------------- */

/* One area, all of it in memory. */
struct area {
	const guint8 *bytes;
	guint64 size;
	struct contlint_trace_area head;
	guint first_stack; /* in trace->stacks */
	guint64 records;   /* that are there */
};

/* `count` elements of `size` bytes at `offset`, or as many as lie inside the area. */
static guint64 clip(const struct area *area, guint64 offset, guint64 count, gsize size)
{
	if (offset < sizeof(area->head) || offset > area->size)
		return 0;
	return MIN(count, (area->size - offset) / size);
}

static guint64 add(guint64 a, guint64 b)
{
	return a > G_MAXINT64 || b > G_MAXINT64 || a + b > G_MAXINT64 ? G_MAXINT64 : a + b;
}

/* One a thread as yet; merge_sites() adds them up. */
static void add_site(struct trace *trace, const struct contlint_trace_site *from,
		     enum contlint_trace_thread kind)
{
	struct trace_site site = {.function = from->function, .kind = kind};

	if (trace->sites->len >= SITES_MOST) {
		trace->dropped++;
		return;
	}
	site.calls = MIN(from->calls, G_MAXINT64);
	site.total_ns = MIN(from->total_ns, G_MAXINT64);
	site.max_ns = site.own_max_ns = MIN(from->max_ns, G_MAXINT64);
	site.waited_ns = MIN(from->waited_ns, G_MAXINT64);
	site.blamed_packets = MIN(from->blamed_packets, G_MAXINT64);
	site.blamed_ns = MIN(from->blamed_ns, G_MAXINT64);
	site.growths = MIN(from->growths, G_MAXINT64);
	site.overruns = MIN(from->overruns, G_MAXINT64);
	site.max_held_ns = MIN(from->max_held_ns, G_MAXINT64);
	if (from->split_calls == from->calls)
		site.own_max_ns = MIN(site.max_ns, add(from->max_cpu_ns, from->max_blocked_ns));
	for (guint i = 0; i < CONTLINT_TRACE_HISTOGRAM; i++)
		site.histogram[i] = from->histogram[i];
	g_array_append_val(trace->sites, site);
}

/* The monitor charges continuations of I/O threads with what they made it do. */
static enum contlint_trace_thread site_kind(const struct area *area)
{
	enum contlint_trace_thread kind = area->head.kind;

	return kind == CONTLINT_TRACE_MONITOR ? CONTLINT_TRACE_IO : kind;
}

static void read_sites(struct trace *trace, const struct area *area)
{
	guint64 capacity = area->head.site_capacity;
	guint64 count =
		clip(area, area->head.sites_offset, capacity, sizeof(struct contlint_trace_site));
	struct contlint_trace_site site;

	if (count < capacity) {
		trace->dropped++;
		trace->left_out++;
	}
	for (guint64 i = 0; i < count; i++) {
		memcpy(&site, area->bytes + area->head.sites_offset + i * sizeof(site),
		       sizeof(site));
		if (site.function != 0)
			add_site(trace, &site, site_kind(area));
	}
}

static void read_stacks(struct trace *trace, struct area *area)
{
	guint64 count = clip(area, area->head.stacks_offset,
			     MIN(area->head.stack_count, area->head.stack_capacity),
			     sizeof(struct contlint_trace_stack));
	struct contlint_trace_stack stack;

	area->first_stack = trace->stacks->len;
	for (guint64 i = 0; i < count && trace->stacks->len < STACKS_MOST; i++) {
		memcpy(&stack, area->bytes + area->head.stacks_offset + i * sizeof(stack),
		       sizeof(stack));
		stack.size = MIN(stack.size, CONTLINT_TRACE_STACK);
		g_array_append_val(trace->stacks, stack);
	}
	trace->stacks_refused += area->head.stacks_refused;
}

static struct contlint_trace_record record_at(const struct area *area, guint64 i)
{
	struct contlint_trace_record record;

	memcpy(&record, area->bytes + area->head.records_offset + i * sizeof(record),
	       sizeof(record));
	return record;
}

static gint64 *end_key(guint32 tid, guint32 sequence)
{
	gint64 key = (gint64)((guint64)tid << 32 | sequence);

	return g_memdup2(&key, sizeof(key));
}

static void note_end(struct reader *reader, const struct contlint_trace_record *record)
{
	guint64 wall = record->u.end.wall_ns;
	guint64 runqueue = (guint64)record->u.end.runqueue_us * 1000;
	struct ending ending = {0}; /* not known: how much of it was waiting for a processor */

	if (record->flags & CONTLINT_TRACE_SPLIT) {
		ending.hold_ns = wall > runqueue ? MIN(wall - runqueue, G_MAXINT64) : 0;
		ending.cpu_ns = MIN(record->u.end.cpu_ns, ending.hold_ns);
	}
	g_hash_table_insert(reader->ends, end_key(record->tid, record->u.end.sequence),
			    g_memdup2(&ending, sizeof(ending)));
}

/* The number in the trace of stack `number` of the area, 0 if there is none. */
static guint stack_in_trace(const struct trace *trace, const struct area *area, guint number)
{
	if (number == 0 || number > trace->stacks->len - area->first_stack)
		return 0;
	return area->first_stack + number;
}

static void add_call(struct trace *trace, const struct area *area,
		     const struct contlint_trace_call *from)
{
	const struct trace_call call = {
		.function = from->function,
		.syscall = from->syscall,
		.descriptor = from->descriptor,
		.calls = MIN(from->calls, G_MAXINT64),
		.total_ns = MIN(from->total_ns, G_MAXINT64),
		.max_ns = MIN(from->max_ns, G_MAXINT64),
	};
	const struct trace_sight sight = {
		.function = from->function,
		.syscall = from->syscall,
		.pc = from->pc,
		.stack = stack_in_trace(trace, area, from->stack),
		.on_io = area->head.kind == CONTLINT_TRACE_IO,
		.call = trace->calls->len + 1,
	};

	if (trace->calls->len >= CALLS_MOST || trace->sights->len >= SIGHTS_MOST) {
		trace->calls_refused = add(trace->calls_refused, call.calls);
		return;
	}
	g_array_append_val(trace->calls, call);
	g_array_append_val(trace->sights, sight);
}

static void read_calls(struct trace *trace, const struct area *area)
{
	guint64 count = clip(area, area->head.calls_offset, area->head.call_capacity,
			     sizeof(struct contlint_trace_call));
	struct contlint_trace_call call;

	trace->calls_refused = add(trace->calls_refused, area->head.calls_refused);
	for (guint64 i = 0; i < count; i++) {
		memcpy(&call, area->bytes + area->head.calls_offset + i * sizeof(call),
		       sizeof(call));
		if (call.function != 0)
			add_call(trace, area, &call);
	}
}

static void note_sight(struct trace *trace, const struct area *area,
		       const struct contlint_trace_record *record)
{
	struct trace_sight sight = {
		.function = record->function,
		.tid = record->tid,
		.sequence = record->u.seen.sequence,
		.syscall = record->u.seen.syscall,
		.pc = record->u.seen.pc,
		.age_ns = MIN(record->u.seen.age_ns, G_MAXINT64),
	};

	if (sight.function == 0 || trace->sights->len >= SIGHTS_MOST)
		return;
	sight.stack = stack_in_trace(trace, area, record->u.seen.stack);
	g_array_append_val(trace->sights, sight);
}

static void read_record(struct reader *reader, const struct area *area,
			const struct contlint_trace_record *record)
{
	trace_keep_event(reader->trace, record);
	switch ((enum contlint_trace_type)record->type) {
	case CONTLINT_TRACE_CONTINUATION:
		note_end(reader, record);
		return;
	case CONTLINT_TRACE_BLOCK_SEEN:
	case CONTLINT_TRACE_HOG_SEEN:
	case CONTLINT_TRACE_STALL:
	case CONTLINT_TRACE_SAMPLE:
		note_sight(reader->trace, area, record);
		return;
	case CONTLINT_TRACE_UNBLOCK_SEEN:
	case CONTLINT_TRACE_POOL_GROW:
	case CONTLINT_TRACE_POOL_SHRINK:
	case CONTLINT_TRACE_LONG_HINT:
	case CONTLINT_TRACE_BLOCK_HINT:
	case CONTLINT_TRACE_WORK:
	case CONTLINT_TRACE_PORT:
	case CONTLINT_TRACE_SUBMIT:
	case CONTLINT_TRACE_CANCEL:
		return;
	}
}

static void read_records(struct reader *reader, struct area *area)
{
	guint64 capacity = area->head.record_capacity;
	guint64 there = clip(area, area->head.records_offset, capacity,
			     sizeof(struct contlint_trace_record));

	if (there < capacity)
		reader->trace->left_out++;
	if (area->head.record_count > capacity)
		reader->trace->overwritten =
			add(reader->trace->overwritten, area->head.record_count - capacity);
	there = MIN(there, area->head.record_count);
	for (guint64 i = 0; i < there; i++) {
		struct contlint_trace_record record = record_at(area, i);

		read_record(reader, area, &record);
	}
}

/* The thread died in a continuation, or is in it: no record of its end will tell. */
static void note_current(struct trace *trace, const struct area *area)
{
	const struct contlint_trace_header *header = &trace->header;
	guint64 start = area->head.current_start;
	struct trace_sight sight = {
		.function = area->head.current_function,
		.tid = area->head.tid,
		.syscall = -2,
		.unfinished = true,
	};
	const struct contlint_trace_site site = {.function = sight.function};

	if (header->ended || sight.function == 0 || trace->sights->len >= SIGHTS_MOST)
		return;
	if (start > header->start_ticks && start < header->latest_ticks &&
	    header->latest_ticks > header->start_ticks)
		sight.age_ns = (guint64)((double)trace->duration_ns *
					 (double)(header->latest_ticks - start) /
					 (double)(header->latest_ticks - header->start_ticks));
	g_array_append_val(trace->sights, sight);
	add_site(trace, &site, (enum contlint_trace_thread)area->head.kind); /* it was executed */
}

static void keep_thread(struct trace *trace, const struct area *area)
{
	const struct trace_thread thread = {
		.tid = area->head.tid,
		.kind = (enum contlint_trace_thread)area->head.kind,
	};

	g_array_append_val(trace->threads, thread);
}

static void read_area(struct reader *reader, const guint8 *bytes)
{
	struct trace *trace = reader->trace;
	struct area area = {.bytes = bytes, .size = trace->header.area_size};

	memcpy(&area.head, bytes, sizeof(area.head));
	if (area.head.tid == 0) /* claimed, not begun */
		return;
	if (area.head.kind < CONTLINT_TRACE_IO || area.head.kind > CONTLINT_TRACE_EVERYBODY) {
		trace->dropped++;
		trace->left_out++;
		return;
	}
	keep_thread(trace, &area);
	if (area.head.kind == CONTLINT_TRACE_IO)
		(void)g_hash_table_add(reader->io, GUINT_TO_POINTER(area.head.tid));
	trace->dropped = add(trace->dropped, area.head.sites_refused);
	read_sites(trace, &area);
	read_stacks(trace, &area);
	read_calls(trace, &area);
	read_records(reader, &area);
	note_current(trace, &area);
}

static void read_areas(struct reader *reader)
{
	struct trace *trace = reader->trace;
	const struct contlint_trace_header *header = &trace->header;
	guint count = MIN(MIN(header->areas_used, header->area_count), AREAS_MOST);
	g_autofree guint8 *bytes = NULL;

	if (header->areas_used > header->area_count)
		trace->dropped += header->areas_used - header->area_count;
	if (count == 0)
		return;
	if (header->area_size < sizeof(struct contlint_trace_area) ||
	    header->area_size > AREA_SIZE_MOST || header->areas_offset > reader->size) {
		trace->dropped += count;
		trace->left_out += count;
		return;
	}
	bytes = g_malloc(header->area_size);
	for (guint i = 0; i < count; i++) {
		guint64 offset = header->areas_offset + i * header->area_size;

		if (read_at(reader, bytes, header->area_size, offset)) {
			read_area(reader, bytes);
		} else {
			trace->dropped++;
			trace->left_out++;
		}
	}
}

/* ---- what only all of it tells ----------------------------------------------------------- */

/* What a sight saw, and what became of it, are in the areas of two threads. */
static void join_sights(struct reader *reader)
{
	GArray *sights = reader->trace->sights;

	for (guint i = 0; i < sights->len; i++) {
		struct trace_sight *sight = &g_array_index(sights, struct trace_sight, i);
		g_autofree gint64 *key = end_key(sight->tid, sight->sequence);
		const struct ending *ending = g_hash_table_lookup(reader->ends, key);

		if (sight->call > 0)
			continue;
		if (ending && ending->hold_ns > 0)
			sight->hold_ns = sight->syscall == -2 ? ending->cpu_ns : ending->hold_ns;
		else if (sight->syscall != -2)
			sight->hold_ns = sight->age_ns;
		sight->on_io = g_hash_table_contains(reader->io, GUINT_TO_POINTER(sight->tid));
	}
}

static int compare_sites(const void *left, const void *right)
{
	const struct trace_site *a = left, *b = right;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	return (int)a->kind - (int)b->kind;
}

static void merge_site(struct trace_site *into, const struct trace_site *from)
{
	into->calls = add(into->calls, from->calls);
	into->total_ns = add(into->total_ns, from->total_ns);
	into->max_ns = MAX(into->max_ns, from->max_ns);
	into->own_max_ns = MAX(into->own_max_ns, from->own_max_ns);
	for (guint i = 0; i < CONTLINT_TRACE_HISTOGRAM; i++)
		into->histogram[i] += from->histogram[i];
	into->waited_ns = add(into->waited_ns, from->waited_ns);
	into->blamed_packets = add(into->blamed_packets, from->blamed_packets);
	into->blamed_ns = add(into->blamed_ns, from->blamed_ns);
	into->growths = add(into->growths, from->growths);
	into->overruns = add(into->overruns, from->overruns);
	into->max_held_ns = MAX(into->max_held_ns, from->max_held_ns);
}

/* One row for each function and kind, whatever number of threads ran it. */
static void merge_sites(GArray *sites)
{
	guint count = 0;

	g_array_sort(sites, compare_sites);
	for (guint i = 0; i < sites->len; i++) {
		struct trace_site *site = &g_array_index(sites, struct trace_site, i);
		struct trace_site *last =
			count ? &g_array_index(sites, struct trace_site, count - 1) : NULL;

		if (last && compare_sites(last, site) == 0)
			merge_site(last, site);
		else
			g_array_index(sites, struct trace_site, count++) = *site;
	}
	g_array_set_size(sites, count);
}

static bool read_all(struct reader *reader, GError **error)
{
	if (!read_header(reader, error))
		return false;
	read_modules(reader);
	read_areas(reader);
	join_sights(reader);
	merge_sites(reader->trace->sites);
	return true;
}

static bool open_file(struct reader *reader, GError **error)
{
	struct stat status;

	/* Not blocking: a name may be that of a pipe. */
	reader->fd = open(reader->trace->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (reader->fd < 0) {
		g_set_error(error, TRACE_ERROR, TRACE_ERROR_OPEN, "%s: %s", reader->trace->path,
			    g_strerror(errno));
		return false;
	}
	if (fstat(reader->fd, &status) < 0 || !S_ISREG(status.st_mode))
		return refuse(reader, "is no trace: it is not a regular file", error);
	reader->size = (guint64)status.st_size;
	return true;
}

static struct trace *trace_new(const char *path)
{
	struct trace *trace = g_new0(struct trace, 1);

	trace->path = g_strdup(path);
	trace->modules = g_array_new(FALSE, FALSE, sizeof(struct contlint_trace_module));
	trace->sites = g_array_new(FALSE, FALSE, sizeof(struct trace_site));
	trace->sights = g_array_new(FALSE, FALSE, sizeof(struct trace_sight));
	trace->stacks = g_array_new(FALSE, FALSE, sizeof(struct contlint_trace_stack));
	trace->events = g_array_new(FALSE, FALSE, sizeof(struct trace_event));
	trace->threads = g_array_new(FALSE, FALSE, sizeof(struct trace_thread));
	trace->calls = g_array_new(FALSE, FALSE, sizeof(struct trace_call));
	return trace;
}

struct trace *trace_read(const char *path, GError **error)
{
	g_autoptr(trace_t) trace = trace_new(path);
	struct reader reader = {.trace = trace, .fd = -1};
	bool ok;

	reader.ends = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	reader.io = g_hash_table_new(NULL, NULL);
	ok = open_file(&reader, error) && read_all(&reader, error);
	if (reader.fd >= 0)
		(void)close(reader.fd);
	g_hash_table_unref(reader.ends);
	g_hash_table_unref(reader.io);
	return ok ? g_steal_pointer(&trace) : NULL;
}

void trace_free(struct trace *trace)
{
	if (!trace)
		return;
	g_free(trace->path);
	g_free(trace->command);
	g_array_unref(trace->modules);
	g_array_unref(trace->sites);
	g_array_unref(trace->sights);
	g_array_unref(trace->stacks);
	g_array_unref(trace->events);
	g_array_unref(trace->threads);
	g_array_unref(trace->calls);
	g_free(trace);
}

const struct trace_site *trace_site_of(const struct trace *trace, guint64 function,
				       enum contlint_trace_thread kind)
{
	for (guint i = 0; i < trace->sites->len; i++) {
		const struct trace_site *site = &g_array_index(trace->sites, struct trace_site, i);

		if (site->function == function && site->kind == kind)
			return site;
	}
	return NULL;
}

guint64 trace_site_percentile(const struct trace_site *site, guint percent)
{
	guint64 all = 0, seen = 0;

	for (guint i = 0; i < CONTLINT_TRACE_HISTOGRAM; i++)
		all += site->histogram[i];
	for (guint i = 0; i < CONTLINT_TRACE_HISTOGRAM && all > 0; i++) {
		seen += site->histogram[i];
		if ((double)seen >= (double)all * percent / 100)
			return i + 1 < CONTLINT_TRACE_HISTOGRAM
				       ? MIN(G_GUINT64_CONSTANT(2) << i, site->max_ns)
				       : site->max_ns;
	}
	return 0;
}
