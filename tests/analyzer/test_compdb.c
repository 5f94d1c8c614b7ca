/* The compile database: what is read, what is dropped, what is refused, and what is said. */
#include "analyzer/units/compdb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/scratch.h"

static int setup(void **state)
{
	char *folder = scratch_new();

	scratch_write(folder, "src/a.c", "int a;\n");
	scratch_write(folder, "src/b.c", "int b;\n");
	*state = folder;
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static struct compdb *load(const char *folder, const char *json, GError **error)
{
	scratch_write(folder, "compile_commands.json", json);
	return compdb_load(folder, folder, error);
}

/* One entry for src/a.c with `command` (which must need no JSON escapes). */
static struct compdb *load_command(const char *folder, const char *command)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *json = g_strdup_printf("[{\"directory\":\"src\",\"file\":\"a.c\","
						"\"command\":\"%s\"}]",
						command);
	struct compdb *compdb = load(folder, json, &error);

	if (error)
		print_error("%s\n", error->message);
	assert_non_null(compdb);
	assert_null(error);
	return compdb;
}

/* The flags that are left of `command`, joined by blanks. Caller frees. */
static char *flags_of(const char *folder, const char *command)
{
	g_autoptr(compdb_t) compdb = load_command(folder, command);
	const struct compdb_unit *unit;

	assert_int_equal(compdb->units->len, 1);
	unit = compdb->units->pdata[0];
	g_ptr_array_add(unit->flags, NULL);
	return g_strjoinv(" ", (char **)unit->flags->pdata);
}

static void assert_flags(const char *folder, const char *command, const char *wanted)
{
	g_autofree char *flags = flags_of(folder, command);

	assert_string_equal(flags, wanted);
}

/* `command` loses all its flags, and the warning has `text` in it. */
static void assert_refused(const char *folder, const char *command, const char *text)
{
	g_autoptr(compdb_t) compdb = load_command(folder, command);
	const struct compdb_unit *unit = compdb->units->pdata[0];

	for (guint i = 0; i < unit->flags->len; i++)
		print_error("left of %s: %s\n", command, (char *)unit->flags->pdata[i]);
	assert_int_equal(unit->flags->len, 0);
	assert_int_equal(compdb->warnings->len, 1);
	assert_non_null(strstr(compdb->warnings->pdata[0], text));
}

static void assert_load_error(const char *folder, const char *json, int code, const char *text)
{
	g_autoptr(GError) error = NULL;

	assert_null(load(folder, json, &error));
	assert_true(g_error_matches(error, COMPDB_ERROR, code));
	if (!strstr(error->message, text))
		print_error("'%s' has no '%s'\n", error->message, text);
	assert_non_null(strstr(error->message, text));
}

static void arguments_and_command_say_the_same(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = load(
		*state,
		"[{\"directory\":\"src\",\"file\":\"a.c\",\"arguments\":"
		"[\"cc\",\"-DX=a b\",\"-c\",\"a.c\"]},"
		"{\"directory\":\"src\",\"file\":\"b.c\",\"command\":\"cc '-DX=a b' -c b.c\"}]",
		&error);
	const struct compdb_unit *unit;

	assert_non_null(compdb);
	assert_int_equal(compdb->units->len, 2);
	for (guint i = 0; i < 2; i++) {
		unit = compdb->units->pdata[i];
		assert_int_equal(unit->flags->len, 1);
		assert_string_equal(unit->flags->pdata[0], "-DX=a b");
	}
	assert_string_equal(unit->label, "src/b.c");
	assert_int_equal(unit->size, 7);
}

static void nothing_in_a_command_is_expanded(void **state)
{
	assert_flags(*state, "cc -DA=$HOME -DB=`id` -DC=$(id) -DD=* -c a.c",
		     "-DA=$HOME -DB=`id` -DC=$(id) -DD=*");
}

