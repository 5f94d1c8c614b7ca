/* The trace: what continuations did is in the file, split into computing, waiting for a processor
 * and blocking, with the blocked thread's system call and stack; also after a SIGKILL. */
#include "rig.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "runtime/trace_format.h"

struct trace {
	const struct contlint_trace_header *header;
	size_t size;
	char path[64];
};

static void nap(int64_t ns)
{
	struct timespec pause = {ns / 1000000000, ns % 1000000000};

	nanosleep(&pause, NULL);
}

static void map_trace(struct trace *trace)
{
	struct stat stat;
	int fd = open(trace->path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &stat), 0);
	trace->size = (size_t)stat.st_size;
	trace->header = mmap(NULL, trace->size, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(trace->header != MAP_FAILED);
	close(fd);
	assert_true(trace->header->magic == CONTLINT_TRACE_MAGIC);
}

static void unmap_trace(struct trace *trace)
{
	munmap((void *)trace->header, trace->size);
	unlink(trace->path);
}

static void name_trace(struct trace *trace)
{
	(void)snprintf(trace->path, sizeof(trace->path), "cport-test-%ld.trace", (long)getpid());
}

static const struct contlint_trace_area *area_at(const struct trace *trace, uint32_t i)
{
	const char *base = (const char *)trace->header;

	return (const void *)(base + trace->header->areas_offset + i * trace->header->area_size);
}

/* The sites of one function on all threads, added up. */
static struct contlint_trace_site sum_site(const struct trace *trace, const void *function)
{
	struct contlint_trace_site sum = {0};

	for (uint32_t i = 0; i < trace->header->areas_used; i++) {
		const struct contlint_trace_area *area = area_at(trace, i);
		const struct contlint_trace_site *sites =
			(const void *)((const char *)area + area->sites_offset);

		for (uint32_t j = 0; j < area->site_capacity; j++) {
			if (sites[j].function != (uint64_t)(uintptr_t)function)
				continue;
			sum.calls += sites[j].calls;
			sum.split_calls += sites[j].split_calls;
			sum.total_ns += sites[j].total_ns;
			sum.cpu_ns += sites[j].cpu_ns;
			sum.runqueue_ns += sites[j].runqueue_ns;
			sum.blocked_ns += sites[j].blocked_ns;
			sum.heavy += sites[j].heavy;
			sum.blocked += sites[j].blocked;
			sum.stalled += sites[j].stalled;
			sum.held_calls += sites[j].held_calls;
			sum.held_total_ns += sites[j].held_total_ns;
			sum.overruns += sites[j].overruns;
			sum.waited_ns += sites[j].waited_ns;
			sum.blamed_packets += sites[j].blamed_packets;
			sum.blamed_ns += sites[j].blamed_ns;
			sum.growths += sites[j].growths;
		}
	}
	return sum;
}

/* The first record of a type; NULL. `ret_area` is where it lies. */
static const struct contlint_trace_record *find_record(const struct trace *trace,
						       enum contlint_trace_type type,
						       const struct contlint_trace_area **ret_area)
{
	for (uint32_t i = 0; i < trace->header->areas_used; i++) {
		const struct contlint_trace_area *area = area_at(trace, i);
		const struct contlint_trace_record *records =
			(const void *)((const char *)area + area->records_offset);

		*ret_area = area;
		for (uint64_t j = 0; j < area->record_count && j < area->record_capacity; j++)
			if (records[j].type == type)
				return &records[j];
	}
	return NULL;
}

/* ---- the workload ------------------------------------------------------------------------ */

static uint32_t ended; /* atomic */

