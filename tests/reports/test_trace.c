/* Traces of a real program, read whole, after a kill, cut, and spoilt in many ways. */
#include "reports/traces/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/scratch.h"
#include "tests/traced.h"

struct fixture {
	char *folder, *path;
};

static int setup(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);

	fixture->folder = scratch_new();
	fixture->path = g_build_filename(fixture->folder, "trace", NULL);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	scratch_remove(fixture->folder);
	g_free(fixture->path);
	g_free(fixture);
	return 0;
}

static const char *path_of(void **state)
{
	return ((struct fixture *)*state)->path;
}

static struct trace *read_trace(const char *path)
{
	g_autoptr(GError) error = NULL;
	struct trace *trace = trace_read(path, &error);

	if (!trace)
		fail_msg("%s", error->message);
	return trace;
}

static guint count_sites(const struct trace *trace, enum contlint_trace_thread kind)
{
	guint count = 0;

	for (guint i = 0; i < trace->sites->len; i++)
		count += g_array_index(trace->sites, struct trace_site, i).kind == kind;
	return count;
}

static void continuations_are_counted_by_function(void **state)
{
	g_autoptr(trace_t) trace = NULL;

	(void)traced_run(TEST_TRACED, "3", path_of(state));
	trace = read_trace(path_of(state));
	assert_int_equal(trace->header.ended, 1);
	assert_int_equal(trace->dropped, 0);
	assert_true(trace->modules->len > 0);
	assert_true(trace->duration_ns > 3 * 28000000);
	assert_int_equal(count_sites(trace, CONTLINT_TRACE_IO), 3); /* light, sleeps, computes */
	for (guint i = 0; i < trace->sites->len; i++)
		assert_int_equal(g_array_index(trace->sites, struct trace_site, i).calls, 3);
}

static void a_sleeping_thread_is_seen_with_its_call_and_stack(void **state)
{
	g_autoptr(trace_t) trace = NULL;
	guint asleep = 0;

	(void)traced_run(TEST_TRACED, "3", path_of(state));
	trace = read_trace(path_of(state));
	for (guint i = 0; i < trace->sights->len; i++) {
		const struct trace_sight *sight =
			&g_array_index(trace->sights, struct trace_sight, i);

		if (sight->syscall < 0 || sight->stack == 0)
			continue;
		asleep++;
		assert_true(sight->on_io);
		assert_true(sight->hold_ns >= 8000000);
		assert_true(sight->stack <= trace->stacks->len);
		assert_non_null(trace_site_of(trace, sight->function, CONTLINT_TRACE_IO));
	}
	assert_true(asleep > 0);
}

/* Makes the first sight of a sleeping thread one of a computing one. */
static void pretend_it_computed(const char *path)
{
	struct contlint_trace_header header;
	struct contlint_trace_area area;
	struct contlint_trace_record record;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool done = false;

	assert_int_equal(pread(fd, &header, sizeof(header), 0), sizeof(header));
	for (guint i = 0; i < header.areas_used; i++) {
		off_t base = (off_t)(header.areas_offset + i * header.area_size);

		assert_int_equal(pread(fd, &area, sizeof(area), base), sizeof(area));
		for (guint j = 0; j < area.record_count && !done; j++) {
			off_t place = base + (off_t)(area.records_offset + j * sizeof(record));

			assert_int_equal(pread(fd, &record, sizeof(record), place), sizeof(record));
			if (record.type != CONTLINT_TRACE_BLOCK_SEEN)
				continue;
			record.type = CONTLINT_TRACE_SAMPLE;
			record.u.seen.syscall = -2;
			assert_int_equal(pwrite(fd, &record, sizeof(record), place),
					 sizeof(record));
			done = true;
		}
	}
	assert_true(done);
	(void)close(fd);
}

/* Woken up after a block, a thread is seen in whatever is next: that is not what was slow. */
static void what_computes_after_a_block_is_not_accused_of_it(void **state)
{
	g_autoptr(trace_t) before = NULL, after = NULL;

	(void)traced_run(TEST_TRACED, "1", path_of(state));
	before = read_trace(path_of(state));
	pretend_it_computed(path_of(state));
	after = read_trace(path_of(state));
	for (guint i = 0; i < after->sights->len; i++) {
		const struct trace_sight *was =
			&g_array_index(before->sights, struct trace_sight, i);
		const struct trace_sight *is = &g_array_index(after->sights, struct trace_sight, i);

		if (was->syscall != is->syscall)
			assert_true(is->hold_ns + 30000000 < was->hold_ns);
	}
}

static void percentiles_lie_between_nothing_and_the_maximum(void **state)
{
	struct trace_site site = {.calls = 100, .max_ns = 1500};

	assert_int_equal(trace_site_percentile(&site, 99), 0);
	site.histogram[3] = 98;
	site.histogram[10] = 2;
	assert_int_equal(trace_site_percentile(&site, 50), 16);
	assert_int_equal(trace_site_percentile(&site, 98), 16);
	assert_int_equal(trace_site_percentile(&site, 99), 1500);
}

static void a_killed_program_leaves_a_trace_that_names_where_it_was(void **state)
{
	g_autoptr(trace_t) trace = NULL;
	int status = traced_run(TEST_TRACED, "1 kill", path_of(state));
	bool current = false;

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	trace = read_trace(path_of(state));
	assert_int_equal(trace->header.ended, 0);
	assert_int_equal(count_sites(trace, CONTLINT_TRACE_IO), 4);
	for (guint i = 0; i < trace->sites->len; i++)
		current |= g_array_index(trace->sites, struct trace_site, i).calls == 0;
	assert_true(current);
}

