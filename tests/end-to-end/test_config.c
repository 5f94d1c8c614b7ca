/* A project's configuration, as its users meet it. */
#include "tests/end-to-end/command.h"

static void put(const char *folder, const char *config)
{
	scratch_write(folder, "src/a.c", one_finding);
	scratch_write(folder, "out/compile_commands.json",
		      "[{\"directory\":\"..\",\"file\":\"src/a.c\",\"arguments\":[\"cc\",\"-c\","
		      "\"src/a.c\"]}]");
	scratch_write(folder, ".contlint.yaml", config);
}

static void the_configuration_says_what_the_command_line_does_not(void **state)
{
	put(*state, "build: {compile_commands: out}\ngate: {fail_on: none}\n");
	assert_said(contlint(*state, "check"), 0, "1 finding");
	assert_said(contlint(*state, "check", "--fail-on", "any"), 1, "1 finding");
	put(*state, "build: {compile_commands: out}\nrules: {blocking-dns: off}\n");
	assert_said(contlint(*state, "check"), 0, "no findings");
	assert_said(contlint(*state, "check", "-r", "blocking-dns"), 1, "1 finding");
	assert_said(contlint(*state, "check", "-r", "+blocking-dns"), 1, "1 finding");
	assert_said(contlint(*state, "check", "--no-config", "-p", "out"), 1, "1 finding");
	put(*state, "build: {compile_commands: out}\nrules: {blocking-dns: note}\n"
		    "reports: [text, jsonl=all.jsonl]\ngate: {fail_on: warning}\n");
	assert_printed(contlint(*state, "check"), 0, "remark: getaddrinfo() can block");
	{
		g_autofree char *path = g_build_filename(*state, "all.jsonl", NULL);

		assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
	}
}

static void the_configuration_of_the_sources_counts(void **state)
{
	g_autofree char *elsewhere = scratch_new();
	g_autofree char *out = g_build_filename(*state, "out", NULL);
	g_autofree char *other = g_build_filename(elsewhere, "other.yaml", NULL);

	scratch_write(elsewhere, ".contlint.yaml", "gate: {fail_on: none}\n");
	scratch_write(elsewhere, "other.yaml", "gate: {fail_on: error}\n");
	put(*state, "gate: {fail_on: error}\n");
	assert_said(contlint(elsewhere, "check", "-p", out, "--root", *state), 0, "1 finding");
	put(*state, "gate: {fail_on: any}\n");
	assert_said(contlint(elsewhere, "check", "-p", out, "--root", *state), 1, "1 finding");
	assert_said(contlint(elsewhere, "check", "-p", out, "--root", *state, "--config", other), 0,
		    "1 finding");
	scratch_remove(g_steal_pointer(&elsewhere));
}

static void the_configuration_hides_with_a_reason(void **state)
{
	put(*state, "build: {compile_commands: out}\nsuppress:\n"
		    "- {rule: blocking-dns, path: src/**, reason: a tool, expires: 2100-01-01}\n");
	assert_said(contlint(*state, "check"), 0, "not shown: 1 suppressed");
	assert_said(contlint(*state, "check"), 0, "not shown: 1 suppressed"); /* repeated */
	assert_printed(contlint(*state, "query", "suppressed", "-fcsv"), 0, "config,a tool");
	put(*state, "build: {compile_commands: out}\nsuppress:\n"
		    "- {rule: blocking-dns, path: src/**, reason: a tool, expires: 2020-01-01}\n");
	assert_printed(contlint(*state, "check"), 1,
		       ".contlint.yaml:3:3: remark: this suppression of blocking-dns held until "
		       "2020-01-01: what it hid is shown again");
	assert_said(contlint(*state, "config", "verify"), 0,
		    "this suppression expired on 2020-01-01");
}

