/* Reads trace files, area by area with pread(): a mapped file that is cut while we look would end
 * us. Every offset and count is checked against the size of what was read. */
#include "reports/traces/trace.h"

#include "reports/traces/trace_private.h"

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
};

static bool read_at(const struct trace_reader *reader, void *bytes, gsize size, guint64 offset)
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

static bool refuse(const struct trace_reader *reader, const char *reason, GError **error)
{
	g_set_error(error, TRACE_ERROR, TRACE_ERROR_FORMAT, "%s %s", reader->trace->path, reason);
	return false;
}

/* ---- the front of the file --------------------------------------------------------------- */

static bool read_header(struct trace_reader *reader, GError **error)
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
		return refuse(reader,
			      "is of another version: build the program with the cport of this "
			      "contlint",
			      error);
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

static void read_modules(struct trace_reader *reader)
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

static void read_areas(struct trace_reader *reader)
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
			trace_read_area(reader, bytes);
		} else {
			trace->dropped++;
			trace->left_out++;
		}
	}
}

/* ---- what only all of it tells ----------------------------------------------------------- */

/* What a sight saw, and what became of it, are in the areas of two threads. */
static const struct trace_ending *ending_of(const struct trace_reader *reader,
					    const struct trace_sight *sight)
{
	g_autofree gint64 *key = trace_end_key(sight->tid, sight->sequence);

	return sight->call > 0 ? NULL : g_hash_table_lookup(reader->ends, key);
}

static void join_sights(struct trace_reader *reader)
{
	GArray *sights = reader->trace->sights;

	for (guint i = 0; i < sights->len; i++) {
		struct trace_sight *sight = &g_array_index(sights, struct trace_sight, i);
		const struct trace_ending *ending = ending_of(reader, sight);
		bool asleep = sight->syscall != -2;

		if (sight->call > 0)
			continue;
		sight->on_io = g_hash_table_contains(reader->io, GUINT_TO_POINTER(sight->tid));
		sight->hold_ns = asleep ? sight->lasted_ns : 0;
		if (!ending || ending->hold_ns == 0)
			continue;
		sight->hold_ns = asleep ? ending->hold_ns : ending->cpu_ns;
		sight->lasted_ns = MIN(sight->lasted_ns, sight->hold_ns);
		/* Who slept once, slept all of it where it was seen to. */
		if (asleep)
			sight->lasted_ns = MAX(sight->lasted_ns, ending->only_block_ns);
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
	into->calls = trace_add(into->calls, from->calls);
	into->total_ns = trace_add(into->total_ns, from->total_ns);
	into->max_ns = MAX(into->max_ns, from->max_ns);
	into->own_max_ns = MAX(into->own_max_ns, from->own_max_ns);
	for (guint i = 0; i < CONTLINT_TRACE_HISTOGRAM; i++)
		into->histogram[i] += from->histogram[i];
	into->waited_ns = trace_add(into->waited_ns, from->waited_ns);
	into->blamed_packets = trace_add(into->blamed_packets, from->blamed_packets);
	into->blamed_ns = trace_add(into->blamed_ns, from->blamed_ns);
	into->growths = trace_add(into->growths, from->growths);
	into->overruns = trace_add(into->overruns, from->overruns);
	into->max_held_ns = MAX(into->max_held_ns, from->max_held_ns);
	into->noted = trace_add(into->noted, from->noted);
	into->heavy = trace_add(into->heavy, from->heavy);
	into->blocked = trace_add(into->blocked, from->blocked);
	into->stalled = trace_add(into->stalled, from->stalled);
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

static bool read_all(struct trace_reader *reader, GError **error)
{
	if (!read_header(reader, error))
		return false;
	read_modules(reader);
	read_areas(reader);
	join_sights(reader);
	merge_sites(reader->trace->sites);
	return true;
}

static bool open_file(struct trace_reader *reader, GError **error)
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
	struct trace_reader reader = {.trace = trace, .fd = -1};
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