static void same_file_with_other_flags_is_another_unit(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb =
		load(*state,
		     "[{\"directory\":\"src\",\"file\":\"a.c\",\"command\":\"cc -DX a.c\"},"
		     "{\"directory\":\"src\",\"file\":\"a.c\",\"command\":\"cc -DY a.c\"},"
		     "{\"directory\":\"src\",\"file\":\"a.c\",\"command\":\"gcc -DX -o x.o a.c\"}]",
		     &error);

	assert_non_null(compdb);
	assert_int_equal(compdb->entry_count, 3);
	assert_int_equal(compdb->units->len, 2);
}

static void libtool_s_second_compilation_is_a_repeat(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb =
		load(*state,
		     "[{\"directory\":\"src\",\"file\":\"a.c\",\"command\":\"cc a.c -fPIC -DPIC\"},"
		     "{\"directory\":\"src\",\"file\":\"a.c\",\"command\":\"cc a.c\"}]",
		     &error);

	assert_non_null(compdb);
	assert_int_equal(compdb->units->len, 1);
}

static void directories_are_relative_to_the_database(void **state)
{
	const char *folder = *state;
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = NULL;
	g_autofree char *file = g_build_filename(folder, "src/a.c", NULL);
	const struct compdb_unit *unit;

	scratch_write(folder, "build/compile_commands.json",
		      "[{\"directory\":\".\",\"file\":\"../src/a.c\",\"command\":\"cc -I../inc "
		      "-c ../src/a.c\"}]");
	g_autofree char *build = g_build_filename(folder, "build", NULL);
	compdb = compdb_load(build, folder, &error);
	assert_non_null(compdb);
	unit = compdb->units->pdata[0];
	assert_string_equal(unit->file, file);
	assert_string_equal(unit->directory, build);
	assert_string_equal(unit->label, "src/a.c");
}

static void symbolic_links_to_folders_are_resolved(void **state)
{
	const char *folder = *state;
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = NULL;
	g_autofree char *link = g_build_filename(folder, "link", NULL);

	assert_int_equal(symlink("src", link), 0);
	compdb = load(folder, "[{\"directory\":\"link\",\"file\":\"a.c\",\"command\":\"cc a.c\"}]",
		      &error);
	assert_non_null(compdb);
	assert_string_equal(((struct compdb_unit *)compdb->units->pdata[0])->label, "src/a.c");
}

static void outputs_and_dependencies_go(void **state)
{
	assert_flags(*state,
		     "gcc -MD -MF x.d -MT x.o -MQ x.o -MP -MMD -g -O2 -ox.o -o x.o -c -DX a.c",
		     "-DX");
}

static void what_changes_parsing_stays(void **state)
{
	static const char kept[] =
		"-target arm-linux-gnueabi --target=x86_64-linux-gnu -m32 -std=gnu11 -DX -D Y -UZ "
		"-Iinc -I inc2 -include pre.h -isystem /usr/x -iquote q -idirafter z "
		"-fshort-enums -fno-builtin -funsigned-char -fms-extensions -fno-builtin-printf "
		"-nostdinc -pthread -msse4.2 -mno-avx -march=armv7-a --sysroot=/x -isysroot /y";
	g_autofree char *command = g_strconcat("clang ", kept, " -c a.c", NULL);

	assert_flags(*state, command, kept);
}

static void gcc_only_flags_are_dropped_without_a_word(void **state)
{
	g_autofree char *command =
		g_strdup("gcc -fvect-cost-model=dynamic -mindirect-branch=keep -fanalyzer -Werror "
			 "-Werror=all -Wall -Wno-format-truncation -fno-ipa-cp -fconserve-stack "
			 "--param=ssp-buffer-size=4 --param x=1 -fno-such-flag -mno-such-flag "
			 "-frandom-seed=1 -fdiagnostics-color=always -pipe -rdynamic -c a.c");
	g_autoptr(compdb_t) compdb = load_command(*state, command);

	assert_int_equal(((struct compdb_unit *)compdb->units->pdata[0])->flags->len, 0);
	assert_int_equal(compdb->warnings->len, 0);
}

