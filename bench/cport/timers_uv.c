/* D7: the same with libuv. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

enum { TIMERS = 1000000, ROUNDS = 3 };

static double cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void on_timer(uv_timer_t *timer)
{
	(void)timer;
}

static double run(uv_timer_t *timers)
{
	double start = cpu_ns();
	unsigned seed = 1;

	uv_update_time(uv_default_loop());
	for (int i = 0; i < TIMERS; i++) {
		seed = seed * 1103515245 + 12345;
		uv_timer_start(&timers[i], on_timer, (seed >> 8) % 1000, 0);
	}
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	return (cpu_ns() - start) / TIMERS;
}

int main(void)
{
	uv_timer_t *timers = calloc(TIMERS, sizeof(*timers));
	double best = 1e18;

	if (!timers)
		return 1;
	for (int i = 0; i < TIMERS; i++)
		uv_timer_init(uv_default_loop(), &timers[i]);
	for (int i = 0; i < ROUNDS; i++) {
		double ns = run(timers);

		best = ns < best ? ns : best;
	}
	printf("libuv  a million timers  %6.0f ns of cpu each\n", best);
	return 0;
}
