/* The baseline as a file: what it matches, what it refuses, what it writes. */
#include "rules/baseline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <unistd.h>

static struct finding *make(const char *file, const char *function, const char *text)
{
	struct finding *finding = finding_new("blocking-dns");

	finding->context = "io";
	finding->place.file = g_strdup(file);
	finding->place.line = 7;
	finding->root_name = g_strdup("on_accept");
	finding->root_usr = g_strdup_printf("c:%s@F@on_accept", file);
	finding->function_name = g_strdup(function);
	finding->sink_name = g_strdup("getaddrinfo");
	finding->sink_text = g_strdup(text);
	return finding;
}

static GPtrArray *findings_of(struct finding *first, struct finding *second)
{
	GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);

	g_ptr_array_add(findings, first);
	if (second)
		g_ptr_array_add(findings, second);
	findings_seal(findings);
	return findings;
}

static struct finding *nth(const GPtrArray *findings, guint i)
{
	return g_ptr_array_index(findings, i);
}

/* Reads `text` as a file; NULL and the message in `*ret_message` if it is refused. */
static struct baseline *read_text(const char *text, char **ret_message)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	struct baseline *baseline;
	int fd = g_file_open_tmp("baseline-XXXXXX", &path, NULL);

	assert_true(fd >= 0);
	(void)close(fd);
	assert_true(g_file_set_contents(path, text, -1, NULL));
	baseline = baseline_read(path, &error);
	(void)g_unlink(path);
	if (!baseline && ret_message)
		*ret_message = g_strdup(error->message + strlen(path) + 1);
	else if (!baseline)
		fail_msg("%s", error->message);
	return baseline;
}

static void assert_refused(const char *text, const char *message)
{
	g_autofree char *told = NULL;
	g_autoptr(baseline_t) baseline = read_text(text, &told);

	assert_null(baseline);
	assert_string_equal(told, message);
}

static struct baseline *written(const GPtrArray *findings)
{
	g_autoptr(baseline_t) baseline = baseline_new();
	g_autofree char *text = NULL;

	for (guint i = 0; i < findings->len; i++)
		(void)baseline_add(baseline, nth(findings, i));
	text = baseline_print(baseline);
	return read_text(text, NULL);
}

static void what_is_written_hides_what_it_was_written_from(void **state)
{
	g_autoptr(GPtrArray) findings = findings_of(make("a.c", "f", "getaddrinfo ( x )"),
						    make("b.c", "g", "getaddrinfo ( y )"));
	g_autoptr(baseline_t) baseline = written(findings);

	baseline_apply(baseline, findings, "2024-05-06");
	for (guint i = 0; i < 2; i++) {
		assert_string_equal(nth(findings, i)->suppressed_by, "accepted before");
		assert_string_equal(nth(findings, i)->suppression, "baseline");
	}
}

static void a_finding_that_moved_is_still_accepted(void **state)
{
	g_autoptr(GPtrArray) before = findings_of(make("a.c", "f", "getaddrinfo ( x )"), NULL);
	g_autoptr(GPtrArray) after = findings_of(make("new.c", "f", "getaddrinfo ( x )"), NULL);
	g_autoptr(baseline_t) baseline = written(before);

	assert_string_not_equal(nth(before, 0)->fingerprint, nth(after, 0)->fingerprint);
	baseline_apply(baseline, after, "2024-05-06");
	assert_non_null(nth(after, 0)->suppressed_by);
}

static void one_entry_accepts_one_finding(void **state)
{
	g_autoptr(GPtrArray) before = findings_of(make("a.c", "f", "getaddrinfo ( x )"), NULL);
	g_autoptr(GPtrArray) after = findings_of(make("a.c", "f", "getaddrinfo ( x )"),
						 make("b.c", "f", "getaddrinfo ( x )"));
	g_autoptr(baseline_t) baseline = written(before);

	baseline_apply(baseline, after, "2024-05-06");
	for (guint i = 0; i < 2; i++)
		assert_int_equal(nth(after, i)->suppressed_by != NULL,
				 g_str_equal(nth(after, i)->place.file, "a.c"));
}

