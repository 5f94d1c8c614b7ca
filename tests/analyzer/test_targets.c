/* Sets of targets that many places hold alike. */
#include "analyzer/targets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/program_private.h"
#include "tests/analyzer/linked.h"

#define COUNT 12

/* `variable` gets each of the functions NAME0, NAME1, …, which are written too. */
static void append_stores(GString *source, const char *name, const char *variable)
{
	for (guint i = 0; i < COUNT; i++)
		g_string_append_printf(source,
				       "static void %s%u(void *data) { }\n"
				       "void %s_take%u(void) { %s = %s%u; }\n",
				       name, i, name, i, variable, name, i);
}

static const struct target *targets_named(const struct linked *linked, const char *variable,
					  guint *ret_count)
{
	const struct program *program = linked->program;

	for (uint32_t i = 0; i < program->symbol_count; i++)
		if (program->symbols[i].kind == FACT_SYMBOL_VARIABLE &&
		    strcmp(program->symbols[i].name, variable) == 0)
			return targets_of(program->private->targets, i, ret_count, NULL, NULL);
	fail_msg("%s: no such variable", variable);
	return NULL;
}

static void places_that_hold_the_same_share_one_set(void **state)
{
	g_autoptr(GString) source =
		g_string_new(LINKED_LIBRARY "static lib_cb *first, *second, *other;\n"
					    "void pass(void) { second = first; }\n");
	g_autoptr(linked_t) linked = NULL;
	const struct target *first, *second, *other;
	guint first_count, second_count, other_count;

	append_stores(source, "f", "first");
	append_stores(source, "g", "other");
	linked = linked_new("a.c", source->str, NULL);
	first = targets_named(linked, "first", &first_count);
	second = targets_named(linked, "second", &second_count);
	other = targets_named(linked, "other", &other_count);
	assert_int_equal(first_count, COUNT);
	assert_int_equal(second_count, COUNT);
	assert_int_equal(other_count, COUNT);
	assert_ptr_equal(first, second);
	assert_ptr_not_equal(first, other);
	assert_true(first[0].symbol != other[0].symbol);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_that_hold_the_same_share_one_set),
	};

	return cmocka_run_group_tests_name("targets", tests, NULL, NULL);
}
