/* D5: the same with uv_queue_work(). */
#include <stdio.h>
#include <time.h>
#include <uv.h>

enum { DEPTH = 64, TRIPS = 20000, ROUNDS = 9 };

static int started;

static void nothing(uv_work_t *work)
{
	(void)work;
}

static void on_done(uv_work_t *work, int status)
{
	(void)status;
	if (started++ < TRIPS)
		uv_queue_work(work->loop, work, nothing, on_done);
}

static double cpu_now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(void)
{
	static uv_work_t works[DEPTH];

	for (int depth = 1; depth <= DEPTH; depth *= DEPTH) {
		double best = 1e18, best_cpu = 1e18;

		for (int i = 0; i < ROUNDS; i++) {
			uint64_t start = uv_hrtime();
			double ns, cpu = cpu_now_ns();

			for (started = 0; started < depth; started++)
				uv_queue_work(uv_default_loop(), &works[started], nothing, on_done);
			uv_run(uv_default_loop(), UV_RUN_DEFAULT);
			ns = (double)(uv_hrtime() - start) / TRIPS;
			cpu = (cpu_now_ns() - cpu) / TRIPS;
			best = ns < best ? ns : best;
			best_cpu = cpu < best_cpu ? cpu : best_cpu;
		}
		printf("uv_queue_work, %2d under way  %8.0f ns  cpu %8.0f ns\n", depth, best,
		       best_cpu);
	}
	return 0;
}
