/* The kernel queue's rules, written a second time from the statements S13 to S28 and as plainly
 * as possible: arrays, no pointers. What the port core does must be what this does. */
#ifndef TESTS_RUNTIME_MODEL_H
#define TESTS_RUNTIME_MODEL_H

#include <string.h>

enum { MODEL_THREADS = 16, MODEL_PACKETS = 48 };

enum model_state { MODEL_OUT, MODEL_RUNNING, MODEL_BLOCKED, MODEL_WAITING };

struct model {
	int max, active, depth, waiters;
	int packets[MODEL_PACKETS]; /* oldest first */
	int stack[MODEL_THREADS];   /* newest last */
	enum model_state state[MODEL_THREADS];
};

static inline void model_init(struct model *model, int max)
{
	memset(model, 0, sizeof(*model));
	model->max = max;
}

static inline int model_pop(struct model *model)
{
	int packet = model->packets[0];

	memmove(model->packets, model->packets + 1, sizeof(int) * (size_t)--model->depth);
	return packet;
}

static inline void model_append(struct model *model, int packet)
{
	model->packets[model->depth++] = packet;
}

/* The thread that runs now and its packet; -1: nobody may. */
static inline int model_release(struct model *model, int *ret_packet)
{
	int thread;

	if (model->waiters == 0 || model->depth == 0 || model->active >= model->max)
		return -1;
	thread = model->stack[--model->waiters];
	*ret_packet = model_pop(model);
	model->state[thread] = MODEL_RUNNING;
	model->active++;
	return thread;
}

static inline int model_get(struct model *model, int thread, int waits)
{
	if (model->state[thread] == MODEL_RUNNING)
		model->active--;
	model->state[thread] = MODEL_RUNNING;
	if (model->active < model->max && model->depth > 0) {
		model->active++;
		return model_pop(model);
	}
	if (!waits) {
		model->active++;
		return 0;
	}
	model->state[thread] = MODEL_WAITING;
	model->stack[model->waiters++] = thread;
	return 0;
}

static inline void model_time_out(struct model *model, int thread)
{
	int place = 0;

	while (model->stack[place] != thread)
		place++;
	memmove(model->stack + place, model->stack + place + 1,
		sizeof(int) * (size_t)(--model->waiters - place));
	model->state[thread] = MODEL_RUNNING;
	model->active++;
}

static inline void model_block(struct model *model, int thread)
{
	if (model->state[thread] != MODEL_RUNNING)
		return;
	model->state[thread] = MODEL_BLOCKED;
	model->active--;
}

static inline void model_unblock(struct model *model, int thread)
{
	model->state[thread] = MODEL_RUNNING;
	model->active++;
}

static inline void model_leave(struct model *model, int thread)
{
	if (model->state[thread] == MODEL_RUNNING)
		model->active--;
	model->state[thread] = MODEL_OUT;
}

#endif
