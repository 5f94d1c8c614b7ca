/* Reading .contlint.yaml, between its two files. */
#ifndef CONTLINT_CLI_SETTINGS_PRIVATE_H
#define CONTLINT_CLI_SETTINGS_PRIVATE_H

#include "analyzer/models/yaml_tree.h"
#include "cli/settings.h"

struct settings_reader {
	struct settings *settings;
	const struct yaml_tree *tree;
	const char *file, *folder;
	bool inherits;
};

/* settings_read() of this file alone, whatever it inherits. */
struct settings *settings_read_alone(const char *path, GError **error);

/* Complains about a word that is none of `names` (NULL-terminated), with the nearest. */
bool settings_complain_unknown(const struct settings_reader *reader, const struct yaml_node *node,
			       const char *what, const char *const *names, GError **error);

/* rules: { pattern: off | on | {level: …, options: …} } */
bool settings_read_rules(struct settings_reader *reader, const struct yaml_node *node,
			 GError **error);

/* `key` is the options of a rule; the table has them as "rules.RULE.options.NAME". */
bool settings_read_options(struct settings_reader *reader, const char *rule,
			   const struct yaml_node *key, GError **error);

/* suppress: [{rule: …, path: …, reason: …, expires: …}] */
bool settings_read_suppressions(struct settings_reader *reader, const struct yaml_node *node,
				GError **error);

/* After all has been read: what depends on more than one key. */
bool settings_check_suppressions(const struct settings_reader *reader, GError **error);

#endif
