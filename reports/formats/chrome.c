/* Chrome trace events, for Perfetto, chrome://tracing and speedscope: a slice for each continuation
 * on its thread, with the fingerprints of its findings; instants where the monitor saw a thread
 * held; counters of the pool; where events were asked for (CONTLINT_EVENTS), what happened to the
 * port, and its counters. Times are microseconds since the trace began. */
#include "reports/jsontext.h"
#include "reports/formats/timeline.h"

struct writer {
	const struct report_input *input;
	json_t *events;
};

static json_t *event_new(struct writer *writer, const struct timeline *timeline, const char *phase,
			 guint32 tid)
{
	json_t *event = json_pack("{s:s, s:I, s:I}", "ph", phase, "pid",
				  (json_int_t)timeline->trace->header.pid, "tid", (json_int_t)tid);

	(void)json_array_append_new(writer->events, event);
	return event; /* borrowed from the array */
}

static void set_microseconds(json_t *event, const char *key, guint64 ns)
{
	(void)json_object_set_new(event, key, json_real((double)ns / 1000));
}

static json_t *fingerprints(const struct writer *writer, const char *function)
{
	json_t *list = json_array();

	for (guint i = 0; i < writer->input->findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(writer->input->findings, i);

		if (g_strcmp0(finding->root_name, function) == 0)
			(void)json_array_append_new(list, jsontext_new(finding->fingerprint));
	}
	return list;
}

static void set_arguments(const struct writer *writer, const struct trace_event *from,
			  const char *function, json_t *event)
{
	json_t *arguments = json_object();

	(void)json_object_set_new(arguments, "findings", fingerprints(writer, function));
	if (from->split) {
		set_microseconds(arguments, "cpu_us", from->cpu_ns);
		set_microseconds(arguments, "runqueue_us", from->runqueue_ns);
		set_microseconds(arguments, "blocked_us",
				 from->wall_ns -
					 MIN(from->wall_ns, from->cpu_ns + from->runqueue_ns));
	}
	if (from->held_ns > 0)
		set_microseconds(arguments, "held_past_submit_us", from->held_ns);
	(void)json_object_set_new(event, "args", arguments);
}

static void add_slice(struct writer *writer, struct timeline *timeline,
		      const struct trace_event *from)
{
	json_t *event = event_new(writer, timeline, "X", from->tid);
	const char *function = timeline_name(timeline, from->function);

	jsontext_set(event, "name", function);
	jsontext_set(event, "cat", from->type == CONTLINT_TRACE_WORK ? "work" : "continuation");
	set_microseconds(event, "ts", from->at_ns - MIN(from->at_ns, from->wall_ns));
	set_microseconds(event, "dur", from->wall_ns);
	set_arguments(writer, from, function, event);
}

static void add_instant(struct writer *writer, struct timeline *timeline,
			const struct trace_event *from, const char *name)
{
	json_t *event = event_new(writer, timeline, "i", from->tid);

	jsontext_set(event, "name", name);
	jsontext_set(event, "cat", "monitor");
	jsontext_set(event, "s", "t");
	set_microseconds(event, "ts", from->at_ns);
	if (from->function != 0)
		(void)json_object_set_new(
			event, "args",
			json_pack("{s:o, s:i}", "continuation",
				  jsontext_new(timeline_name(timeline, from->function)), "syscall",
				  from->syscall));
}

static void add_pool(struct writer *writer, const struct timeline *timeline,
		     const struct trace_event *from)
{
	json_t *event = event_new(writer, timeline, "C", 0);

	jsontext_set(event, "name", "pool");
	set_microseconds(event, "ts", from->at_ns);
	(void)json_object_set_new(event, "args",
				  json_pack("{s:I, s:I, s:I}", "threads", (json_int_t)from->threads,
					    "active", (json_int_t)from->active, "queued",
					    (json_int_t)from->depth));
}

/* By enum contlint_trace_event. */
static const char *const port_events[] = {
	[CONTLINT_TRACE_QUEUED] = "packet queued",
	[CONTLINT_TRACE_HANDED] = "packet handed over",
	[CONTLINT_TRACE_ASKED] = "asks for a packet",
	[CONTLINT_TRACE_TAKEN] = "packet taken",
	[CONTLINT_TRACE_WAITS] = "waits",
	[CONTLINT_TRACE_TIMED_OUT] = "timed out",
	[CONTLINT_TRACE_BLOCKED] = "gives its place away",
	[CONTLINT_TRACE_UNBLOCKED] = "takes its place back",
	[CONTLINT_TRACE_LEFT] = "leaves the port",
	[CONTLINT_TRACE_ABANDONED] = "abandoned",
	[CONTLINT_TRACE_OVERSUBSCRIBED] = "runs beyond the concurrency",
	[CONTLINT_TRACE_REAPED] = "completions reaped",
	[CONTLINT_TRACE_CLOSED] = "port closed",
};

