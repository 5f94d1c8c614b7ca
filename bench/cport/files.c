/* D6: reads of 4 KiB from the page cache, one under way and 32: pread, io_uring by hand, cport. The
 * least processor time of the process for a read, over interleaved rounds. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/cport.h"

enum { SIZE = 4096, BLOCKS = 4096, READS = 20000, DEPTH = 32, ROUNDS = 11 };

static char buffers[DEPTH][SIZE];
static int file;
static unsigned seed = 1;

static off_t place(void)
{
	seed = seed * 1103515245 + 12345;
	return (off_t)(seed >> 8) % BLOCKS * SIZE;
}

static double cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void with_pread(int depth)
{
	for (int i = 0; i < READS; i++)
		if (pread(file, buffers[i % depth], SIZE, place()) != SIZE)
			exit(1);
}

static struct io_uring ring;

static void queue_read(int slot)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_read(sqe, file, buffers[slot], SIZE, (unsigned long long)place());
	sqe->user_data = (unsigned)slot;
}

static void with_uring(int depth)
{
	struct io_uring_cqe *cqe;
	int started = 0, ended = 0;

	for (; started < depth; started++)
		queue_read(started);
	while (ended < READS) {
		unsigned head, count = 0;

		io_uring_submit_and_wait(&ring, 1);
		io_uring_for_each_cqe(&ring, head, cqe)
		{
			if (cqe->res != SIZE)
				exit(1);
			count++;
			if (started++ < READS)
				queue_read((int)cqe->user_data);
		}
		io_uring_cq_advance(&ring, count);
		ended += (int)count;
	}
}

static struct cport *port;
static struct cport_file bound;

static int read_next(struct cport_op *op)
{
	return cport_read(&bound, op, op->user, SIZE, place());
}

static void with_cport(int depth)
{
	static struct cport_op ops[DEPTH];
	struct cport_packet packets[DEPTH];
	int started = 0, ended = 0;

	for (; started < depth; started++) {
		ops[started].user = buffers[started];
		if (read_next(&ops[started]) < 0)
			exit(1);
	}
	while (ended < READS) {
		int count = cport_get_many(port, packets, DEPTH, CPORT_FOREVER);

		for (int i = 0; i < count; i++)
			if (packets[i].result != SIZE ||
			    (started++ < READS && read_next(packets[i].op) < 0))
				exit(1);
		ended += count;
	}
}

static void prepare(void)
{
	struct cport_options options = {.flags = CPORT_BATCH | CPORT_ONE_THREAD};
	char path[] = "cport-files-XXXXXX";

	file = mkstemp(path);
	unlink(path);
	for (int i = 0; i < BLOCKS; i++)
		if (write(file, buffers[0], SIZE) != SIZE)
			exit(1);
	if (io_uring_queue_init(64, &ring, 0) < 0 || cport_open(&port, &options) < 0 ||
	    cport_file_bind(&bound, port, file, 0, 0) < 0)
		exit(1);
}

int main(void)
{
	const struct {
		const char *name;
		void (*run)(int depth);
	} ways[] = {{"pread", with_pread}, {"io_uring", with_uring}, {"cport", with_cport}};

	prepare();
	for (int depth = 1; depth <= DEPTH; depth *= DEPTH) {
		double best[3] = {1e18, 1e18, 1e18};

		for (int i = 0; i < ROUNDS; i++)
			for (int j = 0; j < 3; j++) {
				double start = cpu_ns(), ns;

				ways[j].run(depth);
				ns = (cpu_ns() - start) / READS;
				best[j] = ns < best[j] ? ns : best[j];
			}
		for (int j = 0; j < 3; j++)
			printf("%-8s %2d under way  %6.0f ns of cpu a read, %.2f x pread\n",
			       ways[j].name, depth, best[j], best[j] / best[0]);
	}
	return 0;
}
