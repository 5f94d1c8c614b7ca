/* Where things run out or come from the side: full queues, a ring that overflows, threads that a
 * port of one thread does not belong to, and operations that were held back. */
#include "rig.h"

#include <poll.h>

static struct cport *open_with(struct cport_options options)
{
	struct cport *port = NULL;

	options.backend = rig_backend;
	assert_int_equal(cport_open(&port, &options), 0);
	return port;
}

static void more_completions_than_the_ring_holds_all_arrive(void **state)
{
	enum { OPS = 400 };
	static struct cport_op ops[OPS];
	struct cport *port = open_with((struct cport_options){.entries = 8});
	struct cport_file file;
	int other = rig_pair(&file, port, 1, 0);

	(void)state;
	memset(ops, 0, sizeof(ops));
	for (int i = 0; i < OPS; i++)
		assert_true(cport_poll(&file, &ops[i], POLLOUT) >= 0);
	for (int i = 0; i < OPS; i++)
		assert_int_equal(rig_get(port).result, POLLOUT);
	rig_expect_none(port);
	assert_int_equal(cport_file_pending(&file), 0);
	cport_file_close(&file);
	close(other);
	cport_release(port);
}

/* Bytes of one packet of a many-shot receive; starts it again when that was the last shot. */
static int64_t take_shot(struct cport *port, struct cport_file *file, struct cport_op *op)
{
	struct cport_packet packet = rig_get(port);

	if (packet.op != op)
		return 0;
	if (packet.flags & CPORT_BUFFER)
		cport_buffer_return(port, packet.buffer);
	if (!(packet.flags & CPORT_MORE))
		assert_true(cport_recv_many(file, op) >= 0);
	return packet.result > 0 ? packet.result : 0;
}

static void shots_wait_or_end_when_packets_run_out_and_no_data_is_lost(void **state)
{
	struct cport *port = open_with((struct cport_options){
		.posts = 4,
		.buffer_count = 64,
		.buffer_size = 16,
	});
	struct cport_file file;
	struct cport_op op = {0};
	char text[16 * 40] = "";
	int64_t received = 0;
	int other = rig_pair(&file, port, 1, 0);

	(void)state;
	assert_int_equal(cport_recv_many(&file, &op), CPORT_PENDING);
	for (int i = 0; i < 3; i++)
		assert_int_equal(cport_post(port, 0, 0, NULL), 0);
	assert_int_equal(write(other, text, sizeof(text)), sizeof(text));
	while (received < (int64_t)sizeof(text))
		received += take_shot(port, &file, &op);
	assert_int_equal(received, sizeof(text));
	cport_file_close(&file);
	close(other);
	cport_release(port);
}

struct owner {
	pthread_t thread;
	struct cport *port;
	struct cport_op op;
	char text[8];
	int other;
	int64_t results[2];
};

static void *own(void *argument)
{
	struct owner *owner = argument;
	struct cport_file file;

	owner->other = rig_pair(&file, owner->port, 1, 0);
	assert_true(cport_recv(&file, &owner->op, owner->text, 8, 0) >= 0);
	owner->results[0] = rig_get(owner->port).result;
	owner->results[1] = rig_get(owner->port).result;
	cport_file_close(&file);
	close(owner->other);
	return NULL;
}

static void others_may_post_to_and_cancel_on_a_port_of_one_thread(void **state)
{
	struct owner owner = {.port = open_with((struct cport_options){.flags = CPORT_ONE_THREAD})};

	(void)state;
	assert_int_equal(pthread_create(&owner.thread, NULL, own, &owner), 0);
	rig_wait_for_waiters(owner.port, 1);
	assert_int_equal(cport_post(owner.port, 55, 0, NULL), 0);
	for (int i = 0; i < 5000 && rig_stat(owner.port).taken == 0; i++)
		nanosleep(&(struct timespec){0, MS}, NULL);
	rig_wait_for_waiters(owner.port, 1);
	assert_int_equal(cport_cancel(&owner.op), 0);
	pthread_join(owner.thread, NULL);
	assert_int_equal(owner.results[0], 55);
	assert_int_equal(owner.results[1], -ECANCELED);
	cport_release(owner.port);
}

