/* The trace file and its pens; trace.h and trace_format.h have the contract. */
#include "trace.h"

#include "clock.h"
#include "usage.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MODULES = 128,
	AREAS = 80,
	SITES = 128, /* a power of two */
	RECORDS = 4096,
	STACKS = 64,
	AUDIT_STACKS = 256, /* in a trace with system calls */
	CALLS = 512,
	ATTEMPTS = 100,
	WATCH_FIRST = 4,    /* calls of a new site that are split */
	WATCH_SLOW = 16,    /* and that many after one of WATCH_SLOW_NS, */
	WATCH_HEAVY = 1024, /* or of WATCH_HEAVY_NS, unless it only waited for a processor; as
			     * far as the thread's allowance goes */
	WATCH_SLOW_NS = 100000,
	WATCH_HEAVY_NS = 1000000,
};

struct cport__trace {
	int fd;
	size_t size;
	bool audited;
	struct contlint_trace_header *header;
	uint8_t left[AREAS]; /* atomic: the kind of thread that has left the area, 0: none */
};

enum part { SITES_PART, RECORDS_PART, CALLS_PART, STACKS_PART, END_PART };

static uint32_t stack_capacity(const struct cport__trace *trace)
{
	return trace->audited ? AUDIT_STACKS : STACKS;
}

static uint32_t call_capacity(const struct cport__trace *trace)
{
	return trace->audited ? CALLS : 0;
}

/* There is one stack more than is said: the audit drafts there. */
static size_t area_offset(const struct cport__trace *trace, enum part part)
{
	size_t sites = 128;
	size_t records = sites + SITES * sizeof(struct contlint_trace_site);
	size_t calls =
		(records + RECORDS * sizeof(struct contlint_trace_record) + 63) & ~(size_t)63;
	size_t stacks = calls + call_capacity(trace) * sizeof(struct contlint_trace_call);
	size_t end = stacks + (stack_capacity(trace) + 1) * sizeof(struct contlint_trace_stack);
	const size_t offsets[] = {sites, records, calls, stacks, (end + 4095) & ~(size_t)4095};

	return offsets[part];
}

static size_t areas_offset(void)
{
	size_t modules = MODULES * sizeof(struct contlint_trace_module);

	return CONTLINT_TRACE_HEADER_SIZE + ((modules + 4095) & ~(size_t)4095);
}

/* ---- modules ----------------------------------------------------------------------------- */

static void copy_build_id(struct contlint_trace_module *module, const struct dl_phdr_info *info,
			  const ElfW(Phdr) * header)
{
	const char *note = (const char *)(info->dlpi_addr + header->p_vaddr);
	const char *end = note + header->p_memsz;

	while (note + sizeof(ElfW(Nhdr)) <= end) {
		const ElfW(Nhdr) *head = (const void *)note;
		const char *name = note + sizeof(*head);
		const char *data = name + ((head->n_namesz + 3) & ~3u);

		if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 &&
		    memcmp(name, "GNU", 4) == 0 && head->n_descsz <= CONTLINT_TRACE_BUILD_ID) {
			memcpy(module->build_id, data, head->n_descsz);
			module->build_id_size = head->n_descsz;
			return;
		}
		note = data + ((head->n_descsz + 3) & ~3u);
	}
}

static void name_module(struct contlint_trace_module *module, const char *name)
{
	ssize_t size;

	if (name[0] != '\0') {
		(void)snprintf(module->path, sizeof(module->path), "%s", name);
		return;
	}
	size = readlink("/proc/self/exe", module->path, sizeof(module->path) - 1);
	if (size < 0)
		module->path[0] = '\0';
}

static int add_module(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct contlint_trace_header *header = argument;
	struct contlint_trace_module *module =
		(struct contlint_trace_module *)((char *)header + header->modules_offset);

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
			continue;
		if (header->module_count == MODULES) {
			header->modules_refused++;
			continue;
		}
		module = (struct contlint_trace_module *)((char *)header + header->modules_offset) +
			 header->module_count++;
		module->start = info->dlpi_addr + segment->p_vaddr;
		module->end = module->start + segment->p_memsz;
		module->bias = info->dlpi_addr;
		name_module(module, info->dlpi_name);
		for (int j = 0; j < info->dlpi_phnum; j++)
			if (info->dlpi_phdr[j].p_type == PT_NOTE)
				copy_build_id(module, info, &info->dlpi_phdr[j]);
	}
	return 0;
}

/* ---- the file ---------------------------------------------------------------------------- */

