/* .contlint.yaml: finding and reading it. */
#include "cli/settings_private.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/file_path.h"
#include "analyzer/words.h"
#include "cli/command.h"
#include "cli/gate.h"
#include "cli/outputs.h"
#include "cli/shown.h"
#include "cli/vcs.h"
#include "rules/silence.h"

enum { SIZE_LIMIT = 1 << 20, INHERIT_LIMIT = 8, NUMBER_LIMIT = 1000000000 };

enum shape { SHAPE_WORD, SHAPE_FILE, SHAPE_NUMBER, SHAPE_FLAG, SHAPE_LIST };

static const struct key {
	const char *path;
	enum shape shape;
	const char *usual;
} keys[] = {
#define SETTING(name, key, shape, usual) {key, shape, usual},
#include "cli/settings.def"
#undef SETTING
};

const char *settings_key(enum setting_name name)
{
	return keys[name].path;
}

const char *settings_usual(enum setting_name name)
{
	return keys[name].usual;
}

/* ---- what is known ----------------------------------------------------------------------------
 */

static void rule_free(void *data)
{
	struct setting_rule *rule = data;

	g_free(rule->pattern);
	g_free(rule->folder);
	g_free(rule);
}

static void silence_free_it(void *data)
{
	silence_free(data);
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	for (guint i = 0; i < SETTING_COUNT; i++)
		if (settings->all[i].words)
			g_ptr_array_unref(settings->all[i].words);
	g_ptr_array_unref(settings->rules);
	g_ptr_array_unref(settings->suppressions);
	g_ptr_array_unref(settings->files);
	g_free(settings->hash);
	g_free(settings);
}

static struct settings *settings_new(void)
{
	struct settings *settings = g_new0(struct settings, 1);

	settings->files = g_ptr_array_new_with_free_func(g_free);
	settings->rules = g_ptr_array_new_with_free_func(rule_free);
	settings->suppressions = g_ptr_array_new_with_free_func(silence_free_it);
	return settings;
}

const char *settings_word(const struct settings *settings, enum setting_name name)
{
	const GPtrArray *words = settings->all[name].words;

	return words && words->len > 1 ? words->pdata[0] : NULL;
}

int settings_number(const struct settings *settings, enum setting_name name)
{
	const char *word = settings_word(settings, name);

	return word ? atoi(word) : 0;
}

bool settings_flag(const struct settings *settings, enum setting_name name)
{
	return g_strcmp0(settings_word(settings, name), "true") == 0;
}

char **settings_list(const struct settings *settings, enum setting_name name)
{
	const GPtrArray *words = settings->all[name].words;

	return words ? (char **)words->pdata : NULL;
}

char **settings_models(const struct settings *settings, char *const *more)
{
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();
	char **said = settings_list(settings, SETTING_MODELS);

	if (said)
		g_strv_builder_addv(all, (const char **)(gpointer)said);
	if (more)
		g_strv_builder_addv(all, (const char **)(gpointer)more);
	return g_strv_builder_end(all);
}

/* ---- values -----------------------------------------------------------------------------------
 */

/* Where reports and the database are written must be below the file's folder, links followed:
 * who may only write this file shall not write others with it. */
static bool is_inside(const struct settings_reader *reader, const char *path)
{
	g_autofree char *real = file_path_resolve(path, "/");
	g_autofree char *folder = g_strconcat(reader->folder, "/x", NULL);
	g_autofree char *real_folder = file_path_resolve(folder, "/");
	g_autofree char *root = g_path_get_dirname(real_folder);

	return !g_file_test(path, G_FILE_TEST_IS_SYMLINK) && file_path_under(real, root);
}

static char *absolute(const struct settings_reader *reader, const char *path)
{
	return g_canonicalize_filename(path, reader->folder);
}

/* The word as it is kept, or NULL with what is wrong in *ret_problem. */
static char *read_report(const struct settings_reader *reader, const char *word, char **ret_problem)
{
	const char *equals = strchr(word, '=');
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;

	if (!outputs_check(word, &error)) {
		*ret_problem = g_strdup(error->message);
		return NULL;
	}
	if (!equals || strcmp(equals, "=-") == 0)
		return g_strdup(word);
	path = absolute(reader, equals + 1);
	if (is_inside(reader, path))
		return g_strdup_printf("%.*s=%s", (int)(equals - word), word, path);
	*ret_problem = g_strdup_printf("%s is not below the folder of " SETTINGS_FILE
				       ": name it on the command line",
				       equals + 1);
	return NULL;
}

