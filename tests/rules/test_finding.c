/* Findings: order, repeats, and what may change without changing a finding's identity. */
#include "rules/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* on_accept() in src/proxy.c calls getaddrinfo() on line 12. */
static struct finding *make_finding(void)
{
	struct finding *finding = finding_new("blocking-dns");
	struct finding_step *step = finding_add_step(finding, STEP_SINK);

	finding->message = g_strdup("getaddrinfo() can block the I/O thread");
	finding->place.file = g_strdup("src/proxy.c");
	finding->place.line = 12;
	finding->place.column = 7;
	finding->root_name = g_strdup("on_accept");
	finding->root_usr = g_strdup("c:src/proxy.c@F@on_accept");
	finding->root_file = g_strdup("src/proxy.c");
	finding->function_name = g_strdup("resolve");
	finding->function_usr = g_strdup("c:src/proxy.c@F@resolve");
	finding->sink_name = g_strdup("getaddrinfo");
	finding->sink_text = g_strdup("getaddrinfo ( host , port , & hints , & result )");
	finding->unit = g_strdup("src/proxy.c");
	step->place.file = g_strdup("src/proxy.c");
	step->message = g_strdup("calls getaddrinfo()");
	return finding;
}

static void replace(char **text, const char *with)
{
	g_free(*text);
	*text = g_strdup(with);
}

static GPtrArray *make_findings(guint count)
{
	GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);

	for (guint i = 0; i < count; i++)
		g_ptr_array_add(findings, make_finding());
	return findings;
}

static struct finding *nth(GPtrArray *findings, guint i)
{
	return g_ptr_array_index(findings, i);
}

/* Two findings, the second changed by `change`, sealed apart from each other. */
static void seal_both(void (*change)(struct finding *), struct finding **ret_plain,
		      struct finding **ret_changed)
{
	g_autoptr(GPtrArray) plain = make_findings(1), changed = make_findings(1);

	change(nth(changed, 0));
	findings_seal(plain);
	findings_seal(changed);
	*ret_plain = g_ptr_array_steal_index(plain, 0);
	*ret_changed = g_ptr_array_steal_index(changed, 0);
}

static void assert_loose_is_same(const struct finding *left, const struct finding *right)
{
	g_autofree char *a = finding_loose_fingerprint(left);
	g_autofree char *b = finding_loose_fingerprint(right);

	assert_string_equal(a, b);
}

static void assert_same(void (*change)(struct finding *))
{
	struct finding *plain, *changed;

	seal_both(change, &plain, &changed);
	assert_string_equal(plain->fingerprint, changed->fingerprint);
	assert_loose_is_same(plain, changed);
	finding_free(plain);
	finding_free(changed);
}

static void assert_other(void (*change)(struct finding *))
{
	struct finding *plain, *changed;

	seal_both(change, &plain, &changed);
	assert_string_not_equal(plain->fingerprint, changed->fingerprint);
	finding_free(plain);
	finding_free(changed);
}

static void a_fingerprint_is_a_version_and_a_sha256(void **state)
{
	g_autoptr(GPtrArray) findings = make_findings(1);
	g_autofree char *loose = finding_loose_fingerprint(nth(findings, 0));

	findings_seal(findings);
	assert_true(g_regex_match_simple("^v1:[0-9a-f]{64}$", nth(findings, 0)->fingerprint, 0, 0));
	assert_true(g_regex_match_simple("^v1-loose:[0-9a-f]{64}$", loose, 0, 0));
}

/* Reviews hang on these bytes: whoever changes them must make a v2. */
static void version_1_never_changes(void **state)
{
	g_autoptr(GPtrArray) findings = make_findings(1);
	/* printf '%s\0' clfp1 blocking-dns io proxy.c@F@on_accept proxy.c@F@resolve getaddrinfo \
	 * 'getaddrinfo ( host , port , & hints , & result )' 0 | sha256sum */
	const char *expected =
		"v1:d76d0a0be2ad0eb38e09232962ad77d6528898cb982c9bc9a0c157f6806dc678";

	findings_seal(findings);
	assert_string_equal(nth(findings, 0)->fingerprint, expected);
}

static void move_lines(struct finding *finding)
{
	finding->place.line = 400;
	finding->place.column = 1;
	finding->place.end_line = 401;
}

static void reword(struct finding *finding)
{
	replace(&finding->message, "getaddrinfo() waits for the network");
	replace(&finding->instead, "use c-ares");
	replace(&finding->condition, "arg 0 is no address");
}

static void judge_otherwise(struct finding *finding)
{
	finding->level = FINDING_NOTE;
	finding->confidence = FINDING_LOW;
	finding->score = 0.1;
	finding->decided = "assumed";
}

static void lengthen_path(struct finding *finding)
{
	(void)finding_add_step(finding, STEP_CALL);
	finding->other_paths = 3;
	finding->other_roots = 2;
}

static void move_directory(struct finding *finding)
{
	replace(&finding->place.file, "lib/net/proxy.c");
	replace(&finding->root_file, "lib/net/proxy.c");
	replace(&finding->unit, "lib/net/proxy.c");
	replace(&finding->root_usr, "c:lib/net/proxy.c@F@on_accept");
	replace(&finding->function_usr, "c:lib/net/proxy.c@F@resolve");
}

