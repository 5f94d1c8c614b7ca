/* Globs into regular expressions; GPatternSpec's star crosses folders and fnmatch() knows no **. */
#include "analyzer/file_glob.h"

#include <string.h>

/* One element of `glob`, whose size is returned. */
static size_t append_element(GString *out, const char *glob)
{
	g_autofree char *letter = NULL;

	if (g_str_has_prefix(glob, "**/")) {
		g_string_append(out, "(?:.*/)?");
		return 3;
	}
	if (g_str_has_prefix(glob, "**")) {
		g_string_append(out, ".*");
		return 2;
	}
	if (glob[0] == '*' || glob[0] == '?') {
		g_string_append(out, glob[0] == '*' ? "[^/]*" : "[^/]");
		return 1;
	}
	if ((unsigned char)glob[0] >= 0x80) { /* a part of a letter */
		g_string_append_c(out, glob[0]);
		return 1;
	}
	letter = g_regex_escape_string(glob, 1);
	g_string_append(out, letter);
	return 1;
}

/* `text` begins with what is before the glob; it is freed. */
static GRegex *finish(GString *text, const char *glob)
{
	GRegex *regex;

	for (size_t i = 0; glob[i];)
		i += append_element(text, glob + i);
	if (g_str_has_suffix(glob, "/"))
		g_string_append(text, ".*");
	g_string_append(text, "\\z");
	/* Bytes, not characters: a path may be anything. Nothing in it can be wrong. */
	regex = g_regex_new(text->str, G_REGEX_RAW | G_REGEX_DOTALL, 0, NULL);
	g_assert(regex);
	(void)g_string_free(text, TRUE);
	return regex;
}

GRegex *file_glob_new(const char *glob)
{
	return finish(g_string_new("\\A"), glob);
}

GRegex *file_glob_below(const char *folder, const char *glob)
{
	g_autofree char *letters = g_regex_escape_string(folder, -1);
	GString *text = g_string_new("\\A");

	g_string_append_printf(text, "%s/", letters);
	return finish(text, glob);
}
