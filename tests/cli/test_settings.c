/* .contlint.yaml: what is understood, what is refused and where. */
#include "cli/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rules/silence.h"
#include "tests/scratch.h"

static int setup(void **state)
{
	*state = scratch_new();
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static struct settings *read_text(const char *folder, const char *text, char **ret_message)
{
	g_autofree char *path = g_build_filename(folder, SETTINGS_FILE, NULL);
	g_autoptr(GError) error = NULL;
	struct settings *settings;

	scratch_write(folder, SETTINGS_FILE, text);
	settings = settings_read(path, &error);
	if (!settings && !ret_message)
		fail_msg("%s", error->message);
	if (!settings)
		*ret_message = g_strdup(error->message + strlen(path));
	return settings;
}

static void each_key_is_understood(void **state)
{
	static const char text[] =
		"version: 1\n"
		"build: { compile_commands: out/compile_commands.json, extra_args: "
		"[-Wno-everything] }\n"
		"paths:\n  include: [\"src/**\"]\n  exclude: [third_party/**]\n  headers: "
		"\"src/.*\"\n"
		"contexts: { io-loop: { budget_us: 500, blocking: forbid },\n"
		"  worker: { blocking: allow } }\n"
		"models: [builtin:libuv, models/mylib.yaml]\n"
		"rules:\n  contlint-blocking-dns: { level: error }\n  blocking-file-*: off\n"
		"  blocking-wait: { level: note, options: { short_sleep_ms: 20 } }\n"
		"gate: { fail_on: new, base: \"series:main\", require_reason: true, confidence: "
		"low,\n"
		"  baseline: b.yaml, max_suppression_age_days: 3650 }\n"
		"database: { file: .contlint/x.db, series: nightly }\n"
		"suppress:\n- rule: blocking-dns\n  path: \"src/tools/**\"\n  reason: one-shot "
		"tools\n"
		"  expires: 2027-01-01\n"
		"reports: [text, \"sarif:github=out.sarif\"]\n";
	g_autoptr(settings_t) settings = read_text(*state, text, NULL);
	g_autofree char *out = g_build_filename(*state, "out/compile_commands.json", NULL);
	g_autofree char *model = g_build_filename(*state, "models/mylib.yaml", NULL);
	g_autofree char *report = g_strdup_printf("sarif:github=%s/out.sarif", (char *)*state);
	g_autofree char *rules = settings_rule_list(settings);
	const struct silence *silence = g_ptr_array_index(settings->suppressions, 0);

	for (guint i = 0; i < SETTING_COUNT; i++)
		if (!settings_list(settings, i))
			fail_msg("%s was not read", settings_key(i));
	assert_string_equal(settings_word(settings, SETTING_COMPILE_COMMANDS), out);
	assert_string_equal(settings_list(settings, SETTING_MODELS)[0], "builtin:libuv");
	assert_string_equal(settings_list(settings, SETTING_MODELS)[1], model);
	assert_int_equal(settings_number(settings, SETTING_BUDGET_US), 500);
	assert_true(settings_flag(settings, SETTING_REQUIRE_REASON));
	assert_string_equal(settings_list(settings, SETTING_REPORTS)[1], report);
	assert_int_equal(settings->all[SETTING_HEADERS].place.line, 6);
	assert_string_equal(rules, "+blocking-dns,-blocking-file-*,+blocking-wait");
	assert_int_equal(settings_number(settings, SETTING_SHORT_SLEEP_MS), 20);
	assert_string_equal(silence->expires, "2027-01-01");
	assert_int_equal(silence->line, 18);
}

static void what_is_not_understood_is_told_with_its_place(void **state)
{
	static const struct {
		const char *text, *problem;
	} rows[] = {
		{"version: 2\n", ":1:10: this contlint knows version 1"},
		{"gates: {}\n", ":1:1: there is no key gates; did you mean gate?"},
		{"gate:\n  fail-on: new\n",
		 ":2:3: there is no key in gate: fail-on; did you mean fail_on?"},
		{"gate: { fail_on: nwe }\n", ":1:18: nwe is none of any, "},
		{"gate: { fail_on: [new] }\n", ":1:18: gate.fail_on wants a word here"},
		{"gate: new\n", ":1:7: keys and values are expected"},
		{"gate: { confidence: hgih }\n", ":1:21: hgih is none of low"},
		{"gate: { require_reason: yes }\n", ":1:25: this is true or false"},
		{"gate.fail_on: new\n", ":1:1: there is no key gate.fail_on"},
		{"contexts: { io: { budget_us: 0 } }\n", ":1:30: this is a number"},
		{"contexts: { worker: { budget_us: 1 } }\n",
		 ":1:23: only contexts.io has a budget_us"},
		{"contexts: { startup: { blocking: allow } }\n",
		 ":1:13: there is no key in contexts: startup"},
		{"contexts: { io: {}, io-loop: {} }\n", ":1:21: io-loop stands here twice"},
		{"contexts: { io: { blocking: yes } }\n", ":1:29: blocking is forbid or allow"},
		{"rules: { heavy-compute-call: { options: { min_iterations: 1 } } }\n",
		 ":1:32: heavy-compute-call has no options; what a continuation may compute is"},
		{"rules: { blocking-*: { options: { short_sleep_ms: 1 } } }\n",
		 ":1:24: blocking-* has no options"},
		{"rules: { blocking-wait: { options: { short_sleep: 1 } } }\n",
		 "there is no key in rules.blocking-wait.options: short_sleep; did you mean "
		 "short_sleep_ms?"},
		{"rules: { blocking-dsn: off }\n",
		 "there is no rule blocking-dsn; did you mean blocking-dns?"},
		{"rules: { blocking-dns: maybe }\n", ":1:24: a rule is on, off,"},
		{"rules: { blocking-dns: { level: high } }\n", ":1:33: a level is error,"},
		{"rules: { blocking-dns: { levle: off } }\n", "did you mean level?"},
		{"reports: text\n", ":1:10: reports is a list"},
		{"reports: [txet]\n", ":1:11: there is no format txet; did you mean text?"},
		{"reports: [html=../x.html]\n", "../x.html is not below the folder"},
		{"reports: [html=/etc/x.html]\n", "/etc/x.html is not below the folder"},
		{"database: { file: ../x.db }\n", ":1:19: the database is below the folder"},
		{"paths: { headers: \"(\" }\n", ":1:19: this is no regular expression"},
		{"suppress: [{rule: blocking-dns}]\n", ":1:12: the suppression has no reason"},
		{"suppress: [{reason: x}]\n", ":1:12: the suppression has no rule"},
		{"suppress: [{rule: blocking-dsn, reason: x}]\n", "there is no rule blocking-dsn"},
		{"suppress: [{rule: \"*\", reason: x, expires: soon}]\n", "expires is a day"},
		{"suppress: [{rule: \"*\", reason: x, expires: 2027-02-30}]\n", "expires is a day"},
		{"suppress: [{rule: \"*\", reasons: x}]\n",
		 ":1:24: there is no key of a suppression: reasons; did you mean reason?"},
		{"gate: { max_suppression_age_days: 1 }\nsuppress: [{rule: \"*\", reason: x}]\n",
		 ":2:12: a suppression lives 1 days at most"},
		{"gate: {}\ngate: {}\n", ":2:1: gate stands here twice"},
		{"[]\n", ":1:1: keys and values are expected"},
		{"models: [&a x]\n", ":1:10: anchors and tags are not used here"},
		{"a: b: c\n", ": this is not YAML: "},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *message = NULL;
		g_autoptr(settings_t) settings = read_text(*state, rows[i].text, &message);

		if (settings || !strstr(message, rows[i].problem))
			fail_msg("'%s': '%s' instead of '%s'", rows[i].text, message,
				 rows[i].problem);
	}
}

static void a_link_out_of_the_folder_is_no_place_for_a_report(void **state)
{
	g_autofree char *link = g_build_filename(*state, "out", NULL);
	g_autofree char *message = NULL;
	g_autoptr(settings_t) settings = NULL;

	assert_int_equal(symlink("/tmp", link), 0);
	settings = read_text(*state, "reports: [html=out/x.html]\n", &message);
	assert_null(settings);
	assert_non_null(strstr(message, "not below the folder"));
}

static void an_empty_file_says_nothing(void **state)
{
	g_autoptr(settings_t) settings = read_text(*state, "# nothing\nrules:\ngate:\n", NULL);

	assert_null(settings_word(settings, SETTING_FAIL_ON));
	assert_null(settings_rule_list(settings));
	assert_non_null(settings->hash);
}

static void a_file_inherits_from_the_one_above(void **state)
{
	g_autofree char *folder = g_build_filename(*state, "sub", NULL);
	g_autofree char *path = g_build_filename(folder, SETTINGS_FILE, NULL);
	g_autofree char *found = NULL;
	g_autofree char *rules = NULL;
	g_autoptr(settings_t) settings = NULL;

	scratch_write(*state, SETTINGS_FILE,
		      "gate: {fail_on: error, base: main}\nrules: {blocking-dns: off}\n");
	scratch_write(*state, "sub/" SETTINGS_FILE,
		      "inherit: true\ngate: {fail_on: new}\nrules: {blocking-dns: on}\n");
	settings = settings_read(path, NULL);
	rules = settings_rule_list(settings);
	assert_string_equal(settings_word(settings, SETTING_FAIL_ON), "new");
	assert_string_equal(settings_word(settings, SETTING_BASE), "main");
	assert_string_equal(rules, "-blocking-dns,+blocking-dns");
	/* Not above a repository. */
	scratch_write(*state, "sub/.git/HEAD", "");
	settings_free(g_steal_pointer(&settings));
	settings = settings_read(path, NULL);
	assert_null(settings_word(settings, SETTING_BASE));
	scratch_write(*state, "sub/deep/x.c", "");
	found = g_build_filename(folder, "deep", NULL);
	{
		g_autofree char *nearest = settings_find(found);

		assert_string_equal(nearest, path);
	}
}

static void a_level_changes_what_is_as_grave_as_usual(void **state)
{
	g_autoptr(settings_t) settings =
		read_text(*state, "rules: {blocking-*: note, blocking-dns: error}\n", NULL);
	g_autoptr(GPtrArray) findings =
		g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	struct finding *dns = finding_new("blocking-dns"), *wait = finding_new("blocking-wait");
	struct finding *lesser = finding_new("blocking-dns");

	lesser->level = FINDING_NOTE;
	g_ptr_array_add(findings, dns);
	g_ptr_array_add(findings, wait);
	g_ptr_array_add(findings, lesser);
	settings_set_levels(settings, findings);
	assert_int_equal(dns->level, FINDING_ERROR);
	assert_int_equal(wait->level, FINDING_NOTE);
	assert_int_equal(lesser->level, FINDING_NOTE);
	assert_ptr_equal(findings->pdata[0], dns);
}

static struct finding *add_finding(GPtrArray *findings, const char *rule, const char *file)
{
	struct finding *finding = finding_new(rule);

	finding->place.file = g_strdup(file);
	g_ptr_array_add(findings, finding);
	return finding;
}

static void add_folder(struct settings *settings, const char *root, const char *name,
		       const char *text)
{
	g_autofree char *file = g_build_filename(name, SETTINGS_FILE, NULL);
	g_autofree char *path = g_build_filename(root, file, NULL);
	g_autoptr(GError) error = NULL;

	scratch_write(root, file, text);
	if (!settings_add_folder(settings, root, path, &error))
		fail_msg("%s", error->message);
}

static void the_nearest_folder_has_the_last_word(void **state)
{
	g_autoptr(settings_t) settings = read_text(*state, "rules: {blocking-dns: error}\n", NULL);
	g_autofree char *hash = g_strdup(settings->hash);
	g_autoptr(GPtrArray) findings =
		g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	struct finding *above = add_finding(findings, "blocking-dns", "main.c");
	struct finding *beside = add_finding(findings, "blocking-dns", "srcs/a.c");
	struct finding *in = add_finding(findings, "blocking-dns", "src/a.c");
	struct finding *deep = add_finding(findings, "blocking-dns", "src/x/a.c");

	add_folder(settings, *state, "src", "rules: {blocking-dns: note}\n");
	assert_string_not_equal(settings->hash, hash);
	add_folder(settings, *state, "src/x", "rules: {blocking-dns: warning}\n");
	settings_set_levels(settings, findings);
	assert_int_equal(above->level, FINDING_ERROR);
	assert_int_equal(beside->level, FINDING_ERROR);
	assert_int_equal(in->level, FINDING_NOTE);
	assert_int_equal(deep->level, FINDING_WARNING);
}

static void a_folder_hides_only_what_is_its_own(void **state)
{
	g_autoptr(settings_t) settings = read_text(*state, "", NULL);
	g_autoptr(GPtrArray) findings =
		g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	struct finding *dns = add_finding(findings, "blocking-dns", "lib+/a.c");
	struct finding *wait = add_finding(findings, "blocking-wait", "lib+/a.c");
	struct finding *tool = add_finding(findings, "blocking-wait", "lib+/t/x.c");
	struct finding *other = add_finding(findings, "blocking-dns", "libb/a.c");

	add_folder(settings, *state, "lib+",
		   "rules: {blocking-*: off, blocking-wait: on}\n"
		   "suppress: [{rule: blocking-wait, path: t/, reason: a tool}]\n");
	silence_apply(settings->suppressions, findings, "2026-01-01", *state);
	assert_string_equal(dns->suppressed_by, "off in lib+/.contlint.yaml");
	assert_null(wait->suppressed_by);
	assert_string_equal(tool->suppressed_by, "a tool");
	assert_null(other->suppressed_by);
}

#define settings_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		settings_test(each_key_is_understood),
		settings_test(what_is_not_understood_is_told_with_its_place),
		settings_test(a_link_out_of_the_folder_is_no_place_for_a_report),
		settings_test(an_empty_file_says_nothing),
		settings_test(a_file_inherits_from_the_one_above),
		settings_test(a_level_changes_what_is_as_grave_as_usual),
		settings_test(the_nearest_folder_has_the_last_word),
		settings_test(a_folder_hides_only_what_is_its_own),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
