/* contlint doctor: what contlint would use here, and what to do where something is missing. */
#include "cli/command.h"

#include <errno.h>
#include <gio/gio.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "analyzer/units/cache.h"
#include "analyzer/units/compdb.h"
#include "analyzer/extract/extract.h"
#include "analyzer/units/project_root.h"
#include "cli/model_places.h"
#include "cli/settings.h"
#include "cli/version.h"
#include "reports/store/store.h"
#include "reports/terminal.h"

static int run(int argc, char **argv);

const struct command command_doctor = {
	.name = "doctor",
	.arguments = "[OPTION…]",
	.summary = "say what contlint would use here, and what is missing",
	.run = run,
};

struct doctor {
	const char *build_dir, *database; /* as said, or NULL */
	char *root;
	int code;
};

/* One line: what was looked at and how it is. */
G_GNUC_PRINTF(2, 3) static void say(const char *state, const char *format, ...)
{
	g_autofree char *text = NULL;
	g_autoptr(GString) plain = g_string_new(NULL);
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	(void)terminal_append(plain, text);
	(void)printf("%-5s %s\n", state, plain->str);
}

static void look_at_libclang(struct doctor *doctor)
{
	const char *folder = extract_resource_dir();

	(void)doctor;
	say("ok", "libclang: %s", extract_clang_version());
	if (folder)
		say("ok", "builtin headers: %s", folder);
	else
		say("warn", "builtin headers: none found, so stddef.h will be missing; install "
			    "libclang-common-19-dev (or that of your libclang's version)");
}

static void look_at_models(struct doctor *doctor)
{
	g_autofree char *folder = model_places_builtin();
	g_autoptr(GError) error = NULL;
	g_autoptr(models_t) models = model_places_load(doctor->root, NULL, &error);

	if (!models) {
		say("error", "models: %s", error->message);
		doctor->code = CLI_USAGE;
		return;
	}
	say(models_libraries(models)->len > 0 ? "ok" : "warn",
	    "models: %u libraries, %u functions, from %s%s", models_libraries(models)->len,
	    models_functions(models)->len, folder,
	    models_libraries(models)->len > 0 ? "" : "; set CONTLINT_MODELS to the right folder");
}

static void look_at_settings(struct doctor *doctor)
{
	g_autofree char *path = settings_find(doctor->root);
	g_autoptr(GError) error = NULL;
	g_autoptr(settings_t) settings = settings_read(path, &error);

	if (!settings) {
		say("error", "configuration: %s", error->message);
		doctor->code = CLI_USAGE;
	} else {
		say("ok", "configuration: %s",
		    path ? path : "none; contlint config init writes a first one");
	}
}

static void look_at_io_uring(struct doctor *doctor)
{
	struct io_uring_params params = {0};
	long fd = syscall(SYS_io_uring_setup, 2, &params);

	(void)doctor;
	if (fd >= 0) {
		(void)close((int)fd);
		say("ok", "io_uring: available to programs on cport");
	} else {
		say("warn", "io_uring: refused (%s); programs on cport use epoll",
		    g_strerror(errno));
	}
}

static void look_at_compdb(struct doctor *doctor)
{
	const char *folder = doctor->build_dir;
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = NULL;

	if (!folder)
		folder = g_file_test("compile_commands.json", G_FILE_TEST_EXISTS) ? "." : "build";
	compdb = compdb_load(folder, NULL, &error);
	if (!compdb) {
		say("warn", "compile database: %s", error->message);
		return;
	}
	say("ok", "compile database: %s: %u C units (%u commands, %u of other languages), root %s",
	    folder, compdb->units->len, compdb->entry_count, compdb->skipped_count, compdb->root);
	for (guint i = 0; i < compdb->warnings->len; i++)
		say("warn", "%s", (const char *)compdb->warnings->pdata[i]);
	g_free(doctor->root);
	doctor->root = g_strdup(compdb->root);
}

static void look_at_cache(struct doctor *doctor)
{
	g_autofree char *folder = g_build_filename(doctor->root, ".contlint", "cache", NULL);
	g_autofree char *size = NULL;
	guint64 bytes;
	guint files;

	cache_measure(folder, &bytes, &files);
	size = g_format_size(bytes);
	if (files == 0)
		say("ok", "cache: empty; contlint check fills %s", folder);
	else
		say("ok", "cache: %s in %u files in %s", size, files, folder);
}

static void take_count(int count, const char *const *names, const char *const *values, void *data)
{
	(void)count;
	(void)names;
	*(guint64 *)data = values[0] ? g_ascii_strtoull(values[0], NULL, 10) : 0;
}

static void look_at_database(struct doctor *doctor)
{
	g_autofree char *path =
		doctor->database ? g_strdup(doctor->database)
				 : g_build_filename(doctor->root, ".contlint", "contlint.db", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(store_t) store = NULL;
	guint64 runs = 0;

	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		say("ok", "database: none yet; contlint check makes %s", path);
		return;
	}
	store = store_open_readonly(path, &error);
	if (store && store_query(store, "SELECT count(*) FROM run", take_count, &runs, &error)) {
		say("ok", "database: %" G_GUINT64_FORMAT " runs in %s", runs, path);
		return;
	}
	say("error", "database: %s", error->message);
	doctor->code = CLI_DATABASE;
}

static int run(int argc, char **argv)
{
	/* The compile database first: it says where the project's folder is. */
	static void (*const looks[])(struct doctor *) = {
		look_at_libclang, look_at_compdb,   look_at_settings, look_at_models,
		look_at_cache,    look_at_database, look_at_io_uring,
	};
	g_autofree char *build_dir = NULL;
	g_autofree char *database = NULL;
	const GOptionEntry entries[] = {
		{"build-dir", 'p', 0, G_OPTION_ARG_FILENAME, &build_dir,
		 "folder of compile_commands.json (default: here or build/)", "DIR"},
		{"db", 0, 0, G_OPTION_ARG_FILENAME, &database,
		 "findings database (default: .contlint/contlint.db in the project)", "FILE"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	struct doctor doctor = {.code = CLI_OK};
	g_autofree char *here = g_get_current_dir();

	if (!cli_parse(&command_doctor, entries, &argc, &argv, NULL))
		return CLI_USAGE;
	if (argc > 1) {
		cli_error("doctor takes no words, but there is %s", argv[1]);
		return CLI_USAGE;
	}
	doctor.build_dir = build_dir;
	doctor.database = database;
	doctor.root = project_root_above(here);
	if (!doctor.root)
		doctor.root = g_steal_pointer(&here);
	say("ok", "contlint %s", version_contlint());
	say("ok", "SQLite %s", store_sqlite_version());
	for (size_t i = 0; i < G_N_ELEMENTS(looks); i++)
		looks[i](&doctor);
	g_free(doctor.root);
	return doctor.code;
}
