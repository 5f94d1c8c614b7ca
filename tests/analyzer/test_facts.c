/* Facts: strings, the trip through bytes, and what decoding refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <xxhash.h>

#include "analyzer/facts.h"
#include "analyzer/facts_tables.h"

static fact_id add_value(struct facts *facts, enum fact_value_kind kind, uint32_t a, uint32_t b)
{
	struct fact_value value = {.kind = kind, .a = a, .b = b};

	g_array_append_val(facts->values, value);
	return facts->values->len - 1;
}

static void add_event(struct facts *facts, enum fact_event_kind kind, uint32_t a, uint32_t b,
		      uint32_t c)
{
	struct fact_event event = {.kind = kind,
				   .a = a,
				   .b = b,
				   .c = c,
				   .loc = 0,
				   .spelling = 0,
				   .end = FACT_NONE,
				   .text = FACT_NONE};

	g_array_append_val(facts->events, event);
	facts_row(facts, functions, struct fact_function, 1)->event_count++;
}

static void add_symbol(struct facts *facts, const char *name, enum fact_symbol_kind kind)
{
	struct fact_symbol symbol = {.usr = facts_intern(facts, name),
				     .name = facts_intern(facts, name),
				     .owner = FACT_NONE,
				     .type = facts_intern(facts, "int"),
				     .kind = kind,
				     .loc = 0};

	symbol.twin = FACT_NONE;
	g_array_append_val(facts->symbols, symbol);
}

/* f(p) { int l; g(p); l = [0]; if (l) g([0]); } with value 0 = &g, 1 = p, 2 = [0], 3 = l, 4 = s.x
 */
static struct facts *sample(void)
{
	struct facts *facts = facts_new();
	struct fact_file file = {.path = facts_intern(facts, "a.c"), .flags = FACT_FILE_MAIN};
	struct fact_loc loc = {0, 1, 1};
	struct fact_param variable = {facts_intern(facts, "p"), facts_intern(facts, "int"), 0};
	struct fact_function function = {
		.symbol = 0, .begin = 0, .end = 0, .param_count = 1, .local_count = 1};
	fact_id argument;

	g_array_append_val(facts->files, file);
	g_array_append_val(facts->locs, loc);
	g_array_append_val(facts->params, variable);
	g_array_append_val(facts->locals, variable);
	add_symbol(facts, "f", FACT_SYMBOL_FUNCTION);
	add_symbol(facts, "g", FACT_SYMBOL_FUNCTION);
	add_symbol(facts, "x", FACT_SYMBOL_FIELD);
	g_array_append_val(facts->functions, function);
	add_value(facts, FACT_VALUE_FUNCTION, 1, FACT_NONE);
	argument = add_value(facts, FACT_VALUE_PARAM, 0, FACT_NONE);
	g_array_append_val(facts->arguments, argument);
	argument = add_value(facts, FACT_VALUE_CALL, 0, FACT_NONE);
	g_array_append_val(facts->arguments, argument);
	add_value(facts, FACT_VALUE_LOCAL, 0, FACT_NONE);
	add_value(facts, FACT_VALUE_FIELD, 2, 3);
	add_event(facts, FACT_EVENT_CALL, 0, 0, 1);
	add_event(facts, FACT_EVENT_ASSIGN, 3, 2, FACT_NONE);
	add_event(facts, FACT_EVENT_BRANCH, 3, FACT_NONE, FACT_NONE);
	add_event(facts, FACT_EVENT_CALL, 0, 1, 1);
	add_event(facts, FACT_EVENT_BRANCH_END, FACT_NONE, FACT_NONE, FACT_NONE);
	return facts;
}

static struct facts *trip(const struct facts *facts, GError **error)
{
	g_autoptr(GBytes) bytes = facts_encode(facts);

	return facts_decode(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "x.facts",
			    error);
}

/* Encodes `facts`, and decoding must refuse it with `message`. Takes the facts. */
static void assert_refused(struct facts *facts, const char *message)
{
	g_autoptr(GError) error = NULL;

	assert_null(trip(facts, &error));
	assert_string_equal(error->message, message);
	facts_free(facts);
}

static void equal_strings_are_one(void **state)
{
	g_autoptr(facts_t) facts = facts_new();
	fact_id a = facts_intern(facts, "a");

	(void)state;
	assert_int_equal(facts_intern(facts, "a"), a);
	assert_int_not_equal(facts_intern(facts, "b"), a);
	assert_int_not_equal(facts_intern(facts, ""), FACT_NONE);
	assert_int_equal(facts_intern(facts, NULL), FACT_NONE);
	assert_string_equal(facts_string(facts, a), "a");
	assert_string_equal(facts_string(facts, FACT_NONE), "");
}

static void strings_are_made_utf8(void **state)
{
	g_autoptr(facts_t) facts = facts_new();
	fact_id id = facts_intern(facts, "\xff!");

	(void)state;
	assert_true(g_utf8_validate(facts_string(facts, id), -1, NULL));
	assert_int_equal(facts_intern(facts, "\xff!"), id);
}

