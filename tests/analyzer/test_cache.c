/* The cache: what makes an entry valid, what makes it void, and what damage does. */
#include "analyzer/units/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>
#include <xxhash.h>

#include "tests/scratch.h"

struct fixture {
	char *folder, *directory;
	struct compdb_unit unit;
	guint64 limit;
};

static int setup(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);

	fixture->folder = scratch_new();
	fixture->directory = g_build_filename(fixture->folder, ".contlint/cache", NULL);
	fixture->limit = CACHE_DEFAULT_LIMIT;
	scratch_write(fixture->folder, "src/a.c", "#include \"a.h\"\nint a;\n");
	scratch_write(fixture->folder, "src/a.h", "int h;\n");
	fixture->unit = (struct compdb_unit){
		.directory = g_build_filename(fixture->folder, "src", NULL),
		.file = g_build_filename(fixture->folder, "src/a.c", NULL),
		.label = g_strdup("src/a.c"),
		.flags = g_ptr_array_new_with_free_func(g_free),
		.target = g_strdup("src"),
	};
	g_ptr_array_add(fixture->unit.flags, g_strdup("-DX"));
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	scratch_remove(fixture->folder);
	g_free(fixture->directory);
	g_free(fixture->unit.directory);
	g_free(fixture->unit.file);
	g_free(fixture->unit.label);
	g_free(fixture->unit.target);
	g_ptr_array_unref(fixture->unit.flags);
	g_free(fixture);
	return 0;
}

static void add_file(struct facts *facts, const char *folder, const char *name, uint32_t flags)
{
	struct fact_file file = {.path = facts_intern(facts, name),
				 .flags = flags | FACT_FILE_IN_ROOT};
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *text = NULL;
	XXH128_hash_t hash;
	gsize size;

	assert_true(g_file_get_contents(path, &text, &size, NULL));
	hash = XXH3_128bits(text, size);
	file.hash_low = hash.low64;
	file.hash_high = hash.high64;
	g_array_append_val(facts->files, file);
}

/* Facts of the fixture's unit as an extraction now would give them, marked with `mark`. */
static struct facts *make_facts(const struct fixture *fixture, const char *mark)
{
	struct facts *facts = facts_new();

	add_file(facts, fixture->folder, "src/a.c", FACT_FILE_MAIN);
	add_file(facts, fixture->folder, "src/a.h", 0);
	facts->command = facts_intern(facts, mark);
	facts->target = facts_intern(facts, "src");
	return facts;
}

static struct cache *open_cache(const struct fixture *fixture)
{
	struct cache *cache = cache_open(fixture->directory, fixture->folder, fixture->limit, NULL);

	assert_non_null(cache);
	return cache;
}

/* One run that stores the unit. */
static void store(const struct fixture *fixture, const char *mark)
{
	struct cache *cache = open_cache(fixture);
	struct facts *facts = make_facts(fixture, mark);
	g_autoptr(GBytes) bytes = facts_encode(facts);

	g_autofree char *name = cache_store(cache, &fixture->unit, facts, bytes);

	assert_non_null(name);
	facts_free(facts);
	cache_close(cache);
}

/* One run that asks for the unit: the mark of what it gets, "" for a miss. Caller frees. */
static char *ask(const struct fixture *fixture)
{
	struct cache *cache = open_cache(fixture);
	g_autofree char *found = cache_find(cache, &fixture->unit);
	g_autofree char *name = NULL;
	struct facts *facts = cache_load(cache, &fixture->unit, &name);
	char *mark = g_strdup(facts ? facts_string(facts, facts->command) : "");

	if (facts)
		assert_string_equal(name, found);
	facts_free(facts);
	cache_close(cache);
	return mark;
}

static void assert_answer(const struct fixture *fixture, const char *wanted)
{
	g_autofree char *mark = ask(fixture);

	assert_string_equal(mark, wanted);
}

static void what_was_stored_is_found(void **state)
{
	assert_answer(*state, "");
	store(*state, "one");
	assert_answer(*state, "one");
	assert_answer(*state, "one");
}