static void light(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

/* Long enough for a monitor that has to share its processor with many. */
static void sleeper(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	nap(500 * MS);
	light(ctx, op, result);
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

static void *dispatch_frame; /* where computer() returns to */

static void computer(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	int64_t until = clock_ns(CLOCK_MONOTONIC) + 500 * MS;

	dispatch_frame = __builtin_return_address(0);
	do
		for (volatile int i = 0; i < 1000; i++)
			;
	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < 20 * MS || clock_ns(CLOCK_MONOTONIC) < until);
	light(ctx, op, result);
}

/* Starts the next operation first and keeps its thread until that has ended. */
static void pump(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	uint64_t before = rig_stat(cport_context_port(ctx)).completions;
	static struct cport_op next;

	next = (struct cport_op){.fn = light};
	assert_int_equal(cport_timer(cport_context_port(ctx), &next, 0, MS / 2), CPORT_PENDING);
	for (int i = 0; i < 10000 && rig_stat(cport_context_port(ctx)).completions == before; i++)
		nap(MS);
	light(ctx, op, result);
}

static void wait_for(uint32_t wanted)
{
	for (int i = 0; i < 10000 && __atomic_load_n(&ended, __ATOMIC_ACQUIRE) < wanted; i++)
		nap(MS / 2);
	assert_int_equal(__atomic_load_n(&ended, __ATOMIC_ACQUIRE), wanted);
}

static struct cport *open_traced(const char *path)
{
	struct cport_options options = {.backend = rig_backend, .concurrency = 1, .trace = path};
	struct cport *port = NULL;

	assert_int_equal(cport_open(&port, &options), 0);
	return port;
}

/* Runs one continuation, then those that it starts, in a pool of one thread to begin with. */
static void run_growing(struct trace *trace, cport_fn *fn, uint32_t expected, unsigned maximum)
{
	struct cport_pool_options options = {.minimum = 1, .maximum = maximum};
	struct cport_op op = {.fn = fn};
	struct cport *port;
	struct cport_pool *pool;

	ended = 0;
	name_trace(trace);
	port = open_traced(trace->path);
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	assert_int_equal(cport_timer(port, &op, 0, 0), CPORT_PENDING);
	wait_for(expected);
	cport_pool_close(pool);
	cport_release(port);
	map_trace(trace);
}

static void run(struct trace *trace, cport_fn *fn, uint32_t expected)
{
	run_growing(trace, fn, expected, 4);
}

/* ---- the tests --------------------------------------------------------------------------- */

static void a_trace_names_the_process_and_its_code(void **state)
{
	struct trace trace;
	const char *base;
	int inside = 0;

	(void)state;
	run(&trace, light, 1);
	base = (const char *)trace.header;
	assert_int_equal(trace.header->pid, getpid());
	assert_int_equal(trace.header->ended, 1);
	assert_true(trace.header->latest_ticks > trace.header->start_ticks);
	for (uint32_t i = 0; i < trace.header->module_count; i++) {
		const struct contlint_trace_module *module =
			(const void *)(base + trace.header->modules_offset +
				       i * trace.header->module_size);

		inside += module->start <= (uintptr_t)light && (uintptr_t)light < module->end;
	}
	assert_int_equal(inside, 1);
	assert_int_equal(sum_site(&trace, light).calls, 1);
	unmap_trace(&trace);
}

static void a_sleeping_continuation_is_blocked_and_its_call_is_named(void **state)
{
	const struct contlint_trace_area *area;
	const struct contlint_trace_record *seen;
	struct contlint_trace_site site;
	struct trace trace;

	(void)state;
	run(&trace, sleeper, 1);
	site = sum_site(&trace, sleeper);
	assert_int_equal(site.calls, 1);
	assert_int_equal(site.blocked, 1);
	assert_int_equal(site.stalled, 1);
	assert_true(site.blocked_ns > (uint64_t)(30 * MS));
	assert_true(site.cpu_ns < (uint64_t)(10 * MS));
	seen = find_record(&trace, CONTLINT_TRACE_BLOCK_SEEN, &area);
	assert_non_null(seen);
	assert_true(seen->function == (uint64_t)(uintptr_t)sleeper);
	assert_int_equal(seen->u.seen.syscall, SYS_clock_nanosleep);
	assert_true(seen->u.seen.stack > 0);
	assert_non_null(find_record(&trace, CONTLINT_TRACE_STALL, &area));
	unmap_trace(&trace);
}

/* Does the kept stack hold a return address of the function that `frame` lies in? */
static int returns_into(const struct contlint_trace_area *area, uint32_t number, const void *frame)
{
	const struct contlint_trace_stack *stack =
		(const void *)((const char *)area + area->stacks_offset);
	const uint64_t *words;

	assert_in_range(number, 1, area->stack_count);
	stack += number - 1;
	words = (const void *)stack->bytes;
	for (uint32_t i = 0; i < stack->size / 8; i++)
		if (words[i] == (uint64_t)(uintptr_t)frame)
			return 1;
	return 0;
}

static void a_computing_continuation_is_heavy_and_not_blocked(void **state)
{
	const struct contlint_trace_area *area;
	const struct contlint_trace_record *sample;
	struct contlint_trace_site site;
	struct trace trace;

	(void)state;
	run(&trace, computer, 1);
	site = sum_site(&trace, computer);
	assert_int_equal(site.heavy, 1);
	assert_int_equal(site.blocked, 0);
	assert_true(site.cpu_ns > (uint64_t)(15 * MS));
	assert_null(find_record(&trace, CONTLINT_TRACE_BLOCK_SEEN, &area));
	sample = find_record(&trace, CONTLINT_TRACE_SAMPLE, &area);
	assert_non_null(sample);
	assert_true(sample->function == (uint64_t)(uintptr_t)computer);
	assert_true(returns_into(area, sample->u.seen.stack, dispatch_frame));
	unmap_trace(&trace);
}

static void blocker_that_says_so(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	CPORT_BLOCKING(ctx)
	nap(200 * MS);
	light(ctx, op, result);
}

static void long_one_that_says_so(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	assert_int_equal(cport_may_run_long(ctx), 1);
	nap(200 * MS);
	computer(ctx, op, result);
}

/* Does a run of `declared` leave a record that says it held its thread? */
static int is_news(cport_fn *declared)
{
	static const enum contlint_trace_type news[] = {
		CONTLINT_TRACE_BLOCK_SEEN, CONTLINT_TRACE_STALL, CONTLINT_TRACE_SAMPLE};
	const struct contlint_trace_area *area;
	struct trace trace;
	int found = 0;

	run(&trace, declared, 1);
	assert_int_equal(sum_site(&trace, (const void *)(uintptr_t)declared).calls, 1);
	for (int i = 0; i < 3; i++)
		found |= find_record(&trace, news[i], &area) != NULL;
	unmap_trace(&trace);
	return found;
}

/* It is counted, but nothing is held against it. A thread that gets no processor just before it
 * declares itself may be looked at, so that one of several runs must be clean. */
static void what_is_declared_is_no_news(void **state)
{
	static cport_fn *const declared[] = {blocker_that_says_so, long_one_that_says_so};

	(void)state;
	for (int i = 0; i < 2; i++) {
		int tries = 5;

		while (tries && is_news(declared[i]))
			tries--;
		assert_int_not_equal(tries, 0);
	}
}

static void the_pump_is_held_past_its_submission_and_overruns(void **state)
{
	struct contlint_trace_site site;
	struct trace trace;

	(void)state;
	run(&trace, pump, 2);
	site = sum_site(&trace, pump);
	assert_int_equal(site.held_calls, 1);
	assert_true(site.held_total_ns > (uint64_t)(MS / 4));
	assert_int_equal(site.overruns, 1);
	assert_int_equal(sum_site(&trace, light).held_calls, 0);
	unmap_trace(&trace);
}

static int64_t short_work(struct cport_op *op)
{
	(void)op;
	nap(5 * MS);
	return 1;
}

static void offloader(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	op->fn = light;
	assert_int_equal(cport_offload(ctx, op, short_work), CPORT_PENDING);
	light(ctx, op, result);
}

static void offloaded_work_is_on_the_record_and_not_on_the_io_thread(void **state)
{
	const struct contlint_trace_area *area;
	const struct contlint_trace_record *work;
	struct trace trace;

	(void)state;
	run(&trace, offloader, 2);
	work = find_record(&trace, CONTLINT_TRACE_WORK, &area);
	assert_non_null(work);
	assert_int_equal(area->kind, CONTLINT_TRACE_WORKER);
	assert_true(work->function == (uint64_t)(uintptr_t)short_work);
	assert_true(work->u.end.wall_ns >= (uint64_t)(5 * MS));
	assert_int_equal(sum_site(&trace, offloader).calls, 1);
	assert_int_equal(sum_site(&trace, short_work).calls, 1);
	unmap_trace(&trace);
}

/* Two packets wait for the end of this, which gives its place to nobody. */
static void keeps_others_waiting(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	static struct cport_op ops[2];

	for (int i = 0; i < 2; i++) {
		ops[i] = (struct cport_op){.fn = light};
		assert_int_equal(cport_offload(ctx, &ops[i], short_work), CPORT_PENDING);
	}
	while (cport_depth(cport_context_port(ctx)) < 2)
		for (volatile int i = 0; i < 1000; i++)
			;
	computer(ctx, op, result);
}

/* Starts keeps_others_waiting() when both of its works have ended. */
static void is_warm(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	static int warm;

	(void)result;
	if (++warm % 2)
		return;
	op->fn = keeps_others_waiting;
	assert_int_equal(cport_timer(cport_context_port(ctx), op, 0, 0), CPORT_PENDING);
}

/* Has the workers made: who makes a thread waits for it on a busy machine, and gives its place away
 * meanwhile. */
static void warms_up(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	static struct cport_op ops[2];

	(void)op, (void)result;
	for (int i = 0; i < 2; i++) {
		ops[i] = (struct cport_op){.fn = is_warm};
		assert_int_equal(cport_offload(ctx, &ops[i], short_work), CPORT_PENDING);
	}
}

static void who_waits_is_counted_and_who_made_it_wait_is_charged(void **state)
{
	struct contlint_trace_site culprit, victims;
	struct trace trace;

	(void)state;
	/* One thread: on a slow machine a second one would come after half a second. */
	run_growing(&trace, warms_up, 3, 1);
	culprit = sum_site(&trace, keeps_others_waiting);
	victims = sum_site(&trace, light);
	assert_int_equal(culprit.blamed_packets, 2);
	assert_true(victims.waited_ns > 0);
	/* They waited for nothing else, but for the thread to come round. */
	assert_true(culprit.blamed_ns <= victims.waited_ns + (uint64_t)MS);
	assert_true(culprit.blamed_ns > 0);
	unmap_trace(&trace);
}

static void blocks_and_says_so(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	static struct cport_op next;

	next = (struct cport_op){.fn = light};
	assert_int_equal(cport_timer(cport_context_port(ctx), &next, 0, 0), CPORT_PENDING);
	CPORT_BLOCKING(ctx)
	while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) == 0)
		nap(MS);
	light(ctx, op, result);
}

