/* What the monitor writes down of a thread in a continuation: each place where it is, once, with
 * its stack, and for how long; and of which continuation, where one runs inside another. */
#include "rig.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "runtime/trace_format.h"

static char path[64];
static const char *base;
static size_t size;

static void nap(int64_t ns)
{
	struct timespec pause = {ns / 1000000000, ns % 1000000000};

	nanosleep(&pause, NULL);
}

static void map_trace(void)
{
	struct stat stat;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &stat), 0);
	size = (size_t)stat.st_size;
	base = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(base != MAP_FAILED);
	close(fd);
}

static int unmap_trace(void **state)
{
	(void)state;
	munmap((void *)base, size);
	unlink(path);
	return 0;
}

static const struct contlint_trace_area *area_at(uint32_t i)
{
	const struct contlint_trace_header *header = (const void *)base;

	return i < header->areas_used
		       ? (const void *)(base + header->areas_offset + i * header->area_size)
		       : NULL;
}

/* Calls of `function`. */
static uint64_t calls_of(cport_fn *function)
{
	const struct contlint_trace_area *area;
	uint64_t calls = 0;

	for (uint32_t i = 0; (area = area_at(i)); i++) {
		const struct contlint_trace_site *sites =
			(const void *)((const char *)area + area->sites_offset);

		for (uint32_t j = 0; j < area->site_capacity; j++)
			if (sites[j].function == (uint64_t)(uintptr_t)function)
				calls += sites[j].calls;
	}
	return calls;
}

/* Record `number` of a type, over all threads; NULL: there are not so many. */
static const struct contlint_trace_record *find(enum contlint_trace_type type, uint32_t number)
{
	const struct contlint_trace_area *area;

	for (uint32_t i = 0; (area = area_at(i)); i++) {
		const struct contlint_trace_record *records =
			(const void *)((const char *)area + area->records_offset);

		for (uint64_t j = 0; j < area->record_count && j < area->record_capacity; j++)
			if (records[j].type == type && number-- == 0)
				return &records[j];
	}
	return NULL;
}

static uint32_t ended; /* atomic */

static void run(cport_fn *fn, struct cport_task *task, struct cport_op *then)
{
	struct cport_options options = {.backend = rig_backend, .concurrency = 1, .trace = path};
	struct cport_pool_options pool_options = {.minimum = 1, .maximum = 2};
	struct cport_op op = {.fn = fn, .user = task};
	struct cport_pool *pool;
	struct cport *port = NULL;

	(void)snprintf(path, sizeof(path), "cport-sights-%ld.trace", (long)getpid());
	ended = 0;
	assert_int_equal(cport_open(&port, &options), 0);
	assert_int_equal(cport_pool_open(&pool, port, &pool_options), 0);
	if (task) {
		cport_task_init(task, port);
		assert_int_equal(cport_task_then(task, then, CPORT_INLINE), 0);
	}
	assert_int_equal(cport_timer(port, &op, 0, 0), CPORT_PENDING);
	for (int i = 0; i < 60000 && !__atomic_load_n(&ended, __ATOMIC_ACQUIRE); i++)
		nap(MS / 2);
	assert_int_equal(__atomic_load_n(&ended, __ATOMIC_ACQUIRE), 1);
	cport_pool_close(pool);
	cport_release(port);
	map_trace();
}

/* ---- places ------------------------------------------------------------------------------ */

static __attribute__((noinline)) void sleep_here(void)
{
	nap(600 * MS);
	__asm__ volatile("");
}

static __attribute__((noinline)) void sleep_there(void)
{
	nap(900 * MS);
	__asm__ volatile("");
}

static void sleeps_twice(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx, (void)op, (void)result;
	sleep_here();
	sleep_there();
	__atomic_store_n(&ended, 1, __ATOMIC_RELEASE);
}

static void each_place_where_it_slept_is_told_apart(void **state)
{
	const struct contlint_trace_record *here, *there;

	(void)state;
	run(sleeps_twice, NULL, NULL);
	here = find(CONTLINT_TRACE_BLOCK_SEEN, 0);
	there = find(CONTLINT_TRACE_BLOCK_SEEN, 1);
	assert_non_null(here);
	assert_non_null(there);
	assert_null(find(CONTLINT_TRACE_BLOCK_SEEN, 2));
	assert_true(here->u.seen.stack > 0 && there->u.seen.stack > 0);
	assert_int_not_equal(here->u.seen.stack, there->u.seen.stack);
	assert_int_equal(here->u.seen.sequence, there->u.seen.sequence);
	assert_true(here->u.seen.lasted_us > 0 && there->u.seen.lasted_us > 0);
	assert_true(there->u.seen.age_ns >=
		    here->u.seen.age_ns + here->u.seen.lasted_us * UINT64_C(1000));
}

