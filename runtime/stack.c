/* Stacks in a trace. Each takes eight kilobytes and there is room for some dozens, so that equal
 * ones are kept once, and no continuation may take the room of all others. Everything here is safe
 * in a signal handler. */
#include "trace.h"

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WAY_SIZE = 2048, SHARE = 24 };

static struct contlint_trace_stack *stacks_of(struct contlint_trace_area *area)
{
	return (void *)((char *)area + area->stacks_offset);
}

/* There is one place more than the capacity says. */
struct contlint_trace_stack *cport__stack_draft(struct contlint_trace_area *area,
						const struct contlint_trace_registers *at)
{
	struct contlint_trace_stack *stack = stacks_of(area) + area->stack_count;
	struct iovec here = {stack->bytes, sizeof(stack->bytes)};
	struct iovec there = {(void *)(uintptr_t)at->sp, sizeof(stack->bytes)};
	ssize_t size = process_vm_readv(getpid(), &here, 1, &there, 1, 0);

	stack->at = *at;
	stack->size = size > 0 ? (uint32_t)size : 0;
	return stack;
}

static bool is_code(const struct contlint_trace_header *header, uint64_t address)
{
	const struct contlint_trace_module *modules =
		(const void *)((const char *)header + header->modules_offset);

	for (uint32_t i = 0; i < header->module_count; i++)
		if (address >= modules[i].start && address < modules[i].end)
			return true;
	return false;
}

uint64_t cport__stack_way(const struct contlint_trace_header *header,
			  const struct contlint_trace_stack *draft, uint64_t size)
{
	uint64_t hash = 1, word;

	size = size < draft->size ? size : draft->size;
	for (uint64_t i = 0; i + sizeof(word) <= size; i += sizeof(word)) {
		memcpy(&word, draft->bytes + i, sizeof(word));
		if (is_code(header, word))
			hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	}
	return hash;
}

static bool is_same(const struct contlint_trace_stack *a, const struct contlint_trace_stack *b)
{
	return a->way == b->way && a->at.function == b->at.function && a->at.pc == b->at.pc &&
	       a->at.sp == b->at.sp;
}

uint32_t cport__stack_keep(struct contlint_trace_area *area,
			   const struct contlint_trace_header *header, uint64_t function)
{
	struct contlint_trace_stack *stacks = stacks_of(area), *draft = stacks + area->stack_count;
	uint32_t of_function = 0;

	draft->at.function = (uint32_t)function;
	draft->way = (uint32_t)(cport__stack_way(header, draft, WAY_SIZE) >> 32);
	for (uint32_t i = 0; i < area->stack_count; i++) {
		if (is_same(&stacks[i], draft))
			return i + 1;
		of_function += stacks[i].at.function == draft->at.function;
	}
	if (area->stack_count < area->stack_capacity && of_function < SHARE)
		return ++area->stack_count;
	area->stacks_refused++;
	return 0;
}