static void a_thread_more_is_charged_to_who_blocked(void **state)
{
	struct trace trace;

	(void)state;
	run(&trace, blocks_and_says_so, 2);
	assert_int_equal(sum_site(&trace, blocks_and_says_so).growths, 1);
	assert_int_equal(sum_site(&trace, light).growths, 0);
	unmap_trace(&trace);
}

/* ---- events ------------------------------------------------------------------------------ */

static uint32_t count_events(const struct trace *trace, enum contlint_trace_type type,
			     uint32_t event)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < trace->header->areas_used; i++) {
		const struct contlint_trace_area *area = area_at(trace, i);
		const struct contlint_trace_record *records =
			(const void *)((const char *)area + area->records_offset);

		for (uint64_t j = 0; j < area->record_count && j < area->record_capacity; j++)
			count += records[j].type == type &&
				 (type != CONTLINT_TRACE_PORT || records[j].u.port.event == event);
	}
	return count;
}

static void cancels(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	static struct cport_op next;

	next = (struct cport_op){.fn = light};
	assert_int_equal(cport_timer(cport_context_port(ctx), &next, 0, 3600000 * MS),
			 CPORT_PENDING);
	assert_int_equal(cport_cancel(&next), 0);
	light(ctx, op, result);
}

static void events_are_written_for_those_who_ask(void **state)
{
	struct trace trace;

	(void)state;
	run(&trace, cancels, 2);
	assert_int_equal(count_events(&trace, CONTLINT_TRACE_SUBMIT, 0), 0);
	unmap_trace(&trace);
	assert_int_equal(setenv("CONTLINT_EVENTS", "1", 1), 0);
	run(&trace, cancels, 2);
	assert_int_equal(unsetenv("CONTLINT_EVENTS"), 0);
	assert_int_equal(count_events(&trace, CONTLINT_TRACE_SUBMIT, 0), 1);
	assert_int_equal(count_events(&trace, CONTLINT_TRACE_CANCEL, 0), 1);
	/* Both packets came through the queue, and one says: end. */
	assert_int_equal(count_events(&trace, CONTLINT_TRACE_PORT, CONTLINT_TRACE_QUEUED), 3);
	assert_int_equal(count_events(&trace, CONTLINT_TRACE_PORT, CONTLINT_TRACE_TAKEN) +
				 count_events(&trace, CONTLINT_TRACE_PORT, CONTLINT_TRACE_HANDED),
			 3);
	assert_int_equal(count_events(&trace, CONTLINT_TRACE_PORT, CONTLINT_TRACE_CLOSED), 1);
	assert_true(count_events(&trace, CONTLINT_TRACE_PORT, CONTLINT_TRACE_REAPED) > 0);
	unmap_trace(&trace);
}

