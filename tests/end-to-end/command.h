/* Runs contlint as a user does and keeps what it said. Header only. */
#ifndef CONTLINT_TESTS_COMMAND_H
#define CONTLINT_TESTS_COMMAND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/scratch.h"

struct said {
	int code;  /* exit code, or 128 + signal */
	char *out; /* stdout */
	char *err; /* stderr */
};

static inline void said_clear(struct said *said)
{
	g_clear_pointer(&said->out, g_free);
	g_clear_pointer(&said->err, g_free);
}

typedef struct said said_t; /* for g_auto */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(said_t, said_clear)

static inline int exit_code_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Runs contlint with `words` (NULL-terminated) in `folder`. */
static inline struct said contlint_run(const char *folder, const char *const *words)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	struct said said = {0};
	int status;

	g_ptr_array_add(argv, (gpointer)TEST_CONTLINT);
	for (; *words; words++)
		g_ptr_array_add(argv, (gpointer)*words);
	g_ptr_array_add(argv, NULL);
	if (!g_spawn_sync(folder, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL,
			  &said.out, &said.err, &status, &error))
		fail_msg("%s", error->message);
	said.code = exit_code_of(status);
	return said;
}

#define contlint(folder, ...) contlint_run(folder, (const char *const[]){__VA_ARGS__, NULL})

/* Fails unless the exit code is `code` and stderr has `text` in it. Clears `said`. */
static inline void assert_said(struct said said, int code, const char *text)
{
	if (said.code != code || !strstr(said.err, text))
		fail_msg("exit %d, wanted %d and '%s':\n%s%s", said.code, code, text, said.out,
			 said.err);
	said_clear(&said);
}

/* The same for stdout. */
static inline void assert_printed(struct said said, int code, const char *text)
{
	if (said.code != code || !strstr(said.out, text))
		fail_msg("exit %d, wanted %d and '%s':\n%s%s", said.code, code, text, said.out,
			 said.err);
	said_clear(&said);
}

/* A small program with one finding of blocking-dns, high confidence, on line 9. */
static const char one_finding[] =
	"struct addrinfo;\n"
	"typedef struct sd_event sd_event;\n"
	"typedef struct sd_event_source sd_event_source;\n"
	"int getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo "
	"**);\n"
	"int sd_event_add_io(sd_event *, sd_event_source **, int, unsigned,\n"
	"	int (*)(sd_event_source *, int, unsigned, void *), void *);\n"
	"static int accept_cb(sd_event_source *source, int fd, unsigned revents, void *userdata)\n"
	"{\n"
	"	return getaddrinfo(userdata, \"http\", 0, 0);\n"
	"}\n"
	"int listen_on(sd_event *event, int fd, void *host)\n"
	"{\n"
	"	return sd_event_add_io(event, 0, fd, 1, accept_cb, host);\n"
	"}\n";

static const char no_finding[] = "int main(void)\n{\n\treturn 0;\n}\n";

/* A compile database of `files` (NULL-terminated, relative to `folder`). */
static inline void write_compdb(const char *folder, const char *const *files)
{
	g_autoptr(GString) json = g_string_new("[");

	for (size_t i = 0; files[i]; i++) {
		g_autofree char *name = g_strescape(files[i], NULL);

		g_string_append_printf(json,
				       "%s{\"directory\":\".\",\"file\":\"%s\",\"arguments\":"
				       "[\"cc\",\"-c\",\"%s\"]}\n",
				       i ? "," : "", name, name);
	}
	g_string_append_c(json, ']');
	scratch_write(folder, "compile_commands.json", json->str);
}

static inline int command_setup(void **state)
{
	*state = scratch_new();
	/* Else the folder of another project above it would be the root. */
	scratch_write(*state, ".contlint.yaml", "");
	return 0;
}

static inline int command_teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

#endif
