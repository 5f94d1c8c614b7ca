/* Loads libclang: the file that we were built against, else the one of its name that the system
 * finds (a package can have moved to another folder). */
#include "analyzer/extract/clang.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "analyzer/extract/extract.h"

struct clang_calls clang_calls;

/* In the order of the members of clang_calls. */
static const char *const names[] = {
#define CLANG(name) #name,
#include "analyzer/extract/clang.def"
};

G_STATIC_ASSERT(sizeof(clang_calls) == sizeof(names));

static void *open_library(void)
{
	g_autofree char *name = g_path_get_basename(CONTLINT_LIBCLANG);
	void *library = dlopen(CONTLINT_LIBCLANG, RTLD_NOW | RTLD_LOCAL);

	return library ? library : dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

static bool load(GError **error)
{
	void *library = open_library();
	void **calls = (void **)&clang_calls;

	if (!library) {
		g_set_error(error, EXTRACT_ERROR, EXTRACT_ERROR_LIBCLANG,
			    "libclang cannot be loaded: %s", dlerror());
		return false;
	}
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		calls[i] = dlsym(library, names[i]);
		if (!calls[i]) {
			g_set_error(error, EXTRACT_ERROR, EXTRACT_ERROR_LIBCLANG,
				    "%s: is older than the libclang that contlint was built with: "
				    "it has no %s",
				    CONTLINT_LIBCLANG, names[i]);
			return false;
		}
	}
	return true;
}

bool extract_load(GError **error)
{
	static GError *problem;
	static gsize once;

	if (g_once_init_enter(&once)) {
		(void)load(&problem);
		g_once_init_leave(&once, 1);
	}
	if (problem && error)
		*error = g_error_copy(problem);
	return !problem;
}

const char *extract_library(void)
{
	return CONTLINT_LIBCLANG;
}