/* What happened, on the thread that it happened to if that is one of a pool, and what it left. */
static void add_port(struct writer *writer, struct timeline *timeline,
		     const struct trace_event *from)
{
	const char *name = port_events[from->port];
	json_t *event;

	if (!name)
		return;
	event = event_new(writer, timeline, "i", from->tid);
	jsontext_set(event, "name", name);
	jsontext_set(event, "cat", "port");
	jsontext_set(event, "s", "t");
	set_microseconds(event, "ts", from->at_ns);
	(void)json_object_set_new(event, "args",
				  json_pack("{s:I}", "count", (json_int_t)from->count));
	event = event_new(writer, timeline, "C", 0);
	jsontext_set(event, "name", "port");
	set_microseconds(event, "ts", from->at_ns);
	(void)json_object_set_new(event, "args",
				  json_pack("{s:I, s:I, s:I}", "active", (json_int_t)from->active,
					    "queued", (json_int_t)from->depth, "waiters",
					    (json_int_t)from->waiters));
}

static void add_event(struct writer *writer, struct timeline *timeline,
		      const struct trace_event *from)
{
	switch (from->type) {
	case CONTLINT_TRACE_CONTINUATION:
	case CONTLINT_TRACE_WORK:
		add_slice(writer, timeline, from);
		return;
	case CONTLINT_TRACE_BLOCK_SEEN:
		add_instant(writer, timeline, from, "blocked");
		return;
	case CONTLINT_TRACE_UNBLOCK_SEEN:
		add_instant(writer, timeline, from, "runs again");
		return;
	case CONTLINT_TRACE_HOG_SEEN:
	case CONTLINT_TRACE_SAMPLE:
		add_instant(writer, timeline, from, "computes");
		return;
	case CONTLINT_TRACE_STALL:
		add_instant(writer, timeline, from, "stall");
		return;
	case CONTLINT_TRACE_LONG_HINT:
	case CONTLINT_TRACE_BLOCK_HINT:
		add_instant(writer, timeline, from, "hint");
		return;
	case CONTLINT_TRACE_SUBMIT:
		add_instant(writer, timeline, from, "submits");
		return;
	case CONTLINT_TRACE_CANCEL:
		add_instant(writer, timeline, from, "cancels");
		return;
	case CONTLINT_TRACE_PORT:
		add_port(writer, timeline, from);
		return;
	case CONTLINT_TRACE_POOL_GROW:
	case CONTLINT_TRACE_POOL_SHRINK:
		add_pool(writer, timeline, from);
		return;
	}
}

static void add_name(struct writer *writer, const struct timeline *timeline, guint32 tid,
		     const char *what, const char *name)
{
	json_t *event = event_new(writer, timeline, "M", tid);

	jsontext_set(event, "name", what);
	(void)json_object_set_new(event, "args", json_pack("{s:o}", "name", jsontext_new(name)));
}

static void write_trace(struct timeline *timeline, void *data)
{
	struct writer *writer = data;
	const GArray *threads = timeline->trace->threads;

	add_name(writer, timeline, 0, "process_name", timeline->trace->command);
	for (guint i = 0; i < threads->len; i++) {
		const struct trace_thread *thread = &g_array_index(threads, struct trace_thread, i);
		g_autofree char *name =
			g_strdup_printf("%s %u", timeline_thread_kind(thread->kind), thread->tid);

		add_name(writer, timeline, thread->tid, "thread_name", name);
	}
	for (guint i = 0; i < timeline->trace->events->len; i++)
		add_event(writer, timeline,
			  &g_array_index(timeline->trace->events, struct trace_event, i));
}

static bool write_chrome(const struct report_input *input, GString *out, GError **error)
{
	struct writer writer = {.input = input, .events = json_array()};

	if (!timeline_each(input, write_trace, &writer, error)) {
		json_decref(writer.events);
		return false;
	}
	jsontext_append(
		json_pack("{s:s, s:o}", "displayTimeUnit", "ms", "traceEvents", writer.events),
		JSON_COMPACT | JSON_REAL_PRECISION(12), out);
	g_string_append_c(out, '\n');
	return true;
}

const struct format format_chrome = {
	.name = "chrome",
	.summary = "a kept trace as Chrome trace events, for Perfetto",
	.from_traces = true,
	.write = write_chrome,
};
