/* Reads a trace of our own making; contlint's reader, for traces of others, is in reports/. */
#include "reading.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "timeline.h"

enum { INTERVALS = 65536 };

struct interval {
	double start_us, end_us;
};

struct victims {
	struct interval *waits, *holds;
	unsigned wait_count, hold_count;
	uint32_t *held_us;
	unsigned held_count;
};

int trace_open(struct trace *trace, const char *path)
{
	struct stat stat;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &stat) < 0)
		return -1;
	trace->size = (size_t)stat.st_size;
	trace->header = mmap(NULL, trace->size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (trace->header == MAP_FAILED)
		return -1;
	return trace->header->magic == CONTLINT_TRACE_MAGIC ? 0 : -1;
}

static unsigned area_count(const struct trace *trace)
{
	const struct contlint_trace_header *header = trace->header;

	return header->areas_used < header->area_count ? header->areas_used : header->area_count;
}

static const struct contlint_trace_area *area_at(const struct trace *trace, unsigned i)
{
	return (const void *)((const char *)trace->header + trace->header->areas_offset +
			      i * trace->header->area_size);
}

double trace_us(const struct trace *trace, uint64_t ticks)
{
	const struct contlint_trace_header *header = trace->header;
	double rate = (double)(header->latest_ns - header->start_ns) /
		      (double)(header->latest_ticks - header->start_ticks);

	return (double)(int64_t)(ticks - header->start_ticks) * rate / 1000;
}

void trace_close(struct trace *trace)
{
	munmap((void *)trace->header, trace->size);
}

void trace_each(const struct trace *trace, trace_record_fn *fn, void *user)
{
	for (unsigned i = 0; i < area_count(trace); i++) {
		const struct contlint_trace_area *area = area_at(trace, i);
		const struct contlint_trace_record *records =
			(const void *)((const char *)area + area->records_offset);
		uint64_t count = area->record_count < area->record_capacity ? area->record_count
									    : area->record_capacity;

		for (uint64_t j = 0; j < count; j++)
			fn(trace, &records[j], user);
	}
}

/* ---- sums -------------------------------------------------------------------------------- */

static void add_sites(struct reading *reading, const struct contlint_trace_area *area,
		      uint64_t function)
{
	const struct contlint_trace_site *sites =
		(const void *)((const char *)area + area->sites_offset);

	if (area->kind == CONTLINT_TRACE_WORKER)
		return;
	for (uint32_t i = 0; i < area->site_capacity; i++) {
		reading->calls += sites[i].calls;
		reading->overruns += sites[i].overruns;
		reading->held_calls += sites[i].held_calls;
		reading->total_ms += (double)sites[i].total_ns / 1e6;
		reading->cpu_ms += (double)sites[i].cpu_ns / 1e6;
		reading->runqueue_ms += (double)sites[i].runqueue_ns / 1e6;
		reading->blocked_ms += (double)sites[i].blocked_ns / 1e6;
		if (sites[i].function == function)
			reading->charged_ms += (double)sites[i].blamed_ns / 1e6;
	}
}

static void collect(const struct trace *trace, const struct contlint_trace_record *record,
		    void *user)
{
	struct victims *victims = user;
	double end = trace_us(trace, record->ticks);
	double start = end - (double)record->u.end.wall_ns / 1000;

	if (record->type != CONTLINT_TRACE_CONTINUATION || victims->held_count == INTERVALS)
		return;
	if (record->u.end.wall_ns > 1000000)
		victims->holds[victims->hold_count++] = (struct interval){start, end};
	if (record->u.end.queued_us > 100)
		victims->waits[victims->wait_count++] =
			(struct interval){start - record->u.end.queued_us, start};
	if ((record->flags & (CONTLINT_TRACE_SUBMITTED | CONTLINT_TRACE_SWITCHED)) ==
	    CONTLINT_TRACE_SUBMITTED)
		victims->held_us[victims->held_count++] = record->u.end.held_us;
}

static double overlap(const struct interval *wait, const struct victims *victims)
{
	double covered = 0, until = wait->start_us;

	for (unsigned i = 0; i < victims->hold_count; i++) {
		double start = victims->holds[i].start_us, end = victims->holds[i].end_us;

		start = start > until ? start : until;
		end = end < wait->end_us ? end : wait->end_us;
		if (end <= start)
			continue;
		covered += end - start;
		until = end;
	}
	return covered;
}