enum { OFTEN = 150 };

static void sleeps_often(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	static uint32_t count;

	(void)result;
	nap(3 * MS);
	if (++count < OFTEN)
		assert_int_equal(cport_timer(cport_context_port(ctx), op, 0, 0), CPORT_PENDING);
	else
		__atomic_store_n(&ended, 1, __ATOMIC_RELEASE);
	count %= OFTEN;
}

/* There is room for some dozens; the last ones have a stack as the first ones do. */
static void equal_stacks_are_kept_once(void **state)
{
	uint32_t seen = 0, with_stack = 0;
	const struct contlint_trace_record *record;

	(void)state;
	run(sleeps_often, NULL, NULL);
	while ((record = find(CONTLINT_TRACE_BLOCK_SEEN, seen)) && ++seen)
		with_stack += record->u.seen.stack > 0;
	assert_true(seen > 70);
	assert_true(with_stack > seen * 3 / 4);
}

/* ---- computing --------------------------------------------------------------------------- */

static void computes(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct timespec now, begin;

	(void)ctx, (void)op, (void)result;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000 * MS + now.tv_nsec - begin.tv_nsec < 500 * MS);
	__atomic_store_n(&ended, 1, __ATOMIC_RELEASE);
}

/* At 25 ms, and each time that has doubled; some samples before. */
static void a_stall_that_computes_says_where_again_and_again(void **state)
{
	const struct contlint_trace_record *record;

	(void)state;
	run(computes, NULL, NULL);
	for (uint32_t i = 0; i < 2; i++) {
		record = find(CONTLINT_TRACE_STALL, i);
		assert_non_null(record);
		assert_true(record->u.seen.stack > 0);
		assert_true(record->u.seen.age_ns >= 25 * MS);
	}
	assert_true(record->u.seen.age_ns >=
		    2 * find(CONTLINT_TRACE_STALL, 0)->u.seen.age_ns - 25 * MS);
	assert_null(find(CONTLINT_TRACE_STALL, 5));
	assert_non_null(find(CONTLINT_TRACE_SAMPLE, 1));
}

/* ---- one inside another ------------------------------------------------------------------ */

static void inner(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx, (void)op, (void)result;
	nap(200 * MS);
}

static void outer(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	assert_int_equal(cport_task_complete(op->user, result), 0);
	nap(200 * MS);
	__atomic_store_n(&ended, 1, __ATOMIC_RELEASE);
}

static void a_continuation_inside_another_has_its_own_name(void **state)
{
	const struct contlint_trace_record *in, *out;
	static struct cport_op then;
	struct cport_task task;

	(void)state;
	then = (struct cport_op){.fn = inner};
	run(outer, &task, &then);
	assert_int_equal(calls_of(inner), 1);
	assert_int_equal(calls_of(outer), 1);
	in = find(CONTLINT_TRACE_BLOCK_SEEN, 0);
	out = find(CONTLINT_TRACE_BLOCK_SEEN, 1);
	assert_non_null(in);
	assert_non_null(out);
	assert_true(in->function == (uint64_t)(uintptr_t)inner);
	assert_true(out->function == (uint64_t)(uintptr_t)outer);
	assert_int_not_equal(in->u.seen.sequence, out->u.seen.sequence);
	in = find(CONTLINT_TRACE_CONTINUATION, 0);
	out = find(CONTLINT_TRACE_CONTINUATION, 1);
	assert_true(in->function == (uint64_t)(uintptr_t)inner);
	assert_true(out->function == (uint64_t)(uintptr_t)outer);
	assert_true(out->u.end.wall_ns >= in->u.end.wall_ns + 200 * MS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(each_place_where_it_slept_is_told_apart, unmap_trace),
		cmocka_unit_test_teardown(equal_stacks_are_kept_once, unmap_trace),
		cmocka_unit_test_teardown(a_stall_that_computes_says_where_again_and_again,
					  unmap_trace),
		cmocka_unit_test_teardown(a_continuation_inside_another_has_its_own_name,
					  unmap_trace),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
