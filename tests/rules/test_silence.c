/* What the configuration hides. */
#include "rules/silence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/file_glob.h"

/* Whether a finding of blocking-dns at `sink`, of a continuation in `root`, is hidden. */
static bool hides(const char *rule, const char *path, const char *expires, const char *sink,
		  const char *root)
{
	g_autoptr(GPtrArray) silences =
		g_ptr_array_new_with_free_func((GDestroyNotify)silence_free);
	g_autoptr(GPtrArray) findings =
		g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	struct silence *silence = g_new0(struct silence, 1);
	struct finding *finding = finding_new("blocking-dns");

	silence->rule = g_strdup(rule);
	silence->file = "/p/.contlint.yaml";
	silence->path = g_strdup(path);
	silence->regex = path ? file_glob_new(path) : NULL;
	silence->reason = g_strdup("why");
	silence->expires = g_strdup(expires);
	finding->place.file = g_strdup(sink);
	finding->root_file = g_strdup(root);
	g_ptr_array_add(silences, silence);
	g_ptr_array_add(findings, finding);
	silence_apply(silences, findings, "2026-11-28", "/p");
	if (finding->suppressed_by) {
		assert_string_equal(finding->suppressed_by, "why");
		assert_string_equal(finding->suppression, "config");
		assert_string_equal(finding->suppression_file, ".contlint.yaml");
	}
	assert_int_equal(silence->hits, finding->suppressed_by != NULL);
	return silence->hits > 0;
}

static void a_row_hides_its_rule_in_its_files(void **state)
{
	(void)state;
	assert_true(hides("blocking-dns", NULL, NULL, "a.c", "b.c"));
	assert_true(hides("blocking-*", NULL, NULL, "a.c", "b.c"));
	assert_false(hides("blocking-wait", NULL, NULL, "a.c", "b.c"));
	assert_true(hides("*", "src/**", NULL, "src/a.c", "b.c"));
	assert_true(hides("*", "src/**", NULL, "a.c", "src/b.c"));
	assert_false(hides("*", "src/**", NULL, "a.c", "b.c"));
}

static void a_row_counts_up_to_its_last_day(void **state)
{
	(void)state;
	assert_true(hides("*", NULL, "2026-11-28", "a.c", "b.c"));
	assert_false(hides("*", NULL, "2026-11-27", "a.c", "b.c"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_hides_its_rule_in_its_files),
		cmocka_unit_test(a_row_counts_up_to_its_last_day),
	};

	return cmocka_run_group_tests_name("silence", tests, NULL, NULL);
}