static void assert_refused(const char *path, const char *reason)
{
	g_autoptr(GError) error = NULL;

	assert_null(trace_read(path, &error));
	assert_non_null(error);
	if (!strstr(error->message, reason) || !g_str_has_prefix(error->message, path))
		fail_msg("%s", error->message);
}

static void what_is_no_trace_is_refused_with_a_sentence(void **state)
{
	struct fixture *fixture = *state;
	g_autofree char *zeros = g_malloc0(8192);
	g_autofree char *other = scratch_write_bytes(fixture->folder, "zeros", zeros, 8192);

	assert_refused(fixture->path, "No such file");
	assert_refused(fixture->folder, "not a regular file");
	scratch_write(fixture->folder, "trace", "short");
	assert_refused(fixture->path, "shorter than the header");
	assert_refused(other, "no trace of a cport program");
}

static void a_cut_trace_is_read_as_far_as_it_goes(void **state)
{
	g_autoptr(trace_t) whole = NULL, cut = NULL;

	(void)traced_run(TEST_TRACED, "1", path_of(state));
	whole = read_trace(path_of(state));
	assert_int_equal(truncate(path_of(state), (off_t)whole->header.areas_offset + 100), 0);
	cut = read_trace(path_of(state));
	assert_int_equal(cut->sites->len, 0);
	assert_int_equal(cut->left_out, whole->header.areas_used);
	assert_int_equal(cut->dropped, cut->left_out);
	assert_int_equal(cut->modules->len, whole->modules->len);
}

/* ---- many ways --------------------------------------------------------------------------- */

static void check_invariants(const struct trace *trace)
{
	assert_true(g_utf8_validate(trace->command, -1, NULL));
	assert_true(trace->left_out <= trace->dropped + 1024);
	for (guint i = 0; i < trace->modules->len; i++) {
		const struct contlint_trace_module *module =
			&g_array_index(trace->modules, struct contlint_trace_module, i);

		assert_non_null(memchr(module->path, '\0', sizeof(module->path)));
		assert_true(module->build_id_size <= CONTLINT_TRACE_BUILD_ID);
	}
	for (guint i = 0; i < trace->sites->len; i++) {
		const struct trace_site *site = &g_array_index(trace->sites, struct trace_site, i);

		assert_true(site->own_max_ns <= site->max_ns);
		assert_true(trace_site_percentile(site, 99) <= site->max_ns);
	}
	for (guint i = 0; i < trace->sights->len; i++)
		assert_true(g_array_index(trace->sights, struct trace_sight, i).stack <=
			    trace->stacks->len);
	for (guint i = 0; i < trace->stacks->len; i++)
		assert_true(g_array_index(trace->stacks, struct contlint_trace_stack, i).size <=
			    CONTLINT_TRACE_STACK);
}

/* Writes a hostile word over the header, a module, the head of an area or any other place. */
static void spoil(int fd, GRand *random, const struct contlint_trace_header *header)
{
	const guint64 words[] = {0,           1,    G_MAXUINT64,          G_MAXINT64,
				 G_MAXUINT32, 4096, header->areas_offset, g_rand_int(random)};
	const guint64 area = header->areas_offset +
			     (guint64)g_rand_int_range(random, 0, (gint32)header->areas_used) *
				     header->area_size;
	const guint64 places[] = {
		(guint64)g_rand_int_range(random, 8, 320),
		header->modules_offset + (guint64)g_rand_int_range(random, 0, 2048),
		area + (guint64)g_rand_int_range(random, 0, 128),
		area + (guint64)g_rand_int_range(random, 0, (gint32)header->area_size - 8),
	};
	guint64 word = words[g_rand_int_range(random, 0, G_N_ELEMENTS(words))];
	guint64 place = places[g_rand_int_range(random, 0, G_N_ELEMENTS(places))];

	assert_int_equal(pwrite(fd, &word, sizeof(word), (off_t)place), sizeof(word));
}

static void spoilt_traces_are_an_error_or_a_partial_read(void **state)
{
	enum { ROUNDS = 300 };
	GRand *random = g_rand_new_with_seed(20);
	g_autoptr(trace_t) whole = NULL;
	g_autofree char *bytes = NULL;
	gsize size, errors = 0, partial = 0;

	(void)traced_run(TEST_TRACED, "1", path_of(state));
	whole = read_trace(path_of(state));
	size = whole->header.areas_offset + whole->header.areas_used * whole->header.area_size;
	assert_int_equal(truncate(path_of(state), (off_t)size), 0);
	assert_true(g_file_get_contents(path_of(state), &bytes, NULL, NULL));
	for (int i = 0; i < ROUNDS; i++) {
		int fd = open(path_of(state), O_RDWR | O_CLOEXEC);
		int spoils = g_rand_int_range(random, 1, 4);
		g_autoptr(GError) error = NULL;
		g_autoptr(trace_t) trace = NULL;

		assert_int_equal(pwrite(fd, bytes, size, 0), size);
		for (int j = 0; j < spoils; j++)
			spoil(fd, random, &whole->header);
		(void)close(fd);
		trace = trace_read(path_of(state), &error);
		assert_true((trace != NULL) == (error == NULL));
		errors += error != NULL;
		partial += trace && trace->dropped > 0;
		if (trace)
			check_invariants(trace);
	}
	assert_true(errors > 0 && partial > 0);
	g_rand_free(random);
}

#define test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(continuations_are_counted_by_function),
		test(a_sleeping_thread_is_seen_with_its_call_and_stack),
		test(what_computes_after_a_block_is_not_accused_of_it),
		test(percentiles_lie_between_nothing_and_the_maximum),
		test(a_killed_program_leaves_a_trace_that_names_where_it_was),
		test(what_is_no_trace_is_refused_with_a_sentence),
		test(a_cut_trace_is_read_as_far_as_it_goes),
		test(spoilt_traces_are_an_error_or_a_partial_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
