/* The audit: every system call of a continuation is in the trace, with its stack and nothing that
 * was not called, and the continuation notices nothing. */
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

static uint32_t ended; /* atomic */

static void end(void)
{
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static void nap(int64_t ns)
{
	struct timespec pause = {ns / 1000000000, ns % 1000000000};

	nanosleep(&pause, NULL);
}

/* ---- running a continuation -------------------------------------------------------------- */

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
}

static void unmap_trace(struct trace *trace)
{
	munmap((void *)trace->header, trace->size);
	unlink(trace->path);
}

/* cmocka handles the signal that the audit needs, anew in each test. */
static void give_signal_up(void)
{
	assert_true(signal(SIGSYS, SIG_DFL) != SIG_ERR);
}

static void run(struct trace *trace, cport_fn *fn, unsigned flags)
{
	struct cport_options options = {
		.backend = rig_backend, .concurrency = 1, .flags = flags, .trace = trace->path};
	struct cport_pool_options pool_options = {.minimum = 1, .maximum = 4};
	struct cport_op op = {.fn = fn};
	struct cport_pool *pool;
	struct cport *port;

	ended = 0;
	give_signal_up();
	(void)snprintf(trace->path, sizeof(trace->path), "cport-audit-%ld.trace", (long)getpid());
	assert_int_equal(cport_open(&port, &options), 0);
	assert_int_equal(cport_pool_open(&pool, port, &pool_options), 0);
	assert_int_equal(cport_timer(port, &op, 0, 0), CPORT_PENDING);
	for (int i = 0; i < 20000 && __atomic_load_n(&ended, __ATOMIC_ACQUIRE) == 0; i++)
		nap(MS / 2);
	assert_int_equal(__atomic_load_n(&ended, __ATOMIC_ACQUIRE), 1);
	cport_pool_close(pool);
	cport_release(port);
	map_trace(trace);
}

/* ---- reading what was seen --------------------------------------------------------------- */

typedef int match_fn(const struct contlint_trace_area *area, const struct contlint_trace_call *call,
		     const void *wanted);

/* How many calls of number `number`, -1 for all, `match` accepts; NULL accepts all. */
static uint64_t count_calls(const struct trace *trace, int number, match_fn *match,
			    const void *wanted)
{
	const struct contlint_trace_header *header = trace->header;
	uint64_t count = 0;

	for (uint32_t i = 0; i < header->areas_used; i++) {
		const struct contlint_trace_area *area =
			(const void *)((const char *)header + header->areas_offset +
				       i * header->area_size);
		const struct contlint_trace_call *calls =
			(const void *)((const char *)area + area->calls_offset);

		assert_int_equal(area->calls_refused, 0);
		for (uint32_t j = 0; j < area->call_capacity; j++)
			if (calls[j].function && (number < 0 || calls[j].syscall == number) &&
			    (!match || match(area, &calls[j], wanted)))
				count += calls[j].calls;
	}
	return count;
}

static uint64_t count_number(const struct trace *trace, int number)
{
	return count_calls(trace, number, NULL, NULL);
}

/* Does the stack of the call hold an address of the function at `wanted`? */
static int passes_through(const struct contlint_trace_area *area,
			  const struct contlint_trace_call *call, const void *wanted)
{
	const struct contlint_trace_stack *stacks =
		(const void *)((const char *)area + area->stacks_offset);
	const struct contlint_trace_stack *stack = &stacks[call->stack - 1];
	uint64_t word;

	assert_in_range(call->stack, 1, area->stack_count);
	for (uint32_t i = 0; i + 8 <= stack->size; i += 8) {
		memcpy(&word, stack->bytes + i, 8);
		if (word == *(const uint64_t *)wanted)
			return 1;
	}
	return 0;
}

static int is_of_kind(const struct contlint_trace_area *area,
		      const struct contlint_trace_call *call, const void *wanted)
{
	(void)area;
	return call->descriptor == *(const uint32_t *)wanted;
}

/* ---- what is called ---------------------------------------------------------------------- */

static uint64_t return_of_first, return_of_second;

static __attribute__((noinline)) void ask(void)
{
	(void)syscall(SYS_getppid);
}

static __attribute__((noinline)) void first_way(void)
{
	return_of_first = (uint64_t)(uintptr_t)__builtin_return_address(0);
	ask();
	__asm__ volatile("" ::: "memory"); /* no tail call */
}

static __attribute__((noinline)) void second_way(void)
{
	return_of_second = (uint64_t)(uintptr_t)__builtin_return_address(0);
	ask();
	__asm__ volatile("" ::: "memory");
}

static void asks(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	for (volatile int i = 0; i < 3; i++) /* one place, not three: no unrolling */
		first_way();
	for (volatile int i = 0; i < 2; i++)
		second_way();
	end();
}

