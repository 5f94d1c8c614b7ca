/* One compiler command of a compile database, understood without running anything. */
#ifndef CONTLINT_ANALYZER_UNITS_COMMAND_LINE_H
#define CONTLINT_ANALYZER_UNITS_COMMAND_LINE_H

#include <glib.h>
#include <stdbool.h>

enum command_language {
	COMMAND_C,
	COMMAND_OTHER, /* C++, assembler, a header, … */
	COMMAND_CL,    /* Microsoft's command line, which we do not read */
};

struct command_line {
	GPtrArray *flags;  /* char *: what libclang gets */
	GPtrArray *inputs; /* char *: words that are files, as written */
	char *output;      /* of -o, or NULL */
	char *language;    /* of -x, or NULL */
	char *target;      /* triple in the compiler's name (aarch64-linux-gnu-gcc), or NULL */
	bool cplusplus;    /* the compiler's name says C++ */
	bool cl;           /* cl.exe, clang-cl */
};

/* Counts what was refused: flag name (static) -> struct command_refusal. */
struct command_refusal {
	guint count;
	const char *reason; /* static */
};

/* Reads the words of one command: wrappers (ccache, libtool, env …) and the compiler's name are
 * dropped, response files under `root` are read (relative to `directory`), flags are filtered by
 * flag_table.h. What is refused is counted in `refusals` (GHashTable char * -> struct
 * command_refusal *). Caller frees with command_line_free(). */
struct command_line *command_line_parse(char *const *argv, const char *directory, const char *root,
					GHashTable *refusals);
void command_line_free(struct command_line *command);
typedef struct command_line command_line_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(command_line_t, command_line_free)

/* A table for command_line_parse(). Free with g_hash_table_unref(). */
GHashTable *command_refusals_new(void);

/* The language in which `command` compiles `file`. */
enum command_language command_line_language(const struct command_line *command, const char *file);

#endif
