/* Waiting for time, for another thread or for a descriptor inside a continuation. What it misses
 * is in the rule's own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_WAIT,
		.verb = "can block the I/O thread",
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_blocking_wait = {
	.id = "blocking-wait",
	.family = "blocks",
	.summary = "A continuation sleeps or waits for something on the I/O thread.",
	.why = "sleep(), pthread_join(), sem_wait(), pthread_cond_wait(), poll() with a timeout "
	       "and their like give the processor back and keep the thread. On an I/O thread "
	       "everything else that became ready in the meantime stands in the queue behind it: "
	       "every other connection, every timer, every signal. If what is waited for is "
	       "delivered by the same loop, the wait never ends.",
	.instead = "Turn the wait into an event. For time: a timer of the loop (uv_timer_start, "
		   "evtimer_add, g_timeout_add, timerfd) and the rest of the function as its "
		   "callback. For another thread: let it post its result back (uv_async_send, "
		   "g_idle_add, eventfd) and go on there. For a descriptor: register it with the "
		   "loop instead of polling it. A wait that cannot be turned belongs in a worker "
		   "(uv_queue_work, g_task_run_in_thread).",
	.misses = "Home-made waits that spin on a flag. Waits behind calls through pointers that "
		  "could not be resolved. Plain mutex locks: they are usually short, and a lock "
		  "that is held across a wait is the business of other rules. A constant wait that "
		  "is short (50 ms or less) is only noted; one of 0 is not reported.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
