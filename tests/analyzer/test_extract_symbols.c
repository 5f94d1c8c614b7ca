/* Symbols: keys that hold across units and edits, owners, types, attributes, annotations. */
#include "tests/analyzer/extracted.h"

static const char *usr_of(const struct facts *facts, const char *name)
{
	return facts_string(facts, extracted_symbol(facts, name)->usr);
}

static const char *owner_of(const struct facts *facts, const char *name)
{
	return facts_string(facts, extracted_symbol(facts, name)->owner);
}

static const char *type_of(const struct facts *facts, const char *name)
{
	return facts_string(facts, extracted_symbol(facts, name)->type);
}

static struct facts *extract_at(void **state, const char *name, const char *source)
{
	struct extracted *extracted = *state;
	g_autoptr(GError) error = NULL;

	scratch_write(extracted->root, name, source);
	return extracted_trip(extracted_file(extracted, name, "", &error));
}

static void statics_of_equal_names_in_two_folders_differ(void **state)
{
	const char *source = "static void s(void) {}\nstatic int v;\nvoid f(void) { s(); v = 1; }";
	g_autoptr(facts_t) a = extract_at(state, "a/x.c", source);
	g_autoptr(facts_t) b = extract_at(state, "b/x.c", source);

	assert_string_equal(usr_of(a, "s"), "c:a/x.c@F@s");
	assert_string_equal(usr_of(b, "s"), "c:b/x.c@F@s");
	assert_string_equal(usr_of(a, "v"), "c:a/x.c@v");
	assert_string_equal(usr_of(a, "f"), usr_of(b, "f"));
	assert_int_equal(extracted_symbol(a, "s")->linkage, FACT_LINKAGE_INTERNAL);
	assert_int_equal(extracted_symbol(a, "f")->linkage, FACT_LINKAGE_EXTERNAL);
}

static void statics_in_a_header_are_one(void **state)
{
	g_autoptr(facts_t) a = NULL;
	g_autoptr(facts_t) b = NULL;

	g_free(scratch_write_bytes(((struct extracted *)*state)->root, "inc/h.h",
				   "static inline void s(void) {}", 29));
	a = extract_at(state, "a/x.c", "#include \"../inc/h.h\"\nvoid f(void) { s(); }");
	b = extract_at(state, "b/y.c", "int n;\n#include \"../inc/h.h\"\nvoid g(void) { s(); }");
	assert_string_equal(usr_of(a, "s"), "c:inc/h.h@F@s");
	assert_string_equal(usr_of(b, "s"), "c:inc/h.h@F@s");
	assert_true(extracted_symbol(a, "s")->flags & FACT_SYMBOL_INLINE);
}

static void statics_in_functions_keep_their_key_across_edits(void **state)
{
	const char *body = "void f(void) { static int n; n++; { static int n; n++; } }";
	g_autofree char *moved = g_strconcat("int before;\n", body, NULL);
	g_autoptr(facts_t) facts = extract_at(state, "x.c", body);
	g_autoptr(facts_t) later = extract_at(state, "x.c", moved);
	g_autofree char *events = extracted_events(facts, "f");

	assert_string_equal(usr_of(facts, "n"), "c:x.c@F@f@n");
	assert_string_equal(usr_of(later, "n"), "c:x.c@F@f@n");
	assert_string_equal(events, "n += 1\nn += 1\n");
	assert_int_not_equal(facts_row(facts, values, struct fact_value,
				       facts_row(facts, events, struct fact_event, 0)->a)
				     ->a,
			     facts_row(facts, values, struct fact_value,
				       facts_row(facts, events, struct fact_event, 1)->a)
				     ->a);
}

static void fields_are_keyed_by_their_record(void **state)
{
	g_autoptr(facts_t) facts =
		extract_at(state, "x.c",
			   "struct tag { int one; };\ntypedef struct { int two; } name_t;\n"
			   "union u { int three; };\n"
			   "void f(struct tag *a, name_t *b, union u *c)"
			   " { a->one = b->two = c->three; }");

	assert_string_equal(usr_of(facts, "one"), "c:@S@tag@FI@one");
	assert_string_equal(owner_of(facts, "one"), "tag");
	assert_string_equal(usr_of(facts, "two"), "c:@SA@name_t@FI@two");
	assert_string_equal(owner_of(facts, "two"), "name_t");
	assert_string_equal(owner_of(facts, "three"), "u");
	assert_true(extracted_symbol(facts, "three")->flags & FACT_SYMBOL_UNION_FIELD);
}