static void *leave_something(void *argument)
{
	struct owner *owner = argument;
	static struct cport_file file;

	owner->other = rig_pair(&file, owner->port, 1, 0);
	assert_true(cport_recv(&file, &owner->op, owner->text, 8, 0) >= 0);
	rig_expect_none(owner->port);
	return &file;
}

static void a_port_of_one_thread_tells_others_that_it_is_not_theirs(void **state)
{
	struct cport_options options = {.flags = CPORT_ONE_THREAD};
	struct owner owner = {.port = open_with(options)};
	struct cport_packet packet;
	void *file = NULL;
	int r;

	(void)state;
	assert_int_equal(pthread_create(&owner.thread, NULL, leave_something, &owner), 0);
	pthread_join(owner.thread, &file);
	r = cport_get(owner.port, &packet, QUIET);
	assert_int_equal(r, rig_backend == CPORT_BACKEND_EPOLL ? -ETIME : -EPERM);
	cport_close(owner.port);
	r = cport_drain(owner.port, NULL, NULL);
	assert_int_equal(r, rig_backend == CPORT_BACKEND_EPOLL ? 1 : -EPERM);
	cport_file_close(file);
	close(owner.other);
	cport_release(owner.port);
}

static int64_t no_work(struct cport_op *op)
{
	(void)op;
	return 0;
}

struct holder {
	struct cport_file file;
	struct cport_op timer, send;
	int go_on; /* atomic */
	int ended; /* atomic */
};

static void nothing(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
}

/* Starts a send and keeps the thread. */
static void hold(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct holder *holder = op->user;

	(void)ctx;
	(void)result;
	holder->send.fn = nothing;
	if (cport_send(&holder->file, &holder->send, "x", 1, 0) >= 0)
		while (!__atomic_load_n(&holder->go_on, __ATOMIC_ACQUIRE))
			;
	__atomic_store_n(&holder->ended, 1, __ATOMIC_RELEASE);
}

/* Returns once the flag that the key points to is set; a key of 0 is none. */
static void take_post(struct cport_context *ctx, const struct cport_packet *packet)
{
	int *go_on = (int *)packet->key;

	(void)ctx;
	while (go_on && !__atomic_load_n(go_on, __ATOMIC_ACQUIRE))
		usleep(100);
}

/* With `posts` packets queued behind the continuation. */
static void hold_in_a_pool(unsigned flags, int posts)
{
	struct cport_options port_options = {.concurrency = 1, .flags = flags};
	struct cport *port = open_with(port_options);
	struct cport_pool_options options = {.minimum = 1, .on_post = take_post};
	struct holder holder = {.timer = {.fn = hold}};
	struct pollfd readable = {.events = POLLIN};
	struct cport_pool *pool = NULL;

	holder.timer.user = &holder;
	readable.fd = rig_pair(&holder.file, port, 1, 0);
	assert_int_equal(cport_work(port, &holder.timer, 0, no_work), CPORT_PENDING);
	for (int i = 0; i < 5000 && cport_depth(port) == 0; i++)
		usleep(1000);
	for (int i = 0; i < posts; i++)
		assert_int_equal(cport_post(port, 0, 0, NULL), 0);
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	assert_int_equal(poll(&readable, 1, 5000), 1);
	assert_int_equal(__atomic_load_n(&holder.ended, __ATOMIC_ACQUIRE), 0);
	__atomic_store_n(&holder.go_on, 1, __ATOMIC_RELEASE);
	cport_pool_close(pool);
	cport_file_close(&holder.file);
	close(readable.fd);
	cport_release(port);
}

static void the_monitor_hands_over_what_a_held_continuation_has_started(void **state)
{
	(void)state;
	hold_in_a_pool(CPORT_BATCH, 0);
	hold_in_a_pool(0, 0);
	hold_in_a_pool(0, 3);
}

/* One packet after another from the same queue: each sends a byte and looks who has it. */
struct queue {
	struct sender {
		struct cport_op op, send;
		struct queue *queue;
	} senders[8];
	struct cport_file file;
	int other, ended, unseen, opened;
};

