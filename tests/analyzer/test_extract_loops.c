/* Loops: what stands in them, and what bounds them. */
#include "tests/analyzer/extracted.h"

#define TYPES                                                                                      \
	"struct s { int n; struct s *next; struct { struct s *link; } entry; };\n"                 \
	"int n(void); void g(int); struct s *first(void); int rd(int, char *, int);\n"             \
	"unsigned long strlen(const char *);\n"

/* The loop lines of `f` in `source`. */
static void assert_loops(void **state, const char *source, const char *expected)
{
	g_autoptr(facts_t) facts = extracted_source(*state, source);
	g_autofree char *events = extracted_events(facts, "f");
	g_auto(GStrv) lines = g_strsplit(events, "\n", -1);
	g_autoptr(GString) loops = g_string_new(NULL);

	for (char **line = lines; *line; line++) {
		const char *text = *line + strspn(*line, " ");

		if (g_str_has_prefix(text, "loop "))
			g_string_append_printf(loops, "%s\n", strstr(text, "bound "));
	}
	assert_string_equal(loops->str, expected);
}

static void parts_stand_where_they_happen(void **state)
{
	assert_events(state,
		      TYPES "void f(int a) { for (int i = n(); i < n(); i += n()) g(i);"
			    " while (n()) g(1); do g(2); while (n()); }",
		      "call &n() used\n%i = [0]\nloop for (%i < [3]), bound call [3]\n"
		      "  call &n() used\n  call &g(%i)\n  call &n() used\n  %i += [5]\nend loop\n"
		      "loop while [9], bound call [9]\n  call &n() used\n  call &g(1)\nend loop\n"
		      "loop do [14], bound call [14]\n  call &g(2)\n  call &n() used\nend loop\n");
}

static void missing_parts_are_told_apart(void **state)
{
	assert_events(state,
		      TYPES
		      "void f(int i) { for (;;) break; for (i = 0;;) break; for (; i < 3;) break;"
		      " for (;; i++) break; for (i = 0; i < 3;) break; for (i = 0;; i++) break;"
		      " for (; i < 3; i++) break; for (; (i = n());) continue; }",
		      "loop for -, bound none\n  break\nend loop\n"
		      "$i = 0\nloop for -, bound none\n  break\nend loop\n"
		      "loop for ($i < 3), bound none\n  break\nend loop\n"
		      "loop for -, bound none\n  break\n  $i += 1\nend loop\n"
		      "$i = 0\nloop for ($i < 3), bound none\n  break\nend loop\n"
		      "$i = 0\nloop for -, bound none\n  break\n  $i += 1\nend loop\n"
		      "loop for ($i < 3), bound constant 3\n  break\n  $i += 1\nend loop\n"
		      "loop for $i, bound call [28]\n  call &n() used\n  $i = [28]\n  continue\n"
		      "end loop\n");
}

static void missing_parts_inside_macros(void **state)
{
	assert_events(state,
		      TYPES "#define EVER(x) for (; x < 3; x++)\n#define DOWN(x) for (x = 3; x;)\n"
			    "void f(int i) { EVER(i) g(1); DOWN(i) i--; }",
		      "loop for ($i < 3), bound constant 3\n  call &g(1)\n  $i += 1\nend loop\n"
		      "$i = 3\nloop for $i, bound constant 3\n  $i -= 1\nend loop\n");
}

static void counting_to_a_constant(void **state)
{
	assert_loops(state,
		     TYPES "#define LEN(a) (sizeof(a) / sizeof(*(a)))\nenum { MAX = 9 };\n"
			   "void f(void) { int i; int t[6];\n"
			   "for (i = 0; i < 10; i++) g(i); for (i = 2; i <= MAX; i += 2) g(i);\n"
			   "for (i = 0; i < LEN(t); ++i) g(i); for (i = 8; i > 0; i--) g(i);\n"
			   "i = 3; while (i-- > 0) g(i); for (i = 0; 5 > i; i = i + 1) g(i);\n"
			   "i = 0; while (i != 4) { g(i); i++; } }",
		     "bound constant 10\nbound constant 4\nbound constant 6\nbound constant 8\n"
		     "bound constant 3\nbound constant 5\nbound constant 4\n");
}

static void counting_in_steps(void **state)
{
	assert_loops(state,
		     TYPES
		     "void f(unsigned k) { int i;\n"
		     "for (i = 0; i < 100; i += 30) g(i); for (i = 100; i > 0; i -= 30) g(i);\n"
		     "for (; k > 0; k /= 10) g(0); for (i = 1 << 20; i > 0; i >>= 1) g(i); }",
		     "bound constant 4\nbound constant 4\nbound constant 64\n"
		     "bound constant 64\n");
}