static void a_row_that_hides_nothing_is_told_of_a_whole_run(void **state)
{
	static const char stale[] = ".contlint.yaml:3:3: remark: this suppression of blocking-wait "
				    "in the configuration hides nothing: take it out";
	static const char rows[] =
		"build: {compile_commands: out}\nsuppress:\n"
		"- {rule: blocking-wait, path: src/**, reason: a tool}\n"
		"- {rule: blocking-wait, path: win/**, reason: of another system}\n"
		"- {rule: blocking-file-io, reason: off by default}\n"
		"- {rule: stale-suppression, path: lib/**, reason: of others}\n";
	struct said said;

	put(*state, rows);
	said = contlint(*state, "check");
	assert_non_null(strstr(said.err, "2 findings"));
	assert_printed(said, 1, stale);
	assert_printed(contlint(*state, "query", "stale", "-fcsv"), 0,
		       "config,blocking-wait,.contlint.yaml:3,a tool,,");
	assert_said(contlint(*state, "check", "-r", "blocking-dns,stale-suppression"), 1,
		    "1 finding (");
	assert_said(contlint(*state, "check", "src/a.c"), 1, "1 finding (");
	put(*state, rows);
	scratch_write(*state, "src/a.c", "#include \"missing.h\"\n");
	assert_said(contlint(*state, "check", "--no-db", "--allow-incomplete"), 0, "no findings");
}

static void a_partial_run_keeps_what_hides_nothing(void **state)
{
	static const char stored[] =
		"SELECT rule, carried FROM findings WHERE rule = 'stale-suppression'";

	put(*state, "suppress:\n- {rule: blocking-wait, reason: a tool}\n");
	scratch_write(*state, "src/b.c", no_finding);
	scratch_write(*state, "out/compile_commands.json",
		      "[{\"directory\":\"..\",\"file\":\"src/a.c\",\"arguments\":[\"cc\",\"-c\","
		      "\"src/a.c\"]},{\"directory\":\"..\",\"file\":\"src/b.c\",\"arguments\":"
		      "[\"cc\",\"-c\",\"src/b.c\"]}]");
	assert_said(contlint(*state, "check", "-pout"), 1, "2 findings");
	assert_printed(contlint(*state, "query", "--sql", stored, "-fcsv"), 0,
		       "stale-suppression,0");
	assert_said(contlint(*state, "check", "-pout", "src/a.c"), 1, "1 finding (");
	assert_printed(contlint(*state, "query", "--sql", stored, "-fcsv"), 0,
		       "stale-suppression,1");
}

static void a_folder_has_rules_of_its_own(void **state)
{
	static const char all[] = "build: {compile_commands: out}\nrules: {blocking-dns: error}\n";

	put(*state, all);
	scratch_write(*state, "src/.contlint.yaml", "rules: {blocking-dns: note}\n");
	assert_printed(contlint(*state, "check"), 1, "remark: getaddrinfo() can block");
	assert_printed(contlint(*state, "check", "--config", ".contlint.yaml"), 1,
		       "error: getaddrinfo() can block");
	/* Nothing else has changed: the run of before is not repeated. */
	scratch_write(*state, "src/.contlint.yaml", "inherit: true\nrules: {blocking-*: off}\n");
	assert_said(contlint(*state, "check"), 0, "not shown: 1 suppressed");
	assert_printed(contlint(*state, "query", "suppressed", "-fcsv"), 0,
		       "config,off in src/.contlint.yaml");
	assert_printed(contlint(*state, "query", "diff", "a=1", "b=3", "-fcsv"), 0, "suppressed,");
	scratch_write(*state, "src/.contlint.yaml",
		      "suppress:\n- {rule: blocking-dns, path: a.c, reason: a tool}\n");
	assert_said(contlint(*state, "check"), 0, "not shown: 1 suppressed");
	scratch_write(*state, "src/.contlint.yaml",
		      "suppress:\n- {rule: blocking-dns, path: src/a.c, reason: a tool}\n");
	assert_said(contlint(*state, "check"), 1, "1 finding");
	scratch_write(*state, "src/.contlint.yaml", "rules: {blocking-dsn: off}\n");
	assert_said(contlint(*state, "check"), 2,
		    "src/.contlint.yaml:1:9: there is no rule blocking-dsn; did you mean "
		    "blocking-dns?");
}