static int compare_intervals(const void *a, const void *b)
{
	double left = ((const struct interval *)a)->start_us;
	double right = ((const struct interval *)b)->start_us;

	return (left > right) - (left < right);
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static void judge_victims(struct reading *reading, struct victims *victims)
{
	qsort(victims->holds, victims->hold_count, sizeof(victims->holds[0]), compare_intervals);
	qsort(victims->held_us, victims->held_count, sizeof(uint32_t), compare_numbers);
	for (unsigned i = 0; i < victims->wait_count; i++) {
		const struct interval *wait = &victims->waits[i];

		reading->victim_ms += (wait->end_us - wait->start_us) / 1000;
		reading->blamed_ms += overlap(wait, victims) / 1000;
	}
	if (victims->held_count == 0)
		return;
	reading->held_p99_us = victims->held_us[(victims->held_count - 1) * 99 / 100];
	reading->held_max_us = victims->held_us[victims->held_count - 1];
}

static void count_switches(const struct trace *trace, const struct contlint_trace_record *record,
			   void *user)
{
	struct reading *reading = user;

	(void)trace;
	if (record->type != CONTLINT_TRACE_CONTINUATION)
		return;
	reading->switches += record->u.end.voluntary + record->u.end.involuntary;
	reading->kept_overruns += (record->flags & CONTLINT_TRACE_OVERRUN) &&
				  !(record->flags & CONTLINT_TRACE_SWITCHED);
}

struct growth_count {
	struct reading *reading;
	uint64_t function;
};

static void count_growth(const struct trace *trace, const struct contlint_trace_record *record,
			 void *user)
{
	struct growth_count *count = user;

	(void)trace;
	if (record->type != CONTLINT_TRACE_POOL_GROW)
		return;
	count->reading->growths++;
	count->reading->growths_charged += record->function == count->function;
}

int reading_take(struct reading *ret_reading, const char *path, uint64_t function)
{
	struct victims victims = {
		.waits = calloc(INTERVALS, sizeof(struct interval)),
		.holds = calloc(INTERVALS, sizeof(struct interval)),
		.held_us = calloc(INTERVALS, sizeof(uint32_t)),
	};
	struct growth_count growth = {ret_reading, function};
	struct trace trace;

	memset(ret_reading, 0, sizeof(*ret_reading));
	if (!victims.waits || !victims.holds || !victims.held_us || trace_open(&trace, path) < 0)
		return -1;
	for (unsigned i = 0; i < area_count(&trace); i++)
		add_sites(ret_reading, area_at(&trace, i), function);
	trace_each(&trace, collect, &victims);
	trace_each(&trace, count_growth, &growth);
	trace_each(&trace, count_switches, ret_reading);
	judge_victims(ret_reading, &victims);
	trace_close(&trace);
	free(victims.waits);
	free(victims.holds);
	free(victims.held_us);
	return 0;
}

/* ---- Chrome's format --------------------------------------------------------------------- */

static void write_event(const struct trace *trace, const struct contlint_trace_record *record,
			void *user)
{
	FILE *out = user;
	double end = trace_us(trace, record->ticks);
	double wall = (double)record->u.end.wall_ns / 1000;

	if (record->type == CONTLINT_TRACE_CONTINUATION)
		fprintf(out,
			",\n{\"ph\":\"X\",\"pid\":1,\"tid\":%u,\"ts\":%.1f,\"dur\":%.1f,\"name\":"
			"\"%s\","
			"\"args\":{\"function\":\"0x%lx\",\"held_us\":%u,\"queued_us\":%u}}",
			record->tid, end - wall, wall, wall > 1000 ? "heavy" : "light",
			(unsigned long)record->function, record->u.end.held_us,
			record->u.end.queued_us);
	if (record->type == CONTLINT_TRACE_POOL_GROW)
		fprintf(out,
			",\n{\"ph\":\"i\",\"s\":\"p\",\"pid\":1,\"tid\":%u,\"ts\":%.1f,"
			"\"name\":\"pool grows to %u\"}",
			record->tid, end, record->u.pool.threads);
	if (record->type == CONTLINT_TRACE_BLOCK_SEEN)
		fprintf(out,
			",\n{\"ph\":\"i\",\"s\":\"t\",\"pid\":1,\"tid\":%u,\"ts\":%.1f,"
			"\"name\":\"blocked in system call %d\"}",
			record->tid, end, record->u.seen.syscall);
}

static int write_chrome(const char *trace_path, const char *path)
{
	struct trace trace;
	FILE *out;

	if (trace_open(&trace, trace_path) < 0)
		return -1;
	out = fopen(path, "w");
	if (!out)
		return -1;
	fprintf(out,
		"[{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"%s\"}}",
		"pump");
	trace_each(&trace, write_event, out);
	fprintf(out, "]\n");
	trace_close(&trace);
	return fclose(out) == 0 ? 0 : -1;
}

int reading_keep(const char *trace, const char *name, const char *title)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s.json", name);
	if (write_chrome(trace, path) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s.svg", name);
	return timeline_write(trace, path, title, 100);
}