static void an_entry_counts_up_to_its_last_day(void **state)
{
	static const char *const days[] = {"2024-05-05", "2024-05-06", "2024-05-07"};

	for (guint i = 0; i < 3; i++) {
		g_autoptr(GPtrArray) findings =
			findings_of(make("a.c", "f", "getaddrinfo ( x )"), NULL);
		g_autofree char *text = g_strdup_printf(
			"version: 1\nfindings:\n- {file: a.c, fp: %.16s, reason: later, "
			"expires: 2024-05-06}\n",
			nth(findings, 0)->fingerprint + 3);
		g_autoptr(baseline_t) baseline = read_text(text, NULL);

		baseline_apply(baseline, findings, days[i]);
		assert_int_equal(nth(findings, 0)->suppressed_by != NULL, i < 2);
		if (i < 2)
			assert_string_equal(nth(findings, 0)->suppressed_by, "later");
	}
}

static void a_comment_in_the_source_goes_before(void **state)
{
	g_autoptr(GPtrArray) findings = findings_of(make("a.c", "f", "getaddrinfo ( x )"), NULL);
	g_autoptr(baseline_t) baseline = written(findings);

	nth(findings, 0)->suppressed_by = g_strdup("once");
	baseline_apply(baseline, findings, "2024-05-06");
	assert_string_equal(nth(findings, 0)->suppressed_by, "once");
	assert_null(nth(findings, 0)->suppression);
}

static void the_text_is_sorted_and_any_name_can_stand_in_it(void **state)
{
	g_autoptr(GPtrArray) findings =
		findings_of(make("z \"\\\n: #{.c", "f", "x"), make("a b.c", "f", "y"));
	g_autoptr(baseline_t) baseline = written(findings);
	const struct baseline_entry *first = g_ptr_array_index(baseline->entries, 0);
	const struct baseline_entry *second = g_ptr_array_index(baseline->entries, 1);

	assert_string_equal(first->file, "a b.c");
	assert_string_equal(second->file, "z \"\\\n: #{.c");
	assert_string_equal(second->sink, "getaddrinfo");
}

static void an_empty_baseline_accepts_nothing(void **state)
{
	g_autoptr(GPtrArray) findings = findings_of(make("a.c", "f", "x"), NULL);
	g_autoptr(baseline_t) baseline = read_text("version: 1\nfindings:\n", NULL);

	baseline_apply(baseline, findings, "2024-05-06");
	assert_null(nth(findings, 0)->suppressed_by);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	assert_refused("version: 2\n", "1:10: this contlint knows baselines of version 1 only");
	assert_refused("findings: 3\n", "1:11: findings is a list");
	assert_refused("finding: []\n", "1:1: a baseline has version and findings, not finding");
	assert_refused("findings:\n- {file: a.c}\n", "2:3: the entry has no fp");
	assert_refused("findings:\n- {file: a.c, fp: zz}\n",
		       "2:19: fp is 12 or more hexadecimal digits");
	assert_refused("findings:\n- {file: a.c, fp: 0123456789ab, expire: 2024-01-01}\n",
		       "2:33: there is no expire in a baseline; did you mean expires?");
	assert_refused("findings:\n- {file: a.c, fp: 0123456789ab, expires: soon}\n",
		       "2:42: expires is a day, as 2027-01-01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_hides_what_it_was_written_from),
		cmocka_unit_test(a_finding_that_moved_is_still_accepted),
		cmocka_unit_test(one_entry_accepts_one_finding),
		cmocka_unit_test(an_entry_counts_up_to_its_last_day),
		cmocka_unit_test(a_comment_in_the_source_goes_before),
		cmocka_unit_test(the_text_is_sorted_and_any_name_can_stand_in_it),
		cmocka_unit_test(an_empty_baseline_accepts_nothing),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
