/* The port core; port.h has the contract. Every change of the counts is in this file. */
#include "port.h"

#include <string.h>

static void tell(struct cport__core *core, enum cport__event event, struct cport__member *member,
		 struct cport__node *node)
{
	if (core->observe)
		core->observe(core, event, member, node);
}

void cport__core_init(struct cport__core *core, uint32_t max)
{
	memset(core, 0, sizeof(*core));
	core->max = max;
}

static void push(struct cport__core *core, struct cport__member *member)
{
	member->newer = NULL;
	member->older = core->newest;
	if (core->newest)
		core->newest->newer = member;
	core->newest = member;
	core->waiters++;
}

static void unlink_waiter(struct cport__core *core, struct cport__member *member)
{
	if (member->newer)
		member->newer->older = member->older;
	else
		core->newest = member->older;
	if (member->older)
		member->older->newer = member->newer;
	member->newer = member->older = NULL;
	core->waiters--;
}

static struct cport__node *pop_packet(struct cport__core *core)
{
	struct cport__node *node = core->first;

	core->first = node->next;
	if (!core->first)
		core->last = NULL;
	node->next = NULL;
	core->depth--;
	return node;
}

void cport__core_append(struct cport__core *core, struct cport__node *node)
{
	node->next = NULL;
	if (core->last)
		core->last->next = node;
	else
		core->first = node;
	core->last = node;
	core->depth++;
	tell(core, CPORT__EVENT_APPEND, NULL, node);
}

struct cport__member *cport__core_release(struct cport__core *core)
{
	struct cport__member *member = core->newest;

	if (!member || core->depth == 0 || core->active >= core->max)
		return NULL;
	unlink_waiter(core, member);
	member->given = pop_packet(core);
	member->state = CPORT__GIVEN;
	core->active++;
	tell(core, CPORT__EVENT_RELEASE, member, member->given);
	return member;
}

void cport__core_enter(struct cport__core *core, struct cport__member *member)
{
	if (member->state == CPORT__RUNNING)
		core->active--;
	member->state = CPORT__OUT;
	tell(core, CPORT__EVENT_ENTER, member, NULL);
}

struct cport__node *cport__core_take(struct cport__core *core, struct cport__member *member)
{
	struct cport__node *node;

	if (core->depth == 0 || core->active >= core->max)
		return NULL;
	if (member->state == CPORT__WAITING)
		unlink_waiter(core, member);
	member->state = CPORT__RUNNING;
	core->active++;
	node = pop_packet(core);
	tell(core, CPORT__EVENT_TAKE, member, node);
	return node;
}

struct cport__node *cport__core_take_more(struct cport__core *core)
{
	struct cport__node *node;

	if (core->depth == 0)
		return NULL;
	node = pop_packet(core);
	tell(core, CPORT__EVENT_TAKE, NULL, node);
	return node;
}

struct cport__node *cport__core_accept(struct cport__core *core, struct cport__member *member)
{
	struct cport__node *node = member->given;

	(void)core;
	member->given = NULL;
	member->state = CPORT__RUNNING;
	return node;
}

void cport__core_wait(struct cport__core *core, struct cport__member *member)
{
	member->state = CPORT__WAITING;
	push(core, member);
	tell(core, CPORT__EVENT_WAIT, member, NULL);
}

void cport__core_time_out(struct cport__core *core, struct cport__member *member)
{
	if (member->state == CPORT__WAITING)
		unlink_waiter(core, member);
	member->state = CPORT__RUNNING;
	core->active++;
	tell(core, CPORT__EVENT_TIME_OUT, member, NULL);
}

void cport__core_block(struct cport__core *core, struct cport__member *member)
{
	if (member->state != CPORT__RUNNING)
		return;
	member->state = CPORT__BLOCKED;
	core->active--;
	tell(core, CPORT__EVENT_BLOCK, member, NULL);
}

void cport__core_unblock(struct cport__core *core, struct cport__member *member)
{
	if (member->state != CPORT__BLOCKED)
		return;
	member->state = CPORT__RUNNING;
	core->active++;
	tell(core, CPORT__EVENT_UNBLOCK, member, NULL);
}

void cport__core_leave(struct cport__core *core, struct cport__member *member)
{
	if (member->state == CPORT__WAITING)
		unlink_waiter(core, member);
	if (member->state == CPORT__RUNNING)
		core->active--;
	member->state = CPORT__OUT;
	tell(core, CPORT__EVENT_LEAVE, member, NULL);
}

struct cport__member *cport__core_abandon(struct cport__core *core)
{
	struct cport__member *member = core->newest;

	if (!member)
		return NULL;
	unlink_waiter(core, member);
	member->state = CPORT__OUT;
	tell(core, CPORT__EVENT_ABANDON, member, NULL);
	return member;
}