static void move_to_top(struct finding *finding)
{
	replace(&finding->root_usr, "c:proxy.c@F@on_accept");
	replace(&finding->function_usr, "c:proxy.c@F@resolve");
}

static void move_offset(struct finding *finding)
{
	replace(&finding->function_usr, "c:src/proxy.c@1417@F@resolve");
}

static void identity_survives_edits_elsewhere(void **state)
{
	assert_same(move_lines);
	assert_same(reword);
	assert_same(judge_otherwise);
	assert_same(lengthen_path);
}

static void identity_survives_moved_directories(void **state)
{
	assert_same(move_directory);
	assert_same(move_to_top);
	assert_same(move_offset);
}

static void change_root(struct finding *finding)
{
	replace(&finding->root_usr, "c:src/proxy.c@F@on_read");
}

static void change_function(struct finding *finding)
{
	replace(&finding->function_usr, "c:src/proxy.c@F@lookup");
}

static void change_sink(struct finding *finding)
{
	replace(&finding->sink_name, "gethostbyname");
}

static void change_tokens(struct finding *finding)
{
	replace(&finding->sink_text, "getaddrinfo ( peer , port , & hints , & result )");
}

static void change_context(struct finding *finding)
{
	finding->context = "worker";
}

static void change_rule(struct finding *finding)
{
	finding->rule = "blocking-wait";
}

static void make_external(struct finding *finding)
{
	replace(&finding->root_usr, "c:@F@on_accept");
}

static void identity_is_rule_context_root_function_sink_and_tokens(void **state)
{
	assert_other(change_root);
	assert_other(change_function);
	assert_other(change_sink);
	assert_other(change_tokens);
	assert_other(change_context);
	assert_other(change_rule);
	assert_other(make_external);
}

static void rename_file(struct finding *finding)
{
	replace(&finding->root_usr, "c:src/forward.c@F@on_accept");
	replace(&finding->function_usr, "c:src/forward.c@F@resolve");
}

static void the_loose_fingerprint_survives_a_renamed_file_and_another_root(void **state)
{
	struct finding *plain, *changed;

	seal_both(rename_file, &plain, &changed);
	assert_string_not_equal(plain->fingerprint, changed->fingerprint);
	assert_loose_is_same(plain, changed);
	finding_free(plain);
	finding_free(changed);
	seal_both(change_root, &plain, &changed);
	assert_loose_is_same(plain, changed);
	finding_free(plain);
	finding_free(changed);
}

static void a_part_cannot_flow_into_the_next(void **state)
{
	g_autoptr(GPtrArray) findings = make_findings(2);

	replace(&nth(findings, 0)->sink_name, "a");
	replace(&nth(findings, 0)->sink_text, "bc");
	replace(&nth(findings, 1)->sink_name, "ab");
	replace(&nth(findings, 1)->sink_text, "c");
	findings_seal(findings);
	assert_int_equal(findings->len, 2);
	assert_string_not_equal(nth(findings, 0)->fingerprint, nth(findings, 1)->fingerprint);
}

static void missing_parts_are_allowed(void **state)
{
	GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);

	g_ptr_array_add(findings, finding_new("blocking-dns"));
	findings_seal(findings);
	assert_non_null(nth(findings, 0)->fingerprint);
	g_ptr_array_unref(findings);
}

static void the_same_sink_seen_from_two_units_is_one_finding(void **state)
{
	g_autoptr(GPtrArray) findings = make_findings(3);

	replace(&nth(findings, 0)->unit, "src/main.c");
	(void)finding_add_step(nth(findings, 1), STEP_CALL);
	nth(findings, 2)->place.line = 30;
	findings_seal(findings);
	assert_int_equal(findings->len, 2);
	assert_int_equal(nth(findings, 0)->steps->len, 1); /* the shorter path stays */
}

static void equal_calls_are_numbered_in_source_order(void **state)
{
	static const guint lines[] = {70, 12, 40};
	g_autoptr(GPtrArray) findings = make_findings(G_N_ELEMENTS(lines));

	for (guint i = 0; i < findings->len; i++)
		nth(findings, i)->place.line = lines[i];
	findings_seal(findings);
	for (guint i = 0; i < findings->len; i++)
		assert_int_equal(nth(findings, i)->ordinal, i);
	assert_int_equal(nth(findings, 0)->place.line, 12);
	assert_string_not_equal(nth(findings, 0)->fingerprint, nth(findings, 1)->fingerprint);
	assert_loose_is_same(nth(findings, 0), nth(findings, 1));
}

static void namesakes_in_two_directories_stay_two_findings(void **state)
{
	g_autoptr(GPtrArray) findings = make_findings(2);

	/* The sink stands in one shared function, the roots are statics of two files. */
	move_directory(nth(findings, 1));
	replace(&nth(findings, 1)->place.file, "src/proxy.c");
	replace(&nth(findings, 1)->function_usr, "c:src/proxy.c@F@resolve");
	findings_seal(findings);
	assert_int_equal(findings->len, 2);
	assert_string_not_equal(nth(findings, 0)->fingerprint, nth(findings, 1)->fingerprint);
}

