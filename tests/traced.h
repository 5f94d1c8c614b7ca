/* Runs a program that writes a trace. Header only. */
#ifndef CONTLINT_TESTS_TRACED_H
#define CONTLINT_TESTS_TRACED_H

#include <glib.h>

/* Runs `program` with blank-separated `words`; its trace goes to `path`. Gives the wait status. */
static inline int traced_run(const char *program, const char *words, const char *path)
{
	g_autofree char *line = g_strdup_printf("%s %s", program, words);
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "CONTLINT_TRACE", path, TRUE);
	GError *error = NULL;
	int status = 0;

	(void)g_spawn_sync(NULL, argv, environment, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
			   NULL, &status, &error);
	g_assert_no_error(error);
	return status;
}

#endif