static void send_and_look(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct sender *sender = op->user;
	struct queue *queue = sender->queue;
	struct pollfd readable = {.fd = queue->other, .events = POLLIN};
	char byte;

	(void)ctx;
	(void)result;
	sender->send.fn = nothing;
	if (cport_send(&queue->file, &sender->send, "x", 1, 0) < 0)
		return;
	if (poll(&readable, 1, 0) == 0)
		queue->unseen++;
	else
		while (recv(queue->other, &byte, 1, MSG_DONTWAIT) == 1)
			;
	__atomic_add_fetch(&queue->ended, 1, __ATOMIC_RELEASE);
}

static void add_sender(struct queue *queue, struct cport *port, int place)
{
	struct sender *sender = &queue->senders[place];

	sender->queue = queue;
	sender->op.user = sender;
	sender->op.fn = send_and_look;
	assert_int_equal(cport_work(port, &sender->op, 0, no_work), CPORT_PENDING);
}

/* How many of `count` continuations, queued one behind the other, had their send held back. */
static int count_held_back(int count, unsigned flags)
{
	struct cport *port = open_with((struct cport_options){.concurrency = 1, .flags = flags});
	struct cport_pool_options options = {.minimum = 1, .on_post = take_post};
	struct queue queue = {.unseen = 0};
	struct cport_pool *pool = NULL;
	int unseen;

	queue.other = rig_pair(&queue.file, port, 1, 0);
	assert_int_equal(cport_post(port, 0, (uintptr_t)&queue.opened, NULL), 0);
	for (int i = 0; i < count; i++)
		add_sender(&queue, port, i);
	for (int i = 0; i < 5000 && cport_depth(port) <= (unsigned)count; i++)
		usleep(1000);
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	__atomic_store_n(&queue.opened, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < 5000 && __atomic_load_n(&queue.ended, __ATOMIC_ACQUIRE) < count; i++)
		usleep(1000);
	assert_int_equal(__atomic_load_n(&queue.ended, __ATOMIC_ACQUIRE), count);
	cport_pool_close(pool);
	unseen = queue.unseen;
	cport_file_close(&queue.file);
	close(queue.other);
	cport_release(port);
	return unseen;
}

/* A monitor that ticks meanwhile flushes, so one try of some has to show it. */
static int most_held_back(int count, unsigned flags, int enough)
{
	int most = 0, tries = rig_backend == CPORT_BACKEND_EPOLL ? 3 : 50;

	for (int i = 0; i < tries && most < enough; i++) {
		int held_back = count_held_back(count, flags);

		most = held_back > most ? held_back : most;
	}
	return most;
}

static void a_pool_hands_over_in_one_go_what_its_continuations_start(void **state)
{
	(void)state;
	assert_int_equal(most_held_back(8, 0, 8), rig_backend == CPORT_BACKEND_EPOLL ? 0 : 8);
}

static void a_prompt_pool_holds_nothing_back_when_nobody_is_behind(void **state)
{
	int many = rig_backend == CPORT_BACKEND_EPOLL ? 0 : 7;

	(void)state;
	assert_int_equal(count_held_back(1, CPORT_PROMPT), 0);
	assert_int_equal(most_held_back(8, CPORT_PROMPT, 7), many);
}

static int64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* A continuation that computes for a millisecond whenever it has started a send. */
struct heavy {
	struct cport_op op, send;
	struct cport_file file;
	int other, count;
	int unseen; /* one after the other up to the last */
};

static void send_and_compute(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct heavy *heavy = op->user;
	struct pollfd readable = {.fd = heavy->other, .events = POLLIN};
	int64_t until = now_ns() + 1000000;
	char byte;

	(void)ctx;
	(void)result;
	heavy->send.fn = nothing;
	if (cport_send(&heavy->file, &heavy->send, "x", 1, 0) < 0)
		return;
	heavy->unseen = poll(&readable, 1, 0) == 0 ? heavy->unseen + 1 : 0;
	while (now_ns() < until)
		;
	while (poll(&readable, 1, 1000) == 1 && recv(heavy->other, &byte, 1, MSG_DONTWAIT) != 1)
		;
	__atomic_add_fetch(&heavy->count, 1, __ATOMIC_RELEASE);
}

