/* A finding stays the same finding while the source around it is edited, and what cannot stay the
 * same is reported as moved: each edit that people make, through the whole tool. */
#include <stdbool.h>

#include "tests/end-to-end/command.h"

/* Declarations of the loop and the sink, then one continuation with a local variable. */
#define HEAD                                                                                       \
	"struct addrinfo;\n"                                                                       \
	"typedef struct sd_event sd_event;\n"                                                      \
	"typedef struct sd_event_source sd_event_source;\n"                                        \
	"int getaddrinfo(const char *, const char *, const struct addrinfo *,\n"                   \
	"\tstruct addrinfo **);\n"                                                                 \
	"int sd_event_add_io(sd_event *, sd_event_source **, int, unsigned,\n"                     \
	"\tint (*)(sd_event_source *, int, unsigned, void *), void *);\n"
#define LOOK_UP "\tstruct addrinfo *found = 0;\n"
#define CALL "\treturn getaddrinfo(userdata, \"http\", 0, &found);\n"
#define OPEN                                                                                       \
	"static int accept_cb(sd_event_source *source, int fd, unsigned revents,\n"                \
	"\tvoid *userdata)\n{\n"
#define LISTEN                                                                                     \
	"int listen_on(sd_event *event, int fd, void *host)\n{\n"                                  \
	"\treturn sd_event_add_io(event, 0, fd, 1, accept_cb, host);\n}\n"

static const char before[] = HEAD OPEN LOOK_UP CALL "}\n" LISTEN;

static void put(const char *folder, const char *file, const char *text)
{
	const char *const files[] = {file, NULL};

	scratch_write(folder, file, text);
	write_compdb(folder, files);
}

/* Checks `text` in `file`; what changed since the run of `before` must have `expected` in it
 * (nothing at all if that is ""), and its summary `counts`. */
static void assert_edit(void **state, const char *file, const char *text, const char *expected,
			const char *counts)
{
	struct said said;

	put(*state, file, text);
	said = contlint(*state, "check");
	said_clear(&said);
	said = contlint(*state, "diff", "before..latest");
	if (expected[0] == '\0')
		assert_string_equal(said.out, "");
	else
		assert_non_null(strstr(said.out, expected));
	assert_said(said, 0, counts);
}

static int check_before(void **state)
{
	(void)command_setup(state);
	put(*state, "src/a.c", before);
	assert_printed(contlint(*state, "check", "--label", "before"), 1, "blocking-dns");
	return 0;
}

static void reindenting_keeps_it(void **state)
{
	assert_edit(state, "src/a.c",
		    HEAD OPEN "    struct addrinfo *found=0;\n  return\n getaddrinfo(userdata,\n"
			      "   \"http\",0,\n&found );\n}\n" LISTEN,
		    "", ": 1 unchanged");
}

static void lines_above_keep_it(void **state)
{
	assert_edit(state, "src/a.c", "\n\nint version;\n" HEAD OPEN LOOK_UP CALL "}\n" LISTEN, "",
		    ": 1 unchanged");
}

static void comments_keep_it(void **state)
{
	assert_edit(state, "src/a.c",
		    HEAD OPEN LOOK_UP "\t/* slow */\n\treturn getaddrinfo(userdata, /* port */ "
				      "\"http\", 0, &found); // sorry\n}\n" LISTEN,
		    "", ": 1 unchanged");
}

static void a_suppression_silences_it_and_does_not_rename_it(void **state)
{
	assert_edit(state, "src/a.c",
		    HEAD OPEN LOOK_UP "\treturn getaddrinfo(userdata, \"http\", 0, &found); "
				      "// NOLINT(contlint-blocking-dns): only at start\n}\n" LISTEN,
		    "- src/a.c:12:9: ", ": 1 suppressed, 0 unchanged");
}

static void reordering_functions_keeps_it(void **state)
{
	assert_edit(state, "src/a.c",
		    HEAD
		    "static int accept_cb(sd_event_source *, int, unsigned, void *);\n" LISTEN OPEN
			    LOOK_UP CALL "}\n",
		    "", ": 1 unchanged");
}

static void a_new_function_between_keeps_it(void **state)
{
	assert_edit(state, "src/a.c",
		    HEAD "static int resolve(void *host, struct addrinfo **found)\n{\n"
			 "\treturn getaddrinfo(host, \"https\", 0, found);\n}\n" OPEN LOOK_UP
			 "\tresolve(userdata, &found);\n" CALL "}\n" LISTEN,
		    "+ src/a.c:10:9: ", ": 1 introduced, 1 unchanged");
}

static void moving_the_file_keeps_it(void **state)
{
	assert_edit(state, "lib/net/a.c", before, "", ": 1 unchanged");
}

static void renaming_the_file_moves_it(void **state)
{
	assert_edit(state, "src/b.c", before, "was at src/a.c:12", ": 1 moved, 0 unchanged");
}

static void renaming_a_local_in_the_call_moves_it(void **state)
{
	assert_edit(state, "src/a.c",
		    HEAD OPEN "\tstruct addrinfo *addresses = 0;\n\treturn "
			      "getaddrinfo(userdata, \"http\", 0, &addresses);\n}\n" LISTEN,
		    "> src/a.c:12:9: ", ": 1 moved, 0 unchanged");
}

static void renaming_a_local_elsewhere_keeps_it(void **state)
{
	assert_edit(state, "src/a.c",
		    HEAD OPEN LOOK_UP "\tint port = fd;\n\t(void)port;\n" CALL "}\n" LISTEN, "",
		    ": 1 unchanged");
}

static void a_line_twice_is_a_second_finding(void **state)
{
	assert_edit(state, "src/a.c", HEAD OPEN LOOK_UP "\tif (fd)\n\t" CALL CALL "}\n" LISTEN,
		    "+ src/a.c:14:9: ", ": 1 introduced, 1 unchanged");
}

static void another_message_is_no_other_finding(void **state)
{
	assert_edit(state, "src/a.c",
		    HEAD OPEN LOOK_UP CALL
		    "}\nint listen_again(sd_event *event, int fd, void *host)\n{\n"
		    "\treturn sd_event_add_io(event, 0, fd, 1, accept_cb, host);\n}\n" LISTEN,
		    "", ": 1 unchanged");
}

static void taking_it_out_fixes_it(void **state)
{
	assert_edit(state, "src/a.c", HEAD OPEN "\treturn 0;\n}\n" LISTEN,
		    "- src/a.c:12:9: ", ": 1 fixed, 0 unchanged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reindenting_keeps_it),
		cmocka_unit_test(lines_above_keep_it),
		cmocka_unit_test(comments_keep_it),
		cmocka_unit_test(a_suppression_silences_it_and_does_not_rename_it),
		cmocka_unit_test(reordering_functions_keeps_it),
		cmocka_unit_test(a_new_function_between_keeps_it),
		cmocka_unit_test(moving_the_file_keeps_it),
		cmocka_unit_test(renaming_the_file_moves_it),
		cmocka_unit_test(renaming_a_local_in_the_call_moves_it),
		cmocka_unit_test(renaming_a_local_elsewhere_keeps_it),
		cmocka_unit_test(a_line_twice_is_a_second_finding),
		cmocka_unit_test(another_message_is_no_other_finding),
		cmocka_unit_test(taking_it_out_fixes_it),
	};

	return cmocka_run_group_tests(tests, check_before, command_teardown);
}