static void wrappers_in_front_are_dropped(void **state)
{
	static const char *const fronts[] = {
		"ccache gcc",
		"distcc gcc",
		"sccache /usr/bin/cc",
		"icecc clang",
		"ccache distcc gcc",
		"/usr/lib/ccache/gcc",
		"env CC=x LANG=C gcc",
		"env -u X -i gcc",
		"nice gcc",
		"nice -n 19 gcc",
		"nice -19 gcc",
		"ionice -c 3 gcc",
		"LANG=C gcc",
		"ccache",
		"distcc",
		"/opt/x/bin/gcc-12",
		"gcc-12.2.0",
		"clang-19",
		"c99",
		"musl-gcc",
		"/bin/bash ../libtool --tag=CC --mode=compile gcc",
		"libtool --silent --mode=compile ccache gcc",
		"./wrap.sh gcc",
		"python3 wrap.py gcc",
		"timeout 30 gcc",
		"time gcc",
		"my-own-compiler",
		"cd src && gcc",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(fronts); i++) {
		g_autofree char *command = g_strconcat(fronts[i], " -DX -c a.c", NULL);
		g_autofree char *flags = flags_of(*state, command);

		if (strcmp(flags, "-DX") != 0)
			print_error("%s gave %s\n", command, flags);
		assert_string_equal(flags, "-DX");
	}
}

static void cross_compilers_name_their_target(void **state)
{
	assert_flags(*state, "aarch64-linux-gnu-gcc -DX -c a.c", "--target=aarch64-linux-gnu -DX");
	assert_flags(*state, "ccache /opt/x86_64-linux-gnu-gcc-12 -c a.c",
		     "--target=x86_64-linux-gnu");
	assert_flags(*state, "arm-none-eabi-clang --target=thumbv7-none-eabi -c a.c",
		     "--target=thumbv7-none-eabi");
	assert_flags(*state, "my-own-gcc -c a.c", "");
}

static void flags_that_load_code_are_refused(void **state)
{
	static const char *const flags[] = {
		"-fplugin=x.so",
		"-fplugin-arg-x-y=z",
		"-fpass-plugin=x.so",
		"-Xclang -load -Xclang x.so",
		"-Xclang -plugin -Xclang x",
		"-Xclang -add-plugin -Xclang x",
		"-Xclang -plugin-arg-x -Xclang y",
		"-B/tmp/tools",
		"-B /tmp/tools",
		"-specs=x",
		"--specs=x",
		"-wrapper sh,-c",
		"-fuse-ld=/tmp/ld",
		"--ld-path=/tmp/ld",
		"--config x",
		"--config=x",
		"-include-pch x.pch",
		"-Xclang -include-pch -Xclang x.pch",
		"-gen-cdb-fragment-path x",
		"-MJ x.json",
		"-fmodules-cache-path=/tmp/x",
		"-ivfsoverlay x.yaml",
		"-fmodule-file=x",
		"-fmodule-map-file=x",
		"-resource-dir /tmp/x",
		"-resource-dir=/tmp/x",
		"-Wp,-fplugin=x.so",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
		g_autofree char *command = g_strconcat("cc ", flags[i], " -c a.c", NULL);

		assert_refused(*state, command, "compile_commands.json: removed -");
	}
}

static void a_refused_flag_is_told_once_with_its_count(void **state)
{
	assert_refused(*state, "cc -fplugin=a.so -fplugin=b.so -c a.c",
		       "removed -fplugin= 2 times: it loads code into the compiler");
}

static void flags_behind_xclang_and_wp_are_judged_alike(void **state)
{
	assert_flags(*state,
		     "cc -Xclang -include -Xclang pre.h -Wp,-DX=1,-MD,x.d "
		     "-Xpreprocessor -DY -mllvm -load=x -c a.c",
		     "-include pre.h -DX=1 -DY");
}

static void a_flag_without_its_value_takes_no_other(void **state)
{
	assert_flags(*state, "cc a.c -DX -I", "-DX");
	assert_flags(*state, "cc a.c -DX -Xclang", "-DX");
	assert_flags(*state, "cc a.c -DX -o", "-DX");
}