static void a_folder_cannot_say_what_is_the_projects(void **state)
{
	put(*state, "build: {compile_commands: out}\n");
	scratch_write(*state, "src/.contlint.yaml", "gate: {fail_on: none}\n");
	assert_said(contlint(*state, "check"), 1,
		    "src/.contlint.yaml:1: gate.fail_on is the project's to say: not used here");
	scratch_write(*state, "src/.contlint.yaml", "rules: {blocking-file-io: on}\n");
	assert_said(contlint(*state, "check"), 1,
		    "src/.contlint.yaml:1: blocking-file-io is switched on by the project or not "
		    "at all");
}

static void units_can_be_left_out(void **state)
{
	put(*state, "build: {compile_commands: out}\npaths: {exclude: [\"src/**\"]}\n");
	assert_said(contlint(*state, "check"), 2, "leaves no unit");
	put(*state,
	    "build: {compile_commands: out, extra_args: [-Dgetaddrinfo=other, -fplugin=x.so]}\n"
	    "paths: {include: [\"src/*.c\"]}\n");
	assert_said(contlint(*state, "check"), 0, "removed -fplugin");
}

static void models_can_be_chosen(void **state)
{
	put(*state, "build: {compile_commands: out}\nmodels: [builtin:libsystemd]\n");
	assert_said(contlint(*state, "check"), 0, "no findings"); /* nobody says what blocks */
	put(*state,
	    "build: {compile_commands: out}\nmodels: [builtin:libsystemd, builtin:posix]\n");
	assert_said(contlint(*state, "check"), 1, "1 finding");
	put(*state, "build: {compile_commands: out}\nmodels: [builtin:libsystemd, own.yaml]\n");
	assert_said(contlint(*state, "config", "verify"), 2, "own.yaml: is not a folder or a file");
	scratch_write(*state, "own.yaml",
		      "library: own\nfunctions:\n  getaddrinfo: {args: 4, blocks: {kind: dns}}\n");
	assert_said(contlint(*state, "check"), 1, "1 finding");
	put(*state, "models: [builtin:libsystmd]\n");
	assert_said(contlint(*state, "config", "verify"), 2, "did you mean builtin:libsystemd?");
}

static void what_holds_is_shown_with_its_origin(void **state)
{
	put(*state, "gate:\n  fail_on: new\nrules: {blocking-dns: off}\n");
	assert_printed(contlint(*state, "config", "show"), 0, "gate.fail_on: new\n");
	assert_printed(contlint(*state, "config", "show", "--origin"), 0, ".contlint.yaml:2\n");
	assert_printed(contlint(*state, "config", "show", "--origin"), 0,
		       "models: [builtin]  # default\n");
	assert_said(contlint(*state, "config", "verify"), 0, ".contlint.yaml is understood");
	put(*state, "gate:\n  fail_no: new\n");
	assert_said(contlint(*state, "config", "verify"), 2,
		    ".contlint.yaml:2:3: there is no key in gate: fail_no; did you mean fail_on?");
	assert_said(contlint(*state, "check", "-p", "out"), 2, ".contlint.yaml:2:3: ");
	assert_said(contlint(*state, "config", "vrify"), 2, "show, verify or init");
}

static void a_first_configuration_names_the_libraries(void **state)
{
	g_autofree char *path = g_build_filename(*state, ".contlint.yaml", NULL);
	g_autofree char *text = NULL;

	put(*state, "");
	scratch_write(*state, "src/loop.h", "#include <uv.h>\n#include <stdio.h>\n");
	scratch_write(*state, "src/a.c", "#include \"loop.h\"\n  # include <systemd/sd-event.h>\n");
	assert_said(contlint(*state, "config", "init", "-p", "out"), 2, "is there already");
	assert_int_equal(unlink(path), 0);
	scratch_write(*state, ".contlint/x", "");
	assert_printed(contlint(*state, "config", "init", "-p", "out"), 0, ".contlint.yaml");
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	assert_non_null(strstr(text, "libuv (1 file)"));
	assert_null(strstr(text, "jpeg")); /* whose header needs stdio.h */
	assert_non_null(strstr(text, "compile_commands: \"out/compile_commands.json\""));
	assert_said(contlint(*state, "config", "verify"), 0, "is understood");
	assert_said(contlint(*state, "check", "--tu-timeout", "50"), 0, "");
}

