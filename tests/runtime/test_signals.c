/* Signals and the runtime's threads: what a continuation brings on itself reaches the handler of
 * the program, there; what is sent to the process does not. */
#include "rig.h"

#include <signal.h>
#include <sys/mman.h>

static char *page;       /* that nobody may read until the handler has run */
static int handled;      /* atomic */
static int ended;        /* atomic */
static int is_sheltered; /* atomic: what is sent to the process is blocked */

static void allow(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_addr != page || mprotect(page, 4096, PROT_READ) < 0)
		_exit(1);
	__atomic_add_fetch(&handled, 1, __ATOMIC_RELEASE);
}

static int64_t touch(struct cport_op *op)
{
	(void)op;
	return *(volatile char *)page;
}

static void end(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static void touch_here(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	static const int sent[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGALRM, SIGPROF};
	sigset_t mask;
	int blocked = 1;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	for (unsigned i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
		blocked &= sigismember(&mask, sent[i]) == 1;
	__atomic_store_n(&is_sheltered, blocked, __ATOMIC_RELEASE);
	(void)touch(op);
	end(ctx, op, result);
}

static void wait_for_end(int wanted)
{
	for (int i = 0; i < 30000 && __atomic_load_n(&ended, __ATOMIC_ACQUIRE) < wanted; i++)
		usleep(1000);
	assert_int_equal(__atomic_load_n(&ended, __ATOMIC_ACQUIRE), wanted);
}

/* In the test itself: cmocka has taken the signal for itself before. */
static void take_faults(void)
{
	struct sigaction action = {.sa_sigaction = allow, .sa_flags = SA_SIGINFO};

	handled = ended = is_sheltered = 0;
	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(page != MAP_FAILED);
	assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
}

static void leave_faults(void)
{
	(void)signal(SIGSEGV, SIG_DFL);
	munmap(page, 4096);
}

static void a_fault_of_a_continuation_reaches_the_handler_and_what_is_sent_does_not(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_op op = {.fn = touch_here};
	struct cport_pool *pool = NULL;

	(void)state;
	take_faults();
	assert_int_equal(cport_pool_open(&pool, port, NULL), 0);
	assert_int_equal(cport_timer(port, &op, 0, 0), CPORT_PENDING);
	wait_for_end(1);
	assert_int_equal(__atomic_load_n(&handled, __ATOMIC_ACQUIRE), 1);
	assert_true(__atomic_load_n(&is_sheltered, __ATOMIC_ACQUIRE));
	cport_pool_close(pool);
	cport_release(port);
	leave_faults();
}

static void a_fault_of_offloaded_work_reaches_the_handler(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_op op = {0};

	(void)state;
	take_faults();
	assert_int_equal(cport_work(port, &op, 0, touch), CPORT_PENDING);
	assert_ptr_equal(rig_get(port).op, &op);
	assert_int_equal(__atomic_load_n(&handled, __ATOMIC_ACQUIRE), 1);
	cport_release(port);
	leave_faults();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_fault_of_a_continuation_reaches_the_handler_and_what_is_sent_does_not),
		cmocka_unit_test(a_fault_of_offloaded_work_reaches_the_handler),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
