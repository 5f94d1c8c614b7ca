/* What only a part of a project wants to hear: changed functions, lines, headers. */
#include "tests/end-to-end/command.h"

/* A continuation in a.c that blocks in b.c, and one that blocks in c.h. */
static void put(const char *folder)
{
	static const char header[] =
		"struct addrinfo;\n"
		"typedef struct sd_event sd_event;\n"
		"typedef struct sd_event_source sd_event_source;\n"
		"int getaddrinfo(const char *, const char *, const struct addrinfo *,\n"
		"	struct addrinfo **);\n"
		"int sd_event_add_io(sd_event *, sd_event_source **, int, unsigned,\n"
		"	int (*)(sd_event_source *, int, unsigned, void *), void *);\n"
		"int resolve(const char *);\n";

	scratch_write(folder, "src/api.h", header);
	scratch_write(
		folder, "src/a.c",
		"#include \"api.h\"\n"
		"static int read_cb(sd_event_source *source, int fd, unsigned e, void *data)\n"
		"{\n"
		"	return resolve(data);\n"
		"}\n"
		"int start(sd_event *event, void *host)\n"
		"{\n"
		"	return sd_event_add_io(event, 0, 1, 1, read_cb, host);\n"
		"}\n");
	scratch_write(folder, "src/b.c",
		      "#include \"api.h\"\n"
		      "int unrelated(void)\n"
		      "{\n"
		      "	return 1;\n"
		      "}\n"
		      "int resolve(const char *name)\n"
		      "{\n"
		      "	return getaddrinfo(name, \"http\", 0, 0);\n"
		      "}\n");
	scratch_write(folder, "vendor/c.h",
		      "static inline int in_header(sd_event_source *source, int fd, unsigned e,\n"
		      "	void *data)\n"
		      "{\n"
		      "	return getaddrinfo(data, \"ftp\", 0, 0);\n"
		      "}\n");
	scratch_write(folder, "src/c.c",
		      "#include \"api.h\"\n"
		      "#include \"../vendor/c.h\"\n"
		      "int start_vendor(sd_event *event, void *host)\n"
		      "{\n"
		      "	return sd_event_add_io(event, 0, 1, 1, in_header, host);\n"
		      "}\n");
	write_compdb(folder, (const char *const[]){"src/a.c", "src/b.c", "src/c.c", NULL});
}

static void a_diff_shows_what_goes_through_the_touched_functions(void **state)
{
	static const char middle[] = "--- a/src/a.c\n+++ b/src/a.c\n@@ -4 +4 @@\n-x\n+y\n";
	static const char other[] = "--- a/src/b.c\n+++ b/src/b.c\n@@ -4 +4 @@\n-x\n+y\n";

	put(*state);
	scratch_write(*state, "middle.diff", middle);
	scratch_write(*state, "other.diff", other);
	assert_said(contlint(*state, "check"), 1, "2 findings");
	assert_said(contlint(*state, "check", "--diff", "middle.diff"), 1,
		    "not shown: 1 outside the filter");
	assert_printed(contlint(*state, "check", "--no-db", "--no-cache", "--diff", "middle.diff"),
		       1, "src/b.c:8:9: ");
	assert_said(contlint(*state, "check", "--diff", "other.diff"), 0,
		    "not shown: 2 outside the filter");
	assert_printed(contlint(*state, "report", "--diff", "middle.diff"), 0, "src/b.c:8:9: ");
	assert_printed(contlint(*state, "report", "--diff", "other.diff", "-f", "jsonl"), 0, "");
	assert_said(contlint(*state, "check", "--diff", "src/a.c"), 2, "no unified diff in it");
}

static void git(const char *folder, const char *command)
{
	g_autofree char *line = g_strdup_printf(
		"cd '%s' && git -c user.name=a -c user.email=a@b -c init.defaultBranch=main %s",
		folder, command);
	const char *const argv[] = {"/bin/sh", "-c", line, NULL};
	int status = 0;

	assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
				 NULL, NULL, &status, NULL));
	assert_int_equal(status, 0);
}

static void since_a_commit_is_what_the_branch_and_the_folder_changed(void **state)
{
	g_autofree char *program = g_find_program_in_path("git");

	if (!program)
		skip();
	put(*state);
	git(*state, "init -q .");
	git(*state, "add -A");
	git(*state, "commit -q -m one");
	assert_said(contlint(*state, "check", "--since", "HEAD"), 0,
		    "not shown: 2 outside the filter");
	scratch_write(*state, "src/d.c",
		      "#include \"api.h\"\n"
		      "static int d_cb(sd_event_source *source, int fd, unsigned e, void *data)\n"
		      "{\n"
		      "	return getaddrinfo(data, \"d\", 0, 0);\n"
		      "}\n"
		      "int start_d(sd_event *event) { return sd_event_add_io(event, 0, 1, 1, d_cb, "
		      "0); }\n");
	write_compdb(*state,
		     (const char *const[]){"src/a.c", "src/b.c", "src/c.c", "src/d.c", NULL});
	assert_printed(contlint(*state, "check", "--since", "main"), 1, "src/d.c:4:9: ");
	assert_said(contlint(*state, "check", "--since", "nowhere"), 2, "git: fatal: ");
	assert_said(contlint(*state, "check", "--since=--output=stolen"), 2, "git: fatal: ");
	{
		g_autofree char *stolen = g_build_filename(*state, "stolen", NULL);

		assert_false(g_file_test(stolen, G_FILE_TEST_EXISTS));
	}
}

static void lines_and_headers_are_chosen_as_in_clang_tidy(void **state)
{
	put(*state);
	assert_printed(contlint(*state, "check", "--line-filter",
				"[{\"name\":\"b.c\",\"lines\":[[1,9]]}]"),
		       1, "src/b.c:8:9: ");
	assert_said(contlint(*state, "check", "--line-filter",
			     "[{\"name\":\"b.c\",\"lines\":[[1,7]]}]"),
		    0, "not shown: 2 outside the filter");
	assert_said(contlint(*state, "check", "--header-filter", "^src/"), 1,
		    "not shown: 1 outside the filter");
	assert_said(contlint(*state, "check", "--header-filter", "("), 2, "regular expression");
	assert_said(contlint(*state, "check", "--line-filter", "x"), 2, "not JSON");
}

#define command_test(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		command_test(a_diff_shows_what_goes_through_the_touched_functions),
		command_test(since_a_commit_is_what_the_branch_and_the_folder_changed),
		command_test(lines_and_headers_are_chosen_as_in_clang_tidy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