/* Twenty findings, some of them equal but for their line. */
static GPtrArray *make_many(void)
{
	GPtrArray *findings = make_findings(20);

	for (guint i = 0; i < findings->len; i++) {
		struct finding *finding = nth(findings, i);
		g_autofree char *usr = g_strdup_printf("c:src/proxy.c@F@cb%u", i % 4);

		replace(&finding->root_usr, usr);
		finding->place.line = 10 + i;
		finding->level = i % 3 == 0 ? FINDING_ERROR : FINDING_WARNING;
		finding->other_roots = i % 5;
	}
	return findings;
}

static void shuffle(GPtrArray *findings, GRand *random)
{
	for (guint i = findings->len - 1; i > 0; i--) {
		guint j = (guint)g_rand_int_range(random, 0, (gint32)i + 1);
		gpointer other = findings->pdata[i];

		findings->pdata[i] = findings->pdata[j];
		findings->pdata[j] = other;
	}
}

static void assert_equal_reports(GPtrArray *left, GPtrArray *right)
{
	assert_int_equal(left->len, right->len);
	for (guint i = 0; i < left->len; i++)
		assert_string_equal(nth(left, i)->fingerprint, nth(right, i)->fingerprint);
}

static void order_of_discovery_does_not_matter(void **state)
{
	g_autoptr(GPtrArray) plain = make_many();
	GRand *random = g_rand_new_with_seed(7);

	findings_seal(plain);
	for (guint round = 0; round < 50; round++) {
		g_autoptr(GPtrArray) shuffled = make_many();

		shuffle(shuffled, random);
		findings_seal(shuffled);
		assert_equal_reports(plain, shuffled);
	}
	g_rand_free(random);
}

static void moving_all_lines_does_not_matter(void **state)
{
	GRand *random = g_rand_new_with_seed(11);

	for (guint round = 0; round < 50; round++) {
		g_autoptr(GPtrArray) plain = make_many(), moved = make_many();

		for (guint i = 0; i < moved->len; i++)
			nth(moved, i)->place.line =
				(guint)g_rand_int_range(random, 0, 9) + 100 + 10 * i;
		findings_seal(plain);
		findings_seal(moved);
		assert_equal_reports(plain, moved);
	}
	g_rand_free(random);
}

static void sealing_twice_changes_nothing(void **state)
{
	g_autoptr(GPtrArray) once = make_many(), twice = make_many();

	findings_seal(once);
	findings_seal(twice);
	findings_seal(twice);
	assert_equal_reports(once, twice);
}

static void sealing_nothing_is_fine(void **state)
{
	g_autoptr(GPtrArray) findings = make_findings(0);

	findings_seal(findings);
	assert_int_equal(findings->len, 0);
}

static void the_worst_and_surest_come_first(void **state)
{
	struct finding *left = make_finding(), *right = make_finding();

	assert_int_equal(finding_compare(left, right), 0);
	right->place.column = 9;
	assert_true(finding_compare(left, right) < 0);
	right->other_roots = 1;
	assert_true(finding_compare(left, right) > 0);
	right->confidence = FINDING_MEDIUM;
	assert_true(finding_compare(left, right) < 0);
	right->level = FINDING_ERROR;
	assert_true(finding_compare(left, right) > 0);
	finding_free(left);
	finding_free(right);
}

static void names_are_those_of_the_documents(void **state)
{
	assert_string_equal(finding_level_name(FINDING_ERROR), "error");
	assert_string_equal(finding_level_name(FINDING_NOTE), "note");
	assert_string_equal(finding_confidence_name(FINDING_MEDIUM), "medium");
	assert_string_equal(finding_step_kind_name(STEP_REGISTER), "register");
	assert_string_equal(finding_step_kind_name(STEP_NOTE), "note");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fingerprint_is_a_version_and_a_sha256),
		cmocka_unit_test(version_1_never_changes),
		cmocka_unit_test(identity_survives_edits_elsewhere),
		cmocka_unit_test(identity_survives_moved_directories),
		cmocka_unit_test(identity_is_rule_context_root_function_sink_and_tokens),
		cmocka_unit_test(the_loose_fingerprint_survives_a_renamed_file_and_another_root),
		cmocka_unit_test(a_part_cannot_flow_into_the_next),
		cmocka_unit_test(missing_parts_are_allowed),
		cmocka_unit_test(the_same_sink_seen_from_two_units_is_one_finding),
		cmocka_unit_test(equal_calls_are_numbered_in_source_order),
		cmocka_unit_test(namesakes_in_two_directories_stay_two_findings),
		cmocka_unit_test(order_of_discovery_does_not_matter),
		cmocka_unit_test(moving_all_lines_does_not_matter),
		cmocka_unit_test(sealing_twice_changes_nothing),
		cmocka_unit_test(sealing_nothing_is_fine),
		cmocka_unit_test(the_worst_and_surest_come_first),
		cmocka_unit_test(names_are_those_of_the_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
