/* Rows by hash. */
#include "analyzer/row_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROWS 20000

/* The row of `value`, whose hash leaves many values alike; UINT32_MAX if it is not there. */
static uint32_t find(const struct row_table *table, const uint32_t *values, uint32_t value)
{
	uint32_t hash = value / 3;

	for (row_table_at at = row_table_begin(table, hash); row_table_more(table, at);
	     at = row_table_next(table, at))
		if (row_table_is(table, at, hash) && values[row_table_row(table, at)] == value)
			return row_table_row(table, at);
	return UINT32_MAX;
}

static void each_row_is_found_as_the_table_grows(void **state)
{
	static uint32_t values[ROWS];
	struct row_table table = {0};

	(void)state;
	assert_int_equal(find(&table, values, 7), UINT32_MAX);
	for (uint32_t i = 0; i < ROWS; i++) {
		values[i] = 7 * i;
		row_table_add(&table, values[i] / 3, i);
	}
	for (uint32_t i = 0; i < ROWS; i++) {
		assert_int_equal(find(&table, values, 7 * i), i);
		assert_int_equal(find(&table, values, 7 * i + 1), UINT32_MAX);
	}
	assert_int_equal(table.count, ROWS);
	row_table_clear(&table);
	assert_int_equal(find(&table, values, 7), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_found_as_the_table_grows),
	};

	return cmocka_run_group_tests_name("row_table", tests, NULL, NULL);
}