static char *read_model(const struct settings_reader *reader, const char *word)
{
	if (strcmp(word, "builtin") == 0 || g_str_has_prefix(word, "builtin:"))
		return g_strdup(word);
	return absolute(reader, word);
}

static char *check_word(enum setting_name name, const char *word)
{
	enum finding_confidence confidence;
	enum gate_kind kind;
	g_autoptr(GError) error = NULL;
	g_autoptr(GRegex) regex = NULL;

	if (name == SETTING_FAIL_ON && !gate_find_kind(word, &kind, &error))
		return g_strdup(error->message);
	if (name == SETTING_CONFIDENCE && !shown_find_confidence(word, &confidence, &error))
		return g_strdup(error->message);
	if ((name == SETTING_IO_BLOCKING || name == SETTING_WORKER_BLOCKING) &&
	    strcmp(word, "forbid") != 0 && strcmp(word, "allow") != 0)
		return g_strdup("blocking is forbid or allow");
	if (name == SETTING_HEADERS) {
		regex = g_regex_new(word, 0, 0, &error);
		if (!regex)
			return g_strdup_printf("this is no regular expression: %s", error->message);
	}
	return NULL;
}

static char *read_number(const char *word, char **ret_problem)
{
	char *end;
	guint64 number = g_ascii_strtoull(word, &end, 10);

	if (g_ascii_isdigit(word[0]) && *end == '\0' && number > 0 && number <= NUMBER_LIMIT)
		return g_strdup_printf("%" G_GUINT64_FORMAT, number);
	*ret_problem = g_strdup("this is a number from 1 to 1000000000");
	return NULL;
}

static char *read_word(const struct settings_reader *reader, enum setting_name name,
		       const char *word, char **ret_problem)
{
	switch (keys[name].shape) {
	case SHAPE_NUMBER:
		return read_number(word, ret_problem);
	case SHAPE_FLAG:
		if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0)
			return g_strdup(word);
		*ret_problem = g_strdup("this is true or false");
		return NULL;
	case SHAPE_FILE: {
		char *path = absolute(reader, word);

		if (name != SETTING_DATABASE || is_inside(reader, path))
			return path;
		g_free(path);
		*ret_problem = g_strdup("the database is below the folder of " SETTINGS_FILE
					"; --db puts it elsewhere");
		return NULL;
	}
	case SHAPE_LIST:
		if (name == SETTING_REPORTS)
			return read_report(reader, word, ret_problem);
		if (name == SETTING_MODELS)
			return read_model(reader, word);
		return g_strdup(word);
	case SHAPE_WORD:
		*ret_problem = check_word(name, word);
		return *ret_problem ? NULL : g_strdup(word);
	}
	return NULL;
}

static bool add_word(const struct settings_reader *reader, enum setting_name name,
		     const struct yaml_node *node, GError **error)
{
	g_autofree char *problem = NULL;
	char *word;

	if (node->kind != YAML_NODE_SCALAR || node->text[0] == '\0')
		return yaml_tree_complain(reader->tree, node, 0, error, "%s wants a word here",
					  keys[name].path);
	word = read_word(reader, name, node->text, &problem);
	if (!word)
		return yaml_tree_complain(reader->tree, node, 0, error, "%s", problem);
	g_ptr_array_add(reader->settings->all[name].words, word);
	return true;
}

/* What a nearer file says takes the place of what it inherits. */
static bool read_setting(const struct settings_reader *reader, enum setting_name name,
			 const struct yaml_node *key, GError **error)
{
	struct setting *setting = &reader->settings->all[name];
	const struct yaml_node *value = key->next;
	bool list = keys[name].shape == SHAPE_LIST;

	if (setting->words)
		g_ptr_array_unref(setting->words);
	setting->words = g_ptr_array_new_with_free_func(g_free);
	setting->place = (struct setting_place){reader->file, key->line};
	if (list && value->kind != YAML_NODE_LIST)
		return yaml_tree_complain(reader->tree, value, 0, error, "%s is a list, as [a, b]",
					  keys[name].path);
	if (!list && !add_word(reader, name, value, error))
		return false;
	for (const struct yaml_node *node = list ? value->first : NULL; node; node = node->next)
		if (!add_word(reader, name, node, error))
			return false;
	g_ptr_array_add(setting->words, NULL);
	return true;
}

/* ---- the tree ---------------------------------------------------------------------------------
 */

bool settings_complain_unknown(const struct settings_reader *reader, const struct yaml_node *node,
			       const char *what, const char *const *names, GError **error)
{
	const char *nearest = nearest_word(node->text, names);

	return yaml_tree_complain(reader->tree, node, 0, error, "there is no %s %s%s%s%s", what,
				  node->text, nearest ? "; did you mean " : "",
				  nearest ? nearest : "", nearest ? "?" : "");
}

