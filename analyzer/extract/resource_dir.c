/* Where the compiler's own headers (stddef.h) are. libclang looks for them relative to the program
 * that loads it, which is us and wrong, so we look: what the build saw first, then near the library
 * that is loaded, then where Debian puts them. */
#include <dlfcn.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/extract/clang.h"
#include "analyzer/extract/extract.h"

#ifndef CONTLINT_RESOURCE_DIR
#define CONTLINT_RESOURCE_DIR ""
#endif

static bool holds_headers(const char *dir)
{
	g_autofree char *header = g_build_filename(dir, "include", "stddef.h", NULL);

	return *dir && access(header, R_OK) == 0;
}

/* The last match of a pattern that holds headers: of several versions the newest by name. */
static char *last_match(const char *pattern)
{
	glob_t found;
	char *dir = NULL;

	if (glob(pattern, 0, NULL, &found) != 0)
		return NULL;
	for (size_t i = found.gl_pathc; i > 0 && !dir; i--)
		if (holds_headers(found.gl_pathv[i - 1]))
			dir = g_strdup(found.gl_pathv[i - 1]);
	globfree(&found);
	return dir;
}

/* The major version that libclang says it has, 0 if it does not. */
static unsigned long major_version(void)
{
	const char *version = strstr(extract_clang_version(), "version ");

	return version ? strtoul(version + strlen("version "), NULL, 10) : 0;
}

static char *near_library(void)
{
	static const char *const places[] = {"clang", "../lib/clang", "../../clang"};
	g_autofree char *real = NULL;
	g_autofree char *folder = NULL;
	char *dir = NULL;
	Dl_info info;

	if (!extract_load(NULL) || !dladdr((void *)clang_createIndex, &info) || !info.dli_fname)
		return NULL;
	real = realpath(info.dli_fname, NULL);
	if (!real)
		return NULL;
	folder = g_path_get_dirname(real);
	for (guint i = 0; i < G_N_ELEMENTS(places) && !dir; i++) {
		g_autofree char *pattern =
			g_strdup_printf("%s/%s/%lu*", folder, places[i], major_version());

		dir = last_match(pattern);
	}
	return dir;
}

static char *find(void)
{
	g_autofree char *debian = g_strdup_printf("/usr/lib/llvm-%lu/lib/clang/*", major_version());
	g_autofree char *fedora = g_strdup_printf("/usr/lib*/clang/%lu*", major_version());
	char *dir;

	if (holds_headers(CONTLINT_RESOURCE_DIR))
		return g_strdup(CONTLINT_RESOURCE_DIR);
	dir = near_library();
	if (!dir)
		dir = last_match(debian);
	if (!dir)
		dir = last_match(fedora);
	return dir ? dir : last_match("/usr/lib/llvm-*/lib/clang/*");
}

const char *extract_resource_dir(void)
{
	static char *dir;
	static gsize once;

	if (g_once_init_enter(&once)) {
		dir = find();
		g_once_init_leave(&once, 1);
	}
	return dir;
}

const char *extract_clang_version(void)
{
	static char *version;
	static gsize once;

	if (g_once_init_enter(&once)) {
		g_autoptr(GError) error = NULL;

		if (extract_load(&error)) {
			CXString text = clang_getClangVersion();

			version = g_strdup(clang_getCString(text));
			clang_disposeString(text);
		} else {
			version = g_strdup(error->message);
		}
		g_once_init_leave(&once, 1);
	}
	return version;
}
