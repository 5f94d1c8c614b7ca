/* C source -> facts. The only door to libclang: no libclang type leaves this folder.
 *
 * libclang can crash, hang and eat memory on hostile source, so this runs in worker processes
 * (analyzer/units/workers.h) and never in the process that owns the database. */
#ifndef CONTLINT_ANALYZER_EXTRACT_EXTRACT_H
#define CONTLINT_ANALYZER_EXTRACT_EXTRACT_H

#include "analyzer/units/compdb.h"
#include "analyzer/facts.h"

/* Loads libclang; the same answer for the whole process. The rest does it when it must; done before
 * workers are forked, they share it. False and one sentence if there is none, or one older than
 * that of the build. */
bool extract_load(GError **error);

/* The file of libclang that is tried first; static storage. Loads nothing. */
const char *extract_library(void);

/* What lives as long as a worker process: the CXIndex and the resource directory. */
struct extractor;

/* `root` is the project root; paths under it become relative. NULL as extract_load(). */
struct extractor *extractor_new(const char *root, GError **error);
void extractor_free(struct extractor *extractor);

/* Parses `unit` and says what it says. A unit with compile errors still gives what could be
 * parsed, the errors in its diagnostics. NULL and `error` only when nothing could be parsed (no
 * such file, unreadable, libclang refused the flags). */
struct facts *extract_unit(struct extractor *extractor, const struct compdb_unit *unit,
			   GError **error);

GQuark extract_error_quark(void);
#define EXTRACT_ERROR (extract_error_quark())
enum extract_error {
	EXTRACT_ERROR_SOURCE,
	EXTRACT_ERROR_REFUSED,
	EXTRACT_ERROR_THREAD,
	EXTRACT_ERROR_LIBCLANG
};

/* libclang's version for people, "clang version 19.1.7", or why it cannot be loaded; static
 * storage. */
const char *extract_clang_version(void);

/* The builtin include directory that is used (holds stddef.h), or NULL if none was found;
 * static storage. For `contlint doctor`. */
const char *extract_resource_dir(void);

#endif
