/* Calls and values: who is called through what, with which arguments. */
#include "tests/analyzer/extracted.h"

#define TYPES                                                                                      \
	"typedef void (*cb_t)(int);\n"                                                             \
	"struct ops { cb_t one; cb_t many[4]; struct { cb_t deep; } in; struct ops *next; };\n"    \
	"void g(int); void h(int); int n(void); cb_t get(void); extern cb_t global;\n"

static void direct_calls_name_the_function(void **state)
{
	assert_events(state, TYPES "void f(int a) { g(a); (g)(1); (*g)(2); (&g)(3); (**g)(4); }",
		      "call &g($a)\ncall &g(1)\ncall &g(2)\ncall &g(3)\ncall &g(4)\n");
}

static void calls_through_fields_name_the_field(void **state)
{
	assert_events(state,
		      TYPES "void f(struct ops *o, struct ops v) { o->one(1); (*o->one)(2);"
			    " v.in.deep(3); o->next->one(4); (*o).one(5); (&v)->one(6); }",
		      "call $o->ops::one(1)\ncall $o->ops::one(2)\n"
		      "call $v->ops::in->ops.in::deep(3)\ncall $o->ops::next->ops::one(4)\n"
		      "call $o->ops::one(5)\ncall $v->ops::one(6)\n");
}

static void calls_through_variables_parameters_and_elements(void **state)
{
	assert_events(state,
		      TYPES "void f(cb_t c, struct ops *o, int i, cb_t *list) {"
			    " cb_t l = c; static cb_t s; c(1); l(2); global(3); o->many[i](4);"
			    " list[2](5); (*list)(6); s(7); }",
		      "%l = $c\ncall $c(1)\ncall %l(2)\ncall global(3)\n"
		      "call $o->ops::many[$i](4)\ncall $list[2](5)\ncall *($list)(6)\n"
		      "call s(7)\n");
}

static void casts_do_not_hide_the_callee(void **state)
{
	assert_events(state, TYPES "void f(void *p) { ((cb_t)h)(1); ((void (*)(int))p)(2); }",
		      "call &h(1)\ncall $p(2)\n");
}

static void a_conditional_callee_is_both(void **state)
{
	assert_events(state, TYPES "void f(int a, cb_t c) { (a ? g : c)(1); }",
		      "call ($a ? &g : $c)(1)\n");
}

static void a_returned_function_is_called(void **state)
{
	assert_events(state, TYPES "void f(void) { get()(1); }", "call &get() used\ncall [0](1)\n");
}

static void a_selected_generic_arm_is_called(void **state)
{
	assert_events(state,
		      TYPES "void s(char *); void f(int a) { _Generic(a, int: g, char *: s)(a); }",
		      "call &g($a)\n");
}

static void a_statement_expression_gives_its_last_value(void **state)
{
	assert_events(state, TYPES "void f(int a) { g(({ int y = n(); y + a; })); }",
		      "call &n() used\n%y = [0]\ncall &g((%y + $a))\n");
}

static void operands_come_before_the_call(void **state)
{
	assert_events(state, TYPES "int p(int); void f(void) { g(p(p(n()))); }",
		      "call &n() used\ncall &p([0]) used\ncall &p([1]) used\ncall &g([2])\n");
}

static void undeclared_functions_are_called_too(void **state)
{
	assert_events(state, "void f(void) { nobody(1); }", "call &nobody(1)\n");
}

static void arguments_are_told_apart(void **state)
{
	assert_events(state,
		      TYPES "void a(const char *, void *, int, cb_t, int *, struct ops *);\n"
			    "void f(struct ops *o) { int x; a(\"s\\n\", 0, 'c', g, &x, o->next);"
			    " a((void *)0, &o->one, sizeof x, &h, 0, &o->in == 0 ? o : 0); }",
		      "call &a(\"s\\n\", null, 99, &g, &(%x), $o->ops::next)\n"
		      "call &a(null, &($o->ops::one), 4, &h, null,"
		      " ((&($o->ops::in) == null) ? $o : null))\n");
}

static void constants_are_folded(void **state)
{
	assert_events(state,
		      "#define FLAGS (O_A | O_B)\n#define O_A 1\n#define O_B 04000\n"
		      "#define MAX(a, b) ((a) > (b) ? (a) : (b))\n"
		      "enum { THREE = 3 }; void g(long);\n"
		      "void f(void) { g(FLAGS); g(MAX(2, THREE)); g(sizeof(int[THREE]) / 4);"
		      " g((unsigned char)300); g(-1 >> 1); g(1 ? 7 : 8); g(10 % 4 << 2);"
		      " g(1 / 0); g(!5); g((signed char)0xff); }",
		      "call &g(2049)\ncall &g(3)\ncall &g(3)\ncall &g(44)\ncall &g(-1)\n"
		      "call &g(7)\ncall &g(8)\ncall &g((1 / 0))\ncall &g(0)\ncall &g(-1)\n");
}

static void results_are_used_or_not(void **state)
{
	assert_events(state,
		      TYPES "int f(int a) { n(); (void)n(); a = n(); if (n()) n(); a && n();"
			    " return n(); }",
		      "call &n()\ncall &n() void\ncall &n() used\n$a = [2]\ncall &n() used\n"
		      "if [4]\n  call &n()\nend if\nif $a\n  call &n()\nend if\n"
		      "call &n() used\nreturn [11]\n");
}