static void a_flag_does_not_hide_behind_another(void **state)
{
	assert_flags(*state, "cc --target -fplugin=x.so -I -load -DX a.c", "-DX");
	assert_flags(*state, "cc -include -Xclang -DX a.c", "");
	assert_flags(*state, "cc --target x86_64-linux-gnu -DX a.c", "-DX");
}

static void response_files_under_the_root_are_read(void **state)
{
	scratch_write(*state, "src/flags.rsp", "-DX='a b'\n-DY=\"q\\\"\" @more.rsp");
	scratch_write(*state, "src/more.rsp", "-DZ\\ 1 a.c");
	assert_flags(*state, "cc @flags.rsp -c", "-DX=a b -DY=q\" -DZ 1");
}

static void response_files_elsewhere_are_refused(void **state)
{
	const char *folder = *state;
	char *other = scratch_new();
	g_autofree char *command = g_strdup_printf("cc @%s/x.rsp -c a.c", other);
	g_autofree char *link = g_build_filename(folder, "src/link.rsp", NULL);
	g_autofree char *path = g_build_filename(other, "x.rsp", NULL);

	scratch_write(other, "x.rsp", "-DX");
	assert_int_equal(symlink(path, link), 0);
	assert_refused(folder, command, "removed @FILE 1 time: it names a response file");
	assert_refused(folder, "cc @link.rsp -c a.c", "removed @FILE");
	assert_refused(folder, "cc @missing.rsp -c a.c", "removed @FILE");
	assert_refused(folder, "cc @../src -c a.c", "removed @FILE");
	scratch_remove(other);
}

static void response_files_that_name_themselves_end(void **state)
{
	g_autoptr(GString) text = g_string_new("-DX ");

	for (int i = 0; i < 2000; i++)
		g_string_append(text, "@self.rsp ");
	scratch_write(*state, "src/self.rsp", text->str);
	g_autoptr(compdb_t) compdb = load_command(*state, "cc @self.rsp -c a.c");
	assert_int_equal(compdb->warnings->len, 1);
}

static void a_fifo_as_response_file_is_not_waited_for(void **state)
{
	g_autofree char *path = g_build_filename(*state, "src/fifo", NULL);

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(*state, "cc @fifo -c a.c", "removed @FILE");
}

static void other_languages_are_skipped_and_counted(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb =
		load(*state,
		     "[{\"directory\":\"src\",\"file\":\"a.c\",\"command\":\"cc a.c\"},"
		     "{\"directory\":\"src\",\"file\":\"x.cpp\",\"command\":\"g++ x.cpp\"},"
		     "{\"directory\":\"src\",\"file\":\"x.S\",\"command\":\"cc x.S\"},"
		     "{\"directory\":\"src\",\"file\":\"b.c\",\"command\":\"clang++-19 b.c\"},"
		     "{\"directory\":\"src\",\"file\":\"b.c\",\"command\":\"cc -x c++ b.c\"},"
		     "{\"directory\":\"src\",\"file\":\"b.c\",\"command\":\"cc -xc-header b.c\"}]",
		     &error);

	assert_non_null(compdb);
	assert_int_equal(compdb->units->len, 1);
	assert_int_equal(compdb->skipped_count, 5);
	assert_int_equal(compdb->entry_count, 6);
}

static void any_name_is_c_if_the_command_says_so(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb =
		load(*state,
		     "[{\"directory\":\"src\",\"file\":\"x.inc\",\"command\":\"cc -x c x.inc\"}]",
		     &error);

	assert_non_null(compdb);
	assert_string_equal(((struct compdb_unit *)compdb->units->pdata[0])->flags->pdata[1], "c");
}

static void clang_cl_is_refused_with_a_sentence(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = load(
		*state,
		"[{\"directory\":\"src\",\"file\":\"a.c\",\"command\":\"cc a.c\"},"
		"{\"directory\":\"src\",\"file\":\"b.c\",\"command\":\"clang-cl.exe /c b.c\"}]",
		&error);

	assert_non_null(compdb);
	assert_int_equal(compdb->units->len, 1);
	assert_int_equal(compdb->skipped_count, 1);
	assert_non_null(strstr(compdb->warnings->pdata[0], "clang-cl"));
}