static void each_call_is_counted_once_on_each_way_to_it(void **state)
{
	struct trace trace;

	(void)state;
	run(&trace, asks, CPORT_AUDIT);
	assert_int_equal(trace.header->audited, 1);
	assert_int_equal(count_number(&trace, -1), 5);
	assert_int_equal(count_calls(&trace, SYS_getppid, passes_through, &return_of_first), 3);
	assert_int_equal(count_calls(&trace, SYS_getppid, passes_through, &return_of_second), 2);
	unmap_trace(&trace);
}

static int pipe_fds[2], file_fd, bad_result, bad_errno;

static void uses_files(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	char byte = 0;

	(void)ctx;
	(void)op;
	(void)result;
	bad_result = (int)read(-1, &byte, 1);
	bad_errno = errno;
	if (write(pipe_fds[1], "x", 1) != 1 || read(pipe_fds[0], &byte, 1) != 1 || byte != 'x' ||
	    pread(file_fd, &byte, 1, 0) != 0 || fsync(file_fd) != 0)
		bad_result = 0;
	nap(3 * MS);
	end();
}

static void calls_do_what_they_do_without_it_and_say_on_what(void **state)
{
	uint32_t file = S_IFREG, pipe_end = S_IFIFO,
		 open_end = S_IFIFO | CONTLINT_TRACE_NONBLOCKING;
	char path[] = "cport-audit-XXXXXX";
	struct trace trace;

	(void)state;
	file_fd = mkstemp(path);
	assert_true(file_fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(fcntl(pipe_fds[1], F_SETFL, O_NONBLOCK), 0);
	run(&trace, uses_files, CPORT_AUDIT);
	assert_int_equal(bad_result, -1);
	assert_int_equal(bad_errno, EBADF);
	assert_int_equal(count_calls(&trace, SYS_pread64, is_of_kind, &file), 1);
	assert_int_equal(count_calls(&trace, SYS_fsync, is_of_kind, &file), 1);
	assert_int_equal(count_calls(&trace, SYS_read, is_of_kind, &pipe_end), 1);
	assert_int_equal(count_calls(&trace, SYS_write, is_of_kind, &open_end), 1);
	assert_int_equal(count_number(&trace, SYS_clock_nanosleep), 1);
	assert_int_equal(count_number(&trace, -1), 6); /* and the one that failed */
	unmap_trace(&trace);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(file_fd);
}

/* ---- what a handler cannot do ------------------------------------------------------------ */

static int came_back, was_blocked, was_open, status_of_child;
static volatile sig_atomic_t handled;

static void *ask_too(void *unused)
{
	(void)unused;
	ask();
	return NULL;
}

static void splits(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	pthread_t thread;
	pid_t child;

	(void)ctx;
	(void)op;
	(void)result;
	came_back = pthread_create(&thread, NULL, ask_too, NULL) == 0 &&
		    pthread_join(thread, NULL) == 0;
	child = fork();
	if (child == 0)
		_exit(getppid() == 1 ? 2 : 3);
	(void)waitpid(child, &status_of_child, 0);
	ask();
	end();
}

static void threads_and_processes_are_made_and_what_follows_is_seen(void **state)
{
	struct trace trace;

	(void)state;
	run(&trace, splits, CPORT_AUDIT);
	assert_int_equal(came_back, 1);
	assert_true(WIFEXITED(status_of_child));
	assert_int_equal(WEXITSTATUS(status_of_child), 3);
	assert_int_equal(count_number(&trace, SYS_getppid), 1); /* the others are not its own */
	assert_int_equal(count_number(&trace, SYS_clone) + count_number(&trace, SYS_clone3), 2);
	unmap_trace(&trace);
}

static void on_signal(int number)
{
	handled = number;
	ask();
}

static void masks(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct sigaction action = {.sa_handler = on_signal}, before;
	sigset_t all, old, now;

	(void)ctx;
	(void)op;
	(void)result;
	sigfillset(&all);
	(void)sigaction(SIGUSR1, &action, &before);
	(void)pthread_sigmask(SIG_BLOCK, &all, &old);
	ask();
	(void)pthread_sigmask(SIG_SETMASK, NULL, &now);
	was_blocked = sigismember(&now, SIGUSR2) && sigismember(&now, SIGTERM);
	(void)raise(SIGUSR1);
	sigemptyset(&now);
	sigaddset(&now, SIGUSR1);
	(void)pthread_sigmask(SIG_UNBLOCK, &now, NULL);
	ask();
	(void)pthread_sigmask(SIG_SETMASK, &old, &now);
	was_open = !sigismember(&now, SIGUSR1);
	(void)sigaction(SIGUSR1, &before, NULL);
	end();
}

static void signals_are_blocked_and_handled_as_ever(void **state)
{
	struct trace trace;

	(void)state;
	handled = 0;
	run(&trace, masks, CPORT_AUDIT);
	assert_int_equal(was_blocked, 1);
	assert_int_equal(was_open, 1);
	assert_int_equal(handled, SIGUSR1);
	assert_int_equal(count_number(&trace, SYS_getppid), 3);
	unmap_trace(&trace);
}

static void starts_another(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)result;
	if (op->user) {
		end();
		return;
	}
	op->user = op;
	assert_int_equal(cport_timer(cport_context_port(ctx), op, 0, 0), CPORT_PENDING);
}

