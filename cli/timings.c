/* What a command spent. */
#include "cli/timings.h"

#include <sys/resource.h>

static double spent(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage) < 0)
		return 0;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double cpu_now(void)
{
	return spent(RUSAGE_SELF) + spent(RUSAGE_CHILDREN);
}

static double wall_now(void)
{
	return (double)g_get_monotonic_time() / 1e6;
}

void timings_start(struct timings *timings)
{
	*timings = (struct timings){.wall = wall_now(), .cpu = cpu_now()};
}

void timings_mark(struct timings *timings, const char *name)
{
	double wall = wall_now(), cpu = cpu_now();

	g_assert(timings->count < TIMINGS_LIMIT);
	timings->phases[timings->count++] = (struct timing){
		.name = name, .wall = wall - timings->wall, .cpu = cpu - timings->cpu};
	timings->wall = wall;
	timings->cpu = cpu;
}

void timings_print(const struct timings *timings, FILE *out)
{
	double wall = 0, cpu = 0;

	for (guint i = 0; i < timings->count; i++) {
		const struct timing *phase = &timings->phases[i];

		(void)fprintf(out, "contlint: %-8s %8.3f s  cpu %8.3f s\n", phase->name,
			      phase->wall, phase->cpu);
		wall += phase->wall;
		cpu += phase->cpu;
	}
	(void)fprintf(out, "contlint: %-8s %8.3f s  cpu %8.3f s\n", "all", wall, cpu);
}
