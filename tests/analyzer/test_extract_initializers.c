/* Initializers: which member gets what, in every way C allows to write it. */
#include "tests/analyzer/extracted.h"

#define TYPES                                                                                      \
	"typedef void (*cb_t)(int);\n"                                                             \
	"void g(int), h(int), k(int);\n"                                                           \
	"struct in { int n; cb_t a, b; };\n"

static void positions_follow_the_fields(void **state)
{
	assert_file_scope(state, TYPES "struct in x = { 1, g, h };",
			  "x->in::n = 1\nx->in::a = &g\nx->in::b = &h\n");
}

static void missing_braces_fill_nested_records(void **state)
{
	assert_file_scope(state, TYPES "struct out { struct in i; cb_t c; } x = { 1, g, h, k };",
			  "x->out::i->in::n = 1\nx->out::i->in::a = &g\n"
			  "x->out::i->in::b = &h\nx->out::c = &k\n");
}

static void designators_say_where_and_positions_go_on_from_there(void **state)
{
	assert_file_scope(state,
			  TYPES "struct out { int z; struct in i; cb_t c; } x ="
				" { .i.a = g, h, k };",
			  "x->out::i->in::a = &g\nx->out::i->in::b = &h\nx->out::c = &k\n");
}

static void old_gnu_designators_are_the_same(void **state)
{
	assert_file_scope(state, TYPES "struct in x = { b: g, a: h };",
			  "x->in::b = &g\nx->in::a = &h\n");
}

static void arrays_of_records_are_filled_flat_or_braced(void **state)
{
	assert_file_scope(state, TYPES "struct in x[2] = { 1, g, h, { 2, k } };",
			  "x[0]->in::n = 1\nx[0]->in::a = &g\nx[0]->in::b = &h\n"
			  "x[1]->in::n = 2\nx[1]->in::a = &k\n");
}

static void array_designators_move_on(void **state)
{
	assert_file_scope(state, TYPES "cb_t x[9] = { g, [4] = h, k, [0] = k };",
			  "x[0] = &g\nx[4] = &h\nx[5] = &k\nx[0] = &k\n");
}

static void array_ranges_go_on_after_their_end(void **state)
{
	assert_file_scope(state, TYPES "cb_t x[9] = { [1 ... 3] = g, h };",
			  "x[3] = &g\nx[4] = &h\n");
}

static void a_designated_element_of_an_array_of_records(void **state)
{
	assert_file_scope(
		state, TYPES "struct in x[3] = { [1].a = g, h, 7, k };",
		"x[1]->in::a = &g\nx[1]->in::b = &h\nx[2]->in::n = 7\nx[2]->in::a = &k\n");
}

static void two_dimensions(void **state)
{
	assert_file_scope(state, TYPES "cb_t x[2][2] = { g, h, { k } };",
			  "x[0][0] = &g\nx[0][1] = &h\nx[1][0] = &k\n");
}

static void a_union_takes_its_first_member_only(void **state)
{
	assert_file_scope(
		state, TYPES "struct u { union { cb_t one; int two; } v; cb_t w; } x = { g, h };",
		"x->u::v->u.v::one = &g\nx->u::w = &h\n");
}

static void a_designated_union_member(void **state)
{
	assert_file_scope(state,
			  TYPES "struct u { union { int n; cb_t p; } v; cb_t w; } x ="
				" { .v.p = g, h };",
			  "x->u::v->u.v::p = &g\nx->u::w = &h\n");
}

static void anonymous_members_belong_to_the_record_around_them(void **state)
{
	assert_file_scope(state,
			  TYPES "struct s { int n; union { cb_t p; int q; };"
				" struct { cb_t r; }; cb_t t; };\n"
				"struct s x = { 1, g, h, k }, y = { .p = g, .r = h, k };",
			  "x->s::n = 1\nx->s::p = &g\nx->s::r = &h\nx->s::t = &k\n"
			  "y->s::p = &g\ny->s::r = &h\ny->s::t = &k\n");
}

static void unnamed_bits_take_no_value(void **state)
{
	assert_file_scope(state, TYPES "struct s { int a : 3; int : 5; cb_t p; } x = { 1, g };",
			  "x->s::a = 1\nx->s::p = &g\n");
}

static void casts_and_addresses_are_dropped(void **state)
{
	assert_file_scope(state, TYPES "struct in x = { .a = (cb_t)(void *)&g, .b = (h) };",
			  "x->in::a = &g\nx->in::b = &h\n");
}

static void strings_in_character_arrays_are_one_value(void **state)
{
	assert_file_scope(state,
			  TYPES "struct s { char name[8]; cb_t p; } x[] ="
				" { { \"one\", g }, \"two\", h };",
			  "x[0]->s::name = \"one\"\nx[0]->s::p = &g\n"
			  "x[1]->s::name = \"two\"\nx[1]->s::p = &h\n");
}

static void tables_of_numbers_are_no_facts(void **state)
{
	assert_file_scope(state, "int a[] = { 1, 2, 3 }; unsigned char b[2][2] = { 1, 2, 3, 4 };",
			  "");
}

static void long_tables_keep_their_functions(void **state)
{
	g_autoptr(GString) source = g_string_new(TYPES "struct in x[100] = {");
	g_autofree char *events = NULL;
	g_autoptr(facts_t) facts = NULL;

	for (int i = 0; i < 100; i++)
		g_string_append_printf(source, "{ %d, g, 0 },", i);
	g_string_append(source, "};");
	facts = extracted_source(*state, source->str);
	events = extracted_events(facts, "file scope");
	assert_true(g_str_has_prefix(events, "x[0]->in::a = &g\nx[1]->in::a = &g\n"));
	assert_null(strstr(events, "::n"));
}