static void noreturn_is_seen_however_it_is_said(void **state)
{
	assert_events(state,
		      "#define NORETURN __attribute__((__noreturn__))\n"
		      "_Noreturn void a(void); void b(void) NORETURN; NORETURN void c(void);\n"
		      "void d(void (*callback)(void) NORETURN);\n"
		      "void f(int x) { switch (x) { case 1: a(); case 2: b(); case 3: c(); }"
		      " d(a); }",
		      "switch $x\n  case 1\n  call &a() noreturn\n  case 2\n"
		      "  call &b() noreturn\n  case 3\n  call &c() noreturn\nend switch\n"
		      "call &d(&a)\n");
}

static void hints_to_the_compiler_are_no_calls(void **state)
{
	assert_events(state,
		      TYPES "#define unlikely(x) __builtin_expect(!!(x), 0)\n"
			    "void f(int a) { if (unlikely(a)) g(1); g(__builtin_constant_p(a)); }",
		      "if !!$a\n  call &g(1)\nend if\nread $a\ncall &g(?)\n");
}

static void variable_arguments_are_unknown(void **state)
{
	assert_events(state,
		      TYPES "int vp(const char *, __builtin_va_list);\n"
			    "void f(const char *s, ...) { __builtin_va_list ap; vp(s, ap);"
			    " g(__builtin_va_arg(ap, int)); }",
		      "call &vp($s, %ap)\ncall &g(?)\n");
}

static void sizeof_computes_nothing(void **state)
{
	assert_events(state, TYPES "void f(struct ops *o) { g(sizeof(n())); g(sizeof *o); }",
		      "call &g(4)\ncall &g(56)\n");
}

static void offsets_are_unknown(void **state)
{
	assert_events(state, TYPES "void f(void) { g(__builtin_offsetof(struct ops, many[2])); }",
		      "call &g(?)\n");
}

static void deep_values_become_unknown_but_their_calls_stay(void **state)
{
	g_autoptr(GString) source = g_string_new(TYPES "void f(int a) { g(");
	g_autofree char *events = NULL;
	g_autoptr(facts_t) facts = NULL;

	for (int i = 0; i < 200; i++)
		g_string_append(source, "a * ");
	g_string_append(source, "n()); }");
	facts = extracted_source(*state, source->str);
	events = extracted_events(facts, "f");
	assert_non_null(strstr(events, "call &n() used\n"));
	assert_non_null(strstr(events, "call &g("));
}

static void atomic_stores_assign(void **state)
{
	assert_events(state,
		      TYPES "void f(struct ops *o, cb_t c) { __atomic_store_n(&o->one, c, 0);"
			    " __atomic_load_n(&o->one, 0)(1); }",
		      "$o->ops::one = $c\ncall $o->ops::one(1)\n");
}

static void calls_in_macros_stand_where_the_macro_is_used(void **state)
{
	g_autoptr(facts_t) facts = extracted_source(
		*state, "void g(int);\n#define CALL(x) g(x)\n#define PASS(f, x) f(x)\n"
			"void f(void)\n{\n\tCALL(1);\n\tPASS(g, 2);\n\tg( 3 /* , */ );\n}\n");
	g_autofree char *printed = extracted_print(facts);

	assert_non_null(strstr(printed, "a.c:6:2 <- a.c:2:17  call &g(1) macro  `CALL ( 1 )`"));
	assert_non_null(strstr(printed, "a.c:7:2 <- a.c:7:7  call &g(2) macro  `PASS ( g , 2 )`"));
	assert_non_null(strstr(printed, "a.c:8:2  call &g(3)  `g ( 3 )`"));
}

static void a_call_inside_a_macro_argument_has_its_own_text(void **state)
{
	g_autoptr(facts_t) facts =
		extracted_source(*state, "int g(int), h(int);\n#define TWICE(x) h(x)\n"
					 "void f(void)\n{\n\tTWICE(g(1));\n}\n");
	g_autofree char *printed = extracted_print(facts);

	assert_non_null(strstr(printed, "call &g(1) macro used  `g ( 1 )`"));
	assert_non_null(strstr(printed, "call &h([0]) macro  `TWICE ( g ( 1 ) )`"));
}

static void the_end_of_a_call_is_one_past_it(void **state)
{
	g_autoptr(facts_t) facts =
		extracted_source(*state, "void g(int);\nvoid f(void)\n{\n\tg(\n\t1);\n}\n");
	const struct fact_event *event = facts_row(facts, events, struct fact_event, 0);
	const struct fact_loc *end = facts_row(facts, locs, struct fact_loc, event->end);

	assert_int_equal(event->kind, FACT_EVENT_CALL);
	assert_int_equal(end->line, 5);
	assert_int_equal(end->column, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		extracted_test(direct_calls_name_the_function),
		extracted_test(calls_through_fields_name_the_field),
		extracted_test(calls_through_variables_parameters_and_elements),
		extracted_test(casts_do_not_hide_the_callee),
		extracted_test(a_conditional_callee_is_both),
		extracted_test(a_returned_function_is_called),
		extracted_test(a_selected_generic_arm_is_called),
		extracted_test(a_statement_expression_gives_its_last_value),
		extracted_test(operands_come_before_the_call),
		extracted_test(undeclared_functions_are_called_too),
		extracted_test(arguments_are_told_apart),
		extracted_test(constants_are_folded),
		extracted_test(results_are_used_or_not),
		extracted_test(noreturn_is_seen_however_it_is_said),
		extracted_test(hints_to_the_compiler_are_no_calls),
		extracted_test(variable_arguments_are_unknown),
		extracted_test(sizeof_computes_nothing),
		extracted_test(offsets_are_unknown),
		extracted_test(deep_values_become_unknown_but_their_calls_stay),
		extracted_test(atomic_stores_assign),
		extracted_test(calls_in_macros_stand_where_the_macro_is_used),
		extracted_test(a_call_inside_a_macro_argument_has_its_own_text),
		extracted_test(the_end_of_a_call_is_one_past_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
