/* .contlint.yaml of a folder in the project: what it adds for the files below it. */
#include "cli/settings_private.h"

#include <string.h>

#include "analyzer/file_glob.h"
#include "analyzer/file_path.h"
#include "cli/command.h"
#include "rules/rule.h"
#include "rules/silence.h"

struct folder {
	struct settings *settings; /* of the project */
	struct settings *own;
	const char *name; /* below the project's folder */
	const char *file; /* of settings->files */
};

/* A rule that is off there is run and hidden, so that what it finds counts as hidden, not as
 * fixed. */
static void switch_off(const struct folder *folder, const char *id, guint line)
{
	struct silence *silence = g_new0(struct silence, 1);

	silence->rule = g_strdup(id);
	silence->path = g_strconcat(folder->name, "/", NULL);
	silence->regex = file_glob_below(folder->name, "**");
	silence->reason = g_strdup_printf("off in %s/" SETTINGS_FILE, folder->name);
	silence->file = folder->file;
	silence->line = line;
	silence->standing = true;
	g_ptr_array_add(folder->settings->suppressions, silence);
}

/* The last that is said of a rule holds. */
static void add_states(const struct folder *folder)
{
	for (guint i = 0; rules_all[i]; i++) {
		const struct setting_rule *last = NULL;

		for (guint k = 0; k < folder->own->rules->len; k++) {
			const struct setting_rule *rule = folder->own->rules->pdata[k];

			if (rule->state != RULE_AS_IT_IS &&
			    g_pattern_match_simple(rule->pattern, rules_all[i]->id))
				last = rule;
		}
		if (last && last->state == RULE_OFF)
			switch_off(folder, rules_all[i]->id, last->place.line);
	}
}

static void add_levels(const struct folder *folder)
{
	for (guint i = 0; i < folder->own->rules->len; i++) {
		const struct setting_rule *rule = folder->own->rules->pdata[i];
		struct setting_rule *added;

		if (rule->level < 0)
			continue;
		added = g_new0(struct setting_rule, 1);
		added->pattern = g_strdup(rule->pattern);
		added->level = rule->level;
		added->place = (struct setting_place){folder->file, rule->place.line};
		added->folder = g_strdup(folder->name);
		g_ptr_array_add(folder->settings->rules, added);
	}
}

static void add_suppressions(const struct folder *folder)
{
	while (folder->own->suppressions->len > 0) {
		struct silence *silence = g_ptr_array_steal_index(folder->own->suppressions, 0);
		const char *glob = silence->path ? silence->path : "**";
		char *path = g_strconcat(folder->name, "/", glob, NULL);

		if (silence->regex)
			g_regex_unref(silence->regex);
		silence->regex = file_glob_below(folder->name, glob);
		g_free(silence->path);
		silence->path = path;
		silence->file = folder->file;
		g_ptr_array_add(folder->settings->suppressions, silence);
	}
}

/* What is about the run as a whole is the project's to say. */
static void warn_unused(const struct folder *folder)
{
	for (guint i = 0; i < SETTING_COUNT; i++)
		if (folder->own->all[i].words)
			cli_warning("%s:%u: %s is the project's to say: not used here",
				    folder->file, folder->own->all[i].place.line,
				    settings_key((enum setting_name)i));
	for (guint i = 0; i < folder->own->rules->len; i++) {
		const struct setting_rule *rule = folder->own->rules->pdata[i];

		if (rule->state == RULE_ON && rule->level < 0)
			cli_warning("%s:%u: %s is switched on by the project or not at all: not "
				    "used here",
				    folder->file, rule->place.line, rule->pattern);
	}
}

static char *both_hashes(const char *before, const char *added)
{
	g_autofree char *both = g_strconcat(before ? before : "", added, NULL);

	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, both, -1);
}

bool settings_add_folder(struct settings *settings, const char *root, const char *path,
			 GError **error)
{
	g_autofree char *directory = g_path_get_dirname(path);
	g_autoptr(settings_t) own = settings_read_alone(path, error);
	struct folder folder = {settings, own, file_path_relative(directory, root), NULL};
	char *hash;

	if (!own)
		return false;
	g_ptr_array_add(settings->files, g_strdup(path));
	folder.file = settings->files->pdata[settings->files->len - 1];
	warn_unused(&folder);
	add_states(&folder);
	add_levels(&folder);
	add_suppressions(&folder);
	hash = both_hashes(settings->hash, own->hash);
	g_free(settings->hash);
	settings->hash = hash;
	return true;
}