static void a_trip_through_bytes_changes_nothing(void **state)
{
	g_autoptr(facts_t) facts = sample();
	g_autoptr(facts_t) back = trip(facts, NULL);
	g_autoptr(GBytes) first = facts_encode(facts);
	g_autoptr(GBytes) second = NULL;

	(void)state;
	assert_non_null(back);
	second = facts_encode(back);
	assert_true(g_bytes_equal(first, second));
}

static void decoded_facts_can_grow(void **state)
{
	g_autoptr(facts_t) facts = sample();
	g_autoptr(facts_t) back = trip(facts, NULL);
	guint count = back->string_offsets->len;

	(void)state;
	assert_int_equal(facts_intern(back, "f"), facts_intern(facts, "f"));
	assert_int_equal(facts_intern(back, "new"), count);
	assert_string_equal(facts_string(back, count), "new");
}

static void printing_shows_names_and_structure(void **state)
{
	g_autoptr(facts_t) facts = sample();
	g_autoptr(GString) out = g_string_new(NULL);

	(void)state;
	facts_print(facts, out);
	assert_non_null(strstr(out->str, "function f  a.c:1:1 - a.c:1:1\n"
					 "  param    0  p                     int\n"
					 "  local    0  p                     int\n"
					 "       0  a.c:1:1  call &g($p)\n"
					 "       1  a.c:1:1  %p = [0]\n"
					 "       2  a.c:1:1  if %p\n"
					 "       3  a.c:1:1    call &g([0])\n"
					 "       4  a.c:1:1  end if\n"));
}

static void what_is_no_facts_file_is_said_so(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(facts_decode("int main(void) {}", 17, "a.c", &error));
	assert_string_equal(error->message, "a.c: this is no facts file");
	assert_int_equal(error->code, FACTS_ERROR_BAD);
}

static void another_version_is_told_apart(void **state)
{
	g_autoptr(facts_t) facts = sample();
	g_autoptr(GBytes) bytes = facts_encode(facts);
	g_autofree char *copy = g_memdup2(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	g_autoptr(GError) error = NULL;

	(void)state;
	((struct facts_header *)copy)->version++;
	assert_null(facts_decode(copy, g_bytes_get_size(bytes), "x.facts", &error));
	assert_int_equal(error->code, FACTS_ERROR_VERSION);
}

static void every_truncation_is_refused(void **state)
{
	g_autoptr(facts_t) facts = sample();
	g_autoptr(GBytes) bytes = facts_encode(facts);

	(void)state;
	for (gsize size = 0; size < g_bytes_get_size(bytes); size++) {
		g_autoptr(GError) error = NULL;
		/* a copy of just that size, so that reading past it is seen */
		g_autofree char *copy = g_memdup2(g_bytes_get_data(bytes, NULL), size);

		assert_null(facts_decode(copy, size, "x.facts", &error));
		assert_non_null(error);
	}
}

static void a_flipped_bit_is_noticed(void **state)
{
	g_autoptr(facts_t) facts = sample();
	g_autoptr(GBytes) bytes = facts_encode(facts);
	gsize size = g_bytes_get_size(bytes);

	(void)state;
	for (gsize at = 0; at < size; at++) {
		g_autofree char *copy = g_memdup2(g_bytes_get_data(bytes, NULL), size);
		g_autoptr(GError) error = NULL;

		copy[at] ^= 4;
		assert_null(facts_decode(copy, size, "x.facts", &error));
	}
}

static void huge_counts_are_refused_without_memory(void **state)
{
	g_autoptr(facts_t) facts = sample();
	g_autoptr(GBytes) bytes = facts_encode(facts);
	g_autoptr(GError) error = NULL;
	g_autofree char *copy = g_memdup2(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));

	(void)state;
	((struct facts_header *)copy)->counts[FACTS_TABLE_events] = UINT32_MAX;
	assert_null(facts_decode(copy, g_bytes_get_size(bytes), "x.facts", &error));
	assert_non_null(strstr(error->message, "cut short or damaged"));
}

static struct fact_value *value_of(struct facts *facts, guint row)
{
	return facts_row(facts, values, struct fact_value, row);
}

static struct fact_event *event_of(struct facts *facts, guint row)
{
	return facts_row(facts, events, struct fact_event, row);
}

static void operands_must_stand_before_their_users(void **state)
{
	struct facts *facts = sample();

	(void)state;
	value_of(facts, 4)->b = 4;
	assert_refused(facts, "x.facts: row 4 of table values names something that does not stand "
			      "before it");
}

static void a_local_must_exist_in_the_function_that_uses_it(void **state)
{
	struct facts *facts = sample();

	(void)state;
	value_of(facts, 3)->a = 1;
	assert_refused(facts, "x.facts: row 1 of table events reaches outside its function");
}

static void a_parameter_must_exist(void **state)
{
	struct facts *facts = sample();

	(void)state;
	value_of(facts, 1)->a = UINT32_MAX;
	assert_refused(facts, "x.facts: row 0 of table events reaches outside its function");
}

