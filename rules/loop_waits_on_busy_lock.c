/* A continuation takes a lock that a worker holds while it blocks. What it misses is in the rule's
 * own text below. */
#include "rules/lock_rule.h"
#include "rules/rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	lock_rule_check(rule, input, LOCK_HOLDER_WORKER, findings);
}

const struct rule rule_loop_waits_on_busy_lock = {
	.id = "loop-waits-on-busy-lock",
	.family = "waits",
	.summary = "A continuation waits for a lock that a worker holds while it blocks.",
	.why = "A lock is short only as long as nobody blocks under it. A worker that holds a lock "
	       "while it queries a database, flushes a file or sleeps makes every continuation "
	       "that takes the same lock wait for just as long: the work was moved off the loop, "
	       "and the loop waits for it all the same. The line in the continuation looks "
	       "harmless, and under light load it is.",
	.instead =
		"Hold the lock for the change only: copy what is needed under the lock, give it "
		"back, then block; take it again to put the result in. Where that is not possible, "
		"let the worker own the data and send it messages, or try for the lock in the "
		"continuation (trylock) and come back from a timer. The finding shows both ways: "
		"the continuation's to the lock, and the worker's to what it does under it.",
	.misses = "Locks made of atomic operations, locks that are only reached through a table of "
		  "function pointers, and locks held over a backward goto. Two objects of one type "
		  "have the same field: that the continuation and the worker mean the same object "
		  "is assumed, and costs confidence; so it is for elements of an array, unless "
		  "both indices are constants. What a helper that may fail to lock returns must be "
		  "constants, and no condition. A long computation under a lock is seen only "
		  "where a model says that a call is heavy. Further continuations that take the "
		  "lock are counted, not listed.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