/* Whatever a continuation starts is under way meanwhile, once it is known to take long. */
static void what_a_heavy_continuation_starts_goes_at_once(void **state)
{
	struct cport *port = open_with((struct cport_options){.concurrency = 1});
	struct cport_pool_options options = {.minimum = 1};
	struct heavy heavy = {.op = {.fn = send_and_compute}};
	struct cport_pool *pool = NULL;

	(void)state;
	heavy.op.user = &heavy;
	heavy.other = rig_pair(&heavy.file, port, 1, 0);
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	for (int i = 1; i <= 20; i++) {
		while (cport_work(port, &heavy.op, 0, no_work) == -EBUSY)
			usleep(100);
		while (__atomic_load_n(&heavy.count, __ATOMIC_ACQUIRE) < i ||
		       cport_op_pending(&heavy.send))
			usleep(100);
	}
	cport_pool_close(pool);
	assert_int_equal(heavy.unseen, 0);
	cport_file_close(&heavy.file);
	close(heavy.other);
	cport_release(port);
}

static void a_pool_of_many_threads_refuses_a_port_of_one(void **state)
{
	struct cport *port = open_with((struct cport_options){.flags = CPORT_ONE_THREAD});
	struct cport_pool *pool = NULL;

	(void)state;
	assert_int_equal(cport_pool_open(&pool, port, NULL), -EINVAL);
	assert_null(pool);
	cport_release(port);
}

/* A pool of one thread on a port of one thread. */
static struct cport_pool *open_pool_of_one(struct cport *port, cport_post_fn *on_post)
{
	struct cport_pool_options options = {.minimum = 1, .maximum = 1, .on_post = on_post};
	struct cport_pool *pool = NULL;

	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	return pool;
}

static void a_port_has_one_pool_at_a_time(void **state)
{
	struct cport *port = open_with((struct cport_options){0});
	struct cport_pool *pools[2] = {NULL, NULL};

	(void)state;
	assert_int_equal(cport_pool_open(&pools[0], port, NULL), 0);
	assert_int_equal(cport_pool_open(&pools[1], port, NULL), -EBUSY);
	assert_null(pools[1]);
	cport_pool_close(pools[0]);
	assert_int_equal(cport_pool_open(&pools[1], port, NULL), 0);
	cport_pool_close(pools[1]);
	cport_release(port);
}

static void wait_for_flag(int *flag)
{
	for (int i = 0; i < 30000 && !__atomic_load_n(flag, __ATOMIC_ACQUIRE); i++)
		usleep(1000);
	assert_int_equal(__atomic_load_n(flag, __ATOMIC_ACQUIRE), 1);
}

static struct receiver {
	struct cport_file file;
	struct cport_op op;
	char byte;
	int other, started, ended;
	int64_t result;
} receiver;

static void note_result(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	receiver.result = result;
	__atomic_store_n(&receiver.ended, 1, __ATOMIC_RELEASE);
}

/* Holds its thread for some ticks of the monitor, then starts a receive. */
static void hold_and_receive(struct cport_context *ctx, const struct cport_packet *packet)
{
	(void)ctx;
	usleep((useconds_t)packet->result);
	receiver.op.fn = note_result;
	if (cport_recv(&receiver.file, &receiver.op, &receiver.byte, 1, 0) == CPORT_PENDING)
		__atomic_store_n(&receiver.started, 1, __ATOMIC_RELEASE);
}

static struct cport *open_receiver(void)
{
	struct cport *port = open_with((struct cport_options){.flags = CPORT_ONE_THREAD});

	memset(&receiver, 0, sizeof(receiver));
	receiver.other = rig_pair(&receiver.file, port, 1, 0);
	return port;
}