static void a_changed_source_is_a_miss(void **state)
{
	struct fixture *fixture = *state;

	store(fixture, "one");
	scratch_write(fixture->folder, "src/a.c", "#include \"a.h\"\nint b;\n");
	assert_answer(fixture, "");
}

static void a_changed_header_is_a_miss(void **state)
{
	struct fixture *fixture = *state;

	store(fixture, "one");
	scratch_write(fixture->folder, "src/a.h", "int i;\n");
	assert_answer(fixture, "");
}

static void a_removed_header_is_a_miss(void **state)
{
	struct fixture *fixture = *state;
	g_autofree char *header = g_build_filename(fixture->folder, "src/a.h", NULL);

	store(fixture, "one");
	assert_int_equal(unlink(header), 0);
	assert_answer(fixture, "");
}

static void a_changed_flag_is_a_miss(void **state)
{
	struct fixture *fixture = *state;

	store(fixture, "one");
	g_ptr_array_add(fixture->unit.flags, g_strdup("-DY"));
	assert_answer(fixture, "");
}

static void a_touched_file_is_a_hit(void **state)
{
	struct fixture *fixture = *state;
	g_autofree char *header = g_build_filename(fixture->folder, "src/a.h", NULL);
	struct utimbuf times = {.actime = 1000, .modtime = 1000};

	store(fixture, "one");
	assert_int_equal(utime(header, &times), 0);
	assert_answer(fixture, "one");
}

static void a_change_that_keeps_size_and_time_is_seen(void **state)
{
	struct fixture *fixture = *state;
	g_autofree char *header = g_build_filename(fixture->folder, "src/a.h", NULL);
	struct utimbuf times = {.actime = 1000, .modtime = 1000};

	assert_int_equal(utime(header, &times), 0);
	store(fixture, "one");
	assert_answer(fixture, "one");
	scratch_write(fixture->folder, "src/a.h", "int i;\n");
	assert_int_equal(utime(header, &times), 0);
	assert_answer(fixture, "");
}

static void both_states_of_a_header_are_kept(void **state)
{
	struct fixture *fixture = *state;

	store(fixture, "one");
	scratch_write(fixture->folder, "src/a.h", "int i;\n");
	store(fixture, "two");
	assert_answer(fixture, "two");
	scratch_write(fixture->folder, "src/a.h", "int h;\n");
	assert_answer(fixture, "one");
}

static void old_states_of_a_header_are_dropped(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 10; i++) {
		g_autofree char *text = g_strdup_printf("int h%d;\n", i);

		scratch_write(fixture->folder, "src/a.h", text);
		store(fixture, text);
	}
	assert_answer(fixture, "int h9;\n");
	scratch_write(fixture->folder, "src/a.h", "int h2;\n");
	assert_answer(fixture, "int h2;\n");
	scratch_write(fixture->folder, "src/a.h", "int h1;\n");
	assert_answer(fixture, "");
}

static void facts_with_errors_are_not_kept(void **state)
{
	struct fixture *fixture = *state;
	struct cache *cache = open_cache(fixture);
	struct facts *facts = make_facts(fixture, "one");
	struct fact_diagnostic problem = {
		.severity = 4, .loc = FACT_NONE, .text = facts_intern(facts, "no header")};
	g_autoptr(GBytes) bytes = NULL;

	g_array_append_val(facts->diagnostics, problem);
	bytes = facts_encode(facts);
	assert_null(cache_store(cache, &fixture->unit, facts, bytes));
	facts_free(facts);
	cache_close(cache);
	assert_answer(fixture, "");
}

static void a_cache_travels_with_its_root(void **state)
{
	struct fixture *fixture = *state;
	char *other = scratch_new();
	g_autofree char *command = NULL;
	g_autofree char *moved = g_build_filename(other, "moved", NULL);

	g_ptr_array_add(fixture->unit.flags, g_strconcat("-I", fixture->folder, "/src", NULL));
	store(fixture, "one");
	assert_int_equal(rename(fixture->folder, moved), 0);
	g_free(fixture->unit.directory);
	g_free(fixture->unit.file);
	g_free(fixture->directory);
	fixture->unit.directory = g_build_filename(moved, "src", NULL);
	fixture->unit.file = g_build_filename(moved, "src/a.c", NULL);
	fixture->directory = g_build_filename(moved, ".contlint/cache", NULL);
	g_ptr_array_set_size(fixture->unit.flags, 1);
	g_ptr_array_add(fixture->unit.flags, g_strconcat("-I", moved, "/src", NULL));
	free(fixture->folder);
	fixture->folder = strdup(moved);
	assert_answer(fixture, "one");
	scratch_remove(other);
}

