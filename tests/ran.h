/* Runs the contlint that was built, for tests of what users see. Header only. */
#ifndef CONTLINT_TESTS_RAN_H
#define CONTLINT_TESTS_RAN_H

#include <glib.h>
#include <sys/wait.h>

struct ran {
	int status; /* exit code; -1 if it was ended by a signal */
	char *out, *err;
};

/* Runs `contlint WORDS` in `folder`, WORDS blank-separated. Clear with ran_clear(). */
static inline struct ran ran_contlint(const char *folder, const char *words)
{
	g_autofree char *line = g_strdup_printf("%s %s", TEST_CONTLINT, words);
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "NO_COLOR", "1", TRUE);
	struct ran ran = {-1, NULL, NULL};
	GError *error = NULL;
	int status = 0;

	(void)g_spawn_sync(folder, argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &ran.out,
			   &ran.err, &status, &error);
	g_assert_no_error(error);
	if (WIFEXITED(status))
		ran.status = WEXITSTATUS(status);
	return ran;
}

static inline void ran_clear(struct ran *ran)
{
	g_free(ran->out);
	g_free(ran->err);
}

typedef struct ran ran_t;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ran_t, ran_clear)

#endif
