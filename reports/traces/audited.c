/* The runtime tells calls apart by the addresses on the stack, stale ones included; here they are
 * put together again by what the frames say. */
#include "reports/traces/audited.h"

#include <string.h>
#include <sys/stat.h>

#include "reports/traces/syscalls.h"

static void call_free(void *data)
{
	struct audited_call *call = data;

	g_free(call->syscall);
	g_free(call->descriptor);
	g_free(call->at);
	g_free(call->stack);
	g_free(call);
}

static char *name_of(gint32 number)
{
	const char *name = syscalls_name(number);

	return name ? g_strdup(name) : g_strdup_printf("system call %d", number);
}

/* What stands behind a descriptor. Only where a call can wait its mode matters. */
static char *describe(guint32 descriptor)
{
	static const struct {
		guint32 kind;
		const char *name;
		bool waits;
	} kinds[] = {
		{S_IFSOCK, "socket", true}, {S_IFIFO, "pipe", true},
		{S_IFCHR, "device", true},  {S_IFREG, "file", false},
		{S_IFDIR, "folder", false}, {S_IFBLK, "block device", false},
	};
	bool open = descriptor & CONTLINT_TRACE_NONBLOCKING;

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if ((descriptor & S_IFMT) == kinds[i].kind)
			return g_strconcat(open && kinds[i].waits ? "non-blocking " : "",
					   kinds[i].name, NULL);
	return NULL;
}

static char *place_of(const struct observed_sight *sight)
{
	for (guint i = 0; i < sight->frames->len; i++) {
		const struct observed_frame *frame =
			&g_array_index(sight->frames, struct observed_frame, i);
		const char *file = observed_file(frame);

		if (!frame->function)
			continue;
		if (!file || frame->symbol.at_line == 0)
			return g_strdup(frame->symbol.name);
		return g_strdup_printf("%s %s:%u", frame->symbol.name, file, frame->symbol.at_line);
	}
	return NULL;
}

static bool is_same(const struct audited_call *a, const struct audited_call *b)
{
	return a->root == b->root && strcmp(a->syscall, b->syscall) == 0 &&
	       g_strcmp0(a->descriptor, b->descriptor) == 0 && g_strcmp0(a->stack, b->stack) == 0;
}

/* Takes `call`. */
static void add_call(GPtrArray *calls, struct audited_call *call)
{
	for (guint i = 0; i < calls->len; i++) {
		struct audited_call *other = g_ptr_array_index(calls, i);

		if (!is_same(other, call))
			continue;
		other->calls += call->calls;
		other->total_ns += call->total_ns;
		other->max_ns = MAX(other->max_ns, call->max_ns);
		call_free(call);
		return;
	}
	g_ptr_array_add(calls, call);
}

static gint compare(const void *left, const void *right)
{
	const struct audited_call *a = *(struct audited_call *const *)left;
	const struct audited_call *b = *(struct audited_call *const *)right;

	if (a->total_ns != b->total_ns)
		return a->total_ns > b->total_ns ? -1 : 1;
	return strcmp(a->syscall, b->syscall);
}

GPtrArray *audited_calls(const struct observed *observed)
{
	GPtrArray *calls = g_ptr_array_new_with_free_func(call_free);

	for (guint i = 0; i < observed->sights->len; i++) {
		const struct observed_sight *sight = g_ptr_array_index(observed->sights, i);
		const struct trace_call *from;
		struct audited_call *call;

		if (sight->sight->call == 0)
			continue;
		from = &g_array_index(observed->trace->calls, struct trace_call,
				      sight->sight->call - 1);
		call = g_new0(struct audited_call, 1);
		call->root = sight->root;
		call->syscall = name_of(from->syscall);
		call->descriptor = describe(from->descriptor);
		call->at = place_of(sight);
		call->stack = observed_stack_text(sight);
		call->calls = from->calls;
		call->total_ns = from->total_ns;
		call->max_ns = from->max_ns;
		add_call(calls, call);
	}
	g_ptr_array_sort(calls, compare);
	return calls;
}