static void the_monitor_does_not_take_the_port_of_the_pools_one_thread(void **state)
{
	struct cport *port = open_receiver();
	struct cport_pool *pool;

	(void)state;
	assert_int_equal(cport_post(port, 20000, 0, NULL), 0);
	pool = open_pool_of_one(port, hold_and_receive);
	wait_for_flag(&receiver.started);
	assert_int_equal(write(receiver.other, "x", 1), 1);
	wait_for_flag(&receiver.ended);
	assert_int_equal(receiver.result, 1);
	cport_pool_close(pool);
	cport_file_close(&receiver.file);
	close(receiver.other);
	cport_release(port);
}

static void add_result(const struct cport_packet *packet, void *user)
{
	*(int64_t *)user += packet->result;
}

/* Nobody else could. */
static void s53_the_pools_one_thread_ends_what_is_pending(void **state)
{
	struct cport *port = open_receiver();
	struct cport_pool *pool = open_pool_of_one(port, hold_and_receive);
	struct cport_op work = {.fn = note_result}, timer = {.fn = note_result};
	int64_t sum = 0;

	(void)state;
	assert_int_equal(cport_post(port, 0, 0, NULL), 0);
	wait_for_flag(&receiver.started);
	cport_pool_close(pool);
	assert_int_equal(cport_timer(port, &timer, 1, SOON), CPORT_PENDING);
	assert_int_equal(cport_work(port, &work, 1, no_work), CPORT_PENDING);
	cport_close(port);
	assert_int_equal(cport_file_close(&receiver.file), 0);
	assert_int_equal(cport_drain(port, add_result, &sum), 3);
	assert_in_range(-sum, 2 * ECANCELED, 3 * ECANCELED); /* the work, or its cancel */
	assert_int_equal(cport_file_pending(&receiver.file), 0);
	assert_int_equal(cport_op_pending(&receiver.op), 0);
	close(receiver.other);
	cport_release(port);
}

static void what_is_queued_before_the_one_thread_comes_goes_with_its_file(void **state)
{
	struct cport *port = open_receiver();
	struct cport_packet packet;
	int fds[2];

	(void)state;
	assert_int_equal(cport_recv(&receiver.file, &receiver.op, &receiver.byte, 1, 0),
			 CPORT_PENDING);
	cport_file_close(&receiver.file);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	packet = rig_get(port);
	assert_ptr_equal(packet.op, &receiver.op);
	assert_int_equal(packet.result, -ECANCELED);
	assert_int_equal(recv(fds[0], &receiver.byte, 1, MSG_DONTWAIT), 1);
	close(fds[0]);
	close(fds[1]);
	close(receiver.other);
	cport_release(port);
}

static void a_file_that_could_not_be_bound_is_no_file(void **state)
{
	struct cport *port = open_with((struct cport_options){0});
	struct cport_file file, again;
	int other = rig_pair(&file, port, 1, 0);

	(void)state;
	assert_int_equal(cport_file_bind(&again, port, file.fd_, 1, 0), -EEXIST);
	assert_int_equal(cport_file_close(&again), -EBADF);
	assert_int_equal(cport_file_bind(&again, port, file.fd_, 1, 0), -EEXIST);
	assert_int_equal(cport_file_close(&file), 0);
	assert_int_equal(cport_post(port, 0, 0, NULL), 0);
	close(other);
	cport_release(port);
}

/* The continuation of the first port's eighth thread starts what the second port, whose pool has
 * one thread, ends while it still runs. */
static void start_on_the_other(struct cport_context *ctx, const struct cport_packet *packet)
{
	struct timespec pause = {0, 20 * MS};

	(void)ctx;
	(void)packet;
	nanosleep(&pause, NULL); /* until all eight are here */
	if (__atomic_fetch_add(&receiver.started, 1, __ATOMIC_ACQ_REL) == 0) {
		receiver.op.fn = note_result;
		(void)cport_recv(&receiver.file, &receiver.op, &receiver.byte, 1, 0);
	}
	wait_for_flag(&receiver.ended);
}

