/* The list of rules and their texts. */
#include "rules/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void every_rule_is_found_by_its_id(void **state)
{
	for (const struct rule *const *rule = rules_all; *rule; rule++)
		assert_ptr_equal(rules_find((*rule)->id), *rule);
}

static void an_unknown_id_finds_nothing(void **state)
{
	assert_null(rules_find("blocking-dsn"));
	assert_null(rules_find(""));
	assert_null(rules_find("blocking"));
}

static void ids_are_words_joined_by_dashes_and_unique(void **state)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (const struct rule *const *rule = rules_all; *rule; rule++) {
		const char *id = (*rule)->id;

		assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz-"), strlen(id));
		assert_true(g_hash_table_add(seen, (gpointer)id));
	}
	assert_true(g_hash_table_size(seen) >= 10);
}

static void assert_prose(const char *id, const char *text)
{
	if (!text || strlen(text) < 80 || !strchr(".)", text[strlen(text) - 1]) ||
	    strstr(text, "  ") || strstr(text, "TODO"))
		fail_msg("%s: this text is missing, too short or unfinished: %s", id, text);
}

static void every_rule_says_why_what_instead_and_what_it_misses(void **state)
{
	for (const struct rule *const *rule = rules_all; *rule; rule++) {
		assert_non_null((*rule)->summary);
		assert_true(strlen((*rule)->summary) <= 90);
		assert_prose((*rule)->id, (*rule)->why);
		assert_prose((*rule)->id, (*rule)->instead);
		assert_prose((*rule)->id, (*rule)->misses);
	}
}

static void every_rule_has_a_known_family_and_precision(void **state)
{
	static const char *const families[] = {"blocks", "waits", "computes", "misuses", "hygiene",
					       NULL};
	static const char *const precisions[] = {"very-high", "high", "medium", "low", NULL};

	for (const struct rule *const *rule = rules_all; *rule; rule++) {
		assert_true(g_strv_contains(families, (*rule)->family));
		assert_true(g_strv_contains(precisions, (*rule)->precision));
		assert_non_null((*rule)->check);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_is_found_by_its_id),
		cmocka_unit_test(an_unknown_id_finds_nothing),
		cmocka_unit_test(ids_are_words_joined_by_dashes_and_unique),
		cmocka_unit_test(every_rule_says_why_what_instead_and_what_it_misses),
		cmocka_unit_test(every_rule_has_a_known_family_and_precision),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
