/* .contlint.yaml: what a project says once, so that nobody has to say it at each check. What the
 * command line says wins. The file is text of strangers, as a pull request is: it can choose and
 * hide findings, which a reviewer sees, but make nothing be executed, and nothing be written
 * outside of its folder. */
#ifndef CONTLINT_CLI_SETTINGS_H
#define CONTLINT_CLI_SETTINGS_H

#include <glib.h>
#include <stdbool.h>

#include "rules/finding.h"

#define SETTINGS_FILE ".contlint.yaml"

enum setting_name {
#define SETTING(name, key, shape, usual) SETTING_##name,
#include "cli/settings.def"
#undef SETTING
	SETTING_COUNT
};

/* Where something was said. `file` is one of settings->files, NULL if nowhere. */
struct setting_place {
	const char *file;
	guint line;
};

struct setting {
	GPtrArray *words; /* char *; NULL if it was not said. Files are absolute */
	struct setting_place place;
};

/* What is said of the rules that fit a pattern. */
struct setting_rule {
	char *pattern; /* a name, or letters with * */
	enum { RULE_AS_IT_IS, RULE_ON, RULE_OFF } state;
	int level;    /* enum finding_level, -1 if not said */
	char *folder; /* the files that it is about, relative to the root; NULL: all */
	struct setting_place place;
};

struct settings {
	GPtrArray *files; /* char *: absolute; those it inherits, the project's, its folders' */
	struct setting all[SETTING_COUNT];
	GPtrArray *rules;        /* struct setting_rule *, in the order in which they hold */
	GPtrArray *suppressions; /* struct silence *: rules/silence.h */
	char *hash;              /* of all texts; NULL if there is no file */
};

/* The file at or above `folder`, not above a repository's top; NULL if there is none. Caller
 * frees. */
char *settings_find(const char *folder);

/* Reads `path`, after those above it if it says `inherit: true`; NULL: nothing is said. NULL and a
 * sentence with file:line:column if something is not understood. */
struct settings *settings_read(const char *path, GError **error);

/* Adds what the file at `path`, of a folder below `root`, says of the files there: levels, rules
 * that are off, suppressions. Warns of what else it says. `root` is the project's; both absolute.
 * Parents before their children: the nearest has the last word. */
bool settings_add_folder(struct settings *settings, const char *root, const char *path,
			 GError **error);
void settings_free(struct settings *settings);
typedef struct settings settings_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(settings_t, settings_free)

/* The word of a setting, its number, whether it is true, its list (NULL-terminated): NULL, 0, false
 * and NULL if nothing was said. Borrowed. */
const char *settings_word(const struct settings *settings, enum setting_name name);
int settings_number(const struct settings *settings, enum setting_name name);
bool settings_flag(const struct settings *settings, enum setting_name name);
char **settings_list(const struct settings *settings, enum setting_name name);

/* The key of a setting, "gate.fail_on", and what holds if nothing is said. Static. */
const char *settings_key(enum setting_name name);
const char *settings_usual(enum setting_name name);

/* The models that are wanted, then `more` (NULL or NULL-terminated), which win. Caller frees. */
char **settings_models(const struct settings *settings, char *const *more);

/* What they say of the rules, as --rules would: "+a,-b", or NULL. Caller frees. */
char *settings_rule_list(const struct settings *settings);

/* Gives findings the levels that are wanted and puts them in the order of a report again. A finding
 * that its rule found less grave than usual stays so. */
void settings_set_levels(const struct settings *settings, GPtrArray *findings);

#endif