static void a_call_cannot_be_its_own_argument(void **state)
{
	struct facts *facts = sample();

	(void)state;
	value_of(facts, 2)->a = 3;
	assert_refused(facts, "x.facts: row 3 of table events reaches outside its function");
}

static void a_result_must_be_that_of_a_call(void **state)
{
	struct facts *facts = sample();

	(void)state;
	value_of(facts, 2)->a = 1;
	assert_refused(facts,
		       "x.facts: row 2 of table values is the result of something that is no "
		       "call");
}

static void a_function_value_must_name_a_function(void **state)
{
	struct facts *facts = sample();

	(void)state;
	value_of(facts, 0)->a = 2;
	assert_refused(facts, "x.facts: row 0 of table values names a symbol of another kind");
}

static void unknown_kinds_are_refused(void **state)
{
	struct facts *facts = sample();

	(void)state;
	value_of(facts, 0)->kind = FACT_VALUE_CHOICE + 1;
	assert_refused(facts, "x.facts: row 0 of table values has a kind that does not exist");
	facts = sample();
	event_of(facts, 1)->kind = FACT_EVENT_READ + 1;
	assert_refused(facts, "x.facts: row 1 of table events has a kind that does not exist");
	facts = sample();
	event_of(facts, 1)->op = FACT_OP_POST_DEC + 1;
	assert_refused(facts, "x.facts: row 1 of table events has an operator that does not exist");
}

static void arguments_must_be_in_the_table(void **state)
{
	struct facts *facts = sample();

	(void)state;
	event_of(facts, 0)->c = 3;
	assert_refused(facts, "x.facts: row 0 of table events has arguments outside the table");
}

static void begins_and_ends_must_balance(void **state)
{
	struct facts *facts = sample();

	(void)state;
	event_of(facts, 4)->kind = FACT_EVENT_LOOP_END;
	assert_refused(facts, "x.facts: row 4 of table events does not nest");
	facts = sample();
	facts_row(facts, functions, struct fact_function, 1)->event_count--;
	assert_refused(facts, "x.facts: row 3 of table events ends its function inside something");
}

static void values_must_stay_small_trees(void **state)
{
	struct facts *facts = sample();
	fact_id deep = 3;

	(void)state;
	for (int i = 0; i < 30; i++) {
		struct fact_value twice = {
			.kind = FACT_VALUE_BINARY, .op = FACT_OP_ADD, .a = deep, .b = deep};

		g_array_append_val(facts->values, twice);
		deep = facts->values->len - 1;
	}
	assert_refused(facts, "x.facts: row 14 of table values is too deep or too large");
}

static void functions_cannot_share_events(void **state)
{
	struct facts *facts = sample();
	struct fact_function again = *facts_row(facts, functions, struct fact_function, 1);

	(void)state;
	g_array_append_val(facts->functions, again);
	assert_refused(facts, "x.facts: row 0 of table functions and others share events");
}

static void the_main_file_must_be_there(void **state)
{
	struct facts *facts = sample();

	(void)state;
	facts_row(facts, files, struct fact_file, 0)->flags = 0;
	assert_refused(facts, "x.facts: row 0 of table files is not the main file");
}

static void strings_must_be_strings(void **state)
{
	struct facts *facts = sample();

	(void)state;
	facts->string_bytes->data[facts->string_bytes->len - 1] = 'x';
	assert_refused(facts, "x.facts: row 5 of table string_offsets is not a string");
	facts = sample();
	facts->string_bytes->data[0] = 0xff;
	assert_refused(facts, "x.facts: row 0 of table string_offsets is not UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_strings_are_one),
		cmocka_unit_test(strings_are_made_utf8),
		cmocka_unit_test(a_trip_through_bytes_changes_nothing),
		cmocka_unit_test(decoded_facts_can_grow),
		cmocka_unit_test(printing_shows_names_and_structure),
		cmocka_unit_test(what_is_no_facts_file_is_said_so),
		cmocka_unit_test(another_version_is_told_apart),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(a_flipped_bit_is_noticed),
		cmocka_unit_test(huge_counts_are_refused_without_memory),
		cmocka_unit_test(operands_must_stand_before_their_users),
		cmocka_unit_test(a_local_must_exist_in_the_function_that_uses_it),
		cmocka_unit_test(a_parameter_must_exist),
		cmocka_unit_test(a_call_cannot_be_its_own_argument),
		cmocka_unit_test(a_result_must_be_that_of_a_call),
		cmocka_unit_test(a_function_value_must_name_a_function),
		cmocka_unit_test(unknown_kinds_are_refused),
		cmocka_unit_test(arguments_must_be_in_the_table),
		cmocka_unit_test(begins_and_ends_must_balance),
		cmocka_unit_test(values_must_stay_small_trees),
		cmocka_unit_test(functions_cannot_share_events),
		cmocka_unit_test(the_main_file_must_be_there),
		cmocka_unit_test(strings_must_be_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