/* One continuation that computes for about 400 us and sleeps 40 ms; work that syncs a file. */
static const char three_costs[] =
	"typedef struct uv_loop_s uv_loop_t;\n"
	"typedef struct uv_work_s uv_work_t;\n"
	"typedef struct uv_idle_s uv_idle_t;\n"
	"int uv_queue_work(uv_loop_t *, uv_work_t *, void (*)(uv_work_t *),\n"
	"	void (*)(uv_work_t *, int));\n"
	"int uv_idle_start(uv_idle_t *, void (*)(uv_idle_t *));\n"
	"int usleep(unsigned);\n"
	"int fsync(int);\n"
	"static unsigned sum;\n"
	"static void idle(uv_idle_t *handle)\n"
	"{\n"
	"	for (int i = 0; i < 200000; i++)\n"
	"		sum += i;\n"
	"	usleep(40000);\n"
	"}\n"
	"static void work(uv_work_t *req) { fsync(3); }\n"
	"int serve(uv_loop_t *loop, uv_work_t *req, uv_idle_t *handle)\n"
	"{\n"
	"	uv_idle_start(handle, idle);\n"
	"	return uv_queue_work(loop, req, work, 0);\n"
	"}\n";

static void put_costs(const char *folder, const char *config)
{
	put(folder, config);
	scratch_write(folder, "src/a.c", three_costs);
}

static void contexts_say_what_threads_may_spend(void **state)
{
	static const char *const rules = "heavy-compute-call,blocking-*,worker-pool-poisoning";
	struct said said;

	put_costs(*state, "");
	said = contlint(*state, "check", "-pout", "-r", rules);
	assert_null(strstr(said.out, "heavy-compute-call"));
	assert_null(strstr(said.out, "worker-pool-poisoning"));
	assert_printed(said, 1, "contlint-blocking-wait");
	put_costs(*state, "contexts: {io-loop: {budget_us: 100}}\n");
	assert_printed(contlint(*state, "check", "-pout", "-r", rules), 1,
		       "src/a.c:12:2: warning: ");
	put_costs(*state, "contexts: {io: {budget_us: 100}}\n");
	assert_printed(contlint(*state, "check", "-pout", "-r", "heavy-compute-call"), 1,
		       "contlint-heavy-compute-call");
	put_costs(*state, "contexts: {worker: {blocking: forbid}}\n");
	assert_printed(contlint(*state, "check", "-pout", "-r", rules), 1,
		       "fsync() blocks a thread of the shared pool, which the configuration "
		       "forbids");
	put_costs(*state, "contexts: {io: {blocking: allow}}\n");
	assert_said(contlint(*state, "check", "-pout"), 0, "no findings");
	put_costs(*state, "contexts: {io: {blocking: allow}}\nrules: {blocking-wait: on}\n");
	assert_printed(contlint(*state, "check", "-pout"), 1, "contlint-blocking-wait");
}

static void a_rule_has_options(void **state)
{
	put_costs(*state, "");
	assert_printed(contlint(*state, "check", "-pout"), 1, "src/a.c:14:2: remark: usleep()");
	put_costs(*state, "rules: {blocking-wait: {options: {short_sleep_ms: 30}}}\n");
	assert_printed(contlint(*state, "check", "-pout"), 1, "src/a.c:14:2: warning: usleep()");
	assert_printed(contlint(*state, "config", "show", "--origin"), 0,
		       "rules.blocking-wait.options.short_sleep_ms: 30  # ");
}

#define command_test(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		command_test(the_configuration_says_what_the_command_line_does_not),
		command_test(the_configuration_of_the_sources_counts),
		command_test(the_configuration_hides_with_a_reason),
		command_test(a_row_that_hides_nothing_is_told_of_a_whole_run),
		command_test(a_partial_run_keeps_what_hides_nothing),
		command_test(a_folder_has_rules_of_its_own),
		command_test(a_folder_cannot_say_what_is_the_projects),
		command_test(units_can_be_left_out),
		command_test(models_can_be_chosen),
		command_test(what_holds_is_shown_with_its_origin),
		command_test(contexts_say_what_threads_may_spend),
		command_test(a_rule_has_options),
		command_test(a_first_configuration_names_the_libraries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