static void fill_header(const struct cport__trace *trace)
{
	struct contlint_trace_header *header = trace->header;
	struct timespec realtime;

	clock_gettime(CLOCK_REALTIME, &realtime);
	header->version = CONTLINT_TRACE_VERSION;
	header->header_size = CONTLINT_TRACE_HEADER_SIZE;
	header->pid = (uint32_t)getpid();
	header->modules_offset = CONTLINT_TRACE_HEADER_SIZE;
	header->module_size = sizeof(struct contlint_trace_module);
	header->area_count = AREAS;
	header->areas_offset = areas_offset();
	header->area_size = area_offset(trace, END_PART);
	header->audited = trace->audited;
	header->record_size = sizeof(struct contlint_trace_record);
	header->site_size = sizeof(struct contlint_trace_site);
	header->stack_size = sizeof(struct contlint_trace_stack);
	header->start_ticks = header->latest_ticks = cport__ticks();
	header->start_ns = header->latest_ns = (uint64_t)cport__now();
	header->realtime_ns = (uint64_t)realtime.tv_sec * 1000000000 + (uint64_t)realtime.tv_nsec;
	header->note_ns = CPORT__NOTE_NS;
	header->heavy_ns = CPORT__HEAVY_NS;
	header->blocked_ns = CPORT__BLOCKED_NS;
	header->stall_ns = CPORT__STALL_NS;
	(void)snprintf(header->command, sizeof(header->command), "%s", program_invocation_name);
	dl_iterate_phdr(add_module, header);
	__atomic_store_n(&header->magic, CONTLINT_TRACE_MAGIC, __ATOMIC_RELEASE);
}

/* Is it still the file at `path`, which another process may have taken away? */
static bool is_at(int fd, const char *path)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && stat(path, &there) == 0 && here.st_ino == there.st_ino &&
	       here.st_dev == there.st_dev;
}

/* An empty file that is ours as long as we live: who writes a trace holds a lock on it, where the
 * file system has locks. -EEXIST: somebody writes it; -EAGAIN: look again. */
static int take_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), r = -EAGAIN;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		r = -EEXIST;
	} else if (is_at(fd, path)) {
		if (lseek(fd, 0, SEEK_END) == 0)
			return fd;
		if (unlink(path) < 0) /* an old trace, which a reader may still look at */
			r = -errno;
	}
	close(fd);
	return r;
}

/* `pattern`, with `%p` replaced; `attempt` after the first appends the process's id and a number.
 */
static bool expand(const char *pattern, int attempt, char *path, size_t size)
{
	const char *mark = strstr(pattern, "%p");
	int length = mark ? (int)(mark - pattern) : (int)strlen(pattern);
	char process[24] = "", suffix[48] = "";

	if (mark)
		(void)snprintf(process, sizeof(process), "%ld", (long)getpid());
	if (attempt > 0)
		(void)snprintf(suffix, sizeof(suffix), ".%ld.%d", (long)getpid(), attempt);
	return (size_t)snprintf(path, size, "%.*s%s%s%s", length, pattern, process,
				mark ? mark + 2 : "", suffix) < size;
}

/* A child that inherits the environment, or a second port, must not take away a file that is
 * being written: it appends to the name. */
static int create_file(const char *pattern)
{
	char path[4096];
	int number = 0, fd = -EEXIST;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (!expand(pattern, number, path, sizeof(path)))
			return -ENAMETOOLONG;
		fd = take_file(path);
		if (fd >= 0 || (fd != -EEXIST && fd != -EAGAIN))
			return fd;
		number += fd == -EEXIST;
	}
	return -EEXIST;
}

