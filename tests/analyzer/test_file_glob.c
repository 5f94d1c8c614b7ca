/* Patterns of paths. */
#include "analyzer/file_glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_glob_fits_whole_paths(void **state)
{
	static const struct {
		const char *glob, *path;
		gboolean fits;
	} rows[] = {
		{"src/*.c", "src/a.c", TRUE},
		{"src/*.c", "src/sub/a.c", FALSE},
		{"src/**", "src/sub/a.c", TRUE},
		{"src/**", "lib/src/a.c", FALSE},
		{"**/*_test.c", "a_test.c", TRUE},
		{"**/*_test.c", "x/y/a_test.c", TRUE},
		{"**/*_test.c", "x/a_test.cc", FALSE},
		{"src/**/a.c", "src/a.c", TRUE},
		{"src/**/a.c", "src/x/y/a.c", TRUE},
		{"tests/", "tests/x/a.c", TRUE},
		{"tests/", "tests", FALSE},
		{"a?.c", "ab.c", TRUE},
		{"a?.c", "a/.c", FALSE},
		{"a.c", "aXc", FALSE},
		{"(a|b).c", "(a|b).c", TRUE},
		{"(a|b).c", "a.c", FALSE},
		{"\303\244*.c", "\303\244\303\266.c", TRUE},
		{"*.c", "\377.c", TRUE},
		{"*", "a\nb", TRUE},
		{"", "a", FALSE},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GRegex) regex = file_glob_new(rows[i].glob);

		if (g_regex_match(regex, rows[i].path, 0, NULL) != rows[i].fits)
			fail_msg("'%s' and '%s'", rows[i].glob, rows[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_glob_fits_whole_paths),
	};

	return cmocka_run_group_tests_name("file_glob", tests, NULL, NULL);
}