/* Every file of the cache is changed by `damage`. */
static void damage_all(const struct fixture *fixture, void (*damage)(const char *path))
{
	for (guint i = 0; i < 256; i++) {
		g_autofree char *folder = g_strdup_printf("%s/%02x", fixture->directory, i);
		g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

		for (const char *name = dir ? g_dir_read_name(dir) : NULL; name;
		     name = g_dir_read_name(dir)) {
			g_autofree char *path = g_build_filename(folder, name, NULL);

			damage(path);
		}
	}
}

static void cut_in_half(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size / 2), 0);
}

static void flip_a_late_bit(const char *path)
{
	char *text;
	gsize size;

	assert_true(g_file_get_contents(path, &text, &size, NULL));
	text[size - 5] ^= 4;
	assert_true(g_file_set_contents(path, text, (gssize)size, NULL));
	g_free(text);
}

static void fill_with_noise(const char *path)
{
	assert_true(g_file_set_contents(path, "\n= \n= x\n\xff", -1, NULL));
}

static void damaged_entries_are_misses_and_are_replaced(void **state)
{
	static void (*const damages[])(const char *) = {cut_in_half, flip_a_late_bit,
							fill_with_noise};

	for (size_t i = 0; i < G_N_ELEMENTS(damages); i++) {
		store(*state, "one");
		damage_all(*state, damages[i]);
		assert_answer(*state, "");
		store(*state, "two");
		assert_answer(*state, "two");
	}
}

static void a_damaged_table_of_files_is_made_anew(void **state)
{
	struct fixture *fixture = *state;

	store(fixture, "one");
	assert_answer(fixture, "one");
	scratch_write(fixture->directory, "files",
		      "contlint-files 1\nnonsense\n0 1 2\n\xff\n0123 /x\n");
	assert_answer(fixture, "one");
}

static void the_least_used_goes_when_the_cache_is_full(void **state)
{
	struct fixture *fixture = *state;
	guint64 size;
	guint files;

	for (int i = 0; i < 20; i++) {
		g_autofree char *text = g_strdup_printf("int a%d;\n", i);

		scratch_write(fixture->folder, "src/a.c", text);
		store(fixture, text);
	}
	cache_measure(fixture->directory, &size, &files);
	assert_int_equal(files, 40);
	fixture->limit = size / 2;
	scratch_write(fixture->folder, "src/a.c", "int last;\n");
	store(fixture, "last");
	cache_measure(fixture->directory, &size, &files);
	assert_true(size <= fixture->limit);
	assert_true(files > 2);
	assert_answer(fixture, "last");
}

static void a_folder_that_cannot_be_written_is_told(void **state)
{
	struct fixture *fixture = *state;
	g_autoptr(GError) error = NULL;
	g_autofree char *blocked = g_build_filename(fixture->folder, "src/a.c/cache", NULL);

	assert_null(cache_open(blocked, fixture->folder, fixture->limit, &error));
	assert_non_null(strstr(error->message, "src/a.c/cache: cannot keep a cache there"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(what_was_stored_is_found),
		CASE(a_changed_source_is_a_miss),
		CASE(a_changed_header_is_a_miss),
		CASE(a_removed_header_is_a_miss),
		CASE(a_changed_flag_is_a_miss),
		CASE(a_touched_file_is_a_hit),
		CASE(a_change_that_keeps_size_and_time_is_seen),
		CASE(both_states_of_a_header_are_kept),
		CASE(old_states_of_a_header_are_dropped),
		CASE(facts_with_errors_are_not_kept),
		CASE(a_cache_travels_with_its_root),
		CASE(damaged_entries_are_misses_and_are_replaced),
		CASE(a_damaged_table_of_files_is_made_anew),
		CASE(the_least_used_goes_when_the_cache_is_full),
		CASE(a_folder_that_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
