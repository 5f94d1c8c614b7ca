/* Statements: structure, order and what is read. */
#include "tests/analyzer/extracted.h"

#define TYPES "int n(void); void g(int); int m(int);\nstruct s { int a, b; struct s *next; };\n"

static void if_else_chains_nest(void **state)
{
	assert_events(state,
		      TYPES "void f(int a) { if (a == 1) g(1); else if (m(a)) g(2); else g(3); }",
		      "if ($a == 1)\n  call &g(1)\nelse\n  call &m($a) used\n  if [3]\n"
		      "    call &g(2)\n  else\n    call &g(3)\n  end if\nend if\n");
}

static void an_if_without_else_ends(void **state)
{
	assert_events(state, TYPES "int f(int a) { if (!a) return -1; return a; }",
		      "if !$a\n  return -1\nend if\nreturn $a\n");
}

static void a_constant_condition_is_seen(void **state)
{
	assert_events(state,
		      TYPES
		      "#define DEBUG 0\nvoid f(void) { if (DEBUG) g(1); if (0 && n()) g(2); }",
		      "if 0\n  call &g(1)\nend if\nif 0\n  call &n() used\nend if\n"
		      "if (0 && [4])\n  call &g(2)\nend if\n");
}

static void the_right_side_of_and_is_conditional(void **state)
{
	assert_events(state, TYPES "void f(int a) { if (a && n()) g(1); if (a && a > 1) g(2); }",
		      "if $a\n  call &n() used\nend if\nif ($a && [1])\n  call &g(1)\nend if\n"
		      "if ($a && ($a > 1))\n  call &g(2)\nend if\n");
}

static void the_right_side_of_or_stands_under_not(void **state)
{
	assert_events(state, TYPES "int f(int a) { return a || n(); }",
		      "if !$a\n  call &n() used\nend if\nreturn ($a || [1])\n");
}

static void a_conditional_branches_if_something_happens(void **state)
{
	assert_events(state,
		      TYPES
		      "int f(int a) { a ? g(1) : g(2); int b = a ? n() : 3; return a ? 1 : b; }",
		      "if $a\n  call &g(1)\nelse\n  call &g(2)\nend if\n"
		      "if $a\n  call &n() used\nelse\nend if\n%b = ($a ? [6] : 3)\n"
		      "return ($a ? 1 : %b)\n");
}

static void the_middle_of_a_conditional_can_be_missing(void **state)
{
	assert_events(state, TYPES "int f(int a) { return n() ?: m(a); }",
		      "call &n() used\nif ![0]\n  call &m($a) used\nend if\n"
		      "return ([0] ? [0] : [2])\n");
}

static void cases_are_marks_in_a_switch(void **state)
{
	assert_events(state,
		      TYPES
		      "enum e { A, B = 7 }; void f(enum e x) { switch (x) { case A: case B: g(1);"
		      " break; case 10 ... 20: g(2); default: g(3); } }",
		      "switch $x\n  case 0\n  case 7\n  call &g(1)\n  break\n  case 10 to 20\n"
		      "  call &g(2)\n  default\n  call &g(3)\nend switch\n");
}

static void a_switch_may_hold_a_loop_that_holds_cases(void **state)
{
	assert_events(state,
		      TYPES "void f(int x) { switch (x) { case 0: do { g(0); case 1: g(1); }"
			    " while (--x > 0); } }",
		      "switch $x\n  case 0\n  loop do (--$x > 0), bound place $x\n    call &g(0)\n"
		      "    case 1\n    call &g(1)\n    $x -= 1\n  end loop\nend switch\n");
}

static void gotos_and_labels_are_named(void **state)
{
	assert_events(
		state,
		TYPES "void f(int a) { void *p = &&out; if (a) goto out; goto *p;"
		      " out: g(1); }",
		"%p = ?\nif $a\n  goto out\nend if\nread %p\ngoto *\nlabel out\ncall &g(1)\n");
}

static void assignments_keep_their_operator(void **state)
{
	assert_events(state,
		      TYPES "void f(struct s *p, int v) { p->a = v; p->a |= 4; v <<= 1; v++; --v;"
			    " *(&v) = 3; p[2].b = v = n(); }",
		      "$p->s::a = $v\n$p->s::a |= 4\n$v <<= 1\n$v += 1\n$v -= 1\n$v = 3\n"
		      "call &n() used\n$v = [6]\n$p[2]->s::b = $v\n");
}