static void events_without_a_trace_are_refused(void **state)
{
	struct cport_options options = {.backend = rig_backend, .flags = CPORT_EVENTS};
	struct cport *port = NULL;

	(void)state;
	assert_int_equal(cport_open(&port, &options), -EINVAL);
	assert_null(port);
}

static void the_parts_of_a_continuation_make_up_its_time(void **state)
{
	struct contlint_trace_site site;
	struct trace trace;

	(void)state;
	run(&trace, sleeper, 1);
	site = sum_site(&trace, sleeper);
	assert_int_equal(site.split_calls, site.calls);
	assert_in_range(site.cpu_ns + site.runqueue_ns + site.blocked_ns,
			site.total_ns - site.total_ns / 20, site.total_ns + site.total_ns / 20);
	unmap_trace(&trace);
}

static void never_ends(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	light(ctx, op, result);
	for (;;)
		nap(MS);
}

/* The child dies in the middle of a continuation. */
static void run_until_killed(const char *path)
{
	struct cport_pool_options options = {.minimum = 1};
	struct cport_op ops[3] = {{.fn = light}, {.fn = light}, {.fn = never_ends}};
	struct cport *port = open_traced(path);
	struct cport_pool *pool;

	if (cport_pool_open(&pool, port, &options) < 0)
		_exit(1);
	for (int i = 0; i < 3; i++)
		(void)cport_timer(port, &ops[i], 0, i * MS);
	while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) < 3)
		nap(MS);
	kill(getpid(), SIGKILL);
}