static void the_port_works_from_inside(void **state)
{
	struct trace trace;

	(void)state;
	run(&trace, starts_another, CPORT_AUDIT);
	unmap_trace(&trace);
}

/* ---- who is asked ------------------------------------------------------------------------ */

static void nothing_is_written_without_it(void **state)
{
	struct trace trace;

	(void)state;
	run(&trace, asks, 0);
	assert_int_equal(trace.header->audited, 0);
	assert_int_equal(count_number(&trace, -1), 0);
	unmap_trace(&trace);
}

static void the_environment_asks_for_it_too(void **state)
{
	struct trace trace;

	(void)state;
	assert_int_equal(setenv("CONTLINT_AUDIT", "1", 1), 0);
	run(&trace, asks, 0);
	assert_int_equal(unsetenv("CONTLINT_AUDIT"), 0);
	assert_int_equal(count_number(&trace, SYS_getppid), 5);
	unmap_trace(&trace);
}

static void ignore(int number)
{
	(void)number;
}

static void a_program_that_handles_the_signal_is_left_alone(void **state)
{
	struct cport_options options = {
		.backend = rig_backend, .flags = CPORT_AUDIT, .trace = "cport-audit.trace"};
	struct cport *port = NULL;

	(void)state;
	assert_true(signal(SIGSYS, ignore) != SIG_ERR);
	assert_int_equal(cport_open(&port, &options), -ENOTSUP);
	assert_null(port);
	assert_true(signal(SIGSYS, SIG_DFL) == ignore);
}

static void without_a_trace_it_is_refused(void **state)
{
	struct cport_options options = {.backend = rig_backend, .flags = CPORT_AUDIT};
	struct cport *port = NULL;

	(void)state;
	give_signal_up();
	assert_int_equal(cport_open(&port, &options), -EINVAL);
	assert_null(port);
}

/* It asks by setting what is there already. */
static int signal_is_handled(void)
{
	void (*handler)(int) = signal(SIGSYS, SIG_DFL);

	assert_true(handler != SIG_ERR && signal(SIGSYS, handler) == SIG_DFL);
	return handler != SIG_DFL;
}

static void the_signal_is_the_programs_again_after_a_failed_open(void **state)
{
	struct cport_options options = {
		.backend = rig_backend, .flags = CPORT_AUDIT, .trace = "no/such/folder/trace"};
	struct cport *port = NULL;

	(void)state;
	give_signal_up();
	assert_true(cport_open(&port, &options) < 0);
	assert_false(signal_is_handled());
	options.trace = NULL;
	assert_int_equal(cport_open(&port, &options), -EINVAL);
	assert_false(signal_is_handled());
}

static void the_last_audited_port_gives_the_signal_back(void **state)
{
	char path[64];
	struct cport_options options = {
		.backend = rig_backend, .flags = CPORT_AUDIT, .trace = path};
	struct cport *ports[2] = {NULL, NULL};

	(void)state;
	give_signal_up();
	for (int i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "cport-audit-%ld-%d.trace", (long)getpid(), i);
		assert_int_equal(cport_open(&ports[i], &options), 0);
		unlink(path);
	}
	cport_release(ports[0]);
	assert_true(signal_is_handled());
	cport_release(ports[1]);
	assert_false(signal_is_handled());
}

/* 77 where the kernel has no syscall user dispatch. */
static void leave_if_unsupported(void)
{
	struct cport_options options = {.backend = rig_backend, .flags = CPORT_AUDIT};
	struct cport *port;

	if (cport_open(&port, &options) == -ENOTSUP)
		exit(77);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_is_counted_once_on_each_way_to_it),
		cmocka_unit_test(calls_do_what_they_do_without_it_and_say_on_what),
		cmocka_unit_test(threads_and_processes_are_made_and_what_follows_is_seen),
		cmocka_unit_test(signals_are_blocked_and_handled_as_ever),
		cmocka_unit_test(the_port_works_from_inside),
		cmocka_unit_test(nothing_is_written_without_it),
		cmocka_unit_test(the_environment_asks_for_it_too),
		cmocka_unit_test(a_program_that_handles_the_signal_is_left_alone),
		cmocka_unit_test(without_a_trace_it_is_refused),
		cmocka_unit_test(the_signal_is_the_programs_again_after_a_failed_open),
		cmocka_unit_test(the_last_audited_port_gives_the_signal_back),
	};

	rig_choose(argc, argv);
	leave_if_unsupported();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
