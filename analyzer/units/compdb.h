/* The compile database: what is compiled, how, and what of it can be trusted.
 *
 * A compile database is untrusted input: a pull request can write it. Nothing in it is executed;
 * flags that would load code or read argument files outside the root are removed with a warning. */
#ifndef CONTLINT_ANALYZER_UNITS_COMPDB_H
#define CONTLINT_ANALYZER_UNITS_COMPDB_H

#include <glib.h>
#include <stdbool.h>

/* One translation unit: a source file with its cleaned flags. */
struct compdb_unit {
	char *directory;  /* absolute: where relative paths in `flags` start */
	char *file;       /* absolute, normalized path of the source */
	char *label;      /* path relative to the root if under it, else absolute; for people */
	GPtrArray *flags; /* char *: what libclang gets, without compiler, source, -c and -o */
	char *target;     /* what decides between equal external names: link target (CMake's
			   * CMakeFiles/NAME.dir of the output), else the output's directory, else
			   * the source's directory; relative to the root */
	guint64 size;     /* bytes of the source file, 0 if unreadable; largest is parsed first */
};

struct compdb {
	char *root;          /* absolute, symlinks resolved: the project root */
	GPtrArray *units;    /* struct compdb_unit *, in the database's order, exact repeats once */
	GPtrArray *warnings; /* char *: one sentence each (removed flags, skipped entries) */
	guint entry_count;   /* entries in the file, C or not */
	guint skipped_count; /* entries that are not C */
};

/* Reads DIR/compile_commands.json (or the file `path` itself if it is one). `root` is the project
 * root or NULL to find it: the nearest parent of the current directory with .contlint.yaml,
 * .contlint or .git if a source is below it, else the folder of the database if all C sources are
 * below that, else their common parent. On failure NULL and one sentence with the file's name and,
 * for malformed JSON, its line and column. An empty database is an error. */
struct compdb *compdb_load(const char *path, const char *root, GError **error);

/* Units from the command line: `files` compiled with `flags` (as after `--`) in the current
 * directory. An unreadable file is an error that names it. */
struct compdb *compdb_from_files(char *const *files, char *const *flags, const char *root,
				 GError **error);

/* One unit from a whole compiler command, as after `contlint extract -o F --`: wrappers and the
 * compiler's name are recognized and dropped. Exactly one C source must be in it. */
struct compdb *compdb_from_command(char *const *argv, const char *root, GError **error);

/* A database without units, for facts that come from elsewhere; compdb_add_unit() fills it. `root`
 * is taken as it is. */
struct compdb *compdb_empty(const char *root);
void compdb_add_unit(struct compdb *compdb, const char *label, const char *target);

/* Keeps the units of `files` (relative to the current directory; NULL-terminated) and drops the
 * others. A file that is no unit is an error that names it; nothing is dropped then. */
bool compdb_select(struct compdb *compdb, char *const *files, GError **error);

/* Adds compiler flags to each unit, behind its own; they are filtered as those of a compile
 * database are, and what is removed is a warning. `name` stands in front of it. */
void compdb_add_flags(struct compdb *compdb, char *const *flags, const char *name);

/* Keeps the units for whose label `keep` is true. */
void compdb_keep(struct compdb *compdb, bool (*keep)(const char *label, const void *data),
		 const void *data);

void compdb_free(struct compdb *compdb);
typedef struct compdb compdb_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(compdb_t, compdb_free)

GQuark compdb_error_quark(void);
#define COMPDB_ERROR (compdb_error_quark())
enum compdb_error {
	COMPDB_ERROR_MISSING,
	COMPDB_ERROR_MALFORMED,
	COMPDB_ERROR_EMPTY,
	COMPDB_ERROR_USAGE
};

#endif
