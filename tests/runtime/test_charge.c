/* What the monitor makes of continuations that block: whom a growth is charged to, blocking that
 * comes after a hint, and a process whose threads cannot be looked into. */
#include "rig.h"

#include <sys/prctl.h>
#include <sys/wait.h>

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

static int released; /* atomic: those that hold their threads may end */
static int served;   /* atomic: light ones that have run */

static int is_released(void)
{
	return __atomic_load_n(&released, __ATOMIC_ACQUIRE);
}

static void sleep_until_released(void)
{
	while (!is_released())
		usleep(5000);
}

static void block_first(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	sleep_until_released();
}

static void block_second(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	block_first(ctx, op, result);
	(void)result;
}

static void compute(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	int64_t end = now() + 30000 * MS;

	(void)ctx;
	(void)op;
	(void)result;
	while (!is_released() && now() < end)
		;
}

static void declare(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)op;
	(void)result;
	CPORT_BLOCKING(ctx)
	{
		sleep_until_released();
	}
}

static int gate[2];

/* Blocks for some ticks, says that it blocks, no longer, and blocks again until the gate opens. */
static void block_say_and_block(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)op;
	(void)result;
	usleep(20000);
	CPORT_BLOCKING(ctx)
	{
	}
	while (read(gate[0], &(char){0}, 1) < 0)
		;
}

static void serve(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	__atomic_add_fetch(&served, 1, __ATOMIC_RELEASE);
}

static void block_in_a_post(struct cport_context *ctx, const struct cport_packet *packet)
{
	(void)ctx;
	(void)packet;
	sleep_until_released();
}

struct rig {
	struct cport *port;
	struct cport_pool *pool;
	struct cport_op ops[4];
	int started;
};

static void open_rig(struct rig *rig, unsigned concurrency)
{
	struct cport_pool_options options = {
		.minimum = concurrency,
		.maximum = 8,
		.on_post = block_in_a_post,
	};

	*rig = (struct rig){.port = rig_open(concurrency)};
	released = served = 0;
	assert_int_equal(cport_pool_open(&rig->pool, rig->port, &options), 0);
}

static void close_rig(struct rig *rig)
{
	__atomic_store_n(&released, 1, __ATOMIC_RELEASE);
	cport_pool_close(rig->pool);
	cport_release(rig->port);
}

static void start(struct rig *rig, cport_fn *fn)
{
	struct cport_op *op = &rig->ops[rig->started++];

	op->fn = fn;
	assert_int_equal(cport_timer(rig->port, op, 0, 0), CPORT_PENDING);
}

static struct cport_pool_stat pool_stat(struct rig *rig)
{
	struct cport_pool_stat stat;

	cport_pool_stat(rig->pool, &stat);
	return stat;
}

static void wait_for_running(struct rig *rig, uint64_t count)
{
	for (int i = 0; i < 30000 && pool_stat(rig).continuations < count; i++)
		usleep(1000);
	assert_int_equal(pool_stat(rig).continuations, count);
}

/* A light continuation that has to wait for a thread more. */
static cport_fn *serve_one_more(struct rig *rig)
{
	int wanted = __atomic_load_n(&served, __ATOMIC_ACQUIRE) + 1;

	start(rig, serve);
	for (int i = 0; i < 30000 && __atomic_load_n(&served, __ATOMIC_ACQUIRE) < wanted; i++)
		usleep(1000);
	assert_int_equal(__atomic_load_n(&served, __ATOMIC_ACQUIRE), wanted);
	return pool_stat(rig).culprit;
}

static void each_that_blocks_is_charged_with_its_own_thread(void **state)
{
	struct rig rig;

	(void)state;
	open_rig(&rig, 1);
	start(&rig, block_first);
	wait_for_running(&rig, 1);
	assert_true(serve_one_more(&rig) == block_first);
	start(&rig, block_second);
	wait_for_running(&rig, 3);
	assert_true(serve_one_more(&rig) == block_second);
	assert_int_equal(pool_stat(&rig).threads, 3);
	close_rig(&rig);
}

static void one_that_said_that_it_blocks_is_charged_before_one_that_computes(void **state)
{
	struct rig rig;

	(void)state;
	open_rig(&rig, 2);
	start(&rig, compute);
	wait_for_running(&rig, 1);
	start(&rig, declare);
	wait_for_running(&rig, 2);
	assert_true(serve_one_more(&rig) == declare);
	close_rig(&rig);
}

static void the_function_for_posts_is_charged_too(void **state)
{
	struct rig rig;

	(void)state;
	open_rig(&rig, 1);
	assert_int_equal(cport_post(rig.port, 0, 0, NULL), 0);
	wait_for_running(&rig, 1);
	assert_true(serve_one_more(&rig) == (cport_fn *)(void (*)(void))block_in_a_post);
	close_rig(&rig);
}

