/* again: … goto again; is a loop where the jump stands beside its label, or alone under a
 * condition, if (!over) goto again. One of several things that are done after a failure is a retry.
 */
#include "analyzer/loop_jump.h"

#include <stdbool.h>

/* With more labels a function is a generated parser, whose jumps are no loops. */
#define MAX_LABELS 16

/* How many branches, loops and switches are open between a label and a jump; negative if the label
 * stands deeper. */
static int depth_between(const struct fact_event *events, uint32_t label, uint32_t jump)
{
	int depth = 0;

	for (uint32_t i = label; i < jump; i++) {
		depth += events[i].kind == FACT_EVENT_BRANCH || events[i].kind == FACT_EVENT_LOOP ||
			 events[i].kind == FACT_EVENT_SWITCH;
		depth -= events[i].kind == FACT_EVENT_BRANCH_END ||
			 events[i].kind == FACT_EVENT_LOOP_END ||
			 events[i].kind == FACT_EVENT_SWITCH_END;
	}
	return depth;
}

static bool stands_alone(const struct fact_event *events, uint32_t count, uint32_t jump)
{
	return jump > 0 && jump + 1 < count && events[jump - 1].kind == FACT_EVENT_BRANCH &&
	       events[jump + 1].kind == FACT_EVENT_BRANCH_END;
}

static bool goes_back(const struct fact_event *events, uint32_t count, uint32_t label,
		      uint32_t jump)
{
	int depth;

	if (events[jump].kind != FACT_EVENT_GOTO || events[jump].a == FACT_NONE ||
	    events[jump].a != events[label].a)
		return false;
	depth = depth_between(events, label, jump);
	return depth == 0 || (depth == 1 && stands_alone(events, count, jump));
}

static bool is_parser(const struct fact_event *events, uint32_t count)
{
	uint32_t labels = 0;

	for (uint32_t i = 0; i < count && labels <= MAX_LABELS; i++)
		labels += events[i].kind == FACT_EVENT_LABEL;
	return labels > MAX_LABELS;
}

uint32_t loop_jump_around(const struct fact_event *events, uint32_t count, uint32_t at,
			  uint32_t *ret_begin)
{
	if (is_parser(events, count))
		return count;
	for (uint32_t label = 0; label < at; label++) {
		if (events[label].kind != FACT_EVENT_LABEL)
			continue;
		for (uint32_t jump = count; jump-- > at + 1;) {
			if (!goes_back(events, count, label, jump))
				continue;
			*ret_begin = label;
			return jump;
		}
	}
	return count;
}
