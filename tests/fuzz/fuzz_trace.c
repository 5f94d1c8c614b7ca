/* Bytes that pretend to be a trace. A small one is made by hand, with every kind of record, sites,
 * calls, a stack and modules that name real files; what is read is looked at as evidence does:
 * names of all functions, every stack unwound, every event timed. */
#include "reports/traces/symbols.h"
#include "reports/traces/trace.h"
#include "tests/fuzz/fuzz.h"
#include "tests/scratch.h"

enum { SITES = 2, RECORDS = 20, CALLS = 2 };

/* The parts of one area; there is one for each kind of thread. */
struct part {
	struct contlint_trace_area head;
	struct contlint_trace_site sites[SITES];
	struct contlint_trace_record records[RECORDS];
	struct contlint_trace_call calls[CALLS];
	struct contlint_trace_stack stack;
};

struct whole {
	struct contlint_trace_header header;
	struct contlint_trace_module modules[3];
	struct part parts[2];
};

static unsigned accepted;

static void look_at(const struct trace *trace)
{
	g_autoptr(symbols_t) symbols = symbols_new(trace->modules, NULL);

	for (guint i = 0; i < trace->sites->len; i++) {
		const struct trace_site *site = &g_array_index(trace->sites, struct trace_site, i);
		g_autoptr(GArray) here = symbols_at(symbols, site->function);

		g_assert_cmpuint(here->len, >, 0);
		g_assert_cmpuint(trace_site_percentile(site, 99), <=, site->max_ns);
	}
	for (guint i = 0; i < trace->stacks->len; i++) {
		enum symbols_method method;
		g_autoptr(GArray) frames = symbols_unwind(
			symbols, &g_array_index(trace->stacks, struct contlint_trace_stack, i),
			&method);

		g_assert_cmpuint(frames->len, >, 0);
	}
	for (guint i = 0; i < trace->sights->len; i++) {
		const struct trace_sight *sight =
			&g_array_index(trace->sights, struct trace_sight, i);

		g_assert_cmpuint(sight->stack, <=, trace->stacks->len);
		g_assert_cmpuint(sight->call, <=, trace->calls->len);
	}
	for (guint i = 0; i < trace->events->len; i++)
		g_assert_cmpuint(g_array_index(trace->events, struct trace_event, i).at_ns, <=,
				 trace->duration_ns);
	accepted++;
}

/* The reader reads files, so the bytes become one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *folder;
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(trace_t) trace = NULL;

	if (!folder)
		folder = scratch_new();
	path = scratch_write_bytes(folder, "trace", (const char *)data, size);
	trace = trace_read(path, &error);
	g_assert_true((trace != NULL) == (error == NULL));
	if (trace)
		look_at(trace);
	return 0;
}

#ifndef FUZZ_LIBFUZZER

static void fill_records(struct part *part, uint64_t function)
{
	for (uint16_t i = 0; i < RECORDS; i++) {
		struct contlint_trace_record *record = &part->records[i];

		*record = (struct contlint_trace_record){
			.ticks = 100u + i, .function = function, .tid = part->head.tid};
		record->type = (uint16_t)(1 + i % CONTLINT_TRACE_CANCEL);
		record->u.seen.age_ns = 1000;
		record->u.seen.stack = i % 2;
		record->u.seen.sequence = 1;
	}
}

static void fill_part(struct part *part, enum contlint_trace_thread kind, uint64_t function)
{
	part->head = (struct contlint_trace_area){
		.tid = 100u + kind,
		.kind = kind,
		.record_count = RECORDS,
		.record_capacity = RECORDS,
		.site_capacity = SITES,
		.stack_capacity = 1,
		.stack_count = 1,
		.sites_offset = offsetof(struct part, sites),
		.records_offset = offsetof(struct part, records),
		.calls_offset = offsetof(struct part, calls),
		.stacks_offset = offsetof(struct part, stack),
		.call_capacity = CALLS,
	};
	part->sites[0] = (struct contlint_trace_site){.function = function, .calls = 3};
	part->sites[0].max_ns = 5000;
	part->sites[0].histogram[4] = 3;
	part->calls[0] = (struct contlint_trace_call){
		.function = function, .pc = function + 9, .stack = 1, .calls = 2, .syscall = 1};
	part->stack.at = (struct contlint_trace_registers){
		.pc = function + 4, .sp = 0x7ffd00000000, .mask = 1u << 6 | 1u << 7};
	part->stack.size = CONTLINT_TRACE_STACK;
	for (size_t i = 0; i + 8 <= CONTLINT_TRACE_STACK; i += 64)
		memcpy(part->stack.bytes + i, &function, sizeof(function));
	fill_records(part, function);
}

/* This program, a library that every process has, and a file that is none. */
static void fill_modules(struct whole *whole)
{
	const char *const paths[] = {"/proc/self/exe", "/lib/x86_64-linux-gnu/libc.so.6",
				     "/dev/zero"};

	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
		struct contlint_trace_module *module = &whole->modules[i];

		module->start = (i + 1) << 32;
		module->end = module->start + (1u << 28);
		module->bias = module->start;
		g_strlcpy(module->path, paths[i], sizeof(module->path));
	}
}

static struct whole *seed(void)
{
	struct whole *whole = g_new0(struct whole, 1);

	whole->header = (struct contlint_trace_header){
		.magic = CONTLINT_TRACE_MAGIC,
		.version = CONTLINT_TRACE_VERSION,
		.header_size = sizeof(whole->header),
		.modules_offset = offsetof(struct whole, modules),
		.module_size = sizeof(whole->modules[0]),
		.module_count = G_N_ELEMENTS(whole->modules),
		.area_count = 2,
		.areas_used = 2,
		.areas_offset = offsetof(struct whole, parts),
		.area_size = sizeof(whole->parts[0]),
		.record_size = sizeof(struct contlint_trace_record),
		.site_size = sizeof(struct contlint_trace_site),
		.stack_size = sizeof(struct contlint_trace_stack),
		.start_ticks = 90,
		.start_ns = 1000,
		.latest_ticks = 1000,
		.latest_ns = 2000,
		.audited = 1,
		.command = "fuzzed",
	};
	fill_modules(whole);
	fill_part(&whole->parts[0], CONTLINT_TRACE_IO, whole->modules[0].start + 0x2000);
	fill_part(&whole->parts[1], CONTLINT_TRACE_MONITOR, whole->modules[1].start + 0x30000);
	return whole;
}

int main(void)
{
	g_autofree struct whole *whole = seed();

	fuzz_mutations(whole, sizeof(*whole), 1500);
	/* a target that refuses everything tests nothing */
	g_assert_cmpuint(accepted, >, 500);
	return 0;
}

#endif
