/* The table of files: what it remembers and when it looks again. */
#include "analyzer/units/file_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/scratch.h"

/* A file that nobody has changed for long. */
static const char old_file[] = "/usr/include/stdio.h";

static int setup(void **state)
{
	*state = scratch_new();
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static char *table_path(const char *folder)
{
	return g_build_filename(folder, "files", NULL);
}

/* One run that asks for `path`. */
static bool ask(const char *folder, const char *path, struct file_hash *ret_hash)
{
	g_autofree char *name = table_path(folder);
	struct file_table *table = file_table_open(name);
	bool there = file_table_hash(table, path, ret_hash);

	file_table_close(table);
	return there;
}

static void an_old_file_is_not_read_again(void **state)
{
	g_autofree char *name = table_path(*state);
	g_autofree char *text = NULL;
	struct file_hash first, second;
	char *line;

	assert_true(ask(*state, old_file, &first));
	assert_true(g_file_get_contents(name, &text, NULL, NULL));
	line = strchr(text, '\n') + 1;
	assert_non_null(strstr(line, old_file));
	/* If it trusts its note, it must believe this lie. */
	memset(line, '0', 31);
	line[31] = '7';
	assert_true(g_file_set_contents(name, text, -1, NULL));
	assert_true(ask(*state, old_file, &second));
	assert_int_equal(second.high, 0);
	assert_int_equal(second.low, 7);
	assert_int_not_equal(first.low, 7);
}

static void a_file_changed_just_now_is_not_remembered(void **state)
{
	g_autofree char *name = table_path(*state);
	g_autofree char *path = g_build_filename(*state, "new.h", NULL);
	g_autofree char *text = NULL;
	struct file_hash hash;

	scratch_write(*state, "new.h", "int x;\n");
	assert_true(ask(*state, path, &hash));
	assert_true(g_file_get_contents(name, &text, NULL, NULL));
	assert_null(strstr(text, "new.h"));
}

static void a_note_about_another_state_is_not_believed(void **state)
{
	g_autofree char *name = table_path(*state);
	g_autofree char *text = NULL;
	struct file_hash first, second;
	char *size;

	assert_true(ask(*state, old_file, &first));
	assert_true(g_file_get_contents(name, &text, NULL, NULL));
	memset(strchr(text, '\n') + 1, '0', 32);
	size = strrchr(text, ' ') - 1; /* the last digit of the time it was changed */
	*size = *size == '1' ? '2' : '1';
	assert_true(g_file_set_contents(name, text, -1, NULL));
	assert_true(ask(*state, old_file, &second));
	assert_int_equal(first.low, second.low);
}

static void one_run_sees_one_state(void **state)
{
	g_autofree char *path = g_build_filename(*state, "a.h", NULL);
	struct file_table *table = file_table_open(NULL);
	struct file_hash first, second;

	scratch_write(*state, "a.h", "int x;\n");
	assert_true(file_table_hash(table, path, &first));
	scratch_write(*state, "a.h", "int yy;\n");
	assert_true(file_table_hash(table, path, &second));
	assert_int_equal(first.low, second.low);
	file_table_close(table);
}

static void what_is_no_regular_file_has_no_hash(void **state)
{
	g_autofree char *fifo = g_build_filename(*state, "fifo", NULL);
	struct file_table *table = file_table_open(NULL);
	struct file_hash hash;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_false(file_table_hash(table, fifo, &hash));
	assert_false(file_table_hash(table, *state, &hash));
	assert_false(file_table_hash(table, "/no/such/file", &hash));
	file_table_close(table);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(an_old_file_is_not_read_again),
		CASE(a_file_changed_just_now_is_not_remembered),
		CASE(a_note_about_another_state_is_not_believed),
		CASE(one_run_sees_one_state),
		CASE(what_is_no_regular_file_has_no_hash),
	};

	return cmocka_run_group_tests_name("file_table", tests, NULL, NULL);
}
