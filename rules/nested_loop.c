/* Running an event loop from inside one of its own continuations. What it misses is in the rule's
 * own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_LOOP,
		.verb = "runs a loop inside a continuation",
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_nested_loop = {
	.id = "nested-loop",
	.family = "waits",
	.summary = "A continuation runs an event loop.",
	.why = "uv_run(), event_base_loop(), g_main_loop_run() or gtk_dialog_run() inside a "
	       "continuation waits for an event while the continuation is still on the stack. "
	       "Other continuations then run in the middle of it: they find data half changed, "
	       "free what it still holds, or start the same thing again, until the stack is "
	       "full. libuv and libevent forbid it; GLib allows it and has decades of bugs to "
	       "show for it.",
	.instead =
		"Cut the function where it waits: everything after the inner loop becomes the "
		"callback of the event that was waited for. To process what is ready and not "
		"wait, use the non-waiting form (UV_RUN_NOWAIT, EVLOOP_NONBLOCK, "
		"g_main_context_iteration(…, FALSE)), which is not reported; the danger of other "
		"continuations in the middle remains. A thread that needs its own loop gets its "
		"own loop and its own context.",
	.misses =
		"Home-made loops that run inside a continuation: their poll() or epoll_wait() is "
		"reported by blocking-wait. A private loop object that only this function uses is "
		"reported as well: it does hold the thread.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
