/* One area of a trace file: what one thread wrote. Every offset and count is checked against the
 * size of the area. */
#include "reports/traces/trace_private.h"

#include <string.h>

enum {
	SITES_MOST = 65536, /* of one trace, each thread's for itself */
	SIGHTS_MOST = 65536,
	STACKS_MOST = 8192,
	CALLS_MOST = 65536,
};

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

guint64 trace_add(guint64 a, guint64 b)
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
	site.noted = MIN(from->noted, G_MAXINT64);
	site.heavy = MIN(from->heavy, G_MAXINT64);
	site.blocked = MIN(from->blocked, G_MAXINT64);
	site.stalled = MIN(from->stalled, G_MAXINT64);
	if (from->split_calls == from->calls)
		site.own_max_ns =
			MIN(site.max_ns, trace_add(from->max_cpu_ns, from->max_blocked_ns));
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

gint64 *trace_end_key(guint32 tid, guint32 sequence)
{
	gint64 key = (gint64)((guint64)tid << 32 | sequence);

	return g_memdup2(&key, sizeof(key));
}

static void note_end(struct trace_reader *reader, const struct contlint_trace_record *record)
{
	guint64 wall = record->u.end.wall_ns;
	guint64 runqueue = (guint64)record->u.end.runqueue_us * 1000;
	struct trace_ending ending = {
		0}; /* not known: how much of it was waiting for a processor */

	if (record->flags & CONTLINT_TRACE_SPLIT) {
		ending.hold_ns = wall > runqueue ? MIN(wall - runqueue, G_MAXINT64) : 0;
		ending.cpu_ns = MIN(record->u.end.cpu_ns, ending.hold_ns);
		if (record->u.end.voluntary == 1)
			ending.only_block_ns = ending.hold_ns - ending.cpu_ns;
	}
	g_hash_table_insert(reader->ends, trace_end_key(record->tid, record->u.end.sequence),
			    g_memdup2(&ending, sizeof(ending)));
	/* The area may have been another thread's since. */
	if (record->type == CONTLINT_TRACE_CONTINUATION)
		(void)g_hash_table_add(reader->io, GUINT_TO_POINTER(record->tid));
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
		trace->calls_refused = trace_add(trace->calls_refused, call.calls);
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

	trace->calls_refused = trace_add(trace->calls_refused, area->head.calls_refused);
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
		.lasted_ns = (guint64)record->u.seen.lasted_us * 1000,
		.apart = record->flags & CONTLINT_TRACE_APART,
	};

	if (sight.function == 0 || trace->sights->len >= SIGHTS_MOST)
		return;
	sight.stack = stack_in_trace(trace, area, record->u.seen.stack);
	g_array_append_val(trace->sights, sight);
}

static void read_record(struct trace_reader *reader, const struct area *area,
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

static void read_records(struct trace_reader *reader, struct area *area)
{
	guint64 capacity = area->head.record_capacity;
	guint64 there = clip(area, area->head.records_offset, capacity,
			     sizeof(struct contlint_trace_record));

	if (there < capacity)
		reader->trace->left_out++;
	if (area->head.record_count > capacity)
		reader->trace->overwritten =
			trace_add(reader->trace->overwritten, area->head.record_count - capacity);
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

void trace_read_area(struct trace_reader *reader, const guint8 *bytes)
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
	trace->dropped = trace_add(trace->dropped, area.head.sites_refused);
	read_sites(trace, &area);
	read_stacks(trace, &area);
	read_calls(trace, &area);
	read_records(reader, &area);
	note_current(trace, &area);
}