static void a_constant_goes_through_a_chain_of_assignments(void **state)
{
	assert_events(state,
		      TYPES "void f(struct s *p, int v) { p->a = p->b = 0; v = p->a = v + 1; }",
		      "$p->s::b = 0\n$p->s::a = 0\n$p->s::a = ($v + 1)\n$v = $p->s::a\n");
}

static void values_nobody_uses_are_reads(void **state)
{
	assert_events(
		state,
		TYPES
		"void f(int a, int b, struct s *p) { (void)a; b; (void)p->a; a + b; a, g(b); }",
		"read void $a\nread $b\nread void $p->s::a\nread $a\nread $b\nread $a\n"
		"call &g($b)\n");
}

static void a_size_of_an_array_reads(void **state)
{
	assert_events(state, TYPES "void f(int a) { char b[a + 1]; b[0] = 0; }",
		      "read $a\n%b[0] = 0\n");
}

static void assembler_reads_its_operands(void **state)
{
	assert_events(state, TYPES "void f(int a) { asm volatile(\"\" :: \"r\"(a)); }",
		      "read $a\n");
}

static void attributes_on_statements_do_not_hide_them(void **state)
{
	assert_events(state,
		      TYPES
		      "void f(int a) { switch (a) { case 1: g(1); __attribute__((fallthrough));"
		      " case 2: g(2); } }",
		      "switch $a\n  case 1\n  call &g(1)\n  case 2\n  call &g(2)\nend switch\n");
}

static void else_chains_may_be_long(void **state)
{
	g_autoptr(GString) source = g_string_new(TYPES "void f(int a) {");
	g_autoptr(facts_t) facts = NULL;
	guint calls = 0;

	for (int i = 0; i < 1000; i++)
		g_string_append_printf(source, "if (a == %d) g(%d); else ", i, i);
	g_string_append(source, ";}");
	facts = extracted_source(*state, source->str);
	for (guint i = 0; i < facts->events->len; i++)
		calls += facts_row(facts, events, struct fact_event, i)->kind == FACT_EVENT_CALL;
	assert_int_equal(calls, 1000);
}

static void deep_nesting_is_cut_but_balanced(void **state)
{
	g_autoptr(GString) source =
		g_string_new("#define A if (a) { b(); \n#define B A A A A A A A A\n"
			     "void b(void); void f(int a) {");
	g_autoptr(facts_t) facts = NULL;

	for (int i = 0; i < 25; i++)
		g_string_append(source, "B ");
	for (int i = 0; i < 200; i++)
		g_string_append(source, "}");
	g_string_append(source, "}");
	facts = extracted_source(*state, source->str);
	assert_true(facts->events->len >= 600);
}

static void two_functions_do_not_share_locals(void **state)
{
	g_autoptr(facts_t) facts = extracted_source(
		*state, "void g(int *); void e(void) { int x; g(&x); }\n"
			"void f(int p) { int y = p; { int y = 2; g(&y); } g(&y); }");
	g_autofree char *events = extracted_events(facts, "f");

	assert_string_equal(events, "%y = $p\n%y = 2\ncall &g(&(%y))\ncall &g(&(%y))\n");
	assert_int_equal(facts_row(facts, functions, struct fact_function, 2)->local_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		extracted_test(if_else_chains_nest),
		extracted_test(an_if_without_else_ends),
		extracted_test(a_constant_condition_is_seen),
		extracted_test(the_right_side_of_and_is_conditional),
		extracted_test(the_right_side_of_or_stands_under_not),
		extracted_test(a_conditional_branches_if_something_happens),
		extracted_test(the_middle_of_a_conditional_can_be_missing),
		extracted_test(cases_are_marks_in_a_switch),
		extracted_test(a_switch_may_hold_a_loop_that_holds_cases),
		extracted_test(gotos_and_labels_are_named),
		extracted_test(assignments_keep_their_operator),
		extracted_test(a_constant_goes_through_a_chain_of_assignments),
		extracted_test(values_nobody_uses_are_reads),
		extracted_test(a_size_of_an_array_reads),
		extracted_test(assembler_reads_its_operands),
		extracted_test(attributes_on_statements_do_not_hide_them),
		extracted_test(else_chains_may_be_long),
		extracted_test(deep_nesting_is_cut_but_balanced),
		extracted_test(two_functions_do_not_share_locals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