static void targets_come_from_cmake_output_or_folder(void **state)
{
	static const struct {
		const char *command, *target;
	} rows[] = {
		{"cc -o CMakeFiles/srv.dir/sub/a.c.o -c a.c", "src/CMakeFiles/srv.dir"},
		{"cc -o ../out/a.o -c a.c", "out"},
		{"cc -c a.c", "src"},
		{"cc -o ../a.o -c a.c", "."},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(compdb_t) compdb = load_command(*state, rows[i].command);
		const struct compdb_unit *unit = compdb->units->pdata[0];

		assert_string_equal(unit->target, rows[i].target);
	}
}

static void malformed_json_is_told_with_line_and_column(void **state)
{
	assert_load_error(*state, "[\n{\"directory\": ]", COMPDB_ERROR_MALFORMED,
			  "compile_commands.json:2:");
	assert_load_error(*state, "", COMPDB_ERROR_MALFORMED, "compile_commands.json:1:");
	assert_load_error(*state, "{}", COMPDB_ERROR_MALFORMED, "is not a list of commands");
	assert_load_error(*state, "[1]", COMPDB_ERROR_MALFORMED, "entry 1 is not an object");
	assert_load_error(*state, "[{\"file\":\"a.c\"}]", COMPDB_ERROR_MALFORMED,
			  "entry 1 has neither");
	assert_load_error(*state, "[{\"file\":\"a.c\",\"arguments\":[1]}]", COMPDB_ERROR_MALFORMED,
			  "not a list of strings");
	assert_load_error(*state, "[{\"command\":\"cc\"}]", COMPDB_ERROR_MALFORMED,
			  "entry 1 has no \"file\"");
	assert_load_error(*state, "[{\"file\":\"\xff\"}]", COMPDB_ERROR_MALFORMED,
			  "compile_commands.json:1:");
}

static void unbalanced_quotes_are_an_error(void **state)
{
	g_autoptr(GError) error = NULL;

	assert_null(load(*state, "[{\"file\":\"a.c\",\"command\":\"cc 'a.c\"}]", &error));
	assert_non_null(strstr(error->message, "entry 1 \"command\" cannot be split"));
}

static void empty_databases_are_errors(void **state)
{
	assert_load_error(*state, "[]", COMPDB_ERROR_EMPTY, "is an empty list");
	assert_load_error(*state, "[{\"file\":\"a.cc\",\"command\":\"g++ a.cc\"}]",
			  COMPDB_ERROR_EMPTY, "no C source among its 1 commands");
}

static void a_missing_database_says_how_to_make_one(void **state)
{
	g_autoptr(GError) error = NULL;

	assert_null(compdb_load(*state, NULL, &error));
	assert_true(g_error_matches(error, COMPDB_ERROR, COMPDB_ERROR_MISSING));
	assert_non_null(strstr(error->message, "CMAKE_EXPORT_COMPILE_COMMANDS"));
}

static void a_fifo_as_database_is_not_waited_for(void **state)
{
	g_autofree char *path = g_build_filename(*state, "compile_commands.json", NULL);
	g_autoptr(GError) error = NULL;

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(compdb_load(*state, NULL, &error));
	assert_non_null(strstr(error->message, "not a regular file"));
}

