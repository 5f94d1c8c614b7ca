/* Looks are some milliseconds apart, so that what one of them sees may have lasted for nothing. Two
 * in a row that see the same are taken for what they look like: one long stay, as far as the
 * kernel's account of the whole call allows. */
#include "reports/traces/held.h"

/* One call, while its sights are walked, the oldest first. */
struct call {
	const struct observed_sight *last; /* of it; NULL: it is new */
	bool matched;                      /* `last` was in the place */
	guint64 until_ns;                  /* what has been counted, or is known to be elsewhere */
	guint64 sum_ns, most_ns;           /* in the place; what the whole call leaves for it */
	const struct observed_sight *seen;
};

static bool same_call(const struct trace_sight *a, const struct trace_sight *b)
{
	return a->tid == b->tid && a->sequence == b->sequence;
}

static void walk(struct call *call, const struct observed_sight *sight, bool matched)
{
	const struct trace_sight *is = sight->sight;
	guint64 end = trace_add(is->age_ns, is->lasted_ns);
	guint64 from = MAX(call->until_ns, is->age_ns);

	if (matched && call->matched && !is->apart && is->age_ns > call->until_ns)
		call->sum_ns += is->age_ns - call->until_ns;
	if (matched && end > from)
		call->sum_ns += end - from;
	if (matched) {
		call->most_ns = MAX(call->most_ns, is->hold_ns);
		if (!call->seen || is->lasted_ns > call->seen->sight->lasted_ns ||
		    call->seen->frames->len == 0)
			call->seen = sight;
	}
	call->until_ns = MAX(call->until_ns, end);
	call->matched = matched;
	call->last = sight;
}

static void finish(struct held *held, const struct call *call)
{
	guint64 ns = MIN(call->sum_ns, call->most_ns);

	if (!call->seen || (held->seen && ns <= held->ns))
		return;
	held->ns = ns;
	held->seen = call->seen;
}

/* A look without a stack says nothing of the place, unless a system call does. */
static bool is_blank(const struct observed_sight *sight)
{
	return sight->frames->len == 0 && sight->sight->syscall == -2;
}

struct held held_longest(const struct observed *observed, held_match *match, const void *data)
{
	struct held held = {0};
	struct call call = {0};

	for (guint i = 0; i < observed->sights->len; i++) {
		const struct observed_sight *sight = g_ptr_array_index(observed->sights, i);

		if (is_blank(sight))
			continue;
		if (call.last && !same_call(call.last->sight, sight->sight)) {
			finish(&held, &call);
			call = (struct call){0};
		}
		walk(&call, sight, match(sight, data));
	}
	finish(&held, &call);
	return held;
}