static bool read_version(const struct settings_reader *reader, const struct yaml_node *value,
			 GError **error)
{
	if (value->kind == YAML_NODE_SCALAR && strcmp(value->text, "1") == 0)
		return true;
	return yaml_tree_complain(reader->tree, value, 0, error,
				  "this contlint knows version 1 of its configuration only");
}

/* Read before everything else: settings_read() has done what it says. */
static bool read_inherit(const struct settings_reader *reader, const struct yaml_node *value,
			 GError **error)
{
	if (value->kind == YAML_NODE_SCALAR &&
	    (strcmp(value->text, "true") == 0 || strcmp(value->text, "false") == 0))
		return true;
	return yaml_tree_complain(reader->tree, value, 0, error, "inherit is true or false");
}

/* The next part of `path` behind `prefix`, or NULL if it does not begin so. Caller frees. */
static char *part_behind(const char *path, const char *prefix)
{
	const char *rest = path + strlen(prefix);

	return g_str_has_prefix(path, prefix) ? g_strndup(rest, strcspn(rest, ".")) : NULL;
}

/* The words that may stand where `node` does. */
static bool complain_key(const struct settings_reader *reader, const struct yaml_node *node,
			 const char *prefix, GError **error)
{
	static const char *const top[] = {"version", "inherit", "rules", "suppress"};
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *where =
		prefix[0] ? g_strdup_printf("%.*s", (int)strlen(prefix) - 1, prefix) : NULL;
	g_autofree char *what = where ? g_strdup_printf("key in %s:", where) : g_strdup("key");

	for (guint i = 0; i < SETTING_COUNT; i++) {
		char *part = part_behind(keys[i].path, prefix);

		if (part)
			g_ptr_array_add(names, part);
	}
	for (guint i = 0; prefix[0] == '\0' && i < G_N_ELEMENTS(top); i++)
		g_ptr_array_add(names, g_strdup(top[i]));
	g_ptr_array_add(names, NULL);
	return settings_complain_unknown(reader, node, what, (const char *const *)names->pdata,
					 error);
}

static bool read_special(struct settings_reader *reader, const struct yaml_node *key,
			 bool *ret_done, GError **error)
{
	*ret_done = true;
	if (strcmp(key->text, "version") == 0)
		return read_version(reader, key->next, error);
	if (strcmp(key->text, "inherit") == 0)
		return read_inherit(reader, key->next, error);
	if (strcmp(key->text, "rules") == 0)
		return settings_read_rules(reader, key->next, error);
	if (strcmp(key->text, "suppress") == 0)
		return settings_read_suppressions(reader, key->next, error);
	*ret_done = false;
	return true;
}

/* The word of the table for one that a user may write as well. */
static const char *usual_word(const char *prefix, const char *word)
{
	bool loop = strcmp(prefix, "contexts.") == 0 && g_strcmp0(word, "io-loop") == 0;

	return loop ? "io" : word;
}

static bool has_key_below(const char *prefix)
{
	bool has = false;

	for (guint i = 0; i < SETTING_COUNT; i++)
		has = has || g_str_has_prefix(keys[i].path, prefix);
	return has;
}

/* `prefix` is "", "gate." and so on; the table says what is below. */
static bool read_map(struct settings_reader *reader, const struct yaml_node *map,
		     const char *prefix, GError **error);

static bool read_key(struct settings_reader *reader, const struct yaml_node *key,
		     const char *prefix, GError **error)
{
	g_autofree char *path = g_strconcat(prefix, usual_word(prefix, key->text), NULL);
	g_autofree char *below = g_strconcat(path, ".", NULL);
	bool good, done;

	if (key->kind != YAML_NODE_SCALAR)
		return yaml_tree_complain(reader->tree, key, 0, error, "a key is a word");
	if (strcmp(path, "contexts.worker.budget_us") == 0)
		return yaml_tree_complain(reader->tree, key, 0, error,
					  "only contexts.io has a budget_us: what a worker "
					  "computes holds no I/O thread and is not judged");
	good = prefix[0] != '\0' || read_special(reader, key, &done, error);
	if (!good || (prefix[0] == '\0' && done))
		return good;
	if (strchr(key->text, '.'))
		return complain_key(reader, key, prefix, error);
	for (guint i = 0; i < SETTING_COUNT; i++)
		if (strcmp(keys[i].path, path) == 0)
			return read_setting(reader, (enum setting_name)i, key, error);
	return has_key_below(below) ? read_map(reader, key->next, below, error)
				    : complain_key(reader, key, prefix, error);
}