static void s62_blocking_is_seen_after_a_hint(void **state)
{
	struct rig rig;

	(void)state;
	assert_int_equal(pipe(gate), 0);
	open_rig(&rig, 1);
	start(&rig, block_say_and_block);
	wait_for_running(&rig, 1);
	usleep(60000); /* until it sleeps for the second time */
	assert_true(serve_one_more(&rig) == block_say_and_block);
	assert_int_equal(pool_stat(&rig).grown[CPORT_GREW_BLOCKED], 1);
	assert_int_equal(pool_stat(&rig).blocked, 1);
	close(gate[1]);
	close_rig(&rig);
	close(gate[0]);
}

/* Each of the two threads has a receive of its own under way. */
struct starter {
	struct cport_op op, receive;
	struct cport_file file;
	char byte;
	int other, blocks;
};

static void start_and_block(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct starter *starter = op->user;

	(void)result;
	starter->receive.fn = serve;
	(void)cport_recv(&starter->file, &starter->receive, &starter->byte, 1, 0);
	if (!starter->blocks)
		return;
	CPORT_BLOCKING(ctx)
	{
		sleep_until_released();
	}
}

static void start_a_receive(struct rig *rig, struct starter *starter, int blocks)
{
	*starter = (struct starter){.blocks = blocks};
	starter->other = rig_pair(&starter->file, rig->port, 1, 0);
	starter->op.fn = start_and_block;
	starter->op.user = starter;
	assert_int_equal(cport_timer(rig->port, &starter->op, 0, 0), CPORT_PENDING);
}

/* Until those that wait have done so for the keep-alive time after time: each time the leader's is
 * over it begins a wait in the kernel anew. */
static void wait_for_keep_alives(struct rig *rig, unsigned count)
{
	uint64_t polls = rig_stat(rig->port).polls;

	for (int i = 0; i < 30000 && rig_stat(rig->port).polls < polls + count; i++)
		usleep(1000);
	assert_true(rig_stat(rig->port).polls >= polls + count);
}

static void s58_idle_threads_stay_while_something_of_theirs_is_under_way(void **state)
{
	struct cport_pool_options options = {.minimum = 1, .maximum = 4, .keep_alive_ns = 10 * MS};
	struct rig rig = {.port = rig_open(1)};
	struct starter starters[2];

	(void)state;
	released = served = 0;
	assert_int_equal(cport_pool_open(&rig.pool, rig.port, &options), 0);
	start_a_receive(&rig, &starters[0], 1);
	wait_for_running(&rig, 1);
	start_a_receive(&rig, &starters[1], 0);
	wait_for_running(&rig, 2);
	assert_int_equal(pool_stat(&rig).threads, 2);
	__atomic_store_n(&released, 1, __ATOMIC_RELEASE);
	wait_for_keep_alives(&rig, 10);
	assert_int_equal(pool_stat(&rig).threads, 2);
	assert_int_equal(pool_stat(&rig).retired, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(write(starters[i].other, "x", 1), 1);
	for (int i = 0; i < 30000 && pool_stat(&rig).threads > 1; i++)
		usleep(1000);
	assert_int_equal(pool_stat(&rig).threads, 1);
	assert_int_equal(__atomic_load_n(&served, __ATOMIC_ACQUIRE), 2);
	for (int i = 0; i < 2; i++) {
		cport_file_close(&starters[i].file);
		close(starters[i].other);
	}
	close_rig(&rig);
}

/* 0: seen; 77: such a process cannot be had here. */
static int block_where_nobody_may_look(void)
{
	struct rig rig;
	char path[64];

	if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
		return 77;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return 77;
	(void)snprintf(path, sizeof(path), "/proc/self/task/%ld/syscall", (long)getpid());
	if (access(path, R_OK) == 0)
		return 77;
	open_rig(&rig, 1);
	start(&rig, block_first);
	wait_for_running(&rig, 1);
	(void)serve_one_more(&rig);
	close_rig(&rig);
	return 0;
}

static void s62_blocking_is_seen_in_a_process_that_may_not_be_dumped(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(block_where_nobody_may_look());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_that_blocks_is_charged_with_its_own_thread),
		cmocka_unit_test(one_that_said_that_it_blocks_is_charged_before_one_that_computes),
		cmocka_unit_test(the_function_for_posts_is_charged_too),
		cmocka_unit_test(s58_idle_threads_stay_while_something_of_theirs_is_under_way),
		cmocka_unit_test(s62_blocking_is_seen_after_a_hint),
		cmocka_unit_test(s62_blocking_is_seen_in_a_process_that_may_not_be_dumped),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