static void counting_to_a_place(void **state)
{
	assert_loops(state,
		     TYPES "int total;\nvoid f(int k, struct s *p, char *a, char *b) { int i;\n"
			   "for (i = 0; i < k; i++) g(i); for (i = 0; i < p->n; i++) g(i);\n"
			   "for (i = 0; i < total - 1; i++) g(i); while (k--) g(k);\n"
			   "for (i = k; i > 0; i--) g(i); while (k > 0) k -= rd(0, a, k);\n"
			   "for (; a < b; a++) g(*a); for (i = 0; i < k && !total; i++) g(i); }",
		     "bound place $k\nbound place $p->s::n\nbound place total\nbound place $k\n"
		     "bound place $k\nbound place $k\nbound place $b\nbound place $k\n");
}

static void an_offset_beside_the_counter(void **state)
{
	assert_loops(state,
		     TYPES
		     "void f(int k) { int i; for (i = 0; i + 8 <= 64; i += 8) g(i);\n"
		     "for (i = 0; i - 2 < 10; i++) g(i); for (i = 0; i + 8 <= k; i += 8) g(i);\n"
		     "for (i = 0; k > i + 1; i++) g(i); }",
		     "bound constant 8\nbound constant 12\nbound place $k\nbound place $k\n");
}

static void walking_a_list(void **state)
{
	assert_loops(state,
		     TYPES
		     "#define FOREACH_SAFE(v, h, t) for ((v) = (h); (v) && ((t) ="
		     " (v)->entry.link, 1); (v) = (t))\n"
		     "void f(struct s *h) { struct s *p, *q;\n"
		     "for (p = h; p; p = p->next) g(p->n); for (p = h; p != 0; p = p->next) ;\n"
		     "while (h) { q = h->next; g(1); h = q; }\n"
		     "for (p = h->next; p != h; p = p->entry.link) g(2);\n"
		     "FOREACH_SAFE(p, h, q) g(3); }",
		     "bound list %p->s::next\nbound list %p->s::next\nbound list $h->s::next\n"
		     "bound list %p->s::entry->s.entry::link\n"
		     "bound list %p->s::entry->s.entry::link\n");
}

static void walking_through_container_of(void **state)
{
	assert_loops(
		state,
		TYPES
		"#define container_of(p, t, m) ((t *)((char *)(p) - __builtin_offsetof(t, m)))\n"
		"void f(struct s *h) { struct s *p; for (p = h; &p->entry != &h->entry;"
		" p = container_of(p->entry.link, struct s, entry)) g(1);\n"
		"for (p = h; p != h; p = container_of(p->next, struct s, n)) g(1); }",
		"bound list %p->s::entry->s.entry::link\nbound list %p->s::next\n");
}

static void running_through_a_string(void **state)
{
	assert_loops(state,
		     TYPES "void f(const char *s) { int i; while (*s) s++; while (*s++) g(1);\n"
			   "for (i = 0; s[i]; i++) g(1); for (i = 0; s[i] != '\\0'; i++) g(1);\n"
			   "while (*s != ' ') ++s; }",
		     "bound string $s\nbound string $s\nbound string $s\nbound string $s\n"
		     "bound string $s\n");
}

static void asking_a_call(void **state)
{
	assert_loops(state,
		     TYPES "void f(int fd, char *b, struct s *p) { int r, i;\n"
			   "while (rd(fd, b, 1) > 0) g(1); while ((r = rd(fd, b, 1)) > 0) g(1);\n"
			   "while (!n()) g(1); for (i = 0; i < strlen(b); i++) g(1);\n"
			   "while ((p = first())) g(1); do r = n(); while (r); }",
		     "bound call [1]\nbound call [5]\nbound call [10]\nbound call [15]\n"
		     "bound call [20]\nbound call [25]\n");
}

static void no_bound(void **state)
{
	assert_loops(state,
		     TYPES
		     "volatile int stop; void f(struct s *p) { for (;;) g(1); while (1) g(1);\n"
		     "while (!stop) g(1); while (p->n != 3) g(1); do g(1); while (p->n == 2); }",
		     "bound none\nbound none\nbound none\nbound none\nbound none\n");
}

static void a_do_while_zero_runs_once(void **state)
{
	assert_loops(state, TYPES "void f(void) { do { g(1); } while (0); while (0) g(2); }",
		     "bound constant 1\nbound constant 0\n");
}

static void an_or_is_as_bad_as_its_worse_side(void **state)
{
	assert_loops(state,
		     TYPES
		     "int stop; void f(int k) { int i; for (i = 0; i < 10 || i < k; i++) g(i);"
		     " for (i = 0; i < 10 || stop; i++) g(i); }",
		     "bound place $k\nbound none\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		extracted_test(parts_stand_where_they_happen),
		extracted_test(missing_parts_are_told_apart),
		extracted_test(missing_parts_inside_macros),
		extracted_test(counting_to_a_constant),
		extracted_test(counting_in_steps),
		extracted_test(counting_to_a_place),
		extracted_test(an_offset_beside_the_counter),
		extracted_test(walking_a_list),
		extracted_test(walking_through_container_of),
		extracted_test(running_through_a_string),
		extracted_test(asking_a_call),
		extracted_test(no_bound),
		extracted_test(a_do_while_zero_runs_once),
		extracted_test(an_or_is_as_bad_as_its_worse_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