static bool read_map(struct settings_reader *reader, const struct yaml_node *map,
		     const char *prefix, GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	if (map->kind == YAML_NODE_SCALAR && map->text[0] == '\0')
		return true;
	if (map->kind != YAML_NODE_MAP)
		return yaml_tree_complain(reader->tree, map, 0, error,
					  "keys and values are expected here, as key: value");
	for (const struct yaml_node *key = map->first; key; key = key->next->next) {
		if (!read_key(reader, key, prefix, error))
			return false;
		if (!g_hash_table_add(seen, (gpointer)usual_word(prefix, key->text)))
			return yaml_tree_complain(reader->tree, key, 0, error,
						  "%s stands here twice", key->text);
	}
	return true;
}

bool settings_read_options(struct settings_reader *reader, const char *rule,
			   const struct yaml_node *key, GError **error)
{
	g_autofree char *prefix = g_strdup_printf("rules.%s.options.", rule);

	if (has_key_below(prefix))
		return read_map(reader, key->next, prefix, error);
	return yaml_tree_complain(reader->tree, key, 0, error,
				  "%s has no options; what a continuation may compute is "
				  "contexts.io.budget_us",
				  rule);
}

static bool says_inherit(const struct yaml_tree *tree)
{
	const struct yaml_node *root = tree->root;

	if (!root || root->kind != YAML_NODE_MAP)
		return false;
	for (const struct yaml_node *key = root->first; key; key = key->next->next)
		if (key->kind == YAML_NODE_SCALAR && strcmp(key->text, "inherit") == 0)
			return key->next->kind == YAML_NODE_SCALAR &&
			       strcmp(key->next->text, "true") == 0;
	return false;
}

/* ---- files ------------------------------------------------------------------------------------
 */

static char *file_in(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, SETTINGS_FILE, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

static bool ends_search(const char *folder)
{
	g_autofree char *path = file_in(folder);

	return path || vcs_is_top(folder);
}

char *settings_find(const char *folder)
{
	g_autofree char *here = g_canonicalize_filename(folder, NULL);
	g_autofree char *last = file_path_above(here, ends_search);

	return last ? file_in(last) : NULL;
}

/* The file that one of `folder` inherits from, or NULL. */
static char *find_above(const char *folder)
{
	g_autofree char *parent = g_path_get_dirname(folder);

	return vcs_is_top(folder) || strcmp(parent, folder) == 0 ? NULL : settings_find(parent);
}

/* How deep a file that inherits nothing seems to stand. */
#define ALONE INHERIT_LIMIT

static bool read_file(struct settings *settings, const char *path, guint depth, GChecksum *sum,
		      GError **error);

static bool read_inherited(struct settings *settings, const char *folder, guint depth,
			   GChecksum *sum, GError **error)
{
	g_autofree char *above = find_above(folder);

	return !above || depth >= INHERIT_LIMIT ||
	       read_file(settings, above, depth + 1, sum, error);
}

static bool read_file(struct settings *settings, const char *path, guint depth, GChecksum *sum,
		      GError **error)
{
	g_autofree char *text = NULL;
	g_autofree char *folder = g_path_get_dirname(path);
	g_autoptr(yaml_tree_t) tree = NULL;
	struct settings_reader reader = {.settings = settings, .folder = folder};
	gsize size;

	if (!file_path_read(path, SIZE_LIMIT, &text, &size, error))
		return false;
	tree = yaml_tree_read(path, text, size, error);
	if (!tree || (says_inherit(tree) && !read_inherited(settings, folder, depth, sum, error)))
		return false;
	g_checksum_update(sum, (const guchar *)text, (gssize)size);
	g_ptr_array_add(settings->files, g_strdup(path));
	reader.file = settings->files->pdata[settings->files->len - 1];
	reader.tree = tree;
	return !tree->root || (read_map(&reader, tree->root, "", error) &&
			       settings_check_suppressions(&reader, error));
}

static struct settings *read_from(const char *path, guint depth, GError **error)
{
	g_autoptr(settings_t) settings = settings_new();
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *absolute_path = path ? g_canonicalize_filename(path, NULL) : NULL;

	if (path && !read_file(settings, absolute_path, depth, sum, error))
		return NULL;
	if (path)
		settings->hash = g_strdup(g_checksum_get_string(sum));
	return g_steal_pointer(&settings);
}

struct settings *settings_read(const char *path, GError **error)
{
	return read_from(path, 0, error);
}

struct settings *settings_read_alone(const char *path, GError **error)
{
	return read_from(path, ALONE, error);
}