static void a_killed_process_leaves_a_readable_trace(void **state)
{
	struct trace trace;
	int status = 0;
	int inside = 0;
	pid_t child;

	(void)state;
	ended = 0;
	name_trace(&trace);
	child = fork();
	if (child == 0)
		run_until_killed(trace.path);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	map_trace(&trace);
	assert_int_equal(trace.header->ended, 0);
	assert_int_equal(sum_site(&trace, light).calls, 2);
	for (uint32_t i = 0; i < trace.header->areas_used; i++)
		inside += area_at(&trace, i)->current_function == (uint64_t)(uintptr_t)never_ends;
	assert_int_equal(inside, 1);
	unmap_trace(&trace);
}

static void a_trace_in_use_is_not_taken_from_its_process(void **state)
{
	struct trace trace;
	struct cport *first, *second;
	char other[96];

	(void)state;
	name_trace(&trace);
	first = open_traced(trace.path);
	second = open_traced(trace.path);
	map_trace(&trace);
	assert_int_equal(trace.header->ended, 0);
	cport_release(second);
	assert_int_equal(trace.header->ended, 0);
	cport_release(first);
	assert_int_equal(trace.header->ended, 1);
	(void)snprintf(other, sizeof(other), "rm -f %s*", trace.path);
	unmap_trace(&trace);
	assert_int_equal(system(other), 0);
}

static void an_unwritable_trace_fails_the_open(void **state)
{
	struct cport_options options = {.backend = rig_backend, .trace = "/nowhere/at/all"};
	struct cport *port = NULL;

	(void)state;
	assert_int_equal(cport_open(&port, &options), -ENOENT);
	assert_null(port);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trace_names_the_process_and_its_code),
		cmocka_unit_test(a_sleeping_continuation_is_blocked_and_its_call_is_named),
		cmocka_unit_test(a_computing_continuation_is_heavy_and_not_blocked),
		cmocka_unit_test(what_is_declared_is_no_news),
		cmocka_unit_test(the_pump_is_held_past_its_submission_and_overruns),
		cmocka_unit_test(offloaded_work_is_on_the_record_and_not_on_the_io_thread),
		cmocka_unit_test(who_waits_is_counted_and_who_made_it_wait_is_charged),
		cmocka_unit_test(a_thread_more_is_charged_to_who_blocked),
		cmocka_unit_test(events_are_written_for_those_who_ask),
		cmocka_unit_test(events_without_a_trace_are_refused),
		cmocka_unit_test(the_parts_of_a_continuation_make_up_its_time),
		cmocka_unit_test(a_killed_process_leaves_a_readable_trace),
		cmocka_unit_test(a_trace_in_use_is_not_taken_from_its_process),
		cmocka_unit_test(an_unwritable_trace_fails_the_open),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