static void the_root_is_found_from_the_sources(void **state)
{
	const char *folder = *state;
	g_autofree char *src = g_build_filename(folder, "src", NULL);
	g_autofree char *build = g_build_filename(folder, "build", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = NULL;

	scratch_write(folder, "build/compile_commands.json",
		      "[{\"directory\":\"../src\",\"file\":\"a.c\",\"command\":\"cc a.c\"},"
		      "{\"directory\":\"../src\",\"file\":\"b.c\",\"command\":\"cc b.c\"}]");
	compdb = compdb_load(build, NULL, &error);
	assert_non_null(compdb);
	assert_string_equal(compdb->root, src);
}

static void a_database_above_all_sources_marks_the_root(void **state)
{
	const char *folder = *state;
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = NULL;

	scratch_write(folder, "compile_commands.json",
		      "[{\"directory\":\"src\",\"file\":\"a.c\",\"command\":\"cc a.c\"},"
		      "{\"directory\":\"src\",\"file\":\"b.c\",\"command\":\"cc b.c\"}]");
	compdb = compdb_load(folder, NULL, &error);
	assert_non_null(compdb);
	assert_string_equal(compdb->root, folder);
}

static void the_mark_above_the_current_folder_is_the_root(void **state)
{
	const char *folder = *state;
	g_autofree char *here = g_get_current_dir();
	g_autofree char *src = g_build_filename(folder, "src", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = NULL;

	scratch_write(folder, ".contlint.yaml", "");
	scratch_write(folder, "compile_commands.json",
		      "[{\"directory\":\"src\",\"file\":\"a.c\",\"command\":\"cc a.c\"}]");
	assert_int_equal(chdir(src), 0);
	compdb = compdb_load(folder, NULL, &error);
	assert_int_equal(chdir(here), 0);
	assert_non_null(compdb);
	assert_string_equal(compdb->root, folder);
}

static void files_on_the_command_line_take_the_flags_after_them(void **state)
{
	g_autofree char *file = g_build_filename(*state, "src/a.c", NULL);
	char *const files[] = {file, NULL};
	char *const flags[] = {(char[]){"-Iinclude"}, (char[]){"-fplugin=x.so"}, NULL};
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = compdb_from_files(files, flags, *state, &error);
	const struct compdb_unit *unit;

	assert_non_null(compdb);
	unit = compdb->units->pdata[0];
	assert_string_equal(unit->label, "src/a.c");
	assert_int_equal(unit->flags->len, 1);
	assert_string_equal(unit->flags->pdata[0], "-Iinclude");
	assert_int_equal(compdb->warnings->len, 1);
}

static void unreadable_files_on_the_command_line_are_errors(void **state)
{
	g_autofree char *missing = g_build_filename(*state, "no such.c", NULL);
	g_autofree char *fifo = g_build_filename(*state, "fifo.c", NULL);
	char *const files[] = {missing, NULL};
	char *const fifos[] = {fifo, NULL};
	g_autoptr(GError) error = NULL;

	assert_null(compdb_from_files(files, NULL, *state, &error));
	assert_non_null(strstr(error->message, "no such.c: No such file"));
	g_clear_error(&error);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_null(compdb_from_files(fifos, NULL, *state, &error));
	assert_non_null(strstr(error->message, "not a regular file"));
}

static void a_whole_command_gives_one_unit(void **state)
{
	g_autofree char *file = g_build_filename(*state, "src/a.c", NULL);
	char *const argv[] = {
		(char[]){"ccache"}, (char[]){"gcc"}, (char[]){"-DX"}, (char[]){"-c"}, file, NULL};
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = compdb_from_command(argv, *state, &error);

	assert_non_null(compdb);
	assert_int_equal(compdb->units->len, 1);
	assert_string_equal(((struct compdb_unit *)compdb->units->pdata[0])->file, file);
}

static void a_command_needs_exactly_one_source(void **state)
{
	g_autofree char *a = g_build_filename(*state, "src/a.c", NULL);
	g_autofree char *b = g_build_filename(*state, "src/b.c", NULL);
	char *const none[] = {(char[]){"gcc"}, (char[]){"x.o"}, NULL};
	char *const two[] = {(char[]){"gcc"}, a, b, NULL};
	g_autoptr(GError) error = NULL;

	assert_null(compdb_from_command(none, *state, &error));
	assert_true(g_error_matches(error, COMPDB_ERROR, COMPDB_ERROR_USAGE));
	g_clear_error(&error);
	assert_null(compdb_from_command(two, *state, &error));
	assert_non_null(strstr(error->message, "two C sources"));
}

static void names_with_blanks_and_quotes_survive(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = NULL;

	scratch_write(*state, "o'dd dir/a \"b\".c", "int x;\n");
	compdb = load(*state,
		      "[{\"directory\":\"o'dd dir\",\"file\":\"a \\\"b\\\".c\",\"command\":"
		      "\"cc -I'in c' -c 'a \\\"b\\\".c'\"}]",
		      &error);
	assert_non_null(compdb);
	const struct compdb_unit *unit = compdb->units->pdata[0];
	assert_string_equal(unit->label, "o'dd dir/a \"b\".c");
	assert_int_equal(unit->size, 7);
	assert_string_equal(unit->flags->pdata[0], "-Iin c");
}

/* Every change of one byte in a good database gives units or a sentence, never a crash. */
static void mutated_databases_do_no_harm(void **state)
{
	static const char seed[] =
		"[{\"directory\":\"src\",\"file\":\"a.c\",\"output\":\"CMakeFiles/x.dir/a.o\","
		"\"command\":\"ccache aarch64-linux-gnu-gcc-12 -Wp,-DX,-MD @f.rsp -Xclang -load "
		"-Xclang x '-DA=\\\"b\\\"' -o x -c a.c && y\"},"
		"{\"directory\":\"/\",\"file\":\"b.c\",\"arguments\":[\"cc\",\"-I\",\"-B\"]}]";
	g_autoptr(GRand) random = g_rand_new_with_seed(1);
	const char alphabet[] = "\"\\[]{},:'@-= /\n\x01\x80\xff"
				"aX1&$`";

	for (int i = 0; i < 3000; i++) {
		g_autofree char *text = g_strdup(seed);
		g_autoptr(GError) error = NULL;
		int changes = g_rand_int_range(random, 1, 4);

		while (changes-- > 0)
			text[g_rand_int_range(random, 0, sizeof(seed) - 1)] =
				alphabet[g_rand_int_range(random, 0, sizeof(alphabet) - 1)];
		g_autoptr(compdb_t) compdb = load(*state, text, &error);
		assert_true((compdb != NULL) == (error == NULL));
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(arguments_and_command_say_the_same),
		CASE(nothing_in_a_command_is_expanded),
		CASE(same_file_with_other_flags_is_another_unit),
		CASE(libtool_s_second_compilation_is_a_repeat),
		CASE(directories_are_relative_to_the_database),
		CASE(symbolic_links_to_folders_are_resolved),
		CASE(outputs_and_dependencies_go),
		CASE(what_changes_parsing_stays),
		CASE(gcc_only_flags_are_dropped_without_a_word),
		CASE(wrappers_in_front_are_dropped),
		CASE(cross_compilers_name_their_target),
		CASE(flags_that_load_code_are_refused),
		CASE(a_refused_flag_is_told_once_with_its_count),
		CASE(flags_behind_xclang_and_wp_are_judged_alike),
		CASE(a_flag_without_its_value_takes_no_other),
		CASE(a_flag_does_not_hide_behind_another),
		CASE(response_files_under_the_root_are_read),
		CASE(response_files_elsewhere_are_refused),
		CASE(response_files_that_name_themselves_end),
		CASE(a_fifo_as_response_file_is_not_waited_for),
		CASE(other_languages_are_skipped_and_counted),
		CASE(any_name_is_c_if_the_command_says_so),
		CASE(clang_cl_is_refused_with_a_sentence),
		CASE(targets_come_from_cmake_output_or_folder),
		CASE(malformed_json_is_told_with_line_and_column),
		CASE(unbalanced_quotes_are_an_error),
		CASE(empty_databases_are_errors),
		CASE(a_missing_database_says_how_to_make_one),
		CASE(a_fifo_as_database_is_not_waited_for),
		CASE(the_root_is_found_from_the_sources),
		CASE(a_database_above_all_sources_marks_the_root),
		CASE(the_mark_above_the_current_folder_is_the_root),
		CASE(files_on_the_command_line_take_the_flags_after_them),
		CASE(unreadable_files_on_the_command_line_are_errors),
		CASE(a_whole_command_gives_one_unit),
		CASE(a_command_needs_exactly_one_source),
		CASE(names_with_blanks_and_quotes_survive),
		CASE(mutated_databases_do_no_harm),
	};

	return cmocka_run_group_tests_name("compdb", tests, NULL, NULL);
}