static void unnamed_records_are_keyed_by_path(void **state)
{
	g_autoptr(facts_t) facts = extract_at(
		state, "x.c",
		"struct tag { struct { int one; struct { int two; } in[2]; } mid; union { int "
		"three;"
		" struct { int four; }; }; };\n"
		"static struct { int five; } gv, *gp;\n"
		"void f(struct tag *t) { struct { int six; } lv; t->mid.one = t->mid.in[0].two ="
		" t->three = t->four = gv.five = lv.six; }");

	assert_string_equal(usr_of(facts, "one"), "c:@S@tag@mid@FI@one");
	assert_string_equal(owner_of(facts, "one"), "tag.mid");
	assert_string_equal(usr_of(facts, "two"), "c:@S@tag@mid@in@FI@two");
	assert_string_equal(owner_of(facts, "two"), "tag.mid.in");
	assert_string_equal(usr_of(facts, "three"), "c:@S@tag@FI@three");
	assert_string_equal(owner_of(facts, "three"), "tag");
	assert_string_equal(usr_of(facts, "four"), "c:@S@tag@FI@four");
	assert_string_equal(owner_of(facts, "four"), "tag");
	assert_string_equal(usr_of(facts, "five"), "c:x.c@gv@FI@five");
	assert_string_equal(usr_of(facts, "six"), "c:x.c@F@f@lv@FI@six");
}

static void keys_hold_when_lines_are_added_above(void **state)
{
	const char *source = "struct tag { struct { void (*cb)(void); } in; };\n"
			     "struct { int g; } v; void f(struct tag *t) { t->in.cb(); v.g = 1; }";
	g_autofree char *moved = g_strconcat("int a;\nstruct { int z; } b;\n", source, NULL);
	g_autoptr(facts_t) before = extract_at(state, "x.c", source);
	g_autoptr(facts_t) after = extract_at(state, "x.c", moved);

	assert_string_equal(usr_of(before, "cb"), usr_of(after, "cb"));
	assert_string_equal(usr_of(before, "g"), usr_of(after, "g"));
}

static void callback_types_are_their_typedefs(void **state)
{
	g_autoptr(facts_t) facts =
		extract_at(state, "x.c",
			   "typedef void (*read_cb)(int); typedef void done_fn(int);\n"
			   "struct s { read_cb one; done_fn *two; void (*three)(int); read_cb "
			   "many[3]; int four; };\n"
			   "void f(struct s *s, const read_cb p, done_fn *q, void (*r)(int))"
			   " { s->one = s->two = s->three = s->many[0] = (void *)(long)s->four; }");
	const struct fact_function *f = facts_row(facts, functions, struct fact_function, 1);
	const struct fact_param *param =
		facts_row(facts, params, struct fact_param, f->first_param);

	assert_string_equal(type_of(facts, "one"), "read_cb");
	assert_string_equal(type_of(facts, "two"), "done_fn");
	assert_string_equal(type_of(facts, "three"), "void (*)(int)");
	assert_string_equal(type_of(facts, "many"), "read_cb");
	assert_true(extracted_symbol(facts, "three")->flags & FACT_SYMBOL_CALLABLE);
	assert_true(extracted_symbol(facts, "many")->flags & FACT_SYMBOL_CALLABLE);
	assert_false(extracted_symbol(facts, "four")->flags & FACT_SYMBOL_CALLABLE);
	assert_string_equal(facts_string(facts, param[1].type), "read_cb");
	assert_string_equal(facts_string(facts, param[2].type), "done_fn");
	assert_string_equal(facts_string(facts, param[3].type), "void (*)(int)");
	assert_string_equal(usr_of(facts, "read_cb"), "c:x.c@T@read_cb");
	assert_int_equal(extracted_symbol(facts, "done_fn")->kind, FACT_SYMBOL_TYPEDEF);
}

static void attributes_become_flags(void **state)
{
	g_autoptr(facts_t) facts = extract_at(
		state, "x.c",
		"__attribute__((constructor)) static void start(void) {}\n"
		"__attribute__((destructor(101))) static void stop(void) {}\n"
		"_Noreturn void die(void); int print(const char *, ...);\n"
		"__attribute__((deprecated(\"use __attribute__\"))) void constructor(void);\n"
		"const int c = 1; volatile int v;\n"
		"void f(void) { constructor(); print(\"\"); v = c; die(); }");

	assert_true(extracted_symbol(facts, "start")->flags & FACT_SYMBOL_CONSTRUCTOR);
	assert_true(extracted_symbol(facts, "stop")->flags & FACT_SYMBOL_DESTRUCTOR);
	assert_true(extracted_symbol(facts, "die")->flags & FACT_SYMBOL_NORETURN);
	assert_true(extracted_symbol(facts, "print")->flags & FACT_SYMBOL_VARIADIC);
	assert_int_equal(extracted_symbol(facts, "constructor")->flags, 0);
	assert_true(extracted_symbol(facts, "c")->flags & FACT_SYMBOL_CONST);
	assert_true(extracted_symbol(facts, "v")->flags & FACT_SYMBOL_VOLATILE);
}

