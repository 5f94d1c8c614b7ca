/* Somebody blocks while holding a lock that a continuation takes. What it misses is in the rule's
 * own text below. */
#include "rules/lock_rule.h"
#include "rules/rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	lock_rule_check(rule, input, LOCK_HOLDER_UNKNOWN, findings);
}

const struct rule rule_blocking_under_loop_lock = {
	.id = "blocking-under-loop-lock",
	.family = "waits",
	.summary = "A call blocks under a lock that a continuation takes.",
	.why = "A function that others call from threads of their own, such as one of a library's "
	       "interface, takes a lock and blocks before it gives it back. If a continuation "
	       "takes "
	       "the same lock, the loop stands still for as long: it is the other half of "
	       "loop-waits-on-busy-lock, reported at the call that blocks, because nothing in the "
	       "program says which thread makes it.",
	.instead =
		"Give the lock back before the call that blocks, and take it again for the result. "
		"A condition variable does so by itself with its own mutex, and is not reported. "
		"If "
		"the function is only called before the loop starts or after it has ended, say so "
		"with a suppression.",
	.misses =
		"Holders that are known to be workers are reported by loop-waits-on-busy-lock, and "
		"what a continuation does under a lock of its own by the rule of that call. Code "
		"that main() reaches outside of the loop is taken for start and end, also where "
		"the loop runs in another thread beside it.",
	.level = FINDING_WARNING,
	.precision = "medium",
	.check = check,
};