static void an_operation_may_end_at_another_port_than_its_starters(void **state)
{
	struct cport *first = open_with((struct cport_options){.concurrency = 8});
	struct cport *second = open_with((struct cport_options){.concurrency = 1});
	struct cport_pool_options options = {
		.minimum = 8,
		.maximum = 8,
		.on_post = start_on_the_other,
	};
	struct cport_pool *pools[2];

	(void)state;
	memset(&receiver, 0, sizeof(receiver));
	receiver.other = rig_pair(&receiver.file, second, 1, 0);
	pools[1] = open_pool_of_one(second, NULL);
	assert_int_equal(cport_pool_open(&pools[0], first, &options), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(cport_post(first, 0, 0, NULL), 0);
	for (int i = 0; i < 30000 && cport_file_pending(&receiver.file) == 0; i++)
		usleep(1000);
	assert_int_equal(write(receiver.other, "x", 1), 1);
	wait_for_flag(&receiver.ended);
	assert_int_equal(receiver.result, 1);
	cport_pool_close(pools[0]);
	cport_pool_close(pools[1]);
	cport_file_close(&receiver.file);
	close(receiver.other);
	cport_release(first);
	cport_release(second);
}

static void *get_with_all_the_time_there_is(void *getter)
{
	struct getter *self = getter;

	self->result = cport_get(self->port, &self->packet, INT64_MAX);
	return NULL;
}

static int64_t processor_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

static void s40_times_without_end_do_not_end(void **state)
{
	struct cport *port = open_with((struct cport_options){.concurrency = 2});
	struct getter getters[2] = {{.port = port}, {.port = port}};
	struct cport_packet packet;
	struct cport_op op = {0};
	int64_t before;

	(void)state;
	assert_int_equal(cport_timer(port, &op, 1, INT64_MAX), CPORT_PENDING);
	assert_int_equal(cport_get(port, &packet, QUIET), -ETIME);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&getters[i].thread, NULL,
						get_with_all_the_time_there_is, &getters[i]),
				 0);
	rig_wait_for_waiters(port, 2);
	before = processor_time();
	usleep(200000);
	assert_in_range(processor_time() - before, 0,
			100 * MS); /* one that spins takes all of it */
	cport_close(port);
	for (int i = 0; i < 2; i++)
		pthread_join(getters[i].thread, NULL);
	assert_int_equal(getters[0].result, -ESHUTDOWN);
	assert_int_equal(getters[1].result, -ESHUTDOWN);
	cport_release(port);
}

static void without_a_context_hints_say_nothing(void **state)
{
	struct cport_op op = {0};
	int ran = 0;

	(void)state;
	CPORT_BLOCKING(NULL)
	{
		ran++;
	}
	assert_int_equal(ran, 1);
	assert_int_equal(cport_may_run_long(NULL), 0);
	assert_int_equal(cport_offload(NULL, &op, no_work), -EINVAL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_completions_than_the_ring_holds_all_arrive),
		cmocka_unit_test(shots_wait_or_end_when_packets_run_out_and_no_data_is_lost),
		cmocka_unit_test(others_may_post_to_and_cancel_on_a_port_of_one_thread),
		cmocka_unit_test(a_port_of_one_thread_tells_others_that_it_is_not_theirs),
		cmocka_unit_test(the_monitor_hands_over_what_a_held_continuation_has_started),
		cmocka_unit_test(a_pool_hands_over_in_one_go_what_its_continuations_start),
		cmocka_unit_test(a_prompt_pool_holds_nothing_back_when_nobody_is_behind),
		cmocka_unit_test(what_a_heavy_continuation_starts_goes_at_once),
		cmocka_unit_test(a_pool_of_many_threads_refuses_a_port_of_one),
		cmocka_unit_test(the_monitor_does_not_take_the_port_of_the_pools_one_thread),
		cmocka_unit_test(s53_the_pools_one_thread_ends_what_is_pending),
		cmocka_unit_test(what_is_queued_before_the_one_thread_comes_goes_with_its_file),
		cmocka_unit_test(a_port_has_one_pool_at_a_time),
		cmocka_unit_test(a_file_that_could_not_be_bound_is_no_file),
		cmocka_unit_test(an_operation_may_end_at_another_port_than_its_starters),
		cmocka_unit_test(s40_times_without_end_do_not_end),
		cmocka_unit_test(without_a_context_hints_say_nothing),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