static void addresses_that_are_taken_are_known(void **state)
{
	g_autoptr(facts_t) facts = extract_at(
		state, "x.c",
		"struct s { int n, m, a[4], b[4]; struct s *next; }; int v, w; void g(int *);\n"
		"void f(struct s *s, int i) { g(&s->next->n); s->m = 1; g(&(*s).a[i]); g(s->b);\n"
		"  g(&v); w = s->m; }");
	static const char *const taken[] = {"n", "a", "v"}, *const others[] = {"m", "b", "next",
									       "w"};

	for (guint i = 0; i < G_N_ELEMENTS(taken); i++)
		assert_true(extracted_symbol(facts, taken[i])->flags & FACT_SYMBOL_ADDRESS_TAKEN);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		assert_false(extracted_symbol(facts, others[i])->flags & FACT_SYMBOL_ADDRESS_TAKEN);
}

static void annotations_are_read(void **state)
{
	g_autoptr(facts_t) facts =
		extract_at(state, "x.c",
			   "#define A(x) __attribute__((annotate(x)))\n"
			   "void decl(void) A(\"contlint::may_block\");\n"
			   "A(\"contlint::continuation\") A(\"contlint::runs_on=worker\")\n"
			   "A(\"contlint::budget_us=250\") void f(void) { decl(); }\n"
			   "A(\"contlint::nonblocking\") A(\"other::thing\") void g(void);\n"
			   "void g(void) {}\n");
	const struct fact_function *f = facts_row(facts, functions, struct fact_function, 1);
	const struct fact_function *g = facts_row(facts, functions, struct fact_function, 2);
	const struct fact_annotation *rows =
		facts_row(facts, annotations, struct fact_annotation, 0);

	assert_int_equal(facts->annotations->len, 6);
	assert_int_equal(f->annotation_count, 3);
	assert_int_equal(rows[f->first_annotation].kind, FACT_ANNOTATION_CONTINUATION);
	assert_int_equal(rows[f->first_annotation + 1].kind, FACT_ANNOTATION_RUNS_ON);
	assert_string_equal(facts_string(facts, rows[f->first_annotation + 1].text), "worker");
	assert_int_equal(rows[f->first_annotation + 2].kind, FACT_ANNOTATION_BUDGET_US);
	assert_int_equal(rows[f->first_annotation + 2].number, 250);
	assert_int_equal(g->annotation_count, 2);
	assert_int_equal(rows[g->first_annotation].kind, FACT_ANNOTATION_NONBLOCKING);
	assert_string_equal(facts_string(facts, rows[g->first_annotation + 1].text),
			    "other::thing");
}

static void a_symbol_stands_at_its_definition(void **state)
{
	g_autoptr(facts_t) facts = extract_at(
		state, "x.c", "void g(void);\nvoid f(void) { g(); h(); }\nvoid g(void) {}\n");
	const struct fact_loc *loc =
		facts_row(facts, locs, struct fact_loc, extracted_symbol(facts, "g")->loc);

	assert_int_equal(loc->line, 3);
}

static void system_headers_are_named_but_not_looked_into(void **state)
{
	struct extracted *extracted = *state;
	g_autoptr(GError) error = NULL;
	g_autoptr(facts_t) facts = NULL;

	scratch_write(
		extracted->root, "sys/s.h",
		"static inline void inner(void) {}\nstatic inline void s(void) { inner(); }\n");
	scratch_write(extracted->root, "own/o.h", "static inline void o(void) {}\n");
	scratch_write(extracted->root, "x.c",
		      "#include <s.h>\n#include <o.h>\nvoid f(void) { s(); o(); }");
	facts = extracted_trip(extracted_file(extracted, "x.c", "-isystem sys -Iown", &error));
	assert_int_equal(facts->functions->len, 3); /* file scope, o, f */
	assert_true(extracted_symbol(facts, "s")->flags & FACT_SYMBOL_SYSTEM);
	assert_false(extracted_symbol(facts, "o")->flags & FACT_SYMBOL_SYSTEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		extracted_test(statics_of_equal_names_in_two_folders_differ),
		extracted_test(statics_in_a_header_are_one),
		extracted_test(statics_in_functions_keep_their_key_across_edits),
		extracted_test(fields_are_keyed_by_their_record),
		extracted_test(unnamed_records_are_keyed_by_path),
		extracted_test(keys_hold_when_lines_are_added_above),
		extracted_test(callback_types_are_their_typedefs),
		extracted_test(attributes_become_flags),
		extracted_test(addresses_that_are_taken_are_known),
		extracted_test(annotations_are_read),
		extracted_test(a_symbol_stands_at_its_definition),
		extracted_test(system_headers_are_named_but_not_looked_into),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