static int map_file(struct cport__trace *trace)
{
	size_t front = areas_offset();
	void *memory;
	int r;

	trace->size = front + AREAS * area_offset(trace, END_PART);
	if (ftruncate(trace->fd, (off_t)trace->size) < 0)
		return -errno;
	r = posix_fallocate(trace->fd, 0, (off_t)front);
	if (r != 0)
		return -r;
	memory = mmap(NULL, trace->size, PROT_READ | PROT_WRITE, MAP_SHARED, trace->fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	trace->header = memory;
	fill_header(trace);
	return 0;
}

int cport__trace_open(struct cport__trace **ret_trace, const char *path, bool audited)
{
	struct cport__trace *trace;
	int r;

	*ret_trace = NULL;
	if (!path)
		path = secure_getenv("CONTLINT_TRACE");
	if (!path || path[0] == '\0')
		return 0;
	cport__clock_init();
	cport__usage_init();
	trace = calloc(1, sizeof(*trace));
	if (!trace)
		return -ENOMEM;
	trace->audited = audited;
	trace->fd = create_file(path);
	r = trace->fd < 0 ? trace->fd : map_file(trace);
	if (r < 0) {
		if (trace->fd >= 0)
			close(trace->fd);
		free(trace);
		return r;
	}
	*ret_trace = trace;
	return 0;
}

const struct contlint_trace_header *cport__trace_header(const struct cport__trace *trace)
{
	return trace->header;
}

void cport__trace_touch(struct cport__trace *trace)
{
	if (!trace)
		return;
	trace->header->latest_ticks = cport__ticks();
	trace->header->latest_ns = (uint64_t)cport__now();
}

void cport__trace_close(struct cport__trace *trace)
{
	if (!trace)
		return;
	cport__trace_touch(trace);
	trace->header->ended = 1;
	munmap(trace->header, trace->size);
	close(trace->fd);
	free(trace);
}

/* ---- pens -------------------------------------------------------------------------------- */

static struct contlint_trace_area *area_at(const struct cport__trace *trace, uint32_t number)
{
	size_t offset = areas_offset() + number * area_offset(trace, END_PART);

	return (struct contlint_trace_area *)((char *)trace->header + offset);
}

/* What another thread of the kind has left, with all that it has written. */
static struct contlint_trace_area *inherit_area(struct cport__trace *trace, uint8_t kind)
{
	for (uint32_t i = 0; i < AREAS; i++) {
		uint8_t wanted = kind;

		if (__atomic_load_n(&trace->left[i], __ATOMIC_RELAXED) == kind &&
		    __atomic_compare_exchange_n(&trace->left[i], &wanted, 0, 0, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return area_at(trace, i);
	}
	return NULL;
}

static struct contlint_trace_area *claim_area(struct cport__trace *trace, uint8_t kind)
{
	uint32_t number = __atomic_fetch_add(&trace->header->areas_used, 1, __ATOMIC_RELAXED);
	size_t size = area_offset(trace, END_PART);
	size_t offset = areas_offset() + number * size;
	struct contlint_trace_area *area = area_at(trace, number);

	if (number >= AREAS || posix_fallocate(trace->fd, (off_t)offset, (off_t)size) != 0)
		return NULL;
	area->kind = kind;
	area->record_capacity = RECORDS;
	area->site_capacity = SITES;
	area->stack_capacity = stack_capacity(trace);
	area->call_capacity = call_capacity(trace);
	area->sites_offset = area_offset(trace, SITES_PART);
	area->records_offset = area_offset(trace, RECORDS_PART);
	area->calls_offset = trace->audited ? area_offset(trace, CALLS_PART) : 0;
	area->stacks_offset = area_offset(trace, STACKS_PART);
	return area;
}

void cport__pen_open(struct cport__pen *pen, struct cport__trace *trace,
		     enum contlint_trace_thread kind)
{
	struct contlint_trace_area *area = NULL;

	*pen = (struct cport__pen){.trace = trace, .schedstat_fd = -1};
	if (trace)
		area = inherit_area(trace, (uint8_t)kind);
	if (trace && !area)
		area = claim_area(trace, (uint8_t)kind);
	if (!area)
		return;
	__atomic_store_n(&area->tid, (uint32_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	pen->schedstat_fd = cport__usage_open();
	cport__usage_save(&pen->allowance, cport__ticks());
	pen->area = area;
}

void cport__pen_close(struct cport__pen *pen)
{
	struct contlint_trace_area *area = pen->area;
	uint32_t number;

	if (pen->schedstat_fd >= 0)
		close(pen->schedstat_fd);
	pen->schedstat_fd = -1;
	__atomic_store_n(&pen->area, NULL,
			 __ATOMIC_RELAXED); /* another thread may blame this one */
	if (!area)
		return;
	number = (uint32_t)((size_t)((char *)area - (char *)area_at(pen->trace, 0)) /
			    area_offset(pen->trace, END_PART));
	__atomic_store_n(&pen->trace->left[number], (uint8_t)area->kind, __ATOMIC_RELEASE);
}

void cport__trace_miss(struct cport__trace *trace)
{
	__atomic_add_fetch(&trace->header->continuations_refused, 1, __ATOMIC_RELAXED);
}

void cport__trace_thread(struct cport__trace *trace, enum cport__sight sight)
{
	struct contlint_trace_header *header = trace->header;

	if (sight == CPORT__SEES_NOTHING)
		__atomic_add_fetch(&header->threads_unwatched, 1, __ATOMIC_RELAXED);
	if (sight == CPORT__SEES_SLEEP)
		__atomic_add_fetch(&header->threads_half_watched, 1, __ATOMIC_RELAXED);
}

static void *part(struct contlint_trace_area *area, uint64_t offset)
{
	return (char *)area + offset;
}

/* The record is counted after it is written, so that a kill in between leaves none half done. */
void cport__pen_write(struct cport__pen *pen, struct contlint_trace_record *record)
{
	struct contlint_trace_area *area = pen->area;
	struct contlint_trace_record *records;

	if (!area)
		return;
	records = part(area, area->records_offset);
	if (record->ticks == 0)
		record->ticks = cport__ticks();
	pen->writing = 1;
	records[area->record_count % RECORDS] = *record;
	__atomic_store_n(&area->record_count, area->record_count + 1, __ATOMIC_RELEASE);
	pen->writing = 0;
}

static struct contlint_trace_site *find_site(struct contlint_trace_area *area, uint64_t function)
{
	struct contlint_trace_site *sites = part(area, area->sites_offset);
	uint64_t place = (function >> 4) * 0x9e3779b97f4a7c15u >> 57;

	for (unsigned i = 0; i < SITES; i++) {
		struct contlint_trace_site *site = &sites[(place + i) % SITES];

		if (site->function == function)
			return site;
		if (site->function == 0) {
			site->function = function;
			site->watch = WATCH_FIRST;
			area->site_count++;
			return site;
		}
	}
	area->sites_refused++;
	return NULL;
}

/* ---- continuations ----------------------------------------------------------------------- */

uint64_t cport__pen_begin(struct cport__pen *pen, uint64_t function, uint64_t ticks)
{
	struct contlint_trace_area *area = pen->area;

	if (!area)
		return ticks;
	pen->site = find_site(area, function);
	pen->split =
		pen->site && pen->site->watch > 0 && cport__usage_afford(&pen->allowance, ticks);
	if (pen->split) {
		pen->site->watch--;
		ticks = cport__usage_read(pen->schedstat_fd, &pen->usage);
	}
	pen->switched = false;
	__atomic_store_n(&area->current_start, ticks, __ATOMIC_RELAXED);
	__atomic_store_n(&area->current_function, function, __ATOMIC_RELEASE);
	cport__usage_arm();
	return ticks;
}

void cport__pen_resume(struct cport__pen *pen, const struct cport__pen *outer, uint64_t function,
		       uint64_t start)
{
	pen->site = outer->site;
	pen->usage = outer->usage;
	pen->split = outer->split;
	pen->switched = outer->switched;
	__atomic_store_n(&pen->area->current_start, start, __ATOMIC_RELAXED);
	__atomic_store_n(&pen->area->current_function, function, __ATOMIC_RELEASE);
}

static uint16_t bounded(long count)
{
	return count > UINT16_MAX ? UINT16_MAX : (uint16_t)count;
}

static uint32_t microseconds(uint64_t from, uint64_t to)
{
	int64_t us = from == 0 || to < from ? 0 : cport__ticks_ns(to - from) / 1000;

	return us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

/* Where the wall time went. What the thread was never switched off for is all cpu. Else the end is
 * when the counters were read: one of both after a switch would not fit the other. */
static void split(struct cport__pen *pen, const struct cport__ending *ending,
		  struct contlint_trace_record *record)
{
	struct cport__usage now;
	uint64_t ticks;

	if (!pen->switched && !cport__usage_switched()) {
		record->flags |= CONTLINT_TRACE_SPLIT;
		record->u.end.cpu_ns = record->u.end.wall_ns;
		return;
	}
	record->flags |= CONTLINT_TRACE_SWITCHED;
	if (!pen->split)
		return;
	ticks = cport__usage_read(pen->schedstat_fd, &now);
	record->ticks = ticks;
	record->u.end.wall_ns = (uint64_t)cport__ticks_ns(ticks - ending->start_ticks);
	record->flags |= CONTLINT_TRACE_SPLIT;
	record->u.end.cpu_ns = (uint64_t)(now.cpu_ns - pen->usage.cpu_ns);
	record->u.end.runqueue_us = (uint32_t)((now.runqueue_ns - pen->usage.runqueue_ns) / 1000);
	record->u.end.voluntary = bounded(now.voluntary - pen->usage.voluntary);
	record->u.end.involuntary = bounded(now.involuntary - pen->usage.involuntary);
	record->u.end.major_faults = (uint32_t)(now.major_faults - pen->usage.major_faults);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void count_split(struct contlint_trace_site *site,
			const struct contlint_trace_record *record)
{
	uint64_t wall = record->u.end.wall_ns, cpu = record->u.end.cpu_ns;
	uint64_t runqueue = (uint64_t)record->u.end.runqueue_us * 1000;
	uint64_t blocked = cpu + runqueue < wall ? wall - cpu - runqueue : 0;

	if (record->u.end.voluntary == 0 && record->u.end.major_faults == 0)
		blocked = 0;
	site->split_calls++;
	site->cpu_ns += cpu;
	site->runqueue_ns += runqueue;
	site->blocked_ns += blocked;
	site->max_cpu_ns = larger(site->max_cpu_ns, cpu);
	site->max_blocked_ns = larger(site->max_blocked_ns, blocked);
	site->heavy += cpu >= CPORT__HEAVY_NS;
	site->blocked += blocked >= CPORT__BLOCKED_NS;
}

/* Which of the next calls are worth the price of a split: those of functions that have been slow
 * for a reason of their own. */
static void watch(struct contlint_trace_site *site, const struct contlint_trace_record *record)
{
	uint64_t own = record->u.end.wall_ns;
	uint64_t runqueue = (uint64_t)record->u.end.runqueue_us * 1000;

	if (record->flags & CONTLINT_TRACE_SPLIT)
		own = own > runqueue ? own - runqueue : 0;
	if (own >= WATCH_HEAVY_NS)
		site->watch = WATCH_HEAVY;
	else if (own >= WATCH_SLOW_NS && site->watch < WATCH_SLOW)
		site->watch = WATCH_SLOW;
}

static void count_site(struct contlint_trace_site *site, const struct contlint_trace_record *record)
{
	uint64_t wall = record->u.end.wall_ns;
	uint64_t held = (uint64_t)record->u.end.held_us * 1000;
	uint64_t waited = (uint64_t)record->u.end.queued_us * 1000;
	int place = wall ? 63 - __builtin_clzll(wall) : 0;

	site->calls++;
	site->total_ns += wall;
	site->waited_calls += waited > 0;
	site->waited_ns += waited;
	site->max_waited_ns = larger(site->max_waited_ns, waited);
	site->max_ns = larger(site->max_ns, wall);
	site->noted += wall >= CPORT__NOTE_NS;
	site->stalled += wall >= CPORT__STALL_NS;
	site->histogram[place < CONTLINT_TRACE_HISTOGRAM ? place : CONTLINT_TRACE_HISTOGRAM - 1]++;
	if (record->flags & CONTLINT_TRACE_SUBMITTED) {
		site->held_calls++;
		site->held_total_ns += held;
		site->max_held_ns = larger(site->max_held_ns, held);
	}
	if (record->flags & CONTLINT_TRACE_SPLIT)
		count_split(site, record);
	watch(site, record);
}

void cport__pen_end(struct cport__pen *pen, const struct cport__ending *ending)
{
	struct contlint_trace_area *area = pen->area;
	struct contlint_trace_record record;

	if (!area)
		return;
	memset(&record, 0, sizeof(record));
	record.ticks = ending->end_ticks;
	record.type = (uint16_t)ending->type;
	record.tid = area->tid;
	record.function = area->current_function;
	record.u.end.wall_ns = (uint64_t)cport__ticks_ns(ending->end_ticks - ending->start_ticks);
	record.u.end.queued_us = microseconds(ending->queued_ticks, ending->start_ticks);
	record.u.end.sequence = ending->sequence;
	if (ending->submits) {
		record.flags |= CONTLINT_TRACE_SUBMITTED;
		record.u.end.held_us = microseconds(ending->last_submit_ticks, ending->end_ticks);
	}
	split(pen, ending, &record);
	if (pen->site && ending->overruns) {
		record.flags |= CONTLINT_TRACE_OVERRUN;
		pen->site->overruns += ending->overruns;
		pen->site->overrun_ns +=
			(uint64_t)cport__ticks_ns(ending->end_ticks - ending->overrun_ticks);
	}
	if (pen->site)
		count_site(pen->site, &record);
	cport__pen_write(pen, &record);
	__atomic_store_n(&area->current_function, 0, __ATOMIC_RELEASE);
}

/* ---- blame ------------------------------------------------------------------------------- */

void cport__pen_blame(struct cport__pen *pen, uint64_t function, uint64_t packets, uint64_t ns)
{
	struct contlint_trace_site *site =
		pen->area && function ? find_site(pen->area, function) : NULL;

	if (!site)
		return;
	site->blamed_packets += packets;
	site->blamed_ns += ns;
}

void cport__pen_charge_growth(struct cport__pen *pen, uint64_t function)
{
	struct contlint_trace_site *site =
		pen->area && function ? find_site(pen->area, function) : NULL;

	if (site)
		site->growths++;
}