static void null_is_not_zero(void **state)
{
	assert_file_scope(state, TYPES "struct in x = { 0, 0, (cb_t)0 };",
			  "x->in::n = 0\nx->in::a = null\nx->in::b = null\n");
}

static void compound_literals_at_file_scope_assign_fields(void **state)
{
	assert_file_scope(state,
			  TYPES
			  "struct p { struct in *i; cb_t *list; };\n"
			  "struct p x = { .i = &(struct in){ .a = g }, .list = (cb_t[]){ h } };",
			  "in::a = &g\nx->p::list[0] = &h\n");
}

static void statics_in_functions_belong_to_the_file_scope(void **state)
{
	assert_file_scope(state, TYPES "void f(void) { static struct in x = { .a = g }; (void)x; }",
			  "x->in::a = &g\n");
}

static void locals_are_assigned_where_they_stand(void **state)
{
	assert_events(state,
		      TYPES "int n(void); void f(cb_t c) { struct in x = { n(), c, .b = g };"
			    " struct in y = x; cb_t z = y.a; }",
		      "call &n() used\n%x->in::n = [0]\n%x->in::a = $c\n%x->in::b = &g\n"
		      "%y = %x\n%z = %y->in::a\n");
}

static void compound_literals_in_functions_are_locals(void **state)
{
	assert_events(state,
		      TYPES
		      "void take(struct in *); void f(void) { take(&(struct in){ .a = g }); }",
		      "%#0->in::a = &g\n%#0->in::n = 0\ncall &take(&(%#0))\n");
}

static void a_compound_literal_of_the_same_type_is_taken_apart(void **state)
{
	assert_events(state, TYPES "void f(void) { struct in x = (struct in){ .a = g }; }",
		      "%x->in::a = &g\n%x->in::n = 0\n");
}

static void numbers_that_the_list_of_a_local_leaves_out_are_zero(void **state)
{
	assert_events(state,
		      "struct s { int a, b; struct { int d; }; long c; } t; union u { int a, b; };"
		      " void f(void) { struct s x = { .b = 1 }, y = { 0 }, z;"
		      " union u u = { 2 }; static struct s w = { 3 }; }",
		      "%x->s::b = 1\n%x->s::a = 0\n%x->s::c = 0\n"
		      "%y->s::a = 0\n%y->s::b = 0\n%y->s::c = 0\n%u->u::a = 2\n");
}

static void excess_elements_do_not_hurt(void **state)
{
	assert_file_scope(state, TYPES "struct in x = { 1, g, h, k, k }; cb_t y[1] = { g, h };",
			  "x->in::n = 1\nx->in::a = &g\nx->in::b = &h\ny[0] = &g\n");
}

static void empty_records_and_lists_do_not_hurt(void **state)
{
	assert_file_scope(state,
			  TYPES
			  "struct e {}; struct s { struct e e; cb_t p; } x = {}, y = { {}, g },"
			  " z = { .p = h };",
			  "y->s::p = &g\nz->s::p = &h\n");
}

static void flexible_arrays_take_what_is_left(void **state)
{
	assert_file_scope(state, TYPES "struct s { int n; cb_t p[]; } x = { 1, { g, h } };",
			  "x->s::n = 1\nx->s::p[0] = &g\nx->s::p[1] = &h\n");
}

static void flags_are_folded(void **state)
{
	assert_file_scope(state,
			  "#define BIT(n) (1u << (n))\nenum { A = 3, B };\n"
			  "struct s { int a; unsigned b; long c; } x ="
			  " { A | B << 2, BIT(4) | ~0u, -sizeof(int) };",
			  "x->s::a = 19\nx->s::b = 4294967295\nx->s::c = -4\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		extracted_test(positions_follow_the_fields),
		extracted_test(missing_braces_fill_nested_records),
		extracted_test(designators_say_where_and_positions_go_on_from_there),
		extracted_test(old_gnu_designators_are_the_same),
		extracted_test(arrays_of_records_are_filled_flat_or_braced),
		extracted_test(array_designators_move_on),
		extracted_test(array_ranges_go_on_after_their_end),
		extracted_test(a_designated_element_of_an_array_of_records),
		extracted_test(two_dimensions),
		extracted_test(a_union_takes_its_first_member_only),
		extracted_test(a_designated_union_member),
		extracted_test(anonymous_members_belong_to_the_record_around_them),
		extracted_test(unnamed_bits_take_no_value),
		extracted_test(casts_and_addresses_are_dropped),
		extracted_test(strings_in_character_arrays_are_one_value),
		extracted_test(tables_of_numbers_are_no_facts),
		extracted_test(long_tables_keep_their_functions),
		extracted_test(null_is_not_zero),
		extracted_test(compound_literals_at_file_scope_assign_fields),
		extracted_test(statics_in_functions_belong_to_the_file_scope),
		extracted_test(locals_are_assigned_where_they_stand),
		extracted_test(compound_literals_in_functions_are_locals),
		extracted_test(a_compound_literal_of_the_same_type_is_taken_apart),
		extracted_test(numbers_that_the_list_of_a_local_leaves_out_are_zero),
		extracted_test(excess_elements_do_not_hurt),
		extracted_test(empty_records_and_lists_do_not_hurt),
		extracted_test(flexible_arrays_take_what_is_left),
		extracted_test(flags_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
